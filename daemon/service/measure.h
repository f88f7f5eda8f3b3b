/* What an indicator's figures are measured in, as cells write it behind them ("5 days"). */
#ifndef SERVICE_MEASURE_H
#define SERVICE_MEASURE_H

#include "common/arena.h"

#include "provost/v1/resources.pb-c.h"

/* The cell without the words of its unit, where these are the indicator's own: days of one that
 * counts days, hours of a duration, "per 1,000" of such a rate, and whatever its title or definition
 * names ("response time in minutes"). NULL when the cell ends in no such words: minutes are not
 * taken for days. In the arena. */
const char *measure_strip(struct arena *arena, const Provost__V1__Indicator *indicator,
                          const char *text);

#endif
