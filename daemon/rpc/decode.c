#include "rpc/decode.h"

#include "common/gzip.h"
#include "common/reasons.h"
#include "common/wire.h"
#include "rpc/call.h"
#include "rpc/methods.h"
#include "rpc/quota.h"

#include <stdlib.h>

enum {
    AT_ONCE_MAX_BYTES = 64 << 10, /* about 0.2 ms of work */
    /* From what size, and how many times its own, a text is inflated that nobody has written. */
    BOMB_MIN_BYTES = 1 << 20,
    BOMB_RATIO = 200,
};

struct decoded {
    struct status status;
    ProtobufCMessage *request;
    size_t bytes;
    bool is_bomb;
};

struct decode_work {
    uv_work_t request;
    struct decode_queue *queue;
    struct decode_work *next;
    struct call *call;
    struct buf body;
    bool compressed;
    bool was_skipped;
    struct decoded decoded;
};

/* ---- decoding ---- */

/* A stream's messages come one after the other, each with an arena of its own. */
static struct arena *arena_of(struct call *call)
{
    return call->method->client_streams ? &call->message_arena : &call->arena;
}

static struct decoded too_large(struct call *call)
{
    struct status status =
        status_error(arena_of(call), GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE, NULL,
                     "the message inflates to more than the %u bytes allowed; send it in "
                     "smaller parts",
                     call->setup.message_max_bytes);

    return (struct decoded){.status = status, .is_bomb = true};
}

static bool is_too_large(const struct call *call, const struct grpc_message *message)
{
    return message->compressed &&
           gzip_announced_bytes(message->bytes, message->size) > call->setup.message_max_bytes;
}

static void unpack(struct call *call, const struct grpc_message *message, struct decoded *out)
{
    const ProtobufCMessageDescriptor *input = call->method->input;
    struct arena *arena = arena_of(call);
    const uint8_t *bytes = message->bytes ? message->bytes : (const uint8_t *)"";

    out->status = fields_validate_wire(input, bytes, message->size, arena);
    if (!status_is_ok(out->status)) return;
    struct arena_mark mark = arena_mark(arena);
    out->request =
        protobuf_c_message_unpack(input, arena_allocator(arena), message->size, bytes);
    if (out->request == NULL) arena_rewind(arena, mark);
    out->bytes = arena->used_bytes - mark.used_bytes;
    if (out->request != NULL) return;
    /* Bytes that are no such message were refused before. */
    out->status = status_error(
        arena, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE, NULL,
        "the %zu bytes sent are a %s that decodes into too much; send it in smaller parts",
        message->size, input->name);
}

/* False when it inflates to more than `inflated_max` bytes; *out means nothing then. */
static bool decode(struct call *call, struct grpc_message message, size_t inflated_max,
                   struct decoded *out)
{
    static const struct status not_announced = {
        .code = GRPC_INTERNAL,
        .reason = REASON_FRAMING_INVALID,
        .message = "a message is flagged as compressed, but the call names no grpc-encoding"};
    static const struct status damaged = {
        .code = GRPC_INTERNAL,
        .reason = REASON_FRAMING_INVALID,
        .message = "a message is flagged as compressed, but is not whole gzip"};

    *out = (struct decoded){.status = not_announced};
    if (message.compressed) {
        if (call->metadata.encoding != ENCODING_GZIP) return true;
        buf_clear(&call->inflated);
        call->inflated.limit_bytes = inflated_max;
        enum gzip_result got = gzip_inflate(message.bytes, message.size, &call->inflated);
        if (got == GZIP_TOO_LARGE) return false;
        out->status = damaged;
        if (got == GZIP_DAMAGED) return true;
        out->is_bomb = call->inflated.size > BOMB_MIN_BYTES &&
                       call->inflated.size / BOMB_RATIO > message.size;
        message.bytes = call->inflated.data;
        message.size = call->inflated.size;
    }
    unpack(call, &message, out);
    return true;
}

static void settle(struct call *call, const struct decoded *decoded)
{
    buf_release(&call->inflated);
    call->decoded_bytes = 0;
    if (call->ended) return;
    if (decoded->is_bomb) call->setup.transport->on_abuse(call, CALL_ABUSE_GZIP_BOMB);
    call->request = decoded->request;
    call->decoded_bytes = decoded->bytes;
    if (!status_is_ok(decoded->status)) call_finish(call, decoded->status);
}

/* ---- in the pool ---- */

static void start_next(struct decode_queue *queue);

static void on_work(uv_work_t *request)
{
    struct decode_work *work = (struct decode_work *)request;
    struct grpc_message message = {work->body.data, work->body.size, work->compressed};

    if (decode(work->call, message, work->call->setup.message_max_bytes, &work->decoded))
        return;
    work->decoded = too_large(work->call);
}

/* Of a message for which nobody waits any more, or for which there is no memory. */
static void on_no_work(uv_work_t *request)
{
    struct decode_work *work = (struct decode_work *)request;

    work->was_skipped = true;
}

static void bring_back(struct call *call, const struct decoded *decoded, bool was_skipped)
{
    if (!call_leave_decoder(call)) return;
    settle(call, decoded);
    bool has_room = call_count_bytes(call) && !was_skipped;
    if (!has_room && !call->ended) call_refuse_memory(call);
    call_run(call);
}

/* The next one begins when this one is counted; those that come meanwhile stand behind it. */
static void on_worked(uv_work_t *request, int status)
{
    struct decode_work *work = (struct decode_work *)request;
    struct decode_queue *queue = work->queue;

    (void)status;
    buf_release(&work->body);
    bring_back(work->call, &work->decoded, work->was_skipped);
    queue->first = work->next;
    free(work);
    start_next(queue);
}

static void start_next(struct decode_queue *queue)
{
    struct decode_work *work = queue->first;

    if (work == NULL) return;
    bool skip = work->call->ended || quota_is_full(work->call->setup.quota);
    /* Fails only without a callback. */
    (void)uv_queue_work(queue->loop, &work->request, skip ? on_no_work : on_work, on_worked);
}

/* A message that came in many pieces is taken over, one that lies in the bytes just read copied. */
static void take_body(struct decode_work *work, const struct grpc_message *message)
{
    struct buf *body = &work->call->deframer.body;

    buf_init(&work->body, body->limit_bytes);
    if (message->bytes == body->data) {
        work->body = *body;
        buf_init(body, work->body.limit_bytes);
    } else {
        (void)buf_add(&work->body, message->bytes, message->size); /* as large as allowed */
    }
}

static void queue_up(struct call *call, const struct grpc_message *message)
{
    struct decode_queue *queue = call->setup.decode_queue;
    struct decode_work *work = xcalloc(1, sizeof *work);

    work->queue = queue;
    work->call = call;
    work->compressed = message->compressed;
    take_body(work, message);
    call->decoding = true;
    call->decoded_bytes = work->body.size; /* what it holds until then */
    if (queue->first != NULL)
        queue->last->next = work;
    else
        queue->first = work;
    queue->last = work;
    if (queue->first == work) start_next(queue);
}

void decode_message(struct call *call, const struct grpc_message *message)
{
    struct decoded decoded;

    call->request_compressed = message->compressed;
    if (is_too_large(call, message)) {
        decoded = too_large(call);
        settle(call, &decoded);
    } else if (message->size <= AT_ONCE_MAX_BYTES &&
               decode(call, *message, AT_ONCE_MAX_BYTES, &decoded)) {
        settle(call, &decoded);
    } else {
        queue_up(call, message);
    }
}
