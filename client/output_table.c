/* -o table: for people, by libsmartcols, which makes control characters of the register's
 * texts harmless; output_layout fits it to the terminal. */
#include "client/output.h"
#include "client/output_layout.h"
#include "client/output_stacked.h"
#include "client/say.h"

#include <libsmartcols/libsmartcols.h>

static struct status out_of_memory(struct arena *arena)
{
    return status_error(arena, GRPC_RESOURCE_EXHAUSTED, NULL, NULL,
                        "the table does not fit into memory");
}

static int add_columns(struct libscols_table *table, const struct grid *grid)
{
    for (size_t i = 0; i < grid->n_columns; i++) {
        const struct grid_column *column = &grid->columns[i];
        int flags = (column->flags & GRID_RIGHT ? SCOLS_FL_RIGHT : 0) | SCOLS_FL_WRAP;
        struct libscols_column *made =
            scols_table_new_column(table, grid_title(column, grid->arena), 0, flags);

        if (made == NULL) return -1;
        /* Lines are broken where the text has line ends, by the layout or of its own. */
        scols_column_set_safechars(made, "\n");
        scols_column_set_wrapfunc(made, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL);
    }
    return 0;
}

static int add_row(struct libscols_table *table, const struct grid *grid, size_t row)
{
    struct libscols_line *line = scols_table_new_line(table, NULL);

    if (line == NULL) return -1;
    for (size_t i = 0; i < grid->n_columns; i++) {
        const struct grid_cell *cell = &grid->rows[row][i];
        const char *color = tone_color(cell->tone);

        if (scols_line_set_data(line, i, grid_text(cell)) != 0) return -1;
        if (color != NULL) scols_cell_set_color(scols_line_get_cell(line, i), color);
    }
    return 0;
}

static void set_manner(struct libscols_table *table, const struct grid *grid,
                       const struct style *style)
{
    scols_table_enable_colors(table, style->has_color);
    scols_table_enable_ascii(table, !style->has_utf8);
    scols_table_enable_noheadings(table, grid->is_record);
    scols_table_enable_minout(table, true); /* no blanks behind the last column */
    scols_table_set_column_separator(table, "  ");
    scols_table_set_termforce(table, SCOLS_TERMFORCE_NEVER);
}

static int print_table(const struct grid *grid, const struct style *style, FILE *out)
{
    struct libscols_table *table = scols_new_table();
    int failed;

    if (table == NULL) return -1;
    set_manner(table, grid, style);
    failed = add_columns(table, grid);
    for (size_t row = 0; row < grid->n_rows && failed == 0; row++)
        failed = add_row(table, grid, row);
    if (failed == 0) {
        scols_table_set_stream(table, out);
        failed = scols_print_table(table);
    }
    scols_unref_table(table);
    return failed;
}

/* A heading or a note: harmless, and wrapped to the screen. */
static const char *paragraph(const char *text, const struct style *style, struct arena *arena)
{
    char *copy = arena_strdup(arena, text);

    say_make_harmless(copy, false);
    return layout_paragraph(copy, (size_t)style->width, arena);
}

static struct status write_table(const struct view *view, struct arena *arena, FILE *out)
{
    struct grid grid;
    const struct style *style = view->style;

    grid_init(&grid, arena);
    if (view->fill_table != NULL)
        view->fill_table(view, &grid);
    else
        view->fill_rows(view, &grid);
    if (grid.heading != NULL)
        fprintf(out, "%s%s%s\n", tone_begin(style, TONE_STRONG),
                paragraph(grid.heading, style, arena), tone_end(style, TONE_STRONG));
    if (grid.subheading != NULL) fprintf(out, "%s\n", paragraph(grid.subheading, style, arena));
    if (!layout_fit(&grid, (size_t)style->width) && !grid.is_record)
        stacked_print(&grid, style, out);
    else if (grid.n_rows > 0 && print_table(&grid, style, out) != 0)
        return out_of_memory(arena);
    for (size_t i = 0; i < grid.n_notes; i++)
        fprintf(out, "%s\n", paragraph(grid.notes[i], style, arena));
    return status_ok();
}

const struct output output_table = {"table", write_table};
