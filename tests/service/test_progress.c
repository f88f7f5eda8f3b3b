/* GetProgress: MODEL.md section 7 as answers of the handler. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static Provost__V1__GetProgressResponse *progress(struct register_fixture *f, const char *more)
{
    return ask(f, performance_get_progress, &provost__v1__get_progress_request__descriptor,
               arena_printf(&f->arena, "{\"scope\":\"plans/p\",%s}", more));
}

static void assert_share(const Provost__V1__GetProgressResponse *out, int count,
                         int denominator, const char *percent)
{
    assert_int_equal(out->share->count, count);
    assert_int_equal(out->share->denominator, denominator);
    assert_string_equal(out->share->percent, percent);
}

/* ---- indicators: Dundee's fourteen ---- */

struct dundee_row {
    const char *id;
    const char *value_2019;
    const char *value_2020; /* NULL: nothing */
    const char *target_2020;
};

static const struct dundee_row dundee[] = {
    {"living-wage", "70", NULL, "81"},
    {"city-plan", "63", NULL, NULL},
    {"council-plan", "61", NULL, NULL},
    {"bvar", "-", "73", "70"},
    {"cftf", "51", "55", "75"},
    {"nec", "68,740", "66,342", NULL},
    {"over-60s", "Under Development", NULL, NULL},
    {"visits", "Under Development", NULL, NULL},
    {"followers", "51,313", "60,769", "45,000"},
    {"campaigns", "-", "45,000", "50,000"},
    {"foi", "93.8", "98.7", "100"},
    {"stage1-cex", "66.7", "100", "90"},
    {"stage1-council", "78.7", "77.3", "90"},
    {"sickness", "7.63", "4.69", "4.5"},
};

static int setup_dundee(void **state)
{
    if (register_setup(state) != 0) return -1;
    struct register_fixture *f = *state;
    const char *const plan[] = {"plans/p", "plan", "\"title\":\"Service Plan\"", NULL};
    create_all(f, plan);
    for (size_t i = 0; i < COUNT_OF(dundee); i++) {
        const char *name = arena_printf(&f->arena, "indicators/%s", dundee[i].id);
        const char *fields =
            arena_printf(&f->arena, "\"title\":\"%s\",\"polarity\":\"%s\"", dundee[i].id,
                         strcmp(dundee[i].id, "sickness") == 0 ? "MIN" : "MAX");
        const char *const rows[] = {name, "indicator", fields, NULL};
        create_all(f, rows);
        link_to(f, name, "MEASURES", "plans/p");
        figure(f, dundee[i].id, "2019/20", dundee[i].value_2019);
        if (dundee[i].value_2020) figure(f, dundee[i].id, "2020/21", dundee[i].value_2020);
        if (dundee[i].target_2020) target(f, dundee[i].id, "2020/21", dundee[i].target_2020);
    }
    return 0;
}

#define MAINTAINED "\"measure\":\"IMPROVING_OR_MAINTAINED\",\"period\":\"2020/21\""

static void maintained_by_the_three_policies(void **state)
{
    assert_share(progress(*state, MAINTAINED), 5, 7, "71.4");
    assert_share(progress(*state, MAINTAINED ",\"policy\":\"COMPARABLE\""), 5, 7, "71.4");
    assert_share(progress(*state, MAINTAINED ",\"policy\":\"WITH_VALUE\""), 5, 9, "55.6");
    assert_share(progress(*state, MAINTAINED ",\"policy\":\"ALL\""), 5, 14, "35.7");
}

static void maintained_with_a_materiality_of_five_per_cent(void **state)
{
#define FIVE MAINTAINED ",\"trendMateriality\":\"5%\""
    assert_share(progress(*state, FIVE), 7, 7, "100.0");
    assert_share(progress(*state, FIVE ",\"policy\":\"WITH_VALUE\""), 7, 9, "77.8");
    assert_share(progress(*state, FIVE ",\"policy\":\"ALL\""), 7, 14, "50.0");
}

static void a_figure_opens_to_its_members(void **state)
{
    struct register_fixture *f = *state;
    const Provost__V1__GetProgressResponse *out = progress(f, MAINTAINED);
    int no_comparator = 0;
    assert_int_equal(out->n_members, 14);
    assert_string_equal(out->at, "2020-21");
    assert_int_equal(out->seq, register_seq(f));
    assert_non_null(strstr(out->share->rule, "COMPARABLE"));
    for (size_t i = 0; i < out->n_members; i++) {
        const Provost__V1__ProgressMember *member = out->members[i];
        if (strcmp(member->name, "indicators/nec") == 0) {
            assert_string_equal(member->reason, "GETTING_WORSE");
            assert_true(member->included && !member->counted);
        }
        if (strcmp(member->reason, "NO_COMPARATOR") == 0) no_comparator++;
    }
    assert_int_equal(no_comparator, 2);
    assert_int_equal(out->n_exclusions, 2);
}

static void on_target(void **state)
{
    assert_share(progress(*state, "\"measure\":\"ON_TARGET\",\"period\":\"2020-21\""), 3, 8,
                 "37.5");
}

