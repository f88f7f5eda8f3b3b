#include "service/resource.h"
#include "service/scope.h"

#include <stdlib.h>
#include <string.h>

/* What decides about an action when all are looked at. */
struct choice {
    const struct scope *scope;
    struct name_map plans; /* those an organisation owns */
};

static bool wants_plan(void *data, const struct version *version)
{
    const Provost__V1__Plan *plan = (const void *)version->body;
    return scope_has_owner(data, plan->owner);
}

static struct status find_owned_plans(struct choice *choice, struct scope *scope)
{
    struct found plans = {0};
    struct found_query query = {.collection = "plans", .wants = wants_plan, .data = scope};
    struct status st = found_scan(scope->call, &scope->moment, &query, &plans);
    for (size_t i = 0; i < plans.count; i++) {
        struct arena *arena = scope->call->arena;
        char *name = resource_name(arena, plans.items[i].kind, plans.items[i].id);
        (void)name_map_add(arena, &choice->plans, name, NULL);
    }
    return st;
}

static bool wants_action(void *data, const struct version *version)
{
    const struct choice *choice = data;
    const struct scope *scope = choice->scope;
    const Provost__V1__Action *action = (const void *)version->body;
    if (scope->kind == SCOPE_REGISTER) return true;
    if (scope->kind == SCOPE_TAG) return scope_has_tag(scope, action->tags, action->n_tags);
    for (size_t i = 0; i < action->n_leads; i++)
        if (scope_has_owner(scope, action->leads[i])) return true;
    return action->n_leads == 0 && name_map_has(&choice->plans, action->plan);
}

static struct status choose_actions(struct scope *scope, struct found *actions)
{
    struct choice choice = {.scope = scope};
    struct found_query query = {
        .collection = "actions", .wants = wants_action, .data = &choice};
    struct status st = status_ok();
    if (scope->kind == SCOPE_ORGANISATION) st = find_owned_plans(&choice, scope);
    if (status_is_ok(st)) st = found_scan(scope->call, &scope->moment, &query, actions);
    return st;
}

/* ---- those behind plans and objectives ---- */

static int compare_versions(const void *left, const void *right)
{
    const struct version *a = left, *b = right;
    return strcmp(a->id, b->id);
}

static struct status add_of_plan(struct scope *scope, const char *plan, struct found *actions)
{
    struct found_query query = {.collection = "actions", .column = "plan", .value = plan};
    return found_scan(scope->call, &scope->moment, &query, actions);
}

static struct status add_linked(struct scope *scope, struct found *actions)
{
    struct name_map taken = {0};
    struct arena *arena = scope->call->arena;
    struct status st = status_ok();
    for (size_t i = 0; i < actions->count; i++)
        (void)name_map_add(arena, &taken, actions->items[i].id, NULL);
    for (const struct scope_link *link = scope->actions; status_is_ok(st) && link != NULL;
         link = link->next)
        if (name_map_add(arena, &taken, resource_id(link->from), NULL))
            st = found_get(scope->call, &scope->moment, link->from, actions);
    return st;
}

struct status scope_find_actions(struct scope *scope, struct found *actions)
{
    struct status st = status_ok();
    if ((scope->kind & (SCOPE_PLAN | SCOPE_OBJECTIVE)) == 0)
        return choose_actions(scope, actions);
    for (size_t i = 0; status_is_ok(st) && i < scope->node_count; i++)
        if (scope->nodes[i]->is_plan) st = add_of_plan(scope, scope->nodes[i]->name, actions);
    if (status_is_ok(st)) st = add_linked(scope, actions);
    if (actions->count > 1)
        qsort(actions->items, actions->count, sizeof *actions->items, compare_versions);
    return st;
}
