#include "client/sheet_read.h"

#include "common/csv.h"

#include <string.h>

enum { QUOTED_LINES_MAX = 40, QUOTED_BYTES_MAX = 65536 };

/* A text being read. */
struct reader {
    struct arena *arena;
    struct sheet *sheet;
    const char *at;
    const char *end;
    size_t line;
    const char *cells[SHEET_MAX_COLUMNS]; /* of the line at hand */
    size_t n_cells;
    bool too_wide;
};

static bool all_blank(const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!sheet_is_blank(cells[i])) return false;
    return true;
}

/* "---", ":-:", "====" */
static bool is_rule_cell(const char *cell)
{
    size_t marks = 0;

    for (; *cell != '\0'; cell++) {
        if (strchr("-=: ", *cell) == NULL) return false;
        marks += *cell != ' ';
    }
    return marks >= 2;
}

static bool is_rule(const char *const *cells, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_rule_cell(cells[i])) return false;
    return n > 0;
}

static void add_line(struct reader *reader, size_t line)
{
    struct sheet *sheet = reader->sheet;
    enum sheet_line_kind kind = reader->n_cells > 1 ? SHEET_LINE_ROW : SHEET_LINE_PROSE;

    if (all_blank(reader->cells, reader->n_cells))
        kind = SHEET_LINE_BLANK;
    else if (is_rule(reader->cells, reader->n_cells))
        kind = SHEET_LINE_RULE;
    sheet->lines = sheet_grow(reader->arena, sheet->lines, sheet->n_lines, &sheet->capacity,
                              sizeof sheet->lines[0]);
    sheet->lines[sheet->n_lines++] = (struct sheet_line){
        .kind = kind,
        .line = line,
        .n_cells = reader->n_cells,
        .cells = reader->n_cells == 0 ? NULL
                                      : arena_memdup(reader->arena, reader->cells,
                                                     reader->n_cells * sizeof(char *)),
    };
    if (kind == SHEET_LINE_ROW) {
        sheet->n_rows++;
        sheet->n_cells += reader->n_cells;
    }
    reader->n_cells = 0;
}

static void add_cell(struct reader *reader, const char *text, size_t size)
{
    if (reader->n_cells == SHEET_MAX_COLUMNS) {
        reader->too_wide = true;
        return;
    }
    reader->cells[reader->n_cells++] =
        size == 0 ? "" : arena_strndup(reader->arena, text, size);
}

static bool is_line_end(const struct reader *reader, const char *at)
{
    return at >= reader->end || *at == '\n' || *at == '\r';
}

