#include "client/sheet_keys.h"

#include "client/sheet_text.h"

#include <string.h>

enum { FIRST_SLOTS = 64 };

struct sheet_key_slot {
    const char *key; /* NULL: free */
    unsigned long long hash;
    size_t value;
};

/* The slot of the key, or the free one where it belongs. */
static struct sheet_key_slot *slot_of(const struct sheet_keys *keys, const char *key,
                                      unsigned long long hash)
{
    size_t at = (size_t)hash & (keys->capacity - 1);

    while (keys->slots[at].key != NULL &&
           (keys->slots[at].hash != hash || strcmp(keys->slots[at].key, key) != 0))
        at = (at + 1) & (keys->capacity - 1);
    return &keys->slots[at];
}

static void grow(struct sheet_keys *keys, struct arena *arena)
{
    struct sheet_keys wider = {
        .capacity = keys->capacity == 0 ? FIRST_SLOTS : keys->capacity * 2, .n = keys->n};

    wider.slots = arena_zalloc(arena, wider.capacity * sizeof *wider.slots);
    for (size_t i = 0; i < keys->capacity; i++)
        if (keys->slots[i].key != NULL)
            *slot_of(&wider, keys->slots[i].key, keys->slots[i].hash) = keys->slots[i];
    *keys = wider;
}

bool sheet_keys_find(const struct sheet_keys *keys, const char *key, size_t *out_value)
{
    const struct sheet_key_slot *slot;

    if (keys->n == 0) return false;
    slot = slot_of(keys, key, sheet_hash(key));
    if (slot->key == NULL) return false;
    *out_value = slot->value;
    return true;
}

void sheet_keys_put(struct sheet_keys *keys, const char *key, size_t value, struct arena *arena)
{
    struct sheet_key_slot *slot;
    unsigned long long hash = sheet_hash(key);

    if (keys->n * 2 >= keys->capacity) grow(keys, arena);
    slot = slot_of(keys, key, hash);
    keys->n += slot->key == NULL;
    *slot = (struct sheet_key_slot){key, hash, value};
}
