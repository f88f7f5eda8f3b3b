#include "net/h2_stream.h"

#include "net/h2_judge.h"
#include "net/h2_reply.h"

#include <assert.h>
#include <stdlib.h>

static struct h2_stream *stream_of(struct call *call)
{
    return (struct h2_stream *)((char *)call - offsetof(struct h2_stream, call));
}

/* --- the lists --- */

static void link_stream(struct h2_stream *stream)
{
    struct h2 *h2 = stream->h2;

    stream->next = h2->streams;
    if (h2->streams != NULL) h2->streams->previous = stream;
    h2->streams = stream;
}

static void unlink_stream(struct h2_stream *stream)
{
    if (stream->next != NULL) stream->next->previous = stream->previous;
    if (stream->previous != NULL)
        stream->previous->next = stream->next;
    else
        stream->h2->streams = stream->next;
}

void h2_stream_mark_ready(struct h2_stream *stream)
{
    if (stream->is_ready) return;
    stream->is_ready = true;
    stream->next_ready = NULL;
    *stream->h2->ready_end = stream;
    stream->h2->ready_end = &stream->next_ready;
}

static void unmark_ready(struct h2_stream *stream)
{
    struct h2_stream **link = &stream->h2->ready;

    if (!stream->is_ready) return;
    while (*link != stream)
        link = &(*link)->next_ready;
    *link = stream->next_ready;
    if (*link == NULL) stream->h2->ready_end = link;
    stream->is_ready = false;
}

static void count_output(struct h2_stream *stream)
{
    stream->h2->output_bytes += stream->call.output_bytes - stream->counted_bytes;
    stream->counted_bytes = stream->call.output_bytes;
}

void h2_stream_run_ready(struct h2 *h2)
{
    while (h2->ready != NULL) {
        struct h2_stream *stream = h2->ready;

        h2->ready = stream->next_ready;
        if (h2->ready == NULL) h2->ready_end = &h2->ready;
        stream->is_ready = false;
        call_run(&stream->call);
    }
}

/* --- the answer's bytes --- */

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buffer,
                            size_t size, uint32_t *data_flags, nghttp2_data_source *source,
                            void *user_data)
{
    struct h2_stream *stream = source->ptr;
    size_t taken = call_take_output(&stream->call, buffer, size);

    (void)user_data;
    count_output(stream);
    if (taken > 0) stream->moved = true;
    if (call_is_complete(&stream->call)) {
        *data_flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (h2_reply_trailers(session, stream_id, &stream->call) != 0)
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        return (ssize_t)taken;
    }
    if (stream->call.output_bytes == 0)
        h2_stream_mark_ready(stream); /* on_writable, after the pump */
    if (taken > 0) return (ssize_t)taken;
    stream->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
}

/* --- what calls ask of us --- */

static void start_reply(struct h2_stream *stream)
{
    nghttp2_session *session = stream->h2->session;
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_read_body};

    stream->replied = true;
    if (call_is_complete(&stream->call))
        h2_reply_trailers_only(session, stream->id, &stream->call);
    else
        h2_reply_headers(session, stream->id, &stream->call, &body);
}

static void on_output(struct call *call)
{
    struct h2_stream *stream = stream_of(call);

    if (stream->id == 0) return;
    count_output(stream);
    if (!stream->replied) {
        start_reply(stream);
    } else if (stream->deferred) {
        stream->deferred = false;
        nghttp2_session_resume_data(stream->h2->session, stream->id);
    }
    stream->h2->setup.ops->on_output(stream->h2->setup.owner);
}

static void on_consumed(struct call *call, size_t bytes)
{
    struct h2_stream *stream = stream_of(call);
    struct h2 *h2 = stream->h2;

    assert(bytes <= stream->unconsumed_bytes);
    stream->unconsumed_bytes -= bytes;
    if (h2->session == NULL) return;
    if (stream->id != 0)
        nghttp2_session_consume(h2->session, stream->id, bytes);
    else
        nghttp2_session_consume_connection(h2->session, bytes);
    h2->setup.ops->on_output(h2->setup.owner);
}

static void on_abort(struct call *call)
{
    struct h2_stream *stream = stream_of(call);

    if (stream->id == 0) return;
    nghttp2_submit_rst_stream(stream->h2->session, NGHTTP2_FLAG_NONE, stream->id,
                              NGHTTP2_CANCEL);
    stream->h2->setup.ops->on_output(stream->h2->setup.owner);
}

static void on_abuse(struct call *call, enum call_abuse abuse)
{
    h2_judge(stream_of(call)->h2,
             abuse == CALL_ABUSE_GZIP_BOMB ? H2_GZIP_BOMB : H2_REFUSED_CALL);
}

static void on_released(struct call *call)
{
    struct h2_stream *stream = stream_of(call);
    struct h2 *h2 = stream->h2;

    h2->output_bytes -= stream->counted_bytes;
    free(stream);
    if (--h2->open_calls == 0) h2->setup.ops->on_calls_gone(h2->setup.owner);
}

static const struct call_transport_ops transport_ops = {
    .on_output = on_output,
    .on_consumed = on_consumed,
    .on_abort = on_abort,
    .on_abuse = on_abuse,
    .on_released = on_released,
};

/* --- lifetime --- */

struct h2_stream *h2_stream_new(struct h2 *h2, int32_t id)
{
    struct h2_stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) return NULL;
    stream->h2 = h2;
    stream->id = id;
    link_stream(stream);
    h2->open_calls++;
    h2->calls_begun++;
    dispatch_begin(h2->setup.dispatch, &stream->call, &transport_ops, h2->setup.peer,
                   H2_STREAM_WINDOW_BYTES);
    return stream;
}

void h2_stream_detach(struct h2_stream *stream)
{
    unlink_stream(stream);
    unmark_ready(stream);
    stream->id = 0;
    call_close(&stream->call);
}
