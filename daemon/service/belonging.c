#include "service/belonging.h"

#include "common/arena.h"
#include "common/fields.h"
#include "service/resource.h"
#include "store/txn.h"

#include <assert.h>
#include <string.h>

enum { FIELDS_MAX = 3, STEPS_MAX = 16 };

/* Per collection the fields to follow: the first that says something counts. */
static const struct rule {
    const char *collection;
    const char *fields[FIELDS_MAX];
} rule_table[] = {
    {"organisations", {NULL}},
    {"posts", {"organisation", NULL}},
    {"plans", {"owner", NULL}},
    {"objectives", {"plan", NULL}},
    {"indicators", {"owner", "scope_organisation", NULL}},
    {"targets", {"indicator", NULL}},
    {"observations", {"indicator", NULL}},
    {"actions", {"leads", "plan", NULL}},
    {"links", {"from", NULL}},
    {"notes", {"subject", NULL}},
    {"benchmarks", {"indicator", NULL}},
    {"risks", {"owner", "plans", NULL}},
    {"budget-lines", {"subject", NULL}},
    {"reporting-periods", {"plan", NULL}},
    {"decisions", {"plan", NULL}},
};

const char *const *belonging_fields(const struct catalog_row *row)
{
    static const char *const none[] = {NULL};
    for (size_t i = 0; i < sizeof rule_table / sizeof *rule_table; i++)
        if (strcmp(rule_table[i].collection, row->kind.collection) == 0)
            return rule_table[i].fields;
    assert(!"a kind without a rule"); /* test_rights walks all kinds */
    return none;
}

/* ---- the present body ---- */

struct status belonging_latest(struct txn *txn, struct arena *arena, const char *name,
                               const ProtobufCMessage **out_body)
{
    const struct catalog_row *row = catalog_of_name(name);
    struct version version;
    bool found = false;
    *out_body = NULL;
    if (row == NULL || resource_id(name)[0] == '\0') return status_ok();
    struct status st = status_ok();
    if (txn_is_write(txn) && !row->figures)
        st = txn_get_kept(txn, &row->kind, resource_id(name), arena, &version, &found);
    if (status_is_ok(st) && !found)
        st = txn_get_latest(txn, &row->kind, resource_id(name), arena, &version, &found);
    if (status_is_ok(st) && found) *out_body = version.body;
    return st;
}

/* ---- up to the top ---- */

/* An organisation and those above it, from its present body or the one given. */
static struct status climb(struct txn *txn, struct arena *arena, const char *name,
                           const ProtobufCMessage *body, struct lineage *out_lineage)
{
    const char **names = arena_alloc(arena, BELONGING_LEVELS_MAX * sizeof *names);
    size_t count = 0;
    struct status st = status_ok();
    while (status_is_ok(st) && name[0] != '\0' && count < BELONGING_LEVELS_MAX) {
        names[count++] = name;
        if (body == NULL) st = belonging_latest(txn, arena, name, &body);
        if (!status_is_ok(st) || body == NULL) break;
        name = field_get_text(body, fields_find(body->descriptor, "parent"));
        body = NULL;
    }
    *out_lineage = (struct lineage){names, count};
    return st;
}

/* ---- along the references ---- */

/* Resources still to be followed; a bounded list, no recursion. */
struct search {
    struct txn *txn;
    struct arena *arena;
    const char *names[STEPS_MAX];
    size_t count;
    struct belonging *out;
};

static void add_name(struct search *search, const char *name)
{
    for (size_t i = 0; i < search->count; i++)
        if (strcmp(search->names[i], name) == 0) return;
    if (name[0] != '\0' && search->count < STEPS_MAX) search->names[search->count++] = name;
}

static void add_field(struct search *search, const ProtobufCMessage *body,
                      const ProtobufCFieldDescriptor *fd)
{
    if (field_shape(fd) == FIELD_TEXT) {
        add_name(search, field_get_text(body, fd));
        return;
    }
    for (size_t i = 0; i < field_get_count(body, fd); i++)
        add_name(search, field_list_text(body, fd, i));
}

static struct status visit(struct search *search, const struct catalog_row *row,
                           const char *name, const ProtobufCMessage *body)
{
    struct belonging *out = search->out;
    if (strcmp(row->kind.collection, "organisations") == 0) {
        if (out->count == BELONGING_OWNERS_MAX) return status_ok();
        return climb(search->txn, search->arena, name, body, &out->lineages[out->count++]);
    }
    for (const char *const *field = belonging_fields(row); *field != NULL; field++) {
        const ProtobufCFieldDescriptor *fd = fields_find(row->kind.desc, *field);
        if (!field_is_set(body, fd)) continue;
        add_field(search, body, fd);
        break;
    }
    return status_ok();
}

struct status belonging_of_body(struct txn *txn, struct arena *arena,
                                const struct catalog_row *row, const char *name,
                                const ProtobufCMessage *body, struct belonging *out_belonging)
{
    struct search search = {.txn = txn, .arena = arena, .out = out_belonging};
    out_belonging->count = 0;
    struct status st = visit(&search, row, name, body);
    for (size_t i = 0; status_is_ok(st) && i < search.count; i++) {
        const struct catalog_row *next = catalog_of_name(search.names[i]);
        const ProtobufCMessage *found = NULL;
        st = belonging_latest(txn, arena, search.names[i], &found);
        if (status_is_ok(st) && found != NULL)
            st = visit(&search, next, search.names[i], found);
    }
    return st;
}

struct status belonging_of_name(struct txn *txn, struct arena *arena, const char *name,
                                struct belonging *out_belonging)
{
    const ProtobufCMessage *body = NULL;
    out_belonging->count = 0;
    struct status st = belonging_latest(txn, arena, name, &body);
    if (!status_is_ok(st) || body == NULL) return st;
    return belonging_of_body(txn, arena, catalog_of_name(name), name, body, out_belonging);
}

/* ---- asking ---- */

static const struct lineage nobody = {NULL, 0};

bool belonging_may_read(const struct belonging *belonging, const struct rights *rights)
{
    if (belonging->count == 0) return rights_may_read(rights, &nobody);
    for (size_t i = 0; i < belonging->count; i++)
        if (rights_may_read(rights, &belonging->lineages[i])) return true;
    return false;
}

bool belonging_may_write(const struct belonging *belonging, const struct rights *rights,
                         unsigned groups)
{
    if (belonging->count == 0) return rights_may_write(rights, &nobody, groups);
    for (size_t i = 0; i < belonging->count; i++)
        if (rights_may_write(rights, &belonging->lineages[i], groups)) return true;
    return false;
}
