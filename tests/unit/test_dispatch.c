#include "rpc/dispatch.h"

#include "common/gzip.h"
#include "common/reasons.h"
#include "rpc/auth.h"

#include "support/fake_access.h"

#include <grpc/health/v1/health.pb-c.h>
#include <provost/v1/admin.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef Grpc__Health__V1__HealthCheckRequest echo_request;
typedef Grpc__Health__V1__HealthCheckResponse echo_response;

/* --- methods: HealthCheckRequest.service says what to do --- */

static _Atomic unsigned begun; /* handlers on the store thread */

static struct status echo(struct handler_call *call, const ProtobufCMessage *message,
                          ProtobufCMessage **out_response)
{
    const echo_request *request = (const echo_request *)message;
    echo_response *response = arena_alloc(call->arena, sizeof *response);

    begun++;
    if (strcmp(request->service, "sleep") == 0)
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    if (strcmp(request->service, "fail") == 0)
        return status_error(call->arena, GRPC_ABORTED, "R", NULL, "asked to fail");
    if (strcmp(request->service, "forget") == 0) return status_ok();
    grpc__health__v1__health_check_response__init(response);
    response->status = GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    *out_response = &response->base;
    return status_ok();
}

static unsigned delivered;
static unsigned half_closed;
static unsigned ended;
static bool take_at_once;

static void stream_on_message(struct call *call, const ProtobufCMessage *message)
{
    (void)message;
    delivered++;
    if (take_at_once) call_take_next(call);
}

static void stream_on_half_close(struct call *call)
{
    half_closed++;
    call_finish(call, status_ok());
}

static void stream_on_ended(struct call *call)
{
    (void)call;
    ended++;
}

static const struct stream_ops stream_ops = {
    .on_message = stream_on_message,
    .on_half_close = stream_on_half_close,
    .on_ended = stream_on_ended,
};

#define TYPES                                                                                  \
    .input = &grpc__health__v1__health_check_request__descriptor,                              \
    .output = &grpc__health__v1__health_check_response__descriptor
static const struct method methods[] = {
    {.path = "/t.T/Read", TYPES, .kind = METHOD_READ, .min_role = ROLE_VIEWER, .handler = echo},
    {.path = "/t.T/Later", TYPES, .kind = METHOD_READ, .min_role = ROLE_VIEWER},
    {.path = "/t.T/Stream",
     TYPES,
     .kind = METHOD_LOCAL,
     .client_streams = true,
     .server_streams = true,
     .min_role = ROLE_VIEWER,
     .stream = &stream_ops},
};

/* --- a transport that only takes notes --- */

struct fixture {
    struct call *call;
    uv_loop_t loop;
    uv_prepare_t keep_alive; /* the store and the timers alone do not */
    struct store *store;
    struct dispatch *dispatch;
    struct auth_peer peer;
    struct auth *auth;
    size_t consumed_bytes;
    unsigned outputs;
    unsigned aborts;
    unsigned bombs;
    unsigned released;
};

static struct fixture *current;

static void on_output(struct call *call)
{
    (void)call;
    current->outputs++;
}

static void on_consumed(struct call *call, size_t bytes)
{
    (void)call;
    current->consumed_bytes += bytes;
}

static void on_abort(struct call *call)
{
    (void)call;
    current->aborts++;
}

static void on_abuse(struct call *call, enum call_abuse abuse)
{
    (void)call;
    current->bombs += abuse == CALL_ABUSE_GZIP_BOMB;
}

static void on_released(struct call *call)
{
    current->released++;
    free(call);
}

static const struct call_transport_ops transport = {
    .on_output = on_output,
    .on_consumed = on_consumed,
    .on_abort = on_abort,
    .on_abuse = on_abuse,
    .on_released = on_released,
};

static void on_prepare(uv_prepare_t *prepare)
{
    (void)prepare;
}

