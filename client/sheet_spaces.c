#include "client/sheet_spaces.h"

#include "common/buf.h"

#include <stdbool.h>
#include <string.h>

enum {
    LINES_LEAST = 3,
    LOW_SHARE = 2, /* one in so many cells that go on with a sentence: prose */
    COLUMNS_LEAST = 3,
    GAP_LEAST = 2,    /* spaces */
    WIDTH_MAX = 1024, /* characters looked at; a longer line is prose */
};

struct line {
    const char *at;
    size_t size; /* without its end */
    size_t full; /* with it */
};

/* --- lines --- */

static struct line line_at(const char *at, const char *end)
{
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    struct line line = {at, 0, 0};

    line.full = stop == NULL ? (size_t)(end - at) : (size_t)(stop - at) + 1;
    line.size = line.full - (stop != NULL);
    while (line.size > 0 && (at[line.size - 1] == '\r' || at[line.size - 1] == ' '))
        line.size--;
    return line;
}

static bool is_start(char c)
{
    return ((unsigned char)c & 0xC0) != 0x80;
}

static size_t count_characters(const struct line *line)
{
    size_t n = 0;

    for (size_t i = 0; i < line->size; i++)
        n += is_start(line->at[i]);
    return n;
}

static bool may_be_row(const struct line *line)
{
    return line->size > 0 && memchr(line->at, '\t', line->size) == NULL &&
           memchr(line->at, '|', line->size) == NULL && count_characters(line) <= WIDTH_MAX;
}

/* --- columns --- */

/* One text from the margin on, without a gap: a section's name, the foot of a page, or a first
 * cell alone. It says nothing of where columns are. */
static bool is_one_text(const struct line *line)
{
    size_t spaces = 0;

    for (size_t i = 0; i < line->size; i++) {
        spaces = line->at[i] == ' ' ? spaces + 1 : 0;
        if (spaces >= GAP_LEAST || (i == 0 && spaces > 0)) return false;
    }
    return true;
}

/* Which character places hold something in any line. */
static void mark_places(const struct line *line, bool *used)
{
    size_t place = 0;

    if (is_one_text(line)) return;

    for (size_t i = 0; i < line->size; i++) {
        if (!is_start(line->at[i])) continue;
        if (line->at[i] != ' ') used[place] = true;
        place++;
    }
}

/* Sets starts[] to the place where each column begins; the number of columns. A single space in
 * all lines parts no columns. */
static size_t find_columns(const bool *used, size_t *starts)
{
    size_t n = 0;
    size_t gap = GAP_LEAST;

    for (size_t place = 0; place < WIDTH_MAX; place++) {
        if (used[place] && gap >= GAP_LEAST) starts[n++] = place;
        gap = used[place] ? 0 : gap + 1;
    }
    return n;
}

/* Prose that is laid out in columns has long cells only; a table has empty places between. */
static bool is_row_of_cells(const struct line *line)
{
    size_t runs = 0;
    size_t spaces = 0;

    for (size_t i = 0; i < line->size; i++) {
        if (line->at[i] == ' ') {
            spaces++;
            continue;
        }
        runs += spaces >= GAP_LEAST && i > spaces;
        spaces = 0;
    }
    return runs + 1 >= COLUMNS_LEAST;
}

/* Counts the cells below a heading, and those of them that begin in lower case: prose set in
 * columns goes on from line to line, and the cells of a table begin anew. */
static void count_low(const struct line *line, size_t *cells, size_t *low)
{
    size_t spaces = GAP_LEAST;

    for (size_t i = 0; i < line->size; i++) {
        char c = line->at[i];

        if (c != ' ' && spaces >= GAP_LEAST) {
            (*cells)++;
            *low += c >= 'a' && c <= 'z';
        }
        spaces = c == ' ' ? spaces + 1 : 0;
    }
}

static bool is_prose(const char *at, const char *end, size_t n)
{
    size_t cells = 0;
    size_t low = 0;

    for (size_t i = 0; i < n; i++) {
        struct line line = line_at(at, end);

        if (i > 0 && is_row_of_cells(&line)) count_low(&line, &cells, &low);
        at += line.full;
    }
    return LOW_SHARE * low > cells;
}

