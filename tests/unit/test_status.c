#include "common/arena.h"
#include "common/status.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void success_is_ok_and_says_nothing(void **state)
{
    struct status st = status_ok();

    (void)state;
    assert_true(status_is_ok(st));
    assert_null(st.reason);
    assert_null(st.message);
}

static void an_error_carries_code_reason_field_and_text(void **state)
{
    struct status st = status_error(*state, GRPC_NOT_FOUND, "RESOURCE_UNKNOWN", "name",
                                    "there is no \"%s\" (%d)", "plans/x", 7);

    assert_false(status_is_ok(st));
    assert_int_equal(st.code, GRPC_NOT_FOUND);
    assert_string_equal(st.reason, "RESOURCE_UNKNOWN");
    assert_string_equal(st.field, "name");
    assert_string_equal(st.message, "there is no \"plans/x\" (7)");
    assert_null(st.details);
}

static void invalid_is_invalid_argument(void **state)
{
    struct status st = status_invalid(*state, "R", NULL, "no");

    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_null(st.field);
}

static void details_are_chained_newest_first(void **state)
{
    struct status_detail a = {.type_name = "a"};
    struct status_detail b = {.type_name = "b"};
    struct status st = status_invalid(*state, "R", NULL, "no");

    st = status_with_detail(status_with_detail(st, &a), &b);
    assert_string_equal(st.details->type_name, "b");
    assert_string_equal(st.details->next->type_name, "a");
    assert_null(st.details->next->next);
}

static void every_code_has_its_canonical_name(void **state)
{
    (void)state;
    assert_string_equal(status_code_name(GRPC_OK), "OK");
    assert_string_equal(status_code_name(GRPC_ABORTED), "ABORTED");
    assert_string_equal(status_code_name(GRPC_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(status_code_name((enum grpc_code)17), "UNKNOWN");
    assert_string_equal(status_code_name((enum grpc_code) - 1), "UNKNOWN");
    for (int code = 0; code <= GRPC_UNAUTHENTICATED; code++)
        assert_non_null(status_code_name((enum grpc_code)code));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(success_is_ok_and_says_nothing, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_error_carries_code_reason_field_and_text,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(invalid_is_invalid_argument, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(details_are_chained_newest_first, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(every_code_has_its_canonical_name, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
