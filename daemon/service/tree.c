/* PerformanceService.GetTree: the golden thread, depth first. */
#include "service/tree.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/asked.h"
#include "service/derived.h"
#include "service/excerpt.h"
#include "service/figures.h"
#include "service/performance.h"
#include "service/resource.h"

#include <string.h>

enum { NODES_MAX = 10000, DEPTH_DEFAULT = 6, DEPTH_MAX = 12 };

/* Where the walk stands: a level per step from the root. */
struct walk {
    struct tree tree;
    const Provost__V1__GetTreeRequest *in;
    struct scorecard card; /* for the statuses of indicators */
    bool has_period;
    int32_t day;
    int depth_max;
    struct branches levels[DEPTH_MAX + 2];
    size_t next[DEPTH_MAX + 2]; /* of each level, the branch to be shown next */
    struct name_map shown;
    size_t capacity;
    Provost__V1__GetTreeResponse *out;
};

/* ---- nodes ---- */

static struct status add_status(struct walk *walk, const struct version *version,
                                Provost__V1__TreeNode *node)
{
    struct arena *arena = walk->tree.call->arena;
    struct status st = status_ok();
    if (version->body->descriptor == &provost__v1__indicator__descriptor && walk->has_period) {
        struct scorecard_member member = scorecard_member_of(arena, version);
        Provost__V1__ScorecardRow *row = NULL;
        st = figures_row_of(&walk->card, &member, false, &row);
        if (row != NULL) node->status = row->status;
    }
    if (version->body->descriptor == &provost__v1__action__descriptor) {
        struct schedule_action action;
        struct schedule_limits limits = schedule_default_limits();
        st = action_facts_read(&walk->tree.facts, version, &action);
        if (status_is_ok(st))
            node->action_progress =
                action_facts_progress(schedule_status(&action, &limits, walk->day));
    }
    return st;
}

static void keep_node(struct walk *walk, Provost__V1__TreeNode *node)
{
    Provost__V1__GetTreeResponse *out = walk->out;
    if (out->n_nodes == walk->capacity) {
        size_t capacity = walk->capacity == 0 ? 64 : walk->capacity * 2;
        Provost__V1__TreeNode **nodes =
            arena_alloc(walk->tree.call->arena, capacity * sizeof *nodes);
        if (out->n_nodes > 0) memcpy(nodes, out->nodes, out->n_nodes * sizeof *nodes);
        out->nodes = nodes;
        walk->capacity = capacity;
    }
    out->nodes[out->n_nodes++] = node;
}

/* Shows a branch; *out_deeper when what is below it is to be shown too. */
static struct status show(struct walk *walk, const struct branch *branch, int depth,
                          bool *out_deeper)
{
    Provost__V1__TreeNode *node = arena_alloc(walk->tree.call->arena, sizeof *node);
    provost__v1__tree_node__init(node);
    node->name = (char *)branch->name;
    node->title = (char *)tree_title(&branch->version);
    node->code = (char *)tree_code(&branch->version);
    node->depth = depth;
    node->relation = (char *)branch->relation;
    node->qualifier = (char *)branch->qualifier;
    node->repeated_node =
        !name_map_add(walk->tree.call->arena, &walk->shown, branch->name, NULL);
    *out_deeper = !node->repeated_node;
    keep_node(walk, node);
    return add_status(walk, &branch->version, node);
}

/* ---- the walk ---- */

/* Opens the level below a node, or says that the tree is cut off there. */
static struct status descend(struct walk *walk, const struct version *version, int *depth)
{
    struct branches below = {0};
    struct status st = tree_find_branches(&walk->tree, version, &below);
    if (!status_is_ok(st) || below.count == 0) return st;
    if (*depth >= walk->depth_max) {
        walk->out->truncated = true;
        return st;
    }
    ++*depth;
    walk->levels[*depth] = below;
    walk->next[*depth] = 0;
    return st;
}

/* The next branch to be shown, at *depth or above; NULL at the end. */
static const struct branch *next_branch(struct walk *walk, int *depth)
{
    while (*depth >= 0 && walk->next[*depth] == walk->levels[*depth].count)
        --*depth;
    return *depth < 0 ? NULL : &walk->levels[*depth].items[walk->next[*depth]++];
}

static struct status walk_down(struct walk *walk, const struct branch *root)
{
    int depth = 0;
    const struct branch *branch;
    struct status st = status_ok();
    walk->levels[0] = (struct branches){(struct branch *)(void *)root, 1, 1};
    while (status_is_ok(st) && (branch = next_branch(walk, &depth)) != NULL) {
        bool deeper;
        if (walk->out->n_nodes == NODES_MAX) {
            walk->out->truncated = true;
            break;
        }
        st = show(walk, branch, depth, &deeper);
        if (status_is_ok(st) && deeper) st = descend(walk, &branch->version, &depth);
    }
    return st;
}

/* ---- the request ---- */

static struct status open_root(struct walk *walk, struct branch *root)
{
    struct handler_call *call = walk->tree.call;
    const char *name = walk->in->root;
    if (strncmp(name, "plans/", 6) != 0 && strncmp(name, "objectives/", 11) != 0)
        return status_invalid(call->arena, REASON_SCOPE_INVALID, "root",
                              "\"%s\" is no root; give \"plans/...\" or \"objectives/...\"",
                              excerpt(call->arena, name));
    *root = (struct branch){.name = name, .relation = "", .qualifier = ""};
    return reading_existing(call, "root", name, &walk->tree.moment, &root->version);
}

static struct status open_walk(struct walk *walk)
{
    struct handler_call *call = walk->tree.call;
    const Provost__V1__GetTreeRequest *in = walk->in;
    struct status st = moment_resolve(call, in->as_of_seq, in->as_of_time, &walk->tree.moment);
    if (status_is_ok(st)) st = asked_day(call, &walk->tree.moment, in->date, &walk->day);
    walk->has_period = *in->period != '\0';
    if (status_is_ok(st) && walk->has_period)
        st = asked_period(call->arena, "period", in->period, &walk->card.period);
    if (!status_is_ok(st)) return st;
    if (walk->has_period) period_format_id(&walk->card.period, walk->card.period_id);
    walk->card.call = call;
    walk->card.moment = walk->tree.moment;
    walk->card.derived = derived_new(call, &walk->tree.moment);
    walk->tree.facts = (struct action_facts){.call = call, .moment = &walk->tree.moment};
    walk->depth_max = in->depth <= 0 ? DEPTH_DEFAULT : in->depth;
    if (walk->depth_max > DEPTH_MAX) walk->depth_max = DEPTH_MAX;
    return st;
}

struct status performance_get_tree(struct handler_call *call, const ProtobufCMessage *request,
                                   ProtobufCMessage **out_response)
{
    struct walk *walk = arena_zalloc(call->arena, sizeof *walk);
    struct branch root;
    walk->tree.call = call;
    walk->in = (const void *)request;
    walk->out = arena_alloc(call->arena, sizeof *walk->out);
    provost__v1__get_tree_response__init(walk->out);
    struct status st = open_walk(walk);
    if (status_is_ok(st)) st = open_root(walk, &root);
    if (status_is_ok(st)) st = walk_down(walk, &root);
    if (!status_is_ok(st)) return st;
    walk->out->seq = walk->tree.moment.seq;
    *out_response = &walk->out->base;
    return status_ok();
}
