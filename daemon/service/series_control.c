/* Process control of a series (MODEL.md section 9). */
#include "service/series.h"

#include "domain/spc.h"
#include "service/definition.h"
#include "service/scorecard_target.h"

#include <string.h>

enum { CONTROL_DECIMALS = 4 };

/* The points with a figure. */
struct chart {
    struct decimal *values;
    size_t *places; /* of each in the answer's points */
    size_t count;
    struct spc_input input;
};

static void gather_points(const struct series *series, struct chart *chart)
{
    const Provost__V1__GetIndicatorSeriesResponse *out = series->out;
    struct arena *arena = series->call->arena;
    chart->values = arena_alloc(arena, out->n_points * sizeof *chart->values);
    chart->places = arena_alloc(arena, out->n_points * sizeof *chart->places);
    for (size_t i = 0; i < out->n_points; i++) {
        if (decimal_parse(out->points[i]->row->value, &chart->values[chart->count]) !=
            DECIMAL_OK)
            continue;
        chart->places[chart->count++] = i;
    }
}

/* The latest target that there is; not one of a part of the year by the profile, which grows
 * with the year. */
static void find_target(const struct series *series, struct spc_input *input)
{
    const Provost__V1__GetIndicatorSeriesResponse *out = series->out;
    for (size_t i = out->n_points; i > 0 && !input->has_target; i--) {
        const Provost__V1__ScorecardRow *row = out->points[i - 1]->row;
        if (*out->points[i - 1]->target_to_date != '\0' ||
            decimal_parse(row->target, &input->target) != DECIMAL_OK)
            continue;
        input->has_target = true;
        input->target_high = input->target;
        (void)decimal_parse(row->target_high, &input->target_high);
        input->polarity = scorecard_target_polarity(row->target_operator, input->polarity);
    }
}

static char *shown(struct arena *arena, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format_rounded(number, CONTROL_DECIMALS, text);
    return arena_strdup(arena, text);
}

static void add_marks(const struct series *series, const struct chart *chart,
                      const struct spc_result *result)
{
    static const Provost__V1__SpecialCause causes[] = {
        [SPC_COMMON] = PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_UNSPECIFIED,
        [SPC_OUTSIDE] = PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_OUTSIDE_LIMITS,
        [SPC_TREND] = PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_RUN,
        [SPC_NEAR_LIMIT] = PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_NEAR_LIMIT,
        [SPC_ONE_SIDE] = PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_SHIFT,
    };
    for (size_t i = 0; i < chart->count; i++) {
        if (result->marks[i].special == SPC_COMMON) continue;
        Provost__V1__SeriesPoint *point = series->out->points[chart->places[i]];
        point->special_causes = arena_alloc(series->call->arena, sizeof *point->special_causes);
        point->special_causes[0] = causes[result->marks[i].special];
        point->n_special_causes = 1;
    }
}

static Provost__V1__Variation variation_of(enum spc_variation variation)
{
    static const Provost__V1__Variation variations[] = {
        [SPC_VARIATION_COMMON_CAUSE] = PROVOST__V1__VARIATION__VARIATION_COMMON_CAUSE,
        [SPC_VARIATION_IMPROVEMENT] = PROVOST__V1__VARIATION__VARIATION_IMPROVEMENT,
        [SPC_VARIATION_CONCERN] = PROVOST__V1__VARIATION__VARIATION_CONCERN,
        [SPC_VARIATION_NEUTRAL] = PROVOST__V1__VARIATION__VARIATION_NEUTRAL,
    };
    return variations[variation];
}

static Provost__V1__Assurance assurance_of(enum spc_assurance assurance)
{
    static const Provost__V1__Assurance assurances[] = {
        [SPC_ASSURANCE_NONE] = PROVOST__V1__ASSURANCE__ASSURANCE_UNSPECIFIED,
        [SPC_ASSURANCE_PASS] = PROVOST__V1__ASSURANCE__ASSURANCE_CONSISTENTLY_PASS,
        [SPC_ASSURANCE_HIT_OR_MISS] = PROVOST__V1__ASSURANCE__ASSURANCE_HIT_OR_MISS,
        [SPC_ASSURANCE_FAIL] = PROVOST__V1__ASSURANCE__ASSURANCE_CONSISTENTLY_FAIL,
    };
    return assurances[assurance];
}

static void show_limits(struct arena *arena, const struct spc_result *result,
                        Provost__V1__ProcessControl *control)
{
    control->trial = result->trial;
    control->mean = shown(arena, result->mean);
    control->lower = shown(arena, result->lower);
    control->upper = shown(arena, result->upper);
    control->mean_moving_range = shown(arena, result->mean_range);
    control->variation = variation_of(result->variation);
    control->assurance = assurance_of(result->assurance);
}

void series_add_control(struct series *series, bool screen)
{
    struct arena *arena = series->call->arena;
    struct chart chart = {.count = 0};
    Provost__V1__ProcessControl *control = arena_alloc(arena, sizeof *control);
    provost__v1__process_control__init(control);
    gather_points(series, &chart);
    chart.input = (struct spc_input){
        .points = chart.values,
        .count = chart.count,
        .screened = screen,
        .polarity = definition_polarity(series->out->polarity),
    };
    find_target(series, &chart.input);
    struct spc_result result = spc_analyse(&chart.input, arena);
    control->points = (int32_t)chart.count;
    control->screened = screen;
    control->reason = (char *)spc_reason_name(result.reason);
    series->out->control = control;
    if (result.reason != SPC_REASON_NONE) return;
    show_limits(arena, &result, control);
    add_marks(series, &chart, &result);
}
