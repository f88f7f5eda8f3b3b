/* Reporting periods: lock, publish, reopen with a reason; what was published stays, and later
 * corrections are listed. */
#include "service/model_test.h"

#include <inttypes.h>

#define PERIOD(state)                                                                          \
    PATCH("reporting-periods/p/2020-21", "reportingPeriod",                                    \
          "\"plan\":\"plans/p\",\"period\":\"2020-21\",\"state\":\"PERIOD_STATE_" state "\"",  \
          "state")
#define OBJECTIVE CREATE("objectives/o", "objective", "\"title\":\"O\",\"plan\":\"plans/p\"")
#define REVISED(value)                                                                         \
    "{\"submissions\":[{\"indicator\":\"i\",\"period\":\"2020-21\",\"value\":\"" value         \
    "\"}],\"revise\":true,\"reason\":\"audit found 3 late\"}"

static void make_plan(struct register_fixture *f)
{
    MUST_APPLY(
        f, PLAN_P, OBJECTIVE, CREATE("indicators/i", "indicator", "\"title\":\"I\""),
        CREATE("indicators/other", "indicator", "\"title\":\"Other\""),
        LINK("MEASURES", "indicators/i", "objectives/o"), FIGURE("i", "2020-21", "98.7"),
        TARGET("i", "2020-21", "100"),
        "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":\"2020/21\"}}}");
}

static int64_t publish(struct register_fixture *f)
{
    MUST_APPLY(f, PERIOD("LOCKED"));
    MUST_APPLY(f, PERIOD("PUBLISHED"));
    return register_seq(f);
}

static void figures_of_a_locked_period_do_not_change(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    assert_field(f, "reporting-periods/p/2020-21", "state", "OPEN");
    MUST_APPLY(f, PERIOD("LOCKED"));
    int64_t seq = register_seq(f);
    register_submit_json(f, REVISED("97"));
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED,
                           "submissions[0].period", "2020-21 of plans/p is LOCKED; reopen");
    APPLY(f, PATCH("targets/i/2020-21", "target", "\"verbatim\":\"99\"", "verbatim"));
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, NULL);
    APPLY(f, "{\"delete\":{\"name\":\"observations/i/2020-21\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, NULL);
    register_apply_json(
        f, "{\"mutations\":[{\"create\":{\"observation\":{\"indicator\":\"indicators/i\","
           "\"period\":\"2020-21\",\"breakdown\":\"sex=f\",\"verbatim\":\"1\"}}}]}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, NULL);
    assert_int_equal(register_seq(f), seq);
}

static void other_periods_indicators_and_equal_figures_pass(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, PERIOD("LOCKED"));
    MUST_APPLY(f, FIGURE("i", "2021-22", "1"));
    MUST_APPLY(f, FIGURE("other", "2020-21", "1"));
    MUST_APPLY(f, FIGURE("i", "2020-21", "98.7"));
}

#define FAILS_AS_LOCKED(f, message)                                                            \
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, message)

static void a_closed_year_closes_its_parts(void **state)
{
    static const char *const inside[] = {"2020-21.q1", "2020-21.h2", "2020-04", "2021-03",
                                         "at-2021-03-31"};
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, FIGURE("i", "2020-05", "7"));
    MUST_APPLY(f, PERIOD("LOCKED"));
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++) {
        register_apply_json(
            f, arena_printf(&f->arena,
                            "{\"mutations\":[{\"create\":{\"observation\":{\"indicator\":"
                            "\"indicators/i\",\"period\":\"%s\",\"verbatim\":\"1\"}}}]}",
                            inside[i]));
        FAILS_AS_LOCKED(f, "the period 2020-21 of plans/p is LOCKED");
    }
    APPLY(f, "{\"delete\":{\"name\":\"observations/i/2020-05\"}}");
    FAILS_AS_LOCKED(f, NULL);
    APPLY(f, TARGET("i", "2020-21.q1", "1"));
    FAILS_AS_LOCKED(f, NULL);
    MUST_APPLY(f, FIGURE("i", "2021-04", "1"), FIGURE("i", "2020-03", "1"),
               FIGURE("i", "cy2020", "1"));
}

static void a_closed_span_closes_its_years(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\","
                  "\"period\":\"2021-24\",\"state\":\"PERIOD_STATE_LOCKED\"}}}");
    APPLY(f, FIGURE("i", "2023-24", "1"));
    FAILS_AS_LOCKED(f, "the period 2021-24");
    MUST_APPLY(f, FIGURE("i", "2024-25", "1"));
}

#define QUARTER_LOCKED                                                                         \
    "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":\"2021-22.q1\","        \
    "\"state\":\"PERIOD_STATE_LOCKED\"}}}"

