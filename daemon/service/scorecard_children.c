#include "service/scorecard_children.h"

#include "service/resource.h"
#include "service/scope.h"

#include <string.h>

/* The children of the scope itself: objectives without a parent in the scope but the scope. */
static bool is_child(const struct scope *scope, const struct scope_node *node)
{
    if (strcmp(node->name, scope->name) == 0) return false;
    if (scope->kind == SCOPE_ORGANISATION) return false;
    if (node->objective == NULL) return true;
    const char *parent = node->objective->parent;
    if (strcmp(parent, scope->name) == 0) return true;
    if (*parent != '\0' && name_map_has(&scope->by_name, parent)) return false;
    return scope->kind != SCOPE_PLAN || strcmp(node->objective->plan, scope->name) == 0;
}

static Provost__V1__ScorecardChild *new_child(struct arena *arena, const char *name,
                                              const char *title, size_t rows)
{
    Provost__V1__ScorecardChild *child = arena_alloc(arena, sizeof *child);
    provost__v1__scorecard_child__init(child);
    child->name = (char *)name;
    child->title = (char *)title;
    child->counts = arena_alloc(arena, sizeof *child->counts);
    provost__v1__status_counts__init(child->counts);
    child->indicators = arena_alloc(arena, rows * sizeof(char *));
    return child;
}

static void add_row(Provost__V1__ScorecardChild *child, const Provost__V1__ScorecardRow *row)
{
    child->indicators[child->n_indicators++] = row->indicator;
    scorecard_count(child->counts, row->status);
}

/* Whether a row is linked to something that lies in `child` (a scope of its own). */
static bool has_row(const struct name_map *indicators, const Provost__V1__ScorecardRow *row)
{
    return name_map_has(indicators, row->indicator);
}

/* The indicators below one child: the same search as for the whole scorecard. */
static struct status list_below(const struct scorecard *card, const char *name,
                                struct name_map *indicators)
{
    static const unsigned allowed = SCOPE_PLAN | SCOPE_OBJECTIVE | SCOPE_ORGANISATION;
    struct arena *arena = card->call->arena;
    struct scope scope;
    struct status st = scope_open(card->call, &card->moment, name, allowed, &scope);
    if (!status_is_ok(st)) return st;
    for (const struct scope_link *link = scope.indicators; link != NULL; link = link->next)
        (void)name_map_add(arena, indicators, link->from, NULL);
    if (scope.kind != SCOPE_ORGANISATION) return st;
    struct found found = {0};
    st = scope_find_indicators(&scope, &found);
    for (size_t i = 0; i < found.count; i++)
        (void)name_map_add(arena, indicators,
                           resource_name(arena, found.items[i].kind, found.items[i].id), NULL);
    return st;
}

static struct status add_child(const struct scorecard *card, const char *name,
                               const char *title, Provost__V1__GetScorecardResponse *out)
{
    struct name_map indicators = {0};
    struct status st = list_below(card, name, &indicators);
    if (!status_is_ok(st)) return st;
    Provost__V1__ScorecardChild *child = new_child(card->call->arena, name, title, out->n_rows);
    for (size_t i = 0; i < out->n_rows; i++)
        if (has_row(&indicators, out->rows[i])) add_row(child, out->rows[i]);
    out->children[out->n_children++] = child;
    return st;
}

static struct status add_organisations(const struct scorecard *card,
                                       Provost__V1__GetScorecardResponse *out)
{
    struct arena *arena = card->call->arena;
    struct found below = {0};
    struct found_query query = {
        .collection = "organisations", .column = "parent", .value = card->members->name};
    struct status st = found_scan(card->call, &card->moment, &query, &below);
    out->children = arena_alloc(arena, below.count * sizeof(Provost__V1__ScorecardChild *));
    for (size_t i = 0; status_is_ok(st) && i < below.count; i++) {
        const Provost__V1__Organisation *part = (const void *)below.items[i].body;
        st = add_child(card, resource_name(arena, below.items[i].kind, below.items[i].id),
                       part->title, out);
    }
    return st;
}

struct status scorecard_add_children(const struct scorecard *card,
                                     Provost__V1__GetScorecardResponse *out)
{
    const struct scope *scope = card->members;
    struct status st = status_ok();
    if (scope->kind == SCOPE_ORGANISATION) return add_organisations(card, out);
    out->children = arena_alloc(card->call->arena,
                                scope->node_count * sizeof(Provost__V1__ScorecardChild *));
    for (size_t i = 0; status_is_ok(st) && i < scope->node_count; i++)
        if (is_child(scope, scope->nodes[i]))
            st = add_child(card, scope->nodes[i]->name, scope->nodes[i]->title, out);
    return st;
}
