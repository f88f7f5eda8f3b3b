#include "gate_vfs.h"

#include <sqlite3.h>
#include <uv.h>

struct lane {
    bool closed, fails;
    int waiting;
    sqlite3_io_methods methods;
    int (*real_sync)(sqlite3_file *, int);
};

static struct {
    uv_mutex_t lock;
    uv_cond_t changed;
    sqlite3_vfs shim, *real;
    struct lane lanes[GATES];
} disk;

static int pass(struct lane *lane, sqlite3_file *file, int flags)
{
    uv_mutex_lock(&disk.lock);
    lane->waiting++;
    while (lane->closed)
        uv_cond_wait(&disk.changed, &disk.lock);
    lane->waiting--;
    bool fails = lane->fails;
    uv_mutex_unlock(&disk.lock);
    return fails ? SQLITE_IOERR_FSYNC : lane->real_sync(file, flags);
}

static int sync_log(sqlite3_file *file, int flags)
{
    return pass(&disk.lanes[GATE_LOG], file, flags);
}

static int sync_file(sqlite3_file *file, int flags)
{
    return pass(&disk.lanes[GATE_FILE], file, flags);
}

static void put_gate(sqlite3_file *file, enum gate gate, int (*sync)(sqlite3_file *, int))
{
    struct lane *lane = &disk.lanes[gate];
    uv_mutex_lock(&disk.lock);
    lane->methods = *file->pMethods;
    lane->real_sync = file->pMethods->xSync;
    lane->methods.xSync = sync;
    uv_mutex_unlock(&disk.lock);
    file->pMethods = &lane->methods;
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    int code = disk.real->xOpen(disk.real, name, file, flags, out_flags);
    (void)vfs;
    if (code != SQLITE_OK) return code;
    if (flags & SQLITE_OPEN_WAL) put_gate(file, GATE_LOG, sync_log);
    if (flags & SQLITE_OPEN_MAIN_DB) put_gate(file, GATE_FILE, sync_file);
    return code;
}

int gate_register(void **state)
{
    (void)state;
    uv_mutex_init(&disk.lock);
    uv_cond_init(&disk.changed);
    disk.real = sqlite3_vfs_find(NULL);
    disk.shim = *disk.real;
    disk.shim.zName = "gate";
    disk.shim.xOpen = open_file;
    return sqlite3_vfs_register(&disk.shim, 1);
}

void gate_set(enum gate gate, bool closed, bool fails)
{
    uv_mutex_lock(&disk.lock);
    disk.lanes[gate].closed = closed;
    disk.lanes[gate].fails = fails;
    uv_cond_broadcast(&disk.changed);
    uv_mutex_unlock(&disk.lock);
}

bool gate_waits(enum gate gate)
{
    uv_mutex_lock(&disk.lock);
    bool waits = disk.lanes[gate].waiting > 0;
    uv_mutex_unlock(&disk.lock);
    return waits;
}
