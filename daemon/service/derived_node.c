#include "service/derived_node.h"

#include "service/formula_graph.h"
#include "service/resource.h"

#include <string.h>

bool derived_may_be(const Provost__V1__Indicator *indicator)
{
    bool may = *indicator->computed != '\0' || *indicator->formula != '\0';
    for (size_t i = 0; i < indicator->n_definitions; i++)
        may |= *indicator->definitions[i]->formula != '\0';
    return may;
}

static enum derived_measure measure_of(const Provost__V1__Indicator *indicator)
{
    static const char *const words[] = {
        [MEASURE_NONE] = "",
        [MEASURE_MAINTAINED] = "improving-or-maintained:",
        [MEASURE_SCHEDULE] = "actions-on-schedule:",
        [MEASURE_ON_TARGET] = "on-target:",
    };
    for (int i = MEASURE_ON_TARGET; i > MEASURE_NONE; i--)
        if (strncmp(indicator->computed, words[i], strlen(words[i])) == 0)
            return (enum derived_measure)i;
    return MEASURE_NONE;
}

struct derived_node *derived_node_of(struct derived *derived,
                                     const struct scorecard_member *member)
{
    struct derived_node *node = name_map_get(&derived->nodes, member->name);
    if (node != NULL) return node;
    node = arena_zalloc(derived->call->arena, sizeof *node);
    node->member = *member;
    node->measure = measure_of(member->indicator);
    node->has_formula = node->measure == MEASURE_NONE && derived_may_be(member->indicator);
    figures_init(&node->figures, &derived->card, &node->member);
    (void)name_map_add(derived->call->arena, &derived->nodes, member->name, node);
    return node;
}

/* ---- what a node uses ---- */

static struct status open_scope(struct derived *derived, struct derived_node *node)
{
    static const unsigned allowed =
        SCOPE_PLAN | SCOPE_OBJECTIVE | SCOPE_ORGANISATION | SCOPE_TAG;
    const char *text = strchr(node->member.indicator->computed, ':') + 1;
    struct status st =
        scope_open(derived->call, &derived->card.moment, text, allowed, &node->scope);
    node->is_missing = st.code == GRPC_NOT_FOUND;
    return node->is_missing ? status_ok() : st;
}

static struct status open_measure(struct derived *derived, struct derived_node *node)
{
    struct status st = open_scope(derived, node);
    if (!status_is_ok(st) || node->is_missing || node->measure == MEASURE_SCHEDULE) return st;
    st = scope_members(&node->scope, &node->members, &node->member_count);
    node->uses = arena_alloc(derived->call->arena,
                             (node->member_count + 1) * sizeof(struct derived_node *));
    for (size_t i = 0; status_is_ok(st) && i < node->member_count; i++)
        if (derived_may_be(node->members[i].indicator))
            node->uses[node->use_count++] = derived_node_of(derived, &node->members[i]);
    return st;
}

/* An indicator that a formula refers to and that is gone is no use. */
static struct status add_use(struct derived *derived, struct derived_node *node, const char *id)
{
    struct arena *arena = derived->call->arena;
    const char *name = resource_name(arena, &catalog_find("indicators")->kind, id);
    struct derived_node *used = name_map_get(&derived->nodes, name);
    struct found found = {0};
    if (used == NULL) {
        struct status st = found_get(derived->call, &derived->card.moment, name, &found);
        if (!status_is_ok(st) || found.count == 0) return st;
        struct scorecard_member member = scorecard_member_of(arena, &found.items[0]);
        used = derived_node_of(derived, &member);
    }
    node->uses[node->use_count++] = used;
    return status_ok();
}

static struct status open_formula(struct derived *derived, struct derived_node *node)
{
    const struct formula_reference *references = NULL;
    struct arena *arena = derived->call->arena;
    size_t count = formula_graph_references(node->member.indicator, arena, &references);
    struct status st = status_ok();
    node->uses = arena_alloc(arena, (count + 1) * sizeof(struct derived_node *));
    for (size_t i = 0; status_is_ok(st) && i < count; i++)
        st = add_use(derived, node, references[i].indicator);
    return st;
}

struct status derived_node_open(struct derived *derived, struct derived_node *node)
{
    if (node->is_open) return status_ok();
    node->is_open = true;
    if (node->measure != MEASURE_NONE) return open_measure(derived, node);
    return node->has_formula ? open_formula(derived, node) : status_ok();
}

/* ---- where it leads ---- */

/* The nodes found, as a list that grows while it is walked. */
struct search {
    struct derived *derived;
    struct name_map seen;
    struct derived_reach reach;
    size_t capacity;
};

static void add_found(struct search *search, struct derived_node *node)
{
    struct arena *arena = search->derived->call->arena;
    struct derived_reach *reach = &search->reach;
    if (!name_map_add(arena, &search->seen, node->member.name, NULL)) return;
    if (reach->count == search->capacity) {
        size_t capacity = search->capacity == 0 ? 16 : search->capacity * 2;
        struct derived_node **nodes = arena_alloc(arena, capacity * sizeof *nodes);
        if (reach->count > 0) memcpy(nodes, reach->nodes, reach->count * sizeof *nodes);
        reach->nodes = nodes;
        search->capacity = capacity;
    }
    reach->nodes[reach->count++] = node;
}

struct status derived_node_reach(struct derived *derived, struct derived_node *node,
                                 struct derived_reach *out_reach)
{
    struct search search = {.derived = derived};
    struct status st = status_ok();
    add_found(&search, node);
    for (size_t i = 0; status_is_ok(st) && i < search.reach.count; i++) {
        struct derived_node *at = search.reach.nodes[i];
        st = derived_node_open(derived, at);
        for (size_t k = 0; status_is_ok(st) && k < at->use_count; k++)
            add_found(&search, at->uses[k]);
    }
    *out_reach = search.reach;
    return st;
}

struct status derived_node_leads(struct derived *derived, struct derived_node *node,
                                 const struct derived_node *target, bool *out_leads)
{
    struct derived_reach reach;
    struct status st = derived_node_reach(derived, node, &reach);
    *out_leads = false;
    for (size_t i = 0; status_is_ok(st) && i < reach.count; i++)
        *out_leads |= reach.nodes[i] == target;
    return st;
}
