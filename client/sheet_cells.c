#include "client/sheet_cells.h"

#include "client/sheet_join.h"
#include "client/sheet_period.h"
#include "client/sheet_settle.h"

#include <string.h>

enum { CODE_MAX_BYTES = 14, WORD_MAX_BYTES = 60 };

/* --- Words. --- */

static const struct {
    const char *word; /* folded */
    const char *value;
} polarity_table[] = {
    {"high", "MAX"},         {"higher", "MAX"},       {"bigger", "MAX"},
    {"larger", "MAX"},       {"more", "MAX"},         {"up", "MAX"},
    {"increase", "MAX"},     {"increasing", "MAX"},   {"maximise", "MAX"},
    {"maximize", "MAX"},     {"low", "MIN"},          {"lower", "MIN"},
    {"smaller", "MIN"},      {"less", "MIN"},         {"fewer", "MIN"},
    {"down", "MIN"},         {"decrease", "MIN"},     {"reduce", "MIN"},
    {"reducing", "MIN"},     {"decreasing", "MIN"},   {"minimise", "MIN"},
    {"minimize", "MIN"},     {"range", "RANGE"},      {"within", "RANGE"},
    {"\xE2\x86\x91", "MAX"},                                                   /* arrows up */
    {"\xE2\x96\xB2", "MAX"}, {"\xE2\xAC\x86", "MAX"}, {"\xE2\x86\x93", "MIN"}, /* down */
    {"\xE2\x96\xBC", "MIN"}, {"\xE2\xAC\x87", "MIN"},
};

const char *sheet_polarity_of(const char *folded)
{
    const char *value = NULL;

    for (size_t i = 0; i < sizeof polarity_table / sizeof polarity_table[0]; i++) {
        if (!sheet_has_words(folded, polarity_table[i].word)) continue;
        if (value != NULL && strcmp(value, polarity_table[i].value) != 0) return NULL;
        value = polarity_table[i].value;
    }
    return value;
}

static bool is_one_of(const char *folded, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(*words, folded) == 0) return true;
    return false;
}

bool sheet_is_level(const char *folded)
{
    static const char *const words[] = {
        "high",     "medium",  "low",         "very high",   "very low",
        "higher",   "lower",   "urgent",      "normal",      "major",
        "critical", "minor",   "h",           "m",           "l",
        "must",     "should",  "could",       "essential",   "desirable",
        "moderate", "routine", "fundamental", "significant", "merits attention",
        NULL};

    return is_one_of(folded, words);
}

/* Says how it went and not how much. */
static bool is_judgement(const char *folded)
{
    static const char *const words[] = {"achieved",
                                        "not achieved",
                                        "partially achieved",
                                        "substantially achieved",
                                        "partly achieved",
                                        "mostly achieved",
                                        "not met",
                                        "met",
                                        "partially met",
                                        "exceeded",
                                        "on target",
                                        "off target",
                                        "below target",
                                        "above target",
                                        "on track",
                                        "off track",
                                        "green",
                                        "amber",
                                        "red",
                                        "blue",
                                        "yes",
                                        "ye",
                                        "no",
                                        "g",
                                        "r",
                                        "a",
                                        "not measured",
                                        "not yet achieved",
                                        NULL};

    return is_one_of(folded, words);
}

/* --- Columns. --- */

/* How many cells of a column say something, and of these how many are as asked. */
static size_t count_cells(const struct sheet_table *table, size_t column, struct arena *arena,
                          bool (*is_such)(const char *folded), size_t *out_such)
{
    size_t n = 0;

    *out_such = 0;
    for (size_t i = 0; i < table->n_rows; i++) {
        const struct sheet_cell *cell = &table->rows[i].cells[column];

        if (table->rows[i].is_gone || sheet_is_blank(cell->text)) continue;
        n++;
        *out_such +=
            strlen(cell->text) < WORD_MAX_BYTES && is_such(sheet_fold(arena, cell->text));
    }
    return n;
}