enum { MESSAGE_MAX_BYTES = 1000, HEAVY_MAX_BYTES = 300000 };

static int setup_for(void **state, uint32_t message_max_bytes)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct store_options store = {.loop = &fixture->loop, .write_queue_max = 1};
    struct dispatch_options dispatch = {.loop = &fixture->loop,
                                        .methods = methods,
                                        .method_count = sizeof methods / sizeof methods[0],
                                        .message_max_bytes = message_max_bytes};

    uv_loop_init(&fixture->loop);
    uv_prepare_init(&fixture->loop, &fixture->keep_alive);
    uv_prepare_start(&fixture->keep_alive, on_prepare);
    assert_true(status_is_ok(store_open(&store, NULL, &fixture->store)));
    dispatch.store = fixture->store;
    fixture->auth = fake_auth_new(dispatch.store);
    dispatch.auth = fixture->auth;
    fixture->dispatch = dispatch_new(&dispatch);
    fixture->peer =
        (struct auth_peer){.principal = "ann", .auth_method = "unix-peer", .is_operator = true};
    delivered = half_closed = ended = 0;
    begun = 0;
    take_at_once = true;
    current = *state = fixture;
    return 0;
}

static int setup(void **state)
{
    return setup_for(state, MESSAGE_MAX_BYTES);
}

static int setup_heavy(void **state)
{
    return setup_for(state, HEAVY_MAX_BYTES);
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;

    uv_close((uv_handle_t *)&fixture->keep_alive, NULL);
    store_close(fixture->store);
    assert_int_equal(quota_get_buffered_bytes(dispatch_get_quota(fixture->dispatch)), 0);
    dispatch_close(fixture->dispatch);
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    dispatch_free(fixture->dispatch);
    auth_free(fixture->auth);
    assert_int_equal(uv_loop_close(&fixture->loop), 0);
    free(fixture);
    return 0;
}

/* --- steps --- */

static void add_header(struct call *call, const char *name, const char *value)
{
    struct header_field field = {name, strlen(name), value, strlen(value)};

    call_add_header(call, &field);
}

/* A call up to the end of its headers; `extra` is one further field or NULL. */
static void begin(struct fixture *fixture, const char *path, const char *extra,
                  const char *extra_value)
{
    struct call *call = fixture->call = malloc(sizeof *call);

    dispatch_begin(fixture->dispatch, call, &transport, &fixture->peer, 65536);
    add_header(call, ":method", "POST");
    add_header(call, ":path", path);
    add_header(call, "content-type", "application/grpc");
    if (extra != NULL) add_header(call, extra, extra_value);
    call_headers_complete(call);
}

static void send_text(struct fixture *fixture, const char *service)
{
    uint8_t bytes[64] = {
        0, 0, 0, 0, (uint8_t)(strlen(service) + 2), 0x0a, (uint8_t)strlen(service)};

    memcpy(bytes + 7, service, strlen(service));
    call_add_data(fixture->call, bytes, 7 + strlen(service));
}

static void end_input(struct fixture *fixture)
{
    call_half_close(fixture->call);
    call_run(fixture->call);
}

/* Runs the loop until the call has its status. */
static const struct status *wait_for_end(struct fixture *fixture)
{
    while (!fixture->call->ended) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    return &fixture->call->status;
}

static const struct status *call_unary(struct fixture *fixture, const char *service)
{
    begin(fixture, "/t.T/Read", NULL, NULL);
    send_text(fixture, service);
    end_input(fixture);
    return wait_for_end(fixture);
}

/* Until a store thread has a call that was sent before; it sleeps then. */
static void wait_until_begun(void)
{
    while (begun == 0)
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static void close_call(struct fixture *fixture)
{
    call_close(fixture->call);
    while (fixture->released == 0) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    }
    assert_int_equal(fixture->released, 1);
}

/* --- facts --- */

