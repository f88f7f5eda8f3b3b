#include "client/sheet_join.h"

#include "client/sheet_cells.h"
#include "client/sheet_context.h"
#include "client/sheet_totals.h"

#include <assert.h>
#include <string.h>

/* Why rows are joined that are the lines of one. */
static const char wrapped[] = "goes on with the line before it";

enum { PAIR_POINTS = 3, NOTE_MIN_BYTES = 200, GROUPS_MAX = 2000 };

/* A table being put in order. */
struct joiner {
    struct arena *arena;
    struct sheet_tables *tables;
    struct sheet_table *table;
    size_t title;                            /* its column */
    struct sheet_texts groups;               /* folded first cells of the whole document */
    const char *section;                     /* in force; NULL */
    const struct sheet_context *context;     /* with the class of a section row; NULL */
    const struct sheet_context *context_for; /* the one it was made from */
};

size_t sheet_column_of(const struct sheet_table *table, enum sheet_field field)
{
    size_t i = 0;

    while (i < table->header.n_columns && table->header.columns[i].field != field)
        i++;
    return i;
}

static bool is_matrix(const struct sheet_table *table)
{
    return table->header.kind == SHEET_RESPONSIBILITY || table->header.kind == SHEET_IMPACT;
}

static void remark(struct joiner *joiner, size_t line, const char *text, const char *why)
{
    sheet_remark_add(
        &joiner->tables->joined,
        (struct sheet_remark){line, 0, sheet_clean(joiner->arena, text, NULL), why},
        joiner->arena);
}

static void take_out(struct sheet_row *row, size_t n_columns)
{
    row->is_gone = true;
    for (size_t i = 0; i < n_columns; i++)
        row->cells[i].fate = SHEET_FATE_UNDERSTOOD;
}

/* --- Joining. --- */

/* Several of these may stand in a cell, a line each. */
static bool lists_lines(enum sheet_field field)
{
    return field == SHEET_DEADLINE || field == SHEET_LEAD || field == SHEET_CONTRIBUTOR ||
           field == SHEET_CONTROL;
}

/* A line that was only set in two goes on with a space. */
static const char *join_texts(struct arena *arena, enum sheet_field field, const char *a,
                              const char *b, bool is_wrapped)
{
    const char *between = " ";

    if (sheet_is_blank(a)) return b;
    if (sheet_is_blank(b)) return a;
    if (lists_lines(field) && !is_wrapped && !sheet_starts_low(b)) between = "\n";
    return arena_printf(arena, "%s%s%s", a, between, b);
}

/* Adds the cells of `row` to those of `to`; `row` is gone then. */
static void join_rows(struct joiner *joiner, struct sheet_row *to, struct sheet_row *row,
                      const char *why)
{
    bool is_wrapped = why == wrapped;

    for (size_t i = 0; i < joiner->table->header.n_columns; i++) {
        struct sheet_cell *cell = &to->cells[i];
        struct sheet_cell *part = &row->cells[i];

        if (sheet_is_blank(cell->text) && !sheet_is_blank(part->text)) {
            cell->line = part->line;
            cell->column = part->column;
        }
        cell->text = join_texts(joiner->arena, joiner->table->header.columns[i].field,
                                cell->text, part->text, is_wrapped);
        cell->n_parts += part->n_parts;
        part->n_parts = 0;
    }
    remark(joiner, row->line, to->cells[joiner->title].text, why);
    row->is_gone = true;
}

static bool has_group(const struct joiner *joiner, const char *key)
{
    return sheet_texts_has(&joiner->groups, key);
}

/* The first cells of both together are a group that stands elsewhere, and the second alone is
 * not. */