static void a_closed_quarter_leaves_its_year_open(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, QUARTER_LOCKED);
    MUST_APPLY(f, FIGURE("i", "2021-22", "5"), TARGET("i", "2021-22", "6"),
               FIGURE("i", "2021-22.q2", "1"));
    APPLY(f, FIGURE("i", "2021-05", "1"));
    FAILS_AS_LOCKED(f, "2021-22.q1");
}

static void but_not_the_target_that_is_spread_over_it(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f,
               PATCH("indicators/i", "indicator", "\"targetProfile\":\"TARGET_PROFILE_LINEAR\"",
                     "targetProfile"),
               TARGET("i", "2021-22", "4.5"));
    MUST_APPLY(f, QUARTER_LOCKED);
    APPLY(f, PATCH("targets/i/2021-22", "target", "\"verbatim\":\"5\"", "verbatim"));
    FAILS_AS_LOCKED(f, "2021-22.q1");
    MUST_APPLY(f, FIGURE("i", "2021-22", "5"));
}

static void corrections_of_a_year_tell_of_its_months(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, FIGURE("i", "2020-05", "7"), FIGURE("i", "2020-06", "8"));
    publish(f);
    assert_non_null(APPLY_BY_TWO(f, "late", PERIOD("OPEN"),
                                 "{\"delete\":{\"name\":\"observations/i/2020-06\"}}",
                                 FIGURE("i", "2021-04", "1"), FIGURE("i", "2021-03", "9")));
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, "2020-21", 0);
    bool deleted = false, added = false;
    for (size_t i = 0; i < card->n_corrections; i++) {
        const Provost__V1__Correction *one = card->corrections[i];
        bool is_value = strcmp(one->field, "value") == 0;
        assert_string_not_equal(one->resource, "observations/i/2021-04");
        if (is_value && strcmp(one->resource, "observations/i/2020-06") == 0)
            deleted = strcmp(one->before, "8") == 0 && strcmp(one->after, "") == 0;
        if (is_value && strcmp(one->resource, "observations/i/2021-03") == 0)
            added = strcmp(one->before, "") == 0 && strcmp(one->after, "9") == 0;
    }
    assert_true(deleted && added);
}

static void states_follow_each_other(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    APPLY(f, PERIOD("PUBLISHED"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PERIOD_STATE_INVALID, NULL,
                           "lock it");
    int64_t seq = publish(f);
    assert_field(f, "reporting-periods/p/2020-21", "published_seq",
                 arena_printf(&f->arena, "%" PRId64, seq));
    APPLY(f, PERIOD("LOCKED"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PERIOD_STATE_INVALID, NULL,
                           "reopen");
    APPLY(f, PERIOD("OPEN"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REASON_REQUIRED, NULL, "reason");
    APPLY(f, "{\"delete\":{\"name\":\"reporting-periods/p/2020-21\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, NULL);
    assert_non_null(APPLY_BY_TWO(f, "audit", PERIOD("OPEN")));
    assert_field(f, "reporting-periods/p/2020-21", "reopen_reason", "audit");
    assert_field(f, "reporting-periods/p/2020-21", "published_seq",
                 arena_printf(&f->arena, "%" PRId64, seq));
}

static void published_seq_cannot_be_said(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    MUST_APPLY(f, PATCH("reporting-periods/p/2020-21", "reportingPeriod",
                        "\"publishedSeq\":\"77\",\"dueDate\":\"2021-05-01\"",
                        "publishedSeq,dueDate"));
    assert_field(f, "reporting-periods/p/2020-21", "published_seq", "");
}

static void a_closed_period_may_come_with_its_figures(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, CREATE("indicators/i", "indicator", "\"title\":\"I\""),
               LINK("MEASURES", "indicators/i", "plans/p"), FIGURE("i", "2020-21", "5"),
               "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":\"2020-21\","
               "\"state\":\"PERIOD_STATE_LOCKED\"}}}");
    APPLY(f, TARGET("i", "2020-21", "6"));
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED, NULL, NULL);
}

static void nobody_reopens_alone(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    publish(f);
    int64_t seq = register_seq(f);
    Provost__V1__ApplyResponse *asked = APPLY_BECAUSE(f, "audit", PERIOD("OPEN"));
    assert_non_null(asked);
    assert_string_not_equal(asked->approval_id, "");
    assert_int_equal(asked->n_results, 0);
    assert_int_equal(register_seq(f), seq);
    assert_field(f, "reporting-periods/p/2020-21", "state", "PUBLISHED");
    register_apply_json(
        f, arena_printf(&f->arena,
                        "{\"reason\":\"audit\",\"approvalId\":\"%s\",\"mutations\":[%s]}",
                        asked->approval_id, PERIOD("OPEN")));
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_SECOND_PERSON_NEEDED,
                           "approval_id", "alice");
    f->caller.principal = "carol";
    register_apply_json(
        f, arena_printf(
               &f->arena, "{\"reason\":\"audit\",\"approvalId\":\"%s\",\"mutations\":[%s,%s]}",
               asked->approval_id, PERIOD("OPEN"),
               PATCH("targets/i/2020-21", "target", "\"verbatim\":\"98\"", "verbatim")));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_APPROVAL_MISMATCH, "approval_id",
                           NULL);
    f->caller.principal = "alice";
}

