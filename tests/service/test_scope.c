/* Scopes of scorecards, their children, roll-ups and forecasts. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

static Provost__V1__GetScorecardResponse *card(struct register_fixture *f, const char *scope,
                                               const char *more)
{
    return ask(
        f, performance_get_scorecard, &provost__v1__get_scorecard_request__descriptor,
        arena_printf(&f->arena, "{\"scope\":\"%s\",\"period\":\"2021/22\"%s}", scope, more));
}

static const char *names(struct register_fixture *f,
                         const Provost__V1__GetScorecardResponse *out)
{
    const char *text = "";
    for (size_t i = 0; i < out->n_rows; i++)
        text = arena_printf(&f->arena, "%s%s%s", text, i > 0 ? " " : "",
                            out->rows[i]->indicator + strlen("indicators/"));
    return text;
}

/* Two plans under a framework; organisations council > service > team. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const first[] = {"organisations/council",
                                 "organisation",
                                 "\"title\":\"Council\"",
                                 "plans/sdg",
                                 "plan",
                                 "\"title\":\"SDG\",\"kind\":\"REFERENCE_FRAMEWORK\"",
                                 "plans/a",
                                 "plan",
                                 "\"title\":\"A\"",
                                 "plans/b",
                                 "plan",
                                 "\"title\":\"B\"",
                                 NULL};
    const char *const second[] = {"organisations/service",
                                  "organisation",
                                  "\"title\":\"Service\",\"parent\":\"organisations/council\"",
                                  "objectives/goal",
                                  "objective",
                                  "\"title\":\"No poverty\",\"plan\":\"plans/sdg\"",
                                  "objectives/a1",
                                  "objective",
                                  "\"title\":\"A1\",\"plan\":\"plans/a\"",
                                  "objectives/b1",
                                  "objective",
                                  "\"title\":\"B1\",\"plan\":\"plans/b\"",
                                  NULL};
    const char *const third[] = {
        "posts/head",
        "post",
        "\"title\":\"Head\",\"organisation\":\"organisations/service\"",
        "objectives/a11",
        "objective",
        "\"title\":\"A11\",\"plan\":\"plans/a\",\"parent\":\"objectives/a1\"",
        NULL};
    const char *const fourth[] = {
        "indicators/x",
        "indicator",
        "\"title\":\"X\",\"tags\":[\"Poverty\"],\"scopeOrganisation\":\"organisations/"
        "service\"",
        "indicators/y",
        "indicator",
        "\"title\":\"Y\",\"owner\":\"posts/head\"",
        "indicators/z",
        "indicator",
        "\"title\":\"Z\",\"scopeOrganisation\":\"organisations/council\"",
        NULL};
    create_all(*state, first);
    create_all(*state, second);
    create_all(*state, third);
    create_all(*state, fourth);
    link_to(*state, "indicators/x", "MEASURES", "objectives/a11");
    link_to(*state, "indicators/y", "MEASURES", "objectives/b1");
    link_to(*state, "indicators/z", "MEASURES", "plans/a");
    link_to(*state, "objectives/a1", "CONTRIBUTES", "objectives/goal");
    link_to(*state, "objectives/b1", "CONTRIBUTES", "objectives/goal");
    link_to(*state, "objectives/goal", "CONTRIBUTES",
            "objectives/a1"); /* a circle does no harm */
    return 0;
}

static void a_framework_objective_gathers_across_plans(void **state)
{
    assert_string_equal(names(*state, card(*state, "objectives/goal", "")), "x y");
    assert_string_equal(names(*state, card(*state, "plans/sdg", "")), "x y");
}

static void a_plan_has_its_own_and_an_objective_what_is_below(void **state)
{
    assert_string_equal(names(*state, card(*state, "plans/a", "")), "x z");
    assert_string_equal(names(*state, card(*state, "plans/b", "")), "y");
    assert_string_equal(names(*state, card(*state, "objectives/a11", "")), "x");
}

static void organisations_have_what_is_at_or_below_them(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "organisations/council", "");
    assert_string_equal(names(*state, out), "x y z");
    assert_string_equal(out->title, "Council");
    assert_string_equal(names(*state, card(*state, "organisations/service", "")), "x y");
}

