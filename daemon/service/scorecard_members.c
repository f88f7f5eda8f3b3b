#include "service/scorecard_members.h"

#include "common/names.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>

/* Something an indicator may be linked to: an objective, or the plan (objective NULL). */
struct node {
    const char *name;
    const char *id;
    const Provost__V1__Objective *objective;
    bool in_scope;
    struct node *next;
};

struct scope {
    const struct scorecard *card;
    struct node *nodes; /* while they are found, newest first */
    size_t node_count;
    struct node **order; /* those in the scope, as they are shown */
    size_t order_count;
    struct found_link *links; /* newest first */
    size_t link_count;
};

/* A link from an indicator into the scope. */
struct found_link {
    const char *indicator; /* name */
    size_t place;          /* of the node in `order` */
    int32_t position;
    struct found_link *next;
};

/* ---- the scope's nodes ---- */

static struct node *add_node(struct scope *scope, const struct version *version)
{
    struct arena *arena = scope->card->call->arena;
    struct node *node = arena_zalloc(arena, sizeof *node);
    node->name = resource_name(arena, version->kind, version->id);
    node->id = version->id;
    if (version->body->descriptor == &provost__v1__objective__descriptor)
        node->objective = (const void *)version->body;
    node->next = scope->nodes;
    scope->nodes = node;
    scope->node_count++;
    return node;
}

static enum scan_verdict visit_objective(void *data, const struct version *version)
{
    (void)add_node(data, version);
    return SCAN_KEEP;
}

static struct status scan_objectives(struct scope *scope, const char *plan)
{
    struct handler_call *call = scope->card->call;
    struct scan scan = {.kind = &catalog_find("objectives")->kind,
                        .as_of = scope->card->moment.as_of,
                        .column = "plan",
                        .value = plan};
    return txn_scan(call->txn, &scan, call->arena, visit_objective, scope);
}

static const struct node *find_node(const struct scope *scope, const char *name)
{
    for (const struct node *node = scope->nodes; node != NULL; node = node->next)
        if (strcmp(node->name, name) == 0) return node;
    return NULL;
}

/* Takes in what lies below what is in already, until nothing more comes. */
static void take_descendants(struct scope *scope)
{
    bool changed = true;
    while (changed) {
        changed = false;
        for (struct node *node = scope->nodes; node != NULL; node = node->next) {
            if (node->in_scope || *node->objective->parent == '\0') continue;
            const struct node *parent = find_node(scope, node->objective->parent);
            if (parent == NULL || !parent->in_scope) continue;
            node->in_scope = true;
            changed = true;
        }
    }
}

/* A plan and all its objectives. */
static struct status find_plan_nodes(struct scope *scope)
{
    const struct node *plan = add_node(scope, &scope->card->scope);
    struct status st = scan_objectives(scope, plan->name);
    for (struct node *node = scope->nodes; node != NULL; node = node->next)
        node->in_scope = true;
    return st;
}

/* An objective and those of the same plan that lie below it. */
static struct status find_objective_nodes(struct scope *scope)
{
    const struct version *version = &scope->card->scope;
    const Provost__V1__Objective *objective = (const void *)version->body;
    struct status st = scan_objectives(scope, objective->plan);
    for (struct node *node = scope->nodes; node != NULL; node = node->next)
        if (strcmp(node->id, version->id) == 0) node->in_scope = true;
    if (status_is_ok(st)) take_descendants(scope);
    return st;
}

static int compare_positions(int32_t a, int32_t b)
{
    if ((a == 0) != (b == 0)) return a == 0 ? 1 : -1; /* 0 is "not said": behind the others */
    return (a > b) - (a < b);
}

static int compare_nodes(const void *left, const void *right)
{
    const struct node *a = *(struct node *const *)left, *b = *(struct node *const *)right;
    if (a->objective == NULL || b->objective == NULL)
        return (a->objective == NULL) - (b->objective == NULL);
    int order = compare_positions(a->objective->position, b->objective->position);
    if (order == 0) order = text_compare_natural(a->objective->code, b->objective->code);
    return order != 0 ? order : text_compare_natural(a->id, b->id);
}

static struct status find_nodes(struct scope *scope)
{
    struct arena *arena = scope->card->call->arena;
    bool is_plan = scope->card->scope.body->descriptor == &provost__v1__plan__descriptor;
    struct status st = is_plan ? find_plan_nodes(scope) : find_objective_nodes(scope);
    if (!status_is_ok(st)) return st;
    scope->order = arena_alloc(arena, scope->node_count * sizeof(struct node *));
    for (struct node *node = scope->nodes; node != NULL; node = node->next)
        if (node->in_scope) scope->order[scope->order_count++] = node;
    qsort(scope->order, scope->order_count, sizeof(struct node *), compare_nodes);
    return status_ok();
}

/* ---- the links to them ---- */

/* The node whose links are being read. */
struct link_visit {
    struct scope *scope;
    size_t place;
};

