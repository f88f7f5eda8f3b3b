/* The resources that one writing call has met: each is read once, and followed through the
 * call's own writes. Also knows which of them the request itself has named. */
#ifndef SERVICE_LOOKUP_H
#define SERVICE_LOOKUP_H

#include "service/catalog.h"
#include "store/txn.h"

#include <stddef.h>

/* One resource. Owned by the arena of the lookup. */
struct lookup_entry {
    const char *name;
    const char *id; /* its part behind the collection */
    const struct catalog_row *row;
    bool loaded;            /* `version` and `found` are known */
    bool found;             /* it exists now, the call's own writes included */
    struct version version; /* when found */
    bool claimed;           /* the request writes it */
    size_t claimed_by;      /* index of the item that does */
    void *task;             /* what formulas.c has to do with it, or NULL */
};

struct lookup {
    struct txn *txn;
    struct arena *arena;
    struct sight *sight; /* of the caller, for what is named to them; NULL: they see all */
    struct lookup_entry **slots; /* hash table, open addressing */
    size_t capacity;             /* a power of two */
    size_t count;
};

/* An empty one with room for about `expected` resources. */
void lookup_init(struct lookup *lookup, struct txn *txn, struct arena *arena, size_t expected);

/* The entry of a name, without reading it; `name` (kept, not copied) must be one of the row's
 * collection. */
struct lookup_entry *lookup_entry(struct lookup *lookup, const struct catalog_row *row,
                                  const char *name);

/* The entry of a name if there is one, else NULL. */
const struct lookup_entry *lookup_find(const struct lookup *lookup, const char *name);

/* The same as lookup_entry, read from the register if that was not done yet. */
struct status lookup_get(struct lookup *lookup, const struct catalog_row *row, const char *name,
                         struct lookup_entry **out_entry) MUST_CHECK;

#endif
