#include "client/sheet_guess.h"

#include "client/sheet_period.h"
#include "client/sheet_text.h"

#include <string.h>

enum { EVIDENCE_LEAST = 2 };

static bool is_figure_said(const struct sheet_column *column)
{
    return column->period != NULL || !column->is_loose;
}

/* The field is found in tables of the kind and hardly elsewhere. */
static bool is_evidence(enum sheet_kind kind, const struct sheet_column *column)
{
    switch (kind) {
    case SHEET_INDICATORS:
    case SHEET_MONEY:
        return sheet_field_is_figure(column->field) && is_figure_said(column);
    case SHEET_ACTIONS:
        return !column->is_loose &&
               (column->field == SHEET_DEADLINE || column->field == SHEET_FIRST_DEADLINE ||
                column->field == SHEET_LEAD || column->field == SHEET_STATUS ||
                column->field == SHEET_PROGRESS || column->field == SHEET_COMPLETED);
    case SHEET_RISKS:
        return !column->is_loose &&
               (sheet_field_is_score(column->field) || column->field == SHEET_CONTROL ||
                column->field == SHEET_MITIGATION);
    default:
        return false;
    }
}

static const char *below(const struct sheet_hint *hint, size_t row, size_t column)
{
    return column < hint->below[row].n ? hint->below[row].cells[column] : "";
}

/* Letters in the cells below a column. */
static size_t letters_below(const struct sheet_hint *hint, size_t column)
{
    size_t n = 0;

    for (size_t i = 0; i < hint->n_below; i++) {
        const char *text = below(hint, i, column);

        for (; *text != '\0'; text++)
            n += (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');
    }
    return n;
}

/* Most of what stands below the figures has digits. */
static bool has_figures_below(const struct sheet_header *header, const struct sheet_hint *hint)
{
    size_t texts = 0, numbers = 0;

    for (size_t c = 0; c < header->n_columns; c++) {
        if (!is_evidence(header->kind, &header->columns[c])) continue;
        for (size_t i = 0; i < hint->n_below; i++) {
            texts += !sheet_is_blank(below(hint, i, c));
            numbers += strpbrk(below(hint, i, c), "0123456789") != NULL;
        }
    }
    return numbers > 0 && 2 * numbers >= texts;
}

/* Periods below a period are dates of something, and the row above them is no heading. */
static bool has_periods_below(const struct sheet_hint *hint, size_t column, struct arena *arena)
{
    for (size_t i = 0; i < hint->n_below; i++) {
        const char *text = below(hint, i, column);
        struct sheet_period period;

        if (strlen(text) > 60) continue;
        period = sheet_period_find(sheet_clean(arena, text, NULL), arena);
        if (period.label != NULL && sheet_is_blank(period.rest)) return true;
    }
    return false;
}

static size_t count_evidence(const struct sheet_header *header, const struct sheet_hint *hint,
                             struct arena *arena)
{
    size_t n = 0;
    bool has_date = false;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (!is_evidence(header->kind, column)) continue;
        if (sheet_field_is_figure(column->field) && has_periods_below(hint, i, arena)) return 0;
        has_date |= column->field == SHEET_DEADLINE || column->field == SHEET_STATUS ||
                    column->field == SHEET_PROGRESS;
        n++;
    }
    return header->kind == SHEET_ACTIONS && !has_date ? 0 : n;
}

/* Its meaning is not known, or only a unit is said ("£m") over a column of words. */
static bool may_be_title(const struct sheet_header *header, size_t at)
{
    const struct sheet_column *column = &header->columns[at];

    if (column->field == SHEET_NONE) return column->period == NULL;
    return at == 0 && column->field == SHEET_AMOUNT && column->period == NULL &&
           strlen(column->header) < 8;
}

bool sheet_guess_title(struct sheet_header *header, const struct sheet_hint *hint,
                       struct arena *arena)
{
    size_t chosen = header->n_columns;
    size_t most = 0;

    if (header->kind == SHEET_MONEY && !hint->is_money_said) return false;
    if (count_evidence(header, hint, arena) < EVIDENCE_LEAST) return false;
    if ((header->kind == SHEET_MONEY || header->kind == SHEET_INDICATORS) &&
        !has_figures_below(header, hint))
        return false;
    for (size_t i = 0; i < header->n_columns; i++) {
        size_t letters = may_be_title(header, i) ? letters_below(hint, i) : 0;

        if (letters <= most) continue;
        most = letters;
        chosen = i;
    }
    if (chosen == header->n_columns) return false;
    header->columns[chosen].field = SHEET_TITLE;
    header->columns[chosen].is_guess_title = true;
    return true;
}