static bool makes_known_group(const struct joiner *joiner, const struct sheet_row *a,
                              const struct sheet_row *b)
{
    const char *whole;

    if (joiner->title == 0) return false;
    if (sheet_is_blank(a->cells[0].text) || sheet_is_blank(b->cells[0].text)) return false;
    whole = sheet_fold(joiner->arena, arena_printf(joiner->arena, "%s %s", a->cells[0].text,
                                                   b->cells[0].text));
    return has_group(joiner, whole);
}

/* How much speaks for two rows being one. */
static int pair_points(const struct joiner *joiner, const struct sheet_row *a,
                       const struct sheet_row *b)
{
    int points = makes_known_group(joiner, a, b) ? 2 : 0;
    bool has_blank = false;

    for (size_t i = 0; i < joiner->table->header.n_columns; i++) {
        const char *first = a->cells[i].text;
        const char *second = b->cells[i].text;

        if (sheet_is_blank(second)) {
            has_blank |= !sheet_is_blank(first);
            continue;
        }
        if (sheet_is_blank(first)) continue;
        points += sheet_ends_open(first);
        points += sheet_starts_low(second);
    }
    return points + has_blank;
}

/* Whatever the second row says goes on in the middle of a sentence of the first. */
static bool goes_on_throughout(const struct joiner *joiner, const struct sheet_row *a,
                               const struct sheet_row *b)
{
    for (size_t i = 0; i < joiner->table->header.n_columns; i++)
        if (!sheet_is_blank(b->cells[i].text) &&
            (sheet_is_blank(a->cells[i].text) || !sheet_starts_low(b->cells[i].text)))
            return false;
    return true;
}

/* Both rows carry a part of every cell. */
static bool is_pair(const struct joiner *joiner, const struct sheet_row *a,
                    const struct sheet_row *b)
{
    int points = pair_points(joiner, a, b);

    if (makes_known_group(joiner, a, b)) return points >= PAIR_POINTS;
    if (!b->is_after_break) return false;
    if (points < PAIR_POINTS) return false;
    return sheet_ends_open(a->cells[0].text) || sheet_ends_open(a->cells[joiner->title].text) ||
           goes_on_throughout(joiner, a, b);
}

/* A line of a row set in several lines: its title goes on in lower case, and it has neither a
 * code where the row before has one, nor half of what that row has. */
static bool is_wrapped_line(const struct joiner *joiner, const struct sheet_row *a,
                            const struct sheet_row *b)
{
    size_t code = sheet_column_of(joiner->table, SHEET_CODE);
    size_t n = joiner->table->header.n_columns;
    size_t texts_a = 0, texts_b = 0;

    if (!sheet_starts_low(b->cells[joiner->title].text)) return false;
    for (size_t i = 0; i < n; i++) {
        texts_a += !sheet_is_blank(a->cells[i].text);
        texts_b += !sheet_is_blank(b->cells[i].text);
    }
    if (code < n && !sheet_is_blank(a->cells[code].text))
        return sheet_is_blank(b->cells[code].text) && texts_b < texts_a;
    return 2 * texts_b < texts_a;
}

/* --- Rows with one text. --- */

/* The column of the only text; the number of columns when there are none or several. All cells
 * the same counts as one: merged cells paste so. */
static size_t only_column(const struct joiner *joiner, const struct sheet_row *row)
{
    size_t n = joiner->table->header.n_columns;
    size_t only = n;

    for (size_t i = 0; i < n; i++) {
        if (sheet_is_blank(row->cells[i].text)) continue;
        if (only == n)
            only = i;
        else if (n < 3 || strcmp(row->cells[i].text, row->cells[only].text) != 0)
            return n;
    }
    return only;
}

static bool is_footnote(const char *text, struct arena *arena)
{
    const char *key = sheet_fold(arena, text);

    text = sheet_clean(arena, text, NULL); /* "**Housing**" is bold, "* provisional" a note */
    return text[0] == '*' || text[0] == '^' || strncmp(key, "note ", 5) == 0 ||
           strncmp(key, "source ", 7) == 0 || strcmp(key, "note") == 0 ||
           strlen(text) > NOTE_MIN_BYTES;
}

