/* Indicators and measures: one a row, with figures and targets by period, and benchmarks. */
#include "client/sheet_build.h"

#include "client/sheet_cells.h"
#include "client/sheet_context.h"
#include "client/sheet_join.h"
#include "client/sheet_period.h"
#include "common/fields.h"

#include <string.h>
#include <strings.h>

/* Short names of TargetKind. */
static const char *target_kind(enum sheet_field field)
{
    switch (field) {
    case SHEET_BASELINE_TARGET:
        return "BASELINE";
    case SHEET_INTERIM_TARGET:
        return "INTERIM";
    case SHEET_FINAL_TARGET:
        return "FINAL";
    case SHEET_FORECAST_TARGET:
        return "FORECAST";
    default:
        return "TARGET";
    }
}

/* What was before is not of the year that a heading above names. */
static bool is_of_another_year(const struct sheet_column *column)
{
    /* Folded: a last "s" is dropped. */
    static const char *const words[] = {"baseline", "previou", "last year", "prior"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (sheet_has_words(column->key, words[i])) return true;
    return false;
}

/* The one year that the headings of targets name; NULL when they name none, or several. */
static const char *year_of_targets(const struct sheet_header *header)
{
    const char *year = NULL;

    for (size_t i = 0; i < header->n_columns; i++) {
        const struct sheet_column *column = &header->columns[i];

        if (column->field != SHEET_TARGET || column->period == NULL || !column->has_year)
            continue;
        if (!sheet_period_is_year(column->period)) return NULL;
        if (year != NULL && strcmp(year, column->period) != 0) return NULL;
        year = column->period;
    }
    return year;
}

const char *sheet_guess_year(const struct sheet_table *table, const struct sheet_column *column)
{
    if (column->field != SHEET_VALUE && column->field != SHEET_TARGET) return NULL;
    if (column->has_year || is_of_another_year(column)) return NULL;
    return year_of_targets(&table->header);
}

/* What the row says of the period of its figures; NULL when it says nothing. */
static const char *period_of_row(const struct sheet_at *at, enum sheet_field field)
{
    const char *label = sheet_take(at, field);
    struct sheet_period period;

    if (label[0] == '\0') return NULL;
    period = sheet_period_find(sheet_clean(at->build->arena, label, NULL), at->build->arena);
    return period.label;
}

static bool names_year(const char *label)
{
    return sheet_period_year(label) != 0 || sheet_period_is_year(label);
}

/* The period of a column as a label; a quarter without a year takes that of the heading above, of
 * --period, or of the table's targets. NULL when it has none. */
static const char *period_of(const struct sheet_at *at, const struct sheet_column *column)
{
    const char *year = at->row->context->year;

    const char *own = period_of_row(at, SHEET_PERIOD);

    if (column->period != NULL && column->has_year && own != NULL && !names_year(own) &&
        sheet_period_is_year(column->period))
        return arena_printf(at->build->arena, "%s %s", own, column->period);
    if (column->period != NULL && column->has_year) return column->period;
    if (sheet_has_words(column->key, "baseline"))
        return period_of_row(at, SHEET_BASELINE_PERIOD);
    if (is_of_another_year(column)) return NULL;
    if (own != NULL && names_year(own))
        return column->period == NULL
                   ? own
                   : arena_printf(at->build->arena, "%s %s", column->period, own);
    if (own != NULL && column->period != NULL) return NULL;
    if (year == NULL && column->period != NULL) year = at->row->context->year_within;
    if (year == NULL) year = at->build->period;
    if (year == NULL) year = sheet_guess_year(at->table, column);
    if (year == NULL) return NULL;
    if (column->period == NULL && own == NULL) return year;
    return arena_printf(at->build->arena, "%s %s", own != NULL ? own : column->period, year);
}

/* The key of a figure: two labels of one period give one key. */
static const char *figure_key(const struct sheet_at *at, const char *collection,
                              const char *indicator, const char *period, const char *kind)
{
    return arena_printf(at->build->arena, "%s|%s|%s|%s", collection, indicator,
                        sheet_fold(at->build->arena, period), kind);
}

/* "93.1% (2020/21)": a figure that names its year itself. *out_figure is the text before it. NULL
 * when it does not. */
static const char *period_in_cell(const struct sheet_at *at, const char *text,
                                  const char **out_figure)
{
    struct arena *arena = at->build->arena;
    const char *words = sheet_words(at, text);
    const char *open = strrchr(words, '(');
    const char *close = open == NULL ? NULL : strchr(open, ')');
    struct sheet_period period;

    if (open == words || close == NULL || close[1] != '\0') return NULL;
    period =
        sheet_period_find(arena_strndup(arena, open + 1, (size_t)(close - open - 1)), arena);
    if (period.label == NULL || !period.has_year || !sheet_is_blank(period.rest)) return NULL;
    *out_figure = sheet_clean(arena, arena_strndup(arena, words, (size_t)(open - words)), NULL);
    return period.label;
}

static void set_figure(const struct sheet_at *at, struct sheet_item *item, size_t column,
                       const char *period)
{
    struct sheet_draft *draft = &at->build->draft;
    struct sheet_cell *cell = &at->row->cells[column];

    item->is_figure = true;
    item->cell = cell;
    item->header = at->table->header.columns[column].header;
    item->is_blank = sheet_is_blank(cell->text);
    sheet_item_text(draft, item, "indicator", item->subject);
    sheet_item_text(draft, item, "period", period);
    sheet_item_text(draft, item, "verbatim", item->is_blank ? "" : sheet_words(at, cell->text));
    if (item->is_blank) sheet_item_enum(draft, item, "state", "BLANK");
    cell->fate = SHEET_FATE_STORED;
}

/* The document states the figure twice: the same is one, another is kept as a note. */
static void compare_figures(const struct sheet_at *at, const struct sheet_item *item,
                            size_t column)
{
    struct sheet_cell *cell = &at->row->cells[column];
    const char *text = sheet_words(at, cell->text);

    cell->fate = SHEET_FATE_UNDERSTOOD;
    if (sheet_is_blank(cell->text) || strcmp(text, sheet_item_get(item, "verbatim")) == 0)
        return;
    cell->why = arena_printf(at->build->arena,
                             "the document has another figure for it, \"%s\" in line %zu",
                             sheet_item_get(item, "verbatim"), item->line);
    sheet_note(at, item->subject, column, SHEET_FATE_KEPT);
}

static void add_figure(const struct sheet_at *at, const char *indicator, size_t column)
{
    const struct sheet_column *heading = &at->table->header.columns[column];
    struct sheet_cell *cell = &at->row->cells[column];
    bool is_value = heading->field == SHEET_VALUE;
    const char *collection = is_value ? "observations" : "targets";
    const char *figure = NULL;
    const char *own = period_in_cell(at, cell->text, &figure);
    const char *period = own != NULL ? own : period_of(at, heading);
    const char *kind = is_value ? "" : target_kind(heading->field);
    struct sheet_item *item;
    bool is_new;

    if (period == NULL) {
        cell->why =
            "the heading names no period; say which with --period, or in a mapping file";
        if (!sheet_is_blank(cell->text)) sheet_note(at, indicator, column, SHEET_FATE_KEPT);
        return;
    }
    item = sheet_draft_take(&at->build->draft, collection,
                            figure_key(at, collection, indicator, period, kind),
                            (struct sheet_place){cell->line, cell->column}, &is_new);
    if (!is_new && !(item->is_blank && !sheet_is_blank(cell->text))) {
        compare_figures(at, item, column);
        return;
    }
    item->subject = indicator;
    if (!is_new) sheet_item_drop(item, "state");
    set_figure(at, item, column, period);
    if (own != NULL) sheet_item_text(&at->build->draft, item, "verbatim", figure);
    if (!is_value) sheet_item_enum(&at->build->draft, item, "kind", kind);
}

/* An arrow may show where the figure goes, or whether that is good. Where less is better these
 * differ. */
static void remark_arrow(const struct sheet_at *at, const char *trajectory)
{
    const struct sheet_cell *polarity = sheet_cell_of(at, SHEET_POLARITY);
    const char *way = polarity == NULL
                          ? NULL
                          : sheet_polarity_of(sheet_fold(at->build->arena, polarity->text));

    if ((unsigned char)trajectory[0] < 0x80 || way == NULL || strcmp(way, "MIN") != 0) return;
    sheet_unsure(at, sheet_cell_of(at, SHEET_TRAJECTORY),
                 "taken for better (up) or worse (down); less is better here, so look whether "
                 "the arrow shows the figure instead");
}

/* Position and trajectory of a row make one benchmark. */
static void add_benchmark(const struct sheet_at *at, const char *indicator)
{
    const char *position = sheet_take_raw(at, SHEET_POSITION);
    const char *trajectory = sheet_take_raw(at, SHEET_TRAJECTORY);
    struct sheet_draft *draft = &at->build->draft;
    struct sheet_item *item;
    bool is_new;

    if (strspn(trajectory, "- ") == strlen(trajectory))
        trajectory = ""; /* a dash says nothing */
    if (position[0] == '\0' && trajectory[0] == '\0') return;
    remark_arrow(at, trajectory);
    item = sheet_draft_take(
        draft, "benchmarks", arena_printf(draft->arena, "benchmarks|%s||average", indicator),
        sheet_place_of(at, position[0] != '\0' ? SHEET_POSITION : SHEET_TRAJECTORY), &is_new);
    item->subject = indicator;
    sheet_item_text(draft, item, "indicator", indicator);
    sheet_item_text(draft, item, "comparator", "average");
    if (position[0] != '\0') sheet_item_text(draft, item, "position_verbatim", position);
    if (trajectory[0] != '\0') sheet_item_text(draft, item, "trajectory_verbatim", trajectory);
}

static const char *comparator_kind(const char *key)
{
    if (sheet_has_words(key, "family group") || sheet_has_words(key, "neighbour"))
        return "FAMILY_GROUP";
    return "NATIONAL";
}

/* The figure of others, where it is a plain number; else it is kept as a note. */
static void add_comparator(const struct sheet_at *at, const char *indicator, size_t column)
{
    const struct sheet_column *heading = &at->table->header.columns[column];
    struct sheet_cell *cell = &at->row->cells[column];
    const char *period = period_of(at, heading);
    struct sheet_draft *draft = &at->build->draft;
    struct sheet_item *item;
    bool is_new;

    if (sheet_is_blank(cell->text)) return;
    item = sheet_draft_take(draft, "benchmarks",
                            arena_printf(draft->arena, "benchmarks|%s|%s|%s", indicator,
                                         period == NULL ? "" : sheet_fold(draft->arena, period),
                                         heading->key),
                            (struct sheet_place){cell->line, cell->column}, &is_new);
    item->subject = indicator;
    item->cell = cell;
    item->header = heading->header;
    sheet_item_text(draft, item, "indicator", indicator);
    sheet_item_text(draft, item, "comparator", sheet_clean(draft->arena, heading->rest, NULL));
    if (period != NULL) sheet_item_text(draft, item, "period", period);
    sheet_item_enum(draft, item, "comparator_kind", comparator_kind(heading->key));
    sheet_item_text(draft, item, "value", sheet_words(at, cell->text));
    cell->fate = SHEET_FATE_STORED;
}

/* Words for enum values that the enums themselves do not have. */
static const struct {
    const char *field;
    const char *word; /* folded */
    const char *value;
} word_table[] = {
    {"unit", "%", "PERCENT"},
    {"unit", "percentage", "PERCENT"},
    {"unit", "per cent", "PERCENT"},
    {"unit", "no", "NUMBER"},
    {"unit", "count", "NUMBER"},
    {"unit", "\xC2\xA3", "MONEY"},
    {"unit", "pound", "MONEY"},
    {"unit", "day", "DAYS"},
    {"unit", "yes no", "YES_NO"},
    {"unit", "y n", "YES_NO"},
    {"class", "outcome", "POPULATION_OUTCOME"},
    {"class", "population", "POPULATION_OUTCOME"},
};

static const char *enum_word(const struct sheet_at *at, const char *field, const char *text)
{
    const char *key = sheet_fold(at->build->arena, text);

    for (size_t i = 0; i < sizeof word_table / sizeof word_table[0]; i++)
        if (strcmp(word_table[i].field, field) == 0 && strcmp(word_table[i].word, key) == 0)
            return word_table[i].value;
    if (strcmp(field, "class") == 0 && sheet_class_name(key) != NULL)
        return sheet_class_name(key);
    if (strcmp(field, "tier") == 0 && sheet_tier_name(key) != NULL) return sheet_tier_name(key);
    if (strcmp(field, "polarity") == 0 && sheet_polarity_of(key) != NULL)
        return sheet_polarity_of(key);
    return text;
}

/* Cells of a column that is an enum; what is none of its values stays for the notes. */
static void set_enum(const struct sheet_at *at, struct sheet_item *item, enum sheet_field field,
                     const char *name)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, name);
    struct sheet_cell *cell = sheet_cell_of(at, field);
    const char *value;
    int number;

    if (cell == NULL) return;
    value = enum_word(at, name, sheet_words(at, cell->text));
    if (!enum_from_name(field_enum_type(fd), value, &number)) return;
    sheet_item_enum(&at->build->draft, item, name, value);
    cell->fate = SHEET_FATE_STORED;
}

