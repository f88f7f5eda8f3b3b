#include "common/time_text.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int64_t parsed(const char *text)
{
    int64_t us = -77;

    assert_true(time_parse(text, &us));
    return us;
}

static void known_instants_are_read(void **state)
{
    (void)state;
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("2021-04-01"), INT64_C(1617235200) * 1000000);
    assert_int_equal(parsed("2021-04-01T09:30:00.25+01:00"),
                     (INT64_C(1617235200) + 8 * 3600 + 1800) * 1000000 + 250000);
    assert_int_equal(parsed("1969-12-31T23:59:59.999999Z"), -1);
    assert_int_equal(parsed("2021-04-01 00:00:00z"), parsed("2021-04-01"));
    assert_int_equal(parsed("2021-04-01T00:00:00-00:30"), parsed("2021-04-01T00:30:00Z"));
    assert_int_equal(parsed("2021-04-01T00:00:00.123456000Z"), parsed("2021-04-01") + 123456);
    assert_int_equal(parsed("0001-01-01T00:00:00Z"), TIME_MIN_US);
    assert_int_equal(parsed("9999-12-31T23:59:59.999999Z"), TIME_MAX_US);
    assert_int_equal(parsed("2024-02-29"), parsed("2024-02-28") + INT64_C(86400000000));
}

static void what_is_no_instant_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "2021",
        "2021-4-1",
        "2021-02-29",
        "1900-02-29",
        "2021-00-10",
        "2021-13-10",
        "2021-01-00",
        "2021-01-32",
        "0000-01-01",
        "2021-04-01T",
        "2021-04-01T09:30Z",
        "2021-04-01T09:30:00",
        "2021-04-01T24:00:00Z",
        "2021-04-01T23:59:60Z",
        "2021-04-01T09:30:00.Z",
        "2021-04-01T09:30:00.1234567Z",
        "2021-04-01T09:30:00.1234560000Z",
        "2021-04-01T09:30:00+1:00",
        "2021-04-01T09:30:00+24:00",
        "2021-04-01T09:30:00Z ",
        " 2021-04-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "-021-04-01",
        "2021-04-0\xC2",
    };
    int64_t us = 42;

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_false(time_parse(texts[i], &us));
    assert_int_equal(us, 42);
}

static void a_date_is_only_a_date(void **state)
{
    int64_t us;

    (void)state;
    assert_true(date_parse("1970-01-02", &us));
    assert_int_equal(us, INT64_C(86400000000));
    assert_false(date_parse("1970-01-02T00:00:00Z", &us));
}

static void the_fraction_is_as_long_as_needed(void **state)
{
    assert_string_equal(time_to_text(0, *state), "1970-01-01T00:00:00Z");
    assert_string_equal(time_to_text(500000, *state), "1970-01-01T00:00:00.500Z");
    assert_string_equal(time_to_text(1, *state), "1970-01-01T00:00:00.000001Z");
    assert_string_equal(time_to_text(-1, *state), "1969-12-31T23:59:59.999999Z");
    assert_string_equal(time_to_text(INT64_MAX, *state), "9999-12-31T23:59:59.999999Z");
    assert_string_equal(time_to_text(INT64_MIN, *state), "0001-01-01T00:00:00Z");
}

static void the_calendar_agrees_with_itself_on_every_day(void **state)
{
    int64_t days = days_from_date(1, 1, 1);
    int last_year = 0;
    int last_month = 0;
    int last_day = 0;

    (void)state;
    for (; days <= days_from_date(9999, 12, 31); days++) {
        int year;
        int month;
        int day;

        date_from_days(days, &year, &month, &day);
        assert_true(days_from_date(year, month, day) == days);
        assert_true(year > last_year || (year == last_year && month > last_month) ||
                    (year == last_year && month == last_month && day == last_day + 1));
        last_year = year;
        last_month = month;
        last_day = day;
    }
}

static void text_and_microseconds_are_inverse(void **state)
{
    (void)state;
    srand(7);
    for (int i = 0; i < 20000; i++) {
        uint64_t random = (uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand();
        int64_t us =
            TIME_MIN_US + (int64_t)(random % (uint64_t)(TIME_MAX_US - TIME_MIN_US + 1));
        char text[TIME_TEXT_BYTES];
        size_t length = time_format(us, text);

        assert_int_equal(length, strlen(text));
        assert_true(parsed(text) == us);
    }
}

static void random_texts_do_no_harm(void **state)
{
    static const char alphabet[] = "0123456789-:TZ.+ ";

    (void)state;
    srand(8);
    for (int i = 0; i < 100000; i++) {
        char text[32] = "2021-04-01T09:30:00.5+01:00";
        int64_t us;

        for (int j = 0; j < 3; j++)
            text[rand() % 28] = alphabet[(size_t)rand() % sizeof alphabet];
        if (time_parse(text, &us)) assert_true(us >= TIME_MIN_US && us <= TIME_MAX_US);
    }
}

static void timestamps_convert_both_ways(void **state)
{
    static const int64_t times[] = {0, 1, -1, -1000000, -1000001, TIME_MIN_US, TIME_MAX_US};

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        Google__Protobuf__Timestamp *timestamp = timestamp_new(times[i], *state);

        assert_true(timestamp_is_valid(timestamp));
        assert_true(timestamp_to_us(timestamp) == times[i]);
    }
    assert_int_equal(timestamp_to_us(NULL), 0);
}

static void timestamps_out_of_range_are_told_and_cut(void **state)
{
    Google__Protobuf__Timestamp *timestamp = timestamp_new(0, *state);

    timestamp->nanos = -1;
    assert_false(timestamp_is_valid(timestamp));
    timestamp->nanos = 1000000000;
    assert_false(timestamp_is_valid(timestamp));
    timestamp->nanos = 0;
    timestamp->seconds = INT64_MAX;
    assert_false(timestamp_is_valid(timestamp));
    assert_int_equal(timestamp_to_us(timestamp), TIME_MAX_US);
}

static void now_is_after_this_was_written(void **state)
{
    (void)state;
    assert_true(time_now_us() > parsed("2020-01-01"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(known_instants_are_read, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_instant_is_refused, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_date_is_only_a_date, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_fraction_is_as_long_as_needed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_calendar_agrees_with_itself_on_every_day,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(text_and_microseconds_are_inverse, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_texts_do_no_harm, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(timestamps_convert_both_ways, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(timestamps_out_of_range_are_told_and_cut, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(now_is_after_this_was_written, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
