#include "client/sheet_find.h"

#include "client/sheet_context.h"
#include "client/sheet_form.h"
#include "client/sheet_matrix.h"

#include <string.h>

enum {
    WRAP_LINES_MAX = 20, /* lines that one row may be broken over */
    PEEK_ROWS = 4,       /* rows looked at for a pound sign */
    LOOSE_TRIES = 3,     /* rows of a stranger that are tried in full as a heading */
};

/* The document being walked. */
struct finder {
    struct arena *arena;
    const struct sheet *sheet;
    const struct sheet_headers *headers;
    struct sheet_tables *out;
    const struct sheet_context *context;
    struct sheet_table *table;    /* that goes on; NULL */
    struct sheet_table *stranger; /* rows in no known table, as a table; NULL */
    bool is_after_break;          /* a gap or a heading again since the last row */
    bool is_after_prose;          /* lines of prose since the last row */
    bool is_after_heading;        /* of them one that may be a heading */
};

void sheet_remark_add(struct sheet_remarks *remarks, struct sheet_remark remark,
                      struct arena *arena)
{
    remarks->items = sheet_grow(arena, remarks->items, remarks->n, &remarks->capacity,
                                sizeof remarks->items[0]);
    remarks->items[remarks->n++] = remark;
}

/* --- Rows. --- */

static struct sheet_cell new_cell(const struct sheet_line *line, size_t at)
{
    return (struct sheet_cell){
        .text = line->cells[at], .line = line->line, .column = at + 1, .n_parts = 1};
}

static void note_stray(struct finder *finder, const struct sheet_cell *cell, const char *why)
{
    if (sheet_is_blank(cell->text)) {
        finder->out->n_understood += cell->n_parts;
        return;
    }
    sheet_remark_add(&finder->out->strays,
                     (struct sheet_remark){cell->line, cell->column, cell->text, why},
                     finder->arena);
}

static struct sheet_row *new_row(struct finder *finder, struct sheet_table *table, size_t line)
{
    struct sheet_row *row;

    table->rows = sheet_grow(finder->arena, table->rows, table->n_rows, &table->capacity,
                             sizeof table->rows[0]);
    row = &table->rows[table->n_rows++];
    *row = (struct sheet_row){
        .line = line, .context = finder->context, .is_after_break = finder->is_after_break};
    row->cells =
        arena_zalloc(finder->arena, (table->header.n_columns + 1) * sizeof(struct sheet_cell));
    for (size_t i = 0; i < table->header.n_columns; i++)
        row->cells[i] = (struct sheet_cell){.text = "", .line = line, .column = i + 1};
    finder->is_after_break = finder->is_after_prose = finder->is_after_heading = false;
    return row;
}

/* Puts the cells of the lines into one row: the last of a line goes on with the first of the
 * next. */
static void add_lines(struct finder *finder, struct sheet_table *table, size_t first, size_t n)
{
    const struct sheet_line *lines = finder->sheet->lines;
    struct sheet_row *row = new_row(finder, table, lines[first].line);
    size_t at = 0;

    for (size_t l = first; l < first + n; l++) {
        for (size_t i = 0; i < lines[l].n_cells; i++) {
            struct sheet_cell cell = new_cell(&lines[l], i);
            bool goes_on = l > first && i == 0;
            struct sheet_cell *place;

            if (!goes_on && (l > first || i > 0)) at++;
            if (at >= table->header.n_columns) {
                note_stray(finder, &cell, "beyond the last column of its table");
                continue;
            }
            place = &row->cells[at];
            if (goes_on && place->text[0] != '\0') {
                cell.text = arena_printf(finder->arena, "%s\n%s", place->text, cell.text);
                cell.line = place->line;
                cell.column = place->column;
                cell.n_parts += place->n_parts;
            }
            *place = cell;
        }
    }
    if (n > 1)
        sheet_remark_add(&finder->out->joined,
                         (struct sheet_remark){lines[first].line, 0, lines[first].cells[0],
                                               "a row written over several lines was joined"},
                         finder->arena);
}

/* How many lines from `first` on make one row of `width` cells: a cell with line ends inside
 * breaks it. The next line must go on in the middle of something. */
