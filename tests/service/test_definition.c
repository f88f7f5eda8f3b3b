/* Dated definitions: what holds in a period, and that a later change leaves the past as it was.
 */
#include "service/definition.h"
#include "service/model_test.h"

#define IND(fields) CREATE("indicators/i", "indicator", "\"title\":\"I\"" fields)
#define DEFINE(list)                                                                           \
    PATCH("indicators/i", "indicator", "\"definitions\":[" list "]", "definitions")
#define STATUS(name) PROVOST__V1__RAG_STATUS__RAG_STATUS_##name
#define TREND(name) PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_##name

static struct period period(const char *text)
{
    struct period p;
    assert_true(period_parse(text, &p, NULL));
    return p;
}

/* ---- what holds when ---- */

static void a_definition_holds_from_its_period_on(void **state)
{
    (void)state;
    Provost__V1__IndicatorDefinition dated = PROVOST__V1__INDICATOR_DEFINITION__INIT;
    Provost__V1__IndicatorDefinition *list[] = {&dated};
    Provost__V1__Indicator indicator = PROVOST__V1__INDICATOR__INIT;
    indicator.tolerance_amber = (char *)"1%";
    dated.from_period = (char *)"2022-23";
    dated.polarity = PROVOST__V1__POLARITY__POLARITY_MIN;
    indicator.n_definitions = 1;
    indicator.definitions = list;
    static const struct {
        const char *period;
        bool holds;
    } cases[] = {{"2021-22", false},    {"2022-23", true},      {"2022-23.q1", true},
                 {"2021-22.q4", false}, {"2022-03", false},     {"2022-04", true},
                 {"2021-24", false},    {"at-2022-04-01", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct period p = period(cases[i].period);
        struct definition definition = definition_at(&indicator, &p);
        assert_int_equal(definition.from_period[0] != '\0', cases[i].holds);
        assert_int_equal(definition_polarity(definition.polarity),
                         cases[i].holds ? RAG_POLARITY_MIN : RAG_POLARITY_MAX);
        assert_true(definition.amber.percent); /* goes on */
    }
}

/* ---- statuses of the past ---- */

static void make_plan(struct register_fixture *f)
{
    MUST_APPLY(f, PLAN_P, IND(",\"polarity\":\"POLARITY_MAX\""),
               LINK("MEASURES", "indicators/i", "plans/p"), FIGURE("i", "2020-21", "95"),
               TARGET("i", "2020-21", "100"), FIGURE("i", "2021-22", "96"),
               TARGET("i", "2021-22", "100"), FIGURE("i", "2022-23", "97"),
               TARGET("i", "2022-23", "100"));
}

static void a_tolerance_from_a_period_on_keeps_earlier_statuses(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    int64_t before = register_seq(f);
    MUST_APPLY(f, DEFINE("{\"fromPeriod\":\"2022/23\",\"toleranceRed\":\"1%\","
                         "\"reason\":\"agreed\"}"));
    assert_field(
        f, "indicators/i", "definitions",
        "[{\"fromPeriod\":\"2022-23\",\"toleranceRed\":\"1%\",\"reason\":\"agreed\"}]");
    assert_int_equal(row_of(scorecard_at(f, "2022-23", before), "i")->status, STATUS(WARNING));
    assert_int_equal(row_of(scorecard_at(f, "2022-23", 0), "i")->status, STATUS(ALERT));
    Provost__V1__GetScorecardResponse *then = scorecard_at(f, "2021-22", before);
    Provost__V1__GetScorecardResponse *now = scorecard_at(f, "2021-22", 0);
    assert_int_equal(row_of(now, "i")->status, STATUS(WARNING));
    assert_string_equal(json_of(f, &row_of(then, "i")->base),
                        json_of(f, &row_of(now, "i")->base));
    assert_string_equal(row_of(scorecard_at(f, "2022-23", 0), "i")->rule,
                        "max; amber 0, red 1% of target; as defined from 2022-23");
}

static void a_polarity_from_a_period_on_keeps_earlier_statuses(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, DEFINE("{\"fromPeriod\":\"2022-23\",\"polarity\":\"POLARITY_MIN\"}"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, "2021-22", 0), "i");
    assert_int_equal(row->status, STATUS(WARNING));
    assert_int_equal(row->short_trend->direction, TREND(IMPROVING));
    row = row_of(scorecard_at(f, "2022-23", 0), "i");
    assert_int_equal(row->status, STATUS(OK));
    assert_int_equal(row->polarity, PROVOST__V1__POLARITY__POLARITY_MIN);
    assert_int_equal(row->short_trend->direction, TREND(GETTING_WORSE));
}

