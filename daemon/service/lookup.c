#include "service/lookup.h"

#include "service/resource.h"

#include <string.h>

static size_t hash_name(const char *name)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3);
    return (size_t)(hash ^ hash >> 32);
}

void lookup_init(struct lookup *lookup, struct txn *txn, struct arena *arena, size_t expected)
{
    size_t capacity = 16;
    while (capacity < expected * 2)
        capacity *= 2;
    *lookup = (struct lookup){
        .txn = txn,
        .arena = arena,
        .slots = arena_zalloc(arena, capacity * sizeof(struct lookup_entry *)),
        .capacity = capacity,
    };
}

/* The slot that holds `name`, or the free one where it belongs. */
static struct lookup_entry **find_slot(struct lookup_entry **slots, size_t capacity,
                                       const char *name)
{
    size_t i = hash_name(name) & (capacity - 1);
    while (slots[i] != NULL && strcmp(slots[i]->name, name) != 0)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void grow(struct lookup *lookup)
{
    size_t capacity = lookup->capacity * 2;
    struct lookup_entry **slots =
        arena_zalloc(lookup->arena, capacity * sizeof(struct lookup_entry *));
    for (size_t i = 0; i < lookup->capacity; i++)
        if (lookup->slots[i] != NULL)
            *find_slot(slots, capacity, lookup->slots[i]->name) = lookup->slots[i];
    lookup->slots = slots;
    lookup->capacity = capacity;
}

struct lookup_entry *lookup_entry(struct lookup *lookup, const struct catalog_row *row,
                                  const char *name)
{
    struct lookup_entry **slot = find_slot(lookup->slots, lookup->capacity, name);
    if (*slot != NULL) return *slot;
    struct lookup_entry *entry = arena_zalloc(lookup->arena, sizeof *entry);
    entry->name = name;
    entry->id = resource_id(name);
    entry->row = row;
    *slot = entry;
    if (++lookup->count * 4 > lookup->capacity * 3) grow(lookup);
    return entry;
}

const struct lookup_entry *lookup_find(const struct lookup *lookup, const char *name)
{
    return *find_slot(lookup->slots, lookup->capacity, name);
}

struct status lookup_get(struct lookup *lookup, const struct catalog_row *row, const char *name,
                         struct lookup_entry **out_entry)
{
    struct lookup_entry *entry = lookup_entry(lookup, row, name);
    *out_entry = entry;
    if (entry->loaded) return status_ok();
    /* Most figures are new, and all others soon: those are not worth being kept. */
    struct status st = row->figures
                           ? txn_get(lookup->txn, &row->kind, entry->id, AS_OF_NOW,
                                     lookup->arena, &entry->version, &entry->found)
                           : txn_get_kept(lookup->txn, &row->kind, entry->id, lookup->arena,
                                          &entry->version, &entry->found);
    entry->loaded = status_is_ok(st);
    return st;
}