static size_t wrapped_lines(const struct finder *finder, size_t first, size_t width)
{
    const struct sheet *sheet = finder->sheet;
    size_t cells = sheet->lines[first].n_cells;

    for (size_t n = 1; n < WRAP_LINES_MAX && cells < width && first + n < sheet->n_lines; n++) {
        const struct sheet_line *line = &sheet->lines[first + n];
        const struct sheet_line *before = &sheet->lines[first + n - 1];

        if (line->kind != SHEET_LINE_ROW && line->kind != SHEET_LINE_PROSE) return 1;
        if (line->kind == SHEET_LINE_ROW && !sheet_starts_low(line->cells[0]) &&
            !sheet_ends_open(before->cells[before->n_cells - 1]))
            return 1;
        cells += line->n_cells - 1;
        if (cells == width && line->kind == SHEET_LINE_ROW) return n + 1;
    }
    return 1;
}

/* --- Headings. --- */

static bool has_pound(const struct sheet_line *line)
{
    for (size_t i = 0; i < line->n_cells; i++)
        if (strstr(line->cells[i], "\xC2\xA3") != NULL) return true;
    return false;
}

/* Words of money over the table or in its heading; with `in_cells`, a pound sign in its rows too. */
static bool is_near_money(const struct finder *finder, size_t at, bool in_cells)
{
    const struct sheet *sheet = finder->sheet;
    const struct sheet_line *line = &sheet->lines[at];

    if (sheet_is_money(finder->context->caption_key)) return true;
    for (size_t i = 0; i < line->n_cells; i++)
        if (strlen(line->cells[i]) < 80 &&
            sheet_is_money(sheet_fold(finder->arena, line->cells[i])))
            return true;
    for (size_t i = at; in_cells && i < sheet->n_lines && i < at + PEEK_ROWS; i++)
        if (has_pound(&sheet->lines[i])) return true;
    return false;
}

/* The cells of two lines as one heading; with `spread`, a group's name goes to the right. */
static const char **merge_lines(const struct finder *finder, size_t at, size_t width,
                                bool spread)
{
    const struct sheet_line *top = &finder->sheet->lines[at];
    const struct sheet_line *bottom = &finder->sheet->lines[at + 1];
    const char **cells = arena_zalloc(finder->arena, (width + 1) * sizeof *cells);
    const char *group = "";

    for (size_t i = 0; i < width; i++) {
        const char *above = i < top->n_cells ? top->cells[i] : "";
        const char *below = i < bottom->n_cells ? bottom->cells[i] : "";

        if (!sheet_is_blank(above)) group = above;
        if (spread && sheet_is_blank(above) && !sheet_is_blank(below)) above = group;
        cells[i] = arena_printf(finder->arena, "%s %s", above, below);
    }
    return cells;
}

/* The second line of a heading has short cells only, and fills or goes on with the first. */
static bool may_be_second(const struct finder *finder, size_t at)
{
    const struct sheet_line *line;

    if (at + 1 >= finder->sheet->n_lines) return false;
    line = &finder->sheet->lines[at + 1];
    if (line->kind != SHEET_LINE_ROW) return false;
    for (size_t i = 0; i < line->n_cells; i++)
        if (strlen(line->cells[i]) > 40) return false;
    return true;
}

static size_t count_years(const struct sheet_header *header)
{
    size_t n = 0;

    for (size_t i = 0; i < header->n_columns; i++)
        n += header->columns[i].field != SHEET_NONE && header->columns[i].has_year;
    return n;
}

static size_t count_loose(const struct sheet_header *header)
{
    size_t n = 0;

    for (size_t i = 0; i < header->n_columns; i++)
        n += header->columns[i].is_loose;
    return n;
}

/* A row of the table itself, taken for a heading, would make headings loose. */
static bool is_better(const struct sheet_header *candidate, const struct sheet_header *header)
{
    if (candidate->kind == SHEET_UNKNOWN || count_loose(candidate) > count_loose(header))
        return false;
    if (header->kind == SHEET_UNKNOWN || candidate->n_known > header->n_known) return true;
    return candidate->n_known == header->n_known &&
           count_years(candidate) > count_years(header);
}

