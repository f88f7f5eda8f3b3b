#include "client/sheet_matrix.h"

#include "client/sheet_period.h"

#include <string.h>
#include <strings.h>

static const struct {
    const char *text;
    enum sheet_mark mark;
} mark_table[] = {
    {"", SHEET_MARK_EMPTY},
    {"P", SHEET_MARK_PRIMARY},
    {"Primary", SHEET_MARK_PRIMARY},
    {"L", SHEET_MARK_PRIMARY},
    {"Lead", SHEET_MARK_PRIMARY},
    {"R", SHEET_MARK_PRIMARY},
    {"A", SHEET_MARK_PRIMARY},
    {"S", SHEET_MARK_SECONDARY},
    {"Secondary", SHEET_MARK_SECONDARY},
    {"Support", SHEET_MARK_SECONDARY},
    {"Supporting", SHEET_MARK_SECONDARY},
    {"C", SHEET_MARK_SECONDARY},
    {"I", SHEET_MARK_SECONDARY},
    {"\xE2\x97\x8B", SHEET_MARK_SECONDARY}, /* white circle */
    {"\xE2\x97\xA6", SHEET_MARK_SECONDARY}, /* white bullet */
    {"\xE2\x97\x90", SHEET_MARK_SECONDARY}, /* half circle */
    {"\xE2\x9C\x93", SHEET_MARK_TICK},      /* check marks */
    {"\xE2\x9C\x94", SHEET_MARK_TICK},
    {"\xE2\x9C\x85", SHEET_MARK_TICK},
    {"\xE2\x98\x91", SHEET_MARK_TICK},
    {"\xE2\x88\x9A", SHEET_MARK_TICK},
    {"\xC3\xBC", SHEET_MARK_TICK}, /* Wingdings' tick as it pastes */
    {"\xEF\x83\xBC", SHEET_MARK_TICK},
    {"\xE2\x80\xA2", SHEET_MARK_TICK}, /* bullets, circles, squares */
    {"\xE2\x97\x8F", SHEET_MARK_TICK},
    {"\xE2\xAC\xA4", SHEET_MARK_TICK},
    {"\xE2\x9A\xAB", SHEET_MARK_TICK},
    {"\xE2\x96\xA0", SHEET_MARK_TICK},
    {"\xC2\xB7", SHEET_MARK_TICK},
    {"*", SHEET_MARK_TICK},
    {"X", SHEET_MARK_TICK},
    {"Y", SHEET_MARK_TICK},
    {"Yes", SHEET_MARK_TICK},
    {"\xE2\x9C\x93\xE2\x9C\x93", SHEET_MARK_TICK},
    {"\xE2\x9C\x94\xE2\x9C\x94", SHEET_MARK_TICK},
    {"\xE2\x9C\x94\xEF\xB8\x8F", SHEET_MARK_TICK},
    {"\xE2\x9C\x95", SHEET_MARK_TICK},
    {"N", SHEET_MARK_EMPTY},
    {"No", SHEET_MARK_EMPTY},
    {"N/A", SHEET_MARK_EMPTY},
    {"+", SHEET_MARK_POSITIVE},
    {"++", SHEET_MARK_POSITIVE},
    {"Positive", SHEET_MARK_POSITIVE},
    {"0", SHEET_MARK_NEUTRAL},
    {"Neutral", SHEET_MARK_NEUTRAL},
    {"=", SHEET_MARK_NEUTRAL},
    {"-", SHEET_MARK_NEGATIVE},
    {"--", SHEET_MARK_NEGATIVE},
    {"\xE2\x80\x93", SHEET_MARK_NEGATIVE},
    {"\xE2\x88\x92", SHEET_MARK_NEGATIVE},
    {"Negative", SHEET_MARK_NEGATIVE},
};

enum { MARK_MAX_BYTES = 40 };

enum sheet_mark sheet_mark_read(const char *text)
{
    struct arena arena;
    enum sheet_mark mark = SHEET_MARK_NOT;
    const char *clean;

    if (strlen(text) > MARK_MAX_BYTES) return SHEET_MARK_NOT;
    arena_init(&arena, (size_t)-1);
    clean = sheet_clean(&arena, text, NULL);
    /* "**" is taken out as markup, so what is left of "***" and the like may be nothing. */
    for (size_t i = 0; i < sizeof mark_table / sizeof mark_table[0]; i++)
        if (strcasecmp(mark_table[i].text, clean) == 0) {
            mark = mark_table[i].mark;
            break;
        }
    arena_release(&arena);
    return mark;
}

static bool is_impact(enum sheet_mark mark)
{
    return mark == SHEET_MARK_POSITIVE || mark == SHEET_MARK_NEUTRAL;
}

/* What the cells of one column are together. */
struct tally {
    size_t marks;
    size_t words;
    size_t impacts;
};

static struct tally tally_column(const struct sheet_table *table, size_t column)
{
    struct tally tally = {0};

    for (size_t i = 0; i < table->n_rows; i++) {
        enum sheet_mark mark = sheet_mark_read(table->rows[i].cells[column].text);

        tally.words += mark == SHEET_MARK_NOT;
        tally.marks += mark != SHEET_MARK_NOT && mark != SHEET_MARK_EMPTY;
        tally.impacts += is_impact(mark);
    }
    return tally;
}

/* Columns that are not marks: the first is the item, others mean what they mean elsewhere. */
static void name_columns(struct sheet_table *table, const struct sheet_headers *headers,
                         const bool *is_mark)
{
    bool has_title = false;

    for (size_t i = 0; i < table->header.n_columns; i++) {
        struct sheet_column *column = &table->header.columns[i];
        enum sheet_field field = sheet_headers_meaning(headers, column->header, SHEET_ACTIONS);

        column->is_loose = false;
        if (is_mark[i])
            column->field = SHEET_MARK;
        else if (field == SHEET_CODE)
            column->field = SHEET_CODE;
        else if (!has_title)
            column->field = SHEET_TITLE;
        else
            column->field = SHEET_NOTE;
        has_title |= column->field == SHEET_TITLE;
    }
}

/* Marks under quarters say when, not who. */
static bool is_period(const struct sheet_column *column, struct arena *arena)
{
    struct sheet_period period = sheet_period_find(column->header, arena);

    return period.label != NULL && sheet_is_blank(period.rest);
}

bool sheet_matrix_recognise(struct sheet_table *table, const struct sheet_headers *headers,
                            struct arena *arena)
{
    size_t n = table->header.n_columns;
    bool *is_mark = arena_zalloc(arena, n + 1);
    size_t n_mark = 0;
    size_t impacts = 0;
    size_t marks = 0;

    for (size_t i = 0; i < n; i++) {
        struct tally tally = tally_column(table, i);

        is_mark[i] = tally.words == 0 && i > 0 && table->header.columns[i].key[0] != '\0' &&
                     !is_period(&table->header.columns[i], arena);
        if (!is_mark[i]) continue;
        n_mark++;
        marks += tally.marks;
        impacts += tally.impacts;
    }
    if (n_mark < 2 || marks == 0 || n_mark == n) return false;
    name_columns(table, headers, is_mark);
    table->header.kind = impacts > 0 ? SHEET_IMPACT : SHEET_RESPONSIBILITY;
    return true;
}
