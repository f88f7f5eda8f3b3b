#include "rpc/call.h"

#include "common/container_of.h"
#include "common/metrics.h"
#include "common/reasons.h"
#include "rpc/methods.h"
#include "rpc/pushback.h"
#include "rpc/quota.h"

#include <assert.h>
#include <stdlib.h>

enum {
    /* Decoded messages grow: a protobuf of empty sub-messages takes a multiple of its bytes. */
    ARENA_PER_MESSAGE_BYTE = 8,
    /* How long an answer may wait for a client that takes none of it. */
    LINGER_MS = 30000,
    MEMORY_RETRY_MS = 200,
};

static void on_deadline(struct timeout *deadline);

static size_t arena_limit(const struct call_setup *setup)
{
    return (size_t)setup->message_max_bytes * ARENA_PER_MESSAGE_BYTE;
}

void call_init(struct call *call, const struct call_setup *setup)
{
    *call = (struct call){.setup = *setup, .http_status = 200};
    arena_init(&call->arena, arena_limit(setup));
    arena_init(&call->message_arena, arena_limit(setup));
    arena_init(&call->job_arena, arena_limit(setup));
    buf_init(&call->held, setup->held_max_bytes);
    buf_init(&call->inflated, setup->message_max_bytes);
    grpc_deframer_init(&call->deframer, setup->message_max_bytes);
    metadata_init(&call->metadata, setup->keep_fields);
    call->deadline.on_due = on_deadline;
}

/* Bytes of the client's and for the client. */
static size_t held_bytes(const struct call *call)
{
    return call->deframer.body.size + call->held.size + call->output_bytes +
           call->decoded_bytes;
}

bool call_count_bytes(struct call *call)
{
    size_t before = call->counted_bytes;

    call->counted_bytes = held_bytes(call);
    return quota_count_bytes(call->setup.quota, before, call->counted_bytes);
}

static void release(struct call *call)
{
    assert(call->closed && !call->in_store && !call->decoding);
    call->setup.events->on_gone(call);
    timeout_clear(call->setup.deadlines, &call->deadline);
    call_drop_output(call);
    call_drop_chunk(call->reply);
    grpc_deframer_release(&call->deframer);
    buf_release(&call->held);
    buf_release(&call->inflated);
    arena_release(&call->message_arena);
    arena_release(&call->job_arena);
    arena_release(&call->arena);
    call->request = NULL;
    call->decoded_bytes = 0;
    call_count_bytes(call);
    assert(call->counted_bytes == 0);
    call->setup.transport->on_released(call);
}

/* A closed call is released by whoever is the last to let go of it. False when that was now. */
static bool stays(struct call *call)
{
    if (!call->closed || call->in_store || call->decoding) return true;
    release(call);
    return false;
}

/* What waits in the store's queue need not be done any more. True when nothing of it was. */
static bool take_back(struct call *call)
{
    if (!call->in_store || !store_withdraw(&call->job)) return false;
    call->in_store = false;
    call->setup.events->on_taken_back(call);
    return true;
}

void call_give_up(struct call *call, struct status status)
{
    call_drop_output(call);
    if (call->ended) call->status = status; /* an OK may not go out without its answer */
    call_finish(call, status);
    call->setup.transport->on_abort(call);
}

/* The client's time is over, or it takes nothing of an answer that is ready. */
static void on_deadline(struct timeout *deadline)
{
    struct call *call = container_of(deadline, struct call, deadline);
    /* A static text: the arena may be a store thread's at this moment. */
    static const struct status passed = {
        .code = GRPC_DEADLINE_EXCEEDED,
        .reason = REASON_DEADLINE_PASSED,
        .message = "the deadline of the call has passed; a write may have been made: repeat it "
                   "with the same request_id to find out"};
    static const struct status waited = {
        .code = GRPC_DEADLINE_EXCEEDED,
        .reason = REASON_DEADLINE_PASSED,
        .message =
            "the deadline of the call passed while it waited its turn; nothing was done"};

    if (!call->ended && take_back(call))
        call_finish(call, waited);
    else if (call->ended || call->output_bytes > 0)
        call_give_up(call, passed);
    else
        call_finish(call, passed);
}

/* --- input --- */

void call_add_header(struct call *call, const struct header_field *field)
{
    metadata_add(&call->metadata, &call->arena, field);
}

void call_headers_complete(struct call *call)
{
    assert(!call->headers_done);
    call->headers_done = true;
    call->setup.events->on_headers(call);
}

static void refuse_framing(struct call *call, enum grpc_deframe why)
{
    struct status too_large = status_error(
        &call->arena, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE, NULL,
        "the message announces %u bytes, more than the %u allowed; send it in smaller parts",
        grpc_deframer_announced(&call->deframer), call->setup.message_max_bytes);
    struct status bad_flag = {.code = GRPC_INTERNAL,
                              .reason = REASON_FRAMING_INVALID,
                              .message = "the message prefix is not gRPC's: flag byte over 1"};

    call_finish(call, why == GRPC_DEFRAME_TOO_LARGE ? too_large : bad_flag);
}

