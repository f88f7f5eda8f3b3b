/* A mapping file: what headings mean that are not built in (docs/import.md). */
#ifndef CLIENT_SHEET_MAP_H
#define CLIENT_SHEET_MAP_H

#include "client/sheet_field.h"
#include "common/arena.h"
#include "common/status.h"

#include <stddef.h>

/* A row of it, the heading folded. */
struct sheet_mapped {
    const char *key;
    unsigned long long hash;
    unsigned kinds; /* of enum sheet_kind */
    enum sheet_field field;
    const char *period; /* NULL for none */
};

/* Zero to begin with; grows in the arena given. */
struct sheet_map {
    struct sheet_mapped *rows;
    size_t n;
    size_t capacity;
};

/* Reads rows of header, kind, field and, where wanted, period, separated by tabs or commas; a
 * first row of these words and lines beginning with '#' are passed over. INVALID_ARGUMENT with
 * the line. */
struct status sheet_map_add(struct sheet_map *map, const char *text, size_t size,
                            struct arena *arena) MUST_CHECK;

/* The first row for a folded heading in a kind of table; NULL. */
const struct sheet_mapped *sheet_map_find(const struct sheet_map *map, const char *key,
                                          enum sheet_kind kind);

#endif
