/* -o csv: a header and a record a row (RFC 4180). */
#include "client/output.h"
#include "common/buf.h"
#include "common/csv.h"

#include <stdint.h>

static void write_record(struct buf *buf, const char **cells, size_t n, FILE *out)
{
    buf_clear(buf);
    csv_write_row(buf, cells, n);
    fwrite(buf->data, 1, buf->size, out);
}

static struct status write_csv(const struct view *view, struct arena *arena, FILE *out)
{
    struct grid grid;
    struct buf buf;
    const char **cells;

    grid_init(&grid, arena);
    view->fill_rows(view, &grid);
    cells = arena_zalloc(arena, (grid.n_columns + 1) * sizeof *cells);
    buf_init(&buf, SIZE_MAX);
    for (size_t i = 0; i < grid.n_columns; i++)
        cells[i] = grid.columns[i].name;
    write_record(&buf, cells, grid.n_columns, out);
    for (size_t row = 0; row < grid.n_rows; row++) {
        for (size_t i = 0; i < grid.n_columns; i++)
            cells[i] = grid_text(&grid.rows[row][i]);
        write_record(&buf, cells, grid.n_columns, out);
    }
    buf_release(&buf);
    return status_ok();
}

const struct output output_csv = {"csv", write_csv};
