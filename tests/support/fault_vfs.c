#include "support/fault_vfs.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 16, NAME_MAX_BYTES = 256, SECTOR = 512, SHM_LOCKS = 8, SHM_REGIONS = 64 };

struct image {
    uint8_t *bytes;
    size_t size;
};

/* Something done to a file since it was last synced: bytes written, or a truncation. */
struct pending {
    size_t offset, size;
    uint8_t *bytes; /* NULL: truncation to `size` */
};

struct node {
    char name[NAME_MAX_BYTES]; /* "": free */
    struct image now, durable;
    bool exists, durably_exists;
    struct pending *pending;
    size_t pending_count, pending_room;
    int open;
    /* Locks of the file and of its shared memory. */
    int shared;
    const void *reserved, *exclusive;
    uint8_t *shm[SHM_REGIONS];
    int shm_users, shm_shared[SHM_LOCKS];
    const void *shm_exclusive[SHM_LOCKS];
};

struct file {
    sqlite3_file base;
    struct node *node;
    int lock;
    bool delete_on_close, has_shm;
};

static struct {
    struct node nodes[FILES_MAX];
    struct fault_plan plan;
    uint64_t calls;
    bool struck, off;
    uint64_t dice;
    struct {
        char name[NAME_MAX_BYTES];
        struct image image;
    } saved[FILES_MAX];
    int saved_count, open_files;
    sqlite3_vfs *real;
} disk;

/* ---- bytes ---- */

static void *must(void *p)
{
    if (!p) abort();
    return p;
}