static void a_break_makes_trends_across_it_unknown(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, DEFINE("{\"fromPeriod\":\"2022-23\",\"breaksSeries\":true}"));
    const Provost__V1__ScorecardRow *row = row_of(scorecard_at(f, "2022-23", 0), "i");
    assert_int_equal(row->short_trend->direction, TREND(UNKNOWN));
    assert_string_equal(row->short_trend->reason, "BREAK");
    assert_string_equal(row->long_trend->reason, "BREAK");
    row = row_of(scorecard_at(f, "2021-22", 0), "i");
    assert_int_equal(row->short_trend->direction, TREND(IMPROVING));
    MUST_APPLY(f, FIGURE("i", "2023-24", "98"));
    row = row_of(scorecard_at(f, "2023-24", 0), "i");
    assert_int_equal(row->short_trend->direction, TREND(IMPROVING));
    assert_string_equal(row->long_trend->reason, "BREAK");
}

/* ---- rules ---- */

static void thresholds_need_no_target(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P,
               IND(",\"statusRule\":\"STATUS_RULE_THRESHOLDS\",\"thresholdAmber\":\"80\","
                   "\"thresholdRed\":\"60\""),
               LINK("MEASURES", "indicators/i", "plans/p"), FIGURE("i", "2020-21", "80"),
               FIGURE("i", "2021-22", "60"), FIGURE("i", "2022-23", "59.9"));
    assert_int_equal(row_of(scorecard_at(f, "2020-21", 0), "i")->status, STATUS(OK));
    assert_int_equal(row_of(scorecard_at(f, "2021-22", 0), "i")->status, STATUS(WARNING));
    assert_int_equal(row_of(scorecard_at(f, "2022-23", 0), "i")->status, STATUS(ALERT));
    assert_string_equal(row_of(scorecard_at(f, "2022-23", 0), "i")->rule,
                        "max; thresholds: OK to 80, WARNING to 60");
}

/* One council: amber only when off target by more than 10 % and improved on last year. */
static void the_improved_rule_reads_the_trend(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P,
               IND(",\"statusRule\":\"STATUS_RULE_IMPROVED\",\"toleranceRed\":\"10%\""),
               LINK("MEASURES", "indicators/i", "plans/p"), FIGURE("i", "2020-21", "90"),
               FIGURE("i", "2021-22", "85"), FIGURE("i", "2022-23", "86"),
               TARGET("i", "2020-21", "100"), TARGET("i", "2021-22", "100"),
               TARGET("i", "2022-23", "100"));
    assert_int_equal(row_of(scorecard_at(f, "2020-21", 0), "i")->status, STATUS(OK));
    assert_int_equal(row_of(scorecard_at(f, "2021-22", 0), "i")->status, STATUS(ALERT));
    assert_int_equal(row_of(scorecard_at(f, "2022-23", 0), "i")->status, STATUS(WARNING));
}

/* ---- refusals ---- */

static void refused(struct register_fixture *f, const char *fields, const char *reason,
                    const char *field)
{
    register_apply_json(f, arena_printf(&f->arena,
                                        "{\"mutations\":[{\"create\":{\"name\":\"indicators/"
                                        "x\",\"indicator\":{\"title\":\"X\",%s}}}]}",
                                        fields));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, reason,
                           arena_printf(&f->arena, "mutations[0].create.indicator.%s", field),
                           NULL);
}

