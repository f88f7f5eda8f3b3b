/* Figures that the register makes when it is asked for them (MODEL.md sections 7 and 8): those
 * of an indicator that reports a measure of the register, and those of a formula that leads to
 * such an indicator. They are never stored, so they follow whatever they are made from, and
 * read as of a moment they are what they were then.
 *
 * Readings where the model leaves room:
 *   - a figure that was submitted goes before what would be computed, as with formulas;
 *   - a measure leaves out every indicator whose own figure depends on it, itself first: as
 *     CIRCULAR, among the excluded. So it may stand in the very set it measures;
 *   - actions are told for the last day of the period, or for the day of the answer while the
 *     period runs; there is no figure (NOT_YET) of a period that has not begun, nor of one that
 *     was over before the first of their plans began;
 *   - the denominator is COMPARABLE, the rule of actions DUE: the defaults of section 7;
 *   - a formula reads the figures of others as they are shown, roll-ups included.
 */
#ifndef SERVICE_DERIVED_H
#define SERVICE_DERIVED_H

#include "domain/period.h"
#include "service/scorecard_members.h"

struct figure;

/* What one read knows of derived indicators: opened once, shared by all its figures. */
struct derived;

enum derived_kind {
    DERIVED_NOT,     /* its figures are stored, or rolled up from stored ones */
    DERIVED_MEASURE, /* Indicator.computed */
    DERIVED_FORMULA, /* a formula that leads to a measure */
};

/* In the call's arena. */
struct derived *derived_new(struct handler_call *call, const struct moment *moment);

/* How the figures of an indicator come about. Costs nothing for those that are submitted. */
struct status derived_kind_of(struct derived *derived, const struct scorecard_member *member,
                              enum derived_kind *out_kind) MUST_CHECK;

/* The figure of a period, of an indicator that is derived. Without one *out_figure says why:
 * "NO_MEMBERS", "NOT_YET", "SCOPE_MISSING", the reasons of formulas, "TOO_DEEP". */
struct status derived_figure(struct derived *derived, const struct scorecard_member *member,
                             const struct period *period, struct figure *out_figure) MUST_CHECK;

/* The first day that anything is known for of what a derived figure is made from; DATE_NO_DAY
 * for nothing. */
struct status derived_first_day(struct derived *derived, const struct scorecard_member *member,
                                int32_t *out_day) MUST_CHECK;

#endif
