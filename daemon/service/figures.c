#include "service/figures.h"

#include "common/fields.h"
#include "domain/date.h"
#include "domain/trend.h"
#include "service/derived.h"
#include "service/formulas.h"
#include "service/resource.h"
#include "service/scorecard_row.h"
#include "service/scorecard_target.h"
#include "service/scorecard_trend.h"

#include <stdlib.h>
#include <string.h>

void figures_init(struct figures *figures, const struct scorecard *card,
                  const struct scorecard_member *member)
{
    *figures = (struct figures){.card = card, .member = member, .breakdown = ""};
}

/* ---- single figures ---- */

static bool is_value(const Provost__V1__Observation *observation)
{
    return observation != NULL &&
           observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE;
}

bool figure_number(const Provost__V1__Observation *observation, struct decimal *out_number)
{
    return is_value(observation) && decimal_parse(observation->value, out_number) == DECIMAL_OK;
}

Provost__V1__Observation *figure_make(struct arena *arena, const char *indicator,
                                      const char *period_id, struct decimal value)
{
    Provost__V1__Observation *made = arena_alloc(arena, sizeof *made);
    provost__v1__observation__init(made);
    made->indicator = (char *)indicator;
    made->period = arena_strdup(arena, period_id);
    made->state = PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE;
    made->value = scorecard_number(arena, value);
    return made;
}

bool figures_year_of(const struct period *period, struct period *out_year)
{
    switch (period->kind) {
    case PERIOD_YEAR:
    case PERIOD_HALF:
    case PERIOD_QUARTER:
    case PERIOD_MONTH:
        return period_of_day(PERIOD_YEAR, period->start_day, out_year);
    case PERIOD_CALENDAR_YEAR:
    case PERIOD_SCHOOL_YEAR:
    case PERIOD_SPAN:
    case PERIOD_DATE:
        break;
    }
    return false;
}

/* ---- rolling up ---- */

static enum rollup_method method_of(const Provost__V1__Indicator *indicator)
{
    static const enum rollup_method methods[] = {
        [PROVOST__V1__ROLL_UP__ROLL_UP_UNSPECIFIED] = ROLLUP_NONE,
        [PROVOST__V1__ROLL_UP__ROLL_UP_SUM] = ROLLUP_SUM,
        [PROVOST__V1__ROLL_UP__ROLL_UP_MEAN] = ROLLUP_MEAN,
        [PROVOST__V1__ROLL_UP__ROLL_UP_LAST] = ROLLUP_LAST,
        [PROVOST__V1__ROLL_UP__ROLL_UP_MIN] = ROLLUP_MIN,
        [PROVOST__V1__ROLL_UP__ROLL_UP_MAX] = ROLLUP_MAX,
        [PROVOST__V1__ROLL_UP__ROLL_UP_RATIO] = ROLLUP_RATIO,
        [PROVOST__V1__ROLL_UP__ROLL_UP_NONE] = ROLLUP_NONE,
    };
    size_t index = (size_t)indicator->roll_up;
    if (*indicator->computed != '\0')
        return ROLLUP_NONE; /* each period is measured by itself */
    return index < sizeof methods / sizeof *methods ? methods[index] : ROLLUP_NONE;
}

static struct rollup_rule rule_of(const struct figures *figures)
{
    const Provost__V1__Indicator *indicator = figures->member->indicator;
    struct rollup_rule rule = {
        .method = method_of(indicator), .completeness = figures->completeness, .per = 1};
    struct decimal base;
    int unit = (int)indicator->unit;
    rule.is_share = unit == PROVOST__V1__UNIT__UNIT_PERCENT ||
                    unit == PROVOST__V1__UNIT__UNIT_RATE ||
                    unit == PROVOST__V1__UNIT__UNIT_RATIO;
    if (unit == PROVOST__V1__UNIT__UNIT_PERCENT) rule.per = 100;
    if (unit == PROVOST__V1__UNIT__UNIT_RATE &&
        decimal_parse(indicator->unit_base, &base) == DECIMAL_OK && base.scale == 0 &&
        base.coefficient > 0 && base.coefficient <= INT64_MAX)
        rule.per = (int64_t)base.coefficient;
    return rule;
}