static void tags_fold_case(void **state)
{
    const Provost__V1__GetScorecardResponse *out = card(*state, "tag=poverty", "");
    assert_string_equal(names(*state, out), "x");
    assert_string_equal(out->scope, "tag=poverty");
    assert_string_equal(out->title, "poverty");
    assert_int_equal(card(*state, "tag=none", "")->n_rows, 0);
}

static void children_count_what_lies_below_them(void **state)
{
    const Provost__V1__GetScorecardResponse *out =
        card(*state, "objectives/goal", ",\"withChildren\":true");
    assert_int_equal(out->n_children, 2);
    assert_string_equal(out->children[0]->name, "objectives/a1");
    assert_int_equal(out->children[0]->n_indicators, 2); /* through the circle both */
    assert_string_equal(out->children[1]->name, "objectives/b1");
    out = card(*state, "organisations/council", ",\"withChildren\":true");
    assert_int_equal(out->n_children, 1);
    assert_string_equal(out->children[0]->title, "Service");
    assert_int_equal(out->children[0]->counts->unknown, 2);
}

static void a_year_is_rolled_up_in_a_scorecard_too(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(
        f, "{\"create\":{\"name\":\"indicators/s\",\"indicator\":{\"title\":\"S\",\"tags\":"
           "[\"sum\"],\"rollUp\":\"SUM\",\"frequency\":\"SIX_MONTHLY\"}}}");
    figure(f, "s", "2021-22.h1", "4");
    figure(f, "s", "2021-22.h2", "5");
    target(f, "s", "2021/22", "10");
    const Provost__V1__ScorecardRow *row = card(f, "tag=sum", "")->rows[0];
    assert_string_equal(row->value, "9");
    assert_int_equal(row->status, PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT);
    assert_string_equal(row->value_rule, "roll-up sum of 2/2");
}

static const Provost__V1__Forecast *forecast(struct register_fixture *f, const char *period)
{
    Provost__V1__GetScorecardResponse *out = ask(
        f, performance_get_scorecard, &provost__v1__get_scorecard_request__descriptor,
        arena_printf(&f->arena, "{\"scope\":\"tag=f\",\"period\":\"%s\",\"withForecast\":true}",
                     period));
    return out->rows[0]->forecast;
}

static void the_year_end_is_carried_on_or_as_submitted(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(
        f, "{\"create\":{\"name\":\"indicators/f\",\"indicator\":{\"title\":\"F\",\"tags\":"
           "[\"f\"],\"rollUp\":\"SUM\",\"frequency\":\"QUARTERLY\"}}}");
    assert_string_equal(forecast(f, "Q2 2021/22")->reason, "NO_FORECAST");
    figure(f, "f", "Q1 2021/22", "10");
    figure(f, "f", "Q2 2021/22", "14");
    target(f, "f", "2021/22", "50");
    const Provost__V1__Forecast *made = forecast(f, "Q2 2021/22");
    assert_string_equal(made->period, "2021-22");
    assert_string_equal(made->value, "48");
    assert_string_equal(made->target, "50");
    assert_int_equal(made->status, PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING);
    assert_string_equal(made->rule, "year to date, linear: 24 in 6 of 12 months");
    register_must_apply(f, "{\"create\":{\"target\":{\"indicator\":\"indicators/f\",\"period\":"
                           "\"2021/22\",\"kind\":\"FORECAST\",\"verbatim\":\"51\"}}}");
    made = forecast(f, "Q2 2021/22");
    assert_string_equal(made->value, "51");
    assert_string_equal(made->rule, "submitted forecast");
    assert_int_equal(made->status, PROVOST__V1__RAG_STATUS__RAG_STATUS_OK);
}

static void other_scopes_are_refused(void **state)
{
    struct register_fixture *f = *state;
    assert_null(register_read(f, performance_get_scorecard,
                              &provost__v1__get_scorecard_request__descriptor,
                              "{\"scope\":\"indicators/x\",\"period\":\"2021/22\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SCOPE_INVALID, "scope", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_framework_objective_gathers_across_plans),
        TEST(a_plan_has_its_own_and_an_objective_what_is_below),
        TEST(organisations_have_what_is_at_or_below_them),
        TEST(tags_fold_case),
        TEST(children_count_what_lies_below_them),
        TEST(a_year_is_rolled_up_in_a_scorecard_too),
        TEST(the_year_end_is_carried_on_or_as_submitted),
        TEST(other_scopes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
