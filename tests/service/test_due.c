/* ListDue: what is to be submitted, completed, reviewed. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

static Provost__V1__ListDueResponse *due(struct register_fixture *f, const char *json)
{
    return ask(f, performance_list_due, &provost__v1__list_due_request__descriptor, json);
}

/* "2021-07-30 SUBMIT indicators/q 2021-22.q1!" a line each; "!" is overdue. */
static const char *lines(struct register_fixture *f, const Provost__V1__ListDueResponse *out)
{
    const char *text = "";
    for (size_t i = 0; i < out->n_items; i++)
        text = arena_printf(&f->arena, "%s%s %s %s%s%s%s\n", text, out->items[i]->due,
                            out->items[i]->what, out->items[i]->name,
                            out->items[i]->period[0] != '\0' ? " " : "", out->items[i]->period,
                            out->items[i]->overdue ? "!" : "");
    return text;
}

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const rows[] = {
        "organisations/o",
        "organisation",
        "\"title\":\"O\"",
        "plans/p",
        "plan",
        "\"title\":\"P\",\"period\":\"2021-24\",\"owner\":\"organisations/o\"",
        "indicators/q",
        "indicator",
        "\"title\":\"Q\",\"frequency\":\"QUARTERLY\",\"owner\":\"organisations/o\"",
        NULL};
    create_all(*state, rows);
    link_to(*state, "indicators/q", "MEASURES", "plans/p");
    return 0;
}

static void figures_of_ended_periods_are_due_thirty_days_later(void **state)
{
    Provost__V1__ListDueResponse *out =
        due(*state, "{\"scope\":\"plans/p\",\"date\":\"2021-11-15\",\"daysAhead\":80}");
    assert_string_equal(lines(*state, out), "2021-07-30 SUBMIT indicators/q 2021-22.q1!\n"
                                            "2021-10-30 SUBMIT indicators/q 2021-22.q2!\n"
                                            "2022-01-30 SUBMIT indicators/q 2021-22.q3\n");
    assert_int_equal(out->overdue, 2);
    assert_int_equal(out->total, 3);
    assert_string_equal(out->items[0]->owners[0], "organisations/o");
    assert_int_equal(out->seq, register_seq(*state));
}

static void what_was_said_is_not_due(void **state)
{
    struct register_fixture *f = *state;
    figure(f, "q", "Q1 2021/22", "5");
    figure(f, "q", "Q2 2021/22", "Not due");
    assert_string_equal(lines(f, due(f, "{\"scope\":\"plans/p\",\"date\":\"2021-11-15\"}")),
                        "");
    figure(f, "q", "Q3 2021/22", "");
    assert_string_equal(lines(f, due(f, "{\"date\":\"2022-02-15\"}")),
                        "2022-01-30 SUBMIT indicators/q 2021-22.q3!\n");
}

/* However many figures came after it, and with its words. */
static void a_gap_is_due_until_it_is_filled(void **state)
{
    static const char *const said[] = {"2021-22.q1", "2021-22.q4", "2022-23.q1", "2022-23.q2",
                                       "2022-23.q3", "2022-23.q4", "2023-24.q1", "2023-24.q2"};
    struct register_fixture *f = *state;
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        figure(f, "q", said[i], "5");
    figure(f, "q", "2021-22.q3", "Overdue");
    Provost__V1__ListDueResponse *out =
        due(f, "{\"scope\":\"plans/p\",\"date\":\"2023-11-15\"}");
    assert_string_equal(lines(f, out), "2021-10-30 SUBMIT indicators/q 2021-22.q2!\n"
                                       "2022-01-30 SUBMIT indicators/q 2021-22.q3!\n");
    assert_string_equal(out->items[1]->verbatim, "Overdue");
}

/* October 2009 is "2009-m10", behind all other months of that year. */
static void months_are_due_whatever_their_ids(void **state)
{
    static const char *const said[] = {"2009-09", "2009-m10", "2009-12", "2010-02", "2010-03"};
    struct register_fixture *f = *state;
    const char *const rows[] = {"plans/m",
                                "plan",
                                "\"title\":\"M\",\"startDate\":\"2009-09-01\","
                                "\"endDate\":\"2010-03-31\"",
                                "indicators/m",
                                "indicator",
                                "\"title\":\"M\",\"frequency\":\"MONTHLY\"",
                                NULL};
    create_all(f, rows);
    link_to(f, "indicators/m", "MEASURES", "plans/m");
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        figure(f, "m", said[i], "5");
    assert_string_equal(lines(f, due(f, "{\"scope\":\"plans/m\",\"date\":\"2011-01-01\"}")),
                        "2009-12-30 SUBMIT indicators/m 2009-11!\n"
                        "2010-03-02 SUBMIT indicators/m 2010-01!\n");
}

