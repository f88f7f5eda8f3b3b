/* Indicators that report a measure of the register: their figures are made when asked for, in
 * every answer alike, with the rule, the parts and what was left out (MODEL.md sections 7, 8). */
#include "service/ask.h"
#include "service/model_test.h"

#define IND(id, fields) CREATE("indicators/" id, "indicator", "\"title\":\"" id "\"" fields)
#define MEMBER(id) IND(id, ""), LINK("MEASURES", "indicators/" id, "plans/p")
#define MEASURE(id, measure) IND(id, ",\"unit\":\"UNIT_PERCENT\",\"computed\":\"" measure "\"")
#define Y0 "2019-20"
#define Y1 "2020-21"

/* Three indicators: better, worse, without a figure the year before. */
static void make_plan(struct register_fixture *f)
{
    f->now_us = INT64_C(1656547200000000); /* 30 June 2022 */
    MUST_APPLY(
        f,
        CREATE("plans/p", "plan",
               "\"title\":\"P\",\"startDate\":\"2019-04-01\",\"endDate\":\"2022-03-31\""),
        MEMBER("a"), MEMBER("b"), MEMBER("c"), FIGURE("a", Y0, "1"), FIGURE("a", Y1, "2"),
        FIGURE("b", Y0, "2"), FIGURE("b", Y1, "1"), FIGURE("c", Y1, "5"), TARGET("a", Y1, "2"),
        TARGET("b", Y1, "2"));
}

static void add_measure(struct register_fixture *f)
{
    MUST_APPLY(f, MEASURE("m", "improving-or-maintained:plans/p"),
               LINK("MEASURES", "indicators/m", "plans/p"));
}

static const char *excluded(struct register_fixture *f, const Provost__V1__ScorecardRow *row)
{
    const char *text = "";
    for (size_t i = 0; i < row->n_exclusions; i++)
        text = arena_printf(&f->arena, "%s%s=%d ", text, row->exclusions[i]->reason,
                            row->exclusions[i]->count);
    return text;
}

static void a_measure_is_a_row_with_its_parts_and_rule(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y1, 0), "m");
    assert_string_equal(row->value, "50");
    assert_string_equal(row->numerator, "1");
    assert_string_equal(row->denominator, "2");
    assert_int_equal(row->value_state, PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE);
    assert_non_null(strstr(row->value_rule, "computed: improving-or-maintained:plans/p"));
    assert_non_null(strstr(row->value_rule, "IMPROVING or NO_CHANGE"));
    assert_string_equal(excluded(f, row), "NO_COMPARATOR=1 CIRCULAR=1 ");
    assert_int_equal(row->n_inputs, 2);
    assert_string_equal(row->inputs[0], "indicators/a");
    assert_null(register_field(f, "observations/m/" Y1, "value"));
}

static void it_has_a_status_and_a_trend_as_any_other(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, MEASURE("t", "on-target:plans/p"),
               LINK("MEASURES", "indicators/t", "plans/p"), TARGET("t", Y1, "80"),
               TARGET("a", Y0, "1"), TARGET("b", Y0, "1"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y1, 0), "t");
    assert_string_equal(row->value, "50");
    assert_int_equal(row->status, PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT);
    assert_string_equal(row->shortfall, "30");
    assert_int_equal(row->short_trend->direction,
                     PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE);
    assert_string_equal(row->short_trend->against_value, "100");
}

static void it_is_as_it_was_then(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    int64_t seq = register_seq(f);
    MUST_APPLY(f, FIGURE("c", Y0, "4"));
    const Provost__V1__ScorecardRow *now = row_of(scorecard_at(f, Y1, 0), "m");
    assert_string_equal(now->value, "66.666666666667");
    assert_string_equal(row_of(scorecard_at(f, Y1, seq), "m")->value, "50");
}

static void what_was_submitted_goes_before(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    MUST_APPLY(f, FIGURE("m", Y1, "12"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y1, 0), "m");
    assert_string_equal(row->value, "12");
    assert_string_equal(row->value_rule, "submitted");
    MUST_APPLY(f, "{\"delete\":{\"name\":\"observations/m/" Y1 "\"}}");
    assert_string_equal(row_of(scorecard_at(f, Y1, 0), "m")->value, "50");
}

static void circles_are_left_out_and_said(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    MUST_APPLY(f, MEASURE("n", "on-target:plans/p"),
               LINK("MEASURES", "indicators/n", "plans/p"), IND("f", ",\"formula\":\"m + n\""),
               LINK("MEASURES", "indicators/f", "plans/p"));
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, Y1, 0);
    assert_string_equal(row_of(card, "m")->value, "50");
    assert_string_equal(excluded(f, row_of(card, "m")), "NO_COMPARATOR=1 CIRCULAR=3 ");
    assert_string_equal(excluded(f, row_of(card, "n")), "NO_TARGET=1 CIRCULAR=3 ");
    assert_string_equal(row_of(card, "f")->value, "100");
}

