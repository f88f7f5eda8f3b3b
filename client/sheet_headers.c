#include "client/sheet_headers.h"

#include "client/sheet_guess.h"
#include "client/sheet_index.h"
#include "client/sheet_map.h"
#include "client/sheet_period.h"
#include "client/sheet_settle.h"
#include "client/sheet_text.h"

#include <string.h>

enum { HEADING_MAX_BYTES = 120 };

struct sheet_headers {
    struct arena *arena;
    struct sheet_index *built_in;
    struct sheet_map map;
};

struct sheet_headers *sheet_headers_new(struct arena *arena)
{
    struct sheet_headers *headers = arena_zalloc(arena, sizeof *headers);

    headers->arena = arena;
    headers->built_in = sheet_index_new(arena);
    return headers;
}

struct status sheet_headers_add_map(struct sheet_headers *headers, const char *text,
                                    size_t size)
{
    return sheet_map_add(&headers->map, text, size, headers->arena);
}

/* --- One heading. --- */

/* Without words of units ("£m", "000", "%") and, in front, "our" or "the". */
static char *without_units(const char *key, struct arena *arena)
{
    static const char *const units[] = {"000", "m",   "k",    "million", "thousand",
                                        "%",   "our", "the",  "your",    "000s",
                                        "$",   "$m",  "$000", "eur",     "gbp"};
    char *out = arena_zalloc(arena, strlen(key) + 2);
    char *end = out;

    while (*key != '\0') {
        size_t length = strcspn(key, " ");
        bool drop = strncmp(key, "\xC2\xA3", 2) == 0 || strncmp(key, "\xE2\x82\xAC", 3) == 0;

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

bool sheet_is_unit(const char *key, struct arena *arena)
{
    return key[0] != '\0' && without_units(key, arena)[0] == '\0';
}

/* The heading up to its first bracket. */
static const char *without_brackets(const char *header, struct arena *arena)
{
    size_t length = strcspn(header, "([");

    if (length == 0 || header[length] == '\0') return NULL;
    return sheet_fold(arena, arena_strndup(arena, header, length));
}

/* What the bracket in the heading says besides a period: "How are we doing? (Baseline 2023)". */
static const char *within_brackets(const char *header, struct arena *arena)
{
    const char *open = strpbrk(header, "([");
    size_t length = open == NULL ? 0 : strcspn(open + 1, ")]");

    if (length == 0) return NULL;
    return sheet_fold(arena,
                      sheet_period_find(arena_strndup(arena, open + 1, length), arena).rest);
}

/* A period alone. Under it an action's row says what is done then: remarks that need it. */
static enum sheet_field field_of_period(enum sheet_kind kind, struct sheet_column *column)
{
    if (kind == SHEET_INDICATORS) return SHEET_VALUE;
    if (kind == SHEET_MONEY) return SHEET_AMOUNT;
    if (kind != SHEET_ACTIONS) return SHEET_NONE;
    column->is_named = true;
    return SHEET_NOTE;
}

/* By what stands in front of the bracket, or in it. */
static enum sheet_field find_by_brackets(const struct sheet_headers *headers,
                                         const struct sheet_column *column,
                                         enum sheet_kind kind)
{
    const char *front = without_brackets(column->header, headers->arena);
    const char *within = within_brackets(column->header, headers->arena);
    enum sheet_field inner =
        within == NULL ? SHEET_NONE : sheet_index_exact(headers->built_in, within, kind);
    enum sheet_field outer = front == NULL || column->period != NULL
                                 ? SHEET_NONE
                                 : sheet_index_exact(headers->built_in, front, kind);

    if (inner == SHEET_COMPARATOR || outer == SHEET_NONE) return inner;
    return outer;
}

/* "Strategic Indicator", "Service Level Measure": what the row is about stands last. */
static bool names_title(const char *key, enum sheet_kind kind)
{
    static const struct {
        const char *word; /* folded */
        enum sheet_kind kind;
    } words[] = {{"indicator", SHEET_INDICATORS},   {"measure", SHEET_INDICATORS},
                 {"kpi", SHEET_INDICATORS},         {"action", SHEET_ACTIONS},
                 {"task", SHEET_ACTIONS},           {"deliverable", SHEET_ACTIONS},
                 {"recommendation", SHEET_ACTIONS}, {"risk", SHEET_RISKS}};
    const char *last = strrchr(key, ' ');

    for (size_t i = 0; last != NULL && i < sizeof words / sizeof words[0]; i++)
        if (words[i].kind == kind && strcmp(words[i].word, last + 1) == 0) return true;
    return false;
}

/* What the heading means besides its period. */
static enum sheet_field find_plain(const struct sheet_headers *headers,
                                   struct sheet_column *column, enum sheet_kind kind)
{
    struct arena *arena = headers->arena;
    const char *key = column->period == NULL ? column->key : sheet_fold(arena, column->rest);
    const char *bare = without_units(key, arena);
    enum sheet_field field = sheet_index_exact(headers->built_in, key, kind);

    if (column->period != NULL && bare[0] == '\0') return field_of_period(kind, column);
    if (field == SHEET_NONE) field = sheet_index_exact(headers->built_in, bare, kind);
    if (field == SHEET_NONE) field = find_by_brackets(headers, column, kind);
    if (field != SHEET_NONE) return field;
    /* "£m" alone is a column of money. */
    if (kind == SHEET_MONEY && bare[0] == '\0' && key[0] != '\0') return SHEET_AMOUNT;
    column->is_loose = true;
    field = sheet_index_loose(headers->built_in, bare, kind);
    if (field == SHEET_NONE && column->period == NULL && names_title(bare, kind))
        field = SHEET_TITLE;
    return field;
}

static bool is_heading_text(const char *text)
{
    return strlen(text) <= HEADING_MAX_BYTES;
}

static void find_meaning(const struct sheet_headers *headers, struct sheet_column *column,
                         enum sheet_kind kind)
{
    const struct sheet_mapped *mapped = sheet_map_find(&headers->map, column->key, kind);

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
    return sheet_map_find(&headers->map, key, SHEET_ANY) != NULL ||
           sheet_index_knows(headers->built_in, key);
}

/* --- The whole row. --- */

static void read_as(const struct sheet_headers *headers, enum sheet_kind kind,
                    const struct sheet_hint *hint, bool may_guess, struct sheet_header *header)
{
    header->kind = kind;
    header->n_named = header->n_known = 0;
    for (size_t i = 0; i < header->n_columns; i++) {
        find_meaning(headers, &header->columns[i], kind);
        header->n_named += header->columns[i].key[0] != '\0';
        header->n_known += header->columns[i].field != SHEET_NONE;
    }
    if (sheet_settle_header(header)) return;
    if (!may_guess || !sheet_guess_title(header, hint, headers->arena)) {
        header->kind = SHEET_UNKNOWN;
        return;
    }
    header->n_known++;
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
        if (column->field == SHEET_TITLE && !column->is_guess_title &&
            !sheet_is_weak_title(column))
            points += 5;
        if (column->field == SHEET_NOTE && column->is_named) points -= 3;
        if (sheet_field_is_figure(column->field)) points += 1;
    }
    return points;
}

static struct sheet_column *copy_columns(const struct sheet_header *header, struct arena *arena)
{
    return arena_memdup(arena, header->columns,
                        header->n_columns * sizeof(struct sheet_column));
}

/* The kind of table that fits best; how well. */
static size_t read_best(const struct sheet_headers *headers, const struct sheet_header *blank,
                        const struct sheet_hint *hint, bool may_guess,
                        struct sheet_header *out_header)
{
    static const enum sheet_kind kinds[] = {SHEET_INDICATORS, SHEET_ACTIONS, SHEET_STRATEGIES,
                                            SHEET_RISKS, SHEET_MONEY};
    size_t best = 0;

    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        struct sheet_header header = *blank;
        size_t points;

        if ((hint->kind & kinds[k]) == 0) continue;
        header.columns = copy_columns(blank, headers->arena);
        read_as(headers, kinds[k], hint, may_guess, &header);
        points = fitness(&header, hint);
        if (points <= best) continue;
        best = points;
        *out_header = header;
    }
    return best;
}

bool sheet_header_read(const struct sheet_headers *headers, const char *const *cells, size_t n,
                       const struct sheet_hint *hint, struct sheet_header *out_header)
{
    struct sheet_header blank = {.n_columns = n};

    blank.columns = arena_zalloc(headers->arena, (n + 1) * sizeof(struct sheet_column));
    for (size_t i = 0; i < n; i++)
        blank.columns[i] = new_column(headers, cells[i]);
    *out_header = blank;
    for (size_t i = 0; i < n; i++)
        out_header->n_named += blank.columns[i].key[0] != '\0';
    return read_best(headers, &blank, hint, false, out_header) > 0 ||
           (hint->n_below > 0 && read_best(headers, &blank, hint, true, out_header) > 0);
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