/* Columns that mean something no column before them means. */
static size_t count_distinct(const struct sheet_header *header)
{
    size_t n = 0;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];
        size_t k = 0;

        while (k < i && (header->columns[k].field != column->field ||
                         (header->columns[k].period == NULL) != (column->period == NULL) ||
                         (column->period != NULL &&
                          strcmp(header->columns[k].period, column->period) != 0)))
            k++;
        n += k == i && column->field != SHEET_NONE;
    }
    return n;
}

/* Two "Impact" are told apart by the groups that they stand under. */
static bool is_spread_better(const struct sheet_header *spread,
                             const struct sheet_header *not_spread)
{
    return is_better(spread, not_spread) ||
           (spread->kind == not_spread->kind && spread->n_known >= not_spread->n_known &&
            count_loose(spread) <= count_loose(not_spread) &&
            count_years(spread) >= count_years(not_spread) &&
            count_distinct(spread) > count_distinct(not_spread));
}

/* A group's names over a full heading: nothing may be lost by reading them together. */
static bool adds_groups(const struct sheet_header *merged, const struct sheet_header *alone)
{
    if (merged->kind == SHEET_UNKNOWN || count_loose(merged) > 0) return false;
    return merged->n_known >= alone->n_known && count_years(merged) >= count_years(alone);
}

/* The row names what stands under the groups above it, or their units, and nothing else: "Actual",
 * "Target", "£000". A title beside would make it a heading of its own. */
static bool is_subheading(const struct finder *finder, const struct sheet_header *above,
                          const struct sheet_line *line)
{
    size_t n = 0;

    for (size_t i = 0; i < line->n_cells; i++) {
        const char *key;

        if (sheet_is_blank(line->cells[i])) continue;
        if (i < above->n_columns && above->columns[i].field == SHEET_TITLE) return false;
        key = sheet_fold(finder->arena, line->cells[i]);
        if (strpbrk(key, "123456789") != NULL) return false;
        if (!sheet_headers_knows(finder->headers, key) && !sheet_is_unit(key, finder->arena))
            return false;
        n++;
    }
    return n > 0;
}

/* A title is guessed in the first row of a table only, under rows of groups at most: the rows of a table
 * whose heading is not known are none. */
static bool may_guess(const struct finder *finder)
{
    const struct sheet_table *before = finder->stranger;

    for (size_t i = 0; before != NULL && i < before->n_rows; i++) {
        size_t texts = 0;

        for (size_t c = 0; c < before->header.n_columns; c++)
            texts += !sheet_is_blank(before->rows[i].cells[c].text);
        if (2 * texts > before->header.n_columns) return false;
    }
    return finder->table == NULL || finder->is_after_heading;
}

/* The rows after a heading's lines, where a title may be guessed by them. */
static void look_below(const struct finder *finder, size_t at, struct sheet_hint *hint)
{
    const struct sheet *sheet = finder->sheet;
    struct sheet_below *below = arena_alloc(finder->arena, PEEK_ROWS * sizeof *below);

    hint->below = below;
    hint->n_below = 0;
    if (!may_guess(finder)) return;
    for (; at < sheet->n_lines && hint->n_below < PEEK_ROWS; at++) {
        const struct sheet_line *line = &sheet->lines[at];

        if (line->kind == SHEET_LINE_RULE) continue;
        if (line->kind != SHEET_LINE_ROW) return;
        below[hint->n_below++] = (struct sheet_below){line->cells, line->n_cells};
    }
}

/* Whether what two lines say together is their heading; they are `merged`. */
static bool go_together(const struct finder *finder, const struct sheet_header *merged,
                        const struct sheet_header *first, const struct sheet_header *second,
                        const struct sheet_line *second_line)
{
    if (first->kind != SHEET_UNKNOWN && is_subheading(finder, first, second_line))
        return adds_groups(merged, first);
    return is_better(merged, first) &&
           (is_better(merged, second) || adds_groups(merged, second));
}

/* Reads a heading at line `at`; returns its lines, 0 when it is none. */
static size_t read_heading(const struct finder *finder, size_t at,
                           struct sheet_header *out_header)
{
    const struct sheet_line *line = &finder->sheet->lines[at];
    struct sheet_hint hint = {is_near_money(finder, at, true), is_near_money(finder, at, false),
                              SHEET_ANY, NULL, 0};
    struct sheet_header first, alone;
    size_t n_lines = 1;