static uint64_t roll(void)
{
    disk.dice += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = disk.dice;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void image_resize(struct image *image, size_t size)
{
    if (size > image->size) {
        image->bytes = must(realloc(image->bytes, size));
        memset(image->bytes + image->size, 0, size - image->size);
    }
    image->size = size;
}

static void image_write(struct image *image, size_t offset, const void *bytes, size_t size)
{
    if (size == 0) return;
    if (offset + size > image->size) image_resize(image, offset + size);
    memcpy(image->bytes + offset, bytes, size);
}

static void image_copy(struct image *to, const struct image *from)
{
    to->size = 0;
    image_write(to, 0, from->size ? (const void *)from->bytes : "", from->size);
}

static void image_free(struct image *image)
{
    free(image->bytes);
    *image = (struct image){NULL, 0};
}

/* ---- nodes ---- */

static void forget_pending(struct node *node)
{
    for (size_t i = 0; i < node->pending_count; i++)
        free(node->pending[i].bytes);
    node->pending_count = 0;
}

static void add_pending(struct node *node, size_t offset, const void *bytes, size_t size)
{
    if (node->pending_count == node->pending_room) {
        node->pending_room = node->pending_room ? node->pending_room * 2 : 64;
        node->pending =
            must(realloc(node->pending, node->pending_room * sizeof *node->pending));
    }
    struct pending *p = &node->pending[node->pending_count++];
    *p = (struct pending){offset, size, NULL};
    if (bytes) p->bytes = memcpy(must(malloc(size ? size : 1)), bytes, size);
}

static struct node *find(const char *name)
{
    for (int i = 0; i < FILES_MAX; i++)
        if (strcmp(disk.nodes[i].name, name) == 0) return &disk.nodes[i];
    return NULL;
}

static struct node *find_or_add(const char *name)
{
    struct node *node = find(name);
    if (node) return node;
    node = must(find(""));
    snprintf(node->name, sizeof node->name, "%s", name);
    return node;
}

static void free_shm(struct node *node)
{
    for (int i = 0; i < SHM_REGIONS; i++) {
        free(node->shm[i]);
        node->shm[i] = NULL;
    }
}

static void free_node(struct node *node)
{
    forget_pending(node);
    free(node->pending);
    image_free(&node->now);
    image_free(&node->durable);
    free_shm(node);
    memset(node, 0, sizeof *node);
}

static void sync_node(struct node *node)
{
    forget_pending(node);
    image_copy(&node->durable, &node->now);
    node->durably_exists = node->exists;
}

/* ---- what a cut leaves ---- */

/* One sector's part of one write. */
struct piece {
    const struct pending *of;
    size_t from, size; /* in the write */
};

static size_t cut_pieces(const struct node *node, struct piece *out_pieces)
{
    size_t count = 0;
    for (size_t i = 0; i < node->pending_count; i++) {
        const struct pending *p = &node->pending[i];
        if (!p->bytes) {
            if (out_pieces) out_pieces[count] = (struct piece){p, 0, 0};
            count++;
        }
        for (size_t at = 0; p->bytes && at < p->size; count++) {
            size_t size = SECTOR - (p->offset + at) % SECTOR;
            if (size > p->size - at) size = p->size - at;
            if (out_pieces) out_pieces[count] = (struct piece){p, at, size};
            at += size;
        }
    }
    return count;
}

static void apply_piece(struct image *image, const struct piece *piece)
{
    if (piece->of->bytes)
        image_write(image, piece->of->offset + piece->from, piece->of->bytes + piece->from,
                    piece->size);
    else
        image_resize(image, piece->of->size);
}

/* Everything, nothing, a beginning, or any part in any order. */
static void survive(struct node *node)
{
    size_t count = cut_pieces(node, NULL);
    struct piece *pieces = must(calloc(count + 1, sizeof *pieces));
    (void)cut_pieces(node, pieces);
    uint64_t how = roll() % 8;
    size_t until = how == 0 ? 0 : how == 1 || !count ? count : (size_t)(roll() % (count + 1));
    if (how > 2) {
        until = count;
        for (size_t i = count; how > 3 && i > 1; i--) {
            size_t j = (size_t)(roll() % i);
            struct piece other = pieces[i - 1];
            pieces[i - 1] = pieces[j];
            pieces[j] = other;
        }
    }
    for (size_t i = 0; i < until; i++)
        if (how <= 2 || roll() & 1) apply_piece(&node->durable, &pieces[i]);
    if (node->exists != node->durably_exists && roll() & 1) node->durably_exists = node->exists;
    free(pieces);
}

static void cut(uint64_t seed)
{
    disk.dice = seed;
    disk.off = true;
    for (int i = 0; i < FILES_MAX; i++)
        if (disk.nodes[i].name[0]) survive(&disk.nodes[i]);
}

/* Locks go with the processes that held them. */
static void forget_locks(struct node *node)
{
    node->shared = node->shm_users = 0;
    node->reserved = node->exclusive = NULL;
    memset(node->shm_shared, 0, sizeof node->shm_shared);
    memset(node->shm_exclusive, 0, sizeof node->shm_exclusive);
}

void fault_vfs_power_on(uint64_t seed)
{
    assert(disk.open_files == 0);
    if (!disk.off) cut(seed);
    disk.off = false;
    for (int i = 0; i < FILES_MAX; i++) {
        struct node *node = &disk.nodes[i];
        if (!node->name[0]) continue;
        forget_pending(node);
        free_shm(node);
        forget_locks(node);
        image_copy(&node->now, &node->durable);
        node->exists = node->durably_exists;
        if (!node->exists) free_node(node);
    }
    fault_vfs_plan(&(struct fault_plan){.mode = FAULT_NOTHING});
}

/* ---- plans ---- */

void fault_vfs_plan(const struct fault_plan *plan)
{
    disk.plan = *plan;
    disk.calls = 0;
    disk.struck = false;
}

uint64_t fault_vfs_calls(void)
{
    return disk.calls;
}

bool fault_vfs_struck(void)
{
    return disk.struck;
}

static unsigned count_in(const void *from, size_t room, const void *bytes, size_t size)
{
    unsigned count = 0;
    const uint8_t *at = from, *end = at + room;
    while (room > 0 && (at = memmem(at, (size_t)(end - at), bytes, size)) != NULL) {
        count++;
        at++;
    }
    return count;
}

unsigned fault_vfs_search(const void *bytes, size_t size)
{
    unsigned count = 0;
    for (int i = 0; i < FILES_MAX; i++) {
        const struct node *node = &disk.nodes[i];
        if (!node->name[0] || !(node->exists || node->durably_exists)) continue;
        count += count_in(node->now.bytes, node->now.size, bytes, size);
        count += count_in(node->durable.bytes, node->durable.size, bytes, size);
        for (size_t p = 0; p < node->pending_count; p++)
            if (node->pending[p].bytes)
                count += count_in(node->pending[p].bytes, node->pending[p].size, bytes, size);
    }
    return count;
}

int fault_vfs_open_files(void)
{
    return disk.open_files;
}

/* What a call must fail with, SQLITE_OK when it may go on. A write that power is cut in has
 * been given to the disk already. */
static int meet_fault(int call, int error)
{
    if (disk.off) return error;
    if (!(disk.plan.calls & call)) return SQLITE_OK;
    disk.calls++;
    bool now = disk.calls == disk.plan.at || (disk.plan.for_ever && disk.calls > disk.plan.at);
    if (!now || disk.plan.mode == FAULT_NOTHING) return SQLITE_OK;
    disk.struck = true;
    if (disk.plan.mode == FAULT_CUT) cut(disk.plan.seed);
    return disk.plan.mode == FAULT_FULL ? SQLITE_FULL : error;
}

void fault_vfs_erase(void)
{
    assert(disk.open_files == 0);
    for (int i = 0; i < FILES_MAX; i++)
        free_node(&disk.nodes[i]);
    disk.off = false;
    fault_vfs_plan(&(struct fault_plan){.mode = FAULT_NOTHING});
}

static void forget_saved(void)
{
    for (int i = 0; i < disk.saved_count; i++)
        image_free(&disk.saved[i].image);
    disk.saved_count = 0;
}

void fault_vfs_save(void)
{
    forget_saved();
    for (int i = 0; i < FILES_MAX; i++) {
        const struct node *node = &disk.nodes[i];
        if (!node->name[0] || !node->exists) continue;
        int at = disk.saved_count++;
        memcpy(disk.saved[at].name, node->name, sizeof node->name);
        image_copy(&disk.saved[at].image, &node->now);
    }
}

void fault_vfs_load(void)
{
    fault_vfs_erase();
    for (int i = 0; i < disk.saved_count; i++) {
        struct node *node = find_or_add(disk.saved[i].name);
        image_copy(&node->now, &disk.saved[i].image);
        node->exists = true;
        sync_node(node);
    }
}

/* ---- files ---- */

static int file_close(sqlite3_file *base)
{
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    disk.open_files--;
    node->open--;
    if (file->delete_on_close) node->exists = false;
    if (node->open == 0 && !node->exists && !node->durably_exists) free_node(node);
    return SQLITE_OK;
}

static int file_read(sqlite3_file *base, void *to, int size, sqlite3_int64 offset)
{
    const struct image *now = &((struct file *)base)->node->now;
    int error = meet_fault(FAULT_READ, SQLITE_IOERR_READ);
    if (error) return error;
    size_t at = (size_t)offset, there = at < now->size ? now->size - at : 0;
    if (there > (size_t)size) there = (size_t)size;
    if (there) memcpy(to, now->bytes + at, there);
    memset((char *)to + there, 0, (size_t)size - there);
    return there == (size_t)size ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *base, const void *from, int size, sqlite3_int64 offset)
{
    struct node *node = ((struct file *)base)->node;
    if (disk.off) return SQLITE_IOERR_WRITE;
    if (disk.plan.mode == FAULT_CUT) add_pending(node, (size_t)offset, from, (size_t)size);
    int error = meet_fault(FAULT_WRITE, SQLITE_IOERR_WRITE);
    if (error) return error;
    if (disk.plan.mode != FAULT_CUT) add_pending(node, (size_t)offset, from, (size_t)size);
    image_write(&node->now, (size_t)offset, from, (size_t)size);
    return SQLITE_OK;
}

static int file_truncate(sqlite3_file *base, sqlite3_int64 size)
{
    struct node *node = ((struct file *)base)->node;
    int error = meet_fault(FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (error) return error;
    add_pending(node, 0, NULL, (size_t)size);
    image_resize(&node->now, (size_t)size);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *base, int flags)
{
    (void)flags;
    int error = meet_fault(FAULT_SYNC, SQLITE_IOERR_FSYNC);
    if (!error && !disk.plan.lying) sync_node(((struct file *)base)->node);
    return error;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *out_size)
{
    *out_size = (sqlite3_int64)((struct file *)base)->node->now.size;
    return disk.off ? SQLITE_IOERR_FSTAT : SQLITE_OK;
}

static int file_lock(sqlite3_file *base, int lock)
{
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    if (file->lock >= lock) return SQLITE_OK;
    if (node->exclusive && node->exclusive != file) return SQLITE_BUSY;
    if (lock >= SQLITE_LOCK_RESERVED && node->reserved && node->reserved != file)
        return SQLITE_BUSY;
    if (lock == SQLITE_LOCK_EXCLUSIVE && node->shared > (file->lock ? 1 : 0))
        return SQLITE_BUSY;
    if (file->lock == SQLITE_LOCK_NONE) node->shared++;
    if (lock >= SQLITE_LOCK_RESERVED) node->reserved = file;
    if (lock == SQLITE_LOCK_EXCLUSIVE) node->exclusive = file;
    file->lock = lock;
    return SQLITE_OK;
}

static int file_unlock(sqlite3_file *base, int lock)
{
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    if (file->lock <= lock) return SQLITE_OK;
    if (node->exclusive == file) node->exclusive = NULL;
    if (node->reserved == file) node->reserved = NULL;
    if (lock == SQLITE_LOCK_NONE) node->shared--;
    file->lock = lock;
    return SQLITE_OK;
}

static int file_check_reserved(sqlite3_file *base, int *out_taken)
{
    *out_taken = ((struct file *)base)->node->reserved != NULL;
    return SQLITE_OK;
}

static int file_control(sqlite3_file *base, int what, void *data)
{
    (void)base, (void)what, (void)data;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *base)
{
    (void)base;
    return SECTOR;
}

static int file_traits(sqlite3_file *base)
{
    (void)base;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as the real one says of Linux */
}

/* ---- shared memory of the write-ahead log ---- */

static int shm_map(sqlite3_file *base, int region, int size, int extend, void volatile **out)
{
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    *out = NULL;
    if (disk.off || region >= SHM_REGIONS) return SQLITE_IOERR_SHMMAP;
    if (!file->has_shm) node->shm_users++;
    file->has_shm = true;
    if (!node->shm[region] && extend) node->shm[region] = must(calloc(1, (size_t)size));
    *out = node->shm[region];
    return SQLITE_OK;
}

static bool shm_is_free(const struct node *node, const struct file *file, int at, int flags)
{
    if (node->shm_exclusive[at] && node->shm_exclusive[at] != file) return false;
    return flags & SQLITE_SHM_SHARED || node->shm_shared[at] == 0;
}

static int shm_lock(sqlite3_file *base, int offset, int count, int flags)
{
    struct file *file = (struct file *)base;
    struct node *node = file->node;
    bool shared = flags & SQLITE_SHM_SHARED, lock = flags & SQLITE_SHM_LOCK;
    for (int i = offset; lock && i < offset + count; i++)
        if (!shm_is_free(node, file, i, flags)) return SQLITE_BUSY;
    for (int i = offset; i < offset + count; i++) {
        if (shared)
            node->shm_shared[i] += lock ? 1 : -1;
        else
            node->shm_exclusive[i] = lock ? file : NULL;
    }
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *base)
{
    (void)base;
}

static int shm_unmap(sqlite3_file *base, int also_delete)
{
    struct file *file = (struct file *)base;
    if (!file->has_shm) return SQLITE_OK;
    file->has_shm = false;
    if (--file->node->shm_users == 0 && also_delete) free_shm(file->node);
    return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ---- the disk ---- */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
                     int *out_flags)
{
    static unsigned temporary;
    (void)vfs;
    char own[32];
    base->pMethods = NULL;
    int error = meet_fault(FAULT_OPEN, SQLITE_CANTOPEN);
    if (error) return error;
    if (!name) snprintf(own, sizeof own, "temporary-%u", temporary++);
    struct node *node = find(name ? name : own);
    if ((!node || !node->exists) && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (!node) node = find_or_add(name ? name : own);
    if (!node->exists) {
        node->now.size = 0;
        if (node->durably_exists) add_pending(node, 0, NULL, 0); /* what a cut may bring back */
    }
    node->exists = true;
    node->open++;
    disk.open_files++;
    struct file *file = (struct file *)base;
    *file = (struct file){.node = node, .delete_on_close = flags & SQLITE_OPEN_DELETEONCLOSE};
    file->base.pMethods = &methods;
    if (out_flags) *out_flags = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_directory)
{
    (void)vfs;
    int error = meet_fault(FAULT_DELETE, SQLITE_IOERR_DELETE);
    if (error) return error;
    struct node *node = find(name);
    if (!node || !node->exists) return SQLITE_IOERR_DELETE_NOENT;
    node->exists = false;
    if (sync_directory) node->durably_exists = false;
    if (node->open == 0 && !node->durably_exists) free_node(node);
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out_there)
{
    (void)vfs, (void)flags;
    const struct node *node = find(name);
    *out_there = node && node->exists && (flags != SQLITE_ACCESS_EXISTS || node->now.size > 0);
    return disk.off ? SQLITE_IOERR_ACCESS : SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *name, int size, char *out_path)
{
    (void)vfs;
    sqlite3_snprintf(size, out_path, "%s", name);
    return SQLITE_OK;
}

void fault_vfs_register(void)
{
    static sqlite3_vfs vfs;
    disk.real = sqlite3_vfs_find(NULL);
    vfs = *disk.real; /* time, randomness, sleep */
    vfs.szOsFile = (int)sizeof(struct file);
    vfs.zName = "fault";
    vfs.pNext = NULL;
    vfs.xOpen = disk_open;
    vfs.xDelete = disk_delete;
    vfs.xAccess = disk_access;
    vfs.xFullPathname = disk_full_path;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK) abort();
}