/* No more than a period has parts. */
static const char *count_text(size_t count)
{
    static const char *const texts[FIGURES_PARTS_MAX + 1] = {
        "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"};
    return texts[count];
}

/* "roll-up sum of 4/4", "year to date, sum of 5/6: INCOMPLETE". */
static const char *made_rule(struct arena *arena, const char *what,
                             const struct rollup_result *result)
{
    bool failed = result->reason != ROLLUP_REASON_NONE;
    return arena_join(arena, what, " ", rollup_method_name(result->method), " of ",
                      count_text(result->used), "/", count_text(result->expected),
                      failed            ? ": "
                      : result->partial ? ", partial"
                                        : "",
                      failed ? rollup_reason_name(result->reason) : "");
}

static void add_flags(Provost__V1__Observation *made, const Provost__V1__Observation *part)
{
    for (size_t i = 0; part != NULL && i < part->n_flags; i++) {
        bool is_there = false;
        for (size_t k = 0; k < made->n_flags; k++)
            is_there |= made->flags[k] == part->flags[i];
        if (!is_there) made->flags[made->n_flags++] = part->flags[i];
    }
}

static void add_all_flags(struct arena *arena, const struct figure_parts *parts, size_t count,
                          Provost__V1__Observation *made)
{
    enum { FLAGS_MAX = 8 };
    made->flags = arena_alloc(arena, FLAGS_MAX * sizeof *made->flags);
    for (size_t i = 0; i < count; i++)
        if (is_value(parts->observations[i])) add_flags(made, parts->observations[i]);
}

/* The figure that the first `count` parts make; they live in the arena. */
static void make_figure(const struct figures *figures, const struct figure_parts *parts,
                        size_t count, const struct period *whole, const char *what,
                        struct figure *figure)
{
    struct arena *arena = figures->card->call->arena;
    struct rollup_rule rule = rule_of(figures);
    char id[PERIOD_TEXT_SIZE];
    struct rollup_result result = rollup_apply(&rule, parts->children, count);
    figure->rule = made_rule(arena, what, &result);
    figure->reason = rollup_reason_name(result.reason);
    if (!result.has_value) return;
    period_format_id(whole, id);
    Provost__V1__Observation *made =
        figure_make(arena, figures->member->name, id, result.value);
    if (result.has_parts) {
        made->numerator = scorecard_number(arena, result.numerator);
        made->denominator = scorecard_number(arena, result.denominator);
    }
    add_all_flags(arena, parts, count, made);
    figure->observation = made;
    figure->parts = parts;
    figure->part_count = count;
}

/* Nothing was said, or a cell was left empty. */
static bool is_silent(const Provost__V1__Observation *observation)
{
    return observation == NULL ||
           observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED ||
           observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK;
}

/* What was submitted or stored, or what the register makes of it when it is asked. */
static struct status find_own(struct figures *figures, const struct period *period,
                              const char *id, struct figure *figure)
{
    enum derived_kind kind = DERIVED_NOT;
    *figure = (struct figure){.rule = "", .reason = ""};
    struct status st = figures_stored(figures, id, &figure->observation);
    if (status_is_ok(st) && *figures->breakdown == '\0')
        st = derived_kind_of(figures->card->derived, figures->member, &kind);
    if (!status_is_ok(st)) return st;
    bool is_said = !is_silent(figure->observation);
    if (kind != DERIVED_NOT &&
        !(is_said && strcmp(figure->observation->source_system, FORMULAS_SOURCE) != 0))
        return derived_figure(figures->card->derived, figures->member, period, figure);
    if (is_said) figure->rule = "submitted";
    return st;
}

/* Months, days and periods as short as what is submitted have no parts. */
static bool may_have_parts(const struct figures *figures, const struct period *period)
{
    enum period_kind kind;
    if (period->kind == PERIOD_MONTH || period->kind == PERIOD_DATE ||
        period->kind == PERIOD_SPAN)
        return false;
    return !figures_kind_of(figures->member->indicator->frequency, &kind) ||
           kind != period->kind;
}

