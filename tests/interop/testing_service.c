#include "interop/testing_service.h"

#include "common/container_of.h"
#include "interop/test_server.h"
#include "rpc/call.h"
#include "rpc/health.h"
#include "rpc/reflection.h"

#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <grpc/testing/test.pb-c.h>
#include <stdlib.h>
#include <string.h>

static const char echo_initial[] = "x-grpc-test-echo-initial";
static const char echo_trailing[] = "x-grpc-test-echo-trailing-bin";
const char *const testing_fields[] = {echo_initial, echo_trailing, NULL};

/* --- what several methods share --- */

static void echo_metadata(struct call *call)
{
    call->custom_header = metadata_find(&call->metadata, echo_initial);
    call->custom_trailer = metadata_find(&call->metadata, echo_trailing);
}

/* The status the request asks for, and whether it was compressed as it says. */
static struct status check_request(struct call *call, const Grpc__Testing__EchoStatus *asked,
                                   const Grpc__Testing__BoolValue *expect_compressed)
{
    if (expect_compressed != NULL && expect_compressed->value != call->request_compressed)
        return status_error(&call->arena, GRPC_INVALID_ARGUMENT, "COMPRESSION", NULL,
                            "the request was %scompressed",
                            call->request_compressed ? "" : "not ");
    if (asked == NULL || asked->code == 0) return status_ok();
    return status_error(&call->arena, (enum grpc_code)asked->code, "ASKED_FOR", NULL, "%s",
                        asked->message);
}

static struct status check_size(struct call *call, int size)
{
    if (size >= 0) return status_ok();
    return status_error(&call->arena, GRPC_INVALID_ARGUMENT, "SIZE", NULL,
                        "a payload of %d bytes is not possible", size);
}

static void init_payload(Grpc__Testing__Payload *payload, int size)
{
    grpc__testing__payload__init(payload);
    payload->body.len = (size_t)size;
    payload->body.data = xcalloc((size_t)size + 1, 1);
}

static enum call_compression compression_of(const Grpc__Testing__BoolValue *compressed)
{
    return compressed != NULL && compressed->value ? CALL_COMPRESS_ALWAYS : CALL_COMPRESS_NEVER;
}

/* --- EmptyCall --- */

static struct status empty_call(struct handler_call *call, const ProtobufCMessage *message,
                                ProtobufCMessage **out_response)
{
    Grpc__Testing__Empty *response = arena_alloc(call->arena, sizeof *response);

    (void)message;
    grpc__testing__empty__init(response);
    *out_response = &response->base;
    return status_ok();
}

/* --- UnaryCall --- */

static void unary_on_message(struct call *call, const ProtobufCMessage *message)
{
    const Grpc__Testing__SimpleRequest *request = (const Grpc__Testing__SimpleRequest *)message;
    struct status status =
        check_request(call, request->response_status, request->expect_compressed);
    Grpc__Testing__SimpleResponse response = GRPC__TESTING__SIMPLE_RESPONSE__INIT;
    Grpc__Testing__Payload payload;

    echo_metadata(call);
    if (status_is_ok(status)) status = check_size(call, request->response_size);
    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    init_payload(&payload, request->response_size);
    response.payload = &payload;
    if (request->fill_username) response.username = (char *)(uintptr_t)call->caller.principal;
    call_set_compression(call, compression_of(request->response_compressed));
    if (call_send(call, &response.base)) call_finish(call, status_ok());
    free(payload.body.data);
}

static const struct stream_ops unary_ops = {.on_message = unary_on_message};

/* --- StreamingOutputCall, FullDuplexCall --- */

typedef Grpc__Testing__StreamingOutputCallRequest output_request;

/* The answers asked for, each after its pause and when the one before has gone out. */
struct output_state {
    struct call *call;
    size_t sent; /* of the present request */
    struct timeout pause;
    bool paused; /* the pause before the next answer is over */
};

static void go_on(struct call *call);

static void on_pause_over(struct timeout *pause)
{
    struct output_state *state = container_of(pause, struct output_state, pause);

    state->paused = true;
    go_on(state->call);
}

static bool must_wait(struct call *call, const Grpc__Testing__ResponseParameters *next)
{
    struct output_state *state = call->stream_state;

    if (call->output_bytes > 0 || timeout_is_set(&state->pause)) return true;
    if (next == NULL || next->interval_us <= 0 || state->paused) return false;
    timeout_set(call->setup.deadlines, &state->pause,
                ((uint64_t)next->interval_us + 999) / 1000);
    return true;
}

static void send_output(struct call *call, const Grpc__Testing__ResponseParameters *asked)
{
    Grpc__Testing__StreamingOutputCallResponse response =
        GRPC__TESTING__STREAMING_OUTPUT_CALL_RESPONSE__INIT;
    Grpc__Testing__Payload payload;
    struct status status = check_size(call, asked->size);

    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    init_payload(&payload, asked->size);
    response.payload = &payload;
    call_set_compression(call, compression_of(asked->compressed));
    call_send(call, &response.base);
    free(payload.body.data);
}

