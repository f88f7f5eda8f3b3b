/* Several departments, one item: base_seq (DESIGN.md section 5). */
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Registers made by setup: change 1 makes everything. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    register_must_apply(
        *state, "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}},"
                "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":"
                "\"plans/p\",\"code\":\"1\"}}},"
                "{\"create\":{\"name\":\"indicators/i\",\"indicator\":{\"title\":\"I\"}}}");
    return 0;
}

static Provost__V1__ApplyResponse *patch(struct register_fixture *f, const char *field,
                                         const char *value, int64_t base_seq)
{
    return register_apply_json(
        f,
        arena_printf(&f->arena,
                     "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":\"actions/a\","
                     "\"action\":{\"%s\":%s}},\"updateMask\":\"%s\",\"baseSeq\":\"%lld\"}}]}",
                     field, value, field, (long long)base_seq));
}

static void different_fields_merge(void **state)
{
    struct register_fixture *f = *state;
    assert_non_null(patch(f, "progress", "50", 1));
    assert_non_null(patch(f, "code", "\"EP 2\"", 1));
    assert_string_equal(register_field(f, "actions/a", "progress"), "50");
    assert_string_equal(register_field(f, "actions/a", "code"), "EP 2");
}

static void the_same_field_is_refused_with_who_and_when(void **state)
{
    struct register_fixture *f = *state;
    f->caller.on_behalf_of = "Jo";
    assert_non_null(patch(f, "progress", "50", 1));
    f->caller.principal = "bob";
    assert_null(patch(f, "progress", "60", 1));
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, "mutations[0].patch.base_seq",
                           "alice for Jo");
    Provost__V1__ConflictDetail *detail = register_conflict(f);
    assert_int_equal(detail->n_conflicts, 1);
    const Provost__V1__FieldConflict *conflict = detail->conflicts[0];
    assert_string_equal(conflict->resource, "actions/a");
    assert_string_equal(conflict->field, "progress");
    assert_string_equal(conflict->present_value, "50");
    assert_int_equal(conflict->seq, 2);
    assert_string_equal(conflict->principal, "alice");
    assert_string_equal(conflict->service, "corporate");
    assert_string_equal(conflict->on_behalf_of, "Jo");
    assert_true(conflict->time->seconds > 0);
    assert_non_null(patch(f, "progress", "60", 2));
}

static void the_newest_change_of_the_field_is_named(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "progress", "50", 0);
    f->caller.principal = "carol";
    patch(f, "progress", "55", 0);
    f->caller.principal = "dave";
    patch(f, "code", "\"x\"", 0);
    assert_null(patch(f, "progress", "60", 1));
    const Provost__V1__FieldConflict *conflict = register_conflict(f)->conflicts[0];
    assert_int_equal(conflict->seq, 3);
    assert_string_equal(conflict->principal, "carol");
}

static void changed_and_changed_back_is_a_conflict(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "code", "\"2\"", 0);
    patch(f, "code", "\"1\"", 0);
    assert_null(patch(f, "code", "\"3\"", 1));
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, NULL, NULL);
}

static void the_same_value_again_is_a_success(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "progress", "50", 1);
    Provost__V1__ApplyResponse *response = patch(f, "progress", "50", 1);
    assert_non_null(response);
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
}

static void without_base_seq_the_last_one_wins(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "progress", "50", 0);
    assert_non_null(patch(f, "progress", "60", 0));
}

static void base_seq_must_be_of_this_register(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "progress", "50", 7);
    register_assert_failed(f, GRPC_OUT_OF_RANGE, REASON_BASE_SEQ_FUTURE,
                           "mutations[0].patch.base_seq", NULL);
    patch(f, "progress", "50", -1);
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_BASE_SEQ_INVALID, NULL, NULL);
}

static void a_resource_deleted_since_is_a_conflict(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"delete\":{\"name\":\"actions/a\"}}");
    patch(f, "progress", "50", 1);
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, NULL, "deleted");
    assert_int_equal(register_conflict(f)->conflicts[0]->seq, 2);
    patch(f, "progress", "50", 2);
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, NULL, NULL);
}

static void a_resource_made_anew_since_is_a_conflict(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"delete\":{\"name\":\"actions/a\"}}");
    register_must_apply(f, "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"B\","
                           "\"plan\":\"plans/p\"}}}");
    patch(f, "title", "\"C\"", 1);
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, NULL, "\"B\"");
}

static void a_delete_looks_at_all_fields(void **state)
{
    struct register_fixture *f = *state;
    patch(f, "progress", "50", 0);
    register_apply_json(
        f, "{\"mutations\":[{\"delete\":{\"name\":\"actions/a\",\"baseSeq\":\"1\"}}]}");
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, "mutations[0].delete.base_seq",
                           NULL);
    register_must_apply(f, "{\"delete\":{\"name\":\"actions/a\",\"baseSeq\":\"2\"}}");
}

static void a_figure_is_not_replaced_unasked_by_apply_either(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\","
                           "\"period\":\"2020-21\",\"verbatim\":\"5\"}}}");
    const char *format = "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":"
                         "\"observations/i/2020-21\",\"observation\":{\"value\":\"6\"}},"
                         "\"updateMask\":\"value\",\"baseSeq\":\"0\"}}]}";
    register_apply_json(f, format);
    register_assert_failed(f, GRPC_ABORTED, REASON_FIGURE_EXISTS,
                           "mutations[0].patch.resource.observation.value", NULL);
    register_must_apply(f, "{\"patch\":{\"resource\":{\"name\":\"observations/i/2020-21\","
                           "\"observation\":{\"value\":\"6\"}},\"updateMask\":\"value\","
                           "\"baseSeq\":\"2\"}}");
    assert_string_equal(register_field(f, "observations/i/2020-21", "verbatim"), "6");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(different_fields_merge),
        TEST(the_same_field_is_refused_with_who_and_when),
        TEST(the_newest_change_of_the_field_is_named),
        TEST(changed_and_changed_back_is_a_conflict),
        TEST(the_same_value_again_is_a_success),
        TEST(without_base_seq_the_last_one_wins),
        TEST(base_seq_must_be_of_this_register),
        TEST(a_resource_deleted_since_is_a_conflict),
        TEST(a_resource_made_anew_since_is_a_conflict),
        TEST(a_delete_looks_at_all_fields),
        TEST(a_figure_is_not_replaced_unasked_by_apply_either),
    };
    return cmocka_run_group_tests_name("conflict", tests, NULL, NULL);
}
