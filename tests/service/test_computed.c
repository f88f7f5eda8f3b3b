/* Calculated indicators: computed in the same change, never blanking or replacing what was
 * reported. */
#include "service/formulas.h"
#include "service/model_test.h"

#define IND(id, fields) CREATE("indicators/" id, "indicator", "\"title\":\"" id "\"" fields)
#define RATE IND("rate", ",\"formula\":\"100 * done / all\"")
#define INPUTS IND("done", ""), IND("all", "")
#define ANNUAL "2020-21"

static void refused(struct register_fixture *f, const char *mutations, const char *reason,
                    const char *message)
{
    register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", mutations));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, reason, NULL, message);
}

/* ---- formulas ---- */

static void a_formula_is_read_and_its_references_checked(void **state)
{
    struct register_fixture *f = *state;
    refused(f, IND("x", ",\"formula\":\"1 +\""), REASON_FORMULA_INVALID, "at character");
    refused(f, IND("x", ",\"formula\":\"none + 1\""), REASON_UNKNOWN_REFERENCE,
            "indicators/none");
    MUST_APPLY(f, RATE, INPUTS); /* in one request, in any order */
    assert_field(f, "indicators/rate", "null_policy", "STRICT");
    APPLY(f, "{\"delete\":{\"name\":\"indicators/all\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL, "indicators/rate");
}

static void circles_are_refused_and_named(void **state)
{
    struct register_fixture *f = *state;
    refused(f, IND("x", ",\"formula\":\"x + 1\""), REASON_FORMULA_CIRCLE,
            "indicators/x -> indicators/x");
    assert_null(
        APPLY(f, IND("a", ",\"formula\":\"b + 1\""), IND("b", ",\"formula\":\"a + 1\"")));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FORMULA_CIRCLE, NULL,
                           "indicators/a -> indicators/b -> indicators/a");
    MUST_APPLY(f, IND("c", ""), IND("b", ",\"formula\":\"c + 1\""),
               IND("a", ",\"formula\":\"b + 1\""));
    APPLY(f, PATCH("indicators/c", "indicator", "\"formula\":\"a\"", "formula"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FORMULA_CIRCLE, NULL, NULL);
    MUST_APPLY(f, IND("total", ",\"formula\":\"total@prev + c\""));
}

/* ---- figures ---- */

static void figures_are_computed(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, INPUTS, RATE);
    MUST_APPLY(f, FIGURE("done", ANNUAL, "6"));
    assert_null(register_field(f, "observations/rate/" ANNUAL, "value"));
    int64_t seq = register_seq(f);
    MUST_APPLY(f, FIGURE("all", ANNUAL, "8 (p)"));
    assert_int_equal(register_seq(f), seq + 1);
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    assert_field(f, "observations/rate/" ANNUAL, "flags", "[\"VALUE_FLAG_PROVISIONAL\"]");
    assert_field(f, "observations/rate/" ANNUAL, "source_system", "formula");
    MUST_APPLY(f, FIGURE("all", "2021-22", "8"));
    assert_null(register_field(f, "observations/rate/2021-22", "value"));
    assert_non_null(
        register_submit_json(f, "{\"submissions\":[{\"indicator\":\"done\",\"period\":\"" ANNUAL
                                "\",\"value\":\"2\"}],\"revise\":true,\"reason\":\"late\"}"));
    assert_field(f, "observations/rate/" ANNUAL, "value", "25");
}

static void what_was_reported_is_never_blanked_or_replaced(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, INPUTS, RATE, FIGURE("rate", "2021-22", "70"), FIGURE("done", ANNUAL, "6"),
               FIGURE("all", ANNUAL, "8"));
    MUST_APPLY(f, FIGURE("done", "2021-22", "1"), FIGURE("all", "2021-22", "2"));
    assert_field(f, "observations/rate/2021-22", "value", "70");
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, "{\"delete\":{\"name\":\"observations/done/" ANNUAL "\"}}");
    assert_non_null(warning_of(response, 0, REASON_FIGURE_NOT_COMPUTED));
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    response = MUST_APPLY(f, FIGURE("all", "2022-23", "0"), FIGURE("done", "2022-23", "1"));
    assert_null(register_field(f, "observations/rate/2022-23", "value"));
}

static void chains_and_diamonds_are_written_once(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, IND("a", ""), IND("b", ",\"formula\":\"a + 1\""),
               IND("c", ",\"formula\":\"a * 2\""), IND("d", ",\"formula\":\"b + c\""));
    MUST_APPLY(f, FIGURE("a", ANNUAL, "10"));
    assert_field(f, "observations/d/" ANNUAL, "value", "31");
}

static void a_running_total_goes_on_as_far_as_its_input(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, IND("month", ""),
               IND("total", ",\"formula\":\"sum(total@prev, month)\","
                            "\"nullPolicy\":\"NULL_POLICY_SKIP\""));
    MUST_APPLY(f, FIGURE("month", "2021-04", "1"), FIGURE("month", "2021-06", "4"),
               FIGURE("month", "2021-05", "2"));
    assert_field(f, "observations/total/2021-06", "value", "7");
    assert_null(register_field(f, "observations/total/2021-07", "value"));
}

