/* GetResource and BatchGetResources. */
#include "common/reasons.h"
#include "common/time_text.h"
#include "service/read_fixture.h"
#include "service/register.h"

#include "provost/v1/register.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Changes 1 to 4: created, changed, deleted, another one made. */
static int setup(void **state)
{
    if (read_fixture_setup(state) != 0) return -1;
    struct read_fixture *fixture = *state;
    read_fixture_put(fixture, "organisations/cex", "{\"title\":\"CEX\"}");
    read_fixture_put(fixture, "organisations/cex", "{\"title\":\"Chief Executive's\"}");
    read_fixture_delete(fixture, "organisations/cex");
    read_fixture_put(fixture, "organisations/council", "{\"title\":\"Council\"}");
    return 0;
}

static struct status get(struct read_fixture *fixture, const char *name, int64_t as_of,
                         Provost__V1__GetResourceResponse **out)
{
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    request.name = (char *)name;
    request.as_of_seq = as_of;
    ProtobufCMessage *response = NULL;
    struct status st =
        read_fixture_call(fixture, register_get_resource, &request.base, &response);
    *out = (void *)response;
    return st;
}

static struct status refused(struct read_fixture *fixture, const char *name, int64_t as_of)
{
    Provost__V1__GetResourceResponse *out;
    struct status st = get(fixture, name, as_of, &out);
    if (status_is_ok(st)) fail_msg("%s was found", name);
    return st;
}

static void assert_says(struct status st, const char *part)
{
    if (strstr(st.message, part) == NULL) fail_msg("\"%s\" lacks \"%s\"", st.message, part);
}

static void test_get_the_present(void **state)
{
    Provost__V1__GetResourceResponse *out;
    assert_true(status_is_ok(get(*state, "organisations/council", 0, &out)));
    assert_string_equal(out->resource->name, "organisations/council");
    assert_string_equal(out->resource->organisation->title, "Council");
    assert_int_equal(out->resource->revision, 4);
    assert_int_equal(out->seq, 4);
    assert_non_null(out->resource->create_time);
}

static void test_get_as_of_a_seq(void **state)
{
    Provost__V1__GetResourceResponse *out;
    assert_true(status_is_ok(get(*state, "organisations/cex", 1, &out)));
    assert_string_equal(out->resource->organisation->title, "CEX");
    assert_int_equal(out->seq, 1);
    assert_true(status_is_ok(get(*state, "organisations/cex", 2, &out)));
    assert_string_equal(out->resource->organisation->title, "Chief Executive's");
    assert_int_equal(out->resource->revision, 2);
}

static void test_get_as_of_a_time(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__GetResourceResponse *before;
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    ProtobufCMessage *response;
    assert_true(status_is_ok(get(fixture, "organisations/cex", 1, &before)));
    request.name = (char *)"organisations/cex";
    request.as_of_time = before->resource->update_time;
    struct status st =
        read_fixture_call(fixture, register_get_resource, &request.base, &response);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    assert_int_equal(((Provost__V1__GetResourceResponse *)response)->seq, 1);
}

static void test_before_the_first_change_there_is_nothing(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    ProtobufCMessage *response;
    request.name = (char *)"organisations/council";
    static const int64_t times[] = {INT64_C(-86400000000), 0, INT64_C(946684800000000)};
    for (size_t i = 0; i < 3; i++) {
        request.as_of_time = timestamp_new(times[i], &fixture->arena);
        struct status st =
            read_fixture_call(fixture, register_get_resource, &request.base, &response);
        assert_int_equal(st.code, GRPC_NOT_FOUND);
        assert_says(st, "as of seq 0: it was created later, by change 4");
    }
}

static void test_not_found_says_why(void **state)
{
    struct status st = refused(*state, "organisations/cex", 0);
    assert_int_equal(st.code, GRPC_NOT_FOUND);
    assert_string_equal(st.reason, REASON_RESOURCE_NOT_FOUND);
    assert_string_equal(st.field, "name");
    assert_says(st, "as of seq 4: it was deleted by change 3");
    assert_says(refused(*state, "organisations/nobody", 0), "as of seq 4: it never existed");
    assert_says(refused(*state, "organisations/council", 3), "created later, by change 4");
    assert_says(refused(*state, "organisations/cex", 3), "deleted by change 3");
}