static struct status find_figure(struct figures *figures, const struct period *period,
                                 const char *id, struct figure *figure)
{
    struct status st = find_own(figures, period, id, figure);
    if (!status_is_ok(st) || !is_silent(figure->observation)) return st;
    if (rule_of(figures).method == ROLLUP_NONE || !may_have_parts(figures, period))
        return status_ok();
    struct figure_parts *parts = arena_alloc(figures->card->call->arena, sizeof *parts);
    bool any = false;
    st = figures_load_days(figures, &catalog_numbers, period->start_day, period->end_day);
    if (status_is_ok(st)) st = figures_read_parts(figures, period, parts);
    if (!status_is_ok(st)) return st;
    for (size_t i = 0; i < parts->count; i++)
        any |= parts->observations[i] != NULL;
    if (any) make_figure(figures, parts, parts->count, period, "roll-up", figure);
    return st;
}

/* A figure that was made before, as trends need it. */
struct made_figure {
    struct scorecard_figure shown; /* first: give_before finds the whole by it */
    struct figure figure;
    struct made_figure *before; /* of the period before, once it was asked for */
};

static struct status get_made(struct figures *figures, const struct period *period,
                              struct made_figure **out_made)
{
    struct arena *arena = figures->card->call->arena;
    char id[PERIOD_TEXT_SIZE];
    if (figures->current != NULL &&
        period_compare(&figures->current->shown.period, period) == 0) {
        *out_made = figures->current;
        return status_ok();
    }
    period_format_id(period, id);
    struct made_figure *made = name_map_get(&figures->made, id);
    if (made == NULL) {
        made = arena_zalloc(arena, sizeof *made);
        struct status st = find_figure(figures, period, id, &made->figure);
        if (!status_is_ok(st)) return st;
        scorecard_figure_init(&made->shown, period, id, made->figure.observation);
        (void)name_map_add(arena, &figures->made, made->shown.period_id, made);
    }
    *out_made = made;
    return status_ok();
}

struct status figures_get(struct figures *figures, const struct period *period,
                          struct figure *out_figure)
{
    struct made_figure *made = NULL;
    struct status st = get_made(figures, period, &made);
    if (status_is_ok(st)) *out_figure = made->figure;
    return st;
}

/* ---- the year to date ---- */

/* A figure that is not rolled up is taken as cumulative. */
static struct status take_cumulative(struct figures *figures, const struct period *through,
                                     struct figure *figure)
{
    struct status st = figures_get(figures, through, figure);
    if (figure->observation != NULL) figure->rule = "the period's figure, taken as cumulative";
    return st;
}

/* A series asks for one year's again and again. */
static struct status read_year_parts(struct figures *figures, const struct period *year)
{
    if (figures->year_parts != NULL && figures->parts_of.start_day == year->start_day)
        return status_ok();
    struct figure_parts *parts = arena_zalloc(figures->card->call->arena, sizeof *parts);
    struct status st =
        figures_load_days(figures, &catalog_numbers, year->start_day, year->end_day);
    if (status_is_ok(st)) st = figures_read_parts(figures, year, parts);
    figures->year_parts = parts;
    figures->parts_of = *year;
    return st;
}

/* figures_year_of; mostly the year that was asked for before. */
static bool find_year(const struct figures *figures, const struct period *part,
                      struct period *out_year)
{
    *out_year = figures->parts_of;
    return (figures->year_parts != NULL && part->kind == PERIOD_MONTH &&
            period_contains(&figures->parts_of, part)) ||
           figures_year_of(part, out_year);
}

struct status figures_to_date(struct figures *figures, const struct period *through,
                              struct figure *out_figure)
{
    struct period year;
    *out_figure = (struct figure){.rule = "", .reason = ""};
    if (!find_year(figures, through, &year)) return status_ok();
    if (rule_of(figures).method == ROLLUP_NONE)
        return take_cumulative(figures, through, out_figure);
    struct status st = read_year_parts(figures, &year);
    if (!status_is_ok(st)) return st;
    const struct figure_parts *parts = figures->year_parts;
    size_t count = parts->count;
    while (count > 0 && parts->periods[count - 1].end_day > through->end_day)
        count--;
    if (count == 0) return take_cumulative(figures, through, out_figure);
    make_figure(figures, parts, count, through, "year to date,", out_figure);
    return st;
}

/* ---- targets ---- */

