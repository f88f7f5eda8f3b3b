#include "client/sheet_totals.h"

#include "client/sheet_amount.h"
#include "client/sheet_join.h"

#include <string.h>

bool sheet_is_total(const char *text, enum sheet_kind kind, struct arena *arena)
{
    static const char *const words[] = {"total",       "sub total",     "subtotal",
                                        "grand total", "overall total", "net total",
                                        "gross total"};
    const char *key;

    if (strlen(text) > 100) return false;
    key = sheet_fold(arena, text);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], key) == 0) return true;
    return kind == SHEET_MONEY &&
           (strncmp(key, "total ", 6) == 0 || strncmp(key, "sub total ", 10) == 0);
}

/* Adds the amounts of a column over rows [first, last) that are items. */
static bool add_column(const struct sheet_table *table, size_t column, size_t first,
                       size_t last, struct decimal *out_sum)
{
    *out_sum = decimal_from_int(0);
    for (size_t i = first; i < last; i++) {
        struct decimal amount;

        if (table->rows[i].is_gone) continue;
        if (!sheet_amount_read(table->rows[i].cells[column].text, &amount)) continue;
        if (decimal_add(*out_sum, amount, out_sum) != DECIMAL_OK) return false;
    }
    return true;
}

static const char *decimal_text(struct decimal number, struct arena *arena)
{
    char text[DECIMAL_TEXT_SIZE];

    decimal_format(number, text);
    return arena_strdup(arena, text);
}

/* Where a total stands and what it is checked with. */
struct totals {
    struct sheet_table *table;
    struct sheet_tables *tables;
    struct arena *arena;
};

static void remark(const struct totals *totals, const struct sheet_cell *cell, bool agrees,
                   struct decimal sum)
{
    const char *why = "agrees with the sum";

    if (!agrees)
        why = arena_printf(totals->arena, "does not agree: the sum is %s",
                           decimal_text(sum, totals->arena));
    sheet_remark_add(&totals->tables->totals,
                     (struct sheet_remark){cell->line, cell->column,
                                           sheet_clean(totals->arena, cell->text, NULL), why},
                     totals->arena);
}

/* A total is that of the rows since the last total, or of all of them. */
static void check_cell(const struct totals *totals, size_t row, size_t column, size_t first)
{
    const struct sheet_cell *cell = &totals->table->rows[row].cells[column];
    struct decimal stated, part, all;

    if (!sheet_amount_read(cell->text, &stated)) return;
    if (!add_column(totals->table, column, first, row, &part)) return;
    if (!add_column(totals->table, column, 0, row, &all)) return;
    remark(totals, cell,
           decimal_compare(stated, part) == 0 || decimal_compare(stated, all) == 0,
           first == 0 ? all : part);
}

static void take_row(const struct totals *totals, size_t row, size_t first)
{
    const struct sheet_header *header = &totals->table->header;

    totals->table->rows[row].is_gone = true;
    for (size_t i = 0; i < header->n_columns; i++) {
        enum sheet_field field = header->columns[i].field;

        totals->table->rows[row].cells[i].fate = SHEET_FATE_UNDERSTOOD;
        if (sheet_field_is_figure(field) || field == SHEET_TOTAL)
            check_cell(totals, row, i, first);
    }
}

/* The sum over a row against its column of totals. */
static void check_across(const struct totals *totals, size_t row, size_t column)
{
    struct sheet_cell *cells = totals->table->rows[row].cells;
    struct decimal sum = decimal_from_int(0);
    struct decimal stated, amount;

    cells[column].fate = SHEET_FATE_UNDERSTOOD;
    if (!sheet_amount_read(cells[column].text, &stated)) return;
    for (size_t i = 0; i < totals->table->header.n_columns; i++)
        if (totals->table->header.columns[i].field == SHEET_AMOUNT &&
            sheet_amount_read(cells[i].text, &amount) &&
            decimal_add(sum, amount, &sum) != DECIMAL_OK)
            return;
    if (decimal_compare(sum, stated) != 0) remark(totals, &cells[column], false, sum);
}

/* The row is one of totals: the title says so, or the first cell where there is no title. */
static bool is_total_row(const struct totals *totals, const struct sheet_row *row)
{
    size_t title = sheet_column_of(totals->table, SHEET_TITLE);
    enum sheet_kind kind = totals->table->header.kind;

    if (title >= totals->table->header.n_columns) return false;
    if (!sheet_is_blank(row->cells[title].text))
        return sheet_is_total(row->cells[title].text, kind, totals->arena);
    return sheet_is_total(row->cells[0].text, kind, totals->arena);
}

void sheet_totals_check(struct sheet_table *table, struct sheet_tables *tables,
                        struct arena *arena)
{
    struct totals totals = {table, tables, arena};
    size_t across = sheet_column_of(table, SHEET_TOTAL);
    size_t first = 0;

    for (size_t i = 0; i < table->n_rows; i++) {
        if (table->rows[i].is_gone) continue;
        if (is_total_row(&totals, &table->rows[i])) {
            take_row(&totals, i, first);
            first = i + 1;
        } else if (across < table->header.n_columns) {
            check_across(&totals, i, across);
        }
    }
}
