#include "service/scope.h"

#include "common/names.h"
#include "common/reasons.h"
#include "service/excerpt.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* While nodes are found: those that have still to be looked into, in the order they came. */
struct search {
    struct scope *scope;
    struct scope_node *first, *last; /* all nodes */
    const struct scope_node *at;     /* whose links are being read */
    bool follows;                    /* what contributes belongs to the scope */
    struct found far;                /* links from plans and objectives, to be followed */
};

/* ---- nodes ---- */

static const char *title_of(const struct version *version)
{
    const ProtobufCMessage *body = version->body;
    if (body->descriptor == &provost__v1__plan__descriptor)
        return ((const Provost__V1__Plan *)(const void *)body)->title;
    if (body->descriptor == &provost__v1__objective__descriptor)
        return ((const Provost__V1__Objective *)(const void *)body)->title;
    if (body->descriptor == &provost__v1__organisation__descriptor)
        return ((const Provost__V1__Organisation *)(const void *)body)->title;
    return ((const Provost__V1__Post *)(const void *)body)->title;
}

static void add_node(struct search *search, const struct version *version, bool is_whole)
{
    struct scope *scope = search->scope;
    struct arena *arena = scope->call->arena;
    char *name = resource_name(arena, version->kind, version->id);
    if (name_map_has(&scope->by_name, name)) return;
    struct scope_node *node = arena_zalloc(arena, sizeof *node);
    node->name = name;
    node->id = version->id;
    node->title = title_of(version);
    node->is_plan = version->body->descriptor == &provost__v1__plan__descriptor;
    node->is_whole = is_whole;
    if (version->body->descriptor == &provost__v1__objective__descriptor)
        node->objective = (const void *)version->body;
    (void)name_map_add(arena, &scope->by_name, name, node);
    if (search->last != NULL) search->last->next = node;
    if (search->first == NULL) search->first = node;
    search->last = node;
    scope->node_count++;
}

static struct status add_scanned(struct search *search, const struct found_query *query,
                                 bool are_whole)
{
    struct scope *scope = search->scope;
    struct found found = {0};
    struct status st = found_scan(scope->call, &scope->moment, query, &found);
    for (size_t i = 0; i < found.count; i++)
        add_node(search, &found.items[i], are_whole);
    return st;
}

static struct status add_below(struct search *search, const struct scope_node *node)
{
    struct found_query query = {.collection = "objectives", .column = "parent"};
    query.value = node->name;
    if (node->is_plan)
        query.column = "plan";
    else if (node->is_whole)
        return status_ok();
    return add_scanned(search, &query, node->is_plan);
}

/* ---- links ---- */

static bool begins_with(const char *name, const char *collection)
{
    size_t size = strlen(collection);
    return strncmp(name, collection, size) == 0 && name[size] == '/';
}

static struct scope_link *make_link(const struct search *search, const Provost__V1__Link *link,
                                    struct scope_link *next)
{
    struct scope_link *made = arena_alloc(search->scope->call->arena, sizeof *made);
    *made = (struct scope_link){link->from, search->at, link->position, next};
    return made;
}

/* Sorts a link to the node at hand; true when it is to be followed. */
static bool take_link(struct search *search, const Provost__V1__Link *link)
{
    struct scope *scope = search->scope;
    int kind = (int)link->kind;
    bool joins = kind == PROVOST__V1__LINK_KIND__LINK_KIND_CONTRIBUTES ||
                 kind == PROVOST__V1__LINK_KIND__LINK_KIND_PART_OF;
    if (begins_with(link->from, "indicators")) {
        if (!joins && kind != PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES) return false;
        scope->indicators = make_link(search, link, scope->indicators);
        scope->indicator_count++;
        return false;
    }
    if (begins_with(link->from, "actions")) {
        if (!joins && kind != PROVOST__V1__LINK_KIND__LINK_KIND_DELIVERS) return false;
        scope->actions = make_link(search, link, scope->actions);
        scope->action_count++;
        return false;
    }
    return joins && search->follows &&
           (begins_with(link->from, "objectives") || begins_with(link->from, "plans"));
}

static enum scan_verdict visit_link(void *data, const struct version *version)
{
    struct search *search = data;
    if (take_link(search, (const void *)version->body))
        found_add(search->scope->call->arena, &search->far, version);
    return SCAN_KEEP;
}

