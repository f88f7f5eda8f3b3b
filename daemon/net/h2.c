#include "net/h2.h"

#include "net/h2_reply.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* One stream and the call it carries, in one allocation: it lives until the call is released.
 */
struct h2_stream {
    struct call call;
    struct h2 *h2;
    int32_t id; /* 0 once the stream is closed */
    struct h2_stream *next;
    struct h2_stream *previous;
    struct h2_stream *next_ready;
    size_t unconsumed_bytes; /* received and not yet given back as window */
    size_t counted_bytes;    /* this call's share of h2->output_bytes */
    bool is_ready;
    bool replied;  /* response headers are submitted */
    bool deferred; /* nghttp2 waits for resume_data */
};

static struct h2_stream *stream_of(struct call *call)
{
    return (struct h2_stream *)((char *)call - offsetof(struct h2_stream, call));
}

/* --- streams --- */

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

static void mark_ready(struct h2_stream *stream)
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

/* The stream is gone; the call goes with it, or later. */
static void detach(struct h2_stream *stream)
{
    unlink_stream(stream);
    unmark_ready(stream);
    stream->id = 0;
    call_close(&stream->call);
}

/* --- what calls ask of us --- */

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buffer,
                            size_t size, uint32_t *data_flags, nghttp2_data_source *source,
                            void *user_data);

static void start_reply(struct h2_stream *stream)
{
    nghttp2_session *session = stream->h2->session;
    nghttp2_data_provider body = {.source.ptr = stream, .read_callback = on_read_body};

    stream->replied = true;
    if (call_is_complete(&stream->call))
        h2_reply_trailers_only(session, stream->id, &stream->call);
    else
        h2_reply_headers(session, stream->id, &body);
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
    .on_released = on_released,
};

/* --- nghttp2's callbacks --- */

static void nuisance(struct h2 *h2, enum h2_nuisance kind)
{
    if (!h2_budget_take(&h2->budget, kind, h2->now_ms)) h2->peer_exhausted = true;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame,
                            void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    h2->header_block_since_ms = h2->now_ms;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (h2->open_calls >= H2_CALLS_MAX || h2->output_bytes > H2_OUTPUT_MAX_BYTES)
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    stream = calloc(1, sizeof *stream);
    if (stream == NULL) return NGHTTP2_ERR_CALLBACK_FAILURE;
    stream->h2 = h2;
    stream->id = frame->hd.stream_id;
    link_stream(stream);
    h2->open_calls++;
    dispatch_begin(h2->setup.dispatch, &stream->call, &transport_ops, h2->setup.peer,
                   H2_STREAM_WINDOW_BYTES);
    return nghttp2_session_set_stream_user_data(session, stream->id, stream);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user_data)
{
    struct h2_stream *stream =
        nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    struct header_field field = {(const char *)name, name_size, (const char *)value,
                                 value_size};

    (void)flags;
    (void)user_data;
    if (stream != NULL && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        call_add_header(&stream->call, &field);
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                         const uint8_t *bytes, size_t size, void *user_data)
{
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);

    (void)flags;
    (void)user_data;
    if (stream == NULL) return nghttp2_session_consume(session, stream_id, size);
    stream->unconsumed_bytes += size;
    call_add_data(&stream->call, bytes, size);
    mark_ready(stream);
    return 0;
}

/* Frames that cost us something and carry no call forward. */
static void judge_frame(struct h2 *h2, const nghttp2_frame *frame)
{
    bool ack = frame->hd.flags & NGHTTP2_FLAG_ACK;

    switch (frame->hd.type) {
    case NGHTTP2_PING:
        if (!ack) nuisance(h2, H2_NUISANCE_PING);
        break;
    case NGHTTP2_SETTINGS:
        if (!ack) h2->preface_done = true;
        nuisance(h2, H2_NUISANCE_CHEAP);
        break;
    case NGHTTP2_DATA:
        if (frame->hd.length == 0 && !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
            nuisance(h2, H2_NUISANCE_CHEAP);
        break;
    case NGHTTP2_RST_STREAM: /* nghttp2 has a limit of its own on these */
    case NGHTTP2_WINDOW_UPDATE:
    case NGHTTP2_PRIORITY:
        nuisance(h2, H2_NUISANCE_CHEAP);
        break;
    default: /* nghttp2's numbers, not ours: the others are paid for by their call */
        break;
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    judge_frame(h2, frame);
    if (frame->hd.type == NGHTTP2_HEADERS) h2->header_block_since_ms = 0;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        call_headers_complete(&stream->call);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        call_half_close(&stream->call);
        mark_ready(stream);
    }
    return 0;
}

static int on_invalid_frame_recv(nghttp2_session *session, const nghttp2_frame *frame,
                                 int error_code, void *user_data)
{
    (void)session;
    (void)frame;
    (void)error_code;
    nuisance(user_data, H2_NUISANCE_INVALID);
    return 0;
}

/* An answer that ends before the request does is followed by a reset, so that the client stops
 * sending. Submitted here, because a reset queued earlier would overtake the trailers. */
static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    if (frame->hd.type == NGHTTP2_RST_STREAM &&
        frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
        frame->rst_stream.error_code != NGHTTP2_CANCEL)
        nuisance(h2, H2_NUISANCE_RESET);
    if (frame->hd.type != NGHTTP2_HEADERS || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL) return 0;
    h2_budget_credit(&h2->budget);
    if (stream->call.half_closed) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                     NGHTTP2_NO_ERROR);
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error_code,
                           void *user_data)
{
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);

    (void)error_code;
    (void)user_data;
    if (stream != NULL) detach(stream);
    return 0;
}

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *buffer,
                            size_t size, uint32_t *data_flags, nghttp2_data_source *source,
                            void *user_data)
{
    struct h2_stream *stream = source->ptr;
    size_t taken = call_take_output(&stream->call, buffer, size);

    (void)user_data;
    count_output(stream);
    if (call_is_complete(&stream->call)) {
        *data_flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
        if (h2_reply_trailers(session, stream_id, &stream->call) != 0)
            return NGHTTP2_ERR_CALLBACK_FAILURE;
        return (ssize_t)taken;
    }
    if (stream->call.output_bytes == 0) mark_ready(stream); /* on_writable, after the pump */
    if (taken > 0) return (ssize_t)taken;
    stream->deferred = true;
    return NGHTTP2_ERR_DEFERRED;
}

