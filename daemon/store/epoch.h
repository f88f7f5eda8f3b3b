/* Beginning a new epoch of the log: what a restore does, so that a log that goes on from an
 * older state is never taken for the one whose checkpoints are out in the world (DESIGN.md
 * section 7).
 *
 * The new tree begins empty behind the last change there is: seq goes on without a gap, leaf 0
 * of epoch N+1 is the change that begins it. That change has no items; its reason names the
 * last known checkpoint of the epoch before (origin, size, root) and what the operator said.
 */
#ifndef STORE_EPOCH_H
#define STORE_EPOCH_H

#include "common/note.h"
#include "store/db.h"

/* What is known and said when an epoch begins. Strings are not NULL. */
struct epoch_start {
    const struct checkpoint *last; /* of an epoch before: the newest that is known; NULL: the
                                      database's own end is */
    uint32_t after_epoch;  /* the new epoch is greater than this and the database's own */
    const char *backup;    /* what was restored, in words */
    const char *principal; /* who restores */
    const char *reason;
};

/* Begins it, in a transaction of its own. DATA_LOSS when the head does not add up. The database
 * must be nobody else's. */
struct status epoch_begin(struct db *db, const struct epoch_start *start, struct arena *arena,
                          uint32_t *out_epoch, int64_t *out_seq) MUST_CHECK;

#endif
