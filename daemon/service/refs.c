#include "service/refs.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/resource.h"
#include "service/sight.h"

#include <stdlib.h>
#include <string.h>

enum {
    PARENTS_MAX = 64,     /* levels of parents; more is refused */
    USERS_NAMED = 5,      /* in a refusal */
    COLUMN_SCANS_MAX = 8, /* deletions up to which each is looked for by itself */
};

/* ---- references exist ---- */

static bool is_target(const struct catalog_field *field, const struct catalog_row *row)
{
    for (const char *const *target = field->targets; row != NULL && *target != NULL; target++)
        if (strcmp(*target, row->kind.collection) == 0) return true;
    return false;
}

static const char *target_list(struct arena *arena, const struct catalog_field *field)
{
    const char *text = "";
    for (const char *const *target = field->targets; *target != NULL; target++)
        text =
            arena_printf(arena, "%s%s\"%s/...\"", text, text[0] == '\0' ? "" : ", ", *target);
    return text;
}

static struct status check_one(const struct understanding *what,
                               const struct catalog_field *field, const char *path,
                               const char *name)
{
    const struct catalog_row *row = catalog_of_name(name);
    if (!is_target(field, row) || resource_id(name)[0] == '\0')
        return understand_refuse(what, REASON_UNKNOWN_REFERENCE, path,
                                 "\"%.200s\" is not a name that %s may hold; it takes %s", name,
                                 field->name, target_list(what->arena, field));
    struct lookup_entry *entry;
    struct status st = lookup_get(what->lookup, row, name, &entry);
    if (!status_is_ok(st) || entry->found) return st;
    return understand_refuse(what, REASON_UNKNOWN_REFERENCE, path,
                             "there is no \"%.200s\"; create it first, or in the same request",
                             name);
}

