/* The session alone, with a clock that the test moves: what wire_raw.py would have to wait for. */
#include "net/h2.h"
#include "net/h2_watch.h"
#include "rpc/auth.h"
#include "store/store.h"
#include "support/fake_access.h"

#include <grpc/health/v1/health.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIRST_MS = 1000, HEAD_BYTES = 9, OUTPUT_BYTES = 1 << 16 };

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void never_answer(struct call *call, const ProtobufCMessage *message)
{
    (void)call;
    (void)message;
}

static void answer(struct call *call, const ProtobufCMessage *message)
{
    Grpc__Health__V1__HealthCheckResponse response =
        GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__INIT;

    (void)message;
    response.status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    call_send(call, &response.base);
}

static const struct stream_ops silent_ops = {.on_message = never_answer};
static const struct stream_ops answer_ops = {.on_message = answer};

#define ROW(name, ops)                                                                         \
    {                                                                                          \
        .path = name, .input = &grpc__health__v1__health_check_request__descriptor,            \
        .output = &grpc__health__v1__health_check_response__descriptor, .kind = METHOD_LOCAL,  \
        .client_streams = true, .server_streams = true, .min_role = ROLE_VIEWER, .stream = ops \
    }
static const struct method methods[] = {ROW("/t.T/Silent", &silent_ops),
                                        ROW("/t.T/Answer", &answer_ops)};

static const struct h2_limits limits = {.ping_min_ms = 60000,
                                        .ping_min_idle_ms = 7200000,
                                        .body_grace_ms = 10000,
                                        .body_bytes_per_second = 1024,
                                        .output_stalled_ms = 300000};

struct fixture {
    uv_loop_t loop;
    struct store *store;
    struct auth *auth;
    struct dispatch *dispatch;
    struct auth_peer peer;
    struct h2 h2;
    uint64_t now_ms;
    uint8_t output[OUTPUT_BYTES];
    size_t output_bytes;
};

static void on_output(void *owner)
{
    (void)owner;
}

static const struct h2_owner_ops owner_ops = {.on_output = on_output,
                                              .on_calls_gone = on_output};

/* --- steps --- */

static void give(struct fixture *fixture, const void *bytes, size_t size)
{
    h2_receive(&fixture->h2, bytes, size, fixture->now_ms);
}

static void give_frame(struct fixture *fixture, uint8_t type, uint8_t flags, uint8_t stream,
                       const void *payload, uint8_t size)
{
    uint8_t frame[HEAD_BYTES + UINT8_MAX] = {0, 0, size, type, flags, 0, 0, 0, stream};

    if (size > 0) memcpy(frame + HEAD_BYTES, payload, size);
    give(fixture, frame, HEAD_BYTES + (size_t)size);
}

static size_t add_field(uint8_t *block, const char *name, const char *value)
{
    size_t name_size = strlen(name), value_size = strlen(value);

    block[0] = 0;
    block[1] = (uint8_t)name_size;
    memcpy(block + 2, name, name_size);
    block[2 + name_size] = (uint8_t)value_size;
    memcpy(block + 3 + name_size, value, value_size);
    return 3 + name_size + value_size;
}

static void begin_call(struct fixture *fixture, uint8_t stream, const char *path)
{
    uint8_t block[UINT8_MAX];
    size_t size = add_field(block, ":method", "POST");

    size += add_field(block + size, ":scheme", "http");
    size += add_field(block + size, ":path", path);
    size += add_field(block + size, ":authority", "x");
    size += add_field(block + size, "content-type", "application/grpc");
    give_frame(fixture, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, stream, block,
               (uint8_t)size);
}

static void give_message(struct fixture *fixture, uint8_t stream)
{
    give_frame(fixture, NGHTTP2_DATA, 0, stream, "\0\0\0\0\0", 5);
}

/* Takes all there is; the last frame of a type, or NULL. */
static const uint8_t *take(struct fixture *fixture, uint8_t type)
{
    const uint8_t *found = NULL;
    ssize_t size = h2_take_output(&fixture->h2, fixture->output, OUTPUT_BYTES);

    assert_in_range(size, 0, OUTPUT_BYTES);
    fixture->output_bytes = (size_t)size;
    for (size_t at = 0; at < (size_t)size;) {
        const uint8_t *frame = fixture->output + at;

        if (frame[3] == type) found = frame;
        at += HEAD_BYTES + ((size_t)frame[0] << 16 | (size_t)frame[1] << 8 | frame[2]);
    }
    return found;
}

static uint32_t error_code_of(const uint8_t *goaway)
{
    return goaway[16];
}

