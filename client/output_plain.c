/* -o plain: a line a row, cells apart by tabs, nothing else; a tab, a line end, a carriage
 * return and a backslash within a cell are written \t \n \r \\. */
#include "client/output.h"

static void write_cell(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '\t':
            fputs("\\t", out);
            break;
        case '\n':
            fputs("\\n", out);
            break;
        case '\r':
            fputs("\\r", out);
            break;
        case '\\':
            fputs("\\\\", out);
            break;
        default:
            putc(*text, out);
        }
    }
}

static struct status write_plain(const struct view *view, struct arena *arena, FILE *out)
{
    struct grid grid;

    grid_init(&grid, arena);
    view->fill_rows(view, &grid);
    for (size_t row = 0; row < grid.n_rows; row++) {
        for (size_t i = 0; i < grid.n_columns; i++) {
            if (i > 0) putc('\t', out);
            write_cell(grid_text(&grid.rows[row][i]), out);
        }
        putc('\n', out);
    }
    return status_ok();
}

const struct output output_plain = {"plain", write_plain};
