#include "client/sheet_headers.h"

#include "client/sheet_index.h"
#include "client/sheet_period.h"
#include "client/sheet_text.h"
#include "common/csv.h"

#include <string.h>

#define REASON_SHEET_MAP "SHEET_MAP_INVALID"

enum { HEADING_MAX_BYTES = 120 };

/* A row of a mapping file, folded. */
struct folded {
    const char *key;
    unsigned long long hash;
    unsigned kinds;
    enum sheet_field field;
    const char *period; /* NULL for none */
};

struct sheet_headers {
    struct arena *arena;
    struct sheet_index *built_in;
    struct folded *mapped;
    size_t n_mapped;
    size_t capacity;
};

struct sheet_headers *sheet_headers_new(struct arena *arena)
{
    struct sheet_headers *headers = arena_zalloc(arena, sizeof *headers);

    headers->arena = arena;
    headers->built_in = sheet_index_new(arena);
    return headers;
}

/* --- Mapping files. --- */

static struct status add_map_row(struct sheet_headers *headers, const struct csv_row *row)
{
    const char *cells[4] = {"", "", "", ""};
    struct folded folded = {0};

    for (size_t i = 0; i < row->n_cells && i < 4; i++)
        cells[i] = sheet_clean(headers->arena, row->cells[i], NULL);
    if (row->n_cells < 3)
        return status_invalid(headers->arena, REASON_SHEET_MAP, NULL,
                              "line %zu has %zu cells; write header, kind and field, and a "
                              "period where there is one",
                              row->line, row->n_cells);
    folded.key = sheet_fold(headers->arena, cells[0]);
    folded.hash = sheet_hash(folded.key);
    folded.kinds = cells[1][0] == '\0' ? SHEET_ANY : sheet_kind_from_name(cells[1]);
    folded.field = sheet_field_from_name(cells[2]);
    folded.period = cells[3][0] == '\0' ? NULL : cells[3];
    if (folded.kinds == 0)
        return status_invalid(
            headers->arena, REASON_SHEET_MAP, NULL,
            "line %zu: \"%s\" is no kind of table; write indicators, actions, "
            "strategies, risks, money or any",
            row->line, cells[1]);
    if (folded.field == SHEET_NONE)
        return status_invalid(headers->arena, REASON_SHEET_MAP, NULL,
                              "line %zu: there is no field \"%s\"; docs/import.md lists them",
                              row->line, cells[2]);
    headers->mapped = sheet_grow(headers->arena, headers->mapped, headers->n_mapped,
                                 &headers->capacity, sizeof headers->mapped[0]);
    headers->mapped[headers->n_mapped++] = folded;
    return status_ok();
}

struct status sheet_headers_add_map(struct sheet_headers *headers, const char *text,
                                    size_t size)
{
    char separator = size > 0 && memchr(text, '\t', size) != NULL ? '\t' : ',';
    struct csv_table table;
    struct status st = csv_read(text, size, separator, headers->arena, &table);

    for (size_t i = 0; status_is_ok(st) && i < table.n_rows; i++) {
        const struct csv_row *row = &table.rows[i];
        const char *key = sheet_fold(headers->arena, row->cells[0]);

        if (row->cells[0][0] == '#' || (i == 0 && strcmp(key, "header") == 0)) continue;
        st = add_map_row(headers, row);
    }
    return st;
}

/* --- One heading. --- */

/* Of a mapping file. */
static const struct folded *find_mapped(const struct sheet_headers *headers, const char *key,
                                        enum sheet_kind kind)
{
    unsigned long long hash = sheet_hash(key);

    for (size_t i = 0; i < headers->n_mapped; i++)
        if (headers->mapped[i].hash == hash && (headers->mapped[i].kinds & kind) != 0 &&
            strcmp(headers->mapped[i].key, key) == 0)
            return &headers->mapped[i];
    return NULL;
}

/* Without words of units ("£m", "000", "%") and, in front, "our" or "the". */
static char *without_units(const char *key, struct arena *arena)
{
    static const char *const units[] = {"000", "m",   "k",   "million", "thousand",
                                        "%",   "our", "the", "your"};
    char *out = arena_zalloc(arena, strlen(key) + 2);
    char *end = out;

    while (*key != '\0') {
        size_t length = strcspn(key, " ");
        bool drop = strncmp(key, "\xC2\xA3", 2) == 0;

        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
            drop |= strlen(units[i]) == length && strncmp(units[i], key, length) == 0;
        if (!drop) {
            if (end > out) *end++ = ' ';
            memcpy(end, key, length);
            end += length;
        }
        key += length;
        key += *key == ' ';
    }
    *end = '\0';
    return out;
}

/* The heading up to its first bracket. */
static const char *without_brackets(const char *header, struct arena *arena)
{
    size_t length = strcspn(header, "([");

    if (length == 0 || header[length] == '\0') return NULL;
    return sheet_fold(arena, arena_strndup(arena, header, length));
}

