/* Approval of figures by someone other than who submitted them, where a plan asks for it
 * (Plan.approval_required; MODEL.md section 1: workflow submitted, approved, rejected).
 *
 * A plan asks when it did so before the request: a request that brings a whole register may
 * bring approved figures with the plan that asks for it, and no request can switch the rule off
 * and use that at once. Then a new or other figure is SUBMITTED whatever the client says, and
 * APPROVED or REJECTED is said afterwards, of the figure as it stood at base_seq, by another
 * principal than the one whose change brought it. Everywhere an approval is of one figure: with
 * another figure it is gone. A figure is its cell, marks and parts; its note is not part of it.
 *
 * Cost: nothing unless a figure changes or a workflow is said; then, only if a
 * plan asks, a look at the indicator's links.
 */
#ifndef SERVICE_APPROVAL_H
#define SERVICE_APPROVAL_H

#include "service/handler.h"
#include "service/understand.h"

struct asking_plan;

/* What one request has met. Zero it but for the first three. */
struct approval {
    struct lookup *lookup;
    const struct caller *caller;     /* who asks */
    int64_t head_seq;                /* the register before the request */
    const struct asking_plan *plans; /* those that asked before the request */
    const char *judged_plan; /* of the item settled last: the plan that asks for the judgement
                                    it is; NULL: it is none */
};

/* Before the request writes anything: which plans ask. */
struct status approval_begin(struct approval *approval) MUST_CHECK;

/* Settles the workflow of an observation that is understood; other kinds pass. */
struct status approval_settle(struct approval *approval, struct understanding *what) MUST_CHECK;

/* Of the item settled last, when it is a judgement and once it is known that the caller may approve there at all (write_gate.h):
 * whether they may judge this figure. base_seq: 0 for none; `field` is its path in the request.
 * INVALID_ARGUMENT, REASON_BASE_SEQ_INVALID, for a judgement without one; FAILED_PRECONDITION,
 * REASON_SECOND_PERSON_NEEDED, for the submitter's own (second_person.h); INVALID_ARGUMENT,
 * REASON_REASON_REQUIRED, for a rejection without a reason; ABORTED, REASON_CONFLICT, when the
 * figure was changed after base_seq. */
struct status approval_judge(const struct approval *approval, const struct understanding *what,
                             struct lookup_entry *entry, int64_t base_seq,
                             const char *field) MUST_CHECK;

/* Whether an observation is another figure than before (NULL: there was none). */
bool approval_is_other_figure(const ProtobufCMessage *before, const ProtobufCMessage *after);

/* Whether a plan asked before the request. */
bool approval_is_asked_by(const struct approval *approval, const char *plan);

/* After all puts, of a reporting period that was published: FAILED_PRECONDITION,
 * REASON_APPROVAL_NEEDED, while figures of a plan that asks wait. Other kinds pass
 * (approval_publish.c). */
struct status approval_check_published(struct approval *approval,
                                       const struct understanding *what) MUST_CHECK;

/* Whether `after` differs from `before` (may be NULL) in nothing but its workflow. */
bool approval_is_judgement(const ProtobufCMessage *before, const ProtobufCMessage *after);

/* The figure that counts: itself, or without its figure when it was rejected. In the arena. */
const Provost__V1__Observation *approval_in_force(struct arena *arena,
                                                  const Provost__V1__Observation *said);

/* It was submitted where a plan asks for approval, and nobody has judged it. */
bool approval_is_awaited(const Provost__V1__Observation *said);

#endif
