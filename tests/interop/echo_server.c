/* grpc.testing.TestService on the daemon's own net and rpc layers, with no store behind it: for
 * checks of the wire with stock clients, and for benches of the layers alone.
 *
 *   echo_server ADDRESS...     until SIGTERM; prints "listening on ..." per address
 *
 * UnaryCall and EmptyCall run on a store thread, as the register's methods do; the streaming
 * ones on the loop. */
#include "common/arena.h"
#include "common/reasons.h"
#include "net/server.h"
#include "rpc/call.h"
#include "rpc/dispatch.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "store/store.h"

#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <grpc/testing/test.pb-c.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- unary --- */

static void sleep_ms(long ms)
{
    struct timespec delay = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&delay, NULL);
}

/* response_status.code 1000 + n asks for a sleep of n ms instead of a failure. */
static struct status asked_status(struct arena *arena, const Grpc__Testing__EchoStatus *asked)
{
    if (asked == NULL || asked->code == 0) return status_ok();
    if (asked->code >= 1000) {
        sleep_ms(asked->code - 1000);
        return status_ok();
    }
    return status_error(arena, (enum grpc_code)asked->code, "ASKED_FOR", NULL, "%s",
                        asked->message);
}

static Grpc__Testing__Payload *make_payload(struct arena *arena, int size)
{
    Grpc__Testing__Payload *payload = arena_alloc(arena, sizeof *payload);

    grpc__testing__payload__init(payload);
    payload->body.len = (size_t)size;
    payload->body.data = arena_zalloc(arena, (size_t)size + 1);
    return payload;
}

static struct status unary_call(struct handler_call *call, const ProtobufCMessage *message,
                                ProtobufCMessage **out_response)
{
    const Grpc__Testing__SimpleRequest *request = (const Grpc__Testing__SimpleRequest *)message;
    Grpc__Testing__SimpleResponse *response = arena_alloc(call->arena, sizeof *response);
    struct status status = asked_status(call->arena, request->response_status);

    if (!status_is_ok(status)) return status;
    grpc__testing__simple_response__init(response);
    response->payload = make_payload(call->arena, request->response_size);
    if (request->fill_username)
        response->username = arena_printf(call->arena, "%s/%s/%s/%s", call->caller->principal,
                                          call->caller->service, call->caller->on_behalf_of,
                                          call->caller->trace_id);
    *out_response = &response->base;
    return status_ok();
}

static struct status empty_call(struct handler_call *call, const ProtobufCMessage *message,
                                ProtobufCMessage **out_response)
{
    Grpc__Testing__Empty *response = arena_alloc(call->arena, sizeof *response);

    (void)message;
    grpc__testing__empty__init(response);
    *out_response = &response->base;
    return status_ok();
}

/* --- streams --- */

/* StreamingOutputCall and FullDuplexCall: the sizes asked for, one message each, the next only
 * when the last has gone out. */
struct output_state {
    size_t sent; /* of the present request */
};

static void send_outputs(struct call *call,
                         const Grpc__Testing__StreamingOutputCallRequest *request)
{
    struct output_state *state = call->stream_state;

    while (state->sent < request->n_response_parameters && call->output_bytes == 0) {
        struct arena arena;
        Grpc__Testing__StreamingOutputCallResponse response =
            GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;

        arena_init(&arena, 0);
        response.payload =
            make_payload(&arena, request->response_parameters[state->sent++]->size);
        call_send(call, &response.base);
        arena_release(&arena);
    }
}

static void outputs_on_writable(struct call *call)
{
    const Grpc__Testing__StreamingOutputCallRequest *request =
        (const Grpc__Testing__StreamingOutputCallRequest *)call->request;
    struct output_state *state = call->stream_state;

    if (request == NULL) return;
    send_outputs(call, request);
    if (state->sent < request->n_response_parameters || call->output_bytes > 0) return;
    state->sent = 0;
    if (call->method->client_streams)
        call_take_next(call);
    else
        call_finish(call, status_ok());
}

static void outputs_on_message(struct call *call, const ProtobufCMessage *message)
{
    const Grpc__Testing__StreamingOutputCallRequest *request =
        (const Grpc__Testing__StreamingOutputCallRequest *)message;
    struct status status = asked_status(&call->arena, request->response_status);

    if (call->stream_state == NULL)
        call->stream_state = arena_zalloc(&call->arena, sizeof(struct output_state));
    if (!status_is_ok(status))
        call_finish(call, status);
    else
        outputs_on_writable(call);
}

static void outputs_on_half_close(struct call *call)
{
    call_finish(call, status_ok());
}

static const struct stream_ops outputs_ops = {
    .on_message = outputs_on_message,
    .on_half_close = outputs_on_half_close,
    .on_writable = outputs_on_writable,
};

/* StreamingInputCall: the sum of the payload sizes. */
static void inputs_on_message(struct call *call, const ProtobufCMessage *message)
{
    const Grpc__Testing__StreamingInputCallRequest *request =
        (const Grpc__Testing__StreamingInputCallRequest *)message;
    int *sum = call->stream_state;

    if (sum == NULL) sum = call->stream_state = arena_zalloc(&call->arena, sizeof *sum);
    if (request->payload != NULL) *sum += (int)request->payload->body.len;
    call_take_next(call);
}

static void inputs_on_half_close(struct call *call)
{
    Grpc__Testing__StreamingInputCallResponse response =
        GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;

    if (call->stream_state != NULL)
        response.aggregated_payload_size = *(int *)call->stream_state;
    if (call_send(call, &response.base)) call_finish(call, status_ok());
}

