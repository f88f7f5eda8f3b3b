#include "client/draft_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOTE_MODE = 0666 };

static void note(struct draft_file *file, bool fine)
{
    if (!fine && file->error == 0) file->error = errno != 0 ? errno : EIO;
}

void draft_file_open(struct draft_file *file, const char *path, mode_t mode,
                     struct arena *arena)
{
    struct stat there;

    *file = (struct draft_file){.path = path};
    if (stat(path, &there) == 0 && !S_ISREG(there.st_mode)) {
        file->fd = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        file->draft = arena_printf(arena, "%s.tmp-%ld", path, (long)getpid());
        file->fd = open(file->draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    }
    note(file, file->fd >= 0);
}

void draft_file_add(struct draft_file *file, const void *bytes, size_t size)
{
    const char *at = bytes;

    while (size > 0 && file->error == 0) {
        ssize_t n = write(file->fd, at, size);

        if (n < 0 && errno == EINTR) continue;
        note(file, n > 0);
        if (n <= 0) return;
        at += n;
        size -= (size_t)n;
    }
}

void draft_file_restart(struct draft_file *file)
{
    if (file->error != 0) return;
    note(file, ftruncate(file->fd, 0) == 0 && lseek(file->fd, 0, SEEK_SET) == 0);
}

/* So that the name is durable too. */
static void sync_folder(struct draft_file *file)
{
    const char *slash = strrchr(file->path, '/');
    char folder[4096] = ".";
    int fd;

    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s/", (int)(slash - file->path), file->path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    note(file, fd >= 0);
    if (fd < 0) return;
    note(file, fsync(fd) == 0 || errno == EINVAL); /* not every file system syncs folders */
    close(fd);
}

static void rename_draft(struct draft_file *file)
{
    if (file->error == 0) note(file, rename(file->draft, file->path) == 0);
    if (file->error != 0)
        (void)unlink(file->draft);
    else
        sync_folder(file);
}

int draft_file_place(struct draft_file *file)
{
    if (file->fd < 0) return file->error;
    if (file->error == 0 && file->draft != NULL) note(file, fsync(file->fd) == 0);
    note(file, close(file->fd) == 0);
    file->fd = -1;
    if (file->draft != NULL) rename_draft(file);
    return file->error;
}

void draft_file_drop(struct draft_file *file)
{
    if (file->fd < 0) return;
    close(file->fd);
    file->fd = -1;
    if (file->draft != NULL) (void)unlink(file->draft);
}

int draft_file_put(const char *path, const char *text, struct arena *arena)
{
    struct draft_file file;

    draft_file_open(&file, path, NOTE_MODE, arena);
    draft_file_add(&file, text, strlen(text));
    return draft_file_place(&file);
}
