/* Copying the register while it is written to: the part of a backup that the writer thread
 * does.
 *
 * 1. The writer copies a few pages between two batches, on its own connection, so SQLite takes
 *    what later batches change into the copy too: writes go on and nothing begins anew.
 * 2. Whoever asked waits on a thread of its own, and syncs and checks the copy there.
 * 3. One copy at a time.
 */
#ifndef STORE_COPY_H
#define STORE_COPY_H

#include "store/store.h"

#include <uv.h>

struct db;
struct db_copy;

/* The one copy there may be; part of the store. */
struct copy {
    uv_mutex_t lock;
    uv_cond_t changed;
    struct db *to; /* NULL: nobody asks; under lock, as are the next three */
    bool finished, fine, cancelled;
    struct db_copy *running; /* the writer thread's own */
};

void copy_init(struct copy *copy);
void copy_release(struct copy *copy);

/* Copies the register into the new file `path` and waits for it; not yet synced. UNAVAILABLE
 * when a copy is being made already or the store stops, RESOURCE_EXHAUSTED when there is no
 * room for it. A thread of the caller's that is neither the loop nor the writer; with a store
 * opened without a loop, any. */
struct status copy_register(struct store *store, const char *path,
                            struct arena *arena) MUST_CHECK;

/* Between two batches: copies a few pages if somebody asks. True when there is more to do.
 * Writer thread. */
bool copy_step(struct store *store);

/* Ends a copy unfinished: the store stops. Writer thread, or whoever has joined it. */
void copy_abandon(struct store *store);

#endif
