#include "rpc/quota.h"

#include "common/reasons.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static const struct quota_request read_of_ann = {.principal = "ann"};
static const struct quota_request write_of_ann = {.principal = "ann", .is_write = true};
static const struct quota_request read_of_bob = {.principal = "bob"};
static const struct quota_request watch_of_ann = {.principal = "ann", .is_watch = true};
static const struct quota_request health_of_ann = {.principal = "ann", .is_public = true};

static struct quota_account *account;
static uint32_t retry_ms;

/* NULL when let in, else the reason. */
static const char *enter(struct quota *quota, const struct quota_request *request,
                         uint64_t now_ms)
{
    return quota_enter(quota, request, now_ms, &account, &retry_ms).reason;
}

static unsigned enter_all(struct quota *quota, const struct quota_request *request)
{
    unsigned count = 0;

    while (count < 1000 && enter(quota, request, 1000) == NULL)
        count++;
    return count;
}

static void without_limits_everything_passes(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.calls_max = 0});

    (void)state;
    assert_int_equal(enter_all(quota, &write_of_ann), 1000);
    assert_int_equal(enter_all(quota, &watch_of_ann), 1000);
    quota_free(quota);
}

static void a_rate_is_of_one_principal_and_says_when_to_return(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.calls_per_second = 10});

    (void)state;
    assert_int_equal(enter_all(quota, &read_of_ann), 20);
    assert_string_equal(enter(quota, &read_of_ann, 1000), REASON_RATE_EXCEEDED);
    assert_in_range(retry_ms, 100, 101);
    assert_null(enter(quota, &read_of_ann, 1101));
    assert_string_equal(enter(quota, &read_of_ann, 1101), REASON_RATE_EXCEEDED);
    assert_null(enter(quota, &read_of_bob, 1101));
    assert_null(enter(quota, &health_of_ann, 1101));
    assert_null(enter(quota, &read_of_ann, UINT64_MAX / 2));
    quota_free(quota);
}

static void strangers_pay_for_refusals_by_their_place(void **state)
{
    struct quota *quota =
        quota_new(&(struct quota_limits){.calls_per_second = 5, .refusals_per_second = 10});
    struct quota_request here = {.principal = "", .place = "02c0000201"};
    struct quota_request there = {.principal = "", .place = "02c0000202"};
    unsigned told = 0;

    (void)state;
    while (told < 100 && quota_pay_refusal(quota, &here, 1000, &retry_ms))
        told++;
    assert_int_equal(told, 20);
    assert_in_range(retry_ms, 100, 101);
    assert_true(quota_pay_refusal(quota, &there, 1000, &retry_ms));
    assert_true(quota_pay_refusal(quota, &here, 1101, &retry_ms));
    assert_false(quota_pay_refusal(quota, &here, 1101, &retry_ms));
    /* Health is let in whoever pays for what. */
    here.is_public = true;
    assert_null(enter(quota, &here, 1101));
    quota_free(quota);
}

static void the_known_pay_for_refusals_with_their_share(void **state)
{
    struct quota *quota =
        quota_new(&(struct quota_limits){.calls_per_second = 5, .refusals_per_second = 1});

    (void)state;
    for (int i = 0; i < 9; i++)
        assert_true(quota_pay_refusal(quota, &read_of_ann, 1000, &retry_ms));
    assert_null(enter(quota, &read_of_ann, 1000));
    assert_string_equal(enter(quota, &read_of_ann, 1000), REASON_RATE_EXCEEDED);
    assert_false(quota_pay_refusal(quota, &read_of_ann, 1000, &retry_ms));
    quota_free(quota);
}

static void strangers_of_another_place_have_watches_of_their_own(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.watches_max = 3});
    struct quota_request here = {
        .principal = "", .place = "02c0000201", .is_watch = true, .is_public = true};
    struct quota_request there = here;

    (void)state;
    there.place = "02c0000202";
    assert_int_equal(enter_all(quota, &here), 3);
    assert_null(enter(quota, &there, 1000));
    quota_free(quota);
}