static void assert_sent_away(struct fixture *fixture, const char *why)
{
    const uint8_t *goaway;

    assert_true(h2_is_ending(&fixture->h2));
    goaway = take(fixture, NGHTTP2_GOAWAY);
    assert_non_null(goaway);
    assert_int_equal(error_code_of(goaway), NGHTTP2_ENHANCE_YOUR_CALM);
    assert_int_equal(goaway[2], 8 + strlen(why));
    assert_memory_equal(goaway + 17, why, strlen(why));
    assert_true(h2_is_over(&fixture->h2));
}

static void wait_ms(struct fixture *fixture, uint64_t ms)
{
    for (uint64_t end = fixture->now_ms + ms; fixture->now_ms < end; fixture->now_ms += 1000)
        h2_watch_streams(&fixture->h2, fixture->now_ms);
    h2_watch_streams(&fixture->h2, fixture->now_ms);
}

/* --- fixture --- */

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct dispatch_options dispatch = {
        .loop = &fixture->loop, .methods = methods, .method_count = 2};
    struct store_options store = {.loop = &fixture->loop, .write_queue_max = 2};
    struct h2_setup h2 = {.ops = &owner_ops,
                          .owner = fixture,
                          .peer = &fixture->peer,
                          .limits = &limits,
                          .now_ms = FIRST_MS};

    uv_loop_init(&fixture->loop);
    assert_true(status_is_ok(store_open(&store, NULL, &fixture->store)));
    dispatch.store = fixture->store;
    dispatch.auth = fixture->auth = fake_auth_new(fixture->store);
    h2.dispatch = fixture->dispatch = dispatch_new(&dispatch);
    fixture->peer =
        (struct auth_peer){.principal = "ann", .auth_method = "loopback", .is_operator = true};
    fixture->now_ms = FIRST_MS;
    assert_int_equal(h2_open(&fixture->h2, &h2), 0);
    *state = fixture;
    return 0;
}

