/* What hangs on nothing: actions that deliver no objective, objectives that nothing measures or
 * delivers, indicators of the plan that measure none of its objectives. "Deliberately not
 * linked" is an answer. */
#include "service/check.h"

#include <string.h>

static void add(struct check *check, const char *resource, const char *title,
                const char *message)
{
    struct check_finding finding = {.level = CHECK_WARNING,
                                    .reason = "UNLINKED",
                                    .resource = resource,
                                    .field = "links",
                                    .value = title,
                                    .message = message};
    check_add(check, &finding);
}

/* Whether a link leads from it to an objective or, deliberately, to nothing. */
static struct status has_link(struct check *check, const char *name, bool *out_has)
{
    struct found links = {0};
    struct found_query query = {.collection = "links", .column = "from", .value = name};
    struct status st = found_scan(check->call, &check->moment, &query, &links);
    *out_has = false;
    for (size_t i = 0; i < links.count; i++) {
        const Provost__V1__Link *link = (const void *)links.items[i].body;
        if (link->none || strncmp(link->to, "objectives/", 11) == 0) *out_has = true;
    }
    return st;
}

static struct status check_actions(struct check *check)
{
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < check->actions.count; i++) {
        const Provost__V1__Action *action = (const void *)check->actions.items[i].body;
        const char *name = check_name(check, &check->actions.items[i]);
        bool has = true;
        if (*action->parent == '\0') st = has_link(check, name, &has);
        if (status_is_ok(st) && !has)
            add(check, name, action->title,
                "the action delivers no objective: link it, or say that it is not linked");
    }
    return st;
}

/* The objectives that something hangs on. */
static void note_used(struct check *check, struct name_map *used)
{
    struct arena *arena = check->call->arena;
    for (const struct scope_link *link = check->scope.indicators; link; link = link->next)
        (void)name_map_add(arena, used, link->node->name, NULL);
    for (const struct scope_link *link = check->scope.actions; link; link = link->next)
        (void)name_map_add(arena, used, link->node->name, NULL);
    for (size_t i = 0; i < check->objectives.count; i++) {
        const Provost__V1__Objective *one = (const void *)check->objectives.items[i].body;
        if (*one->parent != '\0') (void)name_map_add(arena, used, one->parent, NULL);
    }
}

static struct status check_objectives(struct check *check)
{
    struct name_map used = {0};
    struct status st = status_ok();
    note_used(check, &used);
    for (size_t i = 0; status_is_ok(st) && i < check->objectives.count; i++) {
        const Provost__V1__Objective *one = (const void *)check->objectives.items[i].body;
        const char *name = check_name(check, &check->objectives.items[i]);
        bool has = name_map_has(&used, name);
        if (!has && one->kind == PROVOST__V1__OBJECTIVE_KIND__OBJECTIVE_KIND_VISION) has = true;
        if (!has) st = has_link(check, name, &has);
        if (status_is_ok(st) && !has)
            add(check, name, one->title,
                "nothing measures or delivers it: link an indicator or an action to it");
    }
    return st;
}

struct status check_links(struct check *check)
{
    struct status st = check_objectives(check);
    if (check->objectives.count == 0) return st;
    if (status_is_ok(st)) st = check_actions(check);
    for (size_t i = 0; status_is_ok(st) && i < check->member_count; i++) {
        const struct scorecard_member *member = &check->members[i];
        bool has = member->objective_count > 0;
        if (!has) st = has_link(check, member->name, &has);
        if (status_is_ok(st) && !has)
            add(check, member->name, member->indicator->title,
                "the indicator measures none of the plan's objectives: link it, or say that "
                "it is not linked");
    }
    return st;
}
