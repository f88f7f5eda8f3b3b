#include "service/codes.h"

#include "common/reasons.h"
#include "service/codes_siblings.h"
#include "service/resource.h"
#include "service/sight.h"

#include <stdlib.h>
#include <string.h>

/* An item that may bring a duplicate. */
struct codes_item {
    struct understanding *what;
    const char *indicator; /* name */
    struct codes_item *next;
};

/* An indicator of a plan. */
struct member {
    const char *name;
    const char *code; /* as written */
    const char *key;
    struct member *next;
};

/* A plan and its members; sorted once all are found. */
struct codes_plan {
    const char *name;
    struct member *members;
    struct member **sorted;
    size_t count;
    struct codes_plan *next;
};

char *codes_fold(struct arena *arena, const char *code)
{
    char *key = arena_alloc(arena, strlen(code) + 1), *end = key;
    for (; *code != '\0'; code++) {
        if (*code == ' ' || *code == '\t') continue;
        *end++ = *code >= 'a' && *code <= 'z' ? (char)(*code - 'a' + 'A') : *code;
    }
    *end = '\0';
    return key;
}

static bool is_membership(const Provost__V1__Link *link)
{
    return (link->kind == PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES ||
            link->kind == PROVOST__V1__LINK_KIND__LINK_KIND_PART_OF) &&
           strncmp(link->from, "indicators/", 11) == 0;
}

void codes_note(struct codes *codes, struct understanding *what)
{
    const char *indicator = NULL;
    if (what->row->kind.desc == &provost__v1__indicator__descriptor) {
        if (understand_said(what, "code")) indicator = what->name;
    } else if (what->row->kind.desc == &provost__v1__link__descriptor) {
        const Provost__V1__Link *link = (const void *)what->after;
        if (what->before == NULL && is_membership(link)) indicator = link->from;
    }
    codes_siblings_note(codes, what);
    if (indicator == NULL) return;
    struct codes_item *item = arena_alloc(codes->lookup->arena, sizeof *item);
    *item = (struct codes_item){what, indicator, codes->items};
    codes->items = item;
}

/* ---- the plans of an indicator ---- */

/* Names met by a scan of links. */
struct name_list {
    struct arena *arena;
    bool from; /* take the links' `from`, else their `to` */
    struct member *names;
};

static enum scan_verdict visit_link(void *data, const struct version *version)
{
    struct name_list *list = data;
    const Provost__V1__Link *link = (const void *)version->body;
    if (!is_membership(link)) return SCAN_SKIP;
    struct member *name = arena_zalloc(list->arena, sizeof *name);
    name->name = list->from ? link->from : link->to;
    name->next = list->names;
    list->names = name;
    return SCAN_KEEP;
}

static struct status scan_links(struct lookup *lookup, const char *column, const char *value,
                                struct name_list *list)
{
    const struct scan scan = {.kind = &catalog_of_desc(&provost__v1__link__descriptor)->kind,
                              .as_of = AS_OF_NOW,
                              .column = column,
                              .value = value};
    list->arena = lookup->arena;
    list->from = strcmp(column, "to") == 0;
    return txn_scan(lookup->txn, &scan, lookup->arena, visit_link, list);
}

/* The plan that a plan or objective is of; NULL for others. */
static struct status plan_of(struct lookup *lookup, const char *name, const char **out_plan)
{
    const struct catalog_row *row = catalog_of_name(name);
    *out_plan = NULL;
    if (row == NULL) return status_ok();
    if (row->kind.desc == &provost__v1__plan__descriptor) *out_plan = name;
    if (row->kind.desc != &provost__v1__objective__descriptor) return status_ok();
    struct lookup_entry *entry;
    struct status st = lookup_get(lookup, row, name, &entry);
    if (status_is_ok(st) && entry->found)
        *out_plan = ((const Provost__V1__Objective *)(const void *)entry->version.body)->plan;
    return st;
}

/* ---- the members of a plan ---- */

static struct status add_member(struct lookup *lookup, struct codes_plan *plan,
                                const char *name)
{
    struct lookup_entry *entry;
    struct status st = lookup_get(lookup, catalog_of_name(name), name, &entry);
    if (!status_is_ok(st) || !entry->found) return st;
    const Provost__V1__Indicator *indicator = (const void *)entry->version.body;
    if (indicator->code[0] == '\0') return st;
    struct member *member = arena_alloc(lookup->arena, sizeof *member);
    *member = (struct member){name, indicator->code, codes_fold(lookup->arena, indicator->code),
                              plan->members};
    plan->members = member;
    plan->count++;
    return st;
}

static struct status add_members(struct lookup *lookup, struct codes_plan *plan,
                                 const char *goal)
{
    struct name_list list = {0};
    struct status st = scan_links(lookup, "to", goal, &list);
    for (const struct member *m = list.names; status_is_ok(st) && m != NULL; m = m->next)
        st = add_member(lookup, plan, m->name);
    return st;
}

