#include "domain/schedule.h"

#include "common/arena.h"
#include "domain/date.h"
#include "support/arena_fixture.h"
#include "support/decimal_test.h"
#include "support/dundee_deadlines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static int32_t day(const char *text)
{
    int32_t result = DATE_NO_DAY;
    assert_true(date_parse_iso(text, &result));
    return result;
}

/* An action of a plan for 2021-24. */
static struct schedule_action action_of(struct arena *arena, const char *deadline)
{
    const struct deadline_context plan = {day("2021-04-01"), day("2024-03-31")};
    struct schedule_action action = {.work = SCHEDULE_WORK_NOT_SAID,
                                     .assigned = true,
                                     .start_day = plan.plan_start,
                                     .completed_on = DATE_NO_DAY,
                                     .touched_on = DATE_NO_DAY};
    action.deadlines = deadline_parse(deadline, &plan, arena, &action.deadline_count);
    return action;
}

#define DUNDEE (sizeof dundee / sizeof dundee[0])

static void fill_dundee(struct arena *arena, struct schedule_action actions[DUNDEE])
{
    for (size_t i = 0; i < DUNDEE; i++)
        actions[i] = action_of(arena, dundee[i]);
}

static void dundee_has_24_of_29_on_30_november_and_22_a_day_later(void **state)
{
    struct schedule_action actions[DUNDEE];
    struct schedule_verdict verdicts[DUNDEE];
    fill_dundee(*state, actions);
    struct schedule_totals totals =
        schedule_measure(SCHEDULE_RULE_DUE, actions, DUNDEE, day("2021-11-30"), verdicts);
    assert_int_equal(totals.members, 31);
    assert_int_equal(totals.unscheduled, 2);
    assert_int_equal(totals.cancelled, 0);
    assert_int_equal(totals.share.count, 24);
    assert_int_equal(totals.share.denominator, 29);
    assert_decimal(totals.share.percent, "82.8");
    assert_int_equal(verdicts[9].reason, SCHEDULE_REASON_INVALID);
    assert_int_equal(verdicts[19].reason, SCHEDULE_REASON_TBC);
    assert_int_equal(verdicts[0].reason, SCHEDULE_REASON_OVERDUE);
    assert_int_equal(verdicts[0].days_late, 153);
    totals = schedule_measure(SCHEDULE_RULE_DUE, actions, DUNDEE, day("2021-12-01"), NULL);
    assert_int_equal(totals.share.count, 22);
    assert_int_equal(totals.share.denominator, 29);
    assert_decimal(totals.share.percent, "75.9");
}

static void cancelled_is_out_and_completed_late_counts_and_is_reported(void **state)
{
    struct schedule_action actions[DUNDEE];
    struct schedule_verdict verdicts[DUNDEE];
    fill_dundee(*state, actions);
    actions[1].work = SCHEDULE_WORK_CANCELLED;
    actions[19].work = SCHEDULE_WORK_CANCELLED;
    actions[0].work = SCHEDULE_WORK_COMPLETED;
    actions[0].completed_on = day("2021-07-10");
    struct schedule_totals totals =
        schedule_measure(SCHEDULE_RULE_DUE, actions, DUNDEE, day("2021-11-30"), verdicts);
    assert_int_equal(totals.cancelled, 2);
    assert_int_equal(totals.unscheduled, 1);
    assert_int_equal(totals.completed, 1);
    assert_int_equal(totals.completed_late, 1);
    assert_int_equal(totals.share.count, 24);
    assert_int_equal(totals.share.denominator, 28);
    assert_int_equal(verdicts[19].reason, SCHEDULE_REASON_CANCELLED);
    assert_true(verdicts[0].completed_late);
    assert_int_equal(verdicts[0].days_late, 10);
}

static void what_was_completed_after_the_day_asked_for_is_open_then(void **state)
{
    struct schedule_action action = action_of(*state, "30 June 2021");
    action.work = SCHEDULE_WORK_COMPLETED;
    action.completed_on = day("2021-07-10");
    struct schedule_verdict verdict =
        schedule_judge(SCHEDULE_RULE_DUE, &action, day("2021-07-05"));
    assert_int_equal(verdict.place, SCHEDULE_BEHIND);
    assert_false(verdict.completed);
    verdict = schedule_judge(SCHEDULE_RULE_DUE, &action, day("2021-07-10"));
    assert_int_equal(verdict.place, SCHEDULE_ON);
    action.completed_on = DATE_NO_DAY;
    verdict = schedule_judge(SCHEDULE_RULE_DUE, &action, day("2021-07-05"));
    assert_true(verdict.completed);
    assert_false(verdict.completed_late);
}

static void progress_is_measured_against_the_days_gone_by(void **state)
{
    struct schedule_action action = action_of(*state, "10 July 2021"); /* 100 days */
    struct schedule_verdict verdict;
    action.progress = 50;
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-05-21"));
    assert_int_equal(verdict.place, SCHEDULE_ON); /* day 50, exactly as expected */
    assert_decimal(verdict.expected, "50.0");
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-05-22"));
    assert_int_equal(verdict.place, SCHEDULE_BEHIND);
    assert_int_equal(verdict.reason, SCHEDULE_REASON_PROGRESS);
    assert_decimal(verdict.expected, "51.0");
    action.progress = 0;
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-04-01"));
    assert_int_equal(verdict.place, SCHEDULE_ON);
    action.progress = 99;
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-07-10"));
    assert_int_equal(verdict.place, SCHEDULE_BEHIND);
    assert_decimal(verdict.expected, "100.0");
}

