/* Money: a budget line an amount. */
#include "client/sheet_build.h"

#include "client/sheet_period.h"

#include <assert.h>
#include <string.h>

/* Words of a heading, folded, and the short name of the enum value they stand for. */
static const struct {
    const char *field;
    const char *word;
    const char *value;
} money_table[] = {
    /* What is expected first: "Forecast Outturn" is no outturn yet. */
    {"basis", "projected", "PROJECTED"}, {"basis", "projection", "PROJECTED"},
    {"basis", "forecast", "FORECAST"},   {"basis", "estimate", "FORECAST"},
    {"basis", "estimated", "FORECAST"},  {"basis", "expected", "FORECAST"},
    {"basis", "actual", "ACTUAL"},       {"basis", "outturn", "ACTUAL"},
    {"basis", "spent", "ACTUAL"},        {"basis", "spend", "ACTUAL"},
    {"basis", "delivered", "ACTUAL"},    {"basis", "budget", "BUDGET"},
    {"basis", "allocation", "BUDGET"},   {"basis", "target", "BUDGET"},
    {"basis", "plan", "BUDGET"},         {"category", "capital", "CAPITAL"},
    {"category", "revenue", "REVENUE"},  {"category", "reserve", "RESERVE"},
    {"category", "saving", "SAVING"},    {"category", "income", "INCOME"},
    {"category", "benefit", "BENEFIT"},
};

static const char *money_word(const char *field, const char *key)
{
    for (size_t i = 0; i < sizeof money_table / sizeof money_table[0]; i++)
        if (strcmp(money_table[i].field, field) == 0 &&
            sheet_has_words(key, money_table[i].word))
            return money_table[i].value;
    return NULL;
}

/* "£m", "£000", "(£ million)" in a heading; NULL when it names no scale. */
static const char *scale_in(const char *key)
{
    if (sheet_has_words(key, "\xC2\xA3m") || sheet_has_words(key, "million")) return "MILLION";
    if (sheet_has_words(key, "\xC2\xA3"
                             "000") ||
        sheet_has_words(key, "000") || sheet_has_words(key, "\xC2\xA3k") ||
        sheet_has_words(key, "thousand") ||
        sheet_has_words(key, "\xC2\xA3"
                             "000s"))
        return "THOUSAND";
    return NULL;
}

/* The scale of a column: its heading's, another heading's of the table, the caption's. */
static const char *scale_of(const struct sheet_at *at, size_t column)
{
    const struct sheet_header *header = &at->table->header;
    const char *scale = scale_in(header->columns[column].key);

    for (size_t i = 0; scale == NULL && i < header->n_columns; i++)
        if (header->columns[i].field != SHEET_AMOUNT) scale = scale_in(header->columns[i].key);
    return scale != NULL ? scale : scale_in(at->row->context->caption_key);
}

static const char *first_word(const struct sheet_at *at, const char *field, size_t column)
{
    const char *heading = at->row->context->heading;
    const char *keys[5] = {
        at->table->header.columns[column].key,
        at->row->section == NULL ? "" : sheet_fold(at->build->arena, at->row->section),
        sheet_fold(at->build->arena, sheet_take(at, SHEET_CATEGORY)),
        at->row->context->caption_key,
        heading == NULL ? "" : sheet_fold(at->build->arena, heading)};

    for (size_t i = 0; i < 5; i++)
        if (money_word(field, keys[i]) != NULL) return money_word(field, keys[i]);
    return NULL;
}

static const char *money_name(const struct sheet_at *at, const char *title, size_t column)
{
    struct arena *arena = at->build->arena;
    const struct sheet_column *heading = &at->table->header.columns[column];
    const char *section = at->row->section;
    const char *name;
    int n = 2;

    name = arena_printf(arena, "budget-lines/%.40s-%s-%s%s%s", at->build->plan + 6,
                        sheet_slug(arena, title, 50), sheet_slug(arena, heading->header, 30),
                        section == NULL ? "" : "-",
                        section == NULL ? "" : sheet_slug(arena, section, 30));
    for (const char *first = name; sheet_draft_find(&at->build->draft, name) != NULL; n++)
        name = arena_printf(arena, "%s-%d", first, n);
    return name;
}

/* The one year that the headings of amounts name; NULL when they name none, or several. */
static const char *year_of_amounts(const struct sheet_header *header)
{
    const char *year = NULL;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (column->field != SHEET_AMOUNT || !column->has_year) continue;
        assert(column->period != NULL);
        if (!sheet_period_is_year(column->period)) return NULL;
        if (year != NULL && strcmp(year, column->period) != 0) return NULL;
        year = column->period;
    }
    return year;
}

/* Budgets are of a year: that of a monitoring report's quarter too. */
static const char *year_above(const struct sheet_at *at, size_t column)
{
    const struct sheet_context *context = at->row->context;
    const char *guess = year_of_amounts(&at->table->header);

    if (context->year != NULL) return context->year;
    if (context->year_within != NULL) return context->year_within;
    if (at->build->period != NULL || guess == NULL) return at->build->period;
    sheet_unsure(
        at, &at->row->cells[column],
        arena_printf(at->build->arena, "taken for %s, the only year in the headings", guess));
    return guess;
}

static void add_amount(const struct sheet_at *at, const char *title, size_t column,
                       const char *subject)
{
    struct sheet_cell *cell = &at->row->cells[column];
    const struct sheet_column *heading = &at->table->header.columns[column];
    struct sheet_draft *draft = &at->build->draft;
    const char *scale = scale_of(at, column);
    const char *category = first_word(at, "category", column);
    const char *basis = money_word("basis", heading->key);
    const char *period = heading->has_year ? heading->period : NULL;
    bool is_new;
    struct sheet_item *item;

    if (sheet_is_blank(cell->text)) return;
    if (period == NULL) period = year_above(at, column);
    item = sheet_draft_take(draft, "budget-lines", money_name(at, title, column),
                            (struct sheet_place){cell->line, cell->column}, &is_new);
    item->subject = subject;
    item->cell = cell;
    item->header = heading->header;
    item->exists = sheet_known_get(at->build->known, item->name) != NULL;
    sheet_item_text(draft, item, "title", title);
    sheet_item_text(draft, item, "subject", subject);
    if (category != NULL) sheet_item_enum(draft, item, "category", category);
    if (basis != NULL) sheet_item_enum(draft, item, "basis", basis);
    if (period != NULL) sheet_item_text(draft, item, "period", period);
    if (scale != NULL) sheet_item_enum(draft, item, "scale", scale);
    sheet_item_text(draft, item, "verbatim", sheet_words(at, cell->text));
    sheet_item_int(draft, item, "position", (int)++at->build->n_lines);
    cell->fate = SHEET_FATE_STORED;
}

void sheet_build_money(const struct sheet_at *at)
{
    const char *title = sheet_take(at, SHEET_TITLE);
    const struct sheet_cell *priority = sheet_cell_of(at, SHEET_PRIORITY);
    const char *names[SHEET_NAMES_MAX];
    const char *subject = at->build->plan;

    sheet_take(at, SHEET_CODE);
    if (priority != NULL && sheet_goals(at->build, sheet_take(at, SHEET_PRIORITY), false,
                                        sheet_place_of(at, SHEET_PRIORITY), names) == 1)
        subject = names[0];
    for (size_t i = 0; i < at->table->header.n_columns; i++)
        if (at->table->header.columns[i].field == SHEET_AMOUNT)
            add_amount(at, title, i, subject);
    sheet_take(at, SHEET_CATEGORY);
    sheet_note_rest(at, at->build->plan);
}
