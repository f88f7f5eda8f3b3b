#include "service/sight.h"

#include "common/fields.h"
#include "service/belonging.h"
#include "service/catalog.h"
#include "service/resource.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum { DEPTH_MAX = 6 }; /* a note about a link to an action of a plan, and some to spare */

struct sight_memo {
    const char *name;
    bool seen;
};

/* ---- what was found before ---- */

static size_t hash_name(const char *name)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static struct sight_memo **slot_of(struct sight *sight, const char *name)
{
    size_t at = hash_name(name) & (sight->capacity - 1);
    while (sight->slots[at] != NULL && strcmp(sight->slots[at]->name, name) != 0)
        at = (at + 1) & (sight->capacity - 1);
    return &sight->slots[at];
}

static void grow(struct sight *sight)
{
    struct sight_memo **old = sight->slots;
    size_t old_capacity = sight->capacity;
    sight->capacity = old_capacity == 0 ? 64 : 2 * old_capacity;
    sight->slots = arena_zalloc(&sight->arena, sight->capacity * sizeof *sight->slots);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] != NULL) *slot_of(sight, old[i]->name) = old[i];
}

static void remember(struct sight *sight, const char *name, bool seen)
{
    if (2 * (sight->count + 1) > sight->capacity) grow(sight);
    struct sight_memo *memo = arena_alloc(&sight->arena, sizeof *memo);
    *memo = (struct sight_memo){arena_strdup(&sight->arena, name), seen};
    *slot_of(sight, name) = memo;
    sight->count++;
}

static const struct sight_memo *recall(struct sight *sight, const char *name)
{
    return sight->capacity == 0 ? NULL : *slot_of(sight, name);
}

/* ---- looking. NOLINTBEGIN(misc-no-recursion): DEPTH_MAX bounds sees_name. ---- */

static bool sees_name(struct sight *sight, struct txn *txn, const char *name, int depth);

static bool is_internal(const ProtobufCMessage *body)
{
    const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, "visibility");
    return fd != NULL &&
           field_get_int(body, fd) == PROVOST__V1__VISIBILITY__VISIBILITY_INTERNAL;
}

static bool sees_text(struct sight *sight, struct txn *txn, const ProtobufCMessage *body,
                      const char *field, int depth)
{
    const char *name = field_get_text(body, fields_find(body->descriptor, field));
    return name[0] == '\0' || sees_name(sight, txn, name, depth + 1);
}

/* What holds it: the field that refers to it, or NULL. */
static const char *holder_field(const ProtobufCMessageDescriptor *desc)
{
    static const char *const fields[] = {"indicator", "plan", "subject"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields_find(desc, fields[i]) != NULL) return fields[i];
    return NULL;
}

static bool may_read(struct sight *sight, struct txn *txn, const struct catalog_row *row,
                     const char *name, const ProtobufCMessage *body)
{
    struct arena arena;
    struct belonging belonging;
    arena_init(&arena, SIZE_MAX);
    struct status st = belonging_of_body(txn, &arena, row, name, body, &belonging);
    bool may = status_is_ok(st) && belonging_may_read(&belonging, sight->rights);
    arena_release(&arena);
    return may;
}

/* Whether it is seen by its present body. */
static bool sees_body(struct sight *sight, struct txn *txn, const struct catalog_row *row,
                      const char *name, const ProtobufCMessage *body, int depth)
{
    if (depth > DEPTH_MAX) return false;
    if (row->kind.desc == &provost__v1__link__descriptor)
        return sees_text(sight, txn, body, "from", depth) &&
               sees_text(sight, txn, body, "to", depth);
    const char *holder = holder_field(row->kind.desc);
    bool open =
        !is_internal(body) && (holder == NULL || sees_text(sight, txn, body, holder, depth));
    return open || may_read(sight, txn, row, name, body);
}

static bool sees_name(struct sight *sight, struct txn *txn, const char *name, int depth)
{
    const struct sight_memo *memo = recall(sight, name);
    if (memo != NULL) return memo->seen;
    if (depth > DEPTH_MAX) return false;
    struct arena arena;
    const ProtobufCMessage *body = NULL;
    arena_init(&arena, SIZE_MAX);
    struct status st = belonging_latest(txn, &arena, name, &body);
    bool seen = status_is_ok(st);
    if (seen && body != NULL)
        seen = sees_body(sight, txn, catalog_of_name(name), name, body, depth);
    arena_release(&arena);
    /* What is not there yet may be made by this very request. */
    if (body != NULL || !seen) remember(sight, name, seen);
    return seen;
}

/* NOLINTEND(misc-no-recursion) */

/* Its holder never changes, and it is seen exactly when that is: no need to look at each. */
static bool follows_indicator(const ProtobufCMessageDescriptor *desc)
{
    return desc == &provost__v1__observation__descriptor ||
           desc == &provost__v1__target__descriptor ||
           desc == &provost__v1__benchmark__descriptor;
}

/* The indicator that begins the id of what follows one (CATALOG_KEY): "foi-cex/2021-22.q1". */
static const char *holder_name(struct arena *arena, const char *id)
{
    return arena_printf(arena, "indicators/%.*s", (int)strcspn(id, "/"), id);
}

static bool sees(struct txn_sight *base, struct txn *txn, const struct version *version)
{
    struct sight *sight = (struct sight *)base;
    const struct catalog_row *row = catalog_of_kind(version->kind);
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    if (follows_indicator(row->kind.desc)) {
        bool seen = sees_name(sight, txn, holder_name(&arena, version->id), 1);
        arena_release(&arena);
        return seen;
    }
    const char *name = resource_name(&arena, version->kind, version->id);
    bool seen = version->to_seq == SEQ_OPEN && recall(sight, name) == NULL
                    ? sees_body(sight, txn, row, name, version->body, 0)
                    : sees_name(sight, txn, name, 0);
    arena_release(&arena);
    return seen;
}

void sight_init(struct sight *sight, const struct rights *rights)
{
    *sight = (struct sight){.base = {.sees = sees}, .rights = rights};
    arena_init(&sight->arena, SIZE_MAX);
}

void sight_release(struct sight *sight)
{
    arena_release(&sight->arena);
}

const char *sight_tell(struct sight *sight, struct txn *txn, const char *name)
{
    return sight_sees(sight, txn, name) ? name : "something that you may not see";
}

bool sight_sees(struct sight *sight, struct txn *txn, const char *name)
{
    if (sight == NULL) return true;
    struct txn_sight *before = txn_set_sight(txn, NULL);
    bool seen = sees_name(sight, txn, name, 0);
    txn_set_sight(txn, before);
    if (!seen) sight->base.hid = true;
    return seen;
}
