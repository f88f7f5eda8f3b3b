/* grpc.testing.TestService on the daemon's own net and rpc layers, with no store behind it: for
 * checks of the wire with stock clients, and for benches of the layers alone.
 *
 *   echo_server ADDRESS...     until SIGTERM; prints "listening on ..." per address
 *
 * UnaryCall (a write), ReadCall (the same as a read) and EmptyCall run on a store thread, as the
 * register's methods do; the streaming ones on the loop. */
#include "interop/test_server.h"
#include "rpc/call.h"
#include "rpc/health.h"
#include "rpc/reflection.h"

#include <grpc/health/v1/health.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <grpc/testing/test.pb-c.h>
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
     METHOD_READ, false, false, ROLE_VIEWER, empty_call, NULL, false, REACH_PART},
    {SERVICE "UnaryCall", &grpc__testing__simple_request__descriptor,
     &grpc__testing__simple_response__descriptor, METHOD_WRITE, false, false, ROLE_CONTRIBUTOR,
     unary_call, NULL, false, REACH_PART},
    {SERVICE "ReadCall", &grpc__testing__simple_request__descriptor,
     &grpc__testing__simple_response__descriptor, METHOD_READ, false, false, ROLE_VIEWER,
     unary_call, NULL, false, REACH_PART},
    {SERVICE "StreamingOutputCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, false, true,
     ROLE_VIEWER, NULL, &outputs_ops, false, REACH_PART},
    {SERVICE "FullDuplexCall", &grpc__testing__streaming_output_call_request__descriptor,
     &grpc__testing__streaming_output_call_response__descriptor, METHOD_LOCAL, true, true,
     ROLE_VIEWER, NULL, &outputs_ops, false, REACH_PART},
    {SERVICE "StreamingInputCall", &grpc__testing__streaming_input_call_request__descriptor,
     &grpc__testing__streaming_input_call_response__descriptor, METHOD_LOCAL, true, false,
     ROLE_VIEWER, NULL, &inputs_ops, false, REACH_PART},
    {SERVICE "UnimplementedCall", &grpc__testing__empty__descriptor,
     &grpc__testing__empty__descriptor, METHOD_READ, false, false, ROLE_VIEWER, NULL, NULL,
     false, REACH_PART},
    TEST_SERVER_METHODS,
};
enum { ECHO_METHODS = sizeof echo_methods / sizeof echo_methods[0] };

int main(int argc, char **argv)
{
    return test_server_run(
        &(struct test_service){.methods = echo_methods, .method_count = ECHO_METHODS},
        (const char *const *)argv + 1, (size_t)argc - 1);
}