static void a_unary_call_is_answered(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t wanted[] = {0, 0, 0, 0, 2, 0x08, 0x01};
    uint8_t bytes[16];

    assert_int_equal(call_unary(fixture, "x")->code, GRPC_OK);
    assert_false(call_is_complete(fixture->call));
    assert_int_equal(call_take_output(fixture->call, bytes, 3), 3);
    assert_int_equal(call_take_output(fixture->call, bytes + 3, 13), sizeof wanted - 3);
    assert_memory_equal(bytes, wanted, sizeof wanted);
    assert_true(call_is_complete(fixture->call));
    assert_int_equal(fixture->consumed_bytes, 8);
    assert_int_equal(dispatch_get_stats(fixture->dispatch)->by_code[GRPC_OK], 1);
    close_call(fixture);
}

static void a_handlers_failure_is_the_answer(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(call_unary(fixture, "fail")->message, "asked to fail");
    assert_true(call_is_complete(fixture->call));
    close_call(fixture);
}

static void a_handler_without_an_answer_is_a_fault(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(call_unary(fixture, "forget")->reason, REASON_HANDLER_FAULT);
    close_call(fixture);
}

static void check_refused(struct fixture *fixture, enum grpc_code code, const char *reason)
{
    assert_true(fixture->call->ended);
    assert_int_equal(fixture->call->status.code, code);
    assert_string_equal(fixture->call->status.reason, reason);
    close_call(fixture);
    fixture->released = 0;
}

static void unknown_and_unready_methods_are_unimplemented(void **state)
{
    begin(*state, "/t.T/read", NULL, NULL);
    check_refused(*state, GRPC_UNIMPLEMENTED, REASON_METHOD_UNKNOWN);
    begin(*state, "/t.T/Later", NULL, NULL);
    check_refused(*state, GRPC_UNIMPLEMENTED, REASON_METHOD_NOT_READY);
}

static void whoever_is_not_known_is_denied(void **state)
{
    struct fixture *fixture = *state;

    fixture->peer.auth_method = "";
    begin(fixture, "/t.T/Read", NULL, NULL);
    check_refused(fixture, GRPC_UNAUTHENTICATED, REASON_UNAUTHENTICATED);
}

static void unary_takes_exactly_one_message(void **state)
{
    begin(*state, "/t.T/Read", NULL, NULL);
    end_input(*state);
    check_refused(*state, GRPC_UNIMPLEMENTED, REASON_MESSAGE_COUNT);
    begin(*state, "/t.T/Read", NULL, NULL);
    send_text(*state, "a");
    send_text(*state, "b");
    end_input(*state);
    check_refused(*state, GRPC_UNIMPLEMENTED, REASON_MESSAGE_COUNT);
}

static void broken_messages_are_refused(void **state)
{
    static const uint8_t undecodable[] = {0, 0, 0, 0, 1, 0xff};
    static const uint8_t too_large[] = {0, 0, 0, 4, 0};
    static const uint8_t compressed[] = {1, 0, 0, 0, 0};

    begin(*state, "/t.T/Read", NULL, NULL);
    call_add_data(((struct fixture *)*state)->call, undecodable, sizeof undecodable);
    check_refused(*state, GRPC_INTERNAL, REASON_MESSAGE_UNDECODABLE);
    begin(*state, "/t.T/Read", NULL, NULL);
    call_add_data(((struct fixture *)*state)->call, too_large, sizeof too_large);
    check_refused(*state, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE);
    begin(*state, "/t.T/Read", NULL, NULL);
    call_add_data(((struct fixture *)*state)->call, compressed, sizeof compressed);
    check_refused(*state, GRPC_INTERNAL, REASON_FRAMING_INVALID);
}

static void a_foreign_encoding_is_told_what_is_accepted(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "/t.T/Read", "grpc-encoding", "snappy");
    assert_string_equal(fixture->call->extra_trailer->name, "grpc-accept-encoding");
    check_refused(fixture, GRPC_UNIMPLEMENTED, REASON_ENCODING_UNSUPPORTED);
}