/* Some row after this one is an item. */
static bool has_items_after(const struct joiner *joiner, size_t at)
{
    for (size_t i = at + 1; i < joiner->table->n_rows; i++)
        if (only_column(joiner, &joiner->table->rows[i]) == joiner->table->header.n_columns)
            return true;
    return false;
}

/* A class or tier named by a section row holds for the rows under it. */
static void read_section_class(struct joiner *joiner, const struct sheet_row *row,
                               const char *text)
{
    const char *key = sheet_fold(joiner->arena, text);
    struct sheet_context *context;

    if (sheet_class_name(key) == NULL && sheet_tier_name(key) == NULL) {
        joiner->section = sheet_heading_words(text, joiner->arena);
        return;
    }
    context = arena_memdup(joiner->arena, row->context, sizeof *context);
    if (sheet_class_name(key) != NULL) context->class_name = sheet_class_name(key);
    if (sheet_tier_name(key) != NULL) context->tier_name = sheet_tier_name(key);
    joiner->context = context;
    joiner->context_for = row->context;
}

static void take_section(struct joiner *joiner, size_t at, const char *text)
{
    struct sheet_row *row = &joiner->table->rows[at];
    bool is_section = !is_footnote(text, joiner->arena) && has_items_after(joiner, at) &&
                      sheet_prose_read(text, joiner->arena) != SHEET_PROSE_PAGE;

    remark(joiner, row->line, text, is_section ? "a section row" : "a footnote; not stored");
    if (is_section) read_section_class(joiner, row, text);
    take_out(row, joiner->table->header.n_columns);
}

/* --- The walk over one table. --- */

static struct sheet_row *row_before(const struct joiner *joiner, size_t at)
{
    while (at > 0)
        if (!joiner->table->rows[--at].is_gone) return &joiner->table->rows[at];
    return NULL;
}

/* A title alone under a grouping column is an item that has nothing else to say. */
static bool is_bare_item(const struct joiner *joiner, size_t only)
{
    return only == joiner->title && only > 0 &&
           sheet_field_groups(joiner->table->header.columns[0].field);
}

/* A year of what the row before is about. */
static bool has_own_period(const struct joiner *joiner, const struct sheet_row *row)
{
    size_t period = sheet_column_of(joiner->table, SHEET_PERIOD);

    return period < joiner->table->header.n_columns && !sheet_is_blank(row->cells[period].text);
}

/* The row only goes on with the one before: its title is empty. */
static bool goes_on(const struct joiner *joiner, const struct sheet_row *before,
                    const struct sheet_row *row, size_t only)
{
    size_t n = joiner->table->header.n_columns;

    if (before == NULL || joiner->table->is_form || is_matrix(joiner->table)) return false;
    if (has_own_period(joiner, row)) return false;
    if (is_bare_item(joiner, only) && !sheet_starts_low(row->cells[only].text)) return false;
    if (sheet_is_total(row->cells[0].text, joiner->table->header.kind, joiner->arena))
        return false;
    if (only == n) return sheet_is_blank(row->cells[joiner->title].text);
    if (only != 0 && only != joiner->title) return true;
    return sheet_starts_low(row->cells[only].text) ||
           (sheet_ends_open(before->cells[only].text) && row->is_after_break);
}

static void join_row(struct joiner *joiner, size_t at)
{
    struct sheet_row *row = &joiner->table->rows[at];
    struct sheet_row *before = row_before(joiner, at);
    size_t only = only_column(joiner, row);
    size_t n = joiner->table->header.n_columns;

    if (row->is_gone) return;
    if (goes_on(joiner, before, row, only))
        join_rows(joiner, before, row, "goes on with the row before it");
    else if (only < n && n > 1 && !joiner->table->is_form && !is_bare_item(joiner, only))
        take_section(joiner, at, row->cells[only].text);
    else if (before != NULL && !joiner->table->is_form && is_pair(joiner, before, row))
        join_rows(joiner, before, row, "one row split in two by a page break");
    else if (before != NULL && !joiner->table->is_form && !is_matrix(joiner->table) &&
             is_wrapped_line(joiner, before, row))
        join_rows(joiner, before, row, wrapped);
    if (!row->is_gone) row->section = joiner->section;
    if (!row->is_gone && row->context == joiner->context_for) row->context = joiner->context;
}