/* --- the session --- */

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks = NULL;

    if (nghttp2_session_callbacks_new(&callbacks) != 0) return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks,
                                                                 on_invalid_frame_recv);
    return callbacks;
}

/* ENGINEERING.md 1.2 and 1.4 give the reasons for each. */
static nghttp2_option *make_options(bool trusted)
{
    nghttp2_option *option = NULL;

    if (nghttp2_option_new(&option) != 0) return NULL;
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, 100);
    nghttp2_option_set_max_settings(option, 32);
    nghttp2_option_set_max_continuations(option, 8);
    nghttp2_option_set_stream_reset_rate_limit(option, trusted ? 10000 : 1000,
                                               trusted ? 1000 : 33);
    return option;
}

static int submit_settings(struct h2 *h2)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, METADATA_LIST_MAX_BYTES},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    int error = nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings,
                                        sizeof settings / sizeof settings[0]);

    if (error != 0) return error;
    return nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0,
                                                 H2_CONNECTION_WINDOW_BYTES);
}

int h2_open(struct h2 *h2, const struct h2_setup *setup)
{
    nghttp2_session_callbacks *callbacks = make_callbacks();
    nghttp2_option *option = make_options(setup->trusted);
    int error = NGHTTP2_ERR_NOMEM;

    *h2 = (struct h2){.setup = *setup, .now_ms = setup->now_ms};
    h2->ready_end = &h2->ready;
    h2_mem_init(&h2->mem, H2_MEMORY_MAX_BYTES);
    h2_budget_init(&h2->budget, setup->now_ms);
    if (callbacks != NULL && option != NULL)
        error = nghttp2_session_server_new3(&h2->session, callbacks, h2, option, &h2->mem.mem);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    if (error == 0) error = submit_settings(h2);
    return error == 0 ? 0 : UV_ENOMEM;
}

void h2_close(struct h2 *h2)
{
    nghttp2_session *session = h2->session;

    h2->session = NULL;
    h2->pending = NULL;
    h2->pending_bytes = 0;
    while (h2->streams != NULL)
        detach(h2->streams);
    nghttp2_session_del(session);
}

static void run_ready(struct h2 *h2)
{
    while (h2->ready != NULL) {
        struct h2_stream *stream = h2->ready;

        h2->ready = stream->next_ready;
        if (h2->ready == NULL) h2->ready_end = &h2->ready;
        stream->is_ready = false;
        call_run(&stream->call);
    }
}

int h2_receive(struct h2 *h2, const uint8_t *bytes, size_t size, uint64_t now_ms)
{
    ssize_t taken;

    h2->now_ms = now_ms;
    taken = nghttp2_session_mem_recv(h2->session, bytes, size);
    if (taken < 0) return UV_EPROTO;
    if (h2->peer_exhausted) h2_terminate(h2, NGHTTP2_ENHANCE_YOUR_CALM);
    run_ready(h2);
    h2->setup.ops->on_output(h2->setup.owner);
    return 0;
}

/* Appends what nghttp2 has handed out; its pointer holds until mem_send is called again. */
static size_t take_pending(struct h2 *h2, uint8_t *out_bytes, size_t size)
{
    size_t step = h2->pending_bytes < size ? h2->pending_bytes : size;

    if (step > 0) memcpy(out_bytes, h2->pending, step);
    h2->pending += step;
    h2->pending_bytes -= step;
    return step;
}

ssize_t h2_take_output(struct h2 *h2, uint8_t *out_bytes, size_t size)
{
    size_t taken = 0;

    while (taken < size) {
        if (h2->pending_bytes == 0) {
            ssize_t got = nghttp2_session_mem_send(h2->session, &h2->pending);

            if (got < 0) return UV_EPROTO;
            if (got == 0 && h2->ready == NULL) break;
            h2->pending_bytes = (size_t)got;
            if (got == 0) run_ready(h2); /* handlers that waited for room send more */
        }
        taken += take_pending(h2, out_bytes + taken, size - taken);
    }
    return (ssize_t)taken;
}

bool h2_is_congested(const struct h2 *h2)
{
    enum { QUEUED_FRAMES_MAX = 1000 };

    return h2->output_bytes > H2_OUTPUT_HIGH_BYTES ||
           nghttp2_session_get_outbound_queue_size(h2->session) > QUEUED_FRAMES_MAX;
}

bool h2_is_over(const struct h2 *h2)
{
    return h2->pending_bytes == 0 && !nghttp2_session_want_read(h2->session) &&
           !nghttp2_session_want_write(h2->session);
}

void h2_announce_shutdown(struct h2 *h2)
{
    nghttp2_submit_shutdown_notice(h2->session);
    h2->setup.ops->on_output(h2->setup.owner);
}

void h2_shutdown(struct h2 *h2)
{
    nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(h2->session),
                          NGHTTP2_NO_ERROR, NULL, 0);
    h2->setup.ops->on_output(h2->setup.owner);
}

void h2_terminate(struct h2 *h2, uint32_t error_code)
{
    nghttp2_session_terminate_session(h2->session, error_code);
    h2->setup.ops->on_output(h2->setup.owner);
}
