/* PerformanceService.GetIndicatorSeries. */
#include "service/series.h"

#include "common/fields.h"
#include "common/names.h"
#include "common/reasons.h"
#include "domain/date.h"
#include "service/asked.h"
#include "service/definition.h"
#include "service/derived.h"
#include "service/excerpt.h"
#include "service/performance.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 2000 };

/* ---- which indicator ---- */

static struct status open_indicator(struct series *series, const char *text)
{
    static const char collection[] = "indicators/";
    struct arena *arena = series->call->arena;
    struct version version;
    bool is_name = strchr(text, '/') != NULL;
    const char *name = is_name ? text : arena_printf(arena, "%s%s", collection, text);
    if (strncmp(name, collection, sizeof collection - 1) != 0)
        return status_invalid(arena, REASON_NAME_INVALID, "indicator",
                              "\"%s\" is no indicator; give \"indicators/...\"",
                              excerpt(arena, text));
    struct status st =
        reading_existing(series->call, "indicator", name, &series->card.moment, &version);
    if (!status_is_ok(st)) return st;
    /* A series shows its missing periods also once the indicator is retired. */
    Provost__V1__Indicator *indicator =
        (Provost__V1__Indicator *)(void *)message_copy(version.body, arena);
    if (indicator->lifecycle == PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_RETIRED)
        indicator->lifecycle = PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_ACTIVE;
    series->member = scorecard_member_of(arena, &version);
    series->member.indicator = indicator;
    return st;
}

/* ---- which sort of period ---- */

static bool kind_of_word(const char *word, enum period_kind *out_kind)
{
    static const struct {
        const char *word;
        enum period_kind kind;
    } words[] = {
        {"year", PERIOD_YEAR},
        {"annual", PERIOD_YEAR},
        {"half", PERIOD_HALF},
        {"half-year", PERIOD_HALF},
        {"quarter", PERIOD_QUARTER},
        {"quarterly", PERIOD_QUARTER},
        {"month", PERIOD_MONTH},
        {"monthly", PERIOD_MONTH},
        {"calendar-year", PERIOD_CALENDAR_YEAR},
        {"school-year", PERIOD_SCHOOL_YEAR},
    };
    struct period example;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i].word, word) != 0) continue;
        *out_kind = words[i].kind;
        return true;
    }
    if (!period_parse(word, &example, NULL)) return false;
    *out_kind = example.kind;
    return true;
}

/* The sort of period that most figures are for; of equals the shorter. */
static enum period_kind commonest_kind(const struct series *series)
{
    size_t counts[PERIOD_DATE + 1] = {0};
    enum period_kind best = PERIOD_YEAR;
    const struct found *all = &series->figures.everything;
    for (size_t i = 0; i < all->count; i++) {
        const Provost__V1__Observation *one = (const void *)all->items[i].body;
        struct period period;
        if (period_parse(one->period, &period, NULL)) counts[period.kind]++;
    }
    for (int kind = PERIOD_YEAR; kind <= PERIOD_DATE; kind++)
        if (counts[kind] > 0 && counts[kind] >= counts[best]) best = (enum period_kind)kind;
    return best;
}

/* Whether any figure is of a sort of period, or of a part of one: councils report yearly what
 * they say is quarterly. */
static bool has_figure(const struct series *series, enum period_kind kind)
{
    const struct found *all = &series->figures.everything;
    for (size_t i = 0; i < all->count; i++) {
        const Provost__V1__Observation *one = (const void *)all->items[i].body;
        struct period period, whole;
        if (period_parse(one->period, &period, NULL) &&
            (period.kind == kind || (period_of_day(kind, period.start_day, &whole) &&
                                     period_contains(&whole, &period))))
            return true;
    }
    return all->count == 0;
}

static struct status choose_kind(struct series *series, const char *word,
                                 enum period_kind *out_kind)
{
    if (*word == '\0') {
        if (!figures_kind_of(series->member.indicator->frequency, out_kind))
            *out_kind = commonest_kind(series);
        return status_ok();
    }
    if (kind_of_word(word, out_kind)) return status_ok();
    return status_invalid(series->call->arena, REASON_GRANULARITY_INVALID, "granularity",
                          "\"%s\" is no sort of period; give year, half, quarter, month, "
                          "calendar-year, school-year or the id of such a period",
                          excerpt(series->call->arena, word));
}