static bool is_member_link(const Provost__V1__Link *link)
{
    static const char collection[] = "indicators/";
    bool measures = link->kind == PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES ||
                    link->kind == PROVOST__V1__LINK_KIND__LINK_KIND_PART_OF;
    return measures && strncmp(link->from, collection, sizeof collection - 1) == 0;
}

static enum scan_verdict visit_link(void *data, const struct version *version)
{
    const struct link_visit *visit = data;
    struct scope *scope = visit->scope;
    const Provost__V1__Link *link = (const void *)version->body;
    if (!is_member_link(link)) return SCAN_SKIP;
    struct found_link *found = arena_alloc(scope->card->call->arena, sizeof *found);
    *found = (struct found_link){link->from, visit->place, link->position, scope->links};
    scope->links = found;
    scope->link_count++;
    return SCAN_KEEP;
}

static struct status find_links(struct scope *scope)
{
    struct handler_call *call = scope->card->call;
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < scope->order_count; i++) {
        struct link_visit visit = {scope, i};
        struct scan scan = {.kind = &catalog_find("links")->kind,
                            .as_of = scope->card->moment.as_of,
                            .column = "to",
                            .value = scope->order[i]->name};
        st = txn_scan(call->txn, &scan, call->arena, visit_link, &visit);
    }
    return st;
}

/* ---- the indicators behind the links ---- */

/* By indicator, then by place. */
static int compare_links(const void *left, const void *right)
{
    const struct found_link *a = left, *b = right;
    int order = strcmp(a->indicator, b->indicator);
    if (order == 0) order = (a->place > b->place) - (a->place < b->place);
    return order != 0 ? order : compare_positions(a->position, b->position);
}

static struct found_link *sorted_links(const struct scope *scope)
{
    size_t count = 0;
    struct found_link *links =
        arena_alloc(scope->card->call->arena, scope->link_count * sizeof *links);
    for (const struct found_link *link = scope->links; link != NULL; link = link->next)
        links[count++] = *link;
    if (count > 1) qsort(links, count, sizeof *links, compare_links);
    return links;
}

/* Links of one indicator follow each other: how many. */
static size_t group_size(const struct found_link *links, size_t count)
{
    size_t size = 1;
    while (size < count && strcmp(links[size].indicator, links[0].indicator) == 0)
        size++;
    return size;
}

static void add_objectives(const struct scope *scope, const struct found_link *links,
                           size_t count, struct scorecard_member *member)
{
    struct arena *arena = scope->card->call->arena;
    member->objectives = arena_alloc(arena, count * sizeof(char *));
    member->titles = arena_alloc(arena, count * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const struct node *node = scope->order[links[i].place];
        if (node->objective == NULL || (i > 0 && links[i].place == links[i - 1].place))
            continue;
        member->objectives[member->objective_count] = (char *)node->name;
        member->titles[member->objective_count++] = node->objective->title;
    }
}

/* *out_found false when the indicator is gone: links to come after it are not its fault. */
static struct status make_member(const struct scope *scope, const struct found_link *links,
                                 size_t count, struct scorecard_member *member, bool *out_found)
{
    struct handler_call *call = scope->card->call;
    struct version version;
    *member = (struct scorecard_member){
        .name = links->indicator,
        .id = resource_id(links->indicator),
        .place = links->place,
        .link_position = links->position,
    };
    struct status st = txn_get(call->txn, &catalog_find("indicators")->kind, member->id,
                               scope->card->moment.as_of, call->arena, &version, out_found);
    if (!status_is_ok(st) || !*out_found) return st;
    member->indicator = (const void *)version.body;
    add_objectives(scope, links, count, member);
    return status_ok();
}

static int compare_members(const void *left, const void *right)
{
    const struct scorecard_member *a = left, *b = right;
    int order = (a->place > b->place) - (a->place < b->place);
    if (order == 0) order = compare_positions(a->link_position, b->link_position);
    if (order == 0) order = text_compare_natural(a->indicator->code, b->indicator->code);
    if (order == 0) order = text_compare_natural(a->indicator->title, b->indicator->title);
    return order != 0 ? order : strcmp(a->name, b->name);
}

struct status scorecard_find_members(const struct scorecard *card,
                                     struct scorecard_member **out_members, size_t *out_count)
{
    struct scope scope = {.card = card};
    struct status st = find_nodes(&scope);
    if (status_is_ok(st)) st = find_links(&scope);
    if (!status_is_ok(st)) return st;
    struct found_link *links = sorted_links(&scope);
    struct scorecard_member *members =
        arena_alloc(card->call->arena, scope.link_count * sizeof *members);
    size_t count = 0, size;
    for (size_t i = 0; status_is_ok(st) && i < scope.link_count; i += size) {
        bool found = false;
        size = group_size(links + i, scope.link_count - i);
        st = make_member(&scope, links + i, size, &members[count], &found);
        if (found) count++;
    }
    if (!status_is_ok(st)) return st;
    if (count > 1) qsort(members, count, sizeof *members, compare_members);
    *out_members = members;
    *out_count = count;
    return status_ok();
}
