#include "service/codes_siblings.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/found.h"
#include "service/resource.h"
#include "service/sight.h"

#include <string.h>

/* An item that may bring a duplicate. */
struct codes_sibling {
    struct understanding *what;
    struct codes_sibling *next;
};

/* The items of a kind in one plan, by parent and folded code. */
struct codes_group {
    const struct catalog_row *row;
    const char *plan;
    struct name_map keys; /* to struct owners */
    struct codes_group *next;
};

/* The first two with a key: with one of them, the other is the duplicate. */
struct owners {
    const char *first;
    const char *second; /* NULL for none */
};

/* ---- what an item says ---- */

static const char *text_of(const ProtobufCMessage *body, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, field);
    return fd == NULL ? "" : field_get_text(body, fd);
}

static bool has_siblings(const ProtobufCMessageDescriptor *desc)
{
    return desc == &provost__v1__objective__descriptor ||
           desc == &provost__v1__action__descriptor || desc == &provost__v1__risk__descriptor;
}

/* Its plan number i, NULL behind the last: a risk may have several. */
static const char *plan_at(const ProtobufCMessage *body, size_t i)
{
    const ProtobufCFieldDescriptor *list = fields_find(body->descriptor, "plans");
    if (list != NULL)
        return i < field_get_count(body, list) ? field_list_text(body, list, i) : NULL;
    const char *plan = text_of(body, "plan");
    return i == 0 && *plan != '\0' ? plan : NULL;
}

/* NULL for an item without a code. */
static const char *key_of(struct arena *arena, const ProtobufCMessage *body)
{
    const char *code = text_of(body, "code");
    if (*code == '\0') return NULL;
    return arena_printf(arena, "%s\n%s", text_of(body, "parent"), codes_fold(arena, code));
}

/* Whether the request said anything that a duplicate can come from. */
static bool is_touched(struct understanding *what)
{
    static const char *const fields[] = {"code", "plan", "plans", "parent"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields_find(what->row->kind.desc, fields[i]) != NULL &&
            understand_said(what, fields[i]))
            return true;
    return false;
}

void codes_siblings_note(struct codes *codes, struct understanding *what)
{
    if (!has_siblings(what->row->kind.desc) || *text_of(what->after, "code") == '\0' ||
        !is_touched(what))
        return;
    struct codes_sibling *item = arena_alloc(codes->lookup->arena, sizeof *item);
    *item = (struct codes_sibling){what, codes->siblings};
    codes->siblings = item;
}

/* ---- a plan's items ---- */

/* A scan that fills a group. */
struct filling {
    struct codes_group *group;
    struct arena *arena;
};

static enum scan_verdict visit_item(void *data, const struct version *version)
{
    struct filling *filling = data;
    const char *plan, *key = key_of(filling->arena, version->body);
    bool is_in = false;
    for (size_t i = 0; (plan = plan_at(version->body, i)) != NULL; i++)
        is_in |= strcmp(plan, filling->group->plan) == 0;
    if (!is_in || key == NULL) return SCAN_SKIP;
    const char *name = resource_name(filling->arena, version->kind, version->id);
    struct owners *owners = name_map_get(&filling->group->keys, key);
    if (owners != NULL) {
        if (owners->second == NULL) owners->second = name;
        return SCAN_KEEP;
    }
    owners = arena_alloc(filling->arena, sizeof *owners);
    *owners = (struct owners){name, NULL};
    (void)name_map_add(filling->arena, &filling->group->keys, key, owners);
    return SCAN_KEEP;
}

static struct status read_group(struct codes *codes, const struct catalog_row *row,
                                const char *plan, struct codes_group **out_group)
{
    struct lookup *lookup = codes->lookup;
    struct codes_group *group = codes->groups;
    while (group != NULL && !(group->row == row && strcmp(group->plan, plan) == 0))
        group = group->next;
    *out_group = group;
    if (group != NULL) return status_ok();
    group = arena_zalloc(lookup->arena, sizeof *group);
    *group = (struct codes_group){.row = row, .plan = plan, .next = codes->groups};
    codes->groups = *out_group = group;
    struct filling filling = {group, lookup->arena};
    struct scan scan = {.kind = &row->kind, .as_of = AS_OF_NOW};
    if (fields_find(row->kind.desc, "plan") != NULL) {
        scan.column = "plan";
        scan.value = plan;
    }
    return txn_scan(lookup->txn, &scan, lookup->arena, visit_item, &filling);
}

/* ---- duplicates ---- */

static void warn(struct codes *codes, const struct codes_sibling *item, const char *other,
                 const char *plan)
{
    const struct lookup *lookup = codes->lookup;
    if (!sight_sees(lookup->sight, lookup->txn, other)) return;
    understand_warn(item->what, REASON_DUPLICATE_CODE, "code",
                    "%s has the code \"%.80s\", and so has %s of the same plan, %s",
                    item->what->name, text_of(item->what->after, "code"), other, plan);
}

static struct status check_item(struct codes *codes, const struct codes_sibling *item)
{
    const char *key = key_of(codes->lookup->arena, item->what->after), *plan;
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && (plan = plan_at(item->what->after, i)) != NULL;
         i++) {
        struct codes_group *group;
        st = read_group(codes, item->what->row, plan, &group);
        const struct owners *owners = status_is_ok(st) ? name_map_get(&group->keys, key) : NULL;
        if (owners == NULL) continue;
        bool is_first = strcmp(owners->first, item->what->name) == 0;
        const char *other = is_first ? owners->second : owners->first;
        if (other != NULL) warn(codes, item, other, plan);
    }
    return st;
}

struct status codes_siblings_check(struct codes *codes)
{
    struct status st = status_ok();
    for (const struct codes_sibling *i = codes->siblings; status_is_ok(st) && i != NULL;
         i = i->next)
        st = check_item(codes, i);
    return st;
}
