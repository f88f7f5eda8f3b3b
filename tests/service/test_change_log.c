/* The questions put to the log, and the status. */
#include "common/mask.h"
#include "common/reasons.h"
#include "service/admin.h"
#include "service/change_log.h"
#include "support/register_fixture.h"

#include "provost/v1/admin.pb-c.h"
#include "provost/v1/change_log.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Changes: 1 indicator and plan by alice, 2 figure by bob, 3 figure revised by bob for Jo with
 * a reason, 4 plan deleted by alice. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    struct register_fixture *f = *state;
    register_must_apply(
        f, "{\"create\":{\"name\":\"indicators/foi\",\"indicator\":{\"title\":\"FOI\""
           "}}},{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}}");
    f->caller.principal = "bob";
    f->caller.service = "planning";
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020-21\","
                            "\"value\":\"5\"}]}");
    f->caller.on_behalf_of = "Jo";
    register_submit_json(f, "{\"revise\":true,\"reason\":\"Late Returns\",\"submissions\":[{"
                            "\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"6\"}]}");
    f->caller.principal = "alice";
    f->caller.service = f->caller.on_behalf_of = "";
    register_must_apply(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    return 0;
}

static Provost__V1__ListChangesResponse *list(struct register_fixture *f, const char *json)
{
    return (Provost__V1__ListChangesResponse *)register_read(
        f, change_log_list_changes, &provost__v1__list_changes_request__descriptor, json);
}

/* The seqs of a listing as text, "4 3 2 1". */
static const char *seqs(struct register_fixture *f, const char *json)
{
    Provost__V1__ListChangesResponse *response = list(f, json);
    assert_non_null(response);
    const char *text = "";
    for (size_t i = 0; i < response->n_changes; i++)
        text = arena_printf(&f->arena, "%s%s%lld", text, i == 0 ? "" : " ",
                            (long long)response->changes[i]->seq);
    return text;
}