static void a_deadline_ends_a_call_in_the_store(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "/t.T/Read", "grpc-timeout", "5m");
    send_text(fixture, "sleep");
    end_input(fixture);
    wait_until_begun();
    assert_int_equal(wait_for_end(fixture)->code, GRPC_DEADLINE_EXCEEDED);
    assert_true(fixture->call->in_store);
    assert_true(fixture->call->job.cancelled);
    close_call(fixture);
}

static void a_call_closed_in_the_store_is_released_when_the_job_is_done(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "/t.T/Read", NULL, NULL);
    send_text(fixture, "sleep");
    end_input(fixture);
    wait_until_begun();
    call_close(fixture->call);
    assert_int_equal(fixture->released, 0);
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(fixture->released, 1);
}

static void a_cancelled_call_that_waits_for_the_store_is_released_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct call *running;

    begin(fixture, "/t.T/Read", NULL, NULL);
    send_text(fixture, "sleep");
    end_input(fixture);
    running = fixture->call;
    wait_until_begun();
    begin(fixture, "/t.T/Read", NULL, NULL);
    send_text(fixture, "x");
    end_input(fixture);
    assert_true(fixture->call->in_store);
    call_close(fixture->call);
    assert_int_equal(fixture->released, 1);
    call_close(running);
    assert_int_equal(fixture->released, 1);
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(fixture->released, 2);
    assert_int_equal(quota_get_buffered_bytes(dispatch_get_quota(fixture->dispatch)), 0);
}

static void a_full_queue_is_unavailable_with_a_pushback(void **state)
{
    struct fixture *fixture = *state;
    struct call *calls[8];
    unsigned refused = 0;

    for (size_t i = 0; i < 8; i++) {
        begin(fixture, "/t.T/Read", NULL, NULL);
        send_text(fixture, "sleep");
        end_input(fixture);
        calls[i] = fixture->call;
        if (!calls[i]->ended) continue;
        refused++;
        assert_int_equal(calls[i]->status.code, GRPC_UNAVAILABLE);
        assert_in_range(calls[i]->retry_after_ms, 100, 125);
        assert_string_equal(calls[i]->status.details->type_name, "google.rpc.RetryInfo");
    }
    assert_in_range(refused, 1, 7);
    for (size_t i = 0; i < 8; i++)
        call_close(calls[i]);
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(fixture->released, 8);
}

static void stream_messages_come_one_by_one(void **state)
{
    struct fixture *fixture = *state;
    size_t after_first;

    take_at_once = false;
    begin(fixture, "/t.T/Stream", NULL, NULL);
    send_text(fixture, "one");
    after_first = fixture->consumed_bytes;
    send_text(fixture, "two");
    send_text(fixture, "three");
    end_input(fixture);
    assert_int_equal(delivered, 1);
    assert_int_equal(fixture->consumed_bytes, after_first); /* the others hold the window */
    call_take_next(fixture->call);
    assert_int_equal(delivered, 2);
    call_take_next(fixture->call);
    assert_int_equal(delivered, 3);
    assert_int_equal(half_closed, 0);
    call_take_next(fixture->call);
    assert_int_equal(half_closed, 1);
    assert_int_equal(fixture->consumed_bytes, 3 * 7 + 11);
    close_call(fixture);
    assert_int_equal(ended, 1);
}

static void a_lost_stream_is_told_once(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "/t.T/Stream", NULL, NULL);
    send_text(fixture, "one");
    call_run(fixture->call);
    close_call(fixture);
    assert_int_equal(ended, 1);
    assert_int_equal(half_closed, 0);
}

