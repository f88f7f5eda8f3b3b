/* What an import did, for people. */
#include "client/import_table.h"

#include "client/collection.h"
#include "client/moment.h"
#include "client/results_view.h"
#include "client/say.h"
#include "client/sheet_period.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <stdarg.h>
#include <string.h>

enum { LIST_MAX = 30, TEXT_SHOWN = 70 };

const char *sheet_outcome_name(enum sheet_outcome outcome)
{
    static const char *const names[] = {"not checked", "created",  "changed", "unchanged",
                                        "conflict",    "rejected", "left out"};

    return names[outcome];
}

/* --- Cells. --- */

static void count_cell(const struct sheet_cell *cell, struct import_cells *cells)
{
    switch (cell->fate) {
    case SHEET_FATE_STORED:
        cells->stored += cell->n_parts;
        return;
    case SHEET_FATE_UNDERSTOOD:
        cells->understood += cell->n_parts;
        return;
    case SHEET_FATE_KEPT:
        cells->kept += cell->n_parts;
        return;
    case SHEET_FATE_UNKNOWN:
        cells->unknown += cell->n_parts;
        return;
    case SHEET_FATE_NONE:
        break;
    }
    if (sheet_is_blank(cell->text))
        cells->understood += cell->n_parts;
    else
        cells->unknown += cell->n_parts;
}

struct import_cells import_cells_count(const struct sheet_tables *tables)
{
    struct import_cells cells = {.understood = tables->n_understood,
                                 .unknown = tables->strays.n};

    for (size_t i = 0; i < tables->n_strangers; i++)
        cells.unknown += tables->strangers[i].n_cells;
    for (size_t t = 0; t < tables->n; t++)
        for (size_t i = 0; i < tables->items[t]->n_rows; i++)
            for (size_t c = 0; c < tables->items[t]->header.n_columns; c++)
                count_cell(&tables->items[t]->rows[i].cells[c], &cells);
    return cells;
}

static void list_cell(const struct sheet_cell *cell, struct arena *arena,
                      struct sheet_remarks *out_remarks)
{
    bool is_listed = cell->fate == SHEET_FATE_KEPT || cell->fate == SHEET_FATE_UNKNOWN ||
                     (cell->fate == SHEET_FATE_NONE && !sheet_is_blank(cell->text));
    const char *why = cell->why != NULL ? cell->why : "nothing takes it";

    if (!is_listed || cell->n_parts == 0) return;
    if (cell->fate == SHEET_FATE_KEPT) why = arena_printf(arena, "%s; kept as a note", why);
    sheet_remark_add(out_remarks,
                     (struct sheet_remark){cell->line, cell->column, cell->text, why}, arena);
}

void import_cells_list(const struct sheet_tables *tables, struct arena *arena,
                       struct sheet_remarks *out_remarks)
{
    for (size_t t = 0; t < tables->n; t++)
        for (size_t i = 0; i < tables->items[t]->n_rows; i++)
            for (size_t c = 0; c < tables->items[t]->header.n_columns; c++)
                list_cell(&tables->items[t]->rows[i].cells[c], arena, out_remarks);
    for (size_t i = 0; i < tables->strays.n; i++)
        sheet_remark_add(out_remarks, tables->strays.items[i], arena);
}

/* --- Tables that are not known. --- */

static void say_stranger(const struct sheet_stranger *stranger, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < stranger->n_headers && i < LIST_MAX; i++)
        text =
            arena_printf(arena, "%s%s\"%.60s\"", text, i > 0 ? ", " : "", stranger->headers[i]);
    say("  line %zu, a table of %zu rows with the headings %s", stranger->line,
        stranger->n_rows, text);
}

/* The first headings that no table has, as an example of what to say. */
static void pick_unknown(const struct table_import *import,
                         const struct sheet_stranger *stranger, const char *out_unknown[2])
{
    size_t n = 0;

    for (size_t i = 0; i < stranger->n_headers && n < 2; i++)
        if (stranger->headers[i][0] != '\0' &&
            sheet_period_find(stranger->headers[i], import->session->arena).label == NULL &&
            !sheet_headers_knows(import->headers,
                                 sheet_fold(import->session->arena, stranger->headers[i])))
            out_unknown[n++] = stranger->headers[i];
}

void import_report_strangers(const struct table_import *import)
{
    const struct sheet_tables *tables = &import->tables;
    const struct sheet_stranger *first = &tables->strangers[0];
    const char *unknown[2] = {"Our pledge", "Done by"};

    say_error(
        "cannot import %s: the headings of %zu table%s are not known; nothing was written",
        import->path, tables->n_strangers, tables->n_strangers == 1 ? "" : "s");
    for (size_t i = 0; i < tables->n_strangers && i < LIST_MAX; i++)
        say_stranger(&tables->strangers[i], import->session->arena);
    if (tables->n_strangers > LIST_MAX) say("  and %zu more", tables->n_strangers - LIST_MAX);
    pick_unknown(import, first, unknown);
    say("  Say what they mean in a mapping file, for example\n"
        "    header,kind,field\n"
        "    %s,actions,title\n"
        "    %s,actions,deadline\n"
        "  and import with --map FILE; docs/import.md lists the fields.%s",
        unknown[0], unknown[1],
        tables->n > 0 ? " Or leave these tables out with --partial." : "");
}

