#include "client/moment.h"
#include "common/time_text.h"

#include <provost/v1/change_log.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#define NOW_US (INT64_C(1617000000) * 1000000)

static int set_up_zone(void **state)
{
    (void)state;
    /* As in London, without a need for its file. */
    setenv("TZ", "GMT0BST,M3.5.0/1,M10.5.0", 1);
    tzset();
    return 0;
}

static int64_t parse(const char *text, enum moment_edge edge)
{
    int64_t us = -1;

    assert_true(moment_parse(text, edge, NOW_US, &us));
    return us;
}

static int64_t exact(const char *text)
{
    int64_t us = -1;

    assert_true(time_parse(text, &us));
    return us;
}

static void ages_count_back_from_now(void **state)
{
    (void)state;
    assert_int_equal(parse("7d", MOMENT_DAY_BEGIN), NOW_US - INT64_C(7) * 86400 * 1000000);
    assert_int_equal(parse("24h", MOMENT_DAY_BEGIN), NOW_US - INT64_C(86400) * 1000000);
    assert_int_equal(parse("0s", MOMENT_DAY_BEGIN), NOW_US);
    assert_int_equal(parse("999999999w", MOMENT_DAY_BEGIN), TIME_MIN_US);
}

static void a_date_is_a_day_of_local_time(void **state)
{
    (void)state;
    assert_int_equal(parse("2021-01-15", MOMENT_DAY_BEGIN), exact("2021-01-15T00:00:00Z"));
    assert_int_equal(parse("2021-01-15", MOMENT_DAY_END), exact("2021-01-16T00:00:00Z"));
    /* British summer time. */
    assert_int_equal(parse("2021-06-15", MOMENT_DAY_BEGIN), exact("2021-06-14T23:00:00Z"));
    /* The day the clocks go forward has 23 hours. */
    assert_int_equal(parse("2021-03-28", MOMENT_DAY_END), exact("2021-03-28T23:00:00Z"));
}

static void a_time_is_taken_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(parse("2021-06-15T09:30:00+01:00", MOMENT_DAY_END),
                     exact("2021-06-15T08:30:00Z"));
}

static void what_is_no_moment_is_refused(void **state)
{
    static const char *const wrong[] = {"",    "d",   "7",         "7x",         "7dd",
                                        "-7d", "7 d", "yesterday", "2021-13-01", "9999999999d"};
    int64_t us = 42;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(moment_parse(wrong[i], MOMENT_DAY_BEGIN, NOW_US, &us));
    assert_int_equal(us, 42);
}

static void as_of_is_a_seq_a_time_or_the_end_of_a_date(void **state)
{
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    Provost__V1__GetResourceRequest dated = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    Provost__V1__ApplyRequest write = PROVOST__V1__APPLY_REQUEST__INIT;
    struct arena arena;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    assert_null(moment_set_as_of(&request.base, "42", &arena));
    assert_int_equal(request.as_of_seq, 42);
    assert_null(request.as_of_time);
    assert_null(moment_set_as_of(&dated.base, "2021-01-15", &arena));
    assert_int_equal(timestamp_to_us(dated.as_of_time), exact("2021-01-15T23:59:59.999999Z"));
    assert_non_null(moment_set_as_of(&dated.base, "0", &arena));
    assert_non_null(moment_set_as_of(&dated.base, "soon", &arena));
    assert_non_null(moment_set_as_of(&write.base, "42", &arena));
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_count_back_from_now),
        cmocka_unit_test(a_date_is_a_day_of_local_time),
        cmocka_unit_test(a_time_is_taken_as_it_is),
        cmocka_unit_test(what_is_no_moment_is_refused),
        cmocka_unit_test(as_of_is_a_seq_a_time_or_the_end_of_a_date),
    };

    return cmocka_run_group_tests(tests, set_up_zone, NULL);
}