/* All answers to a request have gone out. */
static void end_request(struct call *call)
{
    struct output_state *state = call->stream_state;

    state->sent = 0;
    if (call->method->client_streams)
        call_take_next(call);
    else
        call_finish(call, status_ok());
}

static void go_on(struct call *call)
{
    const output_request *request = (const output_request *)call->request;
    struct output_state *state = call->stream_state;

    while (request != NULL && !call->ended) {
        bool done = state->sent == request->n_response_parameters;
        const Grpc__Testing__ResponseParameters *next =
            done ? NULL : request->response_parameters[state->sent];

        if (must_wait(call, next)) return;
        if (done) {
            end_request(call);
            return;
        }
        state->paused = false;
        state->sent++;
        send_output(call, next);
    }
}

/* The headers go out with the first answer and must announce compression of any later one. */
static void announce_compression(struct call *call, const output_request *request)
{
    for (size_t i = 0; i < request->n_response_parameters; i++)
        if (compression_of(request->response_parameters[i]->compressed) == CALL_COMPRESS_ALWAYS)
            call_set_compression(call, CALL_COMPRESS_ALWAYS);
}

static void output_on_message(struct call *call, const ProtobufCMessage *message)
{
    const output_request *request = (const output_request *)message;
    struct status status = check_request(call, request->response_status, NULL);

    if (call->stream_state == NULL) {
        struct output_state *state = arena_zalloc(&call->arena, sizeof *state);

        echo_metadata(call);
        state->call = call;
        state->pause.on_due = on_pause_over;
        call->stream_state = state;
    }
    announce_compression(call, request);
    if (!status_is_ok(status))
        call_finish(call, status);
    else
        go_on(call);
}

static void output_on_half_close(struct call *call)
{
    if (call->stream_state == NULL) echo_metadata(call);
    call_finish(call, status_ok());
}

static void output_on_writable(struct call *call)
{
    if (call->stream_state != NULL) go_on(call);
}

static void output_on_ended(struct call *call)
{
    struct output_state *state = call->stream_state;

    if (state != NULL) timeout_clear(call->setup.deadlines, &state->pause);
}

static const struct stream_ops output_ops = {
    .on_message = output_on_message,
    .on_half_close = output_on_half_close,
    .on_writable = output_on_writable,
    .on_ended = output_on_ended,
};

/* --- StreamingInputCall: the sum of the payload sizes --- */

static void input_on_message(struct call *call, const ProtobufCMessage *message)
{
    const Grpc__Testing__StreamingInputCallRequest *request =
        (const Grpc__Testing__StreamingInputCallRequest *)message;
    struct status status = check_request(call, NULL, request->expect_compressed);
    int *sum = call->stream_state;

    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    if (sum == NULL) sum = call->stream_state = arena_zalloc(&call->arena, sizeof *sum);
    if (request->payload != NULL) *sum += (int)request->payload->body.len;
    call_take_next(call);
}

static void input_on_half_close(struct call *call)
{
    Grpc__Testing__StreamingInputCallResponse response =
        GRPC__TESTING__STREAMING_INPUT_CALL_RESPONSE__INIT;

    if (call->stream_state != NULL)
        response.aggregated_payload_size = *(int *)call->stream_state;
    if (call_send(call, &response.base)) call_finish(call, status_ok());
}

static const struct stream_ops input_ops = {
    .on_message = input_on_message,
    .on_half_close = input_on_half_close,
};

/* --- the table --- */

#define SERVICE "/grpc.testing.TestService/"
const struct method testing_methods[] = {
    {SERVICE "EmptyCall", &grpc__testing__empty__descriptor, &grpc__testing__empty__descriptor,
     METHOD_READ, false, false, ROLE_VIEWER, empty_call, NULL, false, REACH_PART},
    {SERVICE "UnaryCall", &grpc__testing__simple_request__descriptor,
     &grpc__testing__simple_response__descriptor, METHOD_LOCAL, false, false, ROLE_VIEWER, NULL,
     &unary_ops, false, REACH_PART},
    {SERVICE "StreamingOutputCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, false, true,
     ROLE_VIEWER, NULL, &output_ops, false, REACH_PART},
    {SERVICE "FullDuplexCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, true, true,
     ROLE_VIEWER, NULL, &output_ops, false, REACH_PART},
    {SERVICE "StreamingInputCall", &grpc__testing__streaming_input_call_request__descriptor,
     &grpc__testing__streaming_input_call_response__descriptor, METHOD_LOCAL, true, false,
     ROLE_VIEWER, NULL, &input_ops, false, REACH_PART},
    {SERVICE "UnimplementedCall", &grpc__testing__empty__descriptor,
     &grpc__testing__empty__descriptor, METHOD_READ, false, false, ROLE_VIEWER, NULL, NULL,
     false, REACH_PART},
    TEST_SERVER_METHODS,
};
const size_t testing_method_count = sizeof testing_methods / sizeof testing_methods[0];