static int setup_with_preface(void **state)
{
    setup(state);
    give(*state, preface, sizeof preface - 1);
    give_frame(*state, NGHTTP2_SETTINGS, 0, 0, NULL, 0);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    h2_close(&fixture->h2);
    assert_int_equal(fixture->h2.open_calls, 0);
    assert_int_equal(quota_get_buffered_bytes(dispatch_get_quota(fixture->dispatch)), 0);
    dispatch_close(fixture->dispatch);
    store_close(fixture->store);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    dispatch_free(fixture->dispatch);
    auth_free(fixture->auth);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

/* --- facts --- */

static void what_is_not_http2_is_told_so_and_is_over(void **state)
{
    struct fixture *fixture = *state;
    static const char http1[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    give(fixture, http1, sizeof http1 - 1);
    assert_true(h2_is_ending(&fixture->h2));
    assert_false(h2_is_over(&fixture->h2));
    assert_int_equal(error_code_of(take(fixture, NGHTTP2_GOAWAY)), NGHTTP2_PROTOCOL_ERROR);
    assert_true(h2_is_over(&fixture->h2));
    give(fixture, http1, sizeof http1 - 1); /* harmless */
    h2_shutdown(&fixture->h2, "stopping");
    assert_int_equal(h2_take_output(&fixture->h2, fixture->output, OUTPUT_BYTES), 0);
}

static void two_early_pings_are_borne_and_a_third_is_not(void **state)
{
    struct fixture *fixture = *state;

    begin_call(fixture, 1, "/t.T/Silent");
    for (unsigned i = 0; i < 3; i++) {
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
        assert_non_null(take(fixture, NGHTTP2_PING));
        fixture->now_ms += 59000;
    }
    assert_false(h2_is_ending(&fixture->h2));
    give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
    assert_sent_away(fixture, "too_many_pings");
}

static void pings_in_their_time_are_borne_for_ever(void **state)
{
    struct fixture *fixture = *state;

    begin_call(fixture, 1, "/t.T/Silent");
    for (unsigned i = 0; i < 100; i++) {
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
        assert_non_null(take(fixture, NGHTTP2_PING));
        fixture->now_ms += 60000;
    }
    assert_false(h2_is_ending(&fixture->h2));
}

static void an_answer_forgives_early_pings(void **state)
{
    struct fixture *fixture = *state;

    begin_call(fixture, 1, "/t.T/Silent");
    for (uint8_t stream = 3; stream < 43; stream += 2) {
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
        begin_call(fixture, stream, "/t.T/Answer");
        give_message(fixture, stream);
        assert_non_null(take(fixture, NGHTTP2_DATA));
        give_frame(fixture, NGHTTP2_RST_STREAM, 0, stream, "\0\0\0\10", 4);
        fixture->now_ms += 1000;
    }
    assert_false(h2_is_ending(&fixture->h2));
}

static void without_calls_pings_must_be_rare(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned i = 0; i < 4; i++) {
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
        fixture->now_ms += 3600 * 1000;
    }
    assert_sent_away(fixture, "too_many_pings");
}

static void a_message_that_trickles_ends_its_call(void **state)
{
    struct fixture *fixture = *state;

    begin_call(fixture, 1, "/t.T/Silent");
    begin_call(fixture, 3, "/t.T/Silent");
    give_frame(fixture, NGHTTP2_DATA, 0, 1, "\0\0\1\0\0xxxx", 9); /* of 64 KiB */
    wait_ms(fixture, 9000);
    assert_int_equal(fixture->h2.open_calls, 2);
    take(fixture, NGHTTP2_HEADERS);
    wait_ms(fixture, 2000);
    assert_non_null(take(fixture, NGHTTP2_HEADERS)); /* the trailers of 1 */
    assert_int_equal(fixture->h2.open_calls, 1);     /* 3 waits between messages: its right */
}

static void an_answer_nobody_takes_resets_its_stream(void **state)
{
    struct fixture *fixture = *state;
    const uint8_t *reset;

    give_frame(fixture, NGHTTP2_SETTINGS, 0, 0, "\0\4\0\0\0\0", 6); /* INITIAL_WINDOW_SIZE 0 */
    begin_call(fixture, 1, "/t.T/Answer");
    give_message(fixture, 1);
    assert_null(take(fixture, NGHTTP2_DATA));
    wait_ms(fixture, 299000);
    assert_null(take(fixture, NGHTTP2_RST_STREAM));
    wait_ms(fixture, 3000);
    reset = take(fixture, NGHTTP2_RST_STREAM);
    assert_non_null(reset);
    assert_int_equal(reset[12], NGHTTP2_CANCEL);
    assert_int_equal(fixture->h2.open_calls, 0);
}

static void when_memory_is_short_it_is_taken_back_sooner(void **state)
{
    struct fixture *fixture = *state;
    struct quota_limits short_limits = {.buffered_max_bytes = 10};

    quota_set_limits(dispatch_get_quota(fixture->dispatch), &short_limits);
    give_frame(fixture, NGHTTP2_SETTINGS, 0, 0, "\0\4\0\0\0\0", 6);
    begin_call(fixture, 1, "/t.T/Answer");
    give_message(fixture, 1); /* its answer has 7 bytes */
    wait_ms(fixture, 4000);
    assert_non_null(take(fixture, NGHTTP2_RST_STREAM));
}

static void streams_after_the_last_goaway_wear_out_patience(void **state)
{
    struct fixture *fixture = *state;

    begin_call(fixture, 1, "/t.T/Silent");
    h2_announce_shutdown(&fixture->h2);
    h2_shutdown(&fixture->h2, "stopping");
    take(fixture, NGHTTP2_GOAWAY);
    for (unsigned i = 0; i < 2000 && !h2_is_ending(&fixture->h2); i++) {
        uint8_t head[HEAD_BYTES] = {0,
                                    0,
                                    1,
                                    NGHTTP2_HEADERS,
                                    5,
                                    0,
                                    0,
                                    (uint8_t)((2 * i + 3) >> 8),
                                    (uint8_t)(2 * i + 3)};

        give(fixture, head, sizeof head);
        give(fixture, "\x82", 1);
    }
    assert_sent_away(fixture, "rapid_reset");
}

static void a_peer_that_is_sent_away_gets_no_more_work_done(void **state)
{
    struct fixture *fixture = *state;
    uint64_t calls;

    for (unsigned i = 0; i < 4; i++)
        give_frame(fixture, NGHTTP2_PING, 0, 0, "12345678", 8);
    calls = dispatch_get_stats(fixture->dispatch)->calls;
    begin_call(fixture, 1, "/t.T/Answer");
    assert_int_equal(dispatch_get_stats(fixture->dispatch)->calls, calls);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_with_preface, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_not_http2_is_told_so_and_is_over, setup,
                                        teardown),
        TEST(two_early_pings_are_borne_and_a_third_is_not),
        TEST(pings_in_their_time_are_borne_for_ever),
        TEST(an_answer_forgives_early_pings),
        TEST(without_calls_pings_must_be_rare),
        TEST(a_message_that_trickles_ends_its_call),
        TEST(an_answer_nobody_takes_resets_its_stream),
        TEST(when_memory_is_short_it_is_taken_back_sooner),
        TEST(streams_after_the_last_goaway_wear_out_patience),
        TEST(a_peer_that_is_sent_away_gets_no_more_work_done),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
