/* References: what is pointed to exists, and does not go. */
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ORG(id, more)                                                                          \
    "{\"create\":{\"name\":\"organisations/" id "\",\"organisation\":{\"title\":\"" id         \
    "\"" more "}}}"
#define PLAN "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}}"
#define ACTION(more)                                                                           \
    "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":\"plans/"        \
    "p\"" more "}}}"
#define PARENT(id, parent)                                                                     \
    "{\"patch\":{\"resource\":{\"name\":\"organisations/" id                                   \
    "\",\"organisation\":{\"parent\":"                                                         \
    "\"" parent "\"}},\"updateMask\":\"parent\"}}"

static void refuse(struct register_fixture *f, const char *mutations, enum grpc_code code,
                   const char *reason, const char *field, const char *message)
{
    register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", mutations));
    register_assert_failed(f, code, reason, field, message);
}

static void a_reference_must_exist(void **state)
{
    struct register_fixture *f = *state;
    refuse(f, ACTION(""), GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_REFERENCE,
           "mutations[0].create.action.plan", "plans/p");
    assert_int_equal(register_seq(f), 0);
}

static void a_list_of_references_names_the_one(void **state)
{
    struct register_fixture *f = *state;
    refuse(f,
           PLAN "," ORG("o", "") "," ACTION(",\"leads\":[\"organisations/o\",\"posts/none\"]"),
           GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_REFERENCE,
           "mutations[2].create.action.leads[1]", "posts/none");
}

static void a_reference_must_be_of_the_right_collection(void **state)
{
    struct register_fixture *f = *state;
    refuse(f, PLAN "," ACTION(",\"leads\":[\"plans/p\"]"), GRPC_INVALID_ARGUMENT,
           REASON_UNKNOWN_REFERENCE, "mutations[1].create.action.leads[0]", "posts/");
}

static void a_reference_may_be_made_in_the_same_request(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, ACTION("") "," PLAN);
    register_must_apply(f,
                        ORG("child", ",\"parent\":\"organisations/top\"") "," ORG("top", ""));
}

static void a_circle_of_parents_is_refused(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, ORG("a", "") "," ORG("b", ",\"parent\":\"organisations/a\""));
    refuse(f, PARENT("a", "organisations/b"), GRPC_INVALID_ARGUMENT, REASON_PARENT_CIRCLE,
           "mutations[0].patch.resource.organisation.parent", NULL);
    refuse(f, PARENT("a", "organisations/a"), GRPC_INVALID_ARGUMENT, REASON_PARENT_CIRCLE, NULL,
           NULL);
    register_must_apply(f, PARENT("b", "") "," PARENT("a", "organisations/b"));
}

static void what_is_in_use_is_not_deleted(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, PLAN "," ACTION(""));
    refuse(f, "{\"delete\":{\"name\":\"plans/p\"}}", GRPC_FAILED_PRECONDITION, REASON_IN_USE,
           "mutations[0].delete.name", "actions/a");
    assert_string_equal(register_field(f, "plans/p", "title"), "P");
    register_must_apply(
        f, "{\"delete\":{\"name\":\"plans/p\"}},{\"delete\":{\"name\":\"actions/a\"}}");
}

static void use_in_a_list_counts(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f,
                        PLAN "," ORG("o", "") "," ACTION(",\"leads\":[\"organisations/o\"]"));
    refuse(f, "{\"delete\":{\"name\":\"organisations/o\"}}", GRPC_FAILED_PRECONDITION,
           REASON_IN_USE, NULL, "actions/a");
}

static void many_users_are_counted(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(
        f, "{\"create\":{\"name\":\"indicators/i\",\"indicator\":{\"title\":\"I\"}}}");
    for (int year = 10; year < 18; year++)
        register_must_apply(f, arena_printf(&f->arena,
                                            "{\"create\":{\"observation\":{\"indicator\":"
                                            "\"indicators/i\",\"period\":\"20%d-%d\"}}}",
                                            year, year + 1));
    refuse(f, "{\"delete\":{\"name\":\"indicators/i\"}}", GRPC_FAILED_PRECONDITION,
           REASON_IN_USE, NULL, "and 3 more");
}

static void many_deletions_at_once_are_checked_too(void **state)
{
    struct register_fixture *f = *state;
    const char *create = PLAN, *delete = "{\"delete\":{\"name\":\"plans/p\"}}";
    for (int i = 0; i < 12; i++) {
        create =
            arena_printf(&f->arena,
                         "%s,{\"create\":{\"name\":\"objectives/o%d\",\"objective\":{\"title\":"
                         "\"O\",\"plan\":\"plans/p\"}}}",
                         create, i);
        delete =
            arena_printf(&f->arena, "%s,{\"delete\":{\"name\":\"objectives/o%d\"}}", delete, i);
    }
    register_must_apply(f, create);
    register_must_apply(f,
                        "{\"create\":{\"link\":{\"from\":\"plans/p\",\"to\":\"objectives/o3\","
                        "\"kind\":\"CONTRIBUTES\"}}}");
    refuse(f, delete, GRPC_FAILED_PRECONDITION, REASON_IN_USE, "mutations[0].delete.name",
           "links/contributes/plans/p/objectives/o3");
    register_must_apply(
        f,
        arena_printf(&f->arena,
                     "%s,{\"delete\":{\"name\":\"links/contributes/plans/p/objectives/o3\"}}",
                     delete));
}

static void a_reference_to_what_goes_is_refused(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, PLAN);
    refuse(f, ACTION("") ",{\"delete\":{\"name\":\"plans/p\"}}", GRPC_INVALID_ARGUMENT,
           REASON_UNKNOWN_REFERENCE, "mutations[0].create.action.plan", NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_reference_must_exist),
        TEST(a_list_of_references_names_the_one),
        TEST(a_reference_must_be_of_the_right_collection),
        TEST(a_reference_may_be_made_in_the_same_request),
        TEST(a_circle_of_parents_is_refused),
        TEST(what_is_in_use_is_not_deleted),
        TEST(use_in_a_list_counts),
        TEST(many_users_are_counted),
        TEST(many_deletions_at_once_are_checked_too),
        TEST(a_reference_to_what_goes_is_refused),
    };
    return cmocka_run_group_tests_name("refs", tests, NULL, NULL);
}
