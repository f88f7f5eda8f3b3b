#include "rpc/export_log.h"

#include "rpc/call.h"
#include "rpc/stream_job.h"
#include "service/export_log.h"

#include <provost/v1/change_log.pb-c.h>
#include <stdlib.h>

enum { MESSAGE_BYTES = 256 << 10 }; /* of data, at most */

typedef Provost__V1__ExportLogResponse export_response;

/* One call; lives in the call's arena. */
struct export_log {
    struct export_place place;
    struct export_place after; /* of the read under way: the store thread's until it is done */
};

/* Store thread. Leaves the piece in call->reply, cut into messages. */
static void frame(struct call *call, const struct export_log *export, const struct buf *data)
{
    size_t count = (data->size + MESSAGE_BYTES - 1) / MESSAGE_BYTES;
    export_response *messages = arena_alloc(&call->job_arena, (count + 1) * sizeof *messages);
    const ProtobufCMessage **list = arena_alloc(&call->job_arena, (count + 1) * sizeof *list);
    size_t *sizes = arena_alloc(&call->job_arena, (count + 1) * sizeof *sizes);

    for (size_t i = 0; i < count; i++) {
        size_t start = i * MESSAGE_BYTES, left = data->size - start;
        bool is_last = i + 1 == count;

        provost__v1__export_log_response__init(&messages[i]);
        messages[i].data.data = data->data + start;
        messages[i].data.len = is_last ? left : MESSAGE_BYTES;
        messages[i].seq = (is_last ? export->after : export->place).next_seq - 1;
        if (messages[i].seq < 0) messages[i].seq = 0; /* before the first step */
        messages[i].last_seq = export->after.last_seq;
        list[i] = &messages[i].base;
        sizes[i] = protobuf_c_message_get_packed_size(list[i]);
    }
    call->reply =
        count > 0 ? call_frame_all(call, &(struct call_messages){list, sizes, count}) : NULL;
}

/* Store thread. */
static struct status run_read(struct call *call, struct handler_call *handler)
{
    struct export_log *export = call->stream_state;
    struct buf data;

    buf_init(&data, EXPORT_CHANGE_BYTES);
    struct status status = export_log_read(handler, &export->place, &data, &export->after);
    if (status_is_ok(status)) frame(call, export, &data);
    buf_release(&data);
    return status;
}

static void on_read(struct call *call, struct status status);

static const struct stream_job_ops read_ops = {.run = run_read, .done = on_read};

static bool is_over(const struct export_log *export)
{
    return export->place.begun && export->place.next_seq > export->place.last_seq;
}

/* Reads on unless it waits for a read or for the client. */
static void advance(struct call *call)
{
    if (call->ended || stream_job_is_busy(call) || call->output_bytes > 0) return;
    stream_job_start(call, &read_ops);
}

static void on_read(struct call *call, struct status status)
{
    struct export_log *export = call->stream_state;
    struct call_chunk *chunk = call->reply;

    call->reply = NULL;
    if (!status_is_ok(status)) {
        call_drop_chunk(chunk);
        call_finish(call, status);
        return;
    }
    call_reset_job_arena(call);
    export->place = export->after;
    if (chunk != NULL) call_queue_chunk(call, chunk);
    if (is_over(export))
        call_finish(call, status_ok());
    else
        advance(call);
}

static void on_message(struct call *call, const ProtobufCMessage *message)
{
    (void)message;
    call->stream_state = arena_zalloc(&call->arena, sizeof(struct export_log));
    advance(call);
}

static void on_writable(struct call *call)
{
    if (call->stream_state != NULL) advance(call);
}

const struct stream_ops export_log_ops = {
    .on_message = on_message,
    .on_writable = on_writable,
};
