/* What the year's end is expected to be: a submitted forecast, the figure itself once it is
 * there, else the year to date carried on in a straight line where figures are summed. */
#include "service/figures.h"

#include "domain/date.h"

#include "service/asked.h"
#include "service/resource.h"
#include "service/scorecard_target.h"

#include <assert.h>
#include <string.h>

/* A figure expected, and how it came about. */
struct expectation {
    const Provost__V1__Observation *figure; /* NULL for none */
    const char *rule;
};

static bool is_forecast(const Provost__V1__Observation *observation)
{
    assert(observation != NULL);
    for (size_t i = 0; i < observation->n_flags; i++)
        if (observation->flags[i] == PROVOST__V1__VALUE_FLAG__VALUE_FLAG_FORECAST) return true;
    return false;
}

/* A target of the kind "forecast". */
static struct status find_stated(struct figures *figures, const char *year_id,
                                 struct expectation *expected)
{
    const struct scorecard *card = figures->card;
    struct arena *arena = card->call->arena;
    const char *id = scorecard_id(arena, figures->member->id, year_id);
    struct found found = {0};
    struct decimal number;
    struct status st = found_get(card->call, &card->moment,
                                 resource_name(arena, &catalog_find("targets")->kind,
                                               scorecard_id(arena, id, "forecast")),
                                 &found);
    if (!status_is_ok(st) || found.count == 0) return st;
    const Provost__V1__Target *target = (const void *)found.items[0].body;
    if (decimal_parse(target->value, &number) != DECIMAL_OK) return st;
    expected->figure = figure_make(arena, figures->member->name, year_id, number);
    expected->rule = "submitted forecast";
    return st;
}

static struct status carry_on(struct figures *figures, const struct period *period,
                              const struct period *year, struct expectation *expected)
{
    struct arena *arena = figures->card->call->arena;
    struct figure to_date;
    struct decimal number, product, whole;
    int months = 0;
    if (figures->member->indicator->roll_up != PROVOST__V1__ROLL_UP__ROLL_UP_SUM)
        return status_ok();
    struct status st = figures_to_date(figures, period, &to_date);
    if (!status_is_ok(st) || !figure_number(to_date.observation, &number)) return st;
    while (months < 12 && date_add_months(year->start_day, months) <= period->end_day)
        months++;
    if (decimal_mul(number, decimal_from_int(12), &product) != DECIMAL_OK ||
        decimal_div(product, decimal_from_int(months), ROLLUP_DECIMALS, &whole) != DECIMAL_OK)
        return st;
    while (whole.scale > number.scale && whole.coefficient % 10 == 0) {
        whole.coefficient /= 10;
        whole.scale--;
    }
    char id[PERIOD_TEXT_SIZE];
    period_format_id(year, id);
    expected->figure = figure_make(arena, figures->member->name, id, whole);
    expected->rule = arena_printf(arena, "year to date, linear: %s in %d of 12 months",
                                  to_date.observation->value, months);
    return st;
}

/* The year's own figure. A measure of the register says how things are, not how they will be:
 * of a year that runs it is none. */
static struct status read_year(struct figures *figures, const struct period *year,
                               const char *id, const Provost__V1__Observation **out_stored)
{
    struct figure figure = {.observation = NULL};
    int32_t today = 0;
    if (*figures->member->indicator->computed == '\0')
        return figures_stored(figures, id, out_stored);
    struct status st = asked_day(figures->card->call, &figures->card->moment, "", &today);
    if (status_is_ok(st) && year->end_day < today) st = figures_get(figures, year, &figure);
    *out_stored = figure.observation;
    return st;
}

static struct status find_expectation(struct figures *figures, const struct period *period,
                                      const struct period *year, struct expectation *expected)
{
    char id[PERIOD_TEXT_SIZE];
    const Provost__V1__Observation *stored = NULL;
    struct decimal number;
    period_format_id(year, id);
    struct status st = read_year(figures, year, id, &stored);
    if (!status_is_ok(st)) return st;
    bool has_figure = figure_number(stored, &number);
    if (has_figure && is_forecast(stored)) {
        *expected = (struct expectation){stored, "submitted forecast"};
        return st;
    }
    if (!has_figure || period->kind != PERIOD_YEAR) st = find_stated(figures, id, expected);
    if (!status_is_ok(st) || expected->figure != NULL) return st;
    if (has_figure) {
        *expected = (struct expectation){stored, "the year's figure"};
        return st;
    }
    return carry_on(figures, period, year, expected);
}

struct status figures_add_forecast(struct figures *figures, const struct period *period,
                                   Provost__V1__ScorecardRow *row)
{
    struct arena *arena = figures->card->call->arena;
    struct expectation expected = {NULL, ""};
    struct period year = *period;
    Provost__V1__ScorecardRow *judged = NULL;
    char id[PERIOD_TEXT_SIZE];
    if (!figures_year_of(period, &year) && period->kind == PERIOD_SPAN) return status_ok();
    struct status st = find_expectation(figures, period, &year, &expected);
    if (status_is_ok(st)) st = figures_judge(figures, &year, expected.figure, NULL, &judged);
    if (!status_is_ok(st)) return st;
    Provost__V1__Forecast *forecast = arena_alloc(arena, sizeof *forecast);
    provost__v1__forecast__init(forecast);
    period_format_id(&year, id);
    forecast->period = arena_strdup(arena, id);
    forecast->rule = (char *)expected.rule;
    forecast->status = PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN;
    if (judged != NULL) forecast->target = judged->target;
    if (expected.figure == NULL || judged == NULL) {
        forecast->reason = (char *)"NO_FORECAST";
    } else {
        forecast->value = expected.figure->value;
        forecast->status = judged->status;
        forecast->reason = judged->status_reason;
    }
    row->forecast = forecast;
    return st;
}
