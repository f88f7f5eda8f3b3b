/* ListResources. */
#include "common/reasons.h"
#include "service/catalog.h"
#include "service/filter.h"
#include "service/read_fixture.h"
#include "service/register.h"

#include "provost/v1/register.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct read_row rows[] = {
    {"plans/a", "{\"title\":\"A\"}"},
    {"plans/b", "{\"title\":\"B\"}"},
    {"indicators/hb9", "{\"title\":\"nine\",\"code\":\"HB 9\"}"},
    {"indicators/hb10", "{\"title\":\"ten\",\"code\":\"HB 10\"}"},
    {"indicators/foi", "{\"title\":\"FOI\",\"code\":\"EP 1\",\"polarity\":\"MAX\"}"},
    {"indicators/foi-cex", "{\"title\":\"FOI CEX\",\"code\":\"EP 21a\",\"polarity\":\"MAX\"}"},
    {"observations/foi/2019-20",
     "{\"indicator\":\"indicators/foi\",\"period\":\"2019-20\",\"state\":1,\"value\":\"9\"}"},
    {"observations/foi/2020-21",
     "{\"indicator\":\"indicators/"
     "foi\",\"period\":\"2020-21\",\"state\":1,\"value\":\"10.5\"}"},
    {"observations/foi/2020-21/area=lochee",
     "{\"indicator\":\"indicators/foi\",\"period\":\"2020-21\",\"breakdown\":\"area=lochee\","
     "\"state\":1,\"value\":\"8\"}"},
    {"observations/foi-cex/2020-21",
     "{\"indicator\":\"indicators/foi-cex\",\"period\":\"2020-21\",\"state\":\"DASH\"}"},
    {"objectives/x", "{\"title\":\"X\",\"plan\":\"plans/a\",\"position\":2}"},
    {"objectives/y", "{\"title\":\"Y\",\"plan\":\"plans/b\",\"position\":1}"},
    {"objectives/z", "{\"title\":\"Z\",\"plan\":\"plans/a\",\"position\":1}"},
    {"links/measures/indicators/foi/objectives/x",
     "{\"from\":\"indicators/foi\",\"to\":\"objectives/x\",\"kind\":\"MEASURES\"}"},
    {"links/measures/indicators/foi/objectives/z",
     "{\"from\":\"indicators/foi\",\"to\":\"objectives/z\",\"kind\":\"MEASURES\"}"},
    {"links/measures/indicators/hb9/objectives/x",
     "{\"from\":\"indicators/hb9\",\"to\":\"objectives/x\",\"kind\":\"MEASURES\"}"},
    {"actions/one", "{\"title\":\"one\",\"plan\":\"plans/a\"}"},
    {"actions/two", "{\"title\":\"two\",\"plan\":\"plans/b\"}"},
    {"notes/n1", "{\"subject\":\"plans/a\",\"text\":\"n\"}"},
    {"notes/n2", "{\"subject\":\"plans/b\",\"text\":\"n\"}"},
};

static int setup(void **state)
{
    if (read_fixture_setup(state) != 0) return -1;
    read_fixture_put_all(*state, rows, sizeof rows / sizeof *rows);
    return 0;
}

static Provost__V1__ListResourcesRequest ask(const char *collection, const char *filter,
                                             const char *order_by)
{
    Provost__V1__ListResourcesRequest request = PROVOST__V1__LIST_RESOURCES_REQUEST__INIT;
    request.collection = (char *)collection;
    request.filter = (char *)filter;
    request.order_by = (char *)order_by;
    return request;
}

static struct status try_list(struct read_fixture *fixture,
                              const Provost__V1__ListResourcesRequest *request,
                              Provost__V1__ListResourcesResponse **out)
{
    ProtobufCMessage *response = NULL;
    struct status st =
        read_fixture_call(fixture, register_list_resources, &request->base, &response);
    *out = (void *)response;
    return st;
}

static Provost__V1__ListResourcesResponse *
list(struct read_fixture *fixture, const Provost__V1__ListResourcesRequest *request)
{
    Provost__V1__ListResourcesResponse *out;
    struct status st = try_list(fixture, request, &out);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return out;
}

/* Ids of a page: "a b"; behind it "+" when another follows. */
static const char *ids(struct read_fixture *fixture, Provost__V1__ListResourcesResponse *page)
{
    const char *text = "";
    for (size_t i = 0; i < page->n_resources; i++)
        text = arena_printf(&fixture->arena, "%s%s%s", text, i > 0 ? " " : "",
                            strchr(page->resources[i]->name, '/') + 1);
    return arena_printf(&fixture->arena, "%s%s", text, *page->next_page_token ? " +" : "");
}

static const char *listed(struct read_fixture *fixture, const char *collection,
                          const char *filter, const char *order_by)
{
    Provost__V1__ListResourcesRequest request = ask(collection, filter, order_by);
    return ids(fixture, list(fixture, &request));
}