/* ---- which periods ---- */

struct bounds {
    enum period_kind kind;
    int32_t first_day; /* DATE_NO_DAY: not known yet */
    int32_t last_day;
    struct found targets;
};

static void widen(struct bounds *bounds, const char *text)
{
    struct period period, one;
    if (!period_parse(text, &period, NULL)) return;
    if (period.kind != bounds->kind && (!period_of_day(bounds->kind, period.start_day, &one) ||
                                        !period_contains(&one, &period)))
        return;
    if (bounds->first_day == DATE_NO_DAY || period.start_day < bounds->first_day)
        bounds->first_day = period.start_day;
    if (bounds->last_day == DATE_NO_DAY || period.end_day > bounds->last_day)
        bounds->last_day = period.end_day;
}

/* What is made when asked for has no figures to tell from: from the first day known of what it
 * is made of to the day of the answer. */
static struct status widen_derived(struct series *series, struct bounds *bounds)
{
    enum derived_kind kind = DERIVED_NOT;
    struct derived *derived = series->card.derived;
    int32_t first = DATE_NO_DAY, today = 0;
    struct period last;
    struct status st = status_ok();
    if (*series->figures.breakdown == '\0')
        st = derived_kind_of(derived, &series->member, &kind);
    series->is_derived = kind != DERIVED_NOT;
    if (!status_is_ok(st) || !series->is_derived) return st;
    st = derived_first_day(derived, &series->member, &first);
    if (status_is_ok(st)) st = asked_day(series->call, &series->card.moment, "", &today);
    if (!status_is_ok(st) || first == DATE_NO_DAY || first > today ||
        !period_of_day(bounds->kind, today, &last))
        return st;
    if (bounds->first_day == DATE_NO_DAY || first < bounds->first_day)
        bounds->first_day = first;
    if (bounds->last_day == DATE_NO_DAY || last.end_day > bounds->last_day)
        bounds->last_day = last.end_day;
    return st;
}

/* From the first to the last period with a figure, or a target of the period itself. */
static struct status find_bounds(struct series *series, struct bounds *bounds)
{
    const struct found *all = &series->figures.everything;
    struct found_query query = {.collection = "targets", .prefix = series->member.id};
    struct status st = found_scan(series->call, &series->card.moment, &query, &bounds->targets);
    figures_take_targets(&series->figures, &bounds->targets);
    for (size_t i = 0; i < all->count; i++)
        widen(bounds, ((const Provost__V1__Observation *)(void *)all->items[i].body)->period);
    for (size_t i = 0; i < bounds->targets.count; i++) {
        const Provost__V1__Target *target = (const void *)bounds->targets.items[i].body;
        struct period period;
        if (period_parse(target->period, &period, NULL) && period.kind == bounds->kind)
            widen(bounds, target->period);
    }
    return status_is_ok(st) ? widen_derived(series, bounds) : st;
}

static struct status cut_bounds(struct series *series,
                                const Provost__V1__GetIndicatorSeriesRequest *in,
                                struct bounds *bounds)
{
    struct arena *arena = series->call->arena;
    struct period period;
    struct status st = status_ok();
    if (*in->from_period != '\0') {
        st = asked_period(arena, "from_period", in->from_period, &period);
        if (!status_is_ok(st)) return st;
        bounds->first_day = period.start_day;
        if (bounds->last_day == DATE_NO_DAY) bounds->last_day = period.end_day;
    }
    if (*in->to_period != '\0') {
        st = asked_period(arena, "to_period", in->to_period, &period);
        if (!status_is_ok(st)) return st;
        bounds->last_day = period.end_day;
        if (bounds->first_day == DATE_NO_DAY) bounds->first_day = period.start_day;
    }
    if (*in->from_period != '\0' && *in->to_period != '\0' &&
        bounds->first_day > bounds->last_day)
        return status_invalid(arena, REASON_RANGE_INVALID, "to_period",
                              "to_period \"%s\" ends before from_period \"%s\" begins",
                              excerpt(arena, in->to_period), excerpt(arena, in->from_period));
    return st;
}

static bool add_period(struct series *series, const struct period *period)
{
    if (series->count == POINTS_MAX) return false;
    series->periods[series->count++] = *period;
    return true;
}

