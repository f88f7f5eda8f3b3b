#include "service/found.h"

#include "service/resource.h"

#include <string.h>

/* ---- versions ---- */

void found_add(struct arena *arena, struct found *found, const struct version *version)
{
    if (found->count == found->capacity) {
        size_t capacity = found->capacity == 0 ? 16 : found->capacity * 2;
        struct version *items = arena_alloc(arena, capacity * sizeof *items);
        if (found->count > 0) memcpy(items, found->items, found->count * sizeof *items);
        found->items = items;
        found->capacity = capacity;
    }
    found->items[found->count++] = *version;
}

struct visit {
    struct arena *arena;
    const struct found_query *query;
    struct found *found;
};

static enum scan_verdict visit_version(void *data, const struct version *version)
{
    struct visit *visit = data;
    const struct found_query *query = visit->query;
    if (query->wants != NULL && !query->wants(query->data, version)) return SCAN_SKIP;
    found_add(visit->arena, visit->found, version);
    return SCAN_KEEP;
}

struct status found_scan(struct handler_call *call, const struct moment *moment,
                         const struct found_query *query, struct found *found)
{
    struct visit visit = {call->arena, query, found};
    struct scan scan = {.kind = &catalog_find(query->collection)->kind,
                        .as_of = moment->as_of,
                        .prefix = query->prefix,
                        .column = query->column,
                        .value = query->value,
                        .view = query->view};
    if (moment->is_empty) return status_ok();
    return txn_scan(call->txn, &scan, call->arena, visit_version, &visit);
}

struct status found_get(struct handler_call *call, const struct moment *moment,
                        const char *name, struct found *found)
{
    const struct catalog_row *row = catalog_of_name(name);
    struct version version;
    bool is_there = false;
    if (row == NULL) return status_ok();
    struct status st =
        moment_get(call, moment, &row->kind, resource_id(name), &version, &is_there);
    if (status_is_ok(st) && is_there) found_add(call->arena, found, &version);
    return st;
}

/* ---- names ---- */

static size_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

/* The slot that holds `name`, or the free one where it belongs. */
static struct name_entry *find_slot(const struct name_map *map, const char *name)
{
    size_t i = hash_name(name) & (map->capacity - 1);
    while (map->slots[i].name != NULL && strcmp(map->slots[i].name, name) != 0)
        i = (i + 1) & (map->capacity - 1);
    return &map->slots[i];
}

static void grow(struct arena *arena, struct name_map *map)
{
    struct name_map larger = {.capacity = map->capacity == 0 ? 8 : map->capacity * 2,
                              .count = map->count};
    larger.slots = arena_zalloc(arena, larger.capacity * sizeof *larger.slots);
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].name != NULL) *find_slot(&larger, map->slots[i].name) = map->slots[i];
    *map = larger;
}

bool name_map_has(const struct name_map *map, const char *name)
{
    return map->capacity > 0 && find_slot(map, name)->name != NULL;
}

void *name_map_get(const struct name_map *map, const char *name)
{
    return map->capacity > 0 ? find_slot(map, name)->value : NULL;
}

void name_map_set(struct arena *arena, struct name_map *map, const char *name, void *value)
{
    if (!name_map_add(arena, map, name, value)) find_slot(map, name)->value = value;
}

bool name_map_add(struct arena *arena, struct name_map *map, const char *name, void *value)
{
    if ((map->count + 1) * 4 > map->capacity * 3) grow(arena, map);
    struct name_entry *slot = find_slot(map, name);
    if (slot->name != NULL) return false;
    *slot = (struct name_entry){name, value};
    map->count++;
    return true;
}
