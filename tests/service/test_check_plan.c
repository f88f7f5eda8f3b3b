/* CheckPlan: MODEL.md section 12, one fact a test. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

static Provost__V1__CheckPlanResponse *check(struct register_fixture *f, const char *more)
{
    return ask(
        f, performance_check_plan, &provost__v1__check_plan_request__descriptor,
        arena_printf(&f->arena, "{\"plan\":\"plans/p\",\"date\":\"2022-06-15\"%s}", more));
}

static const Provost__V1__Finding *find(const Provost__V1__CheckPlanResponse *out,
                                        const char *reason, const char *resource)
{
    for (size_t i = 0; i < out->n_findings; i++)
        if (strcmp(out->findings[i]->reason, reason) == 0 &&
            strcmp(out->findings[i]->resource, resource) == 0)
            return out->findings[i];
    return NULL;
}

static void assert_found(struct register_fixture *f, const char *more, const char *reason,
                         const char *resource)
{
    Provost__V1__CheckPlanResponse *out = check(f, more);
    if (find(out, reason, resource) != NULL) return;
    char *text;
    (void)json_encode(&out->base, 0, &f->arena, &text).code;
    fail_msg("no %s on %s in %s", reason, resource, text);
}

static void put(struct register_fixture *f, const char *name, const char *member,
                const char *fields)
{
    const char *const rows[] = {name, member, fields, NULL};
    create_all(f, rows);
}

/* A plan with nothing to say about. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const rows[] = {
        "plans/p", "plan", "\"title\":\"Service Plan 2021-24\",\"period\":\"2021-24\"", NULL};
    const char *const below[] = {
        "objectives/o",
        "objective",
        "\"title\":\"Growth\",\"plan\":\"plans/p\",\"kind\":\"PRIORITY\",\"code\":\"HB 1\"",
        "actions/a",
        "action",
        "\"title\":\"Build homes\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 June 2023\"",
        "indicators/i",
        "indicator",
        "\"title\":\"Homes built\",\"frequency\":\"ANNUAL\",\"unit\":\"NUMBER\"",
        NULL};
    create_all(*state, rows);
    create_all(*state, below);
    link_to(*state, "actions/a", "DELIVERS", "objectives/o");
    link_to(*state, "indicators/i", "MEASURES", "objectives/o");
    return 0;
}

static void a_sound_plan_has_no_findings(void **state)
{
    figure(*state, "i", "2021/22", "90");
    target(*state, "i", "2021/22", "80");
    const Provost__V1__CheckPlanResponse *out = check(*state, ",\"period\":\"2021/22\"");
    assert_int_equal(out->n_findings, 0);
    assert_int_equal(out->checked, 4);
    assert_int_equal(out->seq, register_seq(*state));
}

static void placeholders(void **state)
{
    put(*state, "objectives/t", "objective",
        "\"title\":\"See [ADD LINK]\",\"plan\":\"plans/p\",\"statement\":\"TBC\"");
    const Provost__V1__CheckPlanResponse *out = check(*state, "");
    const Provost__V1__Finding *finding = find(out, "PLACEHOLDER", "objectives/t");
    assert_string_equal(finding->field, "title");
    assert_string_equal(finding->value, "[ADD LINK]");
    assert_int_equal(finding->level, PROVOST__V1__FINDING_LEVEL__FINDING_LEVEL_ERROR);
    assert_true(out->errors >= 1 && out->warnings >= 1);
}

static void malformed_dates_and_periods(void **state)
{
    put(*state, "actions/d", "action",
        "\"title\":\"Audit of 2009/20010\",\"plan\":\"plans/p\","
        "\"deadlineVerbatim\":\"30 January 202\"");
    assert_found(*state, "", "DATE_MALFORMED", "actions/d");
    assert_found(*state, "", "PERIOD_MALFORMED", "actions/d");
}

static void unlinked_items_unless_deliberately_so(void **state)
{
    struct register_fixture *f = *state;
    put(f, "actions/free", "action", "\"title\":\"Free\",\"plan\":\"plans/p\"");
    put(f, "objectives/bare", "objective", "\"title\":\"Bare\",\"plan\":\"plans/p\"");
    assert_found(f, "", "UNLINKED", "actions/free");
    assert_found(f, "", "UNLINKED", "objectives/bare");
    register_must_apply(f, "{\"create\":{\"link\":{\"from\":\"actions/free\",\"kind\":"
                           "\"DELIVERS\",\"none\":true}}}");
    assert_null(find(check(f, ""), "UNLINKED", "actions/free"));
}

static void codes_that_match_nothing(void **state)
{
    put(*state, "actions/c", "action",
        "\"title\":\"As HB1 and HB 99 say, with COVID 19\",\"plan\":\"plans/p\"");
    const Provost__V1__Finding *finding = find(check(*state, ""), "CODE_UNKNOWN", "actions/c");
    assert_string_equal(finding->value, "HB 99");
}

static void red_without_a_word(void **state)
{
    struct register_fixture *f = *state;
    figure(f, "i", "2021/22", "50");
    target(f, "i", "2021/22", "80");
    assert_found(f, ",\"period\":\"2021/22\"", "RED_WITHOUT_COMMENT", "observations/i/2021-22");
    register_must_apply(f, "{\"create\":{\"note\":{\"subject\":\"indicators/i\",\"period\":"
                           "\"2021/22\",\"kind\":\"RECOVERY_PLAN\",\"text\":\"More staff\"}}}");
    assert_null(find(check(f, ",\"period\":\"2021/22\""), "RED_WITHOUT_COMMENT",
                     "observations/i/2021-22"));
}

static void overdue_submissions(void **state)
{
    assert_found(*state, ",\"period\":\"2021/22\"", "SUBMISSION_OVERDUE",
                 "observations/i/2021-22");
    assert_int_equal(check(*state, ",\"period\":\"2022/23\"")->n_findings, 0);
}

static void title_against_period(void **state)
{
    put(*state, "plans/q", "plan", "\"title\":\"Plan 2018-23\",\"period\":\"2021-24\"");
    Provost__V1__CheckPlanResponse *out =
        ask(*state, performance_check_plan, &provost__v1__check_plan_request__descriptor,
            "{\"plan\":\"plans/q\"}");
    assert_non_null(find(out, "TITLE_CONTRADICTS_PERIOD", "plans/q"));
}

static void things_entered_twice(void **state)
{
    put(*state, "actions/b", "action", "\"title\":\"Build the homes\",\"plan\":\"plans/p\"");
    put(*state, "risks/r", "risk", "\"title\":\"Loss of staff\",\"plans\":[\"plans/p\"]");
    put(*state, "risks/s", "risk", "\"title\":\"Loss of the staff\",\"plans\":[\"plans/p\"]");
    const Provost__V1__Finding *finding = find(check(*state, ""), "DUPLICATE", "actions/b");
    assert_string_equal(finding->other, "actions/a");
    assert_found(*state, "", "DUPLICATE", "risks/s");
}

static void totals_that_do_not_add_up(void **state)
{
    struct register_fixture *f = *state;
    put(f, "budget-lines/all", "budgetLine",
        "\"title\":\"Total\",\"subject\":\"plans/p\",\"period\":\"2021/22\","
        "\"amount\":\"10000000\"");
    put(f, "budget-lines/x", "budgetLine",
        "\"title\":\"X\",\"subject\":\"plans/p\",\"period\":\"2021/22\",\"amount\":\"6000000\","
        "\"total\":\"budget-lines/all\"");
    assert_found(f, "", "TOTAL_DIFFERS", "budget-lines/all");
    put(f, "budget-lines/y", "budgetLine",
        "\"title\":\"Y\",\"subject\":\"plans/p\",\"period\":\"2021/22\",\"amount\":\"4000000\","
        "\"total\":\"budget-lines/all\"");
    assert_null(find(check(f, ""), "TOTAL_DIFFERS", "budget-lines/all"));
}

static void deadlines_outside_the_plan(void **state)
{
    struct register_fixture *f = *state;
    put(f, "decisions/d", "decision",
        "\"title\":\"Approved\",\"plan\":\"plans/p\",\"date\":\"2021-06-21\","
        "\"outcome\":\"APPROVED\"");
    put(f, "actions/early", "action",
        "\"title\":\"Early\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 April 2021\"");
    put(f, "actions/late", "action",
        "\"title\":\"Late\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 April 2025\"");
    assert_found(f, "", "DEADLINE_BEFORE_APPROVAL", "actions/early");
    assert_found(f, "", "DEADLINE_AFTER_PLAN", "actions/late");
}

static void more_priorities_than_wanted(void **state)
{
    put(*state, "plans/m", "plan", "\"title\":\"M\",\"maxPriorities\":1");
    const char *const rows[] = {"objectives/m1",
                                "objective",
                                "\"title\":\"One\",\"plan\":\"plans/m\",\"kind\":\"PRIORITY\"",
                                "objectives/m2",
                                "objective",
                                "\"title\":\"Two\",\"plan\":\"plans/m\",\"kind\":\"PRIORITY\"",
                                NULL};
    create_all(*state, rows);
    Provost__V1__CheckPlanResponse *out =
        ask(*state, performance_check_plan, &provost__v1__check_plan_request__descriptor,
            "{\"plan\":\"plans/m\"}");
    assert_non_null(find(out, "TOO_MANY_PRIORITIES", "plans/m"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_plan_has_no_findings), TEST(placeholders),
        TEST(malformed_dates_and_periods),  TEST(unlinked_items_unless_deliberately_so),
        TEST(codes_that_match_nothing),     TEST(red_without_a_word),
        TEST(overdue_submissions),          TEST(title_against_period),
        TEST(things_entered_twice),         TEST(totals_that_do_not_add_up),
        TEST(deadlines_outside_the_plan),   TEST(more_priorities_than_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