static enum sheet_field field_of_period(enum sheet_kind kind)
{
    if (kind == SHEET_INDICATORS) return SHEET_VALUE;
    return kind == SHEET_MONEY ? SHEET_AMOUNT : SHEET_NONE;
}

/* What the heading means besides its period. */
static enum sheet_field find_plain(const struct sheet_headers *headers,
                                   struct sheet_column *column, enum sheet_kind kind)
{
    struct arena *arena = headers->arena;
    const char *key = column->period == NULL ? column->key : sheet_fold(arena, column->rest);
    const char *bare = without_units(key, arena);
    const char *front = without_brackets(column->header, arena);
    enum sheet_field field = sheet_index_exact(headers->built_in, key, kind);

    if (column->period != NULL && bare[0] == '\0') return field_of_period(kind);
    if (field == SHEET_NONE) field = sheet_index_exact(headers->built_in, bare, kind);
    if (field == SHEET_NONE && front != NULL && column->period == NULL)
        field = sheet_index_exact(headers->built_in, front, kind);
    if (field != SHEET_NONE) return field;
    /* "£m" alone is a column of money. */
    if (kind == SHEET_MONEY && bare[0] == '\0' && key[0] != '\0') return SHEET_AMOUNT;
    column->is_loose = true;
    return sheet_index_loose(headers->built_in, bare, kind);
}

static bool is_heading_text(const char *text)
{
    return strlen(text) <= HEADING_MAX_BYTES;
}

static void find_meaning(const struct sheet_headers *headers, struct sheet_column *column,
                         enum sheet_kind kind)
{
    const struct folded *mapped = find_mapped(headers, column->key, kind);

    column->field = SHEET_NONE;
    column->is_loose = false;
    if (mapped != NULL) {
        column->field = mapped->field;
        if (mapped->period != NULL) {
            column->period = mapped->period;
            column->has_year = true;
        }
        return;
    }
    if (column->key[0] == '\0' || !is_heading_text(column->header)) return;
    column->field = sheet_index_exact(headers->built_in, column->key, kind);
    if (column->field == SHEET_NONE) column->field = find_plain(headers, column, kind);
    if (column->field == SHEET_NONE) column->is_loose = false;
}

static struct sheet_column new_column(const struct sheet_headers *headers, const char *cell)
{
    struct sheet_column column = {0};
    struct sheet_period period;

    column.header = sheet_clean(headers->arena, cell, NULL);
    column.key = sheet_fold(headers->arena, column.header);
    column.rest = column.header;
    if (!is_heading_text(column.header)) return column;
    period = sheet_period_find(column.header, headers->arena);
    column.period = period.label;
    column.rest = period.rest;
    column.has_year = period.has_year;
    return column;
}

enum sheet_field sheet_headers_meaning(const struct sheet_headers *headers, const char *heading,
                                       enum sheet_kind kind)
{
    struct sheet_column column = new_column(headers, heading);

    find_meaning(headers, &column, kind);
    return column.field;
}

bool sheet_headers_knows(const struct sheet_headers *headers, const char *key)
{
    return find_mapped(headers, key, SHEET_ANY) != NULL ||
           sheet_index_knows(headers->built_in, key);
}

/* --- The whole row. --- */

/* Titles that make room for a better one beside them. */
static bool is_weak_title(const struct sheet_column *column)
{
    static const char *const weak[] = {"workstream",      "work stream",
                                       "project",         "milestone",
                                       "key milestone",   "programme",
                                       "recommendation",  "improvement area",
                                       "initiative",      "area for improvement",
                                       "title",           "name",
                                       "description",     "commitment",
                                       "key project",     "deliverable",
                                       "key deliverable", "service"};

    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        if (strcmp(column->key, weak[i]) == 0) return true;
    return false;
}

static size_t choose_title(const struct sheet_header *header)
{
    size_t chosen = header->n_columns;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (column->field != SHEET_TITLE) continue;
        if (chosen == header->n_columns ||
            (is_weak_title(&header->columns[chosen]) && !is_weak_title(column)))
            chosen = i;
    }
    return chosen;
}

/* One title; others group in front of it, or are kept beside it. False without a title. */
static bool settle_titles(struct sheet_header *header)
{
    size_t chosen = choose_title(header);

    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];

        if (i == chosen || column->field != SHEET_TITLE) continue;
        if (i < chosen)
            column->field = SHEET_CATEGORY;
        else if (header->kind == SHEET_INDICATORS && strstr(column->key, "description") != NULL)
            column->field = SHEET_DEFINITION;
        else
            column->field = SHEET_NOTE;
    }
    return chosen < header->n_columns;
}

