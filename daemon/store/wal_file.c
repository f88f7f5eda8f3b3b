#include "store/wal_file.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

enum {
    GATHER_BYTES = 120 << 10, /* SQLite's unix VFS takes no 128 KiB at once: "disk full" */
    FRAME_HEADER_BYTES = 24,
};

/* The real file lies behind it in the same block. */
struct wal_file {
    sqlite3_file base;
    char *gathered;
    int size;
    sqlite3_int64 offset; /* of the first byte gathered */
    bool gathers;         /* the frame being written is one that does not commit */
};

static sqlite3_vfs shim, *real_vfs;

static struct wal_file *wal_of(sqlite3_file *file)
{
    return (struct wal_file *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return (sqlite3_file *)(wal_of(file) + 1);
}

/* ---- writing ---- */

static int write_real(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
}

/* What cannot be written is given up: SQLite rolls its transaction back. */
static int write_gathered(sqlite3_file *file)
{
    struct wal_file *wal = wal_of(file);
    int size = wal->size;
    wal->size = 0;
    return size > 0 ? write_real(file, wal->gathered, size, wal->offset) : SQLITE_OK;
}

static void gather(struct wal_file *wal, const void *bytes, int size, sqlite3_int64 offset)
{
    if (wal->size == 0) wal->offset = offset;
    memcpy(wal->gathered + wal->size, bytes, (size_t)size);
    wal->size += size;
}

static bool commits(const void *header)
{
    static const char zero[4];
    return memcmp((const char *)header + 4, zero, sizeof zero) != 0;
}

static int on_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    struct wal_file *wal = wal_of(file);
    int code = SQLITE_OK;
    if (offset == 0)
        wal->gathers = false; /* the log's own header */
    else if (size == FRAME_HEADER_BYTES)
        wal->gathers = !commits(bytes);
    bool follows = offset == wal->offset + wal->size && size <= GATHER_BYTES - wal->size;
    if (!follows || !wal->gathers) code = write_gathered(file);
    if (code != SQLITE_OK) return code;
    if (!wal->gathers || size > GATHER_BYTES) return write_real(file, bytes, size, offset);
    gather(wal, bytes, size, offset);
    return SQLITE_OK;
}

/* ---- the rest: what is gathered first ---- */

static int on_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    int code = write_gathered(file);
    if (code != SQLITE_OK) return code;
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = write_gathered(file);
    return code == SQLITE_OK ? real_of(file)->pMethods->xTruncate(real_of(file), size) : code;
}

static int on_size(sqlite3_file *file, sqlite3_int64 *out_size)
{
    int code = write_gathered(file);
    return code == SQLITE_OK ? real_of(file)->pMethods->xFileSize(real_of(file), out_size)
                             : code;
}

static int on_close(sqlite3_file *file)
{
    sqlite3_free(wal_of(file)->gathered); /* of a commit that was not finished */
    return real_of(file)->pMethods->xClose(real_of(file));
}

/* ---- handed on as they are ---- */

static int on_sync(sqlite3_file *file, int flags)
{
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int on_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int on_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int on_check_lock(sqlite3_file *file, int *out_reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), out_reserved);
}

static int on_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int on_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int on_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static const sqlite3_io_methods methods = {
    .iVersion = 1, /* shared memory and fetches are the database file's */
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_lock,
    .xFileControl = on_control,
    .xSectorSize = on_sector_size,
    .xDeviceCharacteristics = on_characteristics,
};

/* ---- the VFS ---- */

static int open_log(const char *name, sqlite3_file *file, int flags, int *out_flags)
{
    char *gathered = sqlite3_malloc(GATHER_BYTES);
    int code = gathered ? real_vfs->xOpen(real_vfs, name, real_of(file), flags, out_flags)
                        : SQLITE_NOMEM;
    file->pMethods = NULL; /* no xClose for what could not be opened */
    if (code != SQLITE_OK) {
        sqlite3_free(gathered);
        return code;
    }
    *wal_of(file) = (struct wal_file){.base = {&methods}, .gathered = gathered};
    return SQLITE_OK;
}

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                   int *out_flags)
{
    (void)vfs;
    if (flags & SQLITE_OPEN_WAL) return open_log(name, file, flags, out_flags);
    return real_vfs->xOpen(real_vfs, name, file, flags, out_flags);
}

static void make(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    if (!real_vfs) return;
    shim = *real_vfs;
    shim.zName = "provost-writer";
    shim.szOsFile = real_vfs->szOsFile + (int)sizeof(struct wal_file);
    shim.xOpen = on_open;
    if (sqlite3_vfs_register(&shim, 0) != SQLITE_OK) shim.zName = NULL;
}

const char *wal_file_vfs(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, make);
    return shim.zName;
}
