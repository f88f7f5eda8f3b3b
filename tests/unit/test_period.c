#include "domain/period.h"

#include "domain/date.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct period read_period(const char *text)
{
    struct period period = {0};
    const char *reason = "";
    if (!period_parse(text, &period, &reason)) fail_msg("'%s': %s", text, reason);
    return period;
}

static void assert_id(const char *text, const char *id)
{
    struct period period = read_period(text);
    char found[PERIOD_TEXT_SIZE];
    period_format_id(&period, found);
    if (strcmp(found, id) != 0) fail_msg("'%s' gave %s, not %s", text, found, id);
}

static void assert_label(const char *text, const char *label)
{
    struct period period = read_period(text);
    char found[PERIOD_TEXT_SIZE];
    period_format_label(&period, found);
    assert_string_equal(found, label);
}

static void assert_days(const char *text, const char *first, const char *last)
{
    struct period period = read_period(text);
    char found[DATE_TEXT_SIZE];
    date_format_iso(period.start_day, found);
    assert_string_equal(found, first);
    date_format_iso(period.end_day, found);
    assert_string_equal(found, last);
}

static void financial_years_run_from_april_to_march(void **state)
{
    (void)state;
    assert_days("2021/22", "2021-04-01", "2022-03-31");
    assert_days("2021-22.q1", "2021-04-01", "2021-06-30");
    assert_days("2021-22.q2", "2021-07-01", "2021-09-30");
    assert_days("2021-22.q3", "2021-10-01", "2021-12-31");
    assert_days("2021-22.q4", "2022-01-01", "2022-03-31");
    assert_days("2021-22.h1", "2021-04-01", "2021-09-30");
    assert_days("2021-22.h2", "2021-10-01", "2022-03-31");
}

static void other_kinds_have_their_own_days(void **state)
{
    (void)state;
    assert_days("2021-04", "2021-04-01", "2021-04-30");
    assert_days("cy2021", "2021-01-01", "2021-12-31");
    assert_days("sy2021-22", "2021-08-01", "2022-07-31");
    assert_days("at 31 March 2020", "2020-03-31", "2020-03-31");
    assert_days("2021-24", "2021-04-01", "2024-03-31");
}

