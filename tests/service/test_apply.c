/* Apply: creating, patching, deleting, all or nothing. */
#include "common/mask.h"
#include "common/names.h"
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define COUNCIL                                                                                \
    "{\"create\":{\"name\":\"organisations/"                                                   \
    "council\",\"organisation\":{\"title\":\"Council\"}}}"
#define PLAN                                                                                   \
    "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"Plan\",\"period\":\"2021-24\"}}}"
#define FOI                                                                                    \
    "{\"create\":{\"name\":\"indicators/foi\",\"indicator\":{\"title\":\"FOI\","               \
    "\"unit\":\"UNIT_PERCENT\"}}}"

static void a_create_makes_a_resource_and_one_change(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = register_must_apply(f, COUNCIL "," PLAN);
    assert_int_equal(response->seq, 1);
    assert_non_null(response->commit_time);
    assert_int_equal(response->n_results, 2);
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    assert_string_equal(response->results[0]->name, "organisations/council");
    assert_string_equal(response->results[0]->changed_fields[0], "title");
    assert_int_equal(response->results[1]->resource->revision, 1);
    assert_string_equal(register_field(f, "plans/p", "end_date"), "2024-03-31");
}

static void creating_what_is_there_is_refused(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, COUNCIL);
    register_apply_json(f, "{\"mutations\":[" COUNCIL "]}");
    register_assert_failed(f, GRPC_ALREADY_EXISTS, REASON_RESOURCE_EXISTS,
                           "mutations[0].create.name", "organisations/council");
}

static void one_refusal_undoes_all(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, "{\"mutations\":[" COUNCIL
                           ",{\"create\":{\"name\":\"plans/q\",\"plan\":{}}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FIELD_REQUIRED,
                           "mutations[1].create.plan.title", NULL);
    assert_null(register_field(f, "organisations/council", "title"));
    assert_int_equal(register_seq(f), 0);
}

static void a_patch_touches_only_its_mask(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, FOI);
    Provost__V1__ApplyResponse *response = register_must_apply(
        f, "{\"patch\":{\"resource\":{\"name\":\"indicators/foi\",\"indicator\":{"
           "\"title\":\"ignored\",\"code\":\"EP 1\"}},\"updateMask\":\"code\"}}");
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UPDATED);
    assert_int_equal(response->results[0]->n_changed_fields, 1);
    assert_string_equal(register_field(f, "indicators/foi", "title"), "FOI");
    assert_string_equal(register_field(f, "indicators/foi", "code"), "EP 1");
}

static void a_patch_without_a_mask_replaces_the_body(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, FOI);
    register_must_apply(f,
                        "{\"patch\":{\"resource\":{\"name\":\"indicators/foi\",\"indicator\":{"
                        "\"title\":\"New\"}}}}");
    assert_string_equal(register_field(f, "indicators/foi", "title"), "New");
    assert_string_equal(register_field(f, "indicators/foi", "unit"), "");
}

static void a_patch_that_changes_nothing_makes_no_change(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, FOI);
    Provost__V1__ApplyResponse *response = register_must_apply(
        f, "{\"patch\":{\"resource\":{\"name\":\"indicators/foi\",\"indicator\":{"
           "\"title\":\"FOI\"}},\"updateMask\":\"title\"}}");
    assert_int_equal(response->seq, 1);
    assert_null(response->commit_time);
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
    assert_int_equal(register_seq(f), 1);
}

static void masks_are_checked(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, FOI);
    register_apply_json(f,
                        "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":\"indicators/foi\","
                        "\"indicator\":{}},\"updateMask\":\"titel\"}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_FIELD,
                           "mutations[0].patch.update_mask", "title");
    register_apply_json(f,
                        "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":\"indicators/foi\","
                        "\"indicator\":{}},\"updateMask\":\"revision\"}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FIELD_OUTPUT_ONLY,
                           "mutations[0].patch.update_mask", "revision");
}