static void measures_of_other_sets_count_as_members(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(
        f, CREATE("plans/q", "plan", "\"title\":\"Q\""), MEASURE("inner", "on-target:plans/p"),
        TARGET("inner", Y1, "40"), LINK("MEASURES", "indicators/inner", "plans/q"),
        MEASURE("outer", "on-target:plans/q"), LINK("MEASURES", "indicators/outer", "plans/p"));
    /* outer counts inner, which counts plans/p without outer */
    assert_string_equal(row_of(scorecard_at(f, Y1, 0), "outer")->value, "");
    MUST_APPLY(f, "{\"delete\":{\"name\":\"links/measures/indicators/outer/plans/p\"}}",
               CREATE("plans/r", "plan", "\"title\":\"R\""));
    Provost__V1__GetIndicatorSeriesResponse *out = ask(
        f, performance_get_indicator_series,
        &provost__v1__get_indicator_series_request__descriptor, "{\"indicator\":\"outer\"}");
    assert_int_equal(out->n_points, 1);
    assert_string_equal(out->points[0]->period, Y1);
    assert_string_equal(out->points[0]->row->value, "100");
}

static void formulas_over_measures_are_made_when_asked(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    MUST_APPLY(f, IND("f", ",\"formula\":\"m / 2 + a\",\"nullPolicy\":\"NULL_POLICY_ZERO\""),
               IND("g", ",\"formula\":\"f + 1\""), LINK("MEASURES", "indicators/g", "plans/p"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y1, 0), "g");
    assert_string_equal(row->value, "28");
    assert_string_equal(row->value_rule, "formula: f + 1");
    assert_int_equal(row->n_inputs, 1);
    MUST_APPLY(f, FIGURE("a", "2021-22", "3"));
    assert_null(register_field(f, "observations/f/2021-22", "value"));
    assert_null(register_field(f, "observations/g/2021-22", "value"));
}

static void actions_are_told_at_the_end_of_the_period(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(
        f,
        CREATE("actions/x", "action",
               "\"title\":\"X\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 June 2020\""),
        CREATE("actions/y", "action",
               "\"title\":\"Y\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"31 March 2022\""),
        CREATE("actions/z", "action",
               "\"title\":\"Z\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"TBC\""),
        MEASURE("s", "actions-on-schedule:plans/p"),
        LINK("MEASURES", "indicators/s", "plans/p"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y0, 0), "s");
    assert_string_equal(row->value, "100");
    row = row_of(scorecard_at(f, Y1, 0), "s");
    assert_string_equal(row->value, "50");
    assert_non_null(strstr(row->value_rule, "at 2021-03-31"));
    assert_string_equal(excluded(f, row), "TBC=1 ");
    row = row_of(scorecard_at(f, "2018-19", 0), "s");
    assert_string_equal(row->value, "");
    assert_string_equal(row->status_reason, "NOT_YET");
    row = row_of(scorecard_at(f, "2150-51", 0), "s");
    assert_string_equal(row->status_reason, "NOT_YET");
}

static void progress_and_due_know_it(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    Provost__V1__GetProgressResponse *progress =
        ask(f, performance_get_progress, &provost__v1__get_progress_request__descriptor,
            "{\"scope\":\"plans/p\",\"measure\":\"IMPROVING_OR_MAINTAINED\","
            "\"period\":\"" Y1 "\",\"policy\":\"WITH_VALUE\"}");
    assert_int_equal(progress->share->denominator, 4); /* the measure has a figure too */
    Provost__V1__ListDueResponse *due =
        ask(f, performance_list_due, &provost__v1__list_due_request__descriptor,
            "{\"scope\":\"plans/p\",\"date\":\"2021-12-01\"}");
    for (size_t i = 0; i < due->n_items; i++)
        assert_string_not_equal(due->items[i]->name, "indicators/m");
}

static void what_is_measured_is_not_deleted(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, CREATE("organisations/o", "organisation", "\"title\":\"O\""),
               MEASURE("m", "improving-or-maintained:plans/p"),
               MEASURE("n", "on-target:organisations/o"));
    APPLY(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL,
                           "indicators/m reports a measure of it");
    APPLY(f, "{\"delete\":{\"name\":\"organisations/o\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL, "indicators/n");
    MUST_APPLY(f, "{\"delete\":{\"name\":\"plans/p\"}}",
               "{\"delete\":{\"name\":\"indicators/m\"}}");
}

static void a_formula_and_a_measure_exclude_each_other(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, IND("a", ""));
    APPLY(f, IND("m", ",\"computed\":\"on-target:plans/p\",\"definitions\":[{"
                      "\"fromPeriod\":\"2021-22\",\"formula\":\"a\"}]"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_COMPUTED_INVALID, NULL,
                           "not from both");
}

static void a_running_total_of_a_measure_has_an_end(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    add_measure(f);
    MUST_APPLY(f,
               IND("r", ",\"formula\":\"sum(r@prev, m)\",\"nullPolicy\":\"NULL_POLICY_SKIP\""),
               LINK("MEASURES", "indicators/r", "plans/p"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, Y1, 0), "r");
    assert_string_equal(row->value, "");
    assert_string_equal(row->status_reason, "TOO_DEEP");
    assert_string_equal(row_of(scorecard_at(f, Y1, 0), "m")->value, "50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_measure_is_a_row_with_its_parts_and_rule),
        TEST(it_has_a_status_and_a_trend_as_any_other),
        TEST(it_is_as_it_was_then),
        TEST(what_was_submitted_goes_before),
        TEST(circles_are_left_out_and_said),
        TEST(measures_of_other_sets_count_as_members),
        TEST(formulas_over_measures_are_made_when_asked),
        TEST(actions_are_told_at_the_end_of_the_period),
        TEST(progress_and_due_know_it),
        TEST(what_is_measured_is_not_deleted),
        TEST(a_formula_and_a_measure_exclude_each_other),
        TEST(a_running_total_of_a_measure_has_an_end),
    };
    return cmocka_run_group_tests_name("derived", tests, NULL, NULL);
}