static struct status give_target(const struct scorecard *card, const char *indicator,
                                 bool *out_given, const Provost__V1__Target **out_target)
{
    const struct figures *figures = card->source->data;
    (void)indicator;
    *out_given = figures->given_target != NULL || figures->has_targets;
    if (*out_given)
        *out_target = figures->given_target != NULL
                          ? figures->given_target
                          : name_map_get(&figures->targets, card->period_id);
    return status_ok();
}

void figures_take_targets(struct figures *figures, const struct found *targets)
{
    struct arena *arena = figures->card->call->arena;
    figures->has_targets = true;
    for (size_t i = 0; i < targets->count; i++) {
        const Provost__V1__Target *target = (const void *)targets->items[i].body;
        const Provost__V1__Target *other = name_map_get(&figures->targets, target->period);
        if (scorecard_better_target(target, other) == target)
            name_map_set(arena, &figures->targets, target->period, (void *)target);
    }
}

/* ---- targets to date ---- */

/* Months of the financial year gone at the end of a period, 1..12. */
static int months_gone(const struct period *year, const struct period *period)
{
    int months = 0;
    while (months < 12 && date_add_months(year->start_day, months) <= period->end_day)
        months++;
    return months;
}

static bool read_shares(const Provost__V1__Indicator *indicator, struct decimal annual,
                        struct decimal listed[12])
{
    if (indicator->n_target_profile_shares != 12) return false;
    for (size_t i = 0; i < 12; i++) {
        struct decimal share, product;
        if (decimal_parse(indicator->target_profile_shares[i], &share) != DECIMAL_OK ||
            decimal_mul(annual, share, &product) != DECIMAL_OK ||
            decimal_div(product, decimal_from_int(100), ROLLUP_DECIMALS, &listed[i]) !=
                DECIMAL_OK)
            return false;
    }
    return true;
}

/* Part of a year's number by the profile, as text; NULL when it cannot be told. */
static char *part_text(struct arena *arena, const Provost__V1__Indicator *indicator,
                       const char *annual, int months)
{
    struct rollup_profile profile = {.parts = 12};
    struct decimal listed[12], part;
    if (decimal_parse(annual, &profile.annual) != DECIMAL_OK) return NULL;
    if (indicator->target_profile == PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_LISTED) {
        if (!read_shares(indicator, profile.annual, listed)) return NULL;
        profile.listed = listed;
    }
    if (!rollup_target_at(&profile, months, &part)) return NULL;
    return scorecard_number(arena, decimal_strip(part));
}

static const Provost__V1__Target *part_of_target(struct figures *figures,
                                                 const Provost__V1__Target *annual, int months)
{
    struct arena *arena = figures->card->call->arena;
    const Provost__V1__Indicator *indicator = figures->member->indicator;
    Provost__V1__Target *target =
        (Provost__V1__Target *)(void *)message_copy(&annual->base, arena);
    target->value = part_text(arena, indicator, annual->value, months);
    if (target->value == NULL) return NULL;
    if (*annual->value_high != '\0') {
        target->value_high = part_text(arena, indicator, annual->value_high, months);
        if (target->value_high == NULL) return NULL;
    }
    return target;
}

struct status figures_target_to_date(struct figures *figures, const struct period *period,
                                     const Provost__V1__Target **out_target,
                                     const char **out_rule)
{
    const Provost__V1__Indicator *indicator = figures->member->indicator;
    const Provost__V1__Target *annual = NULL;
    struct period year;
    *out_target = NULL;
    *out_rule = "";
    if (indicator->target_profile == PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_UNSPECIFIED ||
        !figures_year_of(period, &year))
        return status_ok();
    struct scorecard card = *figures->card;
    card.period = year;
    struct scorecard_source source = {.target = give_target, .data = figures};
    card.source = &source;
    period_format_id(&card.period, card.period_id);
    struct status st = scorecard_find_target(&card, figures->member->id, &annual);
    if (!status_is_ok(st) || annual == NULL) return st;
    int months = months_gone(&card.period, period);
    bool listed =
        indicator->target_profile == PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_LISTED;
    *out_target = part_of_target(figures, annual, months);
    *out_rule = arena_printf(card.call->arena, "%s profile, month %d of 12 of %s",
                             listed ? "listed" : "linear", months, annual->value);
    return status_ok();
}

/* ---- rows ---- */

