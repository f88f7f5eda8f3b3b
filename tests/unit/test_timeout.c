#include "rpc/timeout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { COUNT = 200 };

static uint64_t last_due_ms;
static unsigned fired;

struct fixture {
    uv_loop_t loop;
    struct timeout_queue queue;
    struct timeout timeouts[COUNT];
};

static void on_due(struct timeout *timeout)
{
    assert_true(timeout->due_ms >= last_due_ms);
    assert_false(timeout_is_set(timeout));
    last_due_ms = timeout->due_ms;
    fired++;
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    uv_loop_init(&fixture->loop);
    timeout_queue_init(&fixture->queue, &fixture->loop);
    timeout_queue_ref(&fixture->queue);
    for (size_t i = 0; i < COUNT; i++)
        fixture->timeouts[i].on_due = on_due;
    last_due_ms = fired = 0;
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    timeout_queue_close(&fixture->queue);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    timeout_queue_release(&fixture->queue);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

static void timeouts_come_due_in_order_of_time(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT; i++)
        timeout_set(&fixture->queue, &fixture->timeouts[i], i * 7919 % 50);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fired, COUNT);
}

static void a_cleared_timeout_does_not_come(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < COUNT; i++)
        timeout_set(&fixture->queue, &fixture->timeouts[i], i * 31 % 40);
    for (size_t i = 0; i < COUNT; i += 3)
        timeout_clear(&fixture->queue, &fixture->timeouts[i]);
    timeout_clear(&fixture->queue, &fixture->timeouts[0]);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fired, COUNT - (COUNT + 2) / 3);
}

static void a_timeout_can_be_moved_both_ways(void **state)
{
    struct fixture *fixture = *state;

    for (size_t i = 0; i < 3; i++)
        timeout_set(&fixture->queue, &fixture->timeouts[i], 1000000);
    for (size_t i = 0; i < 3; i++)
        timeout_set(&fixture->queue, &fixture->timeouts[i], 3 - i);
    timeout_set(&fixture->queue, &fixture->timeouts[2], 20);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fired, 3);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timeouts_come_due_in_order_of_time, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cleared_timeout_does_not_come, setup, teardown),
        cmocka_unit_test_setup_teardown(a_timeout_can_be_moved_both_ways, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