static bool same_place(const struct sheet_row *a, const struct sheet_row *b)
{
    assert(a->context != NULL && b->context != NULL);
    return a->section == b->section && a->context->heading == b->context->heading;
}

/* Where rows have their own periods, an item goes over several. */
static bool groups(const struct sheet_table *table, size_t column)
{
    enum sheet_field field = table->header.columns[column].field;

    if (sheet_column_of(table, SHEET_PERIOD) < table->header.n_columns &&
        (field == SHEET_TITLE || field == SHEET_CODE))
        return true;
    return sheet_field_groups(field);
}

/* An empty cell of a grouping column means the one above. */
static void fill_down(struct joiner *joiner)
{
    struct sheet_table *table = joiner->table;

    for (size_t i = 1; i < table->n_rows; i++) {
        const struct sheet_row *before = row_before(joiner, i);

        if (table->rows[i].is_gone || before == NULL || table->is_form) continue;
        if (!same_place(before, &table->rows[i])) continue;
        for (size_t at = 0; at < table->header.n_columns; at++) {
            struct sheet_cell *cell = &table->rows[i].cells[at];

            if (!groups(table, at)) continue;
            if (!sheet_is_blank(cell->text) || sheet_is_blank(before->cells[at].text)) continue;
            cell->text = before->cells[at].text;
            remark(joiner, cell->line, cell->text, "an empty cell was filled from above");
        }
    }
}

/* A table that has section rows may have its first one above its heading. */
static void take_section_above(struct joiner *joiner)
{
    struct sheet_table *table = joiner->table;

    for (size_t i = 0; joiner->section != NULL && i < table->n_rows; i++) {
        struct sheet_row *row = &table->rows[i];

        if (row->is_gone) continue;
        if (row->section != NULL || !row->context->is_row ||
            row->context->heading_line + 1 != table->line)
            return;
        row->section = row->context->heading;
    }
}

static void collect_groups(struct joiner *joiner)
{
    for (size_t t = 0; t < joiner->tables->n; t++) {
        const struct sheet_table *table = joiner->tables->items[t];

        for (size_t i = 0; i < table->n_rows; i++) {
            const char *text = table->rows[i].cells[0].text;
            const char *key;

            if (!sheet_field_groups(table->header.columns[0].field)) break;
            if (strlen(text) > NOTE_MIN_BYTES || joiner->groups.n == GROUPS_MAX) continue;
            key = sheet_fold(joiner->arena, text);
            if (key[0] != '\0' && !sheet_texts_has(&joiner->groups, key))
                sheet_texts_add(&joiner->groups, key, joiner->arena);
        }
    }
}

void sheet_join(struct sheet_tables *tables, struct arena *arena)
{
    struct joiner joiner = {.arena = arena, .tables = tables};

    collect_groups(&joiner);
    for (size_t t = 0; t < tables->n; t++) {
        joiner.table = tables->items[t];
        sheet_cells_settle(joiner.table, arena);
        joiner.title = sheet_column_of(joiner.table, SHEET_TITLE);
        joiner.section = NULL;
        joiner.context = joiner.context_for = NULL;
        if (joiner.title == joiner.table->header.n_columns) continue;
        for (size_t i = 0; i < joiner.table->n_rows; i++)
            join_row(&joiner, i);
        take_section_above(&joiner);
        fill_down(&joiner);
        sheet_totals_check(joiner.table, tables, arena);
    }
}