static void write_line(const struct line *line, const size_t *starts, size_t n, struct buf *out)
{
    size_t place = 0;
    size_t column = 0;

    for (size_t i = 0; i < line->size; i++) {
        if (is_start(line->at[i])) {
            while (column + 1 < n && place >= starts[column + 1]) {
                column++;
                while (out->size > 0 && out->data[out->size - 1] == ' ')
                    out->size--;
                buf_add(out, "\t", 1);
            }
            place++;
        }
        if (line->at[i] != ' ' || (out->size > 0 && out->data[out->size - 1] != '\t' &&
                                   out->data[out->size - 1] != '\n'))
            buf_add(out, &line->at[i], 1);
    }
    for (; column + 1 < n; column++)
        buf_add(out, "\t", 1);
    for (size_t i = line->size; i < line->full; i++)
        if (line->at[i] != ' ') buf_add(out, &line->at[i], 1);
}

/* --- blocks --- */

/* The line after an empty one is a row of cells: the rows are set apart. */
static bool goes_on_after(const char *at, const char *end)
{
    struct line line;

    if (at >= end) return false;
    line = line_at(at, end);
    return may_be_row(&line) && is_row_of_cells(&line);
}

/* Lines from `at` on that may be one table; *out_rows of them have cells, and with `sparse` there may
 * be an empty line between rows, which is no row. */
static size_t block_size(const char *at, const char *end, bool sparse, bool *used,
                         size_t *out_rows, size_t *out_empty)
{
    size_t n = 0;

    *out_rows = *out_empty = 0;
    memset(used, false, WIDTH_MAX * sizeof *used);
    while (at < end) {
        struct line line = line_at(at, end);

        if (sparse && n > 0 && line.size == 0 && goes_on_after(at + line.full, end)) {
            (*out_empty)++;
            n++;
            at += line.full;
            continue;
        }
        if (!may_be_row(&line)) break;
        mark_places(&line, used);
        *out_rows += is_row_of_cells(&line);
        n++;
        at += line.full;
    }
    return n;
}

/* A block of lines and its columns. */
struct block {
    bool used[WIDTH_MAX + 1];
    size_t starts[WIDTH_MAX];
    size_t n;
    size_t columns;
    bool is_table;
};

static void read_block(const char *at, const char *end, bool sparse, struct block *block)
{
    size_t rows, empty;

    block->n = block_size(at, end, sparse, block->used, &rows, &empty);
    block->columns = find_columns(block->used, block->starts);
    block->is_table = block->n - empty >= LINES_LEAST && block->columns >= COLUMNS_LEAST &&
                      2 * rows > block->n - empty && !is_prose(at, end, block->n);
}

static const char *end_of(const char *at, const char *end, size_t n)
{
    for (size_t i = 0; i < n; i++)
        at += line_at(at, end).full;
    return at;
}

/* Writes one block; true when it was a table. Rows with empty lines between are tried where the lines
 * that stand together are none; *tried is how far that was in vain. */
static bool write_block(const char **at, const char *end, const char **tried, struct buf *out)
{
    struct block block;

    read_block(*at, end, false, &block);
    if (!block.is_table && block.n > 0 && *at >= *tried) {
        struct block sparse;

        read_block(*at, end, true, &sparse);
        if (sparse.is_table)
            block = sparse;
        else
            *tried = end_of(*at, end, sparse.n);
    }
    for (size_t i = 0; i < (block.n > 0 ? block.n : 1); i++) {
        struct line line = line_at(*at, end);
        bool is_row = block.is_table &&
                      (!is_one_text(&line) || count_characters(&line) < block.starts[1]);

        if (is_row && line.size > 0)
            write_line(&line, block.starts, block.columns, out);
        else
            buf_add(out, line.at, line.full);
        *at += line.full;
    }
    return block.is_table;
}

const char *sheet_spaces_to_tabs(const char *text, size_t size, struct arena *arena,
                                 size_t *out_size)
{
    const char *at = text;
    const char *end = text + size;
    const char *tried = text;
    bool found = false;
    struct buf out;

    buf_init(&out, 2 * size + 1);
    while (at < end)
        found |= write_block(&at, end, &tried, &out);
    *out_size = size;
    if (found) {
        text = arena_strndup(arena, (const char *)out.data, out.size);
        *out_size = out.size;
    }
    buf_release(&out);
    return text;
}