/* --- Lines below the table. --- */

/* Where lines go: below the table for people, else to stderr. */
struct lines {
    struct grid *grid; /* NULL: stderr */
    struct arena *arena;
    bool is_verbose;
};

static void line(const struct lines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void line(const struct lines *lines, const char *format, ...)
{
    va_list args;
    const char *text;

    va_start(args, format);
    text = arena_vprintf(lines->arena, format, args);
    va_end(args);
    if (lines->grid != NULL)
        grid_note(lines->grid, "%s", text);
    else
        say("%s", text);
}

static const char *excerpt(const char *text, struct arena *arena)
{
    const char *clean = sheet_clean(arena, text, NULL);
    size_t length = strlen(clean);

    if (length <= TEXT_SHOWN) return clean;
    length = TEXT_SHOWN;
    while (length > 0 && ((unsigned char)clean[length] & 0xC0) == 0x80)
        length--;
    return arena_printf(arena, "%.*s...", (int)length, clean);
}

static void list(const struct lines *lines, const char *heading,
                 const struct sheet_remarks *remarks)
{
    size_t shown = lines->is_verbose || remarks->n < LIST_MAX ? remarks->n : LIST_MAX;

    if (remarks->n == 0) return;
    line(lines, "%s: %zu", heading, remarks->n);
    for (size_t i = 0; i < shown; i++) {
        const struct sheet_remark *remark = &remarks->items[i];
        const char *place = remark->column == 0
                                ? arena_printf(lines->arena, "line %zu", remark->line)
                                : arena_printf(lines->arena, "line %zu, column %zu",
                                               remark->line, remark->column);

        line(lines, "  %s \"%s\": %s", place, excerpt(remark->text, lines->arena), remark->why);
    }
    if (shown < remarks->n)
        line(lines, "  and %zu more; see them with --verbose or -o json", remarks->n - shown);
}

static void list_items(const struct lines *lines, const struct table_import *import,
                       enum sheet_outcome outcome, const char *heading)
{
    struct sheet_remarks remarks = {0};

    for (size_t i = 0; i < import->build.draft.n; i++) {
        const struct sheet_item *item = import->build.draft.items[i];
        const char *text = item->cell != NULL ? item->cell->text : import_item_name(item);

        if (item->outcome != outcome) continue;
        sheet_remark_add(&remarks,
                         (struct sheet_remark){item->line, item->column, text,
                                               item->trouble != NULL ? item->trouble : ""},
                         lines->arena);
    }
    list(lines, heading, &remarks);
}

/* What the daemon noticed and accepted. */
static void list_warnings(const struct lines *lines, const struct table_import *import)
{
    struct sheet_remarks remarks = {0};

    for (size_t i = 0; i < import->build.draft.n; i++) {
        const struct sheet_item *item = import->build.draft.items[i];

        for (size_t w = 0; item->result != NULL && w < item->result->n_warnings; w++)
            sheet_remark_add(&remarks,
                             (struct sheet_remark){item->line, item->column,
                                                   import_item_name(item),
                                                   item->result->warnings[w]->message},
                             lines->arena);
    }
    list(lines, "noticed by the register", &remarks);
}

static void add_changes(const struct lines *lines, unsigned changes)
{
    const char *text = "";

    for (unsigned bit = 1; bit < 1U << SHEET_CHANGES; bit <<= 1)
        if ((changes & bit) != 0)
            text = arena_printf(lines->arena, "%s%s%s", text, text[0] != '\0' ? "; " : "",
                                sheet_change_name(bit));
    if (text[0] != '\0') line(lines, "titles and texts were cleaned: %s", text);
}

static void add_tables(const struct lines *lines, const struct table_import *import)
{
    const struct sheet_tables *tables = &import->tables;
    size_t rows[SHEET_IMPACT + 1] = {0};
    size_t n[SHEET_IMPACT + 1] = {0};

    for (size_t t = 0; t < tables->n; t++) {
        n[tables->items[t]->header.kind]++;
        for (size_t i = 0; i < tables->items[t]->n_rows; i++)
            rows[tables->items[t]->header.kind] += !tables->items[t]->rows[i].is_gone;
    }
    for (unsigned kind = 1; kind <= SHEET_IMPACT; kind <<= 1)
        if (n[kind] > 0)
            line(lines, "%s: %zu table%s, %zu item%s", sheet_kind_name((enum sheet_kind)kind),
                 n[kind], n[kind] == 1 ? "" : "s", rows[kind], rows[kind] == 1 ? "" : "s");
}

static void add_lists(const struct lines *lines, const struct table_import *import)
{
    struct sheet_remarks unknown = {0};

    import_cells_list(&import->tables, lines->arena, &unknown);
    list_items(lines, import, SHEET_OUTCOME_CONFLICT, "other figures in the register");
    list_items(lines, import, SHEET_OUTCOME_REJECTED, "not taken by the register");
    list(lines, "not understood", &unknown);
    list(lines, "unsure", &import->tables.unsure);
    list(lines, "totals", &import->tables.totals);
    list_warnings(lines, import);
    if (!lines->is_verbose) return;
    list(lines, "rows put in order", &import->tables.joined);
    list(lines, "not tables", &import->tables.prose);
}

static const char *summary(const struct table_import *import, struct arena *arena)
{
    if (import->is_written && import->commit_time != NULL)
        return arena_printf(arena, "change %lld, %s", (long long)import->seq,
                            moment_show(timestamp_to_us(import->commit_time), arena));
    if (import->flags->dry_run) return "dry run: nothing was written";
    return arena_printf(arena, "nothing changed; the register stands at seq %lld",
                        (long long)import->base_seq);
}

static void add_lines(const struct table_import *import, struct grid *grid, struct arena *arena)
{
    struct lines lines = {grid, arena, import->flags->verbose};
    struct import_cells cells = import_cells_count(&import->tables);

    if (strcmp(import->encoding, "UTF-8") != 0) line(&lines, "read as %s", import->encoding);
    add_tables(&lines, import);
    line(&lines,
         "cells: %zu stored, %zu understood, %zu not understood (%zu of them kept as "
         "notes); %zu lines are no tables",
         cells.stored, cells.understood, cells.kept + cells.unknown, cells.kept,
         import->tables.n_prose);
    add_changes(&lines, import->tables.changes);
    if (import->tables.joined.n > 0 && !lines.is_verbose)
        line(&lines,
             "%zu rows put in order (headings again, rows joined, cells filled); see "
             "--verbose",
             import->tables.joined.n);
    add_lists(&lines, import);
    line(&lines, "%s", summary(import, arena));
}

/* --- The table. --- */

static const struct grid_column item_columns[] = {
    {"name", NULL, 0},
    {"outcome", NULL, 0},
    {"line", NULL, GRID_RIGHT},
    {"column", NULL, GRID_RIGHT},
    {"changed_fields", "Fields", GRID_WRAP},
};

static const char *join_fields(const struct sheet_item *item, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; item->result != NULL && i < item->result->n_changed_fields; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "",
                            item->result->changed_fields[i]);
    return text;
}