static void test_bad_requests(void **state)
{
    struct status st = refused(*state, "departments/cex", 0);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.field, "name");
    assert_says(st, "organisations, posts, plans");
    assert_int_equal(refused(*state, "", 0).code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(refused(*state, "organisations", 0).code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(refused(*state, "organisations/", 0).code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(refused(*state, "organisations/CEX", 0).code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(refused(*state, "organisations/cex", 5).code, GRPC_OUT_OF_RANGE);
    assert_int_equal(refused(*state, "organisations/cex", -1).code, GRPC_INVALID_ARGUMENT);
}

static void test_seq_and_time_together_are_refused(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__GetResourceRequest request = PROVOST__V1__GET_RESOURCE_REQUEST__INIT;
    ProtobufCMessage *response;
    request.name = (char *)"organisations/council";
    request.as_of_seq = 4;
    request.as_of_time = timestamp_new(1000000, &fixture->arena);
    struct status st =
        read_fixture_call(fixture, register_get_resource, &request.base, &response);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    request.as_of_seq = 0;
    request.as_of_time->nanos = -1;
    st = read_fixture_call(fixture, register_get_resource, &request.base, &response);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.field, "as_of_time");
}

/* ---- several ---- */

static struct status batch(struct read_fixture *fixture, const char *const *names, size_t count,
                           Provost__V1__BatchGetResourcesResponse **out)
{
    Provost__V1__BatchGetResourcesRequest request =
        PROVOST__V1__BATCH_GET_RESOURCES_REQUEST__INIT;
    ProtobufCMessage *response = NULL;
    request.names = (char **)names;
    request.n_names = count;
    struct status st =
        read_fixture_call(fixture, register_batch_get_resources, &request.base, &response);
    *out = (void *)response;
    return st;
}

static void test_batch_keeps_the_order_asked_for(void **state)
{
    struct read_fixture *fixture = *state;
    static const char *const names[] = {"plans/p", "organisations/council", "plans/p"};
    Provost__V1__BatchGetResourcesResponse *out;
    read_fixture_put(fixture, "plans/p", "{\"title\":\"P\"}");
    assert_true(status_is_ok(batch(fixture, names, 3, &out)));
    assert_int_equal(out->n_resources, 3);
    assert_int_equal(out->seq, 5);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(out->resources[i]->name, names[i]);
}

static void test_batch_is_all_or_not_found(void **state)
{
    static const char *const names[] = {"organisations/council", "organisations/cex", "plans/p",
                                        "plans/q"};
    Provost__V1__BatchGetResourcesResponse *out;
    struct status st = batch(*state, names, 4, &out);
    assert_int_equal(st.code, GRPC_NOT_FOUND);
    assert_string_equal(st.field, "names[1]");
    assert_says(st, "organisations/cex as of seq 4: it was deleted by change 3");
    assert_says(st, "3 of 4 names are missing, also plans/p, plans/q");
}

static void test_batch_bounds(void **state)
{
    Provost__V1__BatchGetResourcesResponse *out;
    const char *names[1001];
    for (size_t i = 0; i < 1001; i++)
        names[i] = "organisations/council";
    assert_int_equal(batch(*state, names, 0, &out).code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(batch(*state, names, 1001, &out).code, GRPC_INVALID_ARGUMENT);
    assert_true(status_is_ok(batch(*state, names, 1000, &out)));
    names[2] = "nothing";
    struct status st = batch(*state, names, 3, &out);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.field, "names[2]");
}

static void test_batch_stops_below_four_mebibytes(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__BatchGetResourcesResponse *out;
    const char *names[70];
    char *text = arena_alloc(&fixture->arena, 65001);
    memset(text, 'x', 65000);
    text[65000] = '\0';
    read_fixture_put(fixture, "notes/long",
                     arena_printf(&fixture->arena, "{\"text\":\"%s\"}", text));
    for (size_t i = 0; i < 70; i++)
        names[i] = "notes/long";
    assert_int_equal(batch(fixture, names, 70, &out).code, GRPC_RESOURCE_EXHAUSTED);
    assert_true(status_is_ok(batch(fixture, names, 60, &out)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_get_the_present, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_get_as_of_a_seq, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_get_as_of_a_time, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_before_the_first_change_there_is_nothing, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_not_found_says_why, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_bad_requests, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_seq_and_time_together_are_refused, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_batch_keeps_the_order_asked_for, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_batch_is_all_or_not_found, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_batch_bounds, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_batch_stops_below_four_mebibytes, setup,
                                        read_fixture_teardown),
    };
    return cmocka_run_group_tests_name("get", tests, NULL, NULL);
}
