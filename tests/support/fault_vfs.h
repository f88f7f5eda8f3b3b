/* A disk in memory that loses power, fails and fills up: an sqlite3_vfs for tests.
 *
 * Every file has what the process sees and what would be left after a power cut: its content at
 * the last xSync, and the writes and truncations since then, each still on its way. A cut keeps
 * a random part of those, sector by sector (512 bytes) and in any order; files made or deleted
 * since their last sync may or may not be there. After the cut every call fails until
 * fault_vfs_power_on.
 *
 * Calls that can be made to fail are numbered from 1 as they come, per plan. One thread only.
 */
#ifndef SUPPORT_FAULT_VFS_H
#define SUPPORT_FAULT_VFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds of call. */
enum {
    FAULT_READ = 1,
    FAULT_WRITE = 2,
    FAULT_SYNC = 4,
    FAULT_TRUNCATE = 8,
    FAULT_OPEN = 16,
    FAULT_DELETE = 32,
    FAULT_CHANGES = FAULT_WRITE | FAULT_SYNC | FAULT_TRUNCATE | FAULT_DELETE,
    FAULT_ALL = 63,
};

enum fault_mode {
    FAULT_NOTHING, /* only count */
    FAULT_CUT,     /* power goes at that call */
    FAULT_IOERR,   /* it fails */
    FAULT_FULL,    /* it finds the disk full (writes) */
};

/* What is to happen. */
struct fault_plan {
    enum fault_mode mode;
    int calls;     /* which kinds count */
    uint64_t at;   /* the number of the call */
    bool for_ever; /* and all after it */
    uint64_t seed; /* of what a cut keeps */
    bool lying;    /* the disk says it has synced and has not: what a missing sync looks like */
};

/* Registers the disk as SQLite's default; once, before any database is opened. */
void fault_vfs_register(void);

/* Begins a plan; calls are counted anew. */
void fault_vfs_plan(const struct fault_plan *plan);

/* Calls counted since the plan began; whether its fault has come. */
uint64_t fault_vfs_calls(void);
bool fault_vfs_struck(void);

/* After a cut, all files closed: the disk has what survived. Without a cut: cuts now. */
void fault_vfs_power_on(uint64_t seed);

/* Forgets all files. / Keeps a copy of the disk as it is (all synced), and takes it back. */
void fault_vfs_erase(void);
void fault_vfs_save(void);
void fault_vfs_load(void);

/* Places where the disk holds these bytes: in a file as it is seen, as it would be left by a cut, or on
 * the way there. */
unsigned fault_vfs_search(const void *bytes, size_t size);

/* Files open now: 0 when everything was closed. */
int fault_vfs_open_files(void);

#endif
