/* Formulas that depend on themselves. Two searches without recursion: a depth-first one over
 * the references that stay in the period (or name one), then, for each reference to a FIXED
 * period, a breadth-first one for a way back over all references. */
#include "common/arena.h"
#include "domain/formula.h"

#include <string.h>

static bool looks_back(enum formula_shift shift)
{
    return shift == FORMULA_PREVIOUS || shift == FORMULA_SAME_LAST_YEAR;
}

static bool get_edge(const struct formula_graph *graph, size_t node, size_t index,
                     struct formula_edge *out_edge)
{
    return graph->edge(graph->context, node, index, out_edge);
}

/* ---- within a period ---- */

struct walk {
    const struct formula_graph *graph;
    size_t *stack; /* the way from the root of the search */
    size_t *next;  /* per node: the reference to look at next */
    size_t depth;
    unsigned char *state; /* per node: 0 new, 1 on the way, 2 done */
};

static void enter(struct walk *walk, size_t node)
{
    walk->stack[walk->depth++] = node;
    walk->state[node] = 1;
}

/* Goes on from the end of the way. Returns the node it meets again, or FORMULA_NO_NODE. */
static size_t step(struct walk *walk)
{
    size_t node = walk->stack[walk->depth - 1];
    struct formula_edge edge;
    if (!get_edge(walk->graph, node, walk->next[node]++, &edge)) {
        walk->state[node] = 2;
        walk->depth--;
        return FORMULA_NO_NODE;
    }
    if (edge.node == FORMULA_NO_NODE || looks_back(edge.shift)) return FORMULA_NO_NODE;
    if (walk->state[edge.node] == 1) return edge.node;
    if (walk->state[edge.node] == 0) enter(walk, edge.node);
    return FORMULA_NO_NODE;
}

static size_t find_within(struct walk *walk, const size_t **out_nodes)
{
    for (size_t root = 0; root < walk->graph->count; root++) {
        if (walk->state[root] == 0) enter(walk, root);
        while (walk->depth > 0) {
            size_t met = step(walk);
            if (met == FORMULA_NO_NODE) continue;
            size_t first = 0;
            while (walk->stack[first] != met)
                first++;
            *out_nodes = walk->stack + first;
            return walk->depth - first;
        }
    }
    return 0;
}

/* ---- through a fixed period ---- */

struct search {
    const struct formula_graph *graph;
    size_t *queue;
    size_t *parent; /* per node: from where it was reached; FORMULA_NO_NODE: not yet */
};

/* Whether `to` can be reached from `from`; fills `parent` (its own at `from`). */
static bool reach(struct search *search, size_t from, size_t to)
{
    size_t head = 0, tail = 0;
    memset(search->parent, 0xff, search->graph->count * sizeof *search->parent);
    search->parent[from] = from;
    search->queue[tail++] = from;
    while (head < tail && search->parent[to] == FORMULA_NO_NODE) {
        size_t node = search->queue[head++];
        struct formula_edge edge;
        for (size_t i = 0; get_edge(search->graph, node, i, &edge); i++) {
            if (edge.node == FORMULA_NO_NODE) continue;
            if (search->parent[edge.node] != FORMULA_NO_NODE) continue;
            search->parent[edge.node] = node;
            search->queue[tail++] = edge.node;
        }
    }
    return search->parent[to] != FORMULA_NO_NODE;
}

/* The way from `from` to `to` that reach has found, in order. */
static size_t trace(struct search *search, size_t from, size_t to, const size_t **out_nodes)
{
    size_t count = 1;
    for (size_t node = to; node != from; node = search->parent[node])
        count++;
    for (size_t i = count, node = to; i-- > 0; node = search->parent[node])
        search->queue[i] = node;
    *out_nodes = search->queue;
    return count;
}

static size_t find_through_fixed(struct search *search, const size_t **out_nodes)
{
    struct formula_edge edge;
    for (size_t node = 0; node < search->graph->count; node++)
        for (size_t i = 0; get_edge(search->graph, node, i, &edge); i++)
            if (edge.shift == FORMULA_FIXED && edge.node != FORMULA_NO_NODE &&
                reach(search, edge.node, node))
                return trace(search, edge.node, node, out_nodes);
    return 0;
}

size_t formula_find_cycle(const struct formula_graph *graph, struct arena *arena,
                          const size_t **out_nodes)
{
    size_t room = (graph->count + 1) * sizeof(size_t);
    struct walk walk = {.graph = graph,
                        .stack = arena_alloc(arena, room),
                        .next = arena_zalloc(arena, room),
                        .state = arena_zalloc(arena, graph->count + 1)};
    size_t count = find_within(&walk, out_nodes);
    if (count > 0) return count;
    struct search search = {
        .graph = graph, .queue = arena_alloc(arena, room), .parent = arena_alloc(arena, room)};
    return find_through_fixed(&search, out_nodes);
}