/* Cuts bytes into messages until one is out with the handler. Returns the bytes eaten. */
static size_t feed(struct call *call, const uint8_t *bytes, size_t size)
{
    const uint8_t *next = bytes;
    size_t left = size;

    while (left > 0 && call->request == NULL && !call->decoding && !call->ended) {
        struct grpc_message message;
        enum grpc_deframe got = grpc_deframer_feed(&call->deframer, &next, &left, &message);

        if (got == GRPC_DEFRAME_MORE) break;
        if (got != GRPC_DEFRAME_MESSAGE) {
            refuse_framing(call, got);
            break;
        }
        call->messages++;
        call->request_bytes = message.size;
        call->setup.events->on_message(call, &message);
    }
    return call->ended ? size : size - left;
}

void call_refuse_memory(struct call *call)
{
    static const struct status busy = {
        .code = GRPC_UNAVAILABLE,
        .reason = REASON_SERVER_BUSY,
        .message = "too much is being sent and answered; nothing was done, try again in a "
                   "moment"};

    /* Its work is under way. */
    if (call->in_store || call->decoding || call->request_delivered) return;
    metric_count(METRIC_REFUSED_MEMORY);
    pushback_finish(call, busy, MEMORY_RETRY_MS);
}

void call_add_data(struct call *call, const uint8_t *bytes, size_t size)
{
    size_t eaten = call->held.size == 0 ? feed(call, bytes, size) : 0;

    if (call->ended) eaten = size;
    if (eaten < size && !buf_add(&call->held, bytes + eaten, size - eaten)) {
        /* More than the window we gave: HTTP/2 below does not let this happen. */
        call_finish(call, (struct status){.code = GRPC_INTERNAL,
                                          .reason = REASON_FRAMING_INVALID,
                                          .message = "more data than the window allows"});
        eaten = size;
    }
    if (eaten > 0) call->setup.transport->on_consumed(call, eaten);
    if (!call_count_bytes(call) && !call->ended) call_refuse_memory(call);
}

static void feed_held(struct call *call)
{
    size_t eaten = feed(call, call->held.data, call->held.size);

    if (call->ended) return; /* call_finish has accounted for what was held */
    buf_drop_front(&call->held, eaten);
    if (eaten > 0) call->setup.transport->on_consumed(call, eaten);
}

void call_half_close(struct call *call)
{
    call->half_closed = true;
}

void call_run(struct call *call)
{
    if (!call->ended) call->setup.events->on_run(call);
    if (!call->ended && call->output_bytes == 0) call->setup.events->on_writable(call);
    call_count_bytes(call);
}

/* The only message of a unary call is not all: its end is owed too, and until then its memory is
 * held for nothing. */
bool call_awaits_body(const struct call *call)
{
    if (call->ended || call->half_closed || call->method == NULL) return false;
    if (!call->method->client_streams) return true;
    return call->request == NULL && grpc_deframer_is_partial(&call->deframer);
}

void call_take_next(struct call *call)
{
    if (call->ended) return;
    call->request = NULL;
    call->decoded_bytes = 0;
    call->request_delivered = false;
    arena_release(&call->message_arena);
    arena_init(&call->message_arena, arena_limit(&call->setup));
    if (call->held.size > 0) feed_held(call);
    if (!call->ended) call->setup.events->on_run(call);
}

bool call_input_is_over(const struct call *call)
{
    return call->half_closed && call->request == NULL && !call->decoding &&
           call->held.size == 0;
}

/* --- the end --- */

void call_reset_job_arena(struct call *call)
{
    assert(!call->in_store);
    arena_release(&call->job_arena);
    arena_init(&call->job_arena, arena_limit(&call->setup));
}

static void drop_input(struct call *call)
{
    size_t bytes = call->held.size;

    buf_release(&call->held);
    grpc_deframer_release(&call->deframer);
    if (bytes > 0) call->setup.transport->on_consumed(call, bytes);
    call_count_bytes(call);
}

void call_finish(struct call *call, struct status status)
{
    if (call->ended) return;
    call->ended = true;
    call->status = status;
    if (call->in_store && !take_back(call)) call->job.cancelled = true;
    timeout_clear(call->setup.deadlines, &call->job_retry);
    drop_input(call);
    call->setup.events->on_ended(call);
    if (call->closed) return;
    if (!timeout_is_set(&call->deadline))
        timeout_set(call->setup.deadlines, &call->deadline, LINGER_MS);
    call->setup.transport->on_output(call);
}

void call_close(struct call *call)
{
    assert(!call->closed);
    call->closed = true;
    call_finish(call, (struct status){.code = GRPC_CANCELLED,
                                      .reason = REASON_CALL_CANCELLED,
                                      .message = "the client has given up the call"});
    timeout_clear(call->setup.deadlines, &call->deadline);
    (void)stays(call);
}

bool call_leave_decoder(struct call *call)
{
    assert(call->decoding);
    call->decoding = false;
    return stays(call);
}

bool call_leave_store(struct call *call)
{
    assert(call->in_store);
    call->in_store = false;
    return stays(call);
}
