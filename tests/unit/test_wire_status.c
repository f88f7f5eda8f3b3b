#include "rpc/wire_status.h"

#include "common/base64.h"

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static Google__Rpc__Status *decode(const struct wire_status *wire)
{
    uint8_t bytes[WIRE_STATUS_DETAILS_MAX_BYTES + 3];
    size_t size;

    assert_true(base64_decode(wire->details, wire->details_size, bytes, &size));
    assert_in_range(size, 1, WIRE_STATUS_DETAILS_MAX_BYTES);
    return google__rpc__status__unpack(NULL, size, bytes);
}

static void success_is_a_bare_zero(void **state)
{
    struct wire_status wire;

    (void)state;
    wire_status_encode(status_ok(), &wire);
    assert_string_equal(wire.code, "0");
    assert_int_equal(wire.message_size + wire.details_size, 0);
}

static void an_error_names_reason_domain_and_field(void **state)
{
    struct status status = {
        .code = GRPC_INVALID_ARGUMENT, .reason = "R", .field = "a.b", .message = "50% off"};
    struct wire_status wire;
    Google__Rpc__Status *decoded;
    Google__Rpc__ErrorInfo *info;
    Google__Rpc__BadRequest *bad;

    (void)state;
    wire_status_encode(status, &wire);
    assert_string_equal(wire.code, "3");
    assert_string_equal(wire.message, "50%25 off");
    decoded = decode(&wire);
    assert_int_equal(decoded->n_details, 2);
    info = google__rpc__error_info__unpack(NULL, decoded->details[0]->value.len,
                                           decoded->details[0]->value.data);
    assert_string_equal(info->reason, "R");
    assert_string_equal(info->domain, "provost");
    bad = google__rpc__bad_request__unpack(NULL, decoded->details[1]->value.len,
                                           decoded->details[1]->value.data);
    assert_string_equal(bad->field_violations[0]->field, "a.b");
    assert_string_equal(bad->field_violations[0]->description, "50% off");
    google__rpc__error_info__free_unpacked(info, NULL);
    google__rpc__bad_request__free_unpacked(bad, NULL);
    google__rpc__status__free_unpacked(decoded, NULL);
}

static void details_that_do_not_fit_are_dropped_from_the_end(void **state)
{
    static const uint8_t bytes[WIRE_STATUS_DETAILS_MAX_BYTES - 100];
    struct status_detail second = {
        .type_name = "provost.v1.Second", .bytes = bytes, .size = 200};
    struct status_detail first = {
        .next = &second, .type_name = "provost.v1.First", .bytes = bytes, .size = sizeof bytes};
    struct status status = {
        .code = GRPC_ABORTED, .reason = "R", .message = "m", .details = &first};
    struct wire_status wire;
    Google__Rpc__Status *decoded;

    (void)state;
    wire_status_encode(status, &wire);
    decoded = decode(&wire);
    assert_int_equal(decoded->n_details, 1);
    assert_string_equal(decoded->details[0]->type_url,
                        "type.googleapis.com/google.rpc.ErrorInfo");
    google__rpc__status__free_unpacked(decoded, NULL);
}

static void a_message_of_any_length_fits(void **state)
{
    static char message[100000];
    struct wire_status wire;
    struct status status = {
        .code = GRPC_INTERNAL, .reason = "R", .field = "f", .message = message};

    (void)state;
    memset(message, '%', sizeof message - 1);
    wire_status_encode(status, &wire);
    assert_in_range(wire.message_size, 1000, WIRE_STATUS_MESSAGE_MAX_BYTES - 1);
    assert_int_equal(wire.message_size, strlen(wire.message));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_a_bare_zero),
        cmocka_unit_test(an_error_names_reason_domain_and_field),
        cmocka_unit_test(details_that_do_not_fit_are_dropped_from_the_end),
        cmocka_unit_test(a_message_of_any_length_fits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
