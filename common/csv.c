#include "common/csv.h"

#include "common/utf8.h"

#include <csv.h>
#include <string.h>

enum { FIRST_ROWS = 64, FIRST_CELLS = 16 };

/* What libcsv's callbacks fill. */
struct reader {
    struct csv_parser parser;
    struct arena *arena;
    struct csv_table table;
    size_t row_capacity;
    const char *cells[CSV_MAX_COLUMNS]; /* of the row at hand */
    size_t n_cells;
    size_t n_cells_in_all;
    size_t line;        /* being read, from 1 */
    size_t row_line;    /* where the row at hand starts */
    const char *fault;  /* static; the first one found, NULL while there is none */
    const char *reason; /* of the fault */
};

static void fail(struct reader *reader, const char *reason, const char *fault)
{
    if (reader->fault != NULL) return;
    reader->fault = fault;
    reader->reason = reason;
}

static void on_cell(void *bytes, size_t size, void *data)
{
    struct reader *reader = data;

    if (reader->fault != NULL) return;
    if (reader->n_cells == CSV_MAX_COLUMNS) {
        fail(reader, REASON_CSV_TOO_LARGE, "the row has more than 512 cells");
        return;
    }
    if (reader->n_cells_in_all++ == CSV_MAX_CELLS) {
        fail(reader, REASON_CSV_TOO_LARGE, "the file has more than 4,000,000 cells");
        return;
    }
    reader->cells[reader->n_cells++] =
        size == 0 ? "" : arena_strndup(reader->arena, bytes, size);
}

/* Room for one more row; the old array stays in the arena, half as large as the new one. */
static void grow_rows(struct reader *reader)
{
    size_t capacity = reader->row_capacity == 0 ? FIRST_ROWS : 2 * reader->row_capacity;
    struct csv_row *rows = arena_alloc(reader->arena, capacity * sizeof *rows);

    if (reader->table.n_rows > 0)
        memcpy(rows, reader->table.rows, reader->table.n_rows * sizeof *rows);
    reader->table.rows = rows;
    reader->row_capacity = capacity;
}

static void on_row(int terminator, void *data)
{
    struct reader *reader = data;

    (void)terminator;
    if (reader->fault != NULL || reader->n_cells == 0) return;
    if (reader->table.n_rows == reader->row_capacity) grow_rows(reader);
    reader->table.rows[reader->table.n_rows++] = (struct csv_row){
        .line = reader->row_line,
        .n_cells = reader->n_cells,
        .cells = arena_memdup(reader->arena, reader->cells,
                              reader->n_cells * sizeof reader->cells[0]),
    };
    reader->n_cells = 0;
}

/* libcsv strips what it takes for space around a cell; here spaces belong to it. */
static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

/* --- Cutting the file into pieces for libcsv, which does not tell where it is. --- */

/* Bytes of the line at the front, with its end (LF, CRLF or CR). */
static size_t line_size(const char *bytes, size_t size)
{
    size_t at = 0;

    while (at < size && bytes[at] != '\n' && bytes[at] != '\r')
        at++;
    if (at + 1 < size && bytes[at] == '\r' && bytes[at + 1] == '\n') at++;
    return at < size ? at + 1 : size;
}

/* A line of nothing but its end. */
static bool is_blank(const char *line, size_t size)
{
    return size > 0 && (line[0] == '\n' || line[0] == '\r');
}

static void feed(struct reader *reader, const char *bytes, size_t size)
{
    if (reader->fault != NULL) return;
    if (csv_parse(&reader->parser, bytes, size, on_cell, on_row, reader) == size) return;
    fail(reader, REASON_CSV_INVALID, "a quote is out of place");
}

static void feed_csv(struct reader *reader, const char *bytes, size_t size)
{
    bool is_inside_row = false;

    while (size > 0 && reader->fault == NULL) {
        size_t length = line_size(bytes, size);
        size_t n_rows = reader->table.n_rows;

        if (!is_inside_row) reader->row_line = reader->line;
        feed(reader, bytes, length);
        if (reader->table.n_rows > n_rows)
            is_inside_row = false;
        else if (!is_blank(bytes, length)) /* a quoted cell is still open */
            is_inside_row = true;
        if (reader->fault == NULL && length < size) reader->line++;
        bytes += length;
        size -= length;
    }
}

/* Bytes of the quoted cell at the front, 0 when it is not one: the closing quote must be
 * followed by the end of the cell. */
static size_t quoted_cell_size(const char *bytes, size_t size)
{
    if (size < 2 || bytes[0] != '"') return 0;
    for (size_t at = 1; at < size; at++) {
        if (bytes[at] != '"') continue;
        if (at + 1 == size || strchr("\t\r\n", bytes[at + 1]) != NULL) return at + 1;
        if (bytes[at + 1] != '"') return 0;
        at++;
    }
    return 0;
}