static struct status read_links(struct search *search, const struct scope_node *node)
{
    struct scope *scope = search->scope;
    struct scan scan = {
        .kind = &catalog_find("links")->kind, .column = "to", .value = node->name};
    search->at = node;
    search->far.count = 0;
    return moment_scan(scope->call, &scope->moment, &scan, visit_link, search);
}

static struct status follow_links(struct search *search)
{
    struct scope *scope = search->scope;
    struct status st = status_ok();
    struct found found = {0};
    for (size_t i = 0; status_is_ok(st) && i < search->far.count; i++) {
        const Provost__V1__Link *link = (const void *)search->far.items[i].body;
        if (!name_map_has(&scope->by_name, link->from))
            st = found_get(scope->call, &scope->moment, link->from, &found);
    }
    for (size_t i = 0; i < found.count; i++)
        add_node(search, &found.items[i], false);
    return st;
}

/* ---- plans and objectives ---- */

static int compare_positions(int32_t a, int32_t b)
{
    if ((a == 0) != (b == 0)) return a == 0 ? 1 : -1; /* 0 is "not said": behind the others */
    return (a > b) - (a < b);
}

/* Objectives before plans; by plan, and those of the scope's own plan first (they were the
 * first to be found); then position, code, id. */
static int compare_nodes(const void *left, const void *right)
{
    const struct scope_node *a = *(struct scope_node *const *)left;
    const struct scope_node *b = *(struct scope_node *const *)right;
    if (a->objective == NULL || b->objective == NULL) {
        int order = (a->objective == NULL) - (b->objective == NULL);
        return order != 0 ? order : strcmp(a->name, b->name);
    }
    int order = (a->place > b->place) - (a->place < b->place);
    if (order == 0) order = strcmp(a->objective->plan, b->objective->plan);
    if (order == 0) order = compare_positions(a->objective->position, b->objective->position);
    if (order == 0) order = text_compare_natural(a->objective->code, b->objective->code);
    return order != 0 ? order : text_compare_natural(a->id, b->id);
}

/* The plan that the scope itself is or stands in. */
static const char *own_plan(const struct scope *scope)
{
    if (scope->kind == SCOPE_PLAN) return scope->name;
    return ((const Provost__V1__Objective *)(const void *)scope->version.body)->plan;
}

static void order_nodes(struct search *search)
{
    struct scope *scope = search->scope;
    const char *plan = scope->kind == SCOPE_ORGANISATION ? "" : own_plan(scope);
    size_t count = 0;
    scope->nodes =
        arena_alloc(scope->call->arena, scope->node_count * sizeof(struct scope_node *));
    for (struct scope_node *node = search->first; node != NULL; node = node->next) {
        bool is_own = node->objective != NULL && strcmp(node->objective->plan, plan) == 0;
        node->place = is_own ? 0 : 1; /* until they are sorted */
        scope->nodes[count++] = node;
    }
    qsort(scope->nodes, count, sizeof(struct scope_node *), compare_nodes);
    for (size_t i = 0; i < count; i++)
        scope->nodes[i]->place = i;
}

static bool is_framework(const struct scope *scope)
{
    if (scope->kind != SCOPE_PLAN) return false;
    const Provost__V1__Plan *plan = (const void *)scope->version.body;
    return plan->kind == PROVOST__V1__PLAN_KIND__PLAN_KIND_REFERENCE_FRAMEWORK ||
           plan->kind == PROVOST__V1__PLAN_KIND__PLAN_KIND_NATIONAL_FRAMEWORK;
}

static struct status find_objectives(struct scope *scope)
{
    struct search search = {.scope = scope};
    struct status st = status_ok();
    search.follows = scope->kind == SCOPE_OBJECTIVE || is_framework(scope);
    add_node(&search, &scope->version, false);
    for (struct scope_node *at = search.first; status_is_ok(st) && at != NULL; at = at->next) {
        st = add_below(&search, at);
        if (status_is_ok(st)) st = read_links(&search, at);
        if (status_is_ok(st)) st = follow_links(&search);
    }
    if (status_is_ok(st)) order_nodes(&search);
    return st;
}