static void labels_as_councils_write_them_are_understood(void **state)
{
    static const struct {
        const char *label, *id;
    } rows[] = {
        {"2020/21", "2020-21"},
        {"2020-21", "2020-21"},
        {"2020\u201321", "2020-21"},
        {"2020-2021", "2020-21"},
        {"2020/2021", "2020-21"},
        {"2020 / 21", "2020-21"},
        {"20/21", "2020-21"},
        {"FY2021/22", "2021-22"},
        {"FY 2021-22", "2021-22"},
        {"FY22", "2021-22"},
        {"FY2022", "2021-22"},
        {"Financial Year 2022", "2021-22"},
        {"Q1 FY22", "2021-22.q1"},
        {"FY22 Q3", "2021-22.q3"},
        {"Apr-Jun 2023", "2023-24.q1"},
        {"April \u2013 June 2023", "2023-24.q1"},
        {"Jan-Mar 2024", "2023-24.q4"},
        {"Oct 2023 - Mar 2024", "2023-24.h2"},
        {"April 2023 to March 2024", "2023-24"},
        {"January to December 2023", "cy2023"},
        {"Year ended 31 March 2024", "2023-24"},
        {"Year ending March 2024", "2023-24"},
        {"12 months to 31 December 2023", "cy2023"},
        {"Quarter ended 30 June 2023", "2023-24.q1"},
        {"as at March 2024", "2024-03"},
        {"Financial Year 2021/22", "2021-22"},
        {"<b>2021/22</b>", "2021-22"},
        {"1999-00", "1999-00"},
        {"Q1 2021/22", "2021-22.q1"},
        {"2021/22 Q1", "2021-22.q1"},
        {"Quarter 1 2021/22", "2021-22.q1"},
        {"Q4 of 2021-22", "2021-22.q4"},
        {"Qtr 2, 2021/22", "2021-22.q2"},
        {"2021/22 Quarter 3", "2021-22.q3"},
        {"2021/22 - Q3", "2021-22.q3"},
        {"Q1 21/22", "2021-22.q1"},
        {"H1 2021/22", "2021-22.h1"},
        {"2021/22 H2", "2021-22.h2"},
        {"April 2021", "2021-04"},
        {"Apr 2021", "2021-04"},
        {"Apr-21", "2021-04"},
        {"2021", "cy2021"},
        {"CY 2021", "cy2021"},
        {"Calendar year 2021", "cy2021"},
        {"School year 2021/22", "sy2021-22"},
        {"Academic Year 2021-22", "sy2021-22"},
        {"at 31 March 2020", "at-2020-03-31"},
        {"As at 31st March 2020", "at-2020-03-31"},
        {"31 March 2020", "at-2020-03-31"},
        {"2021-24", "2021-24"},
        {"2021-2024", "2021-24"},
        {"2021 \u2013 2024", "2021-24"},
        {"2017 - 2022", "2017-22"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_id(rows[i].label, rows[i].id);
}

static void a_hyphened_pair_is_a_year_before_a_month_before_a_span(void **state)
{
    (void)state;
    assert_id("2011-12", "2011-12");
    assert_days("2011-12", "2011-04-01", "2012-03-31");
    assert_id("December 2011", "2011-m12");
    assert_days("2011-m12", "2011-12-01", "2011-12-31");
    assert_id("2009-12", "2009-12");
    assert_days("2009-12", "2009-12-01", "2009-12-31");
    assert_id("2009/12", "2009-2012");
    assert_days("2009-2012", "2009-04-01", "2012-03-31");
    assert_id("2021-m04", "2021-04");
    assert_id("2012-12", "2012-12");
}

static void malformed_periods_are_refused_with_a_reason(void **state)
{
    static const char *const texts[] = {
        "",
        "2009/20010",
        "2021-22.q5",
        "2021-22.q0",
        "2021-23.q1",
        "q1",
        "2021-22.h3",
        "2021-20",
        "2021/04",
        "2021-00",
        "2021-13.q1",
        "6 Monthly",
        "Annually",
        "Baseline 2019/20",
        "Q1 2021",
        "Q1",
        "202",
        "20211",
        "1021",
        "2021/22/23",
        "2021-22.",
        "2021-22.x1",
        "FY1",
        "Apr-May 2023",
        "Year ended 30 June 2024",
        "Apr-Jun",
        "April to June 2022 to 2023",
        "cy2021-22",
        "2021-m13",
        "2021-m4",
        "at 2021",
        "at 31 June 2020",
        "31 March",
        "March",
        "2021 22",
        "2021-221",
        "2021-22 Q1 x",
        "sy2021-24",
        "20-21",
        "2021-99",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct period period = {.year = 7};
        const char *reason = NULL;
        if (period_parse(texts[i], &period, &reason)) fail_msg("'%s' was taken", texts[i]);
        assert_non_null(reason);
        assert_int_equal(period.year, 7);
    }
}

static void the_reason_names_the_mistake(void **state)
{
    struct period period;
    const char *reason;
    (void)state;
    assert_false(period_parse("2009/20010", &period, &reason));
    assert_string_equal(reason, "the second year must have two or four digits");
    assert_false(period_parse("2021-22.q5", &period, &reason));
    assert_string_equal(reason, "a year has quarters 1 to 4");
    assert_false(period_parse("2021-23.q1", &period, &reason));
    assert_string_equal(reason, "a quarter or half belongs to one financial year");
    assert_false(period_parse("q1", &period, &reason));
    assert_string_equal(reason, "the year is missing");
    assert_false(period_parse("6 Monthly", &period, NULL));
}

static void labels_are_shown_as_councils_write_them(void **state)
{
    (void)state;
    assert_label("2021-22", "2021/22");
    assert_label("2021-22.q1", "2021/22 Q1");
    assert_label("2021-22.h2", "2021/22 H2");
    assert_label("2021-04", "April 2021");
    assert_label("cy2021", "2021");
    assert_label("sy2021-22", "school year 2021/22");
    assert_label("at-2020-03-31", "at 31 March 2020");
    assert_label("2021-24", "2021-24");
}

static void assert_round_trip(const struct period *period)
{
    char text[PERIOD_TEXT_SIZE];
    period_format_id(period, text);
    struct period back = read_period(text);
    assert_int_equal(period_compare(period, &back), 0);
    assert_int_equal(back.kind, period->kind);
    period_format_label(period, text);
    back = read_period(text);
    assert_int_equal(period_compare(period, &back), 0);
}

static void every_id_and_label_of_1900_to_2199_comes_back(void **state)
{
    static const int parts[] = {0, 2, 4, 12, 0, 0, PERIOD_MAX_SPAN_YEARS};
    (void)state;
    for (int year = 1900; year <= 2199; year++) {
        for (int kind = PERIOD_YEAR; kind <= PERIOD_SPAN; kind++) {
            int first = kind == PERIOD_SPAN ? 2 : parts[kind] ? 1 : 0;
            for (int part = first; part <= parts[kind]; part++) {
                struct period period;
                if (kind == PERIOD_SPAN && year + part > 2199) continue;
                assert_true(period_make((enum period_kind)kind, year, part, &period));
                assert_round_trip(&period);
            }
        }
    }
}

static void the_period_of_a_day_holds_it_and_the_parts_tile_the_calendar(void **state)
{
    int32_t first = 0, last = 0;
    (void)state;
    assert_true(date_from_civil(1999, 12, 1, &first) && date_from_civil(2025, 1, 1, &last));
    for (int kind = PERIOD_YEAR; kind <= PERIOD_SCHOOL_YEAR; kind++) {
        struct period before;
        assert_true(period_of_day((enum period_kind)kind, first, &before));
        for (int32_t day = first; day < last; day++) {
            struct period period, next;
            assert_true(period_of_day((enum period_kind)kind, day, &period));
            assert_true(period_contains_day(&period, day));
            assert_true(period_next(&before, &next));
            if (period_compare(&period, &before) == 0) continue;
            assert_int_equal(period_compare(&period, &next), 0);
            assert_int_equal(before.end_day + 1, period.start_day);
            before = period;
        }
    }
}

static void assert_moves(const char *text, const char *previous, const char *last_year)
{
    struct period period = read_period(text), moved;
    char id[PERIOD_TEXT_SIZE];
    assert_true(period_previous(&period, &moved));
    period_format_id(&moved, id);
    assert_string_equal(id, previous);
    assert_true(period_same_last_year(&period, &moved));
    period_format_id(&moved, id);
    assert_string_equal(id, last_year);
}

static void the_previous_period_and_the_same_last_year_are_of_the_same_kind(void **state)
{
    (void)state;
    assert_moves("2021-22", "2020-21", "2020-21");
    assert_moves("2021-22.q1", "2020-21.q4", "2020-21.q1");
    assert_moves("2021-22.h1", "2020-21.h2", "2020-21.h1");
    assert_moves("2021-01", "2020-12", "2020-01");
    assert_moves("cy2021", "cy2020", "cy2020");
    assert_moves("sy2021-22", "sy2020-21", "sy2020-21");
    assert_moves("at-2020-02-29", "at-2019-02-28", "at-2019-02-28");
    assert_moves("2021-24", "2018-21", "2020-23");
}

static void earlier_by_steps_is_the_previous_again_and_again(void **state)
{
    static const char *const texts[] = {
        "2021-22",   "2021-22.q1",    "2021-22.h1", "2021-01",       "cy2021",
        "sy2021-22", "2021-24",       "2011-m12",   "at-2020-03-31", "at-2020-02-29",
        "1900-03",   "at-1904-02-29", "cy1910",     "1906-08"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct period period = read_period(texts[i]), previous = period, earlier;
        for (int steps = 1; steps <= 30; steps++) {
            (void)period_previous(&previous, &previous);
            period_earlier(&period, steps, &earlier);
            assert_int_equal(period_compare(&earlier, &previous), 0);
        }
    }
}

static void moving_stops_at_the_supported_years(void **state)
{
    struct period period, moved;
    (void)state;
    assert_true(period_make(PERIOD_QUARTER, 1900, 1, &period));
    assert_false(period_previous(&period, &moved));
    assert_true(period_make(PERIOD_MONTH, 1900, 3, &period));
    period_earlier(&period, 30000, &moved);
    assert_int_equal(moved.year * 100 + moved.part, 190001);
    assert_true(period_make(PERIOD_YEAR, 2199, 0, &period));
    assert_false(period_next(&period, &moved));
    assert_false(period_make(PERIOD_QUARTER, 2021, 5, &period));
    assert_false(period_make(PERIOD_YEAR, 2021, 1, &period));
}

static void periods_contain_each_other_and_have_an_order(void **state)
{
    struct period year = read_period("2021/22"), quarter = read_period("Q1 2021/22");
    struct period month = read_period("April 2021"), plan = read_period("2021-24");
    struct period other = read_period("Q1 2022/23");
    (void)state;
    assert_true(period_contains(&year, &quarter) && period_contains(&plan, &year));
    assert_false(period_contains(&quarter, &year) || period_contains(&year, &other));
    assert_int_equal(period_compare(&year, &quarter), -1);
    assert_int_equal(period_compare(&month, &quarter), 1);
    assert_int_equal(period_compare(&other, &month), 1);
    assert_int_equal(period_compare(&year, &year), 0);
}

static void random_bytes_never_crash_the_parser(void **state)
{
    static const char *const parts[] = {
        "2021",  "22", "/",  "-",  " ",   "q1",           ".",           "h",
        "march", "at", "cy", "fy", "m12", "\xe2\x80\x93", "99999999999", "<b>"};
    (void)state;
    srand(6);
    for (int i = 0; i < 100000; i++) {
        char text[256] = "";
        size_t size = 0;
        for (int j = rand() % 9; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        for (size_t j = 0; i % 5 == 0 && j < size; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        struct period period;
        const char *reason = NULL;
        if (period_parse(text, &period, &reason))
            assert_true(period.start_day <= period.end_day);
        else
            assert_non_null(reason);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(financial_years_run_from_april_to_march),
        cmocka_unit_test(other_kinds_have_their_own_days),
        cmocka_unit_test(labels_as_councils_write_them_are_understood),
        cmocka_unit_test(a_hyphened_pair_is_a_year_before_a_month_before_a_span),
        cmocka_unit_test(malformed_periods_are_refused_with_a_reason),
        cmocka_unit_test(the_reason_names_the_mistake),
        cmocka_unit_test(labels_are_shown_as_councils_write_them),
        cmocka_unit_test(every_id_and_label_of_1900_to_2199_comes_back),
        cmocka_unit_test(the_period_of_a_day_holds_it_and_the_parts_tile_the_calendar),
        cmocka_unit_test(the_previous_period_and_the_same_last_year_are_of_the_same_kind),
        cmocka_unit_test(earlier_by_steps_is_the_previous_again_and_again),
        cmocka_unit_test(moving_stops_at_the_supported_years),
        cmocka_unit_test(periods_contain_each_other_and_have_an_order),
        cmocka_unit_test(random_bytes_never_crash_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