static void set_texts(const struct sheet_at *at, struct sheet_item *item)
{
    static const struct {
        enum sheet_field field;
        const char *name;
    } texts[] = {{SHEET_FREQUENCY, "frequency_verbatim"},
                 {SHEET_DEFINITION, "definition"},
                 {SHEET_SOURCE, "source"}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const char *text = sheet_take(at, texts[i].field);

        if (text[0] != '\0') sheet_item_text(&at->build->draft, item, texts[i].name, text);
    }
}

/* All figures of the row that have a word behind them have "days". */
static bool is_in_days(const struct sheet_at *at)
{
    bool has_days = false;

    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        const char *key, *last;

        if (!sheet_field_is_figure(at->table->header.columns[i].field)) continue;
        key = sheet_fold(at->build->arena, at->row->cells[i].text);
        last = strrchr(key, ' ');
        if (strpbrk(key, "0123456789") == NULL || last == NULL) continue;
        if (strpbrk(last, "0123456789") != NULL) continue;
        if (strcmp(last, " day") != 0) return false;
        has_days = true;
    }
    return has_days;
}

/* The heading above says the class; a title that begins with "%" is a percentage. */
static void set_defaults(const struct sheet_at *at, struct sheet_item *item, const char *title)
{
    const struct sheet_context *context = at->row->context;
    struct sheet_draft *draft = &at->build->draft;

    if (context->class_name != NULL) sheet_item_enum(draft, item, "class", context->class_name);
    if (context->tier_name != NULL) sheet_item_enum(draft, item, "tier", context->tier_name);
    if (item->exists) return;
    if (is_in_days(at)) sheet_item_enum(draft, item, "unit", "DAYS");
    if (title[0] == '%' || strncasecmp(title, "percentage ", 11) == 0)
        sheet_item_enum(draft, item, "unit", "PERCENT");
}

