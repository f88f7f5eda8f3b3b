/* GetIndicatorSeries: MODEL.md sections 8 to 10 as answers of the handler. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

#define ALERT PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT

static Provost__V1__GetIndicatorSeriesResponse *series(struct register_fixture *f,
                                                       const char *json)
{
    return ask(f, performance_get_indicator_series,
               &provost__v1__get_indicator_series_request__descriptor, json);
}

static void indicator(struct register_fixture *f, const char *id, const char *fields)
{
    const char *name = arena_printf(&f->arena, "indicators/%s", id);
    const char *const rows[] = {
        name, "indicator", arena_printf(&f->arena, "\"title\":\"%s\"%s", id, fields), NULL};
    create_all(f, rows);
}

/* ---- the worked vector of section 9 ---- */

static void put_vector(struct register_fixture *f)
{
    static const char *const values[] = {"1", "2", "1", "2", "10", "1", "2", "1", "2",
                                         "1", "2", "1", "2", "1",  "2", "1", "2", "1"};
    indicator(f, "x", ",\"frequency\":\"MONTHLY\",\"polarity\":\"MIN\"");
    for (int i = 0; i < 18; i++)
        figure(f, "x",
               arena_printf(&f->arena, "%d-m%02d", 2020 + (3 + i) / 12, 1 + (3 + i) % 12),
               values[i]);
}

static void xmr_of_the_worked_vector(void **state)
{
    struct register_fixture *f = *state;
    put_vector(f);
    Provost__V1__GetIndicatorSeriesResponse *out = series(f, "{\"indicator\":\"x\"}");
    assert_int_equal(out->n_points, 18);
    assert_string_equal(out->control->mean, "1.9444");
    assert_string_equal(out->control->lower, "-3.0626");
    assert_string_equal(out->control->upper, "6.9515");
    assert_false(out->control->trial);
    assert_int_equal(out->control->variation, PROVOST__V1__VARIATION__VARIATION_COMMON_CAUSE);
    assert_int_equal(out->points[4]->n_special_causes, 1);
    assert_int_equal(out->points[4]->special_causes[0],
                     PROVOST__V1__SPECIAL_CAUSE__SPECIAL_CAUSE_OUTSIDE_LIMITS);
    assert_int_equal(out->points[3]->n_special_causes, 0);
    out = series(f, "{\"indicator\":\"indicators/x\",\"screen\":true}");
    assert_string_equal(out->control->lower, "-0.7156");
    assert_string_equal(out->control->upper, "4.6044");
    assert_int_equal(out->points[4]->n_special_causes, 1);
    assert_true(out->control->screened);
    assert_int_equal(out->seq, register_seq(f));
}

static void fewer_than_two_figures_have_no_limits(void **state)
{
    indicator(*state, "x", "");
    figure(*state, "x", "2020/21", "5");
    Provost__V1__GetIndicatorSeriesResponse *out = series(*state, "{\"indicator\":\"x\"}");
    assert_int_equal(out->n_points, 1);
    assert_string_equal(out->control->reason, "TOO_FEW");
}

/* ---- roll-up ---- */

static void ratios_roll_up_by_their_parts(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "r",
              ",\"unit\":\"PERCENT\",\"rollUp\":\"RATIO\",\"frequency\":\"SIX_MONTHLY\"");
    register_must_apply(f, "{\"create\":{\"observation\":{\"indicator\":\"indicators/"
                           "r\",\"period\":\"2021-22.h1\","
                           "\"value\":\"66.7\",\"numerator\":\"6\",\"denominator\":\"9\"}}},"
                           "{\"create\":{\"observation\":{\"indicator\":\"indicators/"
                           "r\",\"period\":\"2021-22.h2\","
                           "\"value\":\"100\",\"numerator\":\"3\",\"denominator\":\"3\"}}}");
    Provost__V1__GetIndicatorSeriesResponse *out =
        series(f, "{\"indicator\":\"r\",\"granularity\":\"year\"}");
    assert_int_equal(out->n_points, 1);
    assert_string_equal(out->points[0]->row->value, "75");
    assert_string_equal(out->points[0]->row->numerator, "9");
    assert_string_equal(out->points[0]->row->denominator, "12");
    assert_string_equal(out->points[0]->row->value_rule, "roll-up ratio of 2/2");
    assert_int_equal(out->points[0]->row->n_inputs, 2);
    assert_string_equal(out->points[0]->row->inputs[0], "observations/r/2021-22.h1");
}

