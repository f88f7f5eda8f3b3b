/* What a scorecard of a plan says of its reporting period: its state, and the figures that were
 * changed after it was published. */
#ifndef SERVICE_SCORECARD_PERIOD_H
#define SERVICE_SCORECARD_PERIOD_H

#include "service/scorecard.h"

/* Fills period_state and corrections; the rows stand in `out` already. Corrections are against
 * the first publication, also when the period was published again later: before is what was
 * published, after what holds now, and seq the change that made it so. A plan without such a
 * reporting period, and every other scope, has neither. */
struct status scorecard_add_period(const struct scorecard *card,
                                   Provost__V1__GetScorecardResponse *out) MUST_CHECK;

#endif
