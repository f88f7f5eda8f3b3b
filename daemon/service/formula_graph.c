#include "service/formula_graph.h"

#include "common/reasons.h"
#include "service/kept.h"
#include "service/resource.h"
#include "service/sight.h"

#include <string.h>

enum { NODES_MAX = 500 }; /* indicators that one formula may depend on in all */

static const struct catalog_row *indicators(void)
{
    return catalog_of_desc(&provost__v1__indicator__descriptor);
}

/* The i-th formula: its own, then those of the dated definitions; NULL past the last. */
static const char *formula_text(const Provost__V1__Indicator *indicator, size_t i)
{
    if (i == 0) return indicator->formula;
    return i <= indicator->n_definitions ? indicator->definitions[i - 1]->formula : NULL;
}

size_t formula_graph_references(const Provost__V1__Indicator *indicator, struct arena *arena,
                                const struct formula_reference **out_references)
{
    struct formula_reference *all = NULL;
    size_t count = 0;
    const char *text;
    for (size_t i = 0; (text = formula_text(indicator, i)) != NULL; i++) {
        struct formula formula;
        struct formula_error error;
        if (text[0] == '\0' || !formula_parse(text, arena, &formula, &error)) continue;
        struct formula_reference *wider =
            arena_alloc(arena, (count + formula.reference_count) * sizeof *wider);
        if (count > 0) memcpy(wider, all, count * sizeof *wider);
        if (formula.reference_count > 0)
            memcpy(wider + count, formula.references, formula.reference_count * sizeof *wider);
        all = wider;
        count += formula.reference_count;
    }
    *out_references = all;
    return count;
}

/* ---- all that have one ---- */

struct user_visit {
    struct arena *arena;
    struct formula_user **users;
};

static enum scan_verdict visit_user(void *data, const struct version *version)
{
    struct user_visit *visit = data;
    struct formula_user user = {.id = version->id, .indicator = (const void *)version->body};
    user.reference_count =
        formula_graph_references(user.indicator, visit->arena, &user.references);
    user.is_measure = user.indicator->computed[0] != '\0';
    if (user.reference_count == 0 && !user.is_measure) return SCAN_SKIP;
    user.name = resource_name(visit->arena, version->kind, version->id);
    user.next = *visit->users;
    *visit->users = arena_memdup(visit->arena, &user, sizeof user);
    return SCAN_KEEP;
}

static const struct formula_user *find_user(const struct formula_user *users, const char *id)
{
    while (users != NULL && strcmp(users->id, id) != 0)
        users = users->next;
    return users;
}

static bool leads_to_measure(const struct formula_user *users, const struct formula_user *user)
{
    for (size_t r = 0; r < user->reference_count; r++) {
        const struct formula_user *used = find_user(users, user->references[r].indicator);
        if (used != NULL && (used->is_measure || used->is_live)) return true;
    }
    return false;
}

/* One step from the measures outwards; false when nothing was reached any more. Nothing is done
 * where there is no measure. */
static bool mark_live(struct formula_user *users)
{
    bool any = false, marked = false;
    for (const struct formula_user *user = users; user != NULL; user = user->next)
        any |= user->is_measure;
    for (struct formula_user *user = users; any && user != NULL; user = user->next)
        if (!user->is_live && !user->is_measure && leads_to_measure(users, user))
            marked = user->is_live = true;
    return marked;
}

static struct status list_users(struct txn *txn, struct arena *arena, const void **out_users)
{
    struct formula_user *users = NULL;
    struct user_visit visit = {arena, &users};
    const struct scan scan = {
        .kind = &indicators()->kind, .as_of = AS_OF_NOW, .column = "null_policy"};
    struct status st = txn_scan(txn, &scan, arena, visit_user, &visit);
    while (status_is_ok(st) && mark_live(users)) {
    }
    *out_users = users;
    return st;
}

struct status formula_graph_find(struct txn *txn, struct arena *arena,
                                 const struct formula_user **out_users)
{
    const struct kept_source source = {KEPT_FORMULA_USERS, &indicators()->kind, list_users};
    const void *users = NULL;
    struct status st = kept_get(txn, &source, arena, &users);
    *out_users = users;
    return st;
}

/* ---- circles ---- */

struct node {
    const char *name;
    const struct formula_reference *references;
    size_t count;
};

/* What one indicator depends on, itself first. */
struct graph {
    const struct understanding *what;
    struct node *nodes; /* NODES_MAX */
    size_t count;
};

static size_t find_node(const struct graph *graph, const char *id)
{
    for (size_t i = 0; i < graph->count; i++)
        if (strcmp(resource_id(graph->nodes[i].name), id) == 0) return i;
    return FORMULA_NO_NODE;
}

static struct status refuse_missing(const struct graph *graph,
                                    const struct formula_reference *reference)
{
    return understand_refuse(graph->what, REASON_UNKNOWN_REFERENCE, "formula",
                             "there is no \"indicators/%.100s\", which the formula of %s uses; "
                             "create it first, or in the same request",
                             reference->indicator, graph->what->name);
}

/* A new formula may not bring out what its writer does not see. */
static bool is_unseen(const struct graph *graph, const char *name)
{
    const struct lookup *lookup = graph->what->lookup;
    return understand_touched(graph->what, "formula") &&
           !sight_sees(lookup->sight, lookup->txn, name);
}