static void a_missing_part_is_unknown_or_labelled(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "s", ",\"rollUp\":\"SUM\",\"frequency\":\"QUARTERLY\"");
    figure(f, "s", "Q1 2021/22", "10");
    figure(f, "s", "Q2 2021/22", "12");
    figure(f, "s", "Q4 2021/22", "8");
    Provost__V1__ScorecardRow *row =
        series(f, "{\"indicator\":\"s\",\"granularity\":\"year\"}")->points[0]->row;
    assert_string_equal(row->value, "");
    assert_string_equal(row->status_reason, "INCOMPLETE");
    assert_string_equal(row->value_rule, "roll-up sum of 3/4: INCOMPLETE");
    row = series(f, "{\"indicator\":\"s\",\"granularity\":\"2020-21\",\"partial\":true}")
              ->points[0]
              ->row;
    assert_string_equal(row->value, "30");
    assert_string_equal(row->value_rule, "roll-up sum of 3/4, partial");
    Provost__V1__GetIndicatorSeriesResponse *out = series(f, "{\"indicator\":\"s\"}");
    assert_int_equal(out->n_points, 4);
    assert_string_equal(out->points[2]->period, "2021-22.q3");
    assert_string_equal(out->points[2]->row->value, "");
    assert_string_equal(out->points[1]->year_to_date, "22");
    assert_string_equal(out->points[1]->year_to_date_rule, "year to date, sum of 2/2");
    assert_string_equal(out->points[3]->year_to_date, "");
}

/* ---- target profiles ---- */

static void sickness_at_month_six_is_judged_to_date(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "sick",
              ",\"polarity\":\"MIN\",\"rollUp\":\"SUM\",\"frequency\":\"MONTHLY\","
              "\"targetProfile\":\"LINEAR\"");
    target(f, "sick", "2021/22", "4.5");
    for (int month = 4; month <= 9; month++)
        figure(f, "sick", arena_printf(&f->arena, "2021-%02d", month), "0.40");
    Provost__V1__GetIndicatorSeriesResponse *out =
        series(f, "{\"indicator\":\"sick\",\"toPeriod\":\"2021-09\"}");
    const Provost__V1__SeriesPoint *point = out->points[out->n_points - 1];
    assert_string_equal(point->period, "2021-09");
    assert_string_equal(point->year_to_date, "2.40");
    assert_string_equal(point->target_to_date, "2.25");
    assert_string_equal(point->row->value, "0.40");
    assert_string_equal(point->row->target, "2.25");
    assert_int_equal(point->row->status, ALERT);
    assert_string_equal(point->row->shortfall_percent, "6.6667");
    assert_non_null(strstr(point->row->rule, "year to date 2.40"));
}

static void a_cumulative_half_is_judged_to_date_too(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "sick", ",\"polarity\":\"MIN\",\"targetProfile\":\"LINEAR\"");
    target(f, "sick", "2021/22", "4.5");
    figure(f, "sick", "2021-22.h1", "2.40");
    const Provost__V1__SeriesPoint *point =
        series(f, "{\"indicator\":\"sick\",\"granularity\":\"half\"}")->points[0];
    assert_int_equal(point->row->status, ALERT);
    assert_string_equal(point->row->shortfall_percent, "6.6667");
}

/* ---- benchmarks ---- */

