#include "client/sheet_form.h"

#include "client/sheet_period.h"

#include <string.h>

enum { LABELS_MAX = 64 };

/* A form being read. */
struct form {
    const struct sheet *sheet;
    const struct sheet_headers *headers;
    struct arena *arena;
    struct sheet_tables *tables;
    const struct sheet_context *context;
    enum sheet_kind kind;
    const char *labels[LABELS_MAX]; /* as written, each once */
    const char *keys[LABELS_MAX];
    size_t n_labels;
    struct sheet_table *table;
    struct sheet_row *row; /* at hand; NULL before the first */
};

/* "Target 2023/24": a heading with its period. */
static bool is_figure_label(const struct form *form, const char *cell)
{
    struct sheet_period period =
        sheet_period_find(sheet_clean(form->arena, cell, NULL), form->arena);

    return form->kind == SHEET_INDICATORS && period.label != NULL && period.has_year &&
           sheet_headers_knows(form->headers, sheet_fold(form->arena, period.rest));
}

static bool is_label(const struct form *form, const char *cell)
{
    return strlen(cell) < 120 && !sheet_is_blank(cell) &&
           sheet_headers_meaning(form->headers, cell, form->kind) != SHEET_NONE &&
           (sheet_headers_knows(form->headers, sheet_fold(form->arena, cell)) ||
            is_figure_label(form, cell));
}

/* Place of the label, or where it would be new. */
static size_t label_index(const struct form *form, const char *cell)
{
    const char *key = sheet_fold(form->arena, cell);
    size_t i = 0;

    while (i < form->n_labels && strcmp(form->keys[i], key) != 0)
        i++;
    return i;
}

static void note_label(struct form *form, const char *cell)
{
    size_t i = label_index(form, cell);

    if (i < form->n_labels || i == LABELS_MAX) return;
    form->labels[i] = cell;
    form->keys[i] = sheet_fold(form->arena, cell);
    form->n_labels++;
}

/* Labels beside labels are the heading of an ordinary table. */
static bool is_heading(const struct form *form, const struct sheet_line *line)
{
    size_t labels = 0;
    size_t texts = 0;

    for (size_t i = 0; i < line->n_cells; i++) {
        texts += !sheet_is_blank(line->cells[i]);
        labels += is_label(form, line->cells[i]);
    }
    return labels >= 2 && labels == texts;
}

/* Lines from `at` on that begin with a label, empty ones between. */
static size_t count_lines(struct form *form, size_t at)
{
    size_t last = at;

    form->n_labels = 0;
    for (size_t i = at; i < form->sheet->n_lines; i++) {
        const struct sheet_line *line = &form->sheet->lines[i];

        if (line->kind == SHEET_LINE_BLANK || line->kind == SHEET_LINE_RULE) continue;
        if (line->kind != SHEET_LINE_ROW) break;
        if (!is_label(form, line->cells[0]) && !sheet_is_blank(line->cells[0])) break;
        if (is_heading(form, line)) break;
        for (size_t c = 0; c < line->n_cells; c++)
            if (is_label(form, line->cells[c])) note_label(form, line->cells[c]);
        last = i + 1;
    }
    return last - at;
}

static bool has_title(const struct form *form)
{
    for (size_t i = 0; i < form->n_labels; i++)
        if (sheet_headers_meaning(form->headers, form->labels[i], form->kind) == SHEET_TITLE)
            return true;
    return false;
}

static size_t choose_kind(struct form *form, size_t at)
{
    static const enum sheet_kind kinds[] = {SHEET_ACTIONS, SHEET_INDICATORS, SHEET_STRATEGIES,
                                            SHEET_RISKS};
    enum sheet_kind best = SHEET_UNKNOWN;
    size_t most = 2;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        form->kind = kinds[i];
        count_lines(form, at);
        if (form->n_labels <= most || !has_title(form)) continue;
        most = form->n_labels;
        best = kinds[i];
    }
    form->kind = best;
    return best == SHEET_UNKNOWN ? 0 : count_lines(form, at);
}

