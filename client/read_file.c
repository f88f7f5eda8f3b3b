#include "client/read_file.h"

#include "common/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0 at the end of the file, else -errno. */
static int read_all(int fd, struct buf *buf)
{
    for (;;) {
        uint8_t part[4096];
        ssize_t size = read(fd, part, sizeof part);

        if (size == 0) return 0;
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return -errno;
        if (!buf_add(buf, part, (size_t)size)) return -EFBIG;
    }
}

int read_file(const char *path, size_t limit_bytes, struct arena *arena, char **out_bytes,
              size_t *out_size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct buf buf;
    int error;
    struct stat info;

    if (fd < 0) return -errno;
    /* Known before a byte is read; what has no size (a pipe) is found out on the way. */
    if (fstat(fd, &info) == 0 && info.st_size > 0 && (size_t)info.st_size > limit_bytes) {
        close(fd);
        return -EFBIG;
    }
    buf_init(&buf, limit_bytes);
    error = read_all(fd, &buf);
    close(fd);
    if (error == 0) {
        *out_bytes = arena_alloc(arena, buf.size + 1);
        if (buf.size > 0) memcpy(*out_bytes, buf.data, buf.size);
        (*out_bytes)[buf.size] = '\0';
        *out_size = buf.size;
    }
    buf_release(&buf);
    return error;
}