static enum scan_verdict visit_objective(void *data, const struct version *version)
{
    struct name_list *list = data;
    struct member *name = arena_zalloc(list->arena, sizeof *name);
    name->name = resource_name(list->arena, version->kind, version->id);
    name->next = list->names;
    list->names = name;
    return SCAN_KEEP;
}

static int compare_members(const void *left, const void *right)
{
    const struct member *a = *(struct member *const *)left, *b = *(struct member *const *)right;
    int order = strcmp(a->key, b->key);
    return order != 0 ? order : strcmp(a->name, b->name);
}

static void sort_members(struct arena *arena, struct codes_plan *plan)
{
    size_t i = 0;
    plan->sorted = arena_alloc(arena, plan->count * sizeof(struct member *));
    for (struct member *m = plan->members; m != NULL; m = m->next)
        plan->sorted[i++] = m;
    if (i > 1) qsort(plan->sorted, i, sizeof *plan->sorted, compare_members);
}

static struct status read_plan(struct codes *codes, const char *name,
                               struct codes_plan **out_plan)
{
    struct lookup *lookup = codes->lookup;
    for (*out_plan = codes->plans; *out_plan != NULL; *out_plan = (*out_plan)->next)
        if (strcmp((*out_plan)->name, name) == 0) return status_ok();
    struct codes_plan *plan = arena_zalloc(lookup->arena, sizeof *plan);
    *plan = (struct codes_plan){.name = name, .next = codes->plans};
    struct name_list goals = {.arena = lookup->arena};
    const struct scan scan = {.kind =
                                  &catalog_of_desc(&provost__v1__objective__descriptor)->kind,
                              .as_of = AS_OF_NOW,
                              .column = "plan",
                              .value = name};
    struct status st = txn_scan(lookup->txn, &scan, lookup->arena, visit_objective, &goals);
    if (status_is_ok(st)) st = add_members(lookup, plan, name);
    for (const struct member *g = goals.names; status_is_ok(st) && g != NULL; g = g->next)
        st = add_members(lookup, plan, g->name);
    sort_members(lookup->arena, plan);
    codes->plans = *out_plan = plan;
    return st;
}

/* ---- duplicates ---- */

static int compare_key(const void *key, const void *member)
{
    return strcmp(key, (*(struct member *const *)member)->key);
}

/* Another member with the same key; NULL for none. */
static const struct member *find_other(const struct codes_plan *plan, const char *key,
                                       const char *name)
{
    struct member **found = plan->count == 0 ? NULL
                                             : bsearch(key, plan->sorted, plan->count,
                                                       sizeof *plan->sorted, compare_key);
    if (found == NULL) return NULL;
    while (found > plan->sorted && strcmp(found[-1]->key, key) == 0)
        found--;
    for (; found < plan->sorted + plan->count && strcmp((*found)->key, key) == 0; found++)
        if (strcmp((*found)->name, name) != 0) return *found;
    return NULL;
}

static struct status check_plan(struct codes *codes, const struct codes_item *item,
                                const char *plan_name, const char *code, bool *out_warned)
{
    struct codes_plan *plan;
    struct status st = read_plan(codes, plan_name, &plan);
    if (!status_is_ok(st)) return st;
    const char *key = codes_fold(codes->lookup->arena, code);
    const struct member *other = find_other(plan, key, item->indicator);
    if (other == NULL || !sight_sees(codes->lookup->sight, codes->lookup->txn, other->name))
        return st;
    understand_warn(item->what, REASON_DUPLICATE_CODE, "code",
                    "%s has the code \"%.80s\", and %s of the same plan, %s, has \"%.80s\"",
                    item->indicator, code, other->name, plan_name, other->code);
    *out_warned = true;
    return st;
}

static struct status check_item(struct codes *codes, const struct codes_item *item)
{
    struct lookup *lookup = codes->lookup;
    struct lookup_entry *entry;
    struct name_list goals = {0};
    bool warned = false;
    struct status st =
        lookup_get(lookup, catalog_of_name(item->indicator), item->indicator, &entry);
    if (!status_is_ok(st) || !entry->found) return st;
    const Provost__V1__Indicator *indicator = (const void *)entry->version.body;
    if (indicator->code[0] == '\0') return st;
    st = scan_links(lookup, "from", item->indicator, &goals);
    for (const struct member *g = goals.names; status_is_ok(st) && g != NULL && !warned;
         g = g->next) {
        const char *plan;
        st = plan_of(lookup, g->name, &plan);
        if (status_is_ok(st) && plan != NULL)
            st = check_plan(codes, item, plan, indicator->code, &warned);
    }
    return st;
}

struct status codes_check(struct codes *codes)
{
    struct status st = status_ok();
    for (const struct codes_item *i = codes->items; status_is_ok(st) && i != NULL; i = i->next)
        st = check_item(codes, i);
    return status_is_ok(st) ? codes_siblings_check(codes) : st;
}