static void refusals(void **state)
{
    struct register_fixture *f = *state;
    const ProtobufCMessageDescriptor *type = &provost__v1__get_progress_request__descriptor;
    assert_null(register_read(f, performance_get_progress, type, "{\"scope\":\"plans/p\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_MEASURE_REQUIRED, "measure", NULL);
    assert_null(register_read(f, performance_get_progress, type,
                              "{\"scope\":\"plans/p\",\"measure\":\"ON_TARGET\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PERIOD_INVALID, "period", NULL);
    assert_null(register_read(f, performance_get_progress, type,
                              "{\"scope\":\"plans/p\"," MAINTAINED
                              ",\"trendMateriality\":\"much\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_TOLERANCE_INVALID,
                           "trend_materiality", NULL);
    assert_null(register_read(f, performance_get_progress, type,
                              "{\"scope\":\"plans/p\",\"measure\":\"ACTIONS_COMPLETED\","
                              "\"period\":\"banana\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PERIOD_INVALID, "period", "banana");
    assert_null(register_read(f, performance_get_progress, type,
                              "{\"scope\":\"plans/p\"," MAINTAINED ",\"date\":\"30 Feb\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_DATE_INVALID, "date", "30 Feb");
    assert_null(
        register_read(f, performance_get_progress, type, "{\"measure\":\"ON_TARGET\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SCOPE_INVALID, "scope", NULL);
}

/* ---- actions ---- */

static int setup_actions(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const rows[] = {
        "plans/p",
        "plan",
        "\"title\":\"P\",\"period\":\"2021-24\"",
        "actions/june",
        "action",
        "\"title\":\"june\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 June 2021\"",
        "actions/autumn",
        "action",
        "\"title\":\"autumn\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"Autumn 2021\"",
        "actions/late",
        "action",
        "\"title\":\"late\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 June 2021\","
        "\"status\":\"COMPLETED\",\"completedOn\":\"2021-07-15\",\"progress\":100",
        "actions/tbc",
        "action",
        "\"title\":\"tbc\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"TBC\"",
        "actions/bad",
        "action",
        "\"title\":\"bad\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 January 202\"",
        "actions/gone",
        "action",
        "\"title\":\"gone\",\"plan\":\"plans/p\",\"deadlineVerbatim\":\"30 June 2021\","
        "\"status\":\"CANCELLED\"",
        NULL};
    create_all(*state, rows);
    return 0;
}

static const Provost__V1__ProgressMember *member(const Provost__V1__GetProgressResponse *out,
                                                 const char *title)
{
    for (size_t i = 0; i < out->n_members; i++)
        if (strcmp(out->members[i]->title, title) == 0) return out->members[i];
    fail_msg("no %s", title);
    return NULL;
}

static void actions_by_the_rule_due(void **state)
{
    const Provost__V1__GetProgressResponse *out =
        progress(*state, "\"measure\":\"ACTIONS_ON_SCHEDULE\",\"date\":\"2021-11-30\"");
    assert_share(out, 2, 3, "66.7");
    assert_string_equal(out->at, "2021-11-30");
    assert_string_equal(member(out, "june")->reason, "OVERDUE");
    assert_string_equal(member(out, "autumn")->reason, "ON_SCHEDULE");
    assert_string_equal(member(out, "autumn")->due, "2021-11-30");
    assert_string_equal(member(out, "late")->reason, "COMPLETED_LATE");
    assert_true(member(out, "late")->completed_late);
    assert_string_equal(member(out, "tbc")->reason, "TBC");
    assert_string_equal(member(out, "bad")->reason, "INVALID");
    assert_string_equal(member(out, "gone")->reason, "CANCELLED");
    assert_int_equal(out->n_exclusions, 3);
    out = progress(*state, "\"measure\":\"ACTIONS_ON_SCHEDULE\",\"date\":\"2021-12-01\"");
    assert_share(out, 1, 3, "33.3");
    assert_int_equal(member(out, "gone")->action_progress,
                     PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_CANCELLED);
}

static void actions_by_the_rule_progress(void **state)
{
    const Provost__V1__GetProgressResponse *out =
        progress(*state, "\"measure\":\"ACTIONS_ON_SCHEDULE\",\"date\":\"2021-06-01\","
                         "\"scheduleRule\":\"PROGRESS\"");
    assert_share(out, 1, 3, "33.3"); /* "late" says 100 per cent */
    assert_string_equal(member(out, "june")->reason, "BEHIND");
}

static void actions_completed(void **state)
{
    assert_share(progress(*state, "\"measure\":\"ACTIONS_COMPLETED\",\"date\":\"2021-07-31\""),
                 1, 5, "20.0");
    assert_share(progress(*state, "\"measure\":\"ACTIONS_COMPLETED\",\"date\":\"2021-07-01\""),
                 0, 5, "0.0");
}

#define DUNDEE(name) cmocka_unit_test_setup_teardown(name, setup_dundee, register_teardown)
#define ACTIONS(name) cmocka_unit_test_setup_teardown(name, setup_actions, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        DUNDEE(maintained_by_the_three_policies),
        DUNDEE(maintained_with_a_materiality_of_five_per_cent),
        DUNDEE(a_figure_opens_to_its_members),
        DUNDEE(on_target),
        DUNDEE(refusals),
        ACTIONS(actions_by_the_rule_due),
        ACTIONS(actions_by_the_rule_progress),
        ACTIONS(actions_completed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