static void immutable_fields_stay(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f,
                        FOI ",{\"create\":{\"observation\":{\"indicator\":\"indicators/foi\","
                            "\"period\":\"2020/21\",\"verbatim\":\"98.7%\"}}}");
    register_apply_json(
        f, "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":"
           "\"observations/foi/2020-21\",\"observation\":{\"period\":\"2021-22\"}},"
           "\"updateMask\":\"period\"}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_FIELD_IMMUTABLE,
                           "mutations[0].patch.resource.observation.period", NULL);
    Provost__V1__ApplyResponse *response = register_must_apply(
        f, "{\"patch\":{\"resource\":{\"name\":\"observations/foi/2020-21\",\"observation\":{"
           "\"period\":\"2020/21\"}},\"updateMask\":\"period,indicator\"}}");
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
}

static void allow_missing_creates(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":"
                           "\"organisations/x\",\"organisation\":{\"title\":\"X\"}}}}]}");
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
                           "mutations[0].patch.resource.name", NULL);
    Provost__V1__ApplyResponse *response = register_must_apply(
        f,
        "{\"patch\":{\"resource\":{\"name\":\"organisations/x\",\"organisation\":{"
        "\"title\":\"X\",\"remit\":\"All\"}},\"updateMask\":\"title\",\"allowMissing\":true}}");
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    assert_string_equal(register_field(f, "organisations/x", "remit"), "All");
}

static void names_are_derived(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = register_must_apply(
        f,
        FOI "," PLAN
            ",{\"create\":{\"target\":{\"indicator\":\"indicators/foi\",\"period\":\"2021/22\","
            "\"verbatim\":\"90%\"}}}"
            ",{\"create\":{\"target\":{\"indicator\":\"indicators/foi\",\"period\":\"2021/22\","
            "\"kind\":\"TARGET_KIND_INTERIM\",\"verbatim\":\"80%\"}}}"
            ",{\"create\":{\"observation\":{\"indicator\":\"indicators/foi\",\"period\":\"Q1 "
            "2021/22\",\"breakdown\":\"area=lochee\",\"verbatim\":\"70\"}}}"
            ",{\"create\":{\"link\":{\"from\":\"organisations/o\",\"to\":\"plans/p\",\"kind\":"
            "\"LINK_KIND_RESPONSIBLE_PRIMARY\"}}}"
            ",{\"create\":{\"note\":{\"subject\":\"plans/p\",\"text\":\"t\"}}}"
            ",{\"create\":{\"name\":\"organisations/o\",\"organisation\":{\"title\":\"O\"}}}");
    static const char *const names[] = {"targets/foi/2021-22", "targets/foi/2021-22/interim",
                                        "observations/foi/2021-22.q1/area=lochee",
                                        "links/responsible-primary/organisations/o/plans/p",
                                        "notes/n1-6"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(response->results[i + 2]->name, names[i]);
    assert_string_equal(register_field(f, names[2], "period"), "2021-22.q1");
}

static void a_given_name_must_agree(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, FOI);
    register_apply_json(f, "{\"mutations\":[{\"create\":{\"name\":\"observations/foi/2020-21\","
                           "\"observation\":{\"indicator\":\"indicators/foi\",\"period\":"
                           "\"2021-22\"}}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_NAME_MISMATCH,
                           "mutations[0].create.name", "observations/foi/2021-22");
    register_apply_json(f,
                        "{\"mutations\":[{\"create\":{\"name\":\"plans/x\",\"organisation\":{"
                        "\"title\":\"X\"}}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_NAME_MISMATCH,
                           "mutations[0].create.name", NULL);
    register_apply_json(f, "{\"mutations\":[{\"create\":{\"name\":\"plans/X Y\",\"plan\":{"
                           "\"title\":\"X\"}}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_NAME_INVALID,
                           "mutations[0].create.name", NULL);
}

static void a_resource_may_be_named_once(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, "{\"mutations\":[" COUNCIL "," PLAN "," COUNCIL "]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_DUPLICATE_RESOURCE, "mutations[2]",
                           "mutations[0]");
}