/* Bytes of the cell at the front without what ends it. */
static size_t plain_cell_size(const char *bytes, size_t size)
{
    size_t at = 0;

    while (at < size && strchr("\t\r\n", bytes[at]) == NULL)
        at++;
    return at;
}

static size_t count_lines(const char *bytes, size_t size)
{
    size_t n = 0;

    while (size > 0) {
        size_t length = line_size(bytes, size);
        char last = bytes[length - 1];

        n += last == '\n' || last == '\r';
        bytes += length;
        size -= length;
    }
    return n;
}

/* Cell by cell, so that libcsv sees quotes only around the cells that have them on both ends.
 */
static void feed_tsv(struct reader *reader, const char *bytes, size_t size)
{
    while (size > 0 && reader->fault == NULL) {
        size_t quoted = quoted_cell_size(bytes, size);
        size_t length = quoted > 0 ? quoted : plain_cell_size(bytes, size);

        if (length < size)
            length += bytes[length] == '\t' ? 1 : line_size(bytes + length, size - length);
        if (reader->n_cells == 0) reader->row_line = reader->line;
        csv_set_quote(&reader->parser, quoted > 0 ? '"' : '\0');
        feed(reader, bytes, length);
        if (reader->fault == NULL) reader->line += count_lines(bytes, length);
        bytes += length;
        size -= length;
    }
}

/* --- Whole files. --- */

static struct status invalid_at(struct arena *arena, size_t line, const char *fault)
{
    return status_invalid(arena, REASON_CSV_INVALID, NULL, "line %zu: %s", line, fault);
}

/* NUL and what is not UTF-8 are refused before parsing. */
static struct status check_characters(const char *bytes, size_t size, struct arena *arena)
{
    size_t valid = utf8_valid_prefix(bytes, size);
    const char *nul = size == 0 ? NULL : memchr(bytes, '\0', size);

    if (valid < size)
        return invalid_at(arena, 1 + count_lines(bytes, valid),
                          "the text is not UTF-8; save the file as \"CSV UTF-8\"");
    if (nul != NULL)
        return invalid_at(arena, 1 + count_lines(bytes, (size_t)(nul - bytes)),
                          "there is a NUL character; is this a CSV file?");
    return status_ok();
}

static struct status read_all(struct reader *reader, const char *bytes, size_t size,
                              char separator)
{
    if (separator == '\t')
        feed_tsv(reader, bytes, size);
    else
        feed_csv(reader, bytes, size);
    if (reader->fault == NULL && csv_fini(&reader->parser, on_cell, on_row, reader) != 0) {
        fail(reader, REASON_CSV_INVALID, "a quoted cell that begins in this row is not closed");
        reader->line = reader->row_line;
    }
    if (reader->fault == NULL) return status_ok();
    return status_invalid(reader->arena, reader->reason, NULL, "line %zu: %s", reader->line,
                          reader->fault);
}

/* It begins with a byte order mark. */
static bool is_marked(const char *bytes, size_t size)
{
    return size >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
}

struct status csv_read(const char *bytes, size_t size, char separator, struct arena *arena,
                       struct csv_table *out_table)
{
    struct reader reader = {.arena = arena, .line = 1, .row_line = 1};
    struct status st = check_characters(bytes, size, arena);

    if (!status_is_ok(st)) return st;
    if (is_marked(bytes, size)) {
        bytes += 3;
        size -= 3;
    }
    if (csv_init(&reader.parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return invalid_at(arena, 0, "the CSV parser cannot start");
    csv_set_delim(&reader.parser, (unsigned char)separator);
    csv_set_space_func(&reader.parser, never_space);
    st = read_all(&reader, bytes, size, separator);
    csv_free(&reader.parser);
    if (status_is_ok(st)) *out_table = reader.table;
    return st;
}

/* --- Writing. --- */

static bool needs_quotes(const char *cell)
{
    size_t length = strlen(cell);

    if (length == 0) return false;
    /* Spaces at the ends are kept by the rules and lost by many readers. */
    if (cell[0] == ' ' || cell[length - 1] == ' ') return true;
    /* At the front of a file a byte order mark is dropped, unless a quote comes before it. */
    return strpbrk(cell, "\",\r\n") != NULL || is_marked(cell, length);
}

static void write_cell(struct buf *buf, const char *cell)
{
    if (!needs_quotes(cell)) {
        buf_add_string(buf, cell);
        return;
    }
    buf_add_u8(buf, '"');
    for (; *cell != '\0'; cell++) {
        if (*cell == '"') buf_add_u8(buf, '"');
        buf_add_u8(buf, (uint8_t)*cell);
    }
    buf_add_u8(buf, '"');
}

void csv_write_row(struct buf *buf, const char *const *cells, size_t n)
{
    /* A row of one empty cell would be an empty line, which is no row. */
    if (n == 1 && *cells[0] == '\0') buf_add_string(buf, "\"\"");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) buf_add_u8(buf, ',');
        write_cell(buf, cells[i]);
    }
    buf_add_u8(buf, '\n');
}
