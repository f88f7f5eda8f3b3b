/* One row of a scorecard: the indicator's figure for the period, its target, status and trends
 * (MODEL.md sections 5 and 6).
 *
 * Readings where the model leaves room:
 *   - the target is the period's plain one, else interim, final, baseline; a forecast is none,
 * nor is one without a number;
 *   - how the target is to be met goes before the indicator's polarity, which "not said" is
 * MAX;
 *   - a missing figure is UNKNOWN with its reason, target or not; an indicator under
 * development without a figure says so;
 *   - an indicator for which neither way is better is DATA_ONLY.
 */
#ifndef SERVICE_SCORECARD_ROW_H
#define SERVICE_SCORECARD_ROW_H

#include "service/scorecard_members.h"

/* *out_row is NULL for an indicator that is not shown: retired, and without a figure. */
struct status scorecard_make_row(const struct scorecard *card,
                                 const struct scorecard_member *member,
                                 Provost__V1__ScorecardRow **out_row) MUST_CHECK;

#endif
