/* Which indicators a scorecard shows: those linked by MEASURES or PART_OF to the scope or, of a
 * plan, to any of its objectives, of an objective, to any objective below it.
 *
 * Each indicator comes once, with the objectives of the scope that it measures. The order is
 * that of the first of those (by position, those without one last; the plan itself behind all),
 * then the link's position, code and title (both as people sort), name.
 */
#ifndef SERVICE_SCORECARD_MEMBERS_H
#define SERVICE_SCORECARD_MEMBERS_H

#include "service/scorecard.h"

struct scorecard_member {
    const char *name; /* "indicators/..." */
    const char *id;   /* "..." */
    const Provost__V1__Indicator *indicator;
    char **objectives; /* names, in their order */
    char **titles;     /* of those */
    size_t objective_count;
    size_t place; /* of the first objective in the scope */
    int32_t link_position;
};

struct status scorecard_find_members(const struct scorecard *card,
                                     struct scorecard_member **out_members,
                                     size_t *out_count) MUST_CHECK;

#endif