static void add_tags(const struct sheet_at *at, struct sheet_item *item)
{
    const struct sheet_header *header = &at->table->header;

    for (size_t i = 0; i < header->n_columns; i++) {
        struct sheet_cell *cell = &at->row->cells[i];

        if (header->columns[i].field != SHEET_TAG && header->columns[i].field != SHEET_CATEGORY)
            continue;
        if (!sheet_is_blank(cell->text)) sheet_add_tag(at, item, cell);
    }
}

static void add_figures(const struct sheet_at *at, const char *indicator)
{
    for (size_t i = 0; i < at->table->header.n_columns; i++) {
        enum sheet_field field = at->table->header.columns[i].field;

        if (at->row->cells[i].n_parts == 0 && sheet_is_blank(at->row->cells[i].text)) continue;
        if (field == SHEET_COMPARATOR)
            add_comparator(at, indicator, i);
        else if (sheet_field_is_figure(field) && field != SHEET_AMOUNT)
            add_figure(at, indicator, i);
    }
}

/* How a figure is written beside the others of its row. */
struct writing {
    bool has_scale; /* "£164.5m" */
    bool is_plain;  /* "41.2" */
    bool is_percent;
    bool is_share; /* "0.52" */
};

static struct writing writing_of(const struct sheet_at *at, size_t column)
{
    const char *key = sheet_fold(at->build->arena, at->row->cells[column].text);
    size_t digits = strcspn(key, "0123456789");
    const char *behind;

