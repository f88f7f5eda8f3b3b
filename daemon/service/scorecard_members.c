#include "service/scorecard_members.h"

#include "common/names.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>

/* ---- the indicators behind the links ---- */

static int compare_positions(int32_t a, int32_t b)
{
    if ((a == 0) != (b == 0)) return a == 0 ? 1 : -1; /* 0 is "not said": behind the others */
    return (a > b) - (a < b);
}

/* By indicator, then by place. */
static int compare_links(const void *left, const void *right)
{
    const struct scope_link *a = left, *b = right;
    int order = strcmp(a->from, b->from);
    if (order == 0)
        order = (a->node->place > b->node->place) - (a->node->place < b->node->place);
    return order != 0 ? order : compare_positions(a->position, b->position);
}

static struct scope_link *sorted_links(const struct scope *scope)
{
    size_t count = 0;
    struct scope_link *links =
        arena_alloc(scope->call->arena, scope->indicator_count * sizeof *links);
    for (const struct scope_link *link = scope->indicators; link != NULL; link = link->next)
        links[count++] = *link;
    if (count > 1) qsort(links, count, sizeof *links, compare_links);
    return links;
}

/* Links of one indicator follow each other: how many. */
static size_t group_size(const struct scope_link *links, size_t count)
{
    size_t size = 1;
    while (size < count && strcmp(links[size].from, links[0].from) == 0)
        size++;
    return size;
}

static void add_objectives(struct arena *arena, const struct scope_link *links, size_t count,
                           struct scorecard_member *member)
{
    member->objectives = arena_alloc(arena, count * sizeof(char *));
    member->titles = arena_alloc(arena, count * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        const struct scope_node *node = links[i].node;
        if (node->objective == NULL || (i > 0 && node == links[i - 1].node)) continue;
        member->objectives[member->objective_count] = (char *)node->name;
        member->titles[member->objective_count++] = (char *)node->title;
    }
}

/* *out_found false when the indicator is gone: links to come after it are not its fault. */
static struct status make_member(struct scope *scope, const struct scope_link *links,
                                 size_t count, struct scorecard_member *member, bool *out_found)
{
    struct handler_call *call = scope->call;
    struct version version;
    *member = (struct scorecard_member){
        .name = links->from,
        .id = resource_id(links->from),
        .place = links->node->place,
        .link_position = links->position,
    };
    struct status st = moment_get(call, &scope->moment,
                                  &catalog_of_desc(&provost__v1__indicator__descriptor)->kind,
                                  member->id, &version, out_found);
    if (!status_is_ok(st) || !*out_found) return st;
    member->indicator = (const void *)version.body;
    add_objectives(call->arena, links, count, member);
    return status_ok();
}

static struct status make_linked(struct scope *scope, struct scorecard_member **out_members,
                                 size_t *out_count)
{
    struct scope_link *links = sorted_links(scope);
    struct scorecard_member *members =
        arena_alloc(scope->call->arena, scope->indicator_count * sizeof *members);
    struct status st = status_ok();
    size_t count = 0, size;
    for (size_t i = 0; status_is_ok(st) && i < scope->indicator_count; i += size) {
        bool found = false;
        size = group_size(links + i, scope->indicator_count - i);
        st = make_member(scope, links + i, size, &members[count], &found);
        if (found) count++;
    }
    *out_members = members;
    *out_count = count;
    return st;
}

/* ---- those of organisations and tags ---- */

struct scorecard_member scorecard_member_of(struct arena *arena,
                                            const struct version *indicator)
{
    return (struct scorecard_member){
        .name = resource_name(arena, indicator->kind, indicator->id),
        .id = indicator->id,
        .indicator = (const void *)indicator->body,
    };
}

static struct status make_found(struct scope *scope, struct scorecard_member **out_members,
                                size_t *out_count)
{
    struct arena *arena = scope->call->arena;
    struct found found = {0};
    struct status st = scope_find_indicators(scope, &found);
    *out_members = arena_alloc(arena, found.count * sizeof **out_members);
    *out_count = found.count;
    for (size_t i = 0; i < found.count; i++)
        (*out_members)[i] = scorecard_member_of(arena, &found.items[i]);
    return st;
}

/* ---- all of them ---- */

static int compare_members(const void *left, const void *right)
{
    const struct scorecard_member *a = left, *b = right;
    int order = (a->place > b->place) - (a->place < b->place);
    if (order == 0) order = compare_positions(a->link_position, b->link_position);
    if (order == 0) order = text_compare_natural(a->indicator->code, b->indicator->code);
    if (order == 0) order = text_compare_natural(a->indicator->title, b->indicator->title);
    return order != 0 ? order : strcmp(a->name, b->name);
}

struct status scope_members(struct scope *scope, struct scorecard_member **out_members,
                            size_t *out_count)
{
    bool is_linked = (scope->kind & (SCOPE_PLAN | SCOPE_OBJECTIVE)) != 0;
    struct status st = is_linked ? make_linked(scope, out_members, out_count)
                                 : make_found(scope, out_members, out_count);
    if (status_is_ok(st) && *out_count > 1)
        qsort(*out_members, *out_count, sizeof **out_members, compare_members);
    return st;
}

struct status scorecard_find_members(const struct scorecard *card,
                                     struct scorecard_member **out_members, size_t *out_count)
{
    return scope_members(card->members, out_members, out_count);
}
