/* What one step of a watch reads. */
#include "common/reasons.h"
#include "service/watch.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The step as a method that answers a page, so that the fixture can run it. */
static struct watch_place place;
static struct watch_step step;

static struct status run_step(struct handler_call *call, const ProtobufCMessage *request,
                              ProtobufCMessage **out_response)
{
    *out_response = NULL;
    return watch_read(call, (const Provost__V1__WatchChangesRequest *)request, &place, &step);
}

/* One step behind `place`, which moves on; the seqs as text, "2 3". NULL when refused. */
static const char *next_step(struct register_fixture *f, const char *json)
{
    const char *text = "";
    register_read(f, run_step, &provost__v1__watch_changes_request__descriptor, json);
    if (!status_is_ok(f->status)) return NULL;
    for (size_t i = 0; i < step.count; i++) {
        const Provost__V1__WatchChangesResponse *message =
            (const Provost__V1__WatchChangesResponse *)step.messages[i];
        assert_int_equal(message->seq, message->change->seq);
        text = arena_printf(&f->arena, "%s%s%lld", text, i == 0 ? "" : " ",
                            (long long)message->seq);
    }
    place = step.after;
    return text;
}

/* Changes: 1 indicators and plan by alice, 2 to 4 figures of a, b, a by bob for planning. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    struct register_fixture *f = *state;
    place = (struct watch_place){0};
    register_must_apply(
        f, "{\"create\":{\"name\":\"indicators/a\",\"indicator\":{\"title\":\"A\"}}},"
           "{\"create\":{\"name\":\"indicators/b\",\"indicator\":{\"title\":\"B\"}}},"
           "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\"}}}");
    f->caller.principal = "bob";
    f->caller.service = "planning";
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"a\",\"period\":\"2020-21\","
                            "\"value\":\"5\"}]}");
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"b\",\"period\":\"2020-21\","
                            "\"value\":\"6\"}]}");
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"a\",\"period\":\"2021-22\","
                            "\"value\":\"7\"}]}");
    return 0;
}

static void a_replay_ends_at_the_head(void **state)
{
    assert_string_equal(next_step(*state, "{\"fromSeq\":\"1\"}"), "1 2 3 4");
    assert_int_equal(place.next_seq, 5);
    assert_int_equal(place.head_seq, 4);
    assert_string_equal(next_step(*state, "{\"fromSeq\":\"1\"}"), "");
    assert_int_equal(place.next_seq, 5);
}

static void a_step_ends_where_it_is_told_to(void **state)
{
    struct register_fixture *f = *state;
    place.until_seq = 3;
    assert_string_equal(next_step(f, "{\"fromSeq\":\"2\"}"), "2 3");
    assert_int_equal(place.next_seq, 4);
    assert_int_equal(place.head_seq, 3);
    place.until_seq = 9; /* further than there is */
    assert_string_equal(next_step(f, "{\"fromSeq\":\"2\"}"), "4");
    assert_int_equal(place.next_seq, 5);
    assert_int_equal(place.head_seq, 4);
}

static void zero_begins_behind_the_head(void **state)
{
    struct register_fixture *f = *state;
    assert_string_equal(next_step(f, "{}"), "");
    assert_int_equal(place.next_seq, 5);
    register_must_apply(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    assert_string_equal(next_step(f, "{}"), "5");
}

static void each_filter_selects_and_the_place_passes_the_rest(void **state)
{
    struct register_fixture *f = *state;
    static const char *const requests[][2] = {
        {"{\"fromSeq\":\"1\",\"resource\":\"observations/a\"}", "2 4"},
        {"{\"fromSeq\":\"3\",\"resource\":\"observations\"}", "3 4"},
        {"{\"fromSeq\":\"1\",\"resource\":\"plans\"}", "1"},
        {"{\"fromSeq\":\"1\",\"principal\":\"bob\"}", "2 3 4"},
        {"{\"fromSeq\":\"1\",\"service\":\"planning\",\"resource\":\"observations/b\"}", "3"},
        {"{\"fromSeq\":\"1\",\"principal\":\"nobody\"}", ""},
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        place = (struct watch_place){0};
        assert_string_equal(next_step(f, requests[i][0]), requests[i][1]);
        assert_int_equal(place.next_seq, 5);
    }
}

static void a_step_is_bounded(void **state)
{
    struct register_fixture *f = *state;
    for (int i = 0; i < 70; i++)
        register_must_apply(
            f, arena_printf(&f->arena,
                            "{\"create\":{\"name\":\"notes/n%d\",\"note\":{\"subject\":"
                            "\"plans/p\",\"text\":\"x\"}}}",
                            i));
    next_step(f, "{\"fromSeq\":\"5\"}");
    assert_int_equal(step.count, WATCH_STEP_CHANGES);
    assert_int_equal(place.next_seq, 5 + WATCH_STEP_CHANGES);
    next_step(f, "{\"fromSeq\":\"5\"}");
    assert_int_equal(step.count, 70 - WATCH_STEP_CHANGES);
    assert_int_equal(place.next_seq, 75);
}

static void a_step_is_bounded_in_bytes_but_brings_one(void **state)
{
    struct register_fixture *f = *state;
    char *text = arena_alloc(&f->arena, 6001);
    memset(text, 'x', 6000);
    text[6000] = '\0';
    for (int i = 0; i < 3; i++) {
        const char *mutations = "";
        for (int k = 0; k < 25; k++)
            mutations = arena_printf(&f->arena,
                                     "%s%s{\"create\":{\"name\":\"notes/n%d-%d\",\"note\":{"
                                     "\"subject\":\"plans/p\",\"text\":\"%s\"}}}",
                                     mutations, k == 0 ? "" : ",", i, k, text);
        register_must_apply(f, mutations);
    }
    assert_string_equal(next_step(f, "{\"fromSeq\":\"5\"}"), "5 6");
    assert_int_equal(place.page_size, 2);
    assert_int_equal(place.next_seq, 7);
    assert_string_equal(next_step(f, "{\"fromSeq\":\"5\"}"), "7");
    assert_int_equal(place.page_size, 4);
    assert_int_equal(place.next_seq, 8);
}

static void the_first_step_checks_the_request(void **state)
{
    struct register_fixture *f = *state;
    assert_null(next_step(f, "{\"fromSeq\":\"6\"}"));
    register_assert_failed(f, GRPC_OUT_OF_RANGE, REASON_SEQ_INVALID, "from_seq", "5 at most");
    assert_null(next_step(f, "{\"fromSeq\":\"-1\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SEQ_INVALID, "from_seq", NULL);
    assert_null(next_step(f, "{\"resource\":\"nonsense\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_COLLECTION, "resource",
                           "nonsense");
    assert_null(next_step(f, "{\"progressSeconds\":3601}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_TIME_INVALID, "progress_seconds",
                           NULL);
    assert_string_equal(next_step(f, "{\"fromSeq\":\"5\"}"), "");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_replay_ends_at_the_head),
        TEST(a_step_ends_where_it_is_told_to),
        TEST(zero_begins_behind_the_head),
        TEST(each_filter_selects_and_the_place_passes_the_rest),
        TEST(a_step_is_bounded),
        TEST(a_step_is_bounded_in_bytes_but_brings_one),
        TEST(the_first_step_checks_the_request),
    };
    return cmocka_run_group_tests_name("watch_read", tests, NULL, NULL);
}
