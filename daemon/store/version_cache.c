#include "store/version_cache.h"

#include <stdlib.h>
#include <string.h>

enum { CACHE_MAX_BYTES = 4 << 20, SLOTS_MIN = 1024 };

struct entry {
    const struct kind *kind;
    const char *id;
    uint64_t generation;
    const struct version *versions;
    size_t count;
};

struct version_cache {
    struct arena arena; /* slots, ids and versions; what is out of date stays until all goes */
    struct entry **slots;
    size_t capacity; /* a power of two */
    size_t count;
};

void version_cache_clear(struct version_cache *cache)
{
    arena_release(&cache->arena);
    arena_init(&cache->arena, SIZE_MAX);
    cache->slots = NULL;
    cache->capacity = 0;
    cache->count = 0;
}

struct version_cache *version_cache_new(void)
{
    struct version_cache *cache = xcalloc(1, sizeof *cache);
    arena_init(&cache->arena, SIZE_MAX);
    return cache;
}

void version_cache_free(struct version_cache *cache)
{
    if (cache == NULL) return;
    arena_release(&cache->arena);
    free(cache);
}

void version_cache_begin_job(struct version_cache *cache)
{
    if (cache->arena.used_bytes > CACHE_MAX_BYTES) version_cache_clear(cache);
}

struct arena *version_cache_arena(struct version_cache *cache)
{
    return &cache->arena;
}

static uint64_t hash_of(const struct kind *kind, const char *id)
{
    uint64_t hash = 1469598103934665603ull ^ (uintptr_t)kind; /* FNV-1a */
    for (; *id; id++)
        hash = (hash ^ (uint8_t)*id) * 1099511628211ull;
    return hash ^ hash >> 32;
}

/* Where it stands, or would. */
static struct entry **find_slot(const struct version_cache *cache, const struct kind *kind,
                                const char *id)
{
    size_t at = hash_of(kind, id) & (cache->capacity - 1);
    while (cache->slots[at] != NULL &&
           (cache->slots[at]->kind != kind || strcmp(cache->slots[at]->id, id) != 0))
        at = (at + 1) & (cache->capacity - 1);
    return &cache->slots[at];
}

bool version_cache_find(const struct version_cache *cache, const struct kind *kind,
                        const char *id, uint64_t generation,
                        const struct version **out_versions, size_t *out_count)
{
    if (cache->capacity == 0) return false;
    const struct entry *entry = *find_slot(cache, kind, id);
    if (entry == NULL || entry->generation != generation) return false;
    *out_versions = entry->versions;
    *out_count = entry->count;
    return true;
}

static void grow(struct version_cache *cache)
{
    struct entry **old = cache->slots;
    size_t old_capacity = cache->capacity;
    cache->capacity = old_capacity == 0 ? SLOTS_MIN : 2 * old_capacity;
    cache->slots = arena_zalloc(&cache->arena, cache->capacity * sizeof *cache->slots);
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i] != NULL) *find_slot(cache, old[i]->kind, old[i]->id) = old[i];
}

void version_cache_add(struct version_cache *cache, const struct kind *kind, const char *id,
                       uint64_t generation, const struct version *versions, size_t count)
{
    if (2 * (cache->count + 1) > cache->capacity) grow(cache);
    struct entry **slot = find_slot(cache, kind, id);
    if (*slot == NULL) {
        *slot = arena_alloc(&cache->arena, sizeof **slot);
        **slot = (struct entry){.kind = kind, .id = arena_strdup(&cache->arena, id)};
        cache->count++;
    }
    (*slot)->generation = generation;
    (*slot)->versions = arena_memdup(&cache->arena, versions, count * sizeof *versions);
    (*slot)->count = count;
}