    look_below(finder, at + 1, &hint);

    sheet_header_read(finder->headers, line->cells, line->n_cells, &hint, out_header);
    if (may_be_second(finder, at)) {
        const struct sheet_line *next = &finder->sheet->lines[at + 1];
        size_t width = next->n_cells > line->n_cells ? next->n_cells : line->n_cells;

        first = *out_header;
        look_below(finder, at + 2, &hint);
        sheet_header_read(finder->headers, next->cells, next->n_cells, &hint, &alone);
        for (int spread = 0; spread < 2; spread++) {
            struct sheet_header merged;

            sheet_header_read(finder->headers, merge_lines(finder, at, width, spread != 0),
                              width, &hint, &merged);
            if (n_lines == 2 && !is_spread_better(&merged, out_header)) continue;
            if (!go_together(finder, &merged, &first, &alone, next)) continue;
            *out_header = merged;
            n_lines = 2;
        }
    }
    return out_header->kind == SHEET_UNKNOWN ? 0 : n_lines;
}

/* The row repeats the heading of the table that goes on. */
static bool repeats_heading(const struct finder *finder, const struct sheet_line *line)
{
    size_t same = 0;
    size_t named = 0;

    if (finder->table == NULL || finder->table->is_form) return false;
    for (size_t i = 0; i < line->n_cells && i < finder->table->header.n_columns; i++) {
        const char *key = finder->table->header.columns[i].key;

        named += key[0] != '\0';
        same += key[0] != '\0' && strlen(line->cells[i]) < 200 &&
                strcmp(sheet_fold(finder->arena, line->cells[i]), key) == 0;
    }
    return same >= 2 && same == named;
}

/* Two cells at least are, word for word, headings of some table. */
static bool looks_like_heading(const struct finder *finder, const struct sheet_line *line)
{
    size_t n = 0;

    for (size_t i = 0; i < line->n_cells && n < 2; i++) {
        if (sheet_is_blank(line->cells[i]) || strlen(line->cells[i]) > 80) continue;
        n += sheet_headers_knows(finder->headers, sheet_fold(finder->arena, line->cells[i]));
    }
    return n >= 2;
}

static void start_table(struct finder *finder, const struct sheet_header *header, size_t line)
{
    struct sheet_tables *out = finder->out;
    struct sheet_table *table = arena_zalloc(finder->arena, sizeof *table);

    table->header = *header;
    table->line = line;
    out->items =
        sheet_grow(finder->arena, out->items, out->n, &out->capacity, sizeof out->items[0]);
    out->items[out->n++] = table;
    finder->table = table;
    finder->stranger = NULL;
    finder->is_after_break = finder->is_after_prose = finder->is_after_heading = false;
}

/* --- Rows in no known table. --- */

/* A list of contents: names and page numbers. */
static bool is_contents(const struct sheet_table *table)
{
    if (table->header.n_columns != 2) return false;
    for (size_t i = 0; i < table->n_rows; i++) {
        const char *page = table->rows[i].cells[1].text;

        if (page[strspn(page, " 0123456789")] != '\0') return false;
    }
    return true;
}

static void count_rows(struct finder *finder, const struct sheet_table *table, const char *why)
{
    for (size_t i = 0; i < table->n_rows; i++)
        for (size_t at = 0; at < table->header.n_columns; at++) {
            const struct sheet_cell *cell = &table->rows[i].cells[at];

            if (why == NULL)
                finder->out->n_understood += cell->n_parts;
            else
                note_stray(finder, cell, why);
        }
}

static void add_stranger(struct finder *finder, const struct sheet_table *table)
{
    struct sheet_tables *out = finder->out;
    const struct sheet_row *first = &table->rows[0];
    struct sheet_stranger stranger = {
        .line = table->line, .n_rows = table->n_rows, .n_headers = table->header.n_columns};
    const char **headers =
        arena_zalloc(finder->arena, (stranger.n_headers + 1) * sizeof *headers);

    for (size_t i = 0; i < stranger.n_headers; i++) {
        headers[i] = sheet_clean(finder->arena, first->cells[i].text, NULL);
        stranger.n_known +=
            sheet_headers_knows(finder->headers, sheet_fold(finder->arena, headers[i]));
    }
    stranger.headers = headers;
    stranger.n_cells = table->n_rows * stranger.n_headers;
    out->strangers = sheet_grow(finder->arena, out->strangers, out->n_strangers,
                                &out->stranger_capacity, sizeof out->strangers[0]);
    out->strangers[out->n_strangers++] = stranger;
}