static void each_condition_selects(void **state)
{
    struct register_fixture *f = *state;
    static const char *const rows[][2] = {
        {"{}", "4 3 2 1"},
        {"{\"oldestFirst\":true}", "1 2 3 4"},
        {"{\"resource\":\"indicators\"}", "1"},
        {"{\"resource\":\"indicators/foi\"}", "1"},
        {"{\"resource\":\"indicators/fo\"}", ""},
        {"{\"resource\":\"observations/foi\"}", "3 2"},
        {"{\"resource\":\"observations/foi/\"}", "3 2"},
        {"{\"resource\":\"plans/p\"}", "4 1"},
        {"{\"field\":\"value\"}", "3 2"},
        {"{\"field\":\"period\"}", "2"},
        {"{\"principal\":\"bob\"}", "3 2"},
        {"{\"service\":\"planning\"}", "3 2"},
        {"{\"service\":\"plan\"}", ""},
        {"{\"onBehalfOf\":\"Jo\"}", "3"},
        {"{\"reasonContains\":\"late\"}", "3"},
        {"{\"fromSeq\":\"2\",\"toSeq\":\"3\"}", "3 2"},
        {"{\"fromSeq\":\"5\"}", ""},
        {"{\"since\":\"2000-01-01T00:00:00Z\"}", "4 3 2 1"},
        {"{\"until\":\"2000-01-01T00:00:00Z\"}", ""},
        {"{\"principal\":\"bob\",\"field\":\"title\"}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(seqs(f, rows[i][0]), rows[i][1]);
}

static void a_change_tells_who_what_before_and_after(void **state)
{
    struct register_fixture *f = *state;
    const Provost__V1__Change *change =
        list(f, "{\"fromSeq\":\"3\",\"toSeq\":\"3\"}")->changes[0];
    assert_string_equal(change->principal, "bob");
    assert_string_equal(change->auth_method, "unix-peer");
    assert_string_equal(change->service, "planning");
    assert_string_equal(change->on_behalf_of, "Jo");
    assert_string_equal(change->reason, "Late Returns");
    assert_true(change->time->seconds > 0);
    assert_int_equal(change->leaf_hash.len, 32);
    assert_int_equal(change->n_items, 1);
    const Provost__V1__ChangeItem *item = change->items[0];
    assert_string_equal(item->resource, "observations/foi/2020-21");
    assert_int_equal(item->outcome, PROVOST__V1__OUTCOME__OUTCOME_UPDATED);
    assert_int_equal(item->previous_revision, 2);
    assert_int_equal(item->n_fields, 2);
    assert_string_equal(item->fields[0]->field, "value");
    assert_string_equal(item->fields[0]->before, "5");
    assert_string_equal(item->fields[0]->after, "6");
}

static void a_deletion_keeps_what_was(void **state)
{
    struct register_fixture *f = *state;
    const Provost__V1__ChangeItem *item = list(f, "{\"fromSeq\":\"4\"}")->changes[0]->items[0];
    assert_int_equal(item->outcome, PROVOST__V1__OUTCOME__OUTCOME_DELETED);
    assert_string_equal(item->fields[0]->field, "title");
    assert_string_equal(item->fields[0]->before, "P");
    assert_string_equal(item->fields[0]->after, "");
}

static void fields_are_told_of_what_was_asked_for(void **state)
{
    struct register_fixture *f = *state;
    const Provost__V1__Change *change = list(f, "{\"resource\":\"indicators\"}")->changes[0];
    assert_int_equal(change->n_items, 2);
    assert_string_equal(change->items[0]->resource, "plans/p");
    assert_int_equal(change->items[0]->n_fields, 0);
    assert_int_not_equal(change->items[1]->n_fields, 0);
}

/* All pages of a listing, one change each. */
static const char *walk(struct register_fixture *f, const char *order)
{
    const char *text = "", *token = "";
    for (int page = 0; page < 10; page++) {
        Provost__V1__ListChangesResponse *response =
            list(f, arena_printf(&f->arena, "{\"pageSize\":1,%s\"pageToken\":\"%s\"}", order,
                                 token));
        if (response == NULL) fail_msg("%s", f->status.message);
        assert_int_equal(response->seq, 4);
        for (size_t i = 0; i < response->n_changes; i++)
            text =
                arena_printf(&f->arena, "%s%lld", text, (long long)response->changes[i]->seq);
        token = response->next_page_token;
        if (token[0] == '\0') return text;
    }
    return "no end";
}

static void pages_show_one_moment(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ListChangesResponse *first = list(f, "{\"pageSize\":3,\"oldestFirst\":true}");
    assert_int_equal(first->n_changes, 3);
    register_must_apply(f, "{\"create\":{\"name\":\"plans/q\",\"plan\":{\"title\":\"Q\"}}}");
    Provost__V1__ListChangesResponse *second = list(
        f, arena_printf(&f->arena, "{\"pageSize\":9,\"oldestFirst\":true,\"pageToken\":\"%s\"}",
                        first->next_page_token));
    assert_int_equal(second->n_changes, 1);
    assert_int_equal(second->changes[0]->seq, 4);
    assert_int_equal(second->seq, 4);
    assert_string_equal(second->next_page_token, "");
}

static void pages_cover_all(void **state)
{
    struct register_fixture *f = *state;
    assert_string_equal(walk(f, ""), "4321");
    assert_string_equal(walk(f, "\"oldestFirst\":true,"), "1234");
}

static void a_token_is_for_its_question_only(void **state)
{
    struct register_fixture *f = *state;
    const char *token = list(f, "{\"pageSize\":1}")->next_page_token;
    list(f, arena_printf(&f->arena, "{\"principal\":\"bob\",\"pageToken\":\"%s\"}", token));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PAGE_TOKEN_INVALID, "page_token",
                           "other conditions");
    list(f, "{\"pageToken\":\"nonsense\"}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_PAGE_TOKEN_INVALID, "page_token",
                           NULL);
}

static void bad_conditions_are_refused(void **state)
{
    struct register_fixture *f = *state;
    static const char *const rows[][3] = {
        {"{\"resource\":\"nonsense/x\"}", REASON_UNKNOWN_COLLECTION, "resource"},
        {"{\"field\":\"nonsense\"}", REASON_UNKNOWN_FIELD, "field"},
        {"{\"resource\":\"plans\",\"field\":\"verbatim\"}", REASON_UNKNOWN_FIELD, "field"},
        {"{\"fromSeq\":\"-1\"}", REASON_SEQ_INVALID, "from_seq"},
        {"{\"fromSeq\":\"3\",\"toSeq\":\"2\"}", REASON_SEQ_INVALID, "to_seq"},
        {"{\"since\":\"2021-04-02T00:00:00Z\",\"until\":\"2021-04-01T00:00:00Z\"}",
         REASON_TIME_INVALID, "until"},
        {"{\"pageSize\":-1}", REASON_PAGE_SIZE_INVALID, "page_size"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        list(f, rows[i][0]);
        register_assert_failed(f, GRPC_INVALID_ARGUMENT, rows[i][1], rows[i][2], NULL);
    }
}

static void one_change_comes_with_its_entry(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__GetChangeResponse *response = (Provost__V1__GetChangeResponse *)register_read(
        f, change_log_get_change, &provost__v1__get_change_request__descriptor,
        "{\"changeSeq\":\"1\"}");
    assert_non_null(response);
    assert_int_equal(response->seq, 4);
    assert_int_equal(response->change->n_items, 2);
    assert_int_not_equal(response->change->items[1]->n_fields, 0);
    assert_true(response->entry.len > 0);
    assert_true(response->items.len > 0);
    register_read(f, change_log_get_change, &provost__v1__get_change_request__descriptor,
                  "{\"changeSeq\":\"5\"}");
    register_assert_failed(f, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, "change_seq", NULL);
    register_read(f, change_log_get_change, &provost__v1__get_change_request__descriptor, "{}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SEQ_INVALID, "change_seq", NULL);
}

static void the_status_counts_what_there_is(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__GetStatusResponse *response = (Provost__V1__GetStatusResponse *)register_read(
        f, admin_get_status, &provost__v1__get_status_request__descriptor, "{}");
    assert_non_null(response);
    assert_int_equal(response->seq, 4);
    assert_int_equal(response->tree_size, 4);
    assert_int_equal(response->tree_root.len, 32);
    assert_string_equal(response->principal, "alice");
    assert_true(response->start_time->seconds > 0);
    assert_int_equal(response->n_collections, 15);
    assert_string_equal(response->collections[4]->collection, "indicators");
    assert_int_equal(response->collections[4]->size, 1);
    assert_int_equal(response->collections[2]->size, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(each_condition_selects),
        TEST(a_change_tells_who_what_before_and_after),
        TEST(a_deletion_keeps_what_was),
        TEST(fields_are_told_of_what_was_asked_for),
        TEST(pages_show_one_moment),
        TEST(pages_cover_all),
        TEST(a_token_is_for_its_question_only),
        TEST(bad_conditions_are_refused),
        TEST(one_change_comes_with_its_entry),
        TEST(the_status_counts_what_there_is),
    };
    return cmocka_run_group_tests_name("change_log", tests, NULL, NULL);
}
