/* CSV (RFC 4180) and tab-separated text in, CSV out. */
#ifndef COMMON_CSV_H
#define COMMON_CSV_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Reasons given here. */
#define REASON_CSV_INVALID "CSV_INVALID" /* broken quoting, not UTF-8, or a NUL */
#define REASON_CSV_TOO_LARGE "CSV_TOO_LARGE"

enum { CSV_MAX_CELLS = 4000000, CSV_MAX_COLUMNS = 512 };

/* One record. */
struct csv_row {
    size_t line; /* where it starts in the file, from 1 */
    size_t n_cells;
    const char **cells; /* NUL-terminated, as written, quoting undone */
};

/* A file. Rows may have different numbers of cells. Lines with nothing on them are no rows. */
struct csv_table {
    size_t n_rows;
    struct csv_row *rows;
};

/* Reads a whole file into `arena`. A byte order mark is dropped; lines end with LF, CRLF or CR,
 * the last one may end with the file; spaces belong to the cells. `separator` '\t' is text as
 * pasted from a spreadsheet: there a quote is an ordinary character, unless the cell starts and
 * ends with one. INVALID_ARGUMENT with the line: CSV_INVALID or CSV_TOO_LARGE. */
struct status csv_read(const char *bytes, size_t size, char separator, struct arena *arena,
                       struct csv_table *out_table) MUST_CHECK;

/* Appends one record, cells quoted where they must be, ended with LF. */
void csv_write_row(struct buf *buf, const char *const *cells, size_t n);

#endif
