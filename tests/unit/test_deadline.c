#include "domain/deadline.h"

#include "common/arena.h"
#include "domain/date.h"
#include "support/dundee_deadlines.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct arena arena;
    struct deadline_context plan; /* 2021-24 */
};

static int32_t day(const char *text)
{
    int32_t result = DATE_NO_DAY;
    assert_true(text[0] == '\0' || date_parse_iso(text, &result));
    return result;
}

static int set_up(void **state)
{
    struct fixture *fixture = xcalloc(1, sizeof *fixture);
    arena_init(&fixture->arena, 1 << 20);
    fixture->plan = (struct deadline_context){day("2021-04-01"), day("2024-03-31")};
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    arena_release(&fixture->arena);
    free(fixture);
    return 0;
}

static struct deadline *read_cell(struct fixture *fixture, const char *text, size_t expected)
{
    size_t count = 0;
    struct deadline *deadlines = deadline_parse(text, &fixture->plan, &fixture->arena, &count);
    if (count != expected) {
        for (size_t i = 0; i < count; i++)
            print_message("  %s '%s'\n", deadline_kind_name(deadlines[i].kind),
                          deadlines[i].part);
        fail_msg("'%s' gave %zu deadlines", text, count);
    }
    assert_string_equal(deadlines[0].verbatim, text);
    return deadlines;
}

struct row {
    const char *text;
    enum deadline_kind kind;
    const char *earliest;
    const char *latest;
};

static void assert_rows(struct fixture *fixture, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct deadline *found = read_cell(fixture, rows[i].text, 1);
        bool same = found->kind == rows[i].kind && found->earliest == day(rows[i].earliest) &&
                    found->latest == day(rows[i].latest);
        if (!same)
            fail_msg("'%s' was taken as %s, %d..%d", rows[i].text,
                     deadline_kind_name(found->kind), (int)found->earliest, (int)found->latest);
        assert_true((found->reason != NULL) == (found->kind == DEADLINE_INVALID));
    }
}

#define ASSERT_ROWS(state, rows) assert_rows(*(state), rows, sizeof(rows) / sizeof(rows)[0])

