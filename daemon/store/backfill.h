/* Copies the write-ahead log into the database file while the writer goes on.
 *
 * A checkpoint of a long log takes a tenth of a second, most of it to copy pages and to wait for the disk.
 * A thread does that on a connection of its own, as far as the log went when it was asked, and has the
 * file flushed. The writer copies what has come since, which is little, between two batches; only that
 * completes a checkpoint, so that the next commit begins the log anew.
 *
 * Two connections that write and checkpoint can lose pages with SQLite 3.7.0 to 3.51.2, if a checkpoint
 * begins on a log that is copied in full while a commit begins it anew (sqlite.org/wal.html, "The
 * WAL-reset bug"). That cannot happen here: the thread is asked only after a commit that is not copied yet
 * (backfill_ask), and the writer does not checkpoint until the thread rests again; so the log is not
 * copied in full before the thread has seen where it ends, and cannot begin anew while the thread
 * copies.
 *
 * All functions are for the writer thread, or for whoever opens and closes the store.
 */
#ifndef STORE_BACKFILL_H
#define STORE_BACKFILL_H

#include "common/status.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct store;

/* Pages of the log: when to begin in the midst of writing; how many the writer copies itself; where
 * writers wait until all is copied. The third is about 320 MB. */
enum { BACKFILL_PAGES = 32000, BACKFILL_REST_PAGES = 1000, BACKFILL_FORCE_PAGES = 80000 };

struct backfill {
    int64_t pages, rest_pages, force_pages; /* these; tests have smaller ones */
    struct db *db; /* the thread's, while it copies; closed with the store's others */
    uv_thread_t thread;
    bool running;
    int64_t
        asked_pages; /* of the log, when the thread was last asked; 0 once that is done with */
    uv_mutex_t lock; /* of what follows */
    uv_cond_t change;
    bool copying, failed, stop;
};

void backfill_init(struct store *store);
void backfill_release(struct store *store);

/* Opens the connection. Fails as db_open does. */
struct status backfill_open(struct store *store, struct arena *arena) MUST_CHECK;
/* The thread; false for want of one. Without it backfill_ask does nothing. */
bool backfill_start(struct store *store);
/* After what it was asked for is done; the writer has stopped. */
void backfill_stop(struct store *store);

/* Has the log copied that is there now, and the writer woken when it is. After a commit, since which
 * nothing was copied; not while it is at work. False without a thread. */
bool backfill_ask(struct store *store);
bool backfill_is_copying(struct store *store);
/* Until it rests. */
void backfill_wait(struct store *store);
/* The connection whose last copy failed (db_failure says how), once for each; or NULL. */
const struct db *backfill_failed(struct store *store);

#endif
