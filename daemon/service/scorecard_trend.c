#include "service/scorecard_trend.h"

#include "service/definition.h"

#include <string.h>

enum { COMPARATORS_MAX = TREND_LONG_MAXIMUM }; /* as understand_indicator.c allows */

/* The current figure and those it is compared with, nearest first. */
struct series {
    struct trend_point current;
    struct trend_point points[COMPARATORS_MAX];
    const char *periods[COMPARATORS_MAX]; /* ids */
    const char *values[COMPARATORS_MAX];  /* as stored */
    size_t count;
};

/* ---- reading figures ---- */

static bool has_break(const Provost__V1__Observation *observation)
{
    for (size_t i = 0; i < observation->n_flags; i++)
        if (observation->flags[i] == PROVOST__V1__VALUE_FLAG__VALUE_FLAG_BREAK) return true;
    return false;
}

static struct trend_point point_of(const Provost__V1__Observation *observation)
{
    struct trend_point point = {.is_break = has_break(observation)};
    point.has_value = observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE &&
                      decimal_parse(observation->value, &point.value) == DECIMAL_OK;
    return point;
}

void scorecard_figure_init(struct scorecard_figure *figure, const struct period *period,
                           const char period_id[PERIOD_TEXT_SIZE],
                           const Provost__V1__Observation *observation)
{
    figure->period = *period;
    memcpy(figure->period_id, period_id, sizeof figure->period_id);
    figure->observation = observation;
    figure->point = (struct trend_point){.has_value = false};
    if (observation != NULL) figure->point = point_of(observation);
}

/* ---- the series ---- */

/* How many periods lie between a figure and its comparator, the comparator included. */
static size_t stride_of(const Provost__V1__Indicator *indicator, enum period_kind kind)
{
    if (indicator->trend_mode != PROVOST__V1__TREND_MODE__TREND_MODE_SAME_PERIOD_LAST_YEAR)
        return 1;
    switch (kind) {
    case PERIOD_HALF:
        return 2;
    case PERIOD_QUARTER:
        return 4;
    case PERIOD_MONTH:
        return 12;
    case PERIOD_YEAR:
    case PERIOD_CALENDAR_YEAR:
    case PERIOD_SCHOOL_YEAR:
    case PERIOD_SPAN:
    case PERIOD_DATE:
        break;
    }
    return 1;
}

static size_t comparators_wanted(const Provost__V1__Indicator *indicator)
{
    size_t wanted = indicator->trend_long_periods > 0 ? (size_t)indicator->trend_long_periods
                                                      : TREND_LONG_COMPARATORS;
    return wanted < COMPARATORS_MAX ? wanted : COMPARATORS_MAX;
}

size_t scorecard_trend_reach(const struct scorecard *card,
                             const Provost__V1__Indicator *indicator, enum period_kind kind)
{
    size_t stride = stride_of(indicator, kind);
    return card->short_only ? stride : stride * comparators_wanted(indicator);
}

static void add_comparator(struct series *series, const struct scorecard_figure *figure)
{
    series->points[series->count] = figure->point;
    series->periods[series->count] = figure->period_id;
    series->values[series->count] =
        figure->observation != NULL ? figure->observation->value : "";
    series->count++;
}

/* The newest figure that the one before it is compared with. */
static struct trend_point *newest_point(struct series *series)
{
    return series->count == 0 ? &series->current : &series->points[series->count - 1];
}

/* Walks back period by period. What lies between comparators only tells of breaks: the newer
 * neighbour is then not comparable with anything earlier. */
static struct status read_series(const struct scorecard *card,
                                 const struct scorecard_member *member,
                                 struct scorecard_figure *current, struct series *series)
{
    struct scorecard_figure *later = current, *figure = NULL;
    size_t stride = stride_of(member->indicator, current->period.kind);
    size_t steps = scorecard_trend_reach(card, member->indicator, current->period.kind);
    for (size_t i = 1; i <= steps; i++, later = figure) {
        struct status st = card->source->before(card, later, &figure);
        if (!status_is_ok(st) || figure == NULL) return st;
        if (definition_breaks_between(member->indicator, &figure->period, &later->period))
            newest_point(series)->is_break = true;
        if (i % stride == 0)
            add_comparator(series, figure);
        else if (figure->point.is_break)
            newest_point(series)->is_break = true;
    }
    return status_ok();
}

/* ---- the answer ---- */

static Provost__V1__TrendDirection direction_of(enum trend_direction direction)
{
    switch (direction) {
    case TREND_UNKNOWN:
        break;
    case TREND_IMPROVING:
        return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING;
    case TREND_NO_CHANGE:
        return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_NO_CHANGE;
    case TREND_GETTING_WORSE:
        return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE;
    case TREND_INCREASING:
        return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_INCREASING;
    case TREND_DECREASING:
        return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_DECREASING;
    }
    return PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_UNKNOWN;
}

static Provost__V1__Trend *make_trend(struct arena *arena, const struct trend_result *result)
{
    Provost__V1__Trend *trend = arena_alloc(arena, sizeof *trend);
    provost__v1__trend__init(trend);
    trend->direction = direction_of(result->direction);
    trend->reason = (char *)trend_reason_name(result->reason);
    if (result->direction == TREND_UNKNOWN) return trend;
    trend->change = scorecard_number(arena, result->change);
    if (result->has_percent)
        trend->change_percent = scorecard_number(arena, result->change_percent);
    return trend;
}

static Provost__V1__Trend *make_short(struct arena *arena, const struct trend_rule *rule,
                                      const struct series *series)
{
    static const struct trend_point nothing;
    bool any = series->count > 0;
    struct trend_result result =
        trend_short(rule, &series->current, any ? &series->points[0] : &nothing, false);
    Provost__V1__Trend *trend = make_trend(arena, &result);
    if (any && series->points[0].has_value) {
        trend->against_period = (char *)series->periods[0];
        trend->against_value = (char *)series->values[0];
    }
    return trend;
}

/* The mean of the comparators that were used, and the earliest of them. */
static void add_mean(struct arena *arena, const struct series *series,
                     const struct trend_result *result, Provost__V1__Trend *trend)
{
    struct decimal sum = result->sum, mean;
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].has_value) trend->against_period = (char *)series->periods[i];
    int scale = sum.scale + 4 < DECIMAL_MAX_SCALE ? sum.scale + 4 : DECIMAL_MAX_SCALE;
    if (decimal_div(sum, decimal_from_int((int64_t)result->comparators), scale, &mean) ==
        DECIMAL_OK)
        trend->against_value = scorecard_number(arena, mean);
}

static Provost__V1__Trend *make_long(struct arena *arena, const struct trend_rule *rule,
                                     const struct series *series)
{
    struct trend_result result =
        trend_long(rule, &series->current,
                   &(struct trend_past){series->points, series->count, series->count});
    Provost__V1__Trend *trend = make_trend(arena, &result);
    if (result.direction != TREND_UNKNOWN) add_mean(arena, series, &result, trend);
    return trend;
}

struct status scorecard_add_trends(const struct scorecard *card,
                                   const struct scorecard_member *member,
                                   struct scorecard_figure *current,
                                   const struct trend_rule *rule,
                                   Provost__V1__ScorecardRow *row)
{
    struct arena *arena = card->call->arena;
    struct series series; /* large, of which most rows use little */
    struct status st = status_ok();
    series.current = current->point;
    series.count = 0;
    if (series.current.has_value) st = read_series(card, member, current, &series);
    if (!status_is_ok(st)) return st;
    row->short_trend = make_short(arena, rule, &series);
    row->long_trend = make_long(arena, rule, &series);
    return status_ok();
}
