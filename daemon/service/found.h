/* Resources that a read collects: all of a collection that fit, in the order of their ids, and
 * a map from names to whatever is known of them. Everything lives in the call's arena. */
#ifndef SERVICE_FOUND_H
#define SERVICE_FOUND_H

#include "service/reading.h"
#include "store/txn.h"

#include <stdbool.h>
#include <stddef.h>

/* ---- versions ---- */

struct found {
    struct version *items;
    size_t count;
    size_t capacity;
};

/* Whether a version is wanted; may not keep anything of one it refuses. */
typedef bool found_fn(void *data, const struct version *version);

/* What to look for. */
struct found_query {
    const char *collection;
    const char *prefix; /* as in struct scan; NULL for all */
    const char *column; /* as in struct scan; NULL for all */
    const char *value;
    const struct kind_view *view; /* as in struct scan; NULL for all fields */
    found_fn *wants;              /* NULL: everything */
    void *data;                   /* of wants */
};

/* Adds to `found` (zero to begin with) what the register had at the moment. */
struct status found_scan(struct handler_call *call, const struct moment *moment,
                         const struct found_query *query, struct found *found) MUST_CHECK;

/* Adds one resource by its name; nothing when there is none of that name. */
struct status found_get(struct handler_call *call, const struct moment *moment,
                        const char *name, struct found *found) MUST_CHECK;

/* Adds one that was read elsewhere. */
void found_add(struct arena *arena, struct found *found, const struct version *version);

/* ---- names ---- */

struct name_entry {
    const char *name;
    void *value;
};

/* Hash table, open addressing; zero to begin with. Names are shared. */
struct name_map {
    struct name_entry *slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* The value of a name, NULL when it is not in. */
void *name_map_get(const struct name_map *map, const char *name);
bool name_map_has(const struct name_map *map, const char *name);

/* Puts a name in; false, and nothing changed, when it is in already. */
bool name_map_add(struct arena *arena, struct name_map *map, const char *name, void *value);

/* Puts a name in; a value it had goes. */
void name_map_set(struct arena *arena, struct name_map *map, const char *name, void *value);

#endif