static void fill_items(const struct view *view, struct grid *grid)
{
    const struct table_import *import = view->context;

    grid_set_columns(grid, item_columns, sizeof item_columns / sizeof item_columns[0]);
    for (size_t i = 0; i < import->build.draft.n; i++) {
        const struct sheet_item *item = import->build.draft.items[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = import_item_name(item);
        row[1].text = sheet_outcome_name(item->outcome);
        row[2].text = arena_printf(grid->arena, "%zu", item->line);
        row[3].text = arena_printf(grid->arena, "%zu", item->column);
        row[4].text = join_fields(item, grid->arena);
    }
}

static const struct grid_column count_columns[] = {
    {"collection", NULL, 0},        {"created", NULL, GRID_RIGHT},
    {"changed", NULL, GRID_RIGHT},  {"unchanged", NULL, GRID_RIGHT},
    {"conflict", NULL, GRID_RIGHT}, {"rejected", NULL, GRID_RIGHT},
    {"left_out", NULL, GRID_RIGHT},
};

static size_t count(const struct table_import *import, const ProtobufCFieldDescriptor *member,
                    enum sheet_outcome outcome)
{
    size_t n = 0;

    for (size_t i = 0; i < import->build.draft.n; i++)
        n += import->build.draft.items[i]->member == member &&
             import->build.draft.items[i]->outcome == outcome;
    return n;
}

static void fill_counts(const struct table_import *import, struct grid *grid)
{
    const ProtobufCFieldDescriptor *member;

    grid_set_columns(grid, count_columns, sizeof count_columns / sizeof count_columns[0]);
    for (size_t i = 0; (member = collection_member(i)) != NULL; i++) {
        size_t counts[6];
        size_t all = 0;
        struct grid_cell *row;

        for (size_t o = 0; o < 6; o++) {
            counts[o] = count(import, member, (enum sheet_outcome)(SHEET_OUTCOME_CREATED + o));
            all += counts[o];
        }
        if (all == 0) continue;
        row = grid_add_row(grid);
        row[0].text = collection_name(member, grid->arena);
        for (size_t o = 0; o < 6; o++)
            row[o + 1].text = arena_printf(grid->arena, "%zu", counts[o]);
    }
}

static void fill_report(const struct view *view, struct grid *grid)
{
    const struct table_import *import = view->context;

    if (import->flags->dry_run)
        fill_items(view, grid);
    else
        fill_counts(import, grid);
    add_lines(import, grid, grid->arena);
}

enum exit_code import_report_show(struct table_import *import)
{
    Provost__V1__ApplyResponse nothing = PROVOST__V1__APPLY_RESPONSE__INIT;

    if (import->session->output != &output_table)
        add_lines(import, NULL, import->session->arena);
    return session_show(import->session, &(struct view){.message = &nothing.base,
                                                        .fill_rows = fill_items,
                                                        .fill_table = fill_report,
                                                        .context = import});
}