/* Takes the first row as the heading. */
static void name_from_first_row(struct finder *finder, struct sheet_table *table)
{
    for (size_t i = 0; i < table->header.n_columns; i++) {
        struct sheet_column *column = &table->header.columns[i];

        column->header = sheet_clean(finder->arena, table->rows[0].cells[i].text, NULL);
        column->key = sheet_fold(finder->arena, column->header);
    }
}

static bool becomes_matrix(struct finder *finder, struct sheet_table *table)
{
    struct sheet_table matrix = *table;

    if (table->n_rows < 2 || table->header.n_columns < 3) return false;
    name_from_first_row(finder, &matrix);
    matrix.rows++;
    matrix.n_rows--;
    matrix.capacity = 0;
    if (!sheet_matrix_recognise(&matrix, finder->headers, finder->arena)) return false;
    finder->out->n_understood += table->header.n_columns;
    start_table(finder, &matrix.header, table->line);
    finder->table->rows = matrix.rows;
    finder->table->n_rows = matrix.n_rows;
    finder->table->capacity = matrix.n_rows;
    return true;
}

/* What the rows in no table were, once they are over. */
static void end_stranger(struct finder *finder)
{
    struct sheet_table *table = finder->stranger;

    finder->stranger = NULL;
    if (table == NULL || becomes_matrix(finder, table)) return;
    if (is_contents(table))
        count_rows(finder, table, NULL);
    else if (table->n_rows < 2)
        count_rows(finder, table, "a line with tabs that is in no table");
    else
        add_stranger(finder, table);
}

static size_t add_to_stranger(struct finder *finder, size_t at)
{
    const struct sheet_line *line = &finder->sheet->lines[at];

    if (finder->stranger != NULL &&
        (finder->is_after_prose || line->n_cells > finder->stranger->header.n_columns))
        end_stranger(finder);
    if (finder->stranger == NULL) {
        finder->stranger = arena_zalloc(finder->arena, sizeof(struct sheet_table));
        finder->stranger->line = line->line;
        finder->stranger->header.n_columns = line->n_cells;
        finder->stranger->header.columns =
            arena_zalloc(finder->arena, line->n_cells * sizeof(struct sheet_column));
    }
    finder->table = NULL;
    add_lines(finder, finder->stranger, at, 1);
    return 1;
}

/* --- The walk. --- */

/* A row under a gap belongs to the table when it is as wide; under a heading too. */
static bool fits(const struct finder *finder, const struct sheet_line *line)
{
    if (finder->table == NULL || finder->table->is_form) return false;
    if (!finder->is_after_prose) return true;
    return line->n_cells == finder->table->header.n_columns;
}

static void note_repeat(struct finder *finder, const struct sheet_line *line)
{
    finder->out->n_understood += line->n_cells;
    sheet_remark_add(&finder->out->joined,
                     (struct sheet_remark){line->line, 0, line->cells[0],
                                           "the heading is repeated; the table goes on"},
                     finder->arena);
    finder->is_after_break = true;
    finder->is_after_prose = finder->is_after_heading = false;
}

/* Whether it is worth reading the line as a heading in full. */
static bool is_worth_reading(const struct finder *finder, const struct sheet_line *line)
{
    if (finder->table == NULL &&
        (finder->stranger == NULL || finder->stranger->n_rows < LOOSE_TRIES))
        return true;
    return finder->is_after_heading || looks_like_heading(finder, line);
}

static size_t take_form(struct finder *finder, size_t at)
{
    const struct sheet_line *line = &finder->sheet->lines[at];
    bool goes_on = finder->table != NULL && !finder->table->is_form &&
                   !finder->is_after_break && line->n_cells == finder->table->header.n_columns;
    size_t n = 0;

    if (!goes_on)
        n = sheet_form_take(finder->sheet, at, finder->headers, finder->arena, finder->out,
                            finder->context);
    if (n == 0) return 0;
    end_stranger(finder);
    finder->table = NULL;
    finder->is_after_break = finder->is_after_prose = finder->is_after_heading = false;
    return n;
}

