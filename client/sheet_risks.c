/* Risks, money, and the links of matrices. */
#include "client/sheet_build.h"

#include "client/collection.h"
#include "client/sheet_matrix.h"
#include "client/sheet_period.h"
#include "common/fields.h"

#include <string.h>

/* --- Risks. --- */

/* The one digit of "4", "4 - Likely" or "Likely (4)"; 0 when there is none or more. */
static int score_of(const char *text)
{
    int score = 0;

    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') continue;
        if (score != 0 || (text[1] >= '0' && text[1] <= '9')) return 0;
        score = *text - '0';
    }
    return score;
}

/* Sets one number of a score, "original", "current" or "target". */
static void set_score(const struct sheet_at *at, struct sheet_item *item,
                      enum sheet_field field, const char *score_name)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, score_name);
    bool is_likelihood = field == SHEET_LIKELIHOOD || field == SHEET_ORIGINAL_LIKELIHOOD ||
                         field == SHEET_TARGET_LIKELIHOOD;
    struct sheet_cell *cell = sheet_cell_of(at, field);
    ProtobufCMessage *score;
    int number;

    if (cell == NULL) return;
    number = score_of(cell->text);
    if (number == 0) return;
    score = field_get_message(item->body, fd);
    if (score == NULL) {
        score = message_new(field_message_type(fd), at->build->arena);
        sheet_item_touch(&at->build->draft, item, score_name);
        field_set_message(item->body, fd, score);
    }
    field_set_int(score,
                  fields_find(score->descriptor, is_likelihood ? "likelihood" : "impact"),
                  number, NULL);
    cell->fate = SHEET_FATE_STORED;
}

static void set_scores(const struct sheet_at *at, struct sheet_item *item)
{
    set_score(at, item, SHEET_LIKELIHOOD, "current");
    set_score(at, item, SHEET_IMPACT_SCORE, "current");
    set_score(at, item, SHEET_ORIGINAL_LIKELIHOOD, "original");
    set_score(at, item, SHEET_ORIGINAL_IMPACT, "original");
    set_score(at, item, SHEET_TARGET_LIKELIHOOD, "target");
    set_score(at, item, SHEET_TARGET_IMPACT, "target");
}

static void add_controls(const struct sheet_at *at, struct sheet_item *item)
{
    const char *text = sheet_take_raw(at, SHEET_CONTROL);

    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        const char *part = sheet_words(at, arena_strndup(at->build->arena, text, length));

        if (part[0] != '\0') sheet_item_add(&at->build->draft, item, "controls", part);
        text += length;
        text += *text == '\n';
    }
}

void sheet_build_risk(const struct sheet_at *at)
{
    static const struct {
        enum sheet_field field;
        const char *name;
    } texts[] = {{SHEET_CAUSE, "cause"},
                 {SHEET_CONSEQUENCE, "consequence"},
                 {SHEET_CATEGORY, "category"},
                 {SHEET_MITIGATION, "mitigation"},
                 {SHEET_REVIEW_DATE, "review_date"}};
    const char *code = sheet_take(at, SHEET_CODE);
    const char *title = sheet_take(at, SHEET_TITLE);
    struct sheet_named named = sheet_name_item(at->build, "risks", code, title);
    struct sheet_item *item = sheet_item_named(at, "risks", &named, code, title);

    if (!item->exists) sheet_item_add(&at->build->draft, item, "plans", at->build->plan);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = sheet_take(at, texts[i].field);

        if (text[0] != '\0') sheet_item_text(&at->build->draft, item, texts[i].name, text);
    }
    set_scores(at, item);
    add_controls(at, item);
    sheet_set_owner(at, item);
    sheet_note_rest(at, item->name);
}

/* --- Money. --- */

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

/* --- Matrices. --- */

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
