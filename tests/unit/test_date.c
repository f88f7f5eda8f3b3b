#include "domain/date.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static int32_t day(int year, int month, int number)
{
    int32_t result = DATE_NO_DAY;
    assert_true(date_from_civil(year, month, number, &result));
    return result;
}

static void day_zero_is_the_first_of_january_1970(void **state)
{
    (void)state;
    assert_int_equal(day(1970, 1, 1), 0);
    assert_int_equal(day(1969, 12, 31), -1);
    assert_int_equal(day(2021, 4, 1), 18718);
    assert_int_equal(day(2000, 2, 29), 11016);
}

static void every_day_of_1900_to_2200_comes_back(void **state)
{
    int32_t expected = day(1900, 1, 1);
    (void)state;
    for (int year = 1900; year <= 2200; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int number = 1; number <= date_days_in_month(year, month); number++) {
                int32_t found = day(year, month, number), parsed = 0;
                char text[DATE_TEXT_SIZE];
                assert_int_equal(found, expected++);
                struct date date = date_to_civil(found);
                assert_true(date.year == year && date.month == month && date.day == number);
                date_format_iso(found, text);
                assert_true(date_parse_iso(text, &parsed));
                assert_int_equal(parsed, found);
            }
        }
    }
}

static void the_ends_of_the_calendar_hold(void **state)
{
    (void)state;
    assert_int_equal(date_to_civil(day(1, 1, 1)).year, 1);
    assert_int_equal(date_to_civil(day(9999, 12, 31)).day, 31);
    assert_int_equal(date_to_civil(INT32_MIN).year, 1);
    assert_int_equal(date_to_civil(INT32_MAX).year, 9999);
    assert_int_equal(date_add_years(0, INT32_MAX), day(9999, 12, 1));
    assert_int_equal(date_add_months(0, INT32_MIN), day(1, 1, 1));
}

static void leap_years_follow_the_gregorian_rule(void **state)
{
    (void)state;
    assert_true(date_is_leap_year(2000) && date_is_leap_year(2020));
    assert_false(date_is_leap_year(1900) || date_is_leap_year(2021));
    assert_int_equal(date_days_in_month(2020, 2), 29);
    assert_int_equal(date_days_in_month(2021, 2), 28);
    assert_int_equal(date_days_in_month(2021, 13), 0);
}

static void days_that_do_not_exist_are_refused(void **state)
{
    int32_t result = 7;
    (void)state;
    assert_false(date_from_civil(2021, 2, 29, &result));
    assert_false(date_from_civil(2021, 6, 31, &result));
    assert_false(date_from_civil(2021, 0, 1, &result));
    assert_false(date_from_civil(2021, 1, 0, &result));
    assert_false(date_from_civil(0, 1, 1, &result));
    assert_false(date_from_civil(10000, 1, 1, &result));
    assert_int_equal(result, 7);
}

static void iso_text_is_read_strictly(void **state)
{
    static const char *const texts[] = {"",           "2021-4-1",   "2021-04-1",  "2021-04-01 ",
                                        "2021-02-29", "20210401",   "21-04-01",   "2021/04/01",
                                        "2021-04-0x", "-021-04-01", "2021-04-011"};
    int32_t result = 7;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(date_parse_iso(texts[i], &result));
    assert_int_equal(result, 7);
}

static void adding_months_is_cut_to_the_months_end(void **state)
{
    (void)state;
    assert_int_equal(date_add_months(day(2021, 1, 31), 1), day(2021, 2, 28));
    assert_int_equal(date_add_months(day(2021, 3, 31), -1), day(2021, 2, 28));
    assert_int_equal(date_add_months(day(2021, 11, 15), 3), day(2022, 2, 15));
    assert_int_equal(date_add_months(day(2021, 1, 15), -13), day(2019, 12, 15));
    assert_int_equal(date_add_years(day(2020, 2, 29), 1), day(2021, 2, 28));
    assert_int_equal(date_add_years(day(2020, 2, 29), 4), day(2024, 2, 29));
    assert_int_equal(date_month_end(2024, 2), day(2024, 2, 29));
}

