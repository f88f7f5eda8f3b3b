#include "service/goals.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

struct goal_visit {
    struct arena *arena;
    const struct goal *first;
};

static enum scan_verdict visit_link(void *data, const struct version *version)
{
    struct goal_visit *visit = data;
    const Provost__V1__Link *link = (const void *)version->body;
    if (link->kind != PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES &&
        link->kind != PROVOST__V1__LINK_KIND__LINK_KIND_PART_OF)
        return SCAN_SKIP;
    struct goal *goal = arena_alloc(visit->arena, sizeof *goal);
    *goal = (struct goal){link->to, visit->first};
    visit->first = goal;
    return SCAN_KEEP;
}

struct status goals_find(struct lookup *lookup, const char *indicator,
                         const struct goal **out_goals)
{
    struct goal_visit visit = {.arena = lookup->arena};
    const struct scan scan = {.kind = &catalog_of_desc(&provost__v1__link__descriptor)->kind,
                              .as_of = AS_OF_NOW,
                              .column = "from",
                              .value = indicator};
    struct status st = txn_scan(lookup->txn, &scan, lookup->arena, visit_link, &visit);
    *out_goals = visit.first;
    return st;
}

struct status goals_plan_of(struct lookup *lookup, const char *goal, const char **out_plan)
{
    const struct catalog_row *row = catalog_of_name(goal);
    *out_plan = "";
    if (row == NULL) return status_ok();
    if (row->kind.desc == &provost__v1__plan__descriptor) *out_plan = goal;
    if (row->kind.desc != &provost__v1__objective__descriptor) return status_ok();
    struct lookup_entry *entry;
    struct status st = lookup_get(lookup, row, goal, &entry);
    if (status_is_ok(st) && entry->found)
        *out_plan = ((const Provost__V1__Objective *)entry->version.body)->plan;
    return st;
}
