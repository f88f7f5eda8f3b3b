#include "rpc/call_log.h"

#include "common/log.h"
#include "rpc/call.h"
#include "rpc/methods.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <provost/v1/register.pb-c.h>

static struct {
    unsigned lines;
    const struct log_event_row *event;
    struct log_fields fields;
    char text[200];
} seen;

static bool on_line(enum log_level level, const struct log_event_row *event,
                    const struct log_fields *fields, const char *text)
{
    (void)level;
    seen.lines++;
    seen.event = event;
    seen.fields = *fields;
    snprintf(seen.text, sizeof seen.text, "%s", text);
    return true;
}

static const struct method method = {.path = "/provost.v1.X/Y"};

static struct call ended_with(enum grpc_code code)
{
    struct call call = {.method = &method, .request_delivered = true, .started_us = 1000};

    call.status.code = code;
    call.status.message = "it broke";
    call.caller.principal = "alice";
    call.metadata.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
    return call;
}

static int setup(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof seen);
    return 0;
}

static void a_failure_inside_says_whose_call_it_was(void **state)
{
    struct call_log log = {0};
    struct call call = ended_with(GRPC_DATA_LOSS);

    (void)state;
    call_log_ended(&log, &call, 2000);
    assert_int_equal(seen.lines, 1);
    assert_ptr_equal(seen.event, &log_event_table[LOG_EVENT_CALL_FAILED]);
    assert_string_equal(seen.text, "it broke");
    assert_string_equal(seen.fields.principal, "alice");
    assert_string_equal(seen.fields.rpc, "/provost.v1.X/Y");
    assert_string_equal(seen.fields.grpc_status, "DATA_LOSS");
    assert_string_equal(seen.fields.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
}

static void what_a_client_can_cause_is_not_logged(void **state)
{
    struct call_log log = {0};
    struct call refused = ended_with(GRPC_NOT_FOUND);
    struct call framing = ended_with(GRPC_INTERNAL);

    (void)state;
    framing.request_delivered = false;
    call_log_ended(&log, &refused, 2000);
    call_log_ended(&log, &framing, 2000);
    assert_int_equal(seen.lines, 0);
}

static void failures_are_so_many_a_second_and_the_rest_is_counted(void **state)
{
    struct call_log log = {0};
    struct call call = ended_with(GRPC_INTERNAL);

    (void)state;
    for (int i = 0; i < 100; i++)
        call_log_ended(&log, &call, 5000000);
    assert_int_equal(seen.lines, CALL_LOG_FAILURES_PER_SECOND);
    call_log_ended(&log, &call, 6000000);
    assert_string_equal(seen.text, "it broke (90 more were not logged)");
}

static void a_sample_of_all_calls_is_logged(void **state)
{
    struct call_log log = {.every = 4};
    struct call call = ended_with(GRPC_OK);

    (void)state;
    for (int i = 0; i < 12; i++)
        call_log_ended(&log, &call, 3500);
    assert_int_equal(seen.lines, 3);
    assert_string_equal(seen.text, "call took 2500 us");
    assert_string_equal(seen.fields.grpc_status, "OK");
}

static void the_request_id_is_named(void **state)
{
    Provost__V1__ApplyRequest request = PROVOST__V1__APPLY_REQUEST__INIT;
    struct call_log log = {0};
    struct call call = ended_with(GRPC_INTERNAL);

    (void)state;
    request.request_id = (char *)"q1-figures";
    call.request = &request.base;
    call_log_ended(&log, &call, 2000);
    assert_string_equal(seen.fields.request_id, "q1-figures");
    /* A stream's stands in its header; the message at hand is another. */
    call.request_id = "the-whole-import";
    call_log_ended(&log, &call, 2000);
    assert_string_equal(seen.fields.request_id, "the-whole-import");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_request_id_is_named, setup),
        cmocka_unit_test_setup(a_failure_inside_says_whose_call_it_was, setup),
        cmocka_unit_test_setup(what_a_client_can_cause_is_not_logged, setup),
        cmocka_unit_test_setup(failures_are_so_many_a_second_and_the_rest_is_counted, setup),
        cmocka_unit_test_setup(a_sample_of_all_calls_is_logged, setup),
    };

    log_set_sink(on_line);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