static void above_average_with_polarity_min_is_worse(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "preg", ",\"polarity\":\"MIN\"");
    register_must_apply(
        f,
        "{\"create\":{\"benchmark\":{\"indicator\":\"indicators/preg\",\"period\":\"2009/10\","
        "\"comparator\":\"England\",\"position\":\"ABOVE\"}}}");
    Provost__V1__GetIndicatorSeriesResponse *out = series(f, "{\"indicator\":\"preg\"}");
    assert_int_equal(out->n_benchmarks, 1);
    assert_int_equal(out->benchmarks[0]->position,
                     PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_ABOVE);
    assert_int_equal(out->benchmarks[0]->comparison, PROVOST__V1__COMPARISON__COMPARISON_WORSE);
}

static void rank_and_quartile_of_a_family_group(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "b", ",\"polarity\":\"MAX\"");
    figure(f, "b", "2020/21", "80");
    register_must_apply(
        f, "{\"create\":{\"benchmark\":{\"indicator\":\"indicators/b\",\"period\":\"2020/21\","
           "\"comparator\":\"family group\",\"groupValues\":[\"90\",\"80\",\"70\",\"60\"]}}}");
    const Provost__V1__BenchmarkResult *result =
        series(f, "{\"indicator\":\"b\"}")->benchmarks[0];
    assert_int_equal(result->rank, 2);
    assert_int_equal(result->members, 5);
    assert_int_equal(result->quartile, 2);
    assert_string_equal(result->comparator_value, "75");
    assert_int_equal(result->comparison, PROVOST__V1__COMPARISON__COMPARISON_BETTER);
}

/* ---- the request ---- */

static void breakdowns_are_series_of_their_own(void **state)
{
    struct register_fixture *f = *state;
    indicator(f, "d", "");
    figure(f, "d", "2020/21", "5");
    register_must_apply(
        f,
        "{\"create\":{\"observation\":{\"indicator\":\"indicators/d\",\"period\":\"2020/21\","
        "\"breakdown\":\"area=lochee\",\"value\":\"3\"}}}");
    assert_string_equal(
        series(f, "{\"indicator\":\"d\",\"breakdown\":\"area=lochee\"}")->points[0]->row->value,
        "3");
    assert_string_equal(series(f, "{\"indicator\":\"d\"}")->points[0]->row->value, "5");
}

static void figures_of_another_rhythm_than_said_are_shown(void **state)
{
    indicator(*state, "q", ",\"frequency\":\"QUARTERLY\"");
    figure(*state, "q", "2019/20", "5");
    figure(*state, "q", "2020/21", "6");
    assert_int_equal(series(*state, "{\"indicator\":\"q\"}")->n_points, 2);
}

static void refusals(void **state)
{
    struct register_fixture *f = *state;
    const ProtobufCMessageDescriptor *type =
        &provost__v1__get_indicator_series_request__descriptor;
    indicator(f, "x", "");
    assert_null(register_read(f, performance_get_indicator_series, type,
                              "{\"indicator\":\"x\",\"granularity\":\"fortnight\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_GRANULARITY_INVALID, "granularity",
                           NULL);
    assert_null(register_read(f, performance_get_indicator_series, type,
                              "{\"indicator\":\"x\",\"granularity\":\"month\","
                              "\"fromPeriod\":\"1900/01\",\"toPeriod\":\"2190/91\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_RANGE_INVALID, NULL, NULL);
    assert_null(register_read(f, performance_get_indicator_series, type,
                              "{\"indicator\":\"x\",\"fromPeriod\":\"2021/22\","
                              "\"toPeriod\":\"2019/20\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_RANGE_INVALID, "to_period", NULL);
    assert_null(
        register_read(f, performance_get_indicator_series, type, "{\"indicator\":\"none\"}"));
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, "indicator", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(xmr_of_the_worked_vector),
        TEST(fewer_than_two_figures_have_no_limits),
        TEST(ratios_roll_up_by_their_parts),
        TEST(a_missing_part_is_unknown_or_labelled),
        TEST(sickness_at_month_six_is_judged_to_date),
        TEST(a_cumulative_half_is_judged_to_date_too),
        TEST(above_average_with_polarity_min_is_worse),
        TEST(rank_and_quartile_of_a_family_group),
        TEST(breakdowns_are_series_of_their_own),
        TEST(figures_of_another_rhythm_than_said_are_shown),
        TEST(refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
