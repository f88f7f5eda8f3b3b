/* The links of matrices: who is responsible for what, and what acts how on what. */
#include "client/sheet_build.h"

#include "client/sheet_matrix.h"

/* What the row is: an action, plan or objective that is known, else a new objective. */
static const char *matrix_item(const struct sheet_at *at, const char *title)
{
    struct sheet_wanted wanted = {"actions", at->build->plan, false, title};
    const char *names[SHEET_NAMES_MAX];

    if (sheet_known_find(at->build->known, &wanted, names, 1) == 1) return names[0];
    wanted = (struct sheet_wanted){"plans", "", false, title};
    if (sheet_known_find(at->build->known, &wanted, names, 1) == 1) return names[0];
    if (sheet_goals(at->build, title, true, sheet_place_of(at, SHEET_TITLE), names) == 0)
        return NULL;
    return names[0];
}

static const char *responsible_kind(const struct sheet_at *at, const struct sheet_cell *cell)
{
    switch (sheet_mark_read(cell->text)) {
    case SHEET_MARK_PRIMARY:
        return "RESPONSIBLE_PRIMARY";
    case SHEET_MARK_SECONDARY:
        return "RESPONSIBLE_SECONDARY";
    case SHEET_MARK_TICK:
        sheet_unsure(at, cell, "a mark without P or S: taken for primary responsibility");
        return "RESPONSIBLE_PRIMARY";
    default:
        return NULL;
    }
}

static const char *impact_kind(const struct sheet_cell *cell)
{
    switch (sheet_mark_read(cell->text)) {
    case SHEET_MARK_POSITIVE:
    case SHEET_MARK_TICK:
        return "IMPACT_POSITIVE";
    case SHEET_MARK_NEUTRAL:
        return "IMPACT_NEUTRAL";
    case SHEET_MARK_NEGATIVE:
        return "IMPACT_NEGATIVE";
    default:
        return NULL;
    }
}

/* No cell of the table says lead or support. */
static bool has_ticks_only(const struct sheet_table *table)
{
    for (size_t i = 0; i < table->n_rows; i++)
        for (size_t at = 0; at < table->header.n_columns; at++) {
            enum sheet_mark mark = SHEET_MARK_NOT;

            if (table->header.columns[at].field == SHEET_MARK)
                mark = sheet_mark_read(table->rows[i].cells[at].text);
            if (mark == SHEET_MARK_PRIMARY || mark == SHEET_MARK_SECONDARY) return false;
        }
    return true;
}

/* Ticks under what is no body: what the item contributes to. True when it was that. */
static bool link_aim(const struct sheet_at *at, const char *item, size_t column)
{
    const struct sheet_cell *cell = &at->row->cells[column];
    const char *header = at->table->header.columns[column].header;
    struct sheet_place place = {cell->line, cell->column};
    const char *names[SHEET_NAMES_MAX];
    size_t n;

    if (sheet_mark_read(cell->text) != SHEET_MARK_TICK) return false;
    if (sheet_names_body(at->build, header) || !has_ticks_only(at->table)) return false;
    n = sheet_goals(at->build, header, true, place, names);
    for (size_t i = 0; i < n; i++)
        sheet_link(at->build, "CONTRIBUTES", item, names[i], place);
    sheet_unsure(at, cell, "a mark under what is no body: taken for a contribution to it");
    return true;
}

static void link_mark(const struct sheet_at *at, const char *item, size_t column)
{
    struct sheet_cell *cell = &at->row->cells[column];
    const char *header = at->table->header.columns[column].header;
    struct sheet_place place = {cell->line, cell->column};
    const char *names[SHEET_NAMES_MAX];

    if (at->table->header.kind == SHEET_RESPONSIBILITY && link_aim(at, item, column)) {
        cell->fate = SHEET_FATE_STORED;
        return;
    }
    if (at->table->header.kind == SHEET_RESPONSIBILITY) {
        const char *kind = responsible_kind(at, cell);
        const char *who = kind == NULL ? NULL : sheet_person(at->build, header, true, place);

        if (who != NULL) sheet_link(at->build, kind, who, item, place);
    } else if (impact_kind(cell) != NULL &&
               sheet_goals(at->build, header, true, place, names) > 0) {
        sheet_link(at->build, impact_kind(cell), item, names[0], place);
    }
    cell->fate = sheet_is_blank(cell->text) ? SHEET_FATE_UNDERSTOOD : SHEET_FATE_STORED;
}

void sheet_build_matrix(const struct sheet_at *at)
{
    const char *title = sheet_take(at, SHEET_TITLE);
    const char *item = matrix_item(at, title);

    sheet_take(at, SHEET_CODE);
    for (size_t i = 0; item != NULL && i < at->table->header.n_columns; i++)
        if (at->table->header.columns[i].field == SHEET_MARK) link_mark(at, item, i);
    if (item != NULL) sheet_note_rest(at, item);
}