static const struct stream_ops inputs_ops = {
    .on_message = inputs_on_message,
    .on_half_close = inputs_on_half_close,
};

#define SERVICE "/grpc.testing.TestService/"
static const struct method echo_methods[] = {
    {SERVICE "EmptyCall", &grpc__testing__empty__descriptor, &grpc__testing__empty__descriptor,
     METHOD_READ, false, false, ROLE_VIEWER, empty_call, NULL},
    {SERVICE "UnaryCall", &grpc__testing__simple_request__descriptor,
     &grpc__testing__simple_response__descriptor, METHOD_WRITE, false, false, ROLE_CONTRIBUTOR,
     unary_call, NULL},
    {SERVICE "StreamingOutputCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, false, true,
     ROLE_VIEWER, NULL, &outputs_ops},
    {SERVICE "FullDuplexCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, true, true,
     ROLE_VIEWER, NULL, &outputs_ops},
    {SERVICE "StreamingInputCall", &grpc__testing__streaming_input_call_request__descriptor,
     &grpc__testing__streaming_input_call_response__descriptor, METHOD_LOCAL, true, false,
     ROLE_VIEWER, NULL, &inputs_ops},
    {SERVICE "UnimplementedCall", &grpc__testing__empty__descriptor,
     &grpc__testing__empty__descriptor, METHOD_READ, false, false, ROLE_VIEWER, NULL, NULL},
    {"/grpc.health.v1.Health/Check", &grpc__health__v1__health_check_request__descriptor,
     &grpc__health__v1__health_check_response__descriptor, METHOD_LOCAL, false, false,
     ROLE_ANYONE, NULL, &health_check_ops},
    {"/grpc.health.v1.Health/Watch", &grpc__health__v1__health_check_request__descriptor,
     &grpc__health__v1__health_check_response__descriptor, METHOD_LOCAL, false, true,
     ROLE_ANYONE, NULL, &health_watch_ops},
    {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
     &grpc__reflection__v1__server_reflection_request__descriptor,
     &grpc__reflection__v1__server_reflection_response__descriptor, METHOD_LOCAL, true, true,
     ROLE_VIEWER, NULL, &reflection_ops},
};
enum { ECHO_METHODS = sizeof echo_methods / sizeof echo_methods[0] };

/* --- the program --- */

struct echo {
    uv_loop_t loop;
    uv_signal_t signal;
    struct store *store;
    struct health *health;
    struct reflection *reflection;
    struct dispatch *dispatch;
    struct server *server;
};

static void on_drained(void *data)
{
    struct echo *echo = data;

    store_close(echo->store);
    server_close(echo->server);
    dispatch_close(echo->dispatch);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct echo *echo = handle->data;

    (void)number;
    uv_close((uv_handle_t *)handle, NULL);
    health_stop(echo->health);
    server_drain(echo->server);
}

static void open_all(struct echo *echo, struct arena *arena)
{
    struct store_options store = {.loop = &echo->loop};
    struct dispatch_options dispatch = {
        .loop = &echo->loop, .methods = echo_methods, .method_count = ECHO_METHODS};
    struct server_options server = {.loop = &echo->loop,
                                    .limits = server_default_limits(),
                                    .announce_ms = 200,
                                    .drain_ms = 3000,
                                    .on_drained = on_drained,
                                    .data = echo};
    struct reflection_source reflection = {
        .bytes = provost_descriptors_start,
        .size = (size_t)(provost_descriptors_end - provost_descriptors_start),
        .methods = echo_methods,
        .method_count = ECHO_METHODS,
    };
    const char *limit_ms = getenv("ECHO_LIMIT_MS");

    if (limit_ms != NULL)
        server.limits.preface_ms = server.limits.header_block_ms = server.limits.idle_ms =
            server.limits.write_stalled_ms = strtoul(limit_ms, NULL, 10);
    if (!status_is_ok(store_open(&store, arena, &echo->store))) exit(1);
    echo->health = health_new(echo_methods, ECHO_METHODS);
    if (!status_is_ok(reflection_new(&reflection, arena, &echo->reflection))) exit(1);
    dispatch.store = echo->store;
    dispatch.health = echo->health;
    dispatch.reflection = echo->reflection;
    echo->dispatch = dispatch_new(&dispatch);
    server.dispatch = echo->dispatch;
    echo->server = server_new(&server);
    health_set_serving(echo->health, true);
}

static void listen_on(struct echo *echo, const char *text, struct arena *arena)
{
    struct listen_address address;
    const char *taken = "";
    struct status status = listen_parse(text, true, arena, &address);

    if (status_is_ok(status)) status = server_listen(echo->server, &address, arena, &taken);
    if (!status_is_ok(status)) {
        fprintf(stderr, "echo_server: %s\n", status.message);
        exit(1);
    }
    fprintf(stderr, "listening on %s\n", taken);
}

int main(int argc, char **argv)
{
    static struct echo echo;
    struct arena arena;

    signal(SIGPIPE, SIG_IGN);
    arena_init(&arena, 0);
    uv_loop_init(&echo.loop);
    open_all(&echo, &arena);
    for (int i = 1; i < argc; i++)
        listen_on(&echo, argv[i], &arena);
    uv_signal_init(&echo.loop, &echo.signal);
    echo.signal.data = &echo;
    uv_signal_start(&echo.signal, on_signal, SIGTERM);
    uv_run(&echo.loop, UV_RUN_DEFAULT);
    server_free(echo.server);
    dispatch_free(echo.dispatch);
    health_free(echo.health);
    reflection_free(echo.reflection);
    arena_release(&arena);
    return uv_loop_close(&echo.loop) == 0 ? 0 : 1;
}