/* ---- organisations ---- */

static bool is_post_inside(void *data, const struct version *version)
{
    const Provost__V1__Post *post = (const void *)version->body;
    return scope_has_owner(data, post->organisation);
}

static struct status find_organisations(struct scope *scope)
{
    struct search search = {.scope = scope};
    struct status st = status_ok();
    struct found_query posts = {.collection = "posts", .wants = is_post_inside, .data = scope};
    add_node(&search, &scope->version, false);
    for (struct scope_node *at = search.first; status_is_ok(st) && at != NULL; at = at->next) {
        struct found_query query = {
            .collection = "organisations", .column = "parent", .value = at->name};
        st = add_scanned(&search, &query, false);
    }
    if (status_is_ok(st)) st = add_scanned(&search, &posts, false);
    if (status_is_ok(st)) order_nodes(&search);
    return st;
}

bool scope_has_owner(const struct scope *scope, const char *owner)
{
    return *owner != '\0' && name_map_has(&scope->by_name, owner);
}

/* ---- reading a scope ---- */

static struct status refuse(struct scope *scope, unsigned allowed, const char *text)
{
    struct arena *arena = scope->call->arena;
    return status_invalid(
        arena, REASON_SCOPE_INVALID, "scope", "\"%s\" is no scope here; give %s%s%s%s%s",
        excerpt(arena, text), allowed & SCOPE_PLAN ? "\"plans/...\"" : "",
        allowed & SCOPE_OBJECTIVE ? ", \"objectives/...\"" : "",
        allowed & SCOPE_ORGANISATION ? ", \"organisations/...\"" : "",
        allowed & SCOPE_TAG ? ", \"tag=LABEL\"" : "",
        allowed & SCOPE_REGISTER ? ", or nothing for the whole register" : "");
}

static enum scope_kind kind_of_text(const char *text)
{
    if (*text == '\0') return SCOPE_REGISTER;
    if (strncmp(text, "tag=", 4) == 0) return SCOPE_TAG;
    if (begins_with(text, "plans")) return SCOPE_PLAN;
    if (begins_with(text, "objectives")) return SCOPE_OBJECTIVE;
    if (begins_with(text, "organisations")) return SCOPE_ORGANISATION;
    return 0;
}

static struct status open_version(struct scope *scope)
{
    struct status st =
        reading_existing(scope->call, "scope", scope->name, &scope->moment, &scope->version);
    if (!status_is_ok(st)) return st;
    scope->title = title_of(&scope->version);
    return scope->kind == SCOPE_ORGANISATION ? find_organisations(scope)
                                             : find_objectives(scope);
}

struct status scope_open(struct handler_call *call, const struct moment *moment,
                         const char *text, unsigned allowed, struct scope *scope)
{
    *scope = (struct scope){.call = call,
                            .moment = *moment,
                            .kind = kind_of_text(text),
                            .name = text,
                            .title = "",
                            .tag = ""};
    if ((scope->kind & allowed) == 0) return refuse(scope, allowed, text);
    if (scope->kind == SCOPE_REGISTER) return status_ok();
    if (scope->kind != SCOPE_TAG) return open_version(scope);
    scope->tag = scope->title = text + strlen("tag=");
    if (*scope->tag == '\0') return refuse(scope, allowed, text);
    return status_ok();
}

/* ---- what lies in it ---- */

bool scope_has_tag(const struct scope *scope, char *const *tags, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(tags[i], scope->tag) == 0) return true;
    return false;
}

static bool wants_indicator(void *data, const struct version *version)
{
    const struct scope *scope = data;
    const Provost__V1__Indicator *indicator = (const void *)version->body;
    if (scope->kind == SCOPE_REGISTER) return true;
    if (scope->kind == SCOPE_TAG)
        return scope_has_tag(scope, indicator->tags, indicator->n_tags);
    if (*indicator->scope_organisation != '\0')
        return scope_has_owner(scope, indicator->scope_organisation);
    return scope_has_owner(scope, indicator->owner);
}

struct status scope_find_indicators(struct scope *scope, struct found *indicators)
{
    struct found_query query = {
        .collection = "indicators", .wants = wants_indicator, .data = scope};
    return found_scan(scope->call, &scope->moment, &query, indicators);
}
