#include "daemon/watch_pace.h"
#include "rpc/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static uint64_t told[8];
static int times;

void watch_hub_wake(struct watch_hub *hub, uint64_t seq)
{
    (void)hub;
    assert_in_range(times, 0, 7);
    told[times++] = seq;
}

static void the_first_is_told_at_once_and_what_follows_together(void **state)
{
    uv_loop_t loop;
    struct watch_pace pace;
    (void)state;
    uv_loop_init(&loop);
    watch_pace_open(&pace, &loop, NULL);

    watch_pace_commit(&pace, 5);
    assert_int_equal(times, 1);
    assert_int_equal(told[0], 5);
    for (uint64_t seq = 6; seq < 100; seq++)
        watch_pace_commit(&pace, seq);
    assert_int_equal(times, 1);
    uv_run(&loop, UV_RUN_DEFAULT); /* until the timer has nothing more to tell */
    assert_int_equal(times, 2);
    assert_int_equal(told[1], 99);

    watch_pace_commit(&pace, 100);
    assert_int_equal(times, 3);
    assert_int_equal(told[2], 100);

    watch_pace_close(&pace);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(times, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_told_at_once_and_what_follows_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
