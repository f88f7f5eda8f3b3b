/* A pasted document as lines of cells: rows of tables where a line has tabs or pipes, or all of
 * it when it is CSV; prose everywhere else. Nothing is interpreted and nothing is lost. */
#ifndef CLIENT_SHEET_READ_H
#define CLIENT_SHEET_READ_H

#include "client/sheet_text.h"
#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Reasons given here; those of common/csv.h also happen. */
#define REASON_SHEET_TOO_LARGE "SHEET_TOO_LARGE"

/* More lines of tables than any import takes (client/import_table.c counts items, which may be
 * fewer: rows are joined, and repeated headings and totals are none). */
enum {
    SHEET_MAX_CELLS = 4000000,
    SHEET_MAX_COLUMNS = 512,
    SHEET_MAX_ROWS = 50000,
    SHEET_FILE_MAX_BYTES = 16 << 20,
};

enum sheet_line_kind {
    SHEET_LINE_BLANK,
    SHEET_LINE_PROSE, /* one cell, outside of any table's form */
    SHEET_LINE_ROW,   /* two cells or more */
    SHEET_LINE_RULE,  /* "---|---", the rule under a Markdown header */
};

struct sheet_line {
    enum sheet_line_kind kind;
    size_t line; /* where it starts, from 1 */
    size_t n_cells;
    const char **cells; /* as written, quoting undone */
};

struct sheet {
    struct sheet_line *lines;
    size_t n_lines;
    size_t capacity;
    size_t n_rows; /* lines of cells */
    size_t n_cells;
    const char *format; /* "tabs", "pipes", "CSV"; static, the first seen */
};

/* Reads UTF-8 text. `is_csv` (a file called .csv) makes commas or semicolons separate cells
 * unless the text has tabs. INVALID_ARGUMENT with the line: broken quoting in CSV, too many
 * rows or cells; reading stops there. */
struct status sheet_read(const char *text, size_t size, bool is_csv, struct arena *arena,
                         struct sheet *out_sheet) MUST_CHECK;

#endif
