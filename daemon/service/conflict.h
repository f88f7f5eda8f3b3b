/* Did somebody else change this since the client looked? Refusals carry a
 * provost.v1.ConflictDetail: per field the present value, who changed it, when. */
#ifndef SERVICE_CONFLICT_H
#define SERVICE_CONFLICT_H

#include "service/lookup.h"

/* One write under question. */
struct conflict_question {
    struct txn *txn;
    struct arena *arena;
    const struct lookup_entry *entry; /* as it is before the write; need not exist */
    const bool *fields;               /* per field of the kind: the write would change it */
    int64_t base_seq;                 /* log position of the client's picture, above 0 */
    const char *field;                /* path for the refusal: "mutations[3].patch.base_seq" */
};

/* ABORTED, REASON_CONFLICT, when one of `fields` was changed after base_seq, even if back to
 * what it was. A field that the write would not change is no conflict. */
struct status conflict_check(const struct conflict_question *question) MUST_CHECK;

/* The newest change of any of `fields`, base_seq not used; 0 when they never had a value. */
struct status conflict_newest_change(const struct conflict_question *question,
                                     int64_t *out_seq) MUST_CHECK;

/* For a resource that is not there: ABORTED, REASON_CONFLICT, when it was at base_seq. */
struct status conflict_check_deleted(const struct conflict_question *question) MUST_CHECK;

/* ABORTED, REASON_FIGURE_EXISTS, always: another figure is there. `fields` and `field` are the
 * figure's; base_seq is not used. */
struct status conflict_figure_exists(const struct conflict_question *question) MUST_CHECK;

/* INVALID_ARGUMENT when negative, OUT_OF_RANGE when newer than `head_seq`. */
struct status conflict_check_base(struct arena *arena, int64_t base_seq, int64_t head_seq,
                                  const char *field) MUST_CHECK;

#endif
