/* CSV and tab-separated text. The first byte picks the separator.
 *
 * Checks: cells are UTF-8 text without NUL; what was read, written as CSV and read again has the
 * same cells in the same rows. */
#include "fuzz/fuzz.h"

#include "common/csv.h"
#include "common/utf8.h"

#include <string.h>

static void write_table(const struct csv_table *table, struct buf *buf)
{
    for (size_t i = 0; i < table->n_rows; i++)
        csv_write_row(buf, table->rows[i].cells, table->rows[i].n_cells);
}

/* A row of one empty cell is written as an empty line, which is no row. */
static bool is_shown(const struct csv_row *row)
{
    return row->n_cells > 1 || row->cells[0][0] != '\0';
}

static void check_same(const struct csv_table *table, const struct csv_table *again)
{
    size_t at = 0;

    for (size_t i = 0; i < table->n_rows; i++) {
        const struct csv_row *row = &table->rows[i];

        if (!is_shown(row) && (at >= again->n_rows || is_shown(&again->rows[at]))) continue;
        FUZZ_CHECK(at < again->n_rows && again->rows[at].n_cells == row->n_cells);
        for (size_t j = 0; j < row->n_cells; j++)
            FUZZ_SAME(row->cells[j], again->rows[at].cells[j]);
        at++;
    }
    FUZZ_CHECK(at == again->n_rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char separators[] = {',', '\t', ';', ','};
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct csv_table table;
    struct csv_table again;
    struct arena arena;
    struct buf buf;

    arena_init(&arena, SIZE_MAX);
    buf_init(&buf, SIZE_MAX);
    if (status_is_ok(csv_read((const char *)input.bytes, input.size, separators[what % 4],
                              &arena, &table))) {
        size_t line = 0;

        for (size_t i = 0; i < table.n_rows; i++) {
            FUZZ_CHECK(table.rows[i].n_cells > 0 && table.rows[i].line > line);
            line = table.rows[i].line;
            for (size_t j = 0; j < table.rows[i].n_cells; j++)
                FUZZ_CHECK(
                    utf8_is_text(table.rows[i].cells[j], strlen(table.rows[i].cells[j])));
        }
        write_table(&table, &buf);
        struct status st = csv_read((const char *)buf.data, buf.size, ',', &arena, &again);
        if (!status_is_ok(st)) fuzz_fail("csv_write_row", 0, st.message);
        check_same(&table, &again);
    }
    buf_release(&buf);
    arena_release(&arena);
    return 0;
}
