/* The log of refusals bears a flood, and says that it did. */
#include "common/log.h"
#include "rpc/auth_denials.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
static const int64_t start_us = INT64_C(1700000000) * SECOND_US;

static struct {
    unsigned denied, plain;
    struct log_fields fields;
    char text[300], plain_text[300];
} seen;

static bool on_line(enum log_level level, const struct log_event_row *event,
                    const struct log_fields *fields, const char *text)
{
    (void)level;
    if (event == NULL) {
        seen.plain++;
        snprintf(seen.plain_text, sizeof seen.plain_text, "%s", text);
        return true;
    }
    assert_ptr_equal(event, &log_event_table[LOG_EVENT_DENIED]);
    seen.denied++;
    seen.fields = *fields;
    snprintf(seen.text, sizeof seen.text, "%s", text);
    return true;
}

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    return 0;
}

static void refuse(struct auth_denials *denials, const char *principal, int64_t now_us)
{
    const struct caller caller = {
        .principal = principal, .address = "192.0.2.1 port 1234", .trace_id = "abc"};
    const struct auth_denial denial = {
        .caller = &caller,
        .method = "/provost.v1.X/Y",
        .request_id = "r-1",
        .status = {.code = GRPC_PERMISSION_DENIED, .message = "no"},
    };
    auth_denials_log(denials, &denial, now_us);
}

static void a_refusal_says_who_what_and_why(void **state)
{
    struct auth_denials denials = {0};
    (void)state;
    refuse(&denials, "ann", start_us);
    assert_int_equal(seen.denied, 1);
    assert_string_equal(seen.text,
                        "refused: principal=ann on-behalf-of=- by=- from=192.0.2.1 "
                        "port 1234 method=/provost.v1.X/Y code=PERMISSION_DENIED: no");
    assert_string_equal(seen.fields.principal, "ann");
    assert_string_equal(seen.fields.rpc, "/provost.v1.X/Y");
    assert_string_equal(seen.fields.grpc_status, "PERMISSION_DENIED");
    assert_string_equal(seen.fields.request_id, "r-1");
    assert_string_equal(seen.fields.trace_id, "abc");
}

static void a_flood_is_counted(void **state)
{
    struct auth_denials denials = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        refuse(&denials, "", start_us);
    assert_int_equal(seen.denied, AUTH_DENIALS_BURST);
    assert_int_equal(seen.plain, 0);
    refuse(&denials, "", start_us + SECOND_US);
    assert_int_equal(seen.denied, AUTH_DENIALS_BURST + 1);
    assert_string_equal(seen.plain_text,
                        "980 refusals of callers nobody knows before this are not listed");
}

static void how_many_is_told_when_the_flood_is_over(void **state)
{
    struct auth_denials denials = {0};
    (void)state;
    for (int i = 0; i < 30; i++)
        refuse(&denials, "ann", start_us);
    auth_denials_tell(&denials, start_us + SECOND_US / 4);
    assert_int_equal(seen.plain, 0);
    auth_denials_tell(&denials, start_us + SECOND_US);
    assert_string_equal(seen.plain_text,
                        "10 refusals of known callers before this are not listed");
    auth_denials_tell(&denials, start_us + 5 * SECOND_US);
    assert_int_equal(seen.plain, 1);
}

static void a_strangers_flood_hides_no_known_caller(void **state)
{
    struct auth_denials denials = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        refuse(&denials, "", start_us);
    refuse(&denials, "ann", start_us);
    assert_int_equal(seen.denied, AUTH_DENIALS_BURST + 1);
    assert_string_equal(seen.fields.principal, "ann");
}

static void a_clock_set_back_gives_nothing(void **state)
{
    struct auth_denials denials = {0};
    (void)state;
    for (int i = 0; i < 100; i++)
        refuse(&denials, "", start_us - i * SECOND_US);
    assert_int_equal(seen.denied, AUTH_DENIALS_BURST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_refusal_says_who_what_and_why, setup),
        cmocka_unit_test_setup(a_flood_is_counted, setup),
        cmocka_unit_test_setup(how_many_is_told_when_the_flood_is_over, setup),
        cmocka_unit_test_setup(a_strangers_flood_hides_no_known_caller, setup),
        cmocka_unit_test_setup(a_clock_set_back_gives_nothing, setup),
    };
    log_set_sink(on_line);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
