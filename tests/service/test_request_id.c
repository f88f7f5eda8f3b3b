/* A retry gets the first answer and changes nothing. */
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define APPLY(id, title)                                                                       \
    "{\"requestId\":\"" id "\",\"mutations\":[{\"patch\":{\"resource\":{\"name\":"             \
    "\"organisations/o\",\"organisation\":{\"title\":\"" title                                 \
    "\"}},\"allowMissing\":true}}]}"

static void a_retry_gets_the_first_answer(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *first = register_apply_json(f, APPLY("r1", "A"));
    assert_non_null(first);
    assert_non_null(register_apply_json(f, APPLY("r2", "B")));
    Provost__V1__ApplyResponse *again = register_apply_json(f, APPLY("r1", "A"));
    assert_non_null(again);
    assert_int_equal(again->seq, first->seq);
    assert_int_equal(again->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    assert_string_equal(again->results[0]->resource->organisation->title, "A");
    assert_int_equal(register_seq(f), 2);
    assert_string_equal(register_field(f, "organisations/o", "title"), "B");
}

static void another_body_under_the_same_id_is_refused(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r1", "A"));
    register_apply_json(f, APPLY("r1", "B"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REQUEST_ID_REUSED, "request_id",
                           "r1");
}

static void ids_are_each_principals_own(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r1", "A"));
    f->caller.principal = "bob";
    assert_non_null(register_apply_json(f, APPLY("r1", "B")));
    assert_string_equal(register_field(f, "organisations/o", "title"), "B");
}

static void an_answer_without_change_is_kept_too(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r1", "A"));
    register_apply_json(f, APPLY("r2", "A"));
    register_apply_json(f, APPLY("r3", "B"));
    Provost__V1__ApplyResponse *again = register_apply_json(f, APPLY("r2", "A"));
    assert_non_null(again);
    assert_int_equal(again->seq, 1);
    assert_int_equal(again->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
}

static void a_refused_request_is_not_remembered(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r1", ""));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FIELD_REQUIRED, NULL, NULL);
    assert_non_null(register_apply_json(f, APPLY("r1", "A")));
}

static void methods_do_not_share_answers(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r1", "A"));
    register_submit_json(f, "{\"requestId\":\"r1\",\"submissions\":[{\"indicator\":\"i\"}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REQUEST_ID_REUSED, "request_id",
                           NULL);
}

static void ids_are_short_and_printable(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, APPLY("r\\n", "A"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REQUEST_ID_INVALID, "request_id",
                           NULL);
    register_apply_json(f, APPLY("12345678901234567890123456789012345678901234567890"
                                 "123456789012345",
                                 "A"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REQUEST_ID_INVALID, "request_id",
                           NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_retry_gets_the_first_answer),
        TEST(another_body_under_the_same_id_is_refused),
        TEST(ids_are_each_principals_own),
        TEST(an_answer_without_change_is_kept_too),
        TEST(a_refused_request_is_not_remembered),
        TEST(methods_do_not_share_answers),
        TEST(ids_are_short_and_printable),
    };
    return cmocka_run_group_tests_name("request_id", tests, NULL, NULL);
}