static struct status check_list(const struct understanding *what,
                                const struct catalog_field *field)
{
    size_t count = field_get_count(what->after, field->fd);
    for (size_t i = 0; i < count; i++) {
        const char *path = arena_printf(what->arena, "%s[%zu]", field->name, i);
        struct status st =
            check_one(what, field, path, field_list_text(what->after, field->fd, i));
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* Follows the parents up to the top. */
static struct status check_parents(const struct understanding *what,
                                   const struct catalog_field *field, const char *name)
{
    const char *parent = field_get_text(what->after, field->fd);
    for (int level = 0; parent[0] != '\0'; level++) {
        if (strcmp(parent, name) == 0 || level == PARENTS_MAX)
            return understand_refuse(what, REASON_PARENT_CIRCLE, field->name,
                                     level == PARENTS_MAX
                                         ? "\"%.200s\" has more than %d levels above it"
                                         : "\"%.200s\" would be above itself, within %d levels",
                                     name, level == PARENTS_MAX ? PARENTS_MAX : level + 1);
        struct lookup_entry *entry;
        struct status st = lookup_get(what->lookup, what->row, parent, &entry);
        if (!status_is_ok(st) || !entry->found) return st;
        parent = field_get_text(entry->version.body, field->fd);
    }
    return status_ok();
}

static struct status check_field(const struct understanding *what,
                                 const struct catalog_field *field, const char *name)
{
    if (field_shape(field->fd) == FIELD_LIST) return check_list(what, field);
    const char *value = field_get_text(what->after, field->fd);
    if (value[0] == '\0') return status_ok();
    struct status st = check_one(what, field, field->name, value);
    if (!status_is_ok(st) || !(field->flags & CATALOG_PARENT)) return st;
    return check_parents(what, field, name);
}

struct status refs_check(const struct understanding *what, const bool *changed,
                         const char *name)
{
    for (const struct catalog_field *field = what->row->fields; field->name != NULL; field++) {
        if (field->targets == NULL || !changed[field_index(what->row->kind.desc, field->fd)])
            continue;
        struct status st = check_field(what, field, name);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* ---- nothing refers to what is gone ---- */

/* Who refers to one deleted resource. */
struct users {
    const char *names[USERS_NAMED];
    size_t count;
};

/* A look through one kind for references to deleted resources. */
struct search {
    struct lookup *lookup;
    const struct catalog_row *row;
    const struct refs_deletion *deletions;
    size_t count;
    struct users *users; /* one per deletion */
    size_t named;        /* names noted so far */
    struct users *only; /* every row shown refers to this one; NULL when it must be found out */
};

/* Counts a user; one that refers in several ways counts once, as long as users are named. */
static void note_user(struct search *search, struct users *users, const struct version *version)
{
    if (users->count < USERS_NAMED) {
        const char *name = resource_name(search->lookup->arena, version->kind, version->id);
        if (users->count > 0 && strcmp(users->names[users->count - 1], name) == 0) return;
        users->names[users->count] =
            sight_tell(search->lookup->sight, search->lookup->txn, name);
        search->named++;
    }
    users->count++;
}

/* Deletions stand in the order of the request, which `claimed_by` counts. */
static int compare_deletions(const void *key, const void *member)
{
    const struct lookup_entry *entry = key;
    size_t index = ((const struct refs_deletion *)member)->entry->claimed_by;
    return (entry->claimed_by > index) - (entry->claimed_by < index);
}

static void note_if_deleted(struct search *search, const struct version *version,
                            const char *name)
{
    const struct lookup_entry *entry = lookup_find(search->lookup, name);
    if (entry == NULL || !entry->claimed) return;
    const struct refs_deletion *deletion = bsearch(
        entry, search->deletions, search->count, sizeof *search->deletions, compare_deletions);
    if (deletion != NULL && deletion->entry == entry)
        note_user(search, &search->users[deletion - search->deletions], version);
}

static void note_references(struct search *search, const struct catalog_field *field,
                            const struct version *version)
{
    if (field_shape(field->fd) != FIELD_LIST) {
        note_if_deleted(search, version, field_get_text(version->body, field->fd));
        return;
    }
    for (size_t i = 0; i < field_get_count(version->body, field->fd); i++)
        note_if_deleted(search, version, field_list_text(version->body, field->fd, i));
}

/* scan_fn. Rows whose name was noted stay, for the name is in the arena behind them. */
static enum scan_verdict note_row(void *data, const struct version *version)
{
    struct search *search = data;
    size_t named = search->named;
    if (search->only != NULL) {
        note_user(search, search->only, version);
        return search->named > named ? SCAN_KEEP : SCAN_SKIP;
    }
    for (const struct catalog_field *field = search->row->fields; field->name != NULL; field++)
        if (field->targets != NULL && !(field->flags & CATALOG_KEY))
            note_references(search, field, version);
    return search->named > named ? SCAN_KEEP : SCAN_SKIP;
}

static bool may_refer(const struct catalog_field *field, const struct refs_deletion *deletions,
                      size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_target(field, deletions[i].entry->row)) return true;
    return false;
}

/* Looks for each deletion by itself: by the beginning of ids for a key, else by the column. */
static struct status search_each(struct search *search, const struct catalog_field *field)
{
    for (size_t i = 0; i < search->count; i++) {
        const struct lookup_entry *gone = search->deletions[i].entry;
        if (!is_target(field, gone->row)) continue;
        struct scan scan = {.kind = &search->row->kind, .as_of = AS_OF_NOW};
        if (field->flags & CATALOG_KEY) {
            scan.prefix = gone->id;
        } else {
            scan.column = field->name;
            scan.value = gone->name;
        }
        search->only = &search->users[i];
        struct status st =
            txn_scan(search->lookup->txn, &scan, search->lookup->arena, note_row, search);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* One look through all rows for all fields that are not found by column. */
static struct status search_all(struct search *search)
{
    search->only = NULL;
    const struct scan scan = {.kind = &search->row->kind, .as_of = AS_OF_NOW};
    return txn_scan(search->lookup->txn, &scan, search->lookup->arena, note_row, search);
}

static struct status search_kind(struct search *search)
{
    bool all = false;
    for (const struct catalog_field *field = search->row->fields; field->name != NULL; field++)
        if (field->targets != NULL && !(field->flags & CATALOG_KEY) &&
            may_refer(field, search->deletions, search->count))
            all |= search->count > COLUMN_SCANS_MAX || field_shape(field->fd) == FIELD_LIST;
    struct status st = all ? search_all(search) : status_ok();
    for (const struct catalog_field *field = search->row->fields;
         status_is_ok(st) && field->name != NULL; field++)
        if (field->targets != NULL && (!all || (field->flags & CATALOG_KEY)))
            st = search_each(search, field);
    return st;
}

static struct status refuse_in_use(struct arena *arena, const struct refs_deletion *deletion,
                                   const struct users *users)
{
    const char *list = users->names[0];
    for (size_t i = 1; i < users->count && i < USERS_NAMED; i++)
        list = arena_printf(arena, "%s, %s", list, users->names[i]);
    if (users->count > USERS_NAMED)
        list = arena_printf(arena, "%s and %zu more", list, users->count - USERS_NAMED);
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_IN_USE,
        place_envelope(arena, &deletion->place, "name"),
        "%s cannot be deleted: %zu %s to it: %s; delete or change %s first, or in "
        "the same request",
        deletion->entry->name, users->count,
        users->count == 1 ? "resource refers" : "resources refer", list,
        users->count == 1 ? "that" : "those");
}

struct status refs_check_unused(struct lookup *lookup, const struct refs_deletion *deletions,
                                size_t count)
{
    if (count == 0) return status_ok();
    size_t row_count;
    const struct catalog_row *rows = catalog_rows(&row_count);
    struct search search = {.lookup = lookup, .deletions = deletions, .count = count};
    search.users = arena_zalloc(lookup->arena, count * sizeof *search.users);
    for (size_t i = 0; i < row_count; i++) {
        search.row = &rows[i];
        struct status st = search_kind(&search);
        if (!status_is_ok(st)) return st;
    }
    for (size_t i = 0; i < count; i++)
        if (search.users[i].count > 0)
            return refuse_in_use(lookup->arena, &deletions[i], &search.users[i]);
    return status_ok();
}
