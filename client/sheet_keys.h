/* Texts to numbers: a hash table in an arena. Keys are shared. */
#ifndef CLIENT_SHEET_KEYS_H
#define CLIENT_SHEET_KEYS_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>

/* Zero to begin with. */
struct sheet_keys {
    struct sheet_key_slot *slots;
    size_t capacity; /* a power of two */
    size_t n;
};

bool sheet_keys_find(const struct sheet_keys *keys, const char *key, size_t *out_value);

/* Replaces what is there. */
void sheet_keys_put(struct sheet_keys *keys, const char *key, size_t value,
                    struct arena *arena);

#endif