static void without_a_start_the_deadlines_first_day_counts(void **state)
{
    struct schedule_action action = action_of(*state, "During 2021/22");
    action.start_day = DATE_NO_DAY;
    action.progress = 49;
    assert_int_equal(schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-10-01")).place,
                     SCHEDULE_BEHIND); /* 183 of 364 days */
    action.progress = 51;
    assert_int_equal(schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-10-01")).place,
                     SCHEDULE_ON);
}

static void undated_actions_are_unscheduled_even_when_completed(void **state)
{
    struct schedule_action action = action_of(*state, "");
    struct schedule_verdict verdict =
        schedule_judge(SCHEDULE_RULE_DUE, &action, day("2021-07-05"));
    assert_int_equal(verdict.reason, SCHEDULE_REASON_UNDATED);
    action.work = SCHEDULE_WORK_COMPLETED;
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-07-05"));
    assert_int_equal(verdict.place, SCHEDULE_EXCLUDED);
    action.deadline_count = 0;
    verdict = schedule_judge(SCHEDULE_RULE_PROGRESS, &action, day("2021-07-05"));
    assert_int_equal(verdict.reason, SCHEDULE_REASON_UNDATED);
}

static enum schedule_status status_at(const struct schedule_action *action, const char *today)
{
    struct schedule_limits limits = schedule_default_limits();
    return schedule_status(action, &limits, day(today));
}

static void overdue_becomes_neglected_after_90_untouched_days(void **state)
{
    struct schedule_action action = action_of(*state, "30 June 2021");
    assert_int_equal(status_at(&action, "2022-12-01"), SCHEDULE_OVERDUE);
    action.touched_on = day("2021-06-01");
    assert_int_equal(status_at(&action, "2021-08-29"), SCHEDULE_OVERDUE);
    assert_int_equal(status_at(&action, "2021-08-30"), SCHEDULE_NEGLECTED);
}

static void progress_is_checked_when_due_soon_or_long_untouched(void **state)
{
    struct schedule_action action = action_of(*state, "30 June 2021");
    assert_int_equal(status_at(&action, "2021-05-30"), SCHEDULE_ASSIGNED);
    assert_int_equal(status_at(&action, "2021-05-31"), SCHEDULE_CHECK_PROGRESS);
    action = action_of(*state, "31 March 2024");
    action.touched_on = day("2021-05-01");
    assert_int_equal(status_at(&action, "2021-05-30"), SCHEDULE_ASSIGNED);
    assert_int_equal(status_at(&action, "2021-05-31"), SCHEDULE_CHECK_PROGRESS);
    action.start_day = day("2022-04-01");
    assert_int_equal(status_at(&action, "2021-05-31"), SCHEDULE_NOT_STARTED);
}

static void status_follows_the_documented_precedence(void **state)
{
    struct schedule_action action = action_of(*state, "31 March 2024");
    assert_int_equal(status_at(&action, "2021-05-01"), SCHEDULE_ASSIGNED);
    action.progress = 10;
    assert_int_equal(status_at(&action, "2021-05-01"), SCHEDULE_IN_PROGRESS);
    action.work = SCHEDULE_WORK_NOT_STARTED;
    assert_int_equal(status_at(&action, "2021-05-01"), SCHEDULE_NOT_STARTED);
    action.assigned = false;
    assert_int_equal(status_at(&action, "2021-05-01"), SCHEDULE_UNASSIGNED);
    assert_int_equal(status_at(&action, "2024-03-31"), SCHEDULE_CHECK_PROGRESS);
    assert_int_equal(status_at(&action, "2024-04-01"), SCHEDULE_OVERDUE);
    action.work = SCHEDULE_WORK_COMPLETED;
    assert_int_equal(status_at(&action, "2024-04-01"), SCHEDULE_COMPLETED);
    action.work = SCHEDULE_WORK_CANCELLED;
    assert_int_equal(status_at(&action, "2024-04-01"), SCHEDULE_CANCELLED);
}

static void schedule_names_are_the_words_of_the_model(void **state)
{
    (void)state;
    assert_string_equal(schedule_rule_name(SCHEDULE_RULE_PROGRESS), "PROGRESS");
    assert_string_equal(schedule_place_name(SCHEDULE_EXCLUDED), "EXCLUDED");
    assert_string_equal(schedule_reason_name(SCHEDULE_REASON_UNDATED), "UNDATED");
    assert_string_equal(schedule_status_name(SCHEDULE_CHECK_PROGRESS), "CHECK_PROGRESS");
    assert_string_equal(schedule_status_name(SCHEDULE_ASSIGNED), "ASSIGNED");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dundee_has_24_of_29_on_30_november_and_22_a_day_later,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(
            cancelled_is_out_and_completed_late_counts_and_is_reported, arena_setup,
            arena_teardown),
        cmocka_unit_test_setup_teardown(what_was_completed_after_the_day_asked_for_is_open_then,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(progress_is_measured_against_the_days_gone_by,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(without_a_start_the_deadlines_first_day_counts,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(undated_actions_are_unscheduled_even_when_completed,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(overdue_becomes_neglected_after_90_untouched_days,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(progress_is_checked_when_due_soon_or_long_untouched,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(status_follows_the_documented_precedence, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(schedule_names_are_the_words_of_the_model, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