static void a_reporting_period_says_its_own_day(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":"
                           "\"Q1 2021/22\",\"dueDate\":\"2021-08-20\"}}}");
    assert_string_equal(lines(f, due(f, "{\"scope\":\"plans/p\",\"date\":\"2021-08-20\"}")),
                        "2021-08-20 SUBMIT indicators/q 2021-22.q1\n");
}

static void without_a_frequency_targets_tell(void **state)
{
    struct register_fixture *f = *state;
    const char *const rows[] = {
        "indicators/t",
        "indicator",
        "\"title\":\"T\"",
        "indicators/u",
        "indicator",
        "\"title\":\"U\",\"lifecycle\":\"RETIRED\",\"frequency\":\"ANNUAL\"",
        NULL};
    figure(f, "q", "Q1 2021/22", "5");
    create_all(f, rows);
    link_to(f, "indicators/t", "MEASURES", "plans/p");
    link_to(f, "indicators/u", "MEASURES", "plans/p");
    target(f, "t", "2021/22", "90");
    assert_string_equal(
        lines(f,
              due(f, "{\"scope\":\"plans/p\",\"date\":\"2022-05-15\",\"overdueOnly\":true}")),
        "2021-10-30 SUBMIT indicators/q 2021-22.q2!\n"
        "2022-01-30 SUBMIT indicators/q 2021-22.q3!\n"
        "2022-04-30 SUBMIT indicators/q 2021-22.q4!\n"
        "2022-04-30 SUBMIT indicators/t 2021-22!\n");
}

static void actions_plans_and_risks_are_due_too(void **state)
{
    struct register_fixture *f = *state;
    const char *const rows[] = {
        "actions/a",
        "action",
        "\"title\":\"A\",\"plan\":\"plans/s\",\"deadlineVerbatim\":\"30 June 2021\"",
        "actions/b",
        "action",
        "\"title\":\"B\",\"plan\":\"plans/s\",\"deadlineVerbatim\":\"30 June 2021\","
        "\"status\":\"COMPLETED\",\"completedOn\":\"2021-06-01\"",
        "risks/r",
        "risk",
        "\"title\":\"R\",\"plans\":[\"plans/s\"],\"reviewDate\":\"2021-07-05\"",
        NULL};
    const char *const plan[] = {
        "plans/s", "plan",
        "\"title\":\"S\",\"startDate\":\"2020-04-01\",\"endDate\":\"2024-03-31\","
        "\"reviewFrequency\":\"ANNUAL\"",
        NULL};
    create_all(f, plan);
    create_all(f, rows);
    assert_string_equal(lines(f, due(f, "{\"scope\":\"plans/s\",\"date\":\"2021-07-01\"}")),
                        "2021-04-01 REVIEW plans/s!\n"
                        "2021-06-30 COMPLETE actions/a!\n"
                        "2021-07-05 REVIEW risks/r\n");
    const char *const decision[] = {
        "decisions/d", "decision",
        "\"title\":\"D\",\"plan\":\"plans/s\",\"date\":\"2021-04-20\"", NULL};
    create_all(f, decision);
    assert_string_equal(lines(f, due(f, "{\"scope\":\"plans/s\",\"date\":\"2021-07-01\"}")),
                        "2021-06-30 COMPLETE actions/a!\n"
                        "2021-07-05 REVIEW risks/r\n");
}

static void pages_follow_each_other_and_stay_pinned(void **state)
{
    struct register_fixture *f = *state;
#define ALL "\"scope\":\"plans/p\",\"date\":\"2022-11-15\""
    const char *whole = lines(f, due(f, "{" ALL "}"));
    Provost__V1__ListDueResponse *first = due(f, "{" ALL ",\"pageSize\":2}");
    const char *text = lines(f, first);
    figure(f, "q", "Q3 2021/22", "1"); /* the second page does not see it */
    const char *token = first->next_page_token;
    Provost__V1__ListDueResponse *rest = due(
        f, arena_printf(&f->arena, "{" ALL ",\"pageSize\":50,\"pageToken\":\"%s\"}", token));
    assert_string_equal(arena_printf(&f->arena, "%s%s", text, lines(f, rest)), whole);
    assert_string_equal(rest->next_page_token, "");
    assert_int_equal(rest->seq, first->seq);
    assert_null(register_read(
        f, performance_list_due, &provost__v1__list_due_request__descriptor,
        arena_printf(&f->arena, "{\"date\":\"2021-01-01\",\"pageToken\":\"%s\"}", token)));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PAGE_TOKEN_INVALID, "page_token",
                           NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(figures_of_ended_periods_are_due_thirty_days_later),
        TEST(what_was_said_is_not_due),
        TEST(a_gap_is_due_until_it_is_filled),
        TEST(months_are_due_whatever_their_ids),
        TEST(a_reporting_period_says_its_own_day),
        TEST(without_a_frequency_targets_tell),
        TEST(actions_plans_and_risks_are_due_too),
        TEST(pages_follow_each_other_and_stay_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