static struct status refused(struct read_fixture *fixture,
                             const Provost__V1__ListResourcesRequest *request,
                             enum grpc_code code, const char *field)
{
    Provost__V1__ListResourcesResponse *out;
    struct status st = try_list(fixture, request, &out);
    assert_int_equal(st.code, code);
    assert_string_equal(st.field, field);
    return st;
}

static void test_a_collection_by_name(void **state)
{
    assert_string_equal(listed(*state, "indicators", "", ""), "foi foi-cex hb10 hb9");
    assert_string_equal(listed(*state, "posts", "", ""), "");
    assert_string_equal(listed(*state, "posts", "", "title"), "");
}

static void test_the_beginning_of_names(void **state)
{
    assert_string_equal(listed(*state, "observations/foi", "", ""),
                        "foi/2019-20 foi/2020-21 foi/2020-21/area=lochee");
    assert_string_equal(listed(*state, "observations/foi/2020-21", "", ""),
                        "foi/2020-21 foi/2020-21/area=lochee");
    assert_string_equal(listed(*state, "indicators/foi", "", ""), "foi");
}

static void test_filtered(void **state)
{
    assert_string_equal(listed(*state, "indicators", "polarity = MAX", ""), "foi foi-cex");
    assert_string_equal(listed(*state, "observations", "value > 8.5", ""),
                        "foi/2019-20 foi/2020-21");
    assert_string_equal(listed(*state, "observations", "state = DASH", ""), "foi-cex/2020-21");
}

static void test_ordered(void **state)
{
    assert_string_equal(listed(*state, "indicators", "", "code"), "foi foi-cex hb9 hb10");
    assert_string_equal(listed(*state, "indicators", "", "code desc"), "hb10 hb9 foi-cex foi");
    assert_string_equal(listed(*state, "observations", "", "value, name desc"),
                        "foi-cex/2020-21 foi/2020-21/area=lochee foi/2019-20 foi/2020-21");
    assert_string_equal(listed(*state, "objectives", "plan = plans/a", "position"), "z x");
}

/* All pages of a listing, one after the other. */
static const char *paged(struct read_fixture *fixture, const char *order_by, int32_t page_size)
{
    Provost__V1__ListResourcesRequest request = ask("indicators", "", order_by);
    const char *text = "";
    request.page_size = page_size;
    do {
        Provost__V1__ListResourcesResponse *page = list(fixture, &request);
        text = arena_printf(&fixture->arena, "%s[%s]", text, ids(fixture, page));
        request.page_token = page->next_page_token;
    } while (*request.page_token != '\0');
    return text;
}

static void test_pages(void **state)
{
    assert_string_equal(paged(*state, "", 3), "[foi foi-cex hb10 +][hb9]");
    assert_string_equal(paged(*state, "", 2), "[foi foi-cex +][hb10 hb9]");
    assert_string_equal(paged(*state, "", 1), "[foi +][foi-cex +][hb10 +][hb9]");
    assert_string_equal(paged(*state, "", 4), "[foi foi-cex hb10 hb9]");
    assert_string_equal(paged(*state, "code", 3), "[foi foi-cex hb9 +][hb10]");
    assert_string_equal(paged(*state, "code desc", 2), "[hb10 hb9 +][foi-cex foi]");
}

/* The second page comes after changes and shows the moment of the first. */
static void check_pinned(struct read_fixture *fixture, const char *order_by, const char *wanted)
{
    Provost__V1__ListResourcesRequest request = ask("indicators", "", order_by);
    request.page_size = 2;
    Provost__V1__ListResourcesResponse *page = list(fixture, &request);
    int64_t seq = page->seq;
    read_fixture_put(fixture, "indicators/zz", "{\"title\":\"z\",\"code\":\"A\"}");
    read_fixture_put(fixture, "indicators/hb9", "{\"title\":\"changed\",\"code\":\"A 1\"}");
    read_fixture_delete(fixture, "indicators/foi");
    request.page_token = page->next_page_token;
    page = list(fixture, &request);
    assert_string_equal(ids(fixture, page), wanted);
    assert_int_equal(page->seq, seq);
    for (size_t i = 0; i < page->n_resources; i++)
        assert_string_not_equal(page->resources[i]->indicator->title, "changed");
}

static void test_all_pages_show_one_moment(void **state)
{
    check_pinned(*state, "", "hb10 hb9");
}

static void test_all_pages_show_one_moment_in_order(void **state)
{
    check_pinned(*state, "code", "hb9 hb10");
}

