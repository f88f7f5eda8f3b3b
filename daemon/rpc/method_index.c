#include "rpc/method_index.h"

#include "common/arena.h"
#include "rpc/methods.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static size_t path_hash(const char *path, size_t size)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static void add(struct method_index *index, const struct method *method)
{
    size_t slot = path_hash(method->path, strlen(method->path));

    while (index->slots[slot & index->mask] != NULL)
        slot++;
    index->slots[slot & index->mask] = method;
}

void method_index_init(struct method_index *index, const struct method *methods, size_t count)
{
    size_t slots = 16;

    while (slots < 2 * count)
        slots *= 2;
    index->slots = xcalloc(slots, sizeof(void *));
    index->mask = slots - 1;
    for (size_t i = 0; i < count; i++)
        add(index, &methods[i]);
}

void method_index_release(struct method_index *index)
{
    free(index->slots);
}

const struct method *method_index_find(const struct method_index *index, const char *path,
                                       size_t path_size)
{
    for (size_t slot = path_hash(path, path_size);; slot++) {
        const struct method *method = index->slots[slot & index->mask];

        if (method == NULL) return NULL;
        if (strncmp(method->path, path, path_size) == 0 && method->path[path_size] == '\0')
            return method;
    }
}

bool method_is_watch(const struct method *method)
{
    return method->kind == METHOD_LOCAL && method->server_streams && !method->client_streams;
}