static void definitions_that_cannot_be_meant_are_refused(void **state)
{
    struct register_fixture *f = *state;
    refused(f, "\"definitions\":[{\"polarity\":\"POLARITY_MIN\"}]", REASON_FIELD_REQUIRED,
            "definitions[0].from_period");
    refused(f, "\"definitions\":[{\"fromPeriod\":\"2009/20010\"}]", REASON_PERIOD_INVALID,
            "definitions[0].from_period");
    refused(f, "\"definitions\":[{\"fromPeriod\":\"2022-23\"},{\"fromPeriod\":\"Q1 2022/23\"}]",
            REASON_DEFINITIONS_UNORDERED, "definitions[1].from_period");
    refused(f, "\"definitions\":[{\"fromPeriod\":\"2022-23\",\"toleranceRed\":\"x\"}]",
            REASON_TOLERANCE_INVALID, "definitions[0].tolerance_red");
    refused(f,
            "\"toleranceAmber\":\"3%\",\"definitions\":[{\"fromPeriod\":\"2022-23\","
            "\"toleranceRed\":\"2%\"}]",
            REASON_TOLERANCE_INVALID, "definitions[0].tolerance_red");
    refused(f, "\"statusRule\":\"STATUS_RULE_THRESHOLDS\"", REASON_THRESHOLDS_INVALID,
            "threshold_amber");
    refused(f,
            "\"thresholdAmber\":\"60\",\"thresholdRed\":\"80\",\"definitions\":[{"
            "\"fromPeriod\":\"2022-23\",\"statusRule\":\"STATUS_RULE_THRESHOLDS\"}]",
            REASON_THRESHOLDS_INVALID, "definitions[0].threshold_amber");
    refused(f, "\"targetProfile\":\"TARGET_PROFILE_LISTED\",\"targetProfileShares\":[\"100\"]",
            REASON_PROFILE_INVALID, "target_profile_shares");
    refused(f,
            "\"targetProfileShares\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"5\",\"8\",\"9\","
            "\"10\",\"50\",\"100\"]",
            REASON_PROFILE_INVALID, "target_profile_shares[6]");
    refused(f,
            "\"targetProfileShares\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\","
            "\"10\",\"50\",\"99\"]",
            REASON_PROFILE_INVALID, "target_profile_shares[11]");
    refused(f, "\"computed\":\"on-target:plans/none\"", REASON_UNKNOWN_REFERENCE, "computed");
    refused(f, "\"computed\":\"on-target\"", REASON_COMPUTED_INVALID, "computed");
    refused(f, "\"computed\":\"on-target:indicators/x\"", REASON_COMPUTED_INVALID, "computed");
    refused(f, "\"parts\":[\"indicators/x\"]", REASON_PARENT_CIRCLE, "parts[0]");
}

static void an_undated_change_is_noticed(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    Provost__V1__ApplyResponse *response = MUST_APPLY(
        f, PATCH("indicators/i", "indicator", "\"toleranceRed\":\"9%\"", "toleranceRed"));
    assert_non_null(warning_of(response, 0, REASON_DEFINITION_UNDATED));
    response = MUST_APPLY(f, DEFINE("{\"fromPeriod\":\"2022-23\"}"));
    assert_null(warning_of(response, 0, REASON_DEFINITION_UNDATED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_definition_holds_from_its_period_on),
        TEST(a_tolerance_from_a_period_on_keeps_earlier_statuses),
        TEST(a_polarity_from_a_period_on_keeps_earlier_statuses),
        TEST(a_break_makes_trends_across_it_unknown),
        TEST(thresholds_need_no_target),
        TEST(the_improved_rule_reads_the_trend),
        TEST(definitions_that_cannot_be_meant_are_refused),
        TEST(an_undated_change_is_noticed),
    };
    return cmocka_run_group_tests_name("definition", tests, NULL, NULL);
}