static bool all_are(const struct sheet_table *table, size_t column, struct arena *arena,
                    bool (*is_such)(const char *folded))
{
    size_t such;
    size_t n = count_cells(table, column, arena, is_such, &such);

    return n > 0 && such == n;
}

static bool is_aim(const char *folded)
{
    return sheet_polarity_of(folded) != NULL;
}

/* "NI 191", "BV9", "CHN12a": short, with a digit, at most two words. */
static bool is_code(const char *folded)
{
    const char *space = strchr(folded, ' ');

    return strlen(folded) <= CODE_MAX_BYTES && strpbrk(folded, "0123456789") != NULL &&
           (space == NULL || strchr(space + 1, ' ') == NULL);
}

static bool is_phrase(const char *folded)
{
    const char *space = strchr(folded, ' ');

    return space != NULL && strchr(space + 1, ' ') != NULL;
}

static bool is_period(const char *text, struct arena *arena)
{
    struct sheet_period period = sheet_period_find(sheet_clean(arena, text, NULL), arena);

    return period.label != NULL && sheet_is_blank(period.rest);
}

static bool all_are_periods(const struct sheet_table *table, size_t column, struct arena *arena)
{
    size_t n = 0;

    for (size_t i = 0; i < table->n_rows; i++) {
        const char *text = table->rows[i].cells[column].text;

        if (sheet_is_blank(text)) continue;
        if (strlen(text) > WORD_MAX_BYTES || !is_period(text, arena)) return false;
        n++;
    }
    return n > 0;
}

/* Codes under the title, and phrases in a column beside: that one is the title. */
static void settle_codes(struct sheet_table *table, struct arena *arena)
{
    struct sheet_header *header = &table->header;
    size_t title = sheet_column_of(table, SHEET_TITLE);

    if (title == header->n_columns || !all_are(table, title, arena, is_code)) return;
    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_column *column = &header->columns[i];
        size_t phrases;

        if (column->field != SHEET_DEFINITION && column->field != SHEET_CATEGORY &&
            (column->field != SHEET_NOTE || !sheet_is_weak_title(column)))
            continue;
        if (2 * count_cells(table, i, arena, is_phrase, &phrases) > 3 * phrases) continue;
        header->columns[title].field = sheet_column_of(table, SHEET_CODE) == header->n_columns
                                           ? SHEET_CODE
                                           : SHEET_CATEGORY;
        column->field = SHEET_TITLE;
        return;
    }
}

static void settle_column(struct sheet_table *table, size_t i, struct arena *arena)
{
    struct sheet_column *column = &table->header.columns[i];
    bool is_indicators = table->header.kind == SHEET_INDICATORS;

    if (column->field == SHEET_PRIORITY && is_indicators && all_are(table, i, arena, is_aim)) {
        column->field = SHEET_POLARITY;
    } else if (column->field == SHEET_PRIORITY && all_are(table, i, arena, sheet_is_level)) {
        column->field = SHEET_NOTE;
        column->is_named = true;
    } else if (column->field == SHEET_VALUE && all_are(table, i, arena, is_judgement)) {
        column->field = SHEET_DERIVED;
    } else if (column->field == SHEET_VALUE && column->period == NULL &&
               all_are(table, i, arena, is_aim)) {
        column->field = SHEET_POLARITY;
    } else if (is_indicators && column->field == SHEET_BASELINE_PERIOD &&
               !all_are_periods(table, i, arena)) {
        column->field = SHEET_VALUE; /* "21.4% (2018/19)" under "Baseline (year)" */
    } else if (is_indicators && column->field == SHEET_PERIOD &&
               !all_are_periods(table, i, arena)) {
        column->field = SHEET_NOTE;
        column->is_named = true;
    }
}

void sheet_cells_settle(struct sheet_table *table, struct arena *arena)
{
    if (table->is_form) return;
    settle_codes(table, arena);
    for (size_t i = 0; i < table->header.n_columns; i++)
        settle_column(table, i, arena);
}