    if (key[digits] == '\0' || strlen(key) > 40) return (struct writing){0};
    behind = key + digits + strspn(key + digits, "0123456789. ");
    return (struct writing){
        .has_scale = strcmp(behind, "m") == 0 || strcmp(behind, "k") == 0 ||
                     strcmp(behind, "bn") == 0 || strcmp(behind, "million") == 0 ||
                     strcmp(behind, "thousand") == 0,
        .is_plain = *behind == '\0',
        .is_percent = *behind == '%',
        .is_share = *behind == '\0' && strncmp(key + digits, "0.", 2) == 0,
    };
}

/* Figures of a row are compared as they stand: "£164.5m" beside "41.2" and "0.52" beside "48%" may
 * not be meant so. */
static void remark_mixed(const struct sheet_at *at)
{
    struct writing all = {0};

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < at->table->header.n_columns; i++) {
            struct writing one;

            if (!sheet_field_is_figure(at->table->header.columns[i].field)) continue;
            one = writing_of(at, i);
            if (pass == 0) {
                all.is_plain |= one.is_plain;
                all.is_percent |= one.is_percent;
            } else if (one.has_scale && all.is_plain) {
                sheet_unsure(at, &at->row->cells[i],
                             "says its scale and others of the row do not; they are compared "
                             "as they stand");
            } else if (one.is_share && all.is_percent) {
                sheet_unsure(at, &at->row->cells[i],
                             "has no % and others of the row have; they are compared as they "
                             "stand");
            }
        }
}

void sheet_build_indicator(const struct sheet_at *at)
{
    const char *code = sheet_take(at, SHEET_CODE);
    const char *title = sheet_take(at, SHEET_TITLE);
    struct sheet_named named = sheet_name_item(at->build, "indicators", code, title);
    struct sheet_item *item = sheet_item_named(at, "indicators", &named, code, title);

    set_defaults(at, item, title);
    set_texts(at, item);
    set_enum(at, item, SHEET_UNIT, "unit");
    set_enum(at, item, SHEET_POLARITY, "polarity");
    set_enum(at, item, SHEET_CLASS, "class");
    set_enum(at, item, SHEET_TIER, "tier");
    sheet_set_owner(at, item);
    add_tags(at, item);
    add_figures(at, item->name);
    remark_mixed(at);
    add_benchmark(at, item->name);
    if (!sheet_link_goals(at, item->name, "MEASURES"))
        sheet_link(at->build, "MEASURES", item->name, at->build->plan,
                   sheet_place_of(at, SHEET_TITLE));
    sheet_note_rest(at, item->name);
}