static void validate_only_writes_nothing(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = register_apply_json(
        f, "{\"validateOnly\":true,\"requestId\":\"a\",\"mutations\":[" PLAN "]}");
    assert_non_null(response);
    assert_true(response->validated_only);
    assert_null(response->commit_time);
    assert_int_equal(response->seq, 0);
    assert_string_equal(response->results[0]->resource->plan->start_date, "2021-04-01");
    assert_int_equal(register_seq(f), 0);
    assert_null(register_field(f, "plans/p", "title"));
    response = register_apply_json(f, "{\"requestId\":\"a\",\"mutations\":[" PLAN "]}");
    assert_non_null(response);
    assert_int_equal(response->seq, 1);
}

static void a_delete_removes(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, PLAN);
    Provost__V1__ApplyResponse *response =
        register_must_apply(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_DELETED);
    assert_null(response->results[0]->resource);
    assert_null(register_field(f, "plans/p", "title"));
    register_apply_json(f, "{\"mutations\":[{\"delete\":{\"name\":\"plans/p\"}}]}");
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
                           "mutations[0].delete.name", NULL);
    response =
        register_must_apply(f, "{\"delete\":{\"name\":\"plans/p\",\"allowMissing\":true}}");
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
    assert_int_equal(register_must_apply(f, PLAN)->seq, 3);
}

static void counts_and_texts_are_limited(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, "{}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_MUTATION_COUNT, "mutations", NULL);
    char *reason = arena_zalloc(&f->arena, 2002);
    memset(reason, 'x', 2001);
    register_apply_json(
        f, arena_printf(&f->arena, "{\"reason\":\"%s\",\"mutations\":[" PLAN "]}", reason));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REASON_INVALID, "reason", NULL);
    register_apply_json(f, "{\"mutations\":[{}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_MUTATION_EMPTY, "mutations[0]",
                           NULL);
    register_apply_json(f, "{\"mutations\":[{\"create\":{\"name\":\"plans/p\"}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_MUTATION_EMPTY,
                           "mutations[0].create", NULL);
}

static void an_answer_too_large_to_send_writes_nothing(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(f, PLAN);
    char *text = arena_zalloc(&f->arena, 60001);
    memset(text, 'x', 60000);
    const char *list = "";
    for (int i = 0; i < 71; i++)
        list = arena_printf(
            &f->arena, "%s%s{\"create\":{\"note\":{\"subject\":\"plans/p\",\"text\":\"%s\"}}}",
            list, i == 0 ? "" : ",", text);
    register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", list));
    register_assert_failed(f, GRPC_RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE, NULL, NULL);
    assert_int_equal(register_seq(f), 1);
}

static void order_in_the_request_does_not_matter(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = register_must_apply(
        f,
        "{\"create\":{\"observation\":{\"indicator\":\"indicators/foi\",\"period\":\"2020-21\","
        "\"numerator\":\"9\",\"denominator\":\"12\"}}}," FOI);
    assert_string_equal(response->results[0]->resource->observation->value, "75");
    assert_int_equal(response->results[1]->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, register_setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_create_makes_a_resource_and_one_change),
        TEST(creating_what_is_there_is_refused),
        TEST(one_refusal_undoes_all),
        TEST(a_patch_touches_only_its_mask),
        TEST(a_patch_without_a_mask_replaces_the_body),
        TEST(a_patch_that_changes_nothing_makes_no_change),
        TEST(masks_are_checked),
        TEST(immutable_fields_stay),
        TEST(allow_missing_creates),
        TEST(names_are_derived),
        TEST(a_given_name_must_agree),
        TEST(a_resource_may_be_named_once),
        TEST(validate_only_writes_nothing),
        TEST(a_delete_removes),
        TEST(counts_and_texts_are_limited),
        TEST(an_answer_too_large_to_send_writes_nothing),
        TEST(order_in_the_request_does_not_matter),
    };
    return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