static void on_the_unix_socket_another_rate_counts(void **state)
{
    struct quota *quota =
        quota_new(&(struct quota_limits){.calls_per_second = 1, .local_calls_per_second = 5});
    struct quota_request local = {.principal = "ann", .local = true};

    (void)state;
    assert_int_equal(enter_all(quota, &local), 10);
    quota_free(quota);
}

static void writes_leave_a_quarter_to_reads(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.calls_max = 8});

    (void)state;
    assert_int_equal(enter_all(quota, &write_of_ann), 6);
    assert_string_equal(enter(quota, &write_of_ann, 0), REASON_TOO_MANY_CALLS);
    assert_int_equal(enter_all(quota, &read_of_ann), 2);
    assert_null(enter(quota, &health_of_ann, 0));
    quota_leave(quota, account, false);
    quota_leave(quota, account, false);
    assert_int_equal(enter_all(quota, &read_of_ann), 1);
    quota_free(quota);
}

static void watches_are_counted_apart(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.watches_max = 3});

    (void)state;
    assert_int_equal(enter_all(quota, &watch_of_ann), 3);
    assert_string_equal(enter(quota, &watch_of_ann, 0), REASON_TOO_MANY_WATCHES);
    assert_null(enter(quota, &read_of_ann, 0));
    quota_leave(quota, account, false);
    quota_leave(quota, account, true);
    assert_null(enter(quota, &watch_of_ann, 0));
    quota_free(quota);
}

static void full_memory_refuses_writes_first_and_health_never(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.buffered_max_bytes = 1000});

    (void)state;
    assert_true(quota_count_bytes(quota, 0, 750));
    assert_string_equal(enter(quota, &write_of_ann, 0), REASON_SERVER_BUSY);
    assert_null(enter(quota, &read_of_ann, 0));
    assert_false(quota_count_bytes(quota, 750, 1000));
    assert_string_equal(enter(quota, &read_of_ann, 0), REASON_SERVER_BUSY);
    assert_null(enter(quota, &health_of_ann, 0));
    assert_true(quota_count_bytes(quota, 1000, 0));
    assert_int_equal(quota_get_buffered_bytes(quota), 0);
    assert_null(enter(quota, &write_of_ann, 0));
    quota_free(quota);
}

static void waiting_writes_refuse_writes_only(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.writes_max = 2});

    (void)state;
    quota_count_write(quota, 1);
    assert_null(enter(quota, &write_of_ann, 0));
    quota_count_write(quota, 1);
    assert_string_equal(enter(quota, &write_of_ann, 0), REASON_SERVER_BUSY);
    assert_null(enter(quota, &read_of_ann, 0));
    quota_count_write(quota, -1);
    assert_null(enter(quota, &write_of_ann, 0));
    quota_free(quota);
}

static void principals_come_and_go_without_growth(void **state)
{
    struct quota *quota = quota_new(&(struct quota_limits){.calls_per_second = 10});
    char name[32];

    (void)state;
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(name, sizeof name, "principal-%u", i);
        assert_null(enter(quota, &(struct quota_request){.principal = name}, i));
        quota_leave(quota, account, false);
    }
    assert_in_range(quota_get_accounts(quota), 1, 5000);
    quota_free(quota);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_everything_passes),
        cmocka_unit_test(a_rate_is_of_one_principal_and_says_when_to_return),
        cmocka_unit_test(strangers_pay_for_refusals_by_their_place),
        cmocka_unit_test(the_known_pay_for_refusals_with_their_share),
        cmocka_unit_test(strangers_of_another_place_have_watches_of_their_own),
        cmocka_unit_test(on_the_unix_socket_another_rate_counts),
        cmocka_unit_test(writes_leave_a_quarter_to_reads),
        cmocka_unit_test(watches_are_counted_apart),
        cmocka_unit_test(full_memory_refuses_writes_first_and_health_never),
        cmocka_unit_test(waiting_writes_refuse_writes_only),
        cmocka_unit_test(principals_come_and_go_without_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