static void a_stuck_answer_is_aborted_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    uint64_t start = uv_hrtime();

    begin(fixture, "/t.T/Read", "grpc-timeout", "30m");
    send_text(fixture, "x");
    end_input(fixture);
    assert_int_equal(wait_for_end(fixture)->code, GRPC_OK);
    while (fixture->aborts == 0 && uv_hrtime() - start < 2000000000)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(fixture->aborts, 1);
    assert_int_equal(fixture->call->output_bytes, 0);
    close_call(fixture);
}

/* --- the table --- */

static const ProtobufCServiceDescriptor *const admin[] = {
    &provost__v1__admin_service__descriptor};
#define ADMIN_ROW(in, out)                                                                     \
    {                                                                                          \
        .path = "/provost.v1.AdminService/GetStatus", .input = (in), .output = (out),          \
        .kind = METHOD_READ                                                                    \
    }

static void send_message(struct fixture *fixture, bool compressed, const uint8_t *bytes,
                         size_t size)
{
    enum { PIECE_BYTES = 50000 };
    uint8_t prefix[GRPC_PREFIX_BYTES];

    grpc_prefix_write(prefix, compressed, (uint32_t)size);
    call_add_data(fixture->call, prefix, sizeof prefix);
    for (size_t piece; size > 0; bytes += piece, size -= piece) {
        piece = size < PIECE_BYTES ? size : PIECE_BYTES;
        call_add_data(fixture->call, bytes, piece);
    }
}

/* A message that has its field again and again, of `size` bytes; the caller frees it. */
static uint8_t *make_heavy(size_t size)
{
    enum { FIELD_BYTES = 100 };
    uint8_t *bytes = malloc(size);

    memset(bytes, 'x', size);
    for (size_t at = 0; at < size; at += FIELD_BYTES) {
        bytes[at] = 0x0a;
        bytes[at + 1] = FIELD_BYTES - 2;
    }
    return bytes;
}

static void send_heavy(struct fixture *fixture, size_t size)
{
    uint8_t *bytes = make_heavy(size);

    send_message(fixture, false, bytes, size);
    free(bytes);
}

/* `lies`: its end says that it is small. */
static void send_packed(struct fixture *fixture, size_t size, bool lies)
{
    uint8_t *bytes = make_heavy(size), *packed = malloc(size);
    size_t packed_size = gzip_deflate(bytes, size, packed);

    if (lies) memset(packed + packed_size - 4, 0, 4);
    send_message(fixture, true, packed, packed_size);
    free(bytes);
    free(packed);
}

static void heavy_messages_are_decoded_in_the_pool(void **state)
{
    struct fixture *fixture = *state;

    for (int compressed = 0; compressed < 2; compressed++) {
        begin(fixture, "/t.T/Read", compressed ? "grpc-encoding" : NULL, "gzip");
        if (compressed)
            send_packed(fixture, 200000, false);
        else
            send_heavy(fixture, 200000);
        assert_true(fixture->call->decoding);
        end_input(fixture);
        assert_int_equal(wait_for_end(fixture)->code, GRPC_OK);
        assert_false(fixture->call->decoding);
        close_call(fixture);
        fixture->released = 0;
    }
    assert_int_equal(fixture->bombs, 0);
}

static void bombs_are_found(void **state)
{
    struct fixture *fixture = *state;

    for (unsigned lies = 0; lies < 2; lies++) {
        begin(fixture, "/t.T/Read", "grpc-encoding", "gzip");
        send_packed(fixture, 400000, lies);
        assert_int_equal(fixture->call->decoding, lies); /* an honest one is refused at once */
        end_input(fixture);
        assert_int_equal(wait_for_end(fixture)->code, GRPC_RESOURCE_EXHAUSTED);
        assert_int_equal(fixture->bombs, lies + 1);
        close_call(fixture);
        fixture->released = 0;
    }
}