static void exact_days_are_understood(void **state)
{
    static const struct row rows[] = {
        {"30 June 2021", DEADLINE_EXACT, "2021-06-30", "2021-06-30"},
        {"30th June 2021", DEADLINE_EXACT, "2021-06-30", "2021-06-30"},
        {"31 st March 2011", DEADLINE_EXACT, "2011-03-31", "2011-03-31"},
        {"By 31 March 2022", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"by end of March 2022", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"End of 2021/22", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"31/03/2022", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"<b>31\u00a0March 2022</b>", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"31 March\n2022", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"2022-03-31", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
        {"No later than 31 March 2022", DEADLINE_EXACT, "2022-03-31", "2022-03-31"},
    };
    ASSERT_ROWS(state, rows);
}

static void months_years_and_seasons_have_a_first_and_a_last_day(void **state)
{
    static const struct row rows[] = {
        {"October 2021", DEADLINE_MONTH, "2021-10-01", "2021-10-31"},
        {"Sep 2026", DEADLINE_MONTH, "2026-09-01", "2026-09-30"},
        {"March 2022", DEADLINE_MONTH, "2022-03-01", "2022-03-31"},
        {"May 2022", DEADLINE_MONTH, "2022-05-01", "2022-05-31"},
        {"June 2022", DEADLINE_MONTH, "2022-06-01", "2022-06-30"},
        {"Early March 2022", DEADLINE_MONTH, "2022-03-01", "2022-03-31"},
        {"2027", DEADLINE_YEAR, "2027-01-01", "2027-12-31"},
        {"by 2027", DEADLINE_YEAR, "2027-01-01", "2027-12-31"},
        {"Spring 2021", DEADLINE_SEASON, "2021-03-01", "2021-05-31"},
        {"Summer 2021", DEADLINE_SEASON, "2021-06-01", "2021-08-31"},
        {"Autumn 2021", DEADLINE_SEASON, "2021-09-01", "2021-11-30"},
        {"Winter 2021", DEADLINE_SEASON, "2021-12-01", "2022-02-28"},
        {"Summer of 2021", DEADLINE_SEASON, "2021-06-01", "2021-08-31"},
        {"Winter 2021/22", DEADLINE_SEASON, "2021-12-01", "2022-02-28"},
        {"Spring/Summer 2021", DEADLINE_SEASON, "2021-03-01", "2021-08-31"},
    };
    ASSERT_ROWS(state, rows);
}

static void a_plan_tells_what_its_years_and_short_months_are(void **state)
{
    static const struct row rows[] = {
        {"Mar 24", DEADLINE_MONTH, "2024-03-01", "2024-03-31"},
        {"by end of Mar 24", DEADLINE_EXACT, "2024-03-31", "2024-03-31"},
        {"Mar 22 - Jun 22", DEADLINE_WINDOW, "2022-03-01", "2022-06-30"},
        {"Mar 31", DEADLINE_INVALID, "", ""},
        {"Mar 26", DEADLINE_INVALID, "", ""},
        {"Mar 32", DEADLINE_MONTH, "2032-03-01", "2032-03-31"},
        {"Year 1", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
        {"year 3", DEADLINE_WINDOW, "2023-04-01", "2024-03-31"},
        {"End of Year 2", DEADLINE_EXACT, "2023-03-31", "2023-03-31"},
        {"Years 1-2", DEADLINE_WINDOW, "2021-04-01", "2023-03-31"},
        {"Years 1 to 3", DEADLINE_WINDOW, "2021-04-01", "2024-03-31"},
        {"Year 2 Q3", DEADLINE_WINDOW, "2022-10-01", "2022-12-31"},
        {"Year 2, Quarter 1", DEADLINE_WINDOW, "2022-04-01", "2022-06-30"},
        {"Year 4", DEADLINE_INVALID, "", ""},
        {"Year 0", DEADLINE_INVALID, "", ""},
        {"Years 2-1", DEADLINE_INVALID, "", ""},
        {"financial year 21/22", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
    };
    struct fixture *fixture = *state;

    ASSERT_ROWS(state, rows);
    fixture->plan = (struct deadline_context){DATE_NO_DAY, DATE_NO_DAY};
    assert_int_equal(read_cell(fixture, "Mar 24", 1)->kind, DEADLINE_INVALID);
    assert_int_equal(read_cell(fixture, "Year 1", 1)->kind, DEADLINE_INVALID);
}

static void windows_cover_their_periods(void **state)
{
    static const struct row rows[] = {
        {"During 2021/22", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
        {"2021/22", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
        {"Q3 2021/22", DEADLINE_WINDOW, "2021-10-01", "2021-12-31"},
        {"Quarter 3 2021/22", DEADLINE_WINDOW, "2021-10-01", "2021-12-31"},
        {"2021 - 2024", DEADLINE_WINDOW, "2021-04-01", "2024-03-31"},
        {"April 2021 - March 2022", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
        {"from April 2021 to March 2022", DEADLINE_WINDOW, "2021-04-01", "2022-03-31"},
        {"between June and August 2021", DEADLINE_WINDOW, "2021-06-01", "2021-08-31"},
        {"October - March 2022", DEADLINE_WINDOW, "2021-10-01", "2022-03-31"},
        {"October/November 2021", DEADLINE_WINDOW, "2021-10-01", "2021-11-30"},
    };
    ASSERT_ROWS(state, rows);
}

static void rhythms_are_first_due_at_the_plan_years_end(void **state)
{
    static const struct row rows[] = {
        {"Annually", DEADLINE_RECURRING, "2021-04-01", "2022-03-31"},
        {"Annual", DEADLINE_RECURRING, "2021-04-01", "2022-03-31"},
        {"Quarterly", DEADLINE_RECURRING, "2021-04-01", "2022-03-31"},
        {"6 Monthly", DEADLINE_RECURRING, "2021-04-01", "2022-03-31"},
        {"Twice Per Year", DEADLINE_RECURRING, "2021-04-01", "2022-03-31"},
        {"30 June each year", DEADLINE_RECURRING, "2021-06-30", "2021-06-30"},
        {"Annually by 31 March", DEADLINE_RECURRING, "2022-03-31", "2022-03-31"},
        {"Annually (by 31 March)", DEADLINE_RECURRING, "2022-03-31", "2022-03-31"},
        {"Annually in March", DEADLINE_RECURRING, "2022-03-01", "2022-03-31"},
        {"By 31 March 2022 and annually thereafter", DEADLINE_EXACT_THEN_RECURRING,
         "2022-03-31", "2022-03-31"},
    };
    struct fixture *fixture = *state;
    ASSERT_ROWS(state, rows);
    assert_int_equal(read_cell(fixture, "Quarterly", 1)->recurrence, DEADLINE_QUARTERLY);
    assert_int_equal(read_cell(fixture, "6 Monthly", 1)->recurrence, DEADLINE_HALF_YEARLY);
    assert_int_equal(read_cell(fixture, rows[9].text, 1)->recurrence, DEADLINE_YEARLY);
    assert_null(read_cell(fixture, rows[9].text, 1)->label);
}

static void ongoing_work_lasts_as_long_as_the_plan(void **state)
{
    static const struct row rows[] = {
        {"Throughout the period of the plan", DEADLINE_ONGOING, "2021-04-01", "2024-03-31"},
        {"Ongoing", DEADLINE_ONGOING, "2021-04-01", "2024-03-31"},
        {"On-going", DEADLINE_ONGOING, "2021-04-01", "2024-03-31"},
        {"From June 2021", DEADLINE_ONGOING, "2021-06-01", "2024-03-31"},
    };
    ASSERT_ROWS(state, rows);
}

static void what_begins_after_the_plan_is_not_ongoing(void **state)
{
    struct fixture *fixture = *state;
    const struct deadline *found = read_cell(fixture, "from April 2024", 1);
    assert_int_equal(found->kind, DEADLINE_INVALID);
    assert_string_equal(found->reason, "begins after the plan has ended");
    assert_int_equal(found->latest, DATE_NO_DAY);
}

static void tbc_and_empty_cells_are_not_the_same(void **state)
{
    static const struct row rows[] = {
        {"TBC", DEADLINE_TBC, "", ""}, {"To be confirmed", DEADLINE_TBC, "", ""},
        {"", DEADLINE_NONE, "", ""},   {"  ", DEADLINE_NONE, "", ""},
        {"-", DEADLINE_NONE, "", ""},  {"N/A", DEADLINE_NONE, "", ""},
    };
    ASSERT_ROWS(state, rows);
}

static void what_is_botched_is_invalid_and_kept_without_a_guess(void **state)
{
    static const struct row rows[] = {
        {"30 January 202", DEADLINE_INVALID, "", ""},
        {"31 June 2021", DEADLINE_INVALID, "", ""},
        {"31 Febuary 2022", DEADLINE_INVALID, "", ""},
        {"Febuary 2022", DEADLINE_INVALID, "", ""},
        {"2009/20010", DEADLINE_INVALID, "", ""},
        {"Q5 2021/22", DEADLINE_INVALID, "", ""},
        {"March 26", DEADLINE_INVALID, "", ""},
        {"March", DEADLINE_INVALID, "", ""},
        {"31 March", DEADLINE_INVALID, "", ""},
        {"when funds allow", DEADLINE_INVALID, "", ""},
        {"after June 2021", DEADLINE_INVALID, "", ""},
        {"2021/21", DEADLINE_INVALID, "", ""},
        {"March 2022 - April 2021", DEADLINE_INVALID, "", ""},
        {"Summer 2021/22", DEADLINE_INVALID, "", ""},
        {"1021", DEADLINE_INVALID, "", ""},
        {"Autumn", DEADLINE_INVALID, "", ""},
        {"Summer of", DEADLINE_INVALID, "", ""},
        {"\xff\xfe", DEADLINE_INVALID, "", ""},
    };
    ASSERT_ROWS(state, rows);
}

static void labelled_deadlines_in_one_cell_are_several(void **state)
{
    struct deadline *found = read_cell(*state,
                                       "Internal \u2013 organise awards annually External "
                                       "\u2013 meet deadlines for applications",
                                       2);
    assert_int_equal(found[0].kind, DEADLINE_RECURRING);
    assert_int_equal(found[0].recurrence, DEADLINE_YEARLY);
    assert_int_equal(found[0].latest, day("2022-03-31"));
    assert_string_equal(found[0].label, "Internal");
    assert_int_equal(found[1].kind, DEADLINE_INVALID);
    assert_string_equal(found[1].label, "External");
    assert_string_equal(found[1].part, "External \u2013 meet deadlines for applications");
    assert_true(deadline_is_scheduled(found, 2));
}

static void the_part_of_a_deadline_is_as_it_was_written(void **state)
{
    struct deadline *found = read_cell(
        *state, " Draft: 1&nbsp;June  2021;  <b>Final</b> \u2014 March\u00a02022 ", 2);
    assert_string_equal(found[0].part, "Draft: 1&nbsp;June  2021");
    assert_string_equal(found[1].part, "<b>Final</b> \u2014 March\u00a02022");
    assert_int_equal(found[0].latest, day("2021-06-01"));
    assert_int_equal(found[1].latest, day("2022-03-31"));
    assert_string_equal(found[1].label, "Final");
}

static void a_statutory_date_is_marked_and_keeps_its_neighbour(void **state)
{
    struct deadline *found = read_cell(*state, "31 March 2021 (statutory) 30 June 2021", 2);
    assert_int_equal(found[0].latest, day("2021-03-31"));
    assert_true(found[0].statutory);
    assert_int_equal(found[1].latest, day("2021-06-30"));
    assert_false(found[1].statutory);
    assert_null(found[1].label);
}

static void labels_before_dates_belong_to_what_follows(void **state)
{
    struct deadline *found = read_cell(
        *state, "Draft by June 2021, final: 31 December 2021; Statutory: 1 May 2022", 3);
    assert_string_equal(found[0].label, "Draft");
    assert_string_equal(found[1].label, "final");
    assert_string_equal(found[2].label, "Statutory");
    assert_true(found[2].statutory && !found[1].statutory && !found[0].statutory);
    assert_int_equal(found[0].kind, DEADLINE_MONTH);
    found = read_cell(*state, "31 March 2021 31 March 2022", 2);
    assert_int_equal(found[1].latest, day("2022-03-31"));
    found = read_cell(*state, "June and December 2021", 2);
    assert_int_equal(found[0].latest, day("2021-06-30"));
    found = read_cell(*state, "Every Four Years and bi annual progress review", 2);
    assert_int_equal(found[0].recurrence, DEADLINE_FOUR_YEARLY);
    assert_int_equal(found[1].recurrence, DEADLINE_HALF_YEARLY);
}

static void words_behind_a_date_are_kept_as_its_label(void **state)
{
    struct deadline *found = read_cell(*state, "31 March 2022, subject to funding", 1);
    assert_int_equal(found->kind, DEADLINE_EXACT);
    assert_string_equal(found->label, "subject to funding");
}

static void overdue_begins_on_the_day_after_the_latest_day(void **state)
{
    struct deadline *found = read_cell(*state, "October 2021", 1);
    assert_false(deadline_is_overdue(found, 1, false, day("2021-10-31")));
    assert_true(deadline_is_overdue(found, 1, false, day("2021-11-01")));
    assert_false(deadline_is_overdue(found, 1, true, day("2021-11-01")));
    found = read_cell(*state, "TBC", 1);
    assert_false(deadline_is_overdue(found, 1, false, day("2099-11-01")));
    found = read_cell(*state, "31 March 2021 (statutory) 30 June 2021", 2);
    assert_true(deadline_is_overdue(found, 2, false, day("2021-04-01")));
}

static void without_a_plan_a_rhythm_has_no_day(void **state)
{
    struct fixture *fixture = *state;
    fixture->plan = (struct deadline_context){DATE_NO_DAY, DATE_NO_DAY};
    static const struct row rows[] = {
        {"Annually", DEADLINE_RECURRING, "", ""},
        {"Ongoing", DEADLINE_ONGOING, "", ""},
        {"31 March each year", DEADLINE_RECURRING, "", ""},
        {"30 June 2021", DEADLINE_EXACT, "2021-06-30", "2021-06-30"},
    };
    ASSERT_ROWS(state, rows);
}

static void the_next_due_day_follows_the_rhythm(void **state)
{
    struct deadline *found = read_cell(*state, "Quarterly", 1);
    assert_int_equal(deadline_next_due(found, day("2021-05-01")), day("2022-03-31"));
    assert_int_equal(deadline_next_due(found, day("2022-03-31")), day("2022-06-30"));
    assert_int_equal(deadline_next_due(found, day("2022-11-15")), day("2022-12-31"));
    found = read_cell(*state, "By 31 March 2022 and annually thereafter", 1);
    assert_int_equal(deadline_next_due(found, day("2024-04-01")), day("2025-03-31"));
    found = read_cell(*state, "30 June 2021", 1);
    assert_int_equal(deadline_next_due(found, day("2021-06-29")), day("2021-06-30"));
    assert_int_equal(deadline_next_due(found, day("2021-06-30")), DATE_NO_DAY);
    found = read_cell(*state, "Weekly", 1);
    assert_int_equal(deadline_next_due(found, day("2022-03-31")), day("2022-04-07"));
}

static void count_dundee(struct fixture *fixture, const char *today, int *out_due,
                         int *out_late)
{
    *out_due = *out_late = 0;
    for (size_t i = 0; i < sizeof dundee / sizeof dundee[0]; i++) {
        size_t count;
        struct deadline *found =
            deadline_parse(dundee[i], &fixture->plan, &fixture->arena, &count);
        if (!deadline_is_scheduled(found, count)) continue;
        (*out_due)++;
        *out_late += deadline_is_overdue(found, count, false, day(today));
    }
}

static void dundee_has_24_of_29_on_schedule_and_22_a_day_later(void **state)
{
    int due, late;
    assert_int_equal(sizeof dundee / sizeof dundee[0], 31);
    count_dundee(*state, "2021-11-30", &due, &late);
    assert_int_equal(due, 29);
    assert_int_equal(due - late, 24);
    count_dundee(*state, "2021-12-01", &due, &late);
    assert_int_equal(due, 29);
    assert_int_equal(due - late, 22);
}

static void a_cell_with_too_many_deadlines_ends_in_an_invalid_one(void **state)
{
    struct fixture *fixture = *state;
    char text[2000] = "";
    for (int i = 0; i < 100; i++)
        strncat(text, "June 2021, ", sizeof text - strlen(text) - 1);
    size_t count;
    struct deadline *found = deadline_parse(text, &fixture->plan, &fixture->arena, &count);
    assert_int_equal(count, 32);
    assert_int_equal(found[31].kind, DEADLINE_INVALID);
}

static void random_cells_never_crash_the_parser(void **state)
{
    static const char *const parts[] = {
        "31",          " ",         "March",       "/",        " - ",
        "2021",        "st",        "and",         "annually", "ongoing",
        ":",           "tbc",       "Q1",          "2021/22",  "(statutory)",
        "spring",      "\xff",      "from ",       ",",        "(",
        "end of ",     "each year", "29 February", "Internal", "30 June 2021",
        "202",         "\u2013",    "<b>",         "between ", "after ",
        "winter 2021", ")",         "autumn "};
    struct fixture *fixture = *state;
    srand(7);
    for (int i = 0; i < 60000; i++) {
        char text[512] = "";
        size_t size = 0, count = 0;
        for (int j = rand() % 14; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        for (size_t j = 0; i % 5 == 0 && j < size; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        struct deadline *found = deadline_parse(text, &fixture->plan, &fixture->arena, &count);
        assert_true(count >= 1);
        for (size_t j = 0; j < count; j++) {
            assert_string_equal(found[j].verbatim, text);
            assert_non_null(found[j].part);
            assert_true((found[j].reason != NULL) == (found[j].kind == DEADLINE_INVALID));
            if (found[j].kind == DEADLINE_INVALID)
                assert_int_equal(found[j].latest, DATE_NO_DAY);
        }
        if (i % 1000 != 0) continue;
        arena_release(&fixture->arena);
        arena_init(&fixture->arena, 1 << 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exact_days_are_understood, set_up, tear_down),
        cmocka_unit_test_setup_teardown(months_years_and_seasons_have_a_first_and_a_last_day,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plan_tells_what_its_years_and_short_months_are,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(windows_cover_their_periods, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rhythms_are_first_due_at_the_plan_years_end, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(ongoing_work_lasts_as_long_as_the_plan, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_begins_after_the_plan_is_not_ongoing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(tbc_and_empty_cells_are_not_the_same, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_is_botched_is_invalid_and_kept_without_a_guess,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(labelled_deadlines_in_one_cell_are_several, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_part_of_a_deadline_is_as_it_was_written, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_statutory_date_is_marked_and_keeps_its_neighbour,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(labels_before_dates_belong_to_what_follows, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(words_behind_a_date_are_kept_as_its_label, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(overdue_begins_on_the_day_after_the_latest_day, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_a_plan_a_rhythm_has_no_day, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_due_day_follows_the_rhythm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dundee_has_24_of_29_on_schedule_and_22_a_day_later,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cell_with_too_many_deadlines_ends_in_an_invalid_one,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_cells_never_crash_the_parser, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