static void written_dates_are_understood(void **state)
{
    static const struct {
        const char *text;
        enum date_scan_kind kind;
        struct date date;
    } rows[] = {
        {"30 june 2021", DATE_SCAN_DAY, {2021, 6, 30}},
        {"31 st march 2011", DATE_SCAN_DAY, {2011, 3, 31}},
        {"31st of march 2011", DATE_SCAN_DAY, {2011, 3, 31}},
        {"30th june, 2021", DATE_SCAN_DAY, {2021, 6, 30}},
        {"thursday 1 april 2021", DATE_SCAN_DAY, {2021, 4, 1}},
        {"31/03/2022", DATE_SCAN_DAY, {2022, 3, 31}},
        {"1.4.22", DATE_SCAN_DAY, {2022, 4, 1}},
        {"31-mar-22", DATE_SCAN_DAY, {2022, 3, 31}},
        {"2022-03-31", DATE_SCAN_DAY, {2022, 3, 31}},
        {"march 31, 2022", DATE_SCAN_DAY, {2022, 3, 31}},
        {"october 2021", DATE_SCAN_MONTH, {2021, 10, 1}},
        {"sept. 2026", DATE_SCAN_MONTH, {2026, 9, 1}},
        {"apr-21", DATE_SCAN_MONTH, {2021, 4, 1}},
        {"may 2022", DATE_SCAN_MONTH, {2022, 5, 1}},
        {"31 march", DATE_SCAN_YEARLESS, {0, 3, 31}},
        {"march", DATE_SCAN_YEARLESS, {0, 3, 0}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum date_scan_kind kind;
        struct date date = {0, 0, 0};
        assert_int_equal(date_scan(rows[i].text, &kind, &date), strlen(rows[i].text));
        assert_int_equal(kind, rows[i].kind);
        assert_memory_equal(&date, &rows[i].date, sizeof date);
    }
}

static void botched_dates_are_malformed_and_never_guessed(void **state)
{
    static const char *const texts[] = {"30 january 202", "31 june 2021",     "32 march 2021",
                                        "31/13/2021",     "march 22",         "2021-02-29",
                                        "march 20210",    "29 february 2021", "0 march 2021",
                                        "march 2021/22",  "1 march 1021",     "30 february"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum date_scan_kind kind;
        struct date date = {7, 7, 7};
        assert_true(date_scan(texts[i], &kind, &date) > 0);
        assert_int_equal(kind, DATE_SCAN_MALFORMED);
        assert_int_equal(date.year, 7);
    }
}

static void other_words_are_no_dates(void **state)
{
    static const char *const texts[] = {"",          "marching",   "2021/22",
                                        "6 monthly", "mayor 2021", "q1"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        enum date_scan_kind kind;
        struct date date;
        assert_int_equal(date_scan(texts[i], &kind, &date), 0);
        assert_int_equal(kind, DATE_SCAN_NOTHING);
    }
}

static void random_words_never_crash_the_scanner(void **state)
{
    static const char *const parts[] = {
        "31", " ", "march", "/", "-",      "2021", "st",  "of",
        ".",  ",", "0",     "'", "monday", "\xff", "sep", "9999999999999"};
    (void)state;
    srand(4);
    for (int i = 0; i < 50000; i++) {
        char text[128] = "";
        size_t size = 0;
        for (int j = rand() % 8; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        enum date_scan_kind kind;
        struct date date = {0, 0, 0};
        assert_true(date_scan(text, &kind, &date) <= size);
        if (kind == DATE_SCAN_DAY) assert_true(date_is_valid(date.year, date.month, date.day));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(day_zero_is_the_first_of_january_1970),
        cmocka_unit_test(every_day_of_1900_to_2200_comes_back),
        cmocka_unit_test(the_ends_of_the_calendar_hold),
        cmocka_unit_test(leap_years_follow_the_gregorian_rule),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(iso_text_is_read_strictly),
        cmocka_unit_test(adding_months_is_cut_to_the_months_end),
        cmocka_unit_test(written_dates_are_understood),
        cmocka_unit_test(botched_dates_are_malformed_and_never_guessed),
        cmocka_unit_test(other_words_are_no_dates),
        cmocka_unit_test(random_words_never_crash_the_scanner),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
