/* What an indicator's figures mean: tolerances, thresholds, formula, target profile, measure of
 * the register; of the indicator itself and of each of its dated definitions (MODEL.md sections
 * 1, 5 and 8). */
#ifndef SERVICE_UNDERSTAND_DEFINITIONS_H
#define SERVICE_UNDERSTAND_DEFINITIONS_H

#include "service/understand.h"

/* Periods become ids, numbers canonical; refuses what cannot be meant. `indicator` is
 * what->after. What formulas refer to is checked at the end of the request (formulas.h). */
struct status understand_definitions(struct understanding *what,
                                     Provost__V1__Indicator *indicator) MUST_CHECK;

#endif
