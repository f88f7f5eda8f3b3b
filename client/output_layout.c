#include "client/output_layout.h"

#include <ctype.h>
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

/* A word too long for a line is parted behind '/', and behind '-' between letters: names stay
 * readable, numbers and dates whole. */
static bool parts_after(const char *at, size_t left)
{
    if (left < 2) return false;
    if (at[0] == '/') return true;
    return at[0] == '-' && isalpha((unsigned char)at[-1]) && isalpha((unsigned char)at[1]);
}

/* The next part of a word: its bytes, and its columns into *out_width. */
static size_t next_part(const struct word *word, size_t from, size_t *out_width)
{
    size_t at = from;

    *out_width = 0;
    while (at < word->bytes) {
        size_t width;
        bool is_end = at > 0 && parts_after(word->text + at, word->bytes - at);

        at += next_character(word->text + at, &width);
        *out_width += width;
        if (is_end) break;
    }
    return at - from;
}

static void add_part(struct wrapping *wrapping, const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        size_t width;
        size_t bytes = next_character(text + at, &width);

        if (wrapping->column > 0 && wrapping->column + width > wrapping->width)
            break_line(wrapping);
        memcpy(wrapping->out + wrapping->size, text + at, bytes);
        wrapping->size += bytes;
        wrapping->column += width;
        at += bytes;
    }
}

