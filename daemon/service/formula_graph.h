/* Which indicators the formulas of others refer to (MODEL.md section 8).
 *
 * An indicator's formulas are its own and those of its dated definitions; all of them count,
 * whatever period they hold in: a circle over time is refused too.
 */
#ifndef SERVICE_FORMULA_GRAPH_H
#define SERVICE_FORMULA_GRAPH_H

#include "domain/formula.h"
#include "service/refs.h"

/* An indicator that has a formula. */
struct formula_user {
    const char *id;
    const char *name;
    const Provost__V1__Indicator *indicator;
    const struct formula_reference *references; /* of all its formulas */
    size_t reference_count;
    bool is_measure; /* reports a measure of the register: no formula, nothing is stored */
    bool is_live; /* leads to such an indicator: made when asked for (derived.h), not stored */
    struct formula_user *next;
};

/* The references of all formulas of an indicator, in the arena; returns how many. */
size_t formula_graph_references(const Provost__V1__Indicator *indicator, struct arena *arena,
                                const struct formula_reference **out_references);

/* Every indicator with a formula and every one that reports a measure of the register, the
 * transaction's own writes included. Kept from request to request (kept.h); else one read of
 * a small index: all of these say their null policy (understand_definitions.c), and there is an
 * index of those that do. */
struct status formula_graph_find(struct txn *txn, struct arena *arena,
                                 const struct formula_user **out_users) MUST_CHECK;

/* After all puts, for an indicator that was written: what its formulas refer to exists,
 * REASON_UNKNOWN_REFERENCE, and they do not lead back to it, REASON_FORMULA_CIRCLE. Other kinds
 * pass. */
struct status formula_graph_check(const struct understanding *what) MUST_CHECK;

/* No formula refers to an indicator that the request deleted, and no measure of the register is
 * of something it deleted: FAILED_PRECONDITION, REASON_IN_USE. */
struct status formula_graph_check_unused(struct lookup *lookup,
                                         const struct refs_deletion *deletions,
                                         size_t count) MUST_CHECK;

#endif
