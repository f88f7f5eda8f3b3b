#include "client/output_layout.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

enum {
    ESCAPED_WIDTH = 4,
    CHARACTER_MAX_BYTES = 4
}; /* libsmartcols shows what it cannot print as \xNN */

/* The character at `text`: its bytes, and the columns it takes. */
static size_t next_character(const char *text, size_t *out_width)
{
    mbstate_t state = {0};
    wchar_t character;
    size_t bytes = mbrtowc(&character, text, strnlen(text, CHARACTER_MAX_BYTES), &state);
    int width;

    if (bytes == 0 || bytes > CHARACTER_MAX_BYTES) {
        *out_width = ESCAPED_WIDTH;
        return 1;
    }
    width = wcwidth(character);
    *out_width = width < 0 ? ESCAPED_WIDTH * bytes : (size_t)width;
    return bytes;
}

size_t layout_width(const char *text)
{
    size_t widest = 0;
    size_t line = 0;

    while (*text != '\0') {
        size_t width;

        if (*text == '\n') {
            line = 0;
            text++;
            continue;
        }
        text += next_character(text, &width);
        line += width;
        if (line > widest) widest = line;
    }
    return widest;
}

/* The next word and the spaces in front of it. */
struct word {
    const char *text;
    size_t bytes;
    size_t width;
    bool is_line_begin; /* a line end stood in front of it */
};

static struct word next_word(const char **at)
{
    struct word word = {0};

    while (**at == ' ' || **at == '\n')
        if (*(*at)++ == '\n') word.is_line_begin = true;
    word.text = *at;
    while (**at != '\0' && **at != ' ' && **at != '\n') {
        size_t width;

        *at += next_character(*at, &width);
        word.width += width;
    }
    word.bytes = (size_t)(*at - word.text);
    return word;
}

/* A text under way; `out` has room for every byte twice. */
struct wrapping {
    char *out;
    size_t size;
    size_t column;
    size_t width;
};

static void break_line(struct wrapping *wrapping)
{
    wrapping->out[wrapping->size++] = '\n';
    wrapping->column = 0;
}

static void add_word(struct wrapping *wrapping, const struct word *word)
{
    for (size_t at = 0; at < word->bytes;) {
        size_t width;
        size_t bytes = next_character(word->text + at, &width);

        if (wrapping->column > 0 && wrapping->column + width > wrapping->width)
            break_line(wrapping);
        memcpy(wrapping->out + wrapping->size, word->text + at, bytes);
        wrapping->size += bytes;
        wrapping->column += width;
        at += bytes;
    }
}

const char *layout_wrap(const char *text, size_t width, struct arena *arena)
{
    struct wrapping wrapping = {.out = arena_alloc(arena, strlen(text) * 2 + 1),
                                .width = width};

    while (*text != '\0') {
        struct word word = next_word(&text);

        if (word.bytes == 0) break;
        if (wrapping.size > 0 &&
            (word.is_line_begin || wrapping.column + 1 + word.width > width)) {
            break_line(&wrapping);
        } else if (wrapping.size > 0) {
            wrapping.out[wrapping.size++] = ' ';
            wrapping.column++;
        }
        add_word(&wrapping, &word);
    }
    wrapping.out[wrapping.size] = '\0';
    return wrapping.out;
}

static size_t natural_width(const struct grid *grid, size_t column)
{
    size_t widest = 0;

    if (!grid->is_record)
        widest = layout_width(grid_title(&grid->columns[column], grid->arena));
    for (size_t row = 0; row < grid->n_rows; row++) {
        size_t width = layout_width(grid_text(&grid->rows[row][column]));

        if (width > widest) widest = width;
    }
    return widest;
}

/* The widest that a wrapping column may be so that all of them fit into `available`: those that
 * need less leave the rest to the others. */
static size_t share(const struct grid *grid, const size_t *widths, size_t available)
{
    size_t limit = LAYOUT_WRAP_MIN;

    for (;; limit++) {
        size_t used = 0;

        for (size_t i = 0; i < grid->n_columns; i++)
            if (grid->columns[i].flags & GRID_WRAP)
                used += widths[i] < limit + 1 ? widths[i] : limit + 1;
        if (used > available || limit > available) return limit;
    }
}

static void wrap_column(struct grid *grid, size_t column, size_t width)
{
    for (size_t row = 0; row < grid->n_rows; row++) {
        struct grid_cell *cell = &grid->rows[row][column];

        cell->text = layout_wrap(grid_text(cell), width, grid->arena);
    }
}

/* The least width at which no word of a column is broken. */
static size_t longest_word(const struct grid *grid, size_t column)
{
    size_t longest = LAYOUT_WRAP_MIN;

    for (size_t row = 0; row < grid->n_rows; row++) {
        const char *at = grid_text(&grid->rows[row][column]);

        while (*at != '\0') {
            struct word word = next_word(&at);

            if (word.width > longest) longest = word.width;
        }
    }
    return longest;
}

/* Widths of all columns, into `widths`; the sum with separators. */
static size_t measure(const struct grid *grid, size_t *widths)
{
    size_t total = 0;

    for (size_t i = 0; i < grid->n_columns; i++) {
        widths[i] = natural_width(grid, i);
        total += widths[i] + (i + 1 < grid->n_columns ? LAYOUT_SEPARATOR_WIDTH : 0);
    }
    return total;
}

static void limit_column(struct grid *grid, size_t column, size_t *widths, size_t limit)
{
    if (widths[column] <= limit) return;
    wrap_column(grid, column, limit);
    widths[column] = natural_width(grid, column);
}

void layout_fit(struct grid *grid, size_t width)
{
    size_t *widths = arena_zalloc(grid->arena, (grid->n_columns + 1) * sizeof *widths);
    size_t total = measure(grid, widths);
    size_t wrapping = 0;
    size_t limit;

    if (width == 0 || total <= width) return;
    for (size_t i = 0; i < grid->n_columns; i++)
        if (grid->columns[i].flags & GRID_TIGHT)
            limit_column(grid, i, widths, longest_word(grid, i));
    total = measure(grid, widths);
    for (size_t i = 0; i < grid->n_columns; i++)
        if (grid->columns[i].flags & GRID_WRAP) wrapping += widths[i];
    if (total <= width || wrapping == 0) return;
    limit = share(grid, widths, width + wrapping > total ? width + wrapping - total : 0);
    for (size_t i = 0; i < grid->n_columns; i++)
        if (grid->columns[i].flags & GRID_WRAP) limit_column(grid, i, widths, limit);
}