static void test_as_of(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__ListResourcesRequest request = ask("indicators", "", "");
    read_fixture_delete(fixture, "indicators/foi");
    assert_string_equal(listed(fixture, "indicators", "", ""), "foi-cex hb10 hb9");
    request.as_of_seq = 1;
    assert_string_equal(ids(fixture, list(fixture, &request)), "foi foi-cex hb10 hb9");
    request.order_by = (char *)"code desc";
    assert_string_equal(ids(fixture, list(fixture, &request)), "hb10 hb9 foi-cex foi");
    request.as_of_seq = 3;
    (void)refused(fixture, &request, GRPC_OUT_OF_RANGE, "as_of_seq");
}

static void test_before_the_first_change_nothing_is_listed(void **state)
{
    struct read_fixture *fixture = *state;
    Google__Protobuf__Timestamp time = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
    Provost__V1__ListResourcesRequest request = ask("indicators", "", "");
    request.as_of_time = &time;
    Provost__V1__ListResourcesResponse *page = list(fixture, &request);
    assert_string_equal(ids(fixture, page), "");
    assert_int_equal(page->seq, 0);
}

static void test_a_token_belongs_to_its_question(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__ListResourcesRequest request = ask("indicators", "", "");
    request.page_size = 1;
    char *token = list(fixture, &request)->next_page_token;
    request.page_token = token;
    request.page_size = 2; /* the size may change */
    assert_string_equal(ids(fixture, list(fixture, &request)), "foi-cex hb10 +");
    Provost__V1__ListResourcesRequest others[] = {
        ask("plans", "", ""), ask("indicators", "title : x", ""), ask("indicators", "", "code"),
        ask("indicators", "", "")};
    others[3].as_of_seq = 1;
    for (size_t i = 0; i < 4; i++) {
        others[i].page_token = token;
        struct status st = refused(fixture, &others[i], GRPC_INVALID_ARGUMENT, "page_token");
        assert_string_equal(st.reason, REASON_PAGE_TOKEN_INVALID);
    }
    request.page_token = (char *)"abc";
    (void)refused(fixture, &request, GRPC_INVALID_ARGUMENT, "page_token");
}

static void test_bad_requests(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__ListResourcesRequest request = ask("indicators", "", "");
    request.page_size = -1;
    (void)refused(fixture, &request, GRPC_INVALID_ARGUMENT, "page_size");
    static const char *const collections[] = {
        "", "departments", "indicators/", "/", "indicators//x", "Indicators", "plans/Q"};
    for (size_t i = 0; i < sizeof collections / sizeof *collections; i++) {
        request = ask(collections[i], "", "");
        (void)refused(fixture, &request, GRPC_INVALID_ARGUMENT, "collection");
    }
    request = ask("indicators", "colour = red", "");
    (void)refused(fixture, &request, GRPC_INVALID_ARGUMENT, "filter");
    request = ask("indicators", "", "colour");
    (void)refused(fixture, &request, GRPC_INVALID_ARGUMENT, "order_by");
}

/* ---- sizes ---- */

static void put_long_notes(struct read_fixture *fixture, size_t count, size_t bytes)
{
    struct read_row notes[64];
    char *text = arena_alloc(&fixture->arena, bytes + 1);
    memset(text, 'x', bytes);
    text[bytes] = '\0';
    for (size_t i = 0; i < count; i++) {
        notes[i].name = arena_printf(&fixture->arena, "notes/long%02zu", i);
        notes[i].json = arena_printf(&fixture->arena, "{\"text\":\"%s\"}", text);
    }
    read_fixture_put_all(fixture, notes, count);
}

/* Counts the notes on all pages; no page is much over the limit. */
static size_t count_pages(struct read_fixture *fixture, const char *order_by, size_t *out_pages)
{
    Provost__V1__ListResourcesRequest request = ask("notes", "name : long", order_by);
    size_t count = 0;
    *out_pages = 0;
    do {
        Provost__V1__ListResourcesResponse *page = list(fixture, &request);
        assert_true(protobuf_c_message_get_packed_size(&page->base) < (1 << 20) + 70000);
        count += page->n_resources;
        ++*out_pages;
        request.page_token = page->next_page_token;
    } while (*request.page_token != '\0');
    return count;
}

static void test_pages_close_at_one_mebibyte(void **state)
{
    size_t pages;
    put_long_notes(*state, 40, 60000);
    assert_int_equal(count_pages(*state, "", &pages), 40);
    assert_int_equal(pages, 3);
    assert_int_equal(count_pages(*state, "name desc", &pages), 40);
    assert_int_equal(pages, 3);
}

/* `count` posts from the one numbered `first`, in changes of 5,000. */
static void put_posts(struct read_fixture *fixture, size_t first, size_t count)
{
    enum { CHUNK = 5000 };
    static struct read_row chunk[CHUNK];
    static char names[CHUNK][20];
    for (size_t done = 0; done < count;) {
        size_t size = 0;
        for (; size < CHUNK && done < count; size++, done++) {
            snprintf(names[size], sizeof names[size], "posts/p%06zu", first + done);
            chunk[size] = (struct read_row){names[size], "{\"title\":\"p\"}"};
        }
        read_fixture_put_all(fixture, chunk, size);
    }
}

