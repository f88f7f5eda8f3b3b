#include "service/tree.h"

#include "common/fields.h"
#include "common/names.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>

/* ---- texts ---- */

static const char *text_of(const struct version *version, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(version->body->descriptor, field);
    return fd != NULL && field_shape(fd) == FIELD_TEXT ? field_get_text(version->body, fd) : "";
}

const char *tree_title(const struct version *version)
{
    return text_of(version, "title");
}

const char *tree_code(const struct version *version)
{
    return text_of(version, "code");
}

/* ---- gathering ---- */

static void add_branch(struct tree *tree, struct branches *branches,
                       const struct branch *branch)
{
    if (branches->count == branches->capacity) {
        size_t capacity = branches->capacity == 0 ? 16 : branches->capacity * 2;
        struct branch *items = arena_alloc(tree->call->arena, capacity * sizeof *items);
        if (branches->count > 0)
            memcpy(items, branches->items, branches->count * sizeof *items);
        branches->items = items;
        branches->capacity = capacity;
    }
    branches->items[branches->count++] = *branch;
}

static void add_child(struct tree *tree, struct branches *branches,
                      const struct version *version)
{
    const ProtobufCFieldDescriptor *fd = fields_find(version->body->descriptor, "position");
    struct branch branch = {
        .name = resource_name(tree->call->arena, version->kind, version->id),
        .relation = "CHILD",
        .qualifier = "",
        .position = fd == NULL ? 0 : (int32_t)field_get_int(version->body, fd),
        .version = *version,
    };
    add_branch(tree, branches, &branch);
}

/* ---- links ---- */

static struct status add_linked(struct tree *tree, const char *name, struct branches *branches)
{
    struct found links = {0};
    struct found_query query = {.collection = "links", .column = "to", .value = name};
    struct status st = found_scan(tree->call, &tree->moment, &query, &links);
    for (size_t i = 0; status_is_ok(st) && i < links.count; i++) {
        const Provost__V1__Link *link = (const void *)links.items[i].body;
        struct found from = {0};
        if (link->kind == PROVOST__V1__LINK_KIND__LINK_KIND_REPLACES) continue;
        st = found_get(tree->call, &tree->moment, link->from, &from);
        if (from.count == 0) continue;
        const char *kind = enum_short_name(&provost__v1__link_kind__descriptor, link->kind);
        struct branch branch = {.name = link->from,
                                .relation = kind == NULL ? "" : kind,
                                .qualifier = link->qualifier,
                                .position = link->position,
                                .version = from.items[0]};
        add_branch(tree, branches, &branch);
    }
    return st;
}

/* ---- children ---- */

static struct status add_objectives(struct tree *tree, const char *column, const char *name,
                                    struct branches *branches)
{
    struct found found = {0};
    struct found_query query = {.collection = "objectives", .column = column, .value = name};
    struct status st = found_scan(tree->call, &tree->moment, &query, &found);
    for (size_t i = 0; i < found.count; i++) {
        const Provost__V1__Objective *objective = (const void *)found.items[i].body;
        bool hangs = strcmp(column, "parent") == 0 || *objective->parent == '\0';
        if (hangs) add_child(tree, branches, &found.items[i]);
    }
    return st;
}

static struct status actions_of(struct tree *tree, const char *plan, struct found **out_found)
{
    struct arena *arena = tree->call->arena;
    struct found_query query = {.collection = "actions", .column = "plan", .value = plan};
    *out_found = name_map_get(&tree->actions_of, plan);
    if (*out_found != NULL) return status_ok();
    *out_found = arena_zalloc(arena, sizeof **out_found);
    (void)name_map_add(arena, &tree->actions_of, plan, *out_found);
    return found_scan(tree->call, &tree->moment, &query, *out_found);
}

/* Whether an action delivers something, and is shown there. */
static struct status is_linked(struct tree *tree, const char *name, bool *out_linked)
{
    struct found links = {0};
    struct found_query query = {.collection = "links", .column = "from", .value = name};
    struct status st = found_scan(tree->call, &tree->moment, &query, &links);
    *out_linked = false;
    for (size_t i = 0; i < links.count; i++)
        if (strncmp(((const Provost__V1__Link *)(void *)links.items[i].body)->to, "objectives/",
                    11) == 0)
            *out_linked = true;
    return st;
}

/* The actions of a plan that hang on nothing else. */
static struct status add_loose_actions(struct tree *tree, const char *plan,
                                       struct branches *branches)
{
    struct found *found;
    struct status st = actions_of(tree, plan, &found);
    for (size_t i = 0; status_is_ok(st) && i < found->count; i++) {
        const Provost__V1__Action *action = (const void *)found->items[i].body;
        bool linked = false;
        if (*action->parent != '\0') continue;
        st = is_linked(
            tree, resource_name(tree->call->arena, found->items[i].kind, found->items[i].id),
            &linked);
        if (status_is_ok(st) && !linked) add_child(tree, branches, &found->items[i]);
    }
    return st;
}

static struct status add_parts(struct tree *tree, const char *name, const char *plan,
                               struct branches *branches)
{
    struct found *found;
    struct status st = actions_of(tree, plan, &found);
    for (size_t i = 0; status_is_ok(st) && i < found->count; i++)
        if (strcmp(((const Provost__V1__Action *)(void *)found->items[i].body)->parent, name) ==
            0)
            add_child(tree, branches, &found->items[i]);
    return st;
}

static struct status add_children(struct tree *tree, const struct version *version,
                                  const char *name, struct branches *branches)
{
    const ProtobufCMessage *body = version->body;
    if (body->descriptor == &provost__v1__plan__descriptor) {
        struct status st = add_objectives(tree, "plan", name, branches);
        return status_is_ok(st) ? add_loose_actions(tree, name, branches) : st;
    }
    if (body->descriptor == &provost__v1__objective__descriptor)
        return add_objectives(tree, "parent", name, branches);
    if (body->descriptor == &provost__v1__action__descriptor)
        return add_parts(tree, name, ((const Provost__V1__Action *)(const void *)body)->plan,
                         branches);
    return status_ok();
}

/* ---- the order ---- */

static int rank_of(const struct branch *branch)
{
    static const char *const ranks[] = {"objectives", "plans", "actions", "indicators"};
    bool is_child = strcmp(branch->relation, "CHILD") == 0;
    for (int i = 0; i < 4; i++)
        if (strcmp(branch->version.kind->collection, ranks[i]) == 0)
            return (is_child ? 0 : 8) + i;
    return 16;
}

static int compare_branches(const void *left, const void *right)
{
    const struct branch *a = left, *b = right;
    int order = (rank_of(a) > rank_of(b)) - (rank_of(a) < rank_of(b));
    if (order == 0 && (a->position == 0) != (b->position == 0))
        return a->position == 0 ? 1 : -1;
    if (order == 0) order = (a->position > b->position) - (a->position < b->position);
    if (order == 0)
        order = text_compare_natural(tree_code(&a->version), tree_code(&b->version));
    if (order == 0)
        order = text_compare_natural(tree_title(&a->version), tree_title(&b->version));
    if (order == 0) order = strcmp(a->name, b->name);
    return order != 0 ? order : strcmp(a->relation, b->relation);
}

struct status tree_find_branches(struct tree *tree, const struct version *version,
                                 struct branches *branches)
{
    const char *name = resource_name(tree->call->arena, version->kind, version->id);
    struct status st = add_children(tree, version, name, branches);
    if (status_is_ok(st)) st = add_linked(tree, name, branches);
    if (branches->count > 1)
        qsort(branches->items, branches->count, sizeof *branches->items, compare_branches);
    return st;
}