/* Days and spans of years do not follow each other: those that have a figure. */
static bool list_stored(struct series *series, const struct bounds *bounds)
{
    const struct found *all = &series->figures.everything;
    for (size_t i = 0; i < all->count; i++) {
        const Provost__V1__Observation *one = (const void *)all->items[i].body;
        struct period period;
        if (!period_parse(one->period, &period, NULL) || period.kind != bounds->kind ||
            period.end_day < bounds->first_day || period.start_day > bounds->last_day)
            continue;
        if (!add_period(series, &period)) return false;
    }
    return true;
}

static bool list_running(struct series *series, const struct bounds *bounds)
{
    struct period period;
    bool ok = period_of_day(bounds->kind, bounds->first_day, &period);
    while (ok && period.start_day <= bounds->last_day) {
        if (!add_period(series, &period)) return false;
        ok = period_next(&period, &period);
    }
    return true;
}

static struct status list_periods(struct series *series, const struct bounds *bounds)
{
    struct arena *arena = series->call->arena;
    bool stands_alone = bounds->kind == PERIOD_DATE || bounds->kind == PERIOD_SPAN;
    series->periods = arena_alloc(arena, POINTS_MAX * sizeof *series->periods);
    if (bounds->first_day == DATE_NO_DAY) return status_ok();
    if (stands_alone ? list_stored(series, bounds) : list_running(series, bounds))
        return status_ok();
    return status_invalid(arena, REASON_RANGE_INVALID, "from_period",
                          "there are more than %d periods from the first to the last; ask for "
                          "fewer with from_period and to_period, or for longer ones",
                          POINTS_MAX);
}

/* ---- points ---- */

static struct status add_to_date(struct series *series, const struct period *period,
                                 Provost__V1__SeriesPoint *point)
{
    struct figure to_date;
    const Provost__V1__Target *target = NULL;
    const char *rule = "";
    if (period->kind != PERIOD_MONTH && period->kind != PERIOD_QUARTER &&
        period->kind != PERIOD_HALF)
        return status_ok();
    if (series->member.indicator->roll_up != PROVOST__V1__ROLL_UP__ROLL_UP_UNSPECIFIED ||
        series->member.indicator->target_profile !=
            PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_UNSPECIFIED) {
        struct status st = figures_to_date(&series->figures, period, &to_date);
        if (!status_is_ok(st)) return st;
        point->year_to_date_rule = (char *)to_date.rule;
        if (to_date.observation != NULL) point->year_to_date = to_date.observation->value;
    }
    struct status st = figures_target_to_date(&series->figures, period, &target, &rule);
    if (!status_is_ok(st) || target == NULL) return st;
    point->target_to_date = target->value;
    point->year_to_date_rule =
        arena_printf(series->call->arena, "%s%starget to date: %s", point->year_to_date_rule,
                     *point->year_to_date_rule == '\0' ? "" : "; ", rule);
    return st;
}

/* A whole's target says nothing about a part where parts add up to the whole. */
static void drop_target(const struct series *series, Provost__V1__ScorecardRow *row)
{
    if (*series->figures.breakdown == '\0' || *row->target == '\0' ||
        series->member.indicator->roll_up != PROVOST__V1__ROLL_UP__ROLL_UP_SUM)
        return;
    row->target = row->target_high = row->shortfall = row->shortfall_percent = (char *)"";
    row->rule = (char *)"the target is of the whole, of which this is a part";
    if (*row->value != '\0') row->status = PROVOST__V1__RAG_STATUS__RAG_STATUS_NO_TARGET;
}

static struct status add_point(struct series *series, const struct period *period)
{
    struct arena *arena = series->call->arena;
    Provost__V1__SeriesPoint *point = arena_alloc(arena, sizeof *point);
    char id[PERIOD_TEXT_SIZE], label[PERIOD_TEXT_SIZE];
    provost__v1__series_point__init(point);
    period_format_id(period, id);
    period_format_label(period, label);
    point->period = arena_strdup(arena, id);
    point->period_label = arena_strdup(arena, label);
    struct status st = figures_make_row(&series->figures, period, &point->row);
    if (!status_is_ok(st)) return st;
    drop_target(series, point->row);
    series->out->points[series->out->n_points++] = point;
    return add_to_date(series, period, point);
}