static void test_the_work_for_a_page_is_bounded(void **state)
{
    struct read_fixture *fixture = *state;
    Provost__V1__ListResourcesRequest request = ask("posts", "title = last", "");
    put_posts(fixture, 0, 50010);
    read_fixture_put(fixture, "posts/q", "{\"title\":\"last\"}");
    Provost__V1__ListResourcesResponse *page = list(fixture, &request);
    assert_string_equal(ids(fixture, page), " +");
    request.page_token = page->next_page_token;
    assert_string_equal(ids(fixture, list(fixture, &request)), "q");
    request = ask("posts", "", "title desc");
    request.page_size = 5000;
    assert_int_equal(list(fixture, &request)->n_resources, 1000);
    request.page_size = 0;
    assert_int_equal(list(fixture, &request)->n_resources, 100);
    put_posts(fixture, 50010, 50000);
    struct status st = refused(fixture, &request, GRPC_RESOURCE_EXHAUSTED, "order_by");
    assert_non_null(strstr(st.message, "narrow the filter"));
    request.filter = (char *)"title = last";
    assert_string_equal(ids(fixture, list(fixture, &request)), "q");
}

/* ---- with and without the index ---- */

struct comparison {
    const struct filter *filter;
    struct scan scan;
    size_t shown;
    const char *text;
    struct arena *arena;
};

static enum scan_verdict note_match(void *data, const struct version *version)
{
    struct comparison *comparison = data;
    comparison->shown++;
    if (filter_matches(comparison->filter, version))
        comparison->text =
            arena_printf(comparison->arena, "%s %s", comparison->text, version->id);
    return SCAN_KEEP;
}

static void run_scan(struct txn *txn, struct arena *arena, void *data)
{
    struct comparison *comparison = data;
    comparison->arena = arena;
    comparison->text = "";
    comparison->shown = 0;
    struct status st = txn_scan(txn, &comparison->scan, arena, note_match, comparison);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
}

static void check_narrowed(struct read_fixture *fixture, const char *collection,
                           const char *text, size_t wanted)
{
    struct comparison wide = {.scan.kind = &catalog_find(collection)->kind};
    struct status st = filter_compile(&fixture->arena, wide.scan.kind, text, &wide.filter);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    struct comparison narrow = wide;
    filter_narrow(narrow.filter, &narrow.scan);
    read_fixture_read(fixture, run_scan, &wide);
    read_fixture_read(fixture, run_scan, &narrow);
    assert_string_equal(wide.text, narrow.text);
    assert_true(narrow.shown < wide.shown);
    assert_int_equal(narrow.shown, wanted);
}

static void test_narrowing_changes_no_result(void **state)
{
    check_narrowed(*state, "links", "to = objectives/x", 2);
    check_narrowed(*state, "links", "from = indicators/foi AND to = objectives/x", 2);
    check_narrowed(*state, "objectives", "plan = plans/a AND position < 2", 2);
    check_narrowed(*state, "actions", "(plan = plans/b)", 1);
    check_narrowed(*state, "notes", "subject = plans/b text = n", 1);
    check_narrowed(*state, "observations", "indicator = indicators/foi AND value > 8", 3);
    check_narrowed(*state, "observations", "name = observations/foi/2020-21", 2);
    check_narrowed(*state, "links", "to = objectives/nothing", 0);
}

static void test_a_prefix_and_a_filter_go_together(void **state)
{
    assert_string_equal(
        listed(*state, "observations/foi-cex", "indicator = indicators/foi", ""), "");
    assert_string_equal(listed(*state, "observations/foi", "indicator = indicators/foi", ""),
                        "foi/2019-20 foi/2020-21 foi/2020-21/area=lochee");
    assert_string_equal(
        listed(*state, "links/measures/indicators/foi", "to = objectives/x", ""),
        "measures/indicators/foi/objectives/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_collection_by_name, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_the_beginning_of_names, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_filtered, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_ordered, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_pages, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_all_pages_show_one_moment, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_all_pages_show_one_moment_in_order, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_as_of, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_before_the_first_change_nothing_is_listed, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_token_belongs_to_its_question, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_bad_requests, setup, read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_pages_close_at_one_mebibyte, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_the_work_for_a_page_is_bounded, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_narrowing_changes_no_result, setup,
                                        read_fixture_teardown),
        cmocka_unit_test_setup_teardown(test_a_prefix_and_a_filter_go_together, setup,
                                        read_fixture_teardown),
    };
    return cmocka_run_group_tests_name("list", tests, NULL, NULL);
}