static void start_row(struct form *form, size_t line)
{
    struct sheet_table *table = form->table;

    table->rows = sheet_grow(form->arena, table->rows, table->n_rows, &table->capacity,
                             sizeof table->rows[0]);
    form->row = &table->rows[table->n_rows++];
    *form->row = (struct sheet_row){.line = line, .context = form->context};
    form->row->cells =
        arena_zalloc(form->arena, (form->n_labels + 1) * sizeof(struct sheet_cell));
    for (size_t i = 0; i < form->n_labels; i++)
        form->row->cells[i] = (struct sheet_cell){.text = "", .line = line, .column = 1};
}

static void add_answer(struct form *form, size_t label, const struct sheet_line *line,
                       size_t at)
{
    struct sheet_cell *cell = &form->row->cells[label];
    const char *text = line->cells[at];

    if (cell->n_parts == 0 || cell->text[0] == '\0') {
        cell->line = line->line;
        cell->column = at + 1;
        cell->text = text;
    } else if (!sheet_is_blank(text)) {
        cell->text = arena_printf(form->arena, "%s\n%s", cell->text, text);
    }
    cell->n_parts++;
}

/* A label again that was answered already begins the next form when it is the first label. */
static void take_form_line(struct form *form, const struct sheet_line *line, size_t *label)
{
    for (size_t i = 0; i < line->n_cells; i++) {
        if (is_label(form, line->cells[i])) {
            *label = label_index(form, line->cells[i]);
            form->tables->n_understood++;
            if (*label == 0 && (form->row == NULL || form->row->cells[0].n_parts > 0))
                start_row(form, line->line);
        } else if (form->row != NULL && *label < form->n_labels) {
            if (i == 0 && sheet_is_blank(line->cells[i]))
                form->tables->n_understood++;
            else
                add_answer(form, *label, line, i);
        }
    }
}

static void make_table(struct form *form, size_t line)
{
    struct sheet_tables *tables = form->tables;
    struct sheet_hint hint = {.kind = form->kind};

    form->table = arena_zalloc(form->arena, sizeof *form->table);
    form->table->line = line;
    form->table->is_form = true;
    sheet_header_read(form->headers, form->labels, form->n_labels, &hint, &form->table->header);
    tables->items = sheet_grow(form->arena, tables->items, tables->n, &tables->capacity,
                               sizeof tables->items[0]);
    tables->items[tables->n++] = form->table;
}

/* The line and the next one begin with words that are headings elsewhere. */
static bool begins_with_labels(const struct form *form, size_t at)
{
    for (size_t n = 0; n < 2; at++) {
        const struct sheet_line *line;

        if (at >= form->sheet->n_lines) return false;
        line = &form->sheet->lines[at];
        if (line->kind != SHEET_LINE_ROW || strlen(line->cells[0]) > 120) return false;
        if (!sheet_headers_knows(form->headers, sheet_fold(form->arena, line->cells[0])))
            return false;
        n++;
    }
    return true;
}

size_t sheet_form_take(const struct sheet *sheet, size_t at,
                       const struct sheet_headers *headers, struct arena *arena,
                       struct sheet_tables *tables, const struct sheet_context *context)
{
    struct form form = {.sheet = sheet,
                        .headers = headers,
                        .arena = arena,
                        .tables = tables,
                        .context = context};
    size_t label = LABELS_MAX;
    size_t n;

    if (!begins_with_labels(&form, at)) return 0;
    n = choose_kind(&form, at);
    if (n == 0) return 0;
    make_table(&form, sheet->lines[at].line);
    if (form.table->header.kind == SHEET_UNKNOWN) {
        tables->n--;
        return 0;
    }
    for (size_t i = at; i < at + n; i++)
        if (sheet->lines[i].kind == SHEET_LINE_ROW)
            take_form_line(&form, &sheet->lines[i], &label);
    return n;
}