/* Does a column of this year's figure, or plain target, stand before `end`? */
static bool has_before(const struct sheet_header *header, size_t end, enum sheet_field field,
                       const char *period)
{
    for (size_t i = 0; i < end; i++)
        if (header->columns[i].field == field && header->columns[i].period != NULL &&
            strcmp(header->columns[i].period, period) == 0)
            return true;
    return false;
}

/* Years that have both a figure and a target before `end`. */
static size_t count_pairs(const struct sheet_header *header, size_t end)
{
    size_t n = 0;

    for (size_t i = 0; i < end; i++)
        n += header->columns[i].field == SHEET_TARGET && header->columns[i].period != NULL &&
             has_before(header, header->n_columns, SHEET_VALUE, header->columns[i].period);
    return n;
}

static bool is_bare(const struct sheet_column *column)
{
    return column->field == SHEET_VALUE && column->period != NULL && column->rest[0] == '\0' &&
           sheet_period_is_year(column->period);
}

/* A bare later year right behind a target stands under the targets, unless figures and targets
 * take turns or the year has a target of its own. */
static void settle_bare_years(struct sheet_header *header)
{
    for (size_t i = 1; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];
        const struct sheet_column *before = &header->columns[i - 1];

        if (!is_bare(column) || before->field != SHEET_TARGET || before->period == NULL)
            continue;
        if (sheet_period_year(column->period) <= sheet_period_year(before->period)) continue;
        if (has_before(header, header->n_columns, SHEET_TARGET, column->period)) continue;
        if (count_pairs(header, i) > 1) continue;
        column->field = SHEET_TARGET;
        column->is_guess = true;
    }
}

static void read_as(const struct sheet_headers *headers, enum sheet_kind kind,
                    struct sheet_header *header)
{
    header->kind = kind;
    header->n_named = header->n_known = 0;
    for (size_t i = 0; i < header->n_columns; i++) {
        find_meaning(headers, &header->columns[i], kind);
        header->n_named += header->columns[i].key[0] != '\0';
        header->n_known += header->columns[i].field != SHEET_NONE;
    }
    if (!settle_titles(header)) header->kind = SHEET_UNKNOWN;
    if (kind == SHEET_INDICATORS) settle_bare_years(header);
}

/* How well a kind fits; 0: not at all. */
static size_t fitness(const struct sheet_header *header, const struct sheet_hint *hint)
{
    size_t points = header->n_known * 4;

    if (header->kind == SHEET_UNKNOWN || header->n_known < 2) return 0;
    if (header->n_known * 2 < header->n_named) return 0;
    if (header->kind == SHEET_MONEY && !hint->is_money) return 0;
    if (header->kind == SHEET_MONEY) points += 1;
    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (column->is_loose) points -= 2;
        if (column->field == SHEET_TITLE && !is_weak_title(column)) points += 5;
        if (sheet_field_is_figure(column->field)) points += 1;
    }
    return points;
}

static struct sheet_column *copy_columns(const struct sheet_header *header, struct arena *arena)
{
    return arena_memdup(arena, header->columns,
                        header->n_columns * sizeof(struct sheet_column));
}

bool sheet_header_read(const struct sheet_headers *headers, const char *const *cells, size_t n,
                       const struct sheet_hint *hint, struct sheet_header *out_header)
{
    static const enum sheet_kind kinds[] = {SHEET_INDICATORS, SHEET_ACTIONS, SHEET_STRATEGIES,
                                            SHEET_RISKS, SHEET_MONEY};
    struct sheet_header blank = {.n_columns = n};
    size_t best = 0;

    blank.columns = arena_zalloc(headers->arena, (n + 1) * sizeof(struct sheet_column));
    for (size_t i = 0; i < n; i++)
        blank.columns[i] = new_column(headers, cells[i]);
    *out_header = blank;
    for (size_t i = 0; i < n; i++)
        out_header->n_named += blank.columns[i].key[0] != '\0';
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct sheet_header header = blank;
        size_t points;

        if ((hint->kind & kinds[k]) == 0) continue;
        header.columns = copy_columns(&blank, headers->arena);
        read_as(headers, kinds[k], &header);
        points = fitness(&header, hint);
        if (points <= best) continue;
        best = points;
        *out_header = header;
    }
    return best > 0;
}

bool sheet_header_same(const struct sheet_header *a, const struct sheet_header *b)
{
    if (a->n_columns != b->n_columns) return false;
    for (size_t i = 0; i < a->n_columns; i++)
        if (strcmp(a->columns[i].key, b->columns[i].key) != 0) return false;
    return true;
}

bool sheet_is_money(const char *folded)
{
    static const char *const words[] = {"budget",  "expenditure", "spend",    "cost",
                                        "income",  "saving",      "revenue",  "capital",
                                        "funding", "reserve",     "financial"};

    if (strstr(folded, "\xC2\xA3") != NULL) return true;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sheet_has_words(folded, words[i])) return true;
    return false;
}