/* Returns the lines taken. */
static size_t take_row(struct finder *finder, size_t at)
{
    const struct sheet_line *line = &finder->sheet->lines[at];
    struct sheet_header header;
    size_t n = 0;

    if (repeats_heading(finder, line) && !finder->is_after_heading) {
        note_repeat(finder, line);
        return 1;
    }
    n = take_form(finder, at);
    if (n > 0) return n;
    if (is_worth_reading(finder, line)) n = read_heading(finder, at, &header);
    if (n > 0) {
        end_stranger(finder);
        for (size_t i = 0; i < n; i++)
            finder->out->n_understood += line[i].n_cells;
        start_table(finder, &header, line->line);
        return n;
    }
    if (!fits(finder, line)) return add_to_stranger(finder, at);
    n = wrapped_lines(finder, at, finder->table->header.n_columns);
    add_lines(finder, finder->table, at, n);
    return n;
}

/* The only cell of the line that says something; NULL when there are several. */
static const char *only_text(const struct sheet_line *line)
{
    const char *text = NULL;

    for (size_t i = 0; i < line->n_cells; i++) {
        if (sheet_is_blank(line->cells[i])) continue;
        if (text != NULL) return NULL;
        text = line->cells[i];
    }
    return text;
}

static void take_prose(struct finder *finder, const struct sheet_line *line, const char *text)
{
    enum sheet_prose prose = sheet_prose_read(text, finder->arena);

    finder->out->n_prose++;
    sheet_remark_add(&finder->out->prose,
                     (struct sheet_remark){line->line, 0, text, "not a table"}, finder->arena);
    if (prose == SHEET_PROSE_PAGE) return;
    finder->context = sheet_context_add(finder->context, text, line->line, finder->arena);
    finder->is_after_break = true;
    finder->is_after_prose = true;
    finder->is_after_heading |= prose != SHEET_PROSE_TEXT;
}

/* A row with one text, outside of a table: a title or a heading in a spreadsheet. */
static bool is_prose_row(const struct finder *finder, const struct sheet_line *line)
{
    if (only_text(line) == NULL) return false;
    return finder->table == NULL || finder->table->is_form || finder->is_after_break;
}

/* "Targets" alone over the years of a heading. */
static bool is_group_row(const struct finder *finder, size_t at)
{
    struct sheet_header header;

    if (!sheet_is_blank(finder->sheet->lines[at].cells[0])) return false;
    return read_heading(finder, at, &header) == 2;
}

static size_t take_line(struct finder *finder, size_t at)
{
    const struct sheet_line *line = &finder->sheet->lines[at];

    switch (line->kind) {
    case SHEET_LINE_BLANK:
        finder->is_after_break = true;
        return 1;
    case SHEET_LINE_RULE:
        finder->out->n_understood += line->n_cells;
        return 1;
    case SHEET_LINE_PROSE:
        take_prose(finder, line, line->cells[0]);
        return 1;
    case SHEET_LINE_ROW:
        break;
    }
    if (!is_prose_row(finder, line)) return take_row(finder, at);
    if (is_group_row(finder, at)) return take_row(finder, at);
    if (finder->table != NULL && !finder->table->is_form &&
        sheet_is_blank(line->cells[0])) /* goes on with a row over the gap */
        return take_row(finder, at);
    finder->out->n_understood += line->n_cells;
    take_prose(finder, line, only_text(line));
    finder->context = sheet_context_of_row(finder->context, line->line, finder->arena);
    return 1;
}

void sheet_find(const struct sheet *sheet, const struct sheet_headers *headers,
                struct arena *arena, struct sheet_tables *out_tables)
{
    static const struct sheet_context nothing = {.caption_key = ""};
    struct finder finder = {.arena = arena,
                            .sheet = sheet,
                            .headers = headers,
                            .out = out_tables,
                            .context = &nothing};

    *out_tables = (struct sheet_tables){0};
    for (size_t at = 0; at < sheet->n_lines;)
        at += take_line(&finder, at);
    end_stranger(&finder);
}