/* Reads the i-th node and adds what it refers to. */
static struct status expand(struct graph *graph, size_t i)
{
    struct arena *arena = graph->what->arena;
    struct node *node = &graph->nodes[i];
    struct lookup_entry *entry;
    struct status st = lookup_get(graph->what->lookup, indicators(), node->name, &entry);
    if (!status_is_ok(st) || !entry->found) return st;
    node->count =
        formula_graph_references((const void *)entry->version.body, arena, &node->references);
    for (size_t r = 0; r < node->count; r++) {
        const struct formula_reference *reference = &node->references[r];
        if (find_node(graph, reference->indicator) != FORMULA_NO_NODE) continue;
        if (graph->count == NODES_MAX)
            return understand_refuse(graph->what, REASON_FORMULA_INVALID, "formula",
                                     "the formula depends on more than %d indicators",
                                     NODES_MAX);
        struct lookup_entry *used;
        const char *name = resource_name(arena, &indicators()->kind, reference->indicator);
        st = lookup_get(graph->what->lookup, indicators(), name, &used);
        if (!status_is_ok(st)) return st;
        if (!used->found || (i == 0 && is_unseen(graph, name)))
            return refuse_missing(graph, reference);
        graph->nodes[graph->count++] = (struct node){.name = name};
    }
    return status_ok();
}

static bool edge_of(void *context, size_t node, size_t index, struct formula_edge *out_edge)
{
    const struct graph *graph = context;
    if (index >= graph->nodes[node].count) return false;
    const struct formula_reference *reference = &graph->nodes[node].references[index];
    *out_edge = (struct formula_edge){find_node(graph, reference->indicator), reference->shift};
    return true;
}

static const char *told(const struct graph *graph, size_t node)
{
    const struct lookup *lookup = graph->what->lookup;
    return sight_tell(lookup->sight, lookup->txn, graph->nodes[node].name);
}

static struct status check_circle(struct graph *graph)
{
    struct arena *arena = graph->what->arena;
    const struct formula_graph shape = {graph->count, edge_of, graph};
    const size_t *cycle;
    size_t size = formula_find_cycle(&shape, arena, &cycle);
    if (size == 0) return status_ok();
    const char *text = "";
    for (size_t i = 0; i < size; i++)
        text = arena_printf(arena, "%s%s -> ", text, told(graph, cycle[i]));
    return understand_refuse(graph->what, REASON_FORMULA_CIRCLE, "formula",
                             "the formula depends on itself: %s%s", text,
                             told(graph, cycle[0]));
}

struct status formula_graph_check(const struct understanding *what)
{
    if (what->row != indicators()) return status_ok();
    const struct formula_reference *references;
    const Provost__V1__Indicator *indicator = (const void *)what->after;
    if (formula_graph_references(indicator, what->arena, &references) == 0) return status_ok();
    struct graph graph = {.what = what, .count = 1};
    graph.nodes = arena_zalloc(what->arena, NODES_MAX * sizeof *graph.nodes);
    graph.nodes[0].name = what->name;
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < graph.count; i++)
        st = expand(&graph, i);
    return status_is_ok(st) ? check_circle(&graph) : st;
}

/* ---- nothing refers to what is gone ---- */

static struct status check_unused(struct lookup *lookup, const struct refs_deletion *deletion,
                                  const struct formula_user *users)
{
    if (deletion->entry->row != indicators()) return status_ok();
    for (const struct formula_user *user = users; user != NULL; user = user->next)
        for (size_t r = 0; r < user->reference_count; r++)
            if (strcmp(user->references[r].indicator, deletion->entry->id) == 0)
                return status_error(lookup->arena, GRPC_FAILED_PRECONDITION, REASON_IN_USE,
                                    place_envelope(lookup->arena, &deletion->place, "name"),
                                    "%s cannot be deleted: the formula of %s uses it; change "
                                    "that first, or in the same request",
                                    deletion->entry->name,
                                    sight_tell(lookup->sight, lookup->txn, user->name));
    return status_ok();
}

static bool is_scope(const struct catalog_row *row)
{
    return row->kind.desc == &provost__v1__plan__descriptor ||
           row->kind.desc == &provost__v1__objective__descriptor ||
           row->kind.desc == &provost__v1__organisation__descriptor;
}

/* No indicator reports a measure of what is gone. */
static struct status check_unmeasured(struct lookup *lookup,
                                      const struct refs_deletion *deletion,
                                      const struct formula_user *users)
{
    for (const struct formula_user *user = users; user != NULL; user = user->next) {
        const char *colon = strchr(user->indicator->computed, ':');
        if (colon != NULL && strcmp(colon + 1, deletion->entry->name) == 0)
            return status_error(lookup->arena, GRPC_FAILED_PRECONDITION, REASON_IN_USE,
                                place_envelope(lookup->arena, &deletion->place, "name"),
                                "%s cannot be deleted: %s reports a measure of it (computed "
                                "\"%.200s\"); change that first, or in the same request",
                                deletion->entry->name,
                                sight_tell(lookup->sight, lookup->txn, user->name),
                                user->indicator->computed);
    }
    return status_ok();
}

struct status formula_graph_check_unused(struct lookup *lookup,
                                         const struct refs_deletion *deletions, size_t count)
{
    const struct formula_user *users = NULL;
    bool found = false;
    for (size_t i = 0; i < count; i++) {
        if (deletions[i].entry->row != indicators() && !is_scope(deletions[i].entry->row))
            continue;
        struct status st =
            found ? status_ok() : formula_graph_find(lookup->txn, lookup->arena, &users);
        found = true;
        if (status_is_ok(st)) st = check_unused(lookup, &deletions[i], users);
        if (status_is_ok(st)) st = check_unmeasured(lookup, &deletions[i], users);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}