static void other_calls_do_not_wait_for_the_pool(void **state)
{
    struct fixture *fixture = *state;
    struct call *heavy;

    begin(fixture, "/t.T/Read", NULL, NULL);
    send_heavy(fixture, 200000);
    end_input(fixture);
    heavy = fixture->call;
    /* The loop has not turned since: the heavy one cannot have come back. */
    begin(fixture, "/t.T/Read", NULL, NULL);
    send_text(fixture, "x");
    end_input(fixture);
    assert_true(fixture->call->in_store);
    assert_true(heavy->decoding);
    call_close(heavy);
    assert_int_equal(wait_for_end(fixture)->code, GRPC_OK);
    call_close(fixture->call);
    while (fixture->released < 2)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void a_call_closed_in_the_pool_is_released_when_it_comes_back(void **state)
{
    struct fixture *fixture = *state;

    /* Several, of which only the first is at work. */
    for (int i = 0; i < 3; i++) {
        begin(fixture, "/t.T/Read", NULL, NULL);
        send_heavy(fixture, 200000);
        end_input(fixture);
        call_close(fixture->call);
    }
    assert_int_equal(fixture->released, 0);
    while (fixture->released < 3)
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    assert_int_equal(begun, 0);
}

static void a_heavy_message_of_a_stream_holds_what_follows(void **state)
{
    struct fixture *fixture = *state;

    begin(fixture, "/t.T/Stream", NULL, NULL);
    send_heavy(fixture, 200000);
    send_text(fixture, "two");
    end_input(fixture);
    assert_int_equal(delivered, 0);
    assert_int_equal(half_closed, 0);
    wait_for_end(fixture);
    assert_int_equal(delivered, 2);
    assert_int_equal(half_closed, 1);
    close_call(fixture);
}

static void the_table_check_names_missing_double_and_wrong_rows(void **state)
{
    const ProtobufCMessageDescriptor *in = &provost__v1__get_status_request__descriptor;
    const ProtobufCMessageDescriptor *out = &provost__v1__get_status_response__descriptor;
    const struct method twice[] = {ADMIN_ROW(in, out), ADMIN_ROW(in, out)};
    const struct method wrong[] = {ADMIN_ROW(in, in)};

    (void)state;
    if (admin[0]->n_methods == 1) assert_null(methods_check(twice, 1, admin, 1));
    assert_non_null(strstr(methods_check(twice, 0, admin, 1), "has no row"));
    assert_non_null(strstr(methods_check(twice, 2, admin, 1), "has two rows"));
    assert_non_null(strstr(methods_check(wrong, 1, admin, 1), "output differs"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define HEAVY_TEST(name) cmocka_unit_test_setup_teardown(name, setup_heavy, teardown)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_unary_call_is_answered),
        TEST(a_handlers_failure_is_the_answer),
        TEST(a_handler_without_an_answer_is_a_fault),
        TEST(unknown_and_unready_methods_are_unimplemented),
        TEST(whoever_is_not_known_is_denied),
        TEST(unary_takes_exactly_one_message),
        TEST(broken_messages_are_refused),
        TEST(a_foreign_encoding_is_told_what_is_accepted),
        TEST(a_deadline_ends_a_call_in_the_store),
        TEST(a_call_closed_in_the_store_is_released_when_the_job_is_done),
        TEST(a_cancelled_call_that_waits_for_the_store_is_released_at_once),
        TEST(a_full_queue_is_unavailable_with_a_pushback),
        TEST(stream_messages_come_one_by_one),
        TEST(a_lost_stream_is_told_once),
        TEST(a_stuck_answer_is_aborted_at_the_deadline),
        HEAVY_TEST(heavy_messages_are_decoded_in_the_pool),
        HEAVY_TEST(bombs_are_found),
        HEAVY_TEST(other_calls_do_not_wait_for_the_pool),
        HEAVY_TEST(a_call_closed_in_the_pool_is_released_when_it_comes_back),
        HEAVY_TEST(a_heavy_message_of_a_stream_holds_what_follows),
        cmocka_unit_test(the_table_check_names_missing_double_and_wrong_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
