#include "client/sheet_map.h"

#include "client/sheet_text.h"
#include "common/csv.h"

#include <string.h>

#define REASON_SHEET_MAP "SHEET_MAP_INVALID"

static struct status add_row(struct sheet_map *map, const struct csv_row *row,
                             struct arena *arena)
{
    const char *cells[4] = {"", "", "", ""};
    struct sheet_mapped folded = {0};

    for (size_t i = 0; i < row->n_cells && i < 4; i++)
        cells[i] = sheet_clean(arena, row->cells[i], NULL);
    if (row->n_cells < 3)
        return status_invalid(arena, REASON_SHEET_MAP, NULL,
                              "line %zu has %zu cells; write header, kind and field, and a "
                              "period where there is one",
                              row->line, row->n_cells);
    folded.key = sheet_fold(arena, cells[0]);
    folded.hash = sheet_hash(folded.key);
    folded.kinds = cells[1][0] == '\0' ? SHEET_ANY : sheet_kind_from_name(cells[1]);
    folded.field = sheet_field_from_name(cells[2]);
    folded.period = cells[3][0] == '\0' ? NULL : cells[3];
    if (folded.kinds == 0)
        return status_invalid(
            arena, REASON_SHEET_MAP, NULL,
            "line %zu: \"%s\" is no kind of table; write indicators, actions, "
            "strategies, risks, money or any",
            row->line, cells[1]);
    if (folded.field == SHEET_NONE)
        return status_invalid(arena, REASON_SHEET_MAP, NULL,
                              "line %zu: there is no field \"%s\"; docs/import.md lists them",
                              row->line, cells[2]);
    map->rows = sheet_grow(arena, map->rows, map->n, &map->capacity, sizeof map->rows[0]);
    map->rows[map->n++] = folded;
    return status_ok();
}

struct status sheet_map_add(struct sheet_map *map, const char *text, size_t size,
                            struct arena *arena)
{
    char separator = size > 0 && memchr(text, '\t', size) != NULL ? '\t' : ',';
    struct csv_table table;
    struct status st = csv_read(text, size, separator, arena, &table);

    for (size_t i = 0; status_is_ok(st) && i < table.n_rows; i++) {
        const struct csv_row *row = &table.rows[i];
        const char *key = sheet_fold(arena, row->cells[0]);

        if (row->cells[0][0] == '#' || (i == 0 && strcmp(key, "header") == 0)) continue;
        st = add_row(map, row, arena);
    }
    return st;
}

const struct sheet_mapped *sheet_map_find(const struct sheet_map *map, const char *key,
                                          enum sheet_kind kind)
{
    unsigned long long hash = sheet_hash(key);

    for (size_t i = 0; i < map->n; i++)
        if (map->rows[i].hash == hash && (map->rows[i].kinds & kind) != 0 &&
            strcmp(map->rows[i].key, key) == 0)
            return &map->rows[i];
    return NULL;
}