/* Past the line end at the front: LF, CRLF or CR. */
static void skip_line_end(struct reader *reader)
{
    if (reader->at >= reader->end) return;
    if (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n')
        reader->at++;
    reader->at++;
    reader->line++;
}

/* --- Tabs. --- */

/* Where the quoted cell at `at` closes (the quote itself): it must end the cell. A cell over
 * several lines must have a tab before it or behind it, else it is prose that begins with a
 * quote. NULL when it is no quoted cell. */
static const char *closing_quote(const struct reader *reader, const char *at, bool after_tab)
{
    size_t lines = 0;

    for (const char *c = at + 1; c < reader->end && c - at < QUOTED_BYTES_MAX; c++) {
        if (*c == '\n' && ++lines > QUOTED_LINES_MAX) return NULL;
        if (*c != '"') continue;
        if (c + 1 < reader->end && c[1] == '"') {
            c++;
            continue;
        }
        if (c + 1 < reader->end && c[1] == '\t') return c;
        return is_line_end(reader, c + 1) && (lines == 0 || after_tab) ? c : NULL;
    }
    return NULL;
}

/* A quoted cell without its quotes, doubled ones made single. */
static void add_quoted(struct reader *reader, const char *from, const char *to)
{
    char *text = arena_alloc(reader->arena, (size_t)(to - from) + 1);
    char *end = text;

    for (const char *c = from; c < to; c++) {
        if (*c == '\r') continue;
        reader->line += *c == '\n';
        *end++ = *c;
        if (*c == '"') c++;
    }
    add_cell(reader, text, (size_t)(end - text));
}

static void read_tab_cell(struct reader *reader)
{
    const char *close = NULL;
    const char *from = reader->at;

    if (*from == '"') close = closing_quote(reader, from, reader->n_cells > 0);
    if (close != NULL) {
        add_quoted(reader, from + 1, close);
        reader->at = close + 1;
        return;
    }
    while (!is_line_end(reader, reader->at) && *reader->at != '\t')
        reader->at++;
    add_cell(reader, from, (size_t)(reader->at - from));
}

static void read_tab_line(struct reader *reader)
{
    size_t line = reader->line;

    do {
        if (reader->n_cells > 0) reader->at++; /* the tab */
        if (is_line_end(reader, reader->at))
            add_cell(reader, "", 0);
        else
            read_tab_cell(reader);
    } while (reader->at < reader->end && *reader->at == '\t');
    skip_line_end(reader);
    add_line(reader, line);
}

/* --- Pipes. --- */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

/* One cell between pipes, trimmed; "\|" is a pipe. */
static void add_pipe_cell(struct reader *reader, const char *from, const char *to)
{
    char *text = arena_alloc(reader->arena, (size_t)(to - from) + 1);
    char *end = text;

    from = skip_blanks(from, to);
    while (to > from && to[-1] == ' ')
        to--;
    for (; from < to; from++) {
        if (*from == '\\' && from + 1 < to && from[1] == '|') from++;
        *end++ = *from;
    }
    add_cell(reader, text, (size_t)(end - text));
}

static void read_pipe_line(struct reader *reader, const char *line_end)
{
    size_t line = reader->line;
    const char *from = skip_blanks(reader->at, line_end);

    if (from < line_end && *from == '|') from++;
    for (const char *c = from; c <= line_end; c++) {
        bool is_pipe = c < line_end && *c == '|' && (c == from || c[-1] != '\\');

        if (!is_pipe && c < line_end) continue;
        if (is_pipe || skip_blanks(from, line_end) < line_end) add_pipe_cell(reader, from, c);
        from = c + 1;
    }
    reader->at = line_end;
    skip_line_end(reader);
    add_line(reader, line);
}

/* Begins with a pipe, or has two of them at least. */
static bool is_pipe_line(const char *from, const char *line_end)
{
    size_t n = 0;

    from = skip_blanks(from, line_end);
    if (line_end - from > 1 && *from == '|') return true;
    for (const char *c = from; c < line_end; c++)
        n += *c == '|';
    return n >= 2;
}

static void read_prose_line(struct reader *reader, const char *line_end)
{
    size_t line = reader->line;

    add_cell(reader, reader->at, (size_t)(line_end - reader->at));
    reader->at = line_end;
    skip_line_end(reader);
    add_line(reader, line);
}

/* A quoted first cell over several lines hides the tab behind it. */
static bool is_tab_line(const struct reader *reader, const char *line_end)
{
    const char *close;

    if (memchr(reader->at, '\t', (size_t)(line_end - reader->at)) != NULL) return true;
    if (*reader->at != '"') return false;
    close = closing_quote(reader, reader->at, false);
    return close != NULL && close + 1 < reader->end && close[1] == '\t';
}

static void read_line(struct reader *reader)
{
    const char *line_end = reader->at;
    const char *format = reader->sheet->format;

    while (!is_line_end(reader, line_end))
        line_end++;
    if (is_tab_line(reader, line_end)) {
        read_tab_line(reader);
        if (format == NULL) reader->sheet->format = "tabs";
    } else if (is_pipe_line(reader->at, line_end)) {
        read_pipe_line(reader, line_end);
        if (format == NULL) reader->sheet->format = "pipes";
    } else {
        read_prose_line(reader, line_end);
    }
}

static struct status check_size(const struct reader *reader)
{
    const struct sheet *sheet = reader->sheet;

    if (sheet->n_rows > SHEET_MAX_ROWS)
        return status_invalid(reader->arena, REASON_SHEET_TOO_LARGE, NULL,
                              "its tables have more than %d rows; import them in parts",
                              SHEET_MAX_ROWS);
    if (sheet->n_cells > SHEET_MAX_CELLS)
        return status_invalid(reader->arena, REASON_SHEET_TOO_LARGE, NULL,
                              "there are more than %d cells; import it in parts",
                              SHEET_MAX_CELLS);
    return status_ok();
}

static struct status read_lines(struct reader *reader)
{
    while (reader->at < reader->end) {
        size_t line = reader->line;
        struct status st;

        read_line(reader);
        if (reader->too_wide)
            return status_invalid(reader->arena, REASON_SHEET_TOO_LARGE, NULL,
                                  "line %zu has more than %d cells", line, SHEET_MAX_COLUMNS);
        st = check_size(reader);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* --- CSV. --- */

/* Which of comma and semicolon the first line has more of. */
static char csv_separator(const char *text, size_t size)
{
    size_t commas = 0;
    size_t semicolons = 0;

    for (size_t i = 0; i < size && text[i] != '\n'; i++) {
        commas += text[i] == ',';
        semicolons += text[i] == ';';
    }
    return semicolons > commas ? ';' : ',';
}

static struct status read_csv(struct reader *reader, size_t size)
{
    struct csv_table table;
    struct status st =
        csv_read(reader->at, size, csv_separator(reader->at, size), reader->arena, &table);

    if (!status_is_ok(st)) return st;
    for (size_t i = 0; i < table.n_rows; i++) {
        const struct csv_row *row = &table.rows[i];

        for (size_t at = 0; at < row->n_cells; at++)
            add_cell(reader, row->cells[at], strlen(row->cells[at]));
        add_line(reader, row->line);
        st = check_size(reader);
        if (!status_is_ok(st)) return st;
    }
    reader->sheet->format = "CSV";
    return status_ok();
}

struct status sheet_read(const char *text, size_t size, bool is_csv, struct arena *arena,
                         struct sheet *out_sheet)
{
    struct reader reader = {
        .arena = arena, .sheet = out_sheet, .at = text, .end = text + size, .line = 1};
    struct status st;

    *out_sheet = (struct sheet){0};
    if (is_csv && memchr(text, '\t', size) == NULL)
        st = read_csv(&reader, size);
    else
        st = read_lines(&reader);
    if (out_sheet->format == NULL) out_sheet->format = "prose";
    return st;
}