/* Whether a status depends on figures of other periods. */
static bool needs_trend(const struct figures *figures)
{
    const Provost__V1__Indicator *indicator = figures->member->indicator;
    bool needs = indicator->status_rule == PROVOST__V1__STATUS_RULE__STATUS_RULE_IMPROVED;
    for (size_t i = 0; i < indicator->n_definitions; i++)
        needs |= indicator->definitions[i]->status_rule ==
                 PROVOST__V1__STATUS_RULE__STATUS_RULE_IMPROVED;
    return needs;
}

/* Whether one period is that before another. */
static bool is_before(const struct period *one, const struct period *other)
{
    return one->kind == other->kind && one->kind != PERIOD_DATE && one->kind != PERIOD_SPAN &&
           one->end_day + 1 == other->start_day;
}

/* A series goes from period to period: the figure before is the one given before. */
static struct status give_figure(const struct scorecard *card,
                                 struct scorecard_figure **out_figure)
{
    struct figures *figures = card->source->data;
    struct made_figure *made = figures->given, *last = figures->current;
    struct status st = status_ok();
    if (made == NULL) {
        st = get_made(figures, &card->period, &made);
        if (!status_is_ok(st)) return st;
        if (last != NULL && is_before(&last->shown.period, &card->period)) made->before = last;
        figures->current = made;
    }
    *out_figure = &made->shown;
    return st;
}

static struct status give_before(const struct scorecard *card, struct scorecard_figure *figure,
                                 struct scorecard_figure **out_figure)
{
    struct figures *figures = card->source->data;
    struct made_figure *made = (struct made_figure *)figure;
    struct period period;
    struct status st = status_ok();
    *out_figure = NULL;
    if (made == figures->given && !needs_trend(figures)) return st;
    if (made->before == NULL && period_previous(&figure->period, &period))
        st = get_made(figures, &period, &made->before);
    if (status_is_ok(st) && made->before != NULL) *out_figure = &made->before->shown;
    return st;
}

struct status figures_judge(struct figures *figures, const struct period *period,
                            const Provost__V1__Observation *figure,
                            const Provost__V1__Target *target,
                            Provost__V1__ScorecardRow **out_row)
{
    struct scorecard_source source = {give_figure, give_before, give_target, figures};
    struct scorecard card = *figures->card;
    struct made_figure given = {.before = NULL};
    card.source = &source;
    card.period = *period;
    period_format_id(period, card.period_id);
    if (figure != NULL) {
        scorecard_figure_init(&given.shown, period, card.period_id, figure);
        figures->given = &given;
    }
    figures->given_target = target;
    struct status st = scorecard_make_row(&card, figures->member, out_row);
    figures->given = NULL;
    figures->given_target = NULL;
    return st;
}

/* Status, target and distance as another row has them. */
static void take_status(Provost__V1__ScorecardRow *row, const Provost__V1__ScorecardRow *other)
{
    row->target = other->target;
    row->target_high = other->target_high;
    row->target_operator = other->target_operator;
    row->target_kind = other->target_kind;
    row->status = other->status;
    row->status_reason = other->status_reason;
    row->shortfall = other->shortfall;
    row->shortfall_percent = other->shortfall_percent;
}

/* A part of the year without a target of its own. */
static struct status judge_by_profile(struct figures *figures, const struct period *period,
                                      Provost__V1__ScorecardRow *row)
{
    const Provost__V1__Target *target = NULL;
    const char *rule = "";
    struct figure to_date = {.rule = "", .reason = ""};
    Provost__V1__ScorecardRow *other = NULL;
    struct status st = status_ok();
    if (period->kind == PERIOD_YEAR || *row->target != '\0') return st;
    st = figures_target_to_date(figures, period, &target, &rule);
    if (!status_is_ok(st) || target == NULL) return st;
    st = figures_to_date(figures, period, &to_date);
    if (!status_is_ok(st) || to_date.observation == NULL) return st;
    st = figures_judge(figures, period, to_date.observation, target, &other);
    if (!status_is_ok(st) || other == NULL) return st;
    take_status(row, other);
    row->rule = arena_printf(figures->card->call->arena,
                             "%s; year to date %s (%s) against %s to date (%s)", other->rule,
                             to_date.observation->value, to_date.rule, target->value, rule);
    return st;
}

