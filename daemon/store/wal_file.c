#include "store/wal_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum {
    GATHER_BYTES = 120 << 10, /* SQLite's unix VFS takes no 128 KiB at once: "disk full" */
    FRAME_HEADER_BYTES = 24,
};

/* What is kept of a log, behind the file of the VFS below. */
struct gathering {
    sqlite3_io_methods methods; /* the file's: those below but for what is replaced here */
    const sqlite3_io_methods *below;
    char *bytes;
    int size;
    sqlite3_int64 offset; /* of the first byte gathered */
    bool gathers;         /* the frame being written is one that does not commit */
};

static sqlite3_vfs shim, *below_vfs;
static int file_bytes; /* of a file of the VFS below, rounded up */

static struct gathering *gathering_of(sqlite3_file *file)
{
    return (struct gathering *)((char *)file + file_bytes);
}

/* ---- writing ---- */

/* What cannot be written is given up: SQLite rolls its transaction back. */
static int write_gathered(sqlite3_file *file)
{
    struct gathering *all = gathering_of(file);
    int size = all->size;
    all->size = 0;
    return size > 0 ? all->below->xWrite(file, all->bytes, size, all->offset) : SQLITE_OK;
}

static void gather(struct gathering *all, const void *bytes, int size, sqlite3_int64 offset)
{
    if (all->size == 0) all->offset = offset;
    memcpy(all->bytes + all->size, bytes, (size_t)size);
    all->size += size;
}

static bool commits(const void *header)
{
    static const char zero[4];
    return memcmp((const char *)header + 4, zero, sizeof zero) != 0;
}

static int on_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct gathering *all = gathering_of(file);
    int code = SQLITE_OK;
    if (offset == 0)
        all->gathers = false; /* the log's own header */
    else if (size == FRAME_HEADER_BYTES)
        all->gathers = !commits(bytes);
    bool follows = offset == all->offset + all->size && size <= GATHER_BYTES - all->size;
    if (!follows || !all->gathers) code = write_gathered(file);
    if (code != SQLITE_OK) return code;
    if (!all->gathers || size > GATHER_BYTES)
        return all->below->xWrite(file, bytes, size, offset);
    gather(all, bytes, size, offset);
    return SQLITE_OK;
}

/* ---- the rest: what is gathered first ---- */

static int on_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    int code = write_gathered(file);
    if (code != SQLITE_OK) return code;
    return gathering_of(file)->below->xRead(file, bytes, size, offset);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = write_gathered(file);
    return code == SQLITE_OK ? gathering_of(file)->below->xTruncate(file, size) : code;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    int code = write_gathered(file);
    return code == SQLITE_OK ? gathering_of(file)->below->xFileSize(file, out_size) : code;
}

static int on_close(sqlite3_file *file)
{
    sqlite3_free(gathering_of(file)->bytes); /* of a commit that was not finished */
    return gathering_of(file)->below->xClose(file);
}

/* ---- the VFS ---- */

static void put_over(sqlite3_file *file, char *bytes)
{
    struct gathering *all = gathering_of(file);
    *all =
        (struct gathering){.methods = *file->pMethods, .below = file->pMethods, .bytes = bytes};
    all->methods.xRead = on_read;
    all->methods.xWrite = on_write;
    all->methods.xTruncate = on_truncate;
    all->methods.xFileSize = on_size;
    all->methods.xClose = on_close;
    file->pMethods = &all->methods;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                   int *out_flags)
{
    (void)vfs;
    char *bytes = flags & SQLITE_OPEN_WAL ? sqlite3_malloc(GATHER_BYTES) : NULL;
    file->pMethods = NULL; /* no xClose for what could not be opened */
    if (flags & SQLITE_OPEN_WAL && !bytes) return SQLITE_NOMEM;
    int code = below_vfs->xOpen(below_vfs, name, file, flags, out_flags);
    if (bytes && code == SQLITE_OK)
        put_over(file, bytes);
    else
        sqlite3_free(bytes);
    return code;
}

static void make(void)
{
    below_vfs = sqlite3_vfs_find(NULL);
    if (!below_vfs) return;
    shim = *below_vfs;
    shim.zName = "provost-writer";
    file_bytes = (below_vfs->szOsFile + 15) & ~15;
    shim.szOsFile = file_bytes + (int)sizeof(struct gathering);
    shim.xOpen = on_open;
    if (sqlite3_vfs_register(&shim, 0) != SQLITE_OK) shim.zName = NULL;
}

const char *wal_file_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make);
    return shim.zName;
}
