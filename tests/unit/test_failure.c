#include "client/failure.h"
#include "common/fields.h"
#include "support/arena_fixture.h"

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct failure_context context = {.doing = "set x"};

/* A reply with one detail packed into its status. */
static struct channel_reply reply_with(const char *type_name, const ProtobufCMessage *detail,
                                       struct arena *arena)
{
    Google__Rpc__Status *status =
        (Google__Rpc__Status *)message_new(&google__rpc__status__descriptor, arena);
    Google__Protobuf__Any *any =
        (Google__Protobuf__Any *)message_new(&google__protobuf__any__descriptor, arena);
    size_t size = protobuf_c_message_get_packed_size(detail);
    uint8_t *bytes;

    any->type_url = arena_printf(arena, "type.googleapis.com/%s", type_name);
    any->value.data = arena_alloc(arena, size + 1);
    any->value.len = protobuf_c_message_pack(detail, any->value.data);
    status->details = &any;
    status->n_details = 1;
    size = protobuf_c_message_get_packed_size(&status->base);
    bytes = arena_alloc(arena, size + 1);
    protobuf_c_message_pack(&status->base, bytes);
    return (struct channel_reply){.code = GRPC_ABORTED,
                                  .message = "it was changed",
                                  .details = bytes,
                                  .details_bytes = size};
}

static void codes_have_the_exit_codes_of_the_contract(void **state)
{
    (void)state;
    assert_int_equal(failure_exit_code(GRPC_NOT_FOUND), 3);
    assert_int_equal(failure_exit_code(GRPC_ABORTED), 4);
    assert_int_equal(failure_exit_code(GRPC_ALREADY_EXISTS), 4);
    assert_int_equal(failure_exit_code(GRPC_PERMISSION_DENIED), 5);
    assert_int_equal(failure_exit_code(GRPC_UNAUTHENTICATED), 5);
    assert_int_equal(failure_exit_code(GRPC_UNAVAILABLE), 6);
    assert_int_equal(failure_exit_code(GRPC_DEADLINE_EXCEEDED), 6);
    assert_int_equal(failure_exit_code(GRPC_INVALID_ARGUMENT), 1);
    assert_int_equal(failure_exit_code((enum grpc_code)99), 1);
}

static void a_conflict_tells_the_present_value_who_and_how_to_go_on(void **state)
{
    struct arena *arena = *state;
    Provost__V1__ConflictDetail detail = PROVOST__V1__CONFLICT_DETAIL__INIT;
    Provost__V1__FieldConflict conflict = PROVOST__V1__FIELD_CONFLICT__INIT;
    Provost__V1__FieldConflict *conflicts = &conflict;
    struct channel_reply reply;
    const char *text;

    conflict.resource = arena_strdup(arena, "actions/a1");
    conflict.field = arena_strdup(arena, "title");
    conflict.present_value = arena_strdup(arena, "Parks");
    conflict.principal = arena_strdup(arena, "anna");
    conflict.service = arena_strdup(arena, "finance");
    conflict.seq = 17;
    detail.conflicts = &conflicts;
    detail.n_conflicts = 1;
    reply = reply_with("provost.v1.ConflictDetail", &detail.base, arena);
    text = failure_text(&reply, &context, false, arena);
    assert_non_null(strstr(text, "cannot set x: it was changed"));
    assert_non_null(strstr(text, "title is now \"Parks\""));
    assert_non_null(strstr(text, "anna (service finance)"));
    assert_non_null(strstr(text, "--base-seq 17"));
}

static void a_violation_names_its_field_once(void **state)
{
    struct arena *arena = *state;
    Google__Rpc__BadRequest detail = GOOGLE__RPC__BAD_REQUEST__INIT;
    Google__Rpc__BadRequest__FieldViolation violation =
        GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;
    Google__Rpc__BadRequest__FieldViolation *violations = &violation;
    struct channel_reply reply;

    violation.field = arena_strdup(arena, "a.unit");
    violation.description = arena_strdup(arena, "it was changed");
    detail.field_violations = &violations;
    detail.n_field_violations = 1;
    reply = reply_with("google.rpc.BadRequest", &detail.base, arena);
    assert_string_equal(failure_text(&reply, &context, false, arena),
                        "cannot set x: it was changed\n  in field a.unit");
}

static void details_that_are_broken_or_unknown_are_passed_over(void **state)
{
    struct arena *arena = *state;
    struct channel_reply reply = {.code = GRPC_NOT_FOUND,
                                  .message = "",
                                  .details = "\xff\xff\xff\xff",
                                  .details_bytes = 4};
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;

    assert_string_equal(failure_text(&reply, &context, false, arena),
                        "cannot set x: NOT_FOUND");
    reply = reply_with("provost.v1.NotKnownYet", &info.base, arena);
    assert_string_equal(failure_text(&reply, &context, false, arena),
                        "cannot set x: it was changed");
}

static void the_field_name_is_the_end_of_the_path(void **state)
{
    assert_string_equal(failure_field_name("mutations[3].patch.resource.plan.ends[0]", *state),
                        "ends");
    assert_string_equal(failure_field_name("title", *state), "title");
    assert_string_equal(failure_field_name("", *state), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(codes_have_the_exit_codes_of_the_contract),
        TEST(a_conflict_tells_the_present_value_who_and_how_to_go_on),
        TEST(a_violation_names_its_field_once),
        TEST(details_that_are_broken_or_unknown_are_passed_over),
        TEST(the_field_name_is_the_end_of_the_path),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