static void reopening_and_correcting_may_be_one_request(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    publish(f);
    assert_non_null(
        APPLY_BY_TWO(f, "late return", PERIOD("OPEN"),
                     PATCH("targets/i/2020-21", "target", "\"verbatim\":\"99\"", "verbatim")));
    assert_field(f, "targets/i/2020-21", "value", "99");
}

static void what_was_published_stays_and_corrections_are_listed(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    int64_t seq = publish(f);
    const char *published = json_of(f, &scorecard_at(f, "2020-21", 0)->base);
    assert_non_null(APPLY_BY_TWO(f, "audit", PERIOD("OPEN")));
    f->caller.principal = "bob";
    f->caller.on_behalf_of = "legal";
    assert_non_null(register_submit_json(f, REVISED("95.7")));
    int64_t corrected = register_seq(f);
    f->caller.principal = "carol";
    MUST_APPLY(f, PATCH("observations/i/2020-21", "observation",
                        "\"note\":\"three returns came late\"", "note"));
    MUST_APPLY(f, PERIOD("LOCKED"));
    assert_string_equal(json_of(f, &scorecard_at(f, "2020-21", seq)->base), published);
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, "2020-21", 0);
    assert_int_equal(card->period_state, PROVOST__V1__PERIOD_STATE__PERIOD_STATE_LOCKED);
    assert_int_equal(card->n_corrections, 3); /* value, verbatim, note */
    const Provost__V1__Correction *c = card->corrections[0];
    assert_string_equal(c->resource, "observations/i/2020-21");
    assert_string_equal(c->field, "value");
    assert_string_equal(c->before, "98.7");
    assert_string_equal(c->after, "95.7");
    assert_int_equal(c->seq, corrected);
    assert_string_equal(c->principal, "bob");
    assert_string_equal(c->on_behalf_of, "legal");
    assert_string_equal(c->reason, "audit found 3 late");
    assert_non_null(c->time);
    assert_string_equal(card->corrections[2]->principal, "carol");
}

static void figures_that_came_or_went_are_corrections(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    publish(f);
    assert_non_null(APPLY_BY_TWO(f, "audit", PERIOD("OPEN")));
    assert_int_equal(scorecard_at(f, "2020-21", 0)->n_corrections, 0);
    MUST_APPLY(f, "{\"delete\":{\"name\":\"targets/i/2020-21\"}},"
                  "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\","
                  "\"period\":\"2020-21\",\"breakdown\":\"sex=f\",\"verbatim\":\"1\"}}}");
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, "2020-21", 0);
    assert_int_equal(card->n_corrections, 6); /* state, value, verbatim of each */
    assert_string_equal(card->corrections[0]->resource, "observations/i/2020-21/sex=f");
    assert_string_equal(card->corrections[0]->before, "");
    assert_string_equal(card->corrections[5]->resource, "targets/i/2020-21");
    assert_string_equal(card->corrections[5]->before, "100");
    assert_string_equal(card->corrections[5]->after, "");
}

static void a_second_publication_keeps_the_corrections_of_the_first(void **state)
{
    struct register_fixture *f = *state;
    make_plan(f);
    publish(f);
    assert_non_null(APPLY_BY_TWO(f, "audit", PERIOD("OPEN")));
    assert_non_null(register_submit_json(f, REVISED("95")));
    int64_t seq = publish(f);
    Provost__V1__GetScorecardResponse *card = scorecard_at(f, "2020-21", 0);
    assert_int_equal(card->seq, seq);
    assert_int_equal(card->n_corrections, 2);
    assert_string_equal(card->corrections[0]->before, "98.7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_of_a_locked_period_do_not_change),
        TEST(other_periods_indicators_and_equal_figures_pass),
        TEST(a_closed_year_closes_its_parts),
        TEST(a_closed_span_closes_its_years),
        TEST(a_closed_quarter_leaves_its_year_open),
        TEST(but_not_the_target_that_is_spread_over_it),
        TEST(corrections_of_a_year_tell_of_its_months),
        TEST(states_follow_each_other),
        TEST(published_seq_cannot_be_said),
        TEST(a_closed_period_may_come_with_its_figures),
        TEST(nobody_reopens_alone),
        TEST(reopening_and_correcting_may_be_one_request),
        TEST(what_was_published_stays_and_corrections_are_listed),
        TEST(figures_that_came_or_went_are_corrections),
        TEST(a_second_publication_keeps_the_corrections_of_the_first),
    };
    return cmocka_run_group_tests_name("periods", tests, NULL, NULL);
}
