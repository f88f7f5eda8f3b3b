/* Keeps a register from going back behind what it has published.
 *
 * Whoever holds a signed checkpoint must find the log he knows at its beginning for ever. A
 * database that is older than STATE_DIR/checkpoints/latest (yesterday's copy put back by hand)
 * or is another log of the same name would break that: it is refused, and only a restore, which
 * begins a new epoch, makes it a register again (restore.h).
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "common/note.h"
#include "common/status.h"

#include <stdbool.h>

struct log_head;
struct sha256;

/* A checkpoint as it was published. */
struct published {
    bool found;
    char *note; /* with its signatures */
    char register_id[37];
    uint32_t epoch;
    struct checkpoint checkpoint;
};

/* Reads a checkpoint's file; `found` false when there is none. Its signature is not checked:
 * who can write this file can write the database too. DATA_LOSS when it cannot be read as a
 * checkpoint. */
struct status published_read(const char *path, struct arena *arena,
                             struct published *out_published) MUST_CHECK;

/* The last checkpoint of the epoch that `epoch` continues, which a restore has put aside; "" where
 * there is none, as in the first epoch or where the restore found none. */
struct status published_before(const char *state_dir, uint32_t epoch, struct arena *arena,
                               const char **out_note) MUST_CHECK;

/* FAILED_PRECONDITION when the head is behind, or beside, the published checkpoint. Any thread.
 */
struct status checkpoint_guard(const char *state_dir, const struct log_head *head,
                               struct sha256 *hasher, struct arena *arena) MUST_CHECK;

#endif