static void a_new_formula_fills_what_its_inputs_have(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, INPUTS, FIGURE("done", ANNUAL, "6"), FIGURE("all", ANNUAL, "8"),
               FIGURE("done", "2021-22.q1", "1"), FIGURE("all", "2021-22.q1", "3"));
    MUST_APPLY(f, RATE);
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    assert_field(f, "observations/rate/2021-22.q1", "value", "33.333333333333");
    MUST_APPLY(
        f, PATCH("indicators/rate", "indicator",
                 "\"definitions\":[{\"fromPeriod\":\"2021-22\",\"formula\":\"done / all\"}]",
                 "definitions"));
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    assert_field(f, "observations/rate/2021-22.q1", "value", "0.333333333333");
}

static void a_locked_period_is_not_computed(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, INPUTS, RATE, LINK("MEASURES", "indicators/rate", "plans/p"),
               FIGURE("done", ANNUAL, "6"), FIGURE("all", ANNUAL, "8"),
               "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":\"" ANNUAL
               "\",\"state\":\"PERIOD_STATE_LOCKED\"}}}");
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, "{\"delete\":{\"name\":\"observations/done/" ANNUAL "\"}},"
                      "{\"create\":{\"note\":{\"subject\":\"plans/p\",\"text\":\"t\"}}}");
    assert_non_null(warning_of(response, 0, REASON_FIGURE_NOT_COMPUTED));
}

static void a_row_says_how_its_figure_came_about(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, INPUTS, RATE, LINK("MEASURES", "indicators/rate", "plans/p"),
               LINK("MEASURES", "indicators/all", "plans/p"), FIGURE("done", ANNUAL, "6"),
               FIGURE("all", ANNUAL, "8"));
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, ANNUAL, 0);
    const Provost__V1__ScorecardRow *row = row_of(card, "rate");
    assert_string_equal(row->value, "75");
    assert_memory_equal(row->value_rule, "formula", strlen("formula"));
    assert_string_equal(row_of(card, "all")->value_rule, "submitted");
}

#define PART(indicator, value)                                                                 \
    "{\"create\":{\"observation\":{\"indicator\":\"indicators/" indicator                      \
    "\",\"period\":\"" ANNUAL "\",\"breakdown\":\"sex=f\",\"verbatim\":\"" value "\"}}}"

static void each_part_of_a_whole_is_computed_by_itself(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, INPUTS, RATE, FIGURE("done", ANNUAL, "6"), FIGURE("all", ANNUAL, "8"),
               PART("done", "1"));
    assert_null(register_field(f, "observations/rate/" ANNUAL "/sex=f", "value"));
    MUST_APPLY(f, PART("all", "4"));
    assert_field(f, "observations/rate/" ANNUAL "/sex=f", "value", "25");
    assert_field(f, "observations/rate/" ANNUAL "/sex=f", "breakdown", "sex=f");
    assert_field(f, "observations/rate/" ANNUAL, "value", "75");
    MUST_APPLY(f, IND("twice", ",\"formula\":\"rate * 2\""));
    assert_field(f, "observations/twice/" ANNUAL "/sex=f", "value", "50");
}

static void inputs_are_named(void **state)
{
    struct register_fixture *f = *state;
    struct period period;
    char **names;
    assert_true(period_parse("2021-22.q1", &period, NULL));
    assert_int_equal(
        formulas_inputs("a / b@prev + c@2019-20 - a", &period, "", &f->arena, &names), 3);
    assert_string_equal(names[0], "observations/a/2021-22.q1");
    assert_string_equal(names[1], "observations/b/2020-21.q4");
    assert_string_equal(names[2], "observations/c/2019-20");
}

static void validate_only_computes_and_writes_nothing(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, INPUTS, RATE, FIGURE("done", ANNUAL, "6"));
    int64_t seq = register_seq(f);
    assert_non_null(register_apply_json(
        f, "{\"validateOnly\":true,\"mutations\":[" FIGURE("all", ANNUAL, "8") "]}"));
    assert_int_equal(register_seq(f), seq);
    assert_null(register_field(f, "observations/rate/" ANNUAL, "value"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_formula_is_read_and_its_references_checked),
        TEST(circles_are_refused_and_named),
        TEST(figures_are_computed),
        TEST(what_was_reported_is_never_blanked_or_replaced),
        TEST(chains_and_diamonds_are_written_once),
        TEST(a_running_total_goes_on_as_far_as_its_input),
        TEST(a_new_formula_fills_what_its_inputs_have),
        TEST(a_locked_period_is_not_computed),
        TEST(a_row_says_how_its_figure_came_about),
        TEST(each_part_of_a_whole_is_computed_by_itself),
        TEST(inputs_are_named),
        TEST(validate_only_computes_and_writes_nothing),
    };
    return cmocka_run_group_tests_name("computed", tests, NULL, NULL);
}
