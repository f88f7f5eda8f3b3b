/* Answers kept for retries (AIP-155): found by who asked and the id of the request.
 *
 * Answers are only ever added at the right edge of request_answer, which dirties one page for many
 * of them. Finding one takes an index over keys in random order, and keeping that up to date for
 * each answer would dirty a page of its own for each: so the newest answers are found by a table in
 * memory (at most ANSWERS_TAIL_MAX, read again at start), and when that is full all its keys go
 * into request_answer_key at once, in order. A key is the beginning of a hash; the row tells whether
 * it is the one that was asked for, so what memory or index say of rows that are gone (a job that was
 * undone, an answer that was erased or is too old) does no harm.
 *
 * An answer is kept for ANSWERS_KEPT_DAYS, and goes with a later write: each batch removes at most
 * ANSWERS_PRUNE_MAX that are older. Writer thread.
 */
#ifndef STORE_ANSWERS_H
#define STORE_ANSWERS_H

#include "common/sha256.h"
#include "common/status.h"
#include "store/db.h"

enum {
    ANSWERS_TAIL_MAX = 32768, /* 1 MiB of memory; moved in about 50 ms */
    ANSWERS_PRUNE_MAX = 256,
    ANSWERS_KEPT_DAYS = 7
};

struct kept_answer;
struct answers;

/* Reads what is not in the index; where that is much, moves it there first, in a transaction of
 * its own. `db` and `hasher` are the writer's and stay its. */
struct status answers_open(struct db *db, struct sha256 *hasher, struct arena *arena,
                           struct answers **out_answers) MUST_CHECK;
void answers_free(struct answers *answers); /* NULL allowed */

/* After a batch was lost: reads the tail again if the batch had changed more than its end. What
 * undone jobs have added does no harm. */
struct status answers_reload(struct answers *answers, struct arena *arena) MUST_CHECK;

/* At the beginning of a batch, inside its transaction and before its first job: moves a full tail
 * into the index, removes old answers. False when the database fails: the batch is lost. */
bool answers_tidy(struct answers *answers, int64_t now_us);

/* As txn_find_answer and txn_keep_answer. */
struct status answers_find(struct answers *answers, const char *principal,
                           const char *request_id, struct arena *arena,
                           struct kept_answer *out_answer, bool *out_found) MUST_CHECK;
struct status answers_keep(struct answers *answers, const char *principal,
                           const char *request_id, const struct kept_answer *answer,
                           int64_t time_us, struct arena *arena) MUST_CHECK;

#endif
