/* A scorecard's parts: of a plan its top objectives, of an objective or organisation what lies
 * directly below it (and what contributes to it), each with the indicators of everything below.
 */
#ifndef SERVICE_SCORECARD_CHILDREN_H
#define SERVICE_SCORECARD_CHILDREN_H

#include "service/scorecard.h"

/* Fills card's children; the rows stand in `out` already. An indicator counts in every child
 * that it belongs to. */
struct status scorecard_add_children(const struct scorecard *card,
                                     Provost__V1__GetScorecardResponse *out) MUST_CHECK;

#endif
