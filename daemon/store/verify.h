/* Replaying the log against the tables: every entry against its columns, every item against its
 * rows, every value against its commitment, every leaf against the tree. What an edit of the
 * database file leaves out of step is named. Who can rewrite everything at once can make all of
 * it agree: that shows only against a checkpoint kept elsewhere (proof.h, scripts/verify-log).
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include "store/txn.h"

enum { VERIFY_FAULTS_MAX = 100 };

/* Reasons of faults; scripts match on them. */
#define FAULT_ENTRY_MISSING "ENTRY_MISSING" /* a seq has no change: the log has a gap */
#define FAULT_ENTRY_CHANGED "ENTRY_CHANGED" /* the entry and its columns or leaf differ */
#define FAULT_ACTOR_CHANGED "ACTOR_CHANGED" /* who made or asked for it */
#define FAULT_REASON_CHANGED "REASON_CHANGED"
#define FAULT_ITEM_CHANGED "ITEM_CHANGED"   /* items bytes, rows or shapes */
#define FAULT_VALUE_CHANGED "VALUE_CHANGED" /* a value is not the one committed to */
#define FAULT_VERSION_MISSING                                                                  \
    "VERSION_MISSING" /* or not closed by the change that replaced it */
#define FAULT_VERSION_UNLOGGED "VERSION_UNLOGGED" /* no change made it */
#define FAULT_TILE_CHANGED "TILE_CHANGED"         /* stored hashes of the tree do not add up */
#define FAULT_ROOT_MISMATCH "ROOT_MISMATCH"       /* the recomputed root is not the head's */

struct log_fault {
    int64_t seq;
    const char *resource; /* "" where it is about none, as the next */
    const char *field;
    const char *reason;
    const char *message;
};

struct log_check {
    int64_t from_seq; /* 0 is the first of the epoch */
    int64_t to_seq;   /* 0 is the newest */
    int64_t most;     /* changes at most */
    int64_t most_us;  /* time at most */
};

struct log_findings {
    int64_t checked;
    int64_t next_seq;  /* go on from here; 0 when to_seq was reached */
    bool root_matches; /* told when the newest change was reached */
    size_t fault_count;
    struct log_fault faults[VERIFY_FAULTS_MAX];
};

/* Texts of the findings live in the arena. OUT_OF_RANGE when the range is not in the log. */
struct status txn_verify_log(struct txn *txn, const struct log_check *check,
                             struct arena *arena, struct log_findings *out_findings) MUST_CHECK;

#endif
