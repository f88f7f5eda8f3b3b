#include "common/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    static struct buf buf;

    buf_init(&buf, 1000);
    *state = &buf;
    return 0;
}

static int teardown(void **state)
{
    buf_release(*state);
    return 0;
}

static void expect(const struct buf *buf, const char *text)
{
    assert_int_equal(buf->size, strlen(text));
    if (buf->size > 0) assert_memory_equal(buf->data, text, buf->size);
}

static void appends_follow_each_other(void **state)
{
    struct buf *buf = *state;

    assert_true(buf_add_string(buf, "a"));
    assert_true(buf_add(buf, "bc", 2));
    assert_true(buf_add_u8(buf, 'd'));
    assert_true(buf_printf(buf, "%d-%s", 12, "x"));
    assert_true(buf_add(buf, NULL, 0));
    expect(buf, "abcd12-x");
}

static void numbers_are_big_endian(void **state)
{
    static const uint8_t expected[] = {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6, 7, 8};
    struct buf *buf = *state;

    buf_add_u16(buf, 0x0102);
    buf_add_u32(buf, 0x03040506);
    buf_add_u64(buf, UINT64_C(0x0102030405060708));
    assert_int_equal(buf->size, sizeof expected);
    assert_memory_equal(buf->data, expected, sizeof expected);
}

static void the_limit_can_be_reached_and_not_passed(void **state)
{
    static const char bytes[1000];
    struct buf *buf = *state;

    assert_true(buf_add(buf, bytes, 999));
    assert_true(buf_printf(buf, "x"));
    assert_false(buf->failed);
    assert_false(buf_add_u8(buf, 1));
    assert_true(buf->failed);
    assert_int_equal(buf->size, 1000);
}

static void after_a_failure_everything_is_dropped_until_clear(void **state)
{
    static const char bytes[1001];
    struct buf *buf = *state;

    assert_false(buf_add(buf, bytes, sizeof bytes));
    assert_false(buf_add_string(buf, "small"));
    assert_false(buf_printf(buf, "small"));
    assert_null(buf_reserve(buf, 1));
    assert_int_equal(buf->size, 0);
    buf_clear(buf);
    assert_true(buf_add_string(buf, "small"));
    expect(buf, "small");
}

static void a_size_that_would_wrap_fails(void **state)
{
    struct buf *buf = *state;

    buf->limit_bytes = SIZE_MAX;
    assert_true(buf_add_u8(buf, 1));
    assert_null(buf_reserve(buf, SIZE_MAX));
    buf_clear(buf);
    assert_true(buf_add_u8(buf, 1));
    assert_null(buf_reserve(buf, SIZE_MAX - 1));
}

static void reserved_room_is_the_callers(void **state)
{
    struct buf *buf = *state;
    uint8_t *end = buf_reserve(buf, 600);

    memset(end, 'z', 600);
    buf->size += 600;
    assert_int_equal(buf->data[599], 'z');
}

static void dropping_the_front_keeps_the_rest(void **state)
{
    struct buf *buf = *state;

    buf_add_string(buf, "abcdef");
    buf_drop_front(buf, 2);
    expect(buf, "cdef");
    buf_drop_front(buf, 0);
    expect(buf, "cdef");
    buf_drop_front(buf, 99);
    expect(buf, "");
}

static void release_empties_and_the_buffer_is_usable(void **state)
{
    struct buf *buf = *state;

    buf_add_string(buf, "abc");
    buf_release(buf);
    assert_null(buf->data);
    assert_true(buf_add_string(buf, "d"));
    expect(buf, "d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(appends_follow_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_big_endian, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_can_be_reached_and_not_passed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(after_a_failure_everything_is_dropped_until_clear,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_size_that_would_wrap_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(reserved_room_is_the_callers, setup, teardown),
        cmocka_unit_test_setup_teardown(dropping_the_front_keeps_the_rest, setup, teardown),
        cmocka_unit_test_setup_teardown(release_empties_and_the_buffer_is_usable, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
