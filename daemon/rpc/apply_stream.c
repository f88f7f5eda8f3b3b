#include "rpc/apply_stream.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "rpc/call.h"
#include "rpc/stream_job.h"
#include "service/apply_stream.h"

#include <stdatomic.h>
#include <string.h>

/* One call; lives in the call's arena. `parts` and their bytes live in the job's. */
struct gathering {
    struct call *call;
    Provost__V1__ApplyStreamHeader *header;
    struct apply_stream_part *parts;
    size_t count;
    size_t room;
    size_t bytes;     /* of the parts */
    size_t mutations; /* in them */
};

/* Bytes held by all streams. Loop thread. */
static size_t held_bytes;

static void refuse(struct call *call, enum grpc_code code, const char *reason,
                   const char *field, const char *message)
{
    call_finish(call, (struct status){
                          .code = code, .reason = reason, .field = field, .message = message});
}

/* --- gathering --- */

static void take_header(struct call *call, const Provost__V1__ApplyStreamRequest *request)
{
    struct gathering *gathering;
    struct status status;

    if (request->part_case != PROVOST__V1__APPLY_STREAM_REQUEST__PART_HEADER) {
        refuse(call, GRPC_INVALID_ARGUMENT, REASON_MESSAGE_COUNT, "header",
               "the first message must be the header");
        return;
    }
    status = apply_stream_check_header(&call->arena, request->header);
    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    gathering = arena_zalloc(&call->arena, sizeof *gathering);
    gathering->call = call;
    gathering->header = (Provost__V1__ApplyStreamHeader *)message_copy_deep(
        &request->header->base, &call->arena);
    if (gathering->header == NULL) {
        refuse(call, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE, "header",
               "the header takes more memory than a message may");
        return;
    }
    call->request_id = gathering->header->request_id;
    call->stream_state = gathering;
    call_take_next(call);
}

/* Tells why a part cannot be taken; false when it can. */
static bool refuse_part(struct call *call, const struct gathering *gathering,
                        const Provost__V1__ApplyStreamRequest *request)
{
    size_t bytes = protobuf_c_message_get_packed_size(&request->base);

    if (request->part_case != PROVOST__V1__APPLY_STREAM_REQUEST__PART_MUTATIONS)
        refuse(call, GRPC_INVALID_ARGUMENT, REASON_MESSAGE_COUNT, "mutations",
               "behind the header only parts may come");
    else if (gathering->bytes + bytes > APPLY_STREAM_BYTES ||
             gathering->mutations + request->mutations->n_mutations >
                 APPLY_STREAM_MUTATIONS_MAX ||
             gathering->count == APPLY_STREAM_PARTS_MAX)
        refuse(call, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE, "mutations",
               "a stream has at most 64 MiB, 250,000 mutations and 4,096 parts; nothing was "
               "written; send it as several");
    else if (held_bytes + bytes > APPLY_STREAM_HELD_BYTES)
        refuse(call, GRPC_RESOURCE_EXHAUSTED, REASON_SERVER_BUSY, NULL,
               "the register is taking in as much as it can hold; nothing was written; try "
               "again in a minute");
    return call->ended;
}

static void add_part(struct gathering *gathering, const Provost__V1__ApplyStreamPart *part)
{
    struct arena *arena = &gathering->call->job_arena;
    size_t size = protobuf_c_message_get_packed_size(&part->base);
    uint8_t *bytes = arena_alloc(arena, size + 1);

    if (gathering->count == gathering->room) {
        size_t room = gathering->room == 0 ? 64 : gathering->room * 2;
        struct apply_stream_part *parts = arena_alloc(arena, room * sizeof *parts);

        if (gathering->count > 0)
            memcpy(parts, gathering->parts, gathering->count * sizeof *parts);
        gathering->parts = parts;
        gathering->room = room;
    }
    protobuf_c_message_pack(&part->base, bytes);
    gathering->parts[gathering->count++] = (struct apply_stream_part){bytes, size};
    gathering->bytes += size;
    gathering->mutations += part->n_mutations;
    held_bytes += size;
}

static void on_message(struct call *call, const ProtobufCMessage *message)
{
    const Provost__V1__ApplyStreamRequest *request =
        (const Provost__V1__ApplyStreamRequest *)message;
    struct gathering *gathering = call->stream_state;

    if (gathering == NULL) {
        take_header(call, request);
        return;
    }
    if (refuse_part(call, gathering, request)) return;
    add_part(gathering, request->mutations);
    call_take_next(call);
}

/* --- the job --- */

/* Store thread. Puts an answer behind those that are in call->reply. */
static bool on_part(void *context, const ProtobufCMessage *response)
{
    struct call *call = context;

    return call_add_frame(call, response, APPLY_STREAM_ANSWER_BYTES);
}

static bool is_cancelled(void *context)
{
    const struct call *call = context;

    return atomic_load(&call->job.cancelled);
}

/* Writer thread. */
static struct status run_all(struct call *call, struct handler_call *handler)
{
    const struct gathering *gathering = call->stream_state;
    const struct apply_stream stream = {
        .header = gathering->header,
        .parts = gathering->parts,
        .count = gathering->count,
        .decode_max_bytes = call->job_arena.limit_bytes,
        .on_part = on_part,
        .is_cancelled = is_cancelled,
        .context = call,
    };

    return apply_stream_run(handler, &stream);
}

static void on_run_done(struct call *call, struct status status)
{
    if (status_is_ok(status)) {
        struct call_chunk *reply = call->reply;

        call->reply = NULL;
        if (reply != NULL) call_queue_chunk(call, reply);
    }
    call_finish(call, status);
}

static const struct stream_job_ops job_ops = {
    .writes = true, .run = run_all, .done = on_run_done};

static void on_half_close(struct call *call)
{
    const struct gathering *gathering = call->stream_state;

    if (gathering == NULL)
        refuse(call, GRPC_INVALID_ARGUMENT, REASON_MESSAGE_COUNT, "header",
               "the stream ended without a header");
    else if (gathering->count == 0)
        refuse(call, GRPC_INVALID_ARGUMENT, REASON_MUTATION_COUNT, "mutations",
               "the stream has a header and no part");
    else
        stream_job_start(call, &job_ops);
}

static void on_ended(struct call *call)
{
    const struct gathering *gathering = call->stream_state;

    if (gathering != NULL) held_bytes -= gathering->bytes;
}

const struct stream_ops apply_stream_ops = {
    .on_message = on_message,
    .on_half_close = on_half_close,
    .on_ended = on_ended,
};
