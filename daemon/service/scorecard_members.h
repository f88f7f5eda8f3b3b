/* Which indicators a scorecard shows: those linked by MEASURES, PART_OF or CONTRIBUTES to a
 * plan or objective in the scope; those of an organisation, or with a tag (scope.h).
 *
 * Each indicator comes once, with the objectives of the scope that it measures. The order is
 * that of the first of those (by position, those without one last; plans behind all), then the
 * link's position, code and title (both as people sort), name.
 */
#ifndef SERVICE_SCORECARD_MEMBERS_H
#define SERVICE_SCORECARD_MEMBERS_H

#include "service/scope.h"
#include "service/scorecard.h"

struct scorecard_member {
    const char *name; /* "indicators/..." */
    const char *id;   /* "..." */
    const Provost__V1__Indicator *indicator;
    char **objectives; /* names, in their order */
    char **titles;     /* of those */
    size_t objective_count;
    size_t place; /* of the first plan or objective it is linked to, in the scope's nodes */
    int32_t link_position;
};

/* The members of a scope. */
struct status scope_members(struct scope *scope, struct scorecard_member **out_members,
                            size_t *out_count) MUST_CHECK;

/* Those of card->members. */
struct status scorecard_find_members(const struct scorecard *card,
                                     struct scorecard_member **out_members,
                                     size_t *out_count) MUST_CHECK;

/* An indicator by itself, outside any scope. */
struct scorecard_member scorecard_member_of(struct arena *arena,
                                            const struct version *indicator);

#endif
