/* Figures of a period that a plan has locked or published do not change: observations and
 * targets of the plan's indicators are refused until the period is opened again, with a reason.
 *
 * A closed period closes what lies inside it (MODEL.md section 3): a year's figure may be made
 * from its months, so a month of a published year does not change either; nor does anything in
 * a span of years that was published as a whole. The other way round, a closed month or quarter
 * leaves its year open, or no year could be reported after its first quarter was: nothing that
 * was published is made from the year's figure. But the year's target is closed with the first
 * of its parts when the indicator spreads it over them by a profile: they are judged by it.
 *
 * Refused is what was closed before the request and is closed after it: a request may reopen a
 * period and correct its figures, and one that brings a whole register may bring figures and
 * closed periods together. Figures of a period that is locked and not yet published may still be
 * approved or rejected (service/approval.h).
 *
 * Cost: a look through the closed periods, which are kept from request to request (kept.h), per
 * period that the request writes figures for; whether an indicator belongs to a plan is only asked
 * when one has closed a period that holds the figure's.
 */
#ifndef SERVICE_PERIOD_LOCK_H
#define SERVICE_PERIOD_LOCK_H

#include "service/understand.h"

struct locked_period;
struct locked_figure;

/* What one request has met. Zero it but for `lookup`. */
struct period_lock {
    struct lookup *lookup;
    struct locked_period *periods; /* looked at so far */
    struct locked_figure *figures; /* written for a period that some plan has closed */
};

/* An observation or target (`body`; other kinds are none of its business) is about to be
 * written or deleted. Comes before the request's own reporting periods are written. */
struct status period_lock_note(struct period_lock *lock, const struct understanding *what,
                               const ProtobufCMessage *body) MUST_CHECK;

/* Whether a figure of an indicator may not be written: `out_locked` is then the name of the
 * reporting period that stands against it, else NULL. */
struct status period_lock_find(struct period_lock *lock, const char *indicator,
                               const char *period, const char **out_locked) MUST_CHECK;

/* After all puts: FAILED_PRECONDITION, REASON_PERIOD_LOCKED, for the first figure noted whose
 * period is closed still. */
struct status period_lock_check(struct period_lock *lock) MUST_CHECK;

/* A reporting period that is closed cannot be deleted: FAILED_PRECONDITION,
 * REASON_PERIOD_LOCKED. Other kinds pass. */
struct status period_lock_check_deletion(const struct understanding *what,
                                         const ProtobufCMessage *body) MUST_CHECK;

#endif
