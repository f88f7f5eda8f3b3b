/* What columns mean beside each other. */
#include "client/sheet_settle.h"

#include "client/sheet_period.h"
#include "client/sheet_text.h"

#include <string.h>

bool sheet_is_weak_title(const struct sheet_column *column)
{
    static const char *const weak[] = {"workstream",      "work stream",
                                       "project",         "milestone",
                                       "key milestone",   "programme",
                                       "recommendation",  "improvement area",
                                       "initiative",      "area for improvement",
                                       "title",           "name",
                                       "description",     "commitment",
                                       "key project",     "deliverable",
                                       "key deliverable", "service"};

    for (size_t i = 0; i < sizeof weak / sizeof weak[0]; i++)
        if (strcmp(column->key, weak[i]) == 0) return true;
    return false;
}

/* How readily a title makes room. */
static int weakness(const struct sheet_column *column)
{
    return 2 * column->is_loose + sheet_is_weak_title(column);
}

static size_t choose_title(const struct sheet_header *header)
{
    size_t chosen = header->n_columns;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (column->field != SHEET_TITLE) continue;
        if (chosen == header->n_columns ||
            weakness(column) < weakness(&header->columns[chosen]))
            chosen = i;
    }
    return chosen;
}

/* One title; others group in front of it, or are kept beside it. False without a title. */
static bool settle_titles(struct sheet_header *header)
{
    size_t chosen = choose_title(header);

    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];

        if (i == chosen || column->field != SHEET_TITLE) continue;
        if (i < chosen)
            column->field = SHEET_CATEGORY;
        else if (header->kind == SHEET_INDICATORS && strstr(column->key, "description") != NULL)
            column->field = SHEET_DEFINITION;
        else
            column->field = SHEET_NOTE;
    }
    return chosen < header->n_columns;
}

/* Does a column of this year's figure, or plain target, stand before `end`? */
static bool has_before(const struct sheet_header *header, size_t end, enum sheet_field field,
                       const char *period)
{
    for (size_t i = 0; i < end; i++)
        if (header->columns[i].field == field && header->columns[i].period != NULL &&
            strcmp(header->columns[i].period, period) == 0)
            return true;
    return false;
}

/* Years that have both a figure and a target before `end`. */
static size_t count_pairs(const struct sheet_header *header, size_t end)
{
    size_t n = 0;

    for (size_t i = 0; i < end; i++)
        n += header->columns[i].field == SHEET_TARGET && header->columns[i].period != NULL &&
             has_before(header, header->n_columns, SHEET_VALUE, header->columns[i].period);
    return n;
}

static bool is_bare(const struct sheet_column *column)
{
    return column->field == SHEET_VALUE && column->period != NULL && column->rest[0] == '\0' &&
           sheet_period_is_year(column->period);
}

/* A bare later year right behind a target stands under the targets, unless figures and targets
 * take turns or the year has a target of its own. */
static void settle_bare_years(struct sheet_header *header)
{
    for (size_t i = 1; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];
        const struct sheet_column *before = &header->columns[i - 1];

        if (!is_bare(column) || before->field != SHEET_TARGET || before->period == NULL)
            continue;
        if (sheet_period_year(column->period) <= sheet_period_year(before->period)) continue;
        if (has_before(header, header->n_columns, SHEET_TARGET, column->period)) continue;
        if (count_pairs(header, i) > 1) continue;
        column->field = SHEET_TARGET;
        column->is_guess = true;
    }
}

/* "Revised Due Date". */
static bool is_newer(const struct sheet_column *column)
{
    static const char *const words[] = {"revised", "new",     "updated",
                                        "current", "amended", "forecast"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sheet_has_words(column->key, words[i])) return true;
    return false;
}

/* Of several dates the newest counts: one that is called revised makes the others the first. */
static void settle_deadlines(struct sheet_header *header)
{
    bool has_newer = false;

    for (size_t i = 0; i < header->n_columns; i++)
        has_newer |=
            header->columns[i].field == SHEET_DEADLINE && is_newer(&header->columns[i]);
    for (size_t i = 0; has_newer && i < header->n_columns; i++)
        if (header->columns[i].field == SHEET_DEADLINE && !is_newer(&header->columns[i]))
            header->columns[i].field = SHEET_FIRST_DEADLINE;
}

/* Two scores without a name: before the controls and after them; a third is aimed at. */
static void settle_scores(struct sheet_header *header, enum sheet_field now,
                          enum sheet_field before, enum sheet_field aimed_at)
{
    struct sheet_column *found[3] = {NULL};
    size_t n = 0;

    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];

        if (column->field == before || column->field == aimed_at || n == 3) return;
        if (column->field == now) found[n++] = column;
    }
    if (n < 2) return;
    found[0]->field = before;
    found[0]->is_loose = true;
    if (n == 3) found[2]->field = aimed_at;
    if (n == 3) found[2]->is_loose = true;
}

bool sheet_settle_header(struct sheet_header *header)
{
    bool has_title = settle_titles(header);

    if (header->kind == SHEET_INDICATORS) settle_bare_years(header);
    if (header->kind == SHEET_ACTIONS) settle_deadlines(header);
    if (header->kind == SHEET_RISKS) {
        settle_scores(header, SHEET_LIKELIHOOD, SHEET_ORIGINAL_LIKELIHOOD,
                      SHEET_TARGET_LIKELIHOOD);
        settle_scores(header, SHEET_IMPACT_SCORE, SHEET_ORIGINAL_IMPACT, SHEET_TARGET_IMPACT);
        settle_scores(header, SHEET_SCORE, SHEET_ORIGINAL_SCORE, SHEET_TARGET_SCORE);
    }
    return has_title;
}
