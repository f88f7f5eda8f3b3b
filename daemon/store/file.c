#include "store/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int write_all(int fd, const char *text, size_t size)
{
    while (size > 0) {
        ssize_t wrote = write(fd, text, size);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return -errno;
        text += wrote;
        size -= (size_t)wrote;
    }
    return fsync(fd) == 0 ? 0 : -errno;
}

int file_sync_folder(const char *path)
{
    char *copy = xstrdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0) return -errno;
    int error = fsync(fd) == 0 ? 0 : -errno;
    close(fd);
    return error;
}

int file_rename(const char *from, const char *to)
{
    return rename(from, to) == 0 ? file_sync_folder(to) : -errno;
}

int file_replace(const char *path, const char *text, mode_t mode)
{
    size_t size = strlen(path) + sizeof ".new";
    char *beside = xmalloc(size);
    snprintf(beside, size, "%s.new", path);
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    int error = fd < 0 ? -errno : write_all(fd, text, strlen(text));
    if (fd >= 0) close(fd);
    if (!error) error = file_rename(beside, path);
    if (error && fd >= 0) (void)unlink(beside);
    free(beside);
    return error;
}

int file_read(const char *path, size_t limit_bytes, struct arena *arena, char **out_text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    char *text = arena_alloc(arena, limit_bytes + 1);
    size_t size = 0;
    ssize_t got = 1;
    while (size <= limit_bytes && got > 0) {
        got = read(fd, text + size, limit_bytes + 1 - size);
        if (got > 0) size += (size_t)got;
    }
    int error = got < 0 ? -errno : size > limit_bytes ? -EFBIG : 0;
    close(fd);
    if (error) return error;
    text[size] = '\0';
    *out_text = text;
    return 0;
}

int file_make_folder(const char *path)
{
    return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -errno;
}