static bool is_empty(const Provost__V1__ScorecardRow *row)
{
    return row->value_state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED &&
           *row->target == '\0';
}

/* Of what was made because it might be there: periods without a figure at either end. */
static void trim_points(struct series *series, const Provost__V1__GetIndicatorSeriesRequest *in)
{
    Provost__V1__GetIndicatorSeriesResponse *out = series->out;
    size_t skipped = 0;
    if (!series->is_derived) return;
    while (*in->to_period == '\0' && out->n_points > 0 &&
           is_empty(out->points[out->n_points - 1]->row))
        out->n_points--;
    while (*in->from_period == '\0' && skipped < out->n_points &&
           is_empty(out->points[skipped]->row))
        skipped++;
    out->points += skipped;
    out->n_points -= skipped;
    series->periods += skipped;
    series->count = out->n_points;
}

static struct status add_points(struct series *series)
{
    struct status st = status_ok();
    series->out->points =
        arena_alloc(series->call->arena, series->count * sizeof(Provost__V1__SeriesPoint *));
    for (size_t i = 0; status_is_ok(st) && i < series->count; i++)
        st = add_point(series, &series->periods[i]);
    return st;
}

/* ---- the whole ---- */

static struct status find_periods(struct series *series,
                                  const Provost__V1__GetIndicatorSeriesRequest *in)
{
    struct bounds bounds = {.first_day = DATE_NO_DAY, .last_day = DATE_NO_DAY};
    struct status st = choose_kind(series, in->granularity, &bounds.kind);
    if (status_is_ok(st)) st = find_bounds(series, &bounds);
    if (status_is_ok(st) && *in->granularity == '\0' && !has_figure(series, bounds.kind)) {
        bounds = (struct bounds){
            .kind = commonest_kind(series), .first_day = DATE_NO_DAY, .last_day = DATE_NO_DAY};
        st = find_bounds(series, &bounds);
    }
    if (status_is_ok(st)) st = cut_bounds(series, in, &bounds);
    if (status_is_ok(st)) st = list_periods(series, &bounds);
    return st;
}

static void add_head(struct series *series)
{
    const Provost__V1__Indicator *indicator = series->member.indicator;
    Provost__V1__GetIndicatorSeriesResponse *out = series->out;
    out->indicator = (char *)series->member.name;
    out->title = indicator->title;
    out->unit = indicator->unit;
    out->decimals = indicator->decimals;
    out->polarity = indicator->polarity;
    if (series->count > 0)
        out->polarity = definition_at(indicator, &series->periods[series->count - 1]).polarity;
    out->seq = series->card.moment.seq;
}

static struct status make_series(struct series *series,
                                 const Provost__V1__GetIndicatorSeriesRequest *in)
{
    figures_init(&series->figures, &series->card, &series->member);
    series->figures.breakdown = in->breakdown;
    series->figures.completeness = in->partial ? ROLLUP_PARTIAL : ROLLUP_STRICT;
    struct status st = figures_load(&series->figures);
    if (status_is_ok(st)) st = find_periods(series, in);
    if (status_is_ok(st)) st = add_points(series);
    if (!status_is_ok(st)) return st;
    trim_points(series, in);
    add_head(series);
    series_add_control(series, in->screen != 0);
    return series_add_benchmarks(series);
}

struct status performance_get_indicator_series(struct handler_call *call,
                                               const ProtobufCMessage *request,
                                               ProtobufCMessage **out_response)
{
    const Provost__V1__GetIndicatorSeriesRequest *in = (const void *)request;
    Provost__V1__GetIndicatorSeriesResponse *out = arena_alloc(call->arena, sizeof *out);
    provost__v1__get_indicator_series_response__init(out);
    struct series series = {.call = call, .card = {.call = call}, .out = out};
    struct status st = moment_resolve(call, in->as_of_seq, in->as_of_time, &series.card.moment);
    series.card.derived = derived_new(call, &series.card.moment);
    if (status_is_ok(st)) st = open_indicator(&series, in->indicator);
    if (status_is_ok(st)) st = make_series(&series, in);
    if (!status_is_ok(st)) return st;
    *out_response = &out->base;
    return status_ok();
}