/* The names of what a roll-up was made from. */
static void name_parts(const struct figures *figures, const struct figure *figure,
                       Provost__V1__ScorecardRow *row)
{
    struct arena *arena = figures->card->call->arena;
    const struct kind *kind = &catalog_find("observations")->kind;
    row->inputs = arena_alloc(arena, FIGURES_PARTS_MAX * sizeof(char *));
    for (size_t i = 0; i < figure->part_count; i++) {
        const Provost__V1__Observation *part = figure->parts->observations[i];
        if (!figure->parts->children[i].has_value) continue;
        const char *id = scorecard_id(arena, figures->member->id, part->period);
        if (*part->breakdown != '\0') id = scorecard_id(arena, id, part->breakdown);
        row->inputs[row->n_inputs++] = resource_name(arena, kind, id);
    }
}

/* What the row does not say itself: roll-ups, and measures of the register. */
static void describe(const struct figures *figures, const struct figure *figure,
                     Provost__V1__ScorecardRow *row)
{
    row->exclusions = figure->exclusions;
    row->n_exclusions = figure->exclusion_count;
    bool is_submitted = strcmp(figure->rule, "submitted") == 0;
    if (figure->parts != NULL) {
        row->value_rule = (char *)figure->rule;
        name_parts(figures, figure, row);
    } else if (figure->input_count > 0 || (!is_submitted && *row->value_rule == '\0')) {
        row->value_rule = (char *)figure->rule;
        row->inputs = figure->inputs;
        row->n_inputs = figure->input_count;
    }
    if (is_submitted && *row->value_rule == '\0' && *row->value != '\0')
        row->value_rule = (char *)figure->rule;
    if (*figure->reason != '\0' && row->status == PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN)
        row->status_reason = (char *)figure->reason;
}

/* The period's own figure, those it is compared with, and the parts they may be made from.
 * Nothing where parts are there but make no figure: they would be read in vain. */
static struct status load_for_row(struct figures *figures, const struct period *period)
{
    const struct scorecard_member *member = figures->member;
    struct period first;
    bool has_parts = may_have_parts(figures, period);
    if (figures->is_loaded) return status_ok();
    if (has_parts && rule_of(figures).method == ROLLUP_NONE) return status_ok();
    size_t reach = scorecard_trend_reach(figures->card, member->indicator, period->kind);
    period_earlier(period, (int)reach, &first);
    return figures_load_days(figures, has_parts ? &catalog_numbers : &catalog_figures,
                             first.start_day, period->end_day);
}

/* The cell as it was written, of a stored figure of which only the number was read. */
static struct status add_words(struct figures *figures, const struct period *period,
                               const Provost__V1__Observation *figure,
                               Provost__V1__ScorecardRow *row)
{
    const Provost__V1__Observation *full = NULL;
    char id[PERIOD_TEXT_SIZE];
    if (!figures->lacks_words || figure == NULL) return status_ok();
    period_format_id(period, id);
    if (figure != name_map_get(&figures->stored, id)) return status_ok();
    struct status st = figures_in_full(figures, id, &full);
    if (full != NULL) row->value_verbatim = full->verbatim;
    return st;
}

struct status figures_make_row(struct figures *figures, const struct period *period,
                               Provost__V1__ScorecardRow **out_row)
{
    struct figure figure = {.rule = "", .reason = ""};
    struct status st = load_for_row(figures, period);
    if (status_is_ok(st)) st = figures_judge(figures, period, NULL, NULL, out_row);
    if (!status_is_ok(st) || *out_row == NULL) return st;
    st = figures_get(figures, period, &figure);
    if (!status_is_ok(st)) return st;
    describe(figures, &figure, *out_row);
    st = add_words(figures, period, figure.observation, *out_row);
    if (!status_is_ok(st)) return st;
    return judge_by_profile(figures, period, *out_row);
}

struct status figures_row_of(const struct scorecard *card,
                             const struct scorecard_member *member, bool with_forecast,
                             Provost__V1__ScorecardRow **out_row)
{
    struct figures figures;
    figures_init(&figures, card, member);
    struct status st = figures_make_row(&figures, &card->period, out_row);
    if (status_is_ok(st) && with_forecast && *out_row != NULL)
        st = figures_add_forecast(&figures, &card->period, *out_row);
    return st;
}