static void add_word(struct wrapping *wrapping, const struct word *word)
{
    for (size_t at = 0; at < word->bytes;) {
        size_t width;
        size_t bytes = next_part(word, at, &width);

        if (wrapping->column > 0 && wrapping->column + width > wrapping->width)
            break_line(wrapping);
        add_part(wrapping, word->text + at, bytes);
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

static void wrap_column(struct grid *grid, size_t column, size_t width)
{
    for (size_t row = 0; row < grid->n_rows; row++) {
        struct grid_cell *cell = &grid->rows[row][column];

        cell->text = layout_wrap(grid_text(cell), width, grid->arena);
    }
}

static size_t longest_part(const struct word *word)
{
    size_t longest = 0;

    for (size_t at = 0; at < word->bytes;) {
        size_t width;

        at += next_part(word, at, &width);
        if (width > longest) longest = width;
    }
    return longest;
}

/* The widest word of a text, or part of one. */
static size_t longest_in(const char *at, bool parted)
{
    size_t longest = 0;

    while (*at != '\0') {
        struct word word = next_word(&at);
        size_t width = parted ? longest_part(&word) : word.width;

        if (width > longest) longest = width;
    }
    return longest;
}

/* The least width at which no word of a column, or part of one, is broken. */
static size_t longest_word(const struct grid *grid, size_t column, bool parted)
{
    size_t longest = 0;

    if (!grid->is_record)
        longest = longest_in(grid_title(&grid->columns[column], grid->arena), false);
    for (size_t row = 0; row < grid->n_rows; row++) {
        size_t width = longest_in(grid_text(&grid->rows[row][column]), parted);

        if (width > longest) longest = width;
    }
    return longest;
}

/* How far a table is squeezed. */
enum squeeze {
    SQUEEZE_TEXTS, /* columns that may wrap, texts to a width that reads well */
    SQUEEZE_ALL,   /* texts further, and names and other long columns too */
};

/* The widths under way: what each column wants, and what it has. */
struct fitting {
    size_t *wanted;
    size_t *have;
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Of a text: a width that reads well, or one that breaks no word of usual length. */
static size_t least_text(const struct grid *grid, size_t column, enum squeeze squeeze)
{
    size_t word;

    if (squeeze == SQUEEZE_TEXTS) return LAYOUT_WRAP_COMFORT;
    word = longest_word(grid, column, true);
    return word < LAYOUT_WRAP_MIN ? LAYOUT_WRAP_MIN : least(word, LAYOUT_WRAP_COMFORT);
}

/* The least that a column is given. */
static size_t least_width(const struct grid *grid, size_t column, size_t wanted,
                          enum squeeze squeeze)
{
    unsigned flags = grid->columns[column].flags;

    if (flags & GRID_WRAP) return least(wanted, least_text(grid, column, squeeze));
    if (flags & GRID_TIGHT)
        return least(wanted, longest_word(grid, column, squeeze == SQUEEZE_ALL));
    if (squeeze == SQUEEZE_TEXTS || wanted <= LAYOUT_KEPT || (flags & GRID_RIGHT))
        return wanted;
    return least(wanted, longest_word(grid, column, true));
}

static size_t sum(const struct grid *grid, const size_t *widths)
{
    size_t total = grid->n_columns > 0 ? (grid->n_columns - 1) * LAYOUT_SEPARATOR_WIDTH : 0;

    for (size_t i = 0; i < grid->n_columns; i++)
        total += widths[i];
    return total;
}

/* Gives what is left to the columns with one of `flags` (0: to all), the narrowest first. */
static void give(const struct grid *grid, struct fitting *fitting, unsigned flags, size_t left)
{
    while (left-- > 0) {
        size_t narrowest = grid->n_columns;

        for (size_t i = 0; i < grid->n_columns; i++) {
            bool is_meant = flags == 0 || (grid->columns[i].flags & flags) != 0;

            if (is_meant && fitting->have[i] < fitting->wanted[i] &&
                (narrowest == grid->n_columns || fitting->have[i] < fitting->have[narrowest]))
                narrowest = i;
        }
        if (narrowest == grid->n_columns) return;
        fitting->have[narrowest]++;
    }
}

static void give_rest(const struct grid *grid, struct fitting *fitting, unsigned flags,
                      size_t width)
{
    size_t used = sum(grid, fitting->have);

    if (used < width) give(grid, fitting, flags, width - used);
}

static bool squeeze_to(const struct grid *grid, struct fitting *fitting, enum squeeze squeeze,
                       size_t width)
{
    for (size_t i = 0; i < grid->n_columns; i++)
        fitting->have[i] = least_width(grid, i, fitting->wanted[i], squeeze);
    return sum(grid, fitting->have) <= width;
}

/* Widths for all columns; false when they cannot be brought to fit. */
static bool find_widths(const struct grid *grid, struct fitting *fitting, size_t width)
{
    for (size_t i = 0; i < grid->n_columns; i++)
        fitting->wanted[i] = natural_width(grid, i);
    if (squeeze_to(grid, fitting, SQUEEZE_TEXTS, width))
        give_rest(grid, fitting, GRID_WRAP, width);
    else if (!squeeze_to(grid, fitting, SQUEEZE_ALL, width))
        return false;
    give_rest(grid, fitting, 0, width);
    return true;
}

static bool fits_as_it_is(const struct grid *grid, struct fitting *fitting, size_t width)
{
    for (size_t i = 0; i < grid->n_columns; i++)
        fitting->wanted[i] = natural_width(grid, i);
    return width == 0 || sum(grid, fitting->wanted) <= width;
}

bool layout_fit(struct grid *grid, size_t width)
{
    size_t size = (grid->n_columns + 1) * sizeof(size_t);
    struct fitting fitting = {arena_zalloc(grid->arena, size), arena_zalloc(grid->arena, size)};

    if (fits_as_it_is(grid, &fitting, width)) return true;
    if (!find_widths(grid, &fitting, width)) {
        grid_drop_empty(grid);
        if (!find_widths(grid, &fitting, width) && !grid->is_record) return false;
    }
    for (size_t i = 0; i < grid->n_columns; i++)
        if (fitting.have[i] < fitting.wanted[i]) wrap_column(grid, i, fitting.have[i]);
    return true;
}

const char *layout_paragraph(const char *text, size_t width, struct arena *arena)
{
    size_t indent = strspn(text, " ");
    const char *out;
    const char *line;

    if (width < indent + LAYOUT_WRAP_MIN || layout_width(text) <= width) return text;
    line = layout_wrap(text + indent, width - indent - LAYOUT_HANG, arena);
    out = arena_printf(arena, "%*s", (int)indent, "");
    for (;;) {
        size_t length = strcspn(line, "\n");

        out = arena_printf(arena, "%s%.*s", out, (int)length, line);
        if (line[length] == '\0') return out;
        line += length + 1;
        out = arena_printf(arena, "%s\n%*s", out, (int)indent + LAYOUT_HANG, "");
    }
}
