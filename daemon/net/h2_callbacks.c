#include "net/h2_callbacks.h"

#include "net/h2_judge.h"
#include "net/h2_stream.h"

static int on_begin_frame(nghttp2_session *session, const nghttp2_frame_hd *head,
                          void *user_data)
{
    (void)session;
    h2_judge_frame(user_data, head);
    return 0;
}

/* Frames of types that HTTP/2 does not define are ignored, as it asks; asking nghttp2 for them is
 * what makes it show them to on_begin_frame. */
static int on_unpack_extension(nghttp2_session *session, void **payload,
                               const nghttp2_frame_hd *head, void *user_data)
{
    (void)session;
    (void)payload;
    (void)head;
    (void)user_data;
    return NGHTTP2_ERR_CANCEL;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame,
                            void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    h2->header_block_since_ms = h2->now_ms;
    h2->block_bytes = 0;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    if (h2->open_calls >= H2_CALLS_MAX || h2->output_bytes > H2_OUTPUT_MAX_BYTES)
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    stream = h2_stream_new(h2, frame->hd.stream_id);
    if (stream == NULL) return NGHTTP2_ERR_CALLBACK_FAILURE;
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
    if (!h2_judge_header(user_data, name_size, value_size)) return NGHTTP2_ERR_CALLBACK_FAILURE;
    if (stream != NULL && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        call_add_header(&stream->call, &field);
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                         const uint8_t *bytes, size_t size, void *user_data)
{
    struct h2_stream *stream = nghttp2_session_get_stream_user_data(session, stream_id);
    const struct h2 *h2 = user_data;

    (void)flags;
    /* Who is being sent away gets no more work done, not even what this read still holds. */
    if (stream == NULL || h2->dismissal != NULL)
        return nghttp2_session_consume(session, stream_id, size);
    stream->unconsumed_bytes += size;
    stream->body_bytes += size;
    call_add_data(&stream->call, bytes, size);
    h2_stream_mark_ready(stream);
    return 0;
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    if (frame->hd.type == NGHTTP2_SETTINGS) h2->preface_done = true;
    if (frame->hd.type == NGHTTP2_PING && !(frame->hd.flags & NGHTTP2_FLAG_ACK))
        h2_judge_ping(h2);
    if (frame->hd.type == NGHTTP2_HEADERS) h2->header_block_since_ms = 0;
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
        call_headers_complete(&stream->call);
    if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) {
        call_half_close(&stream->call);
        h2_stream_mark_ready(stream);
    }
    return 0;
}

static int on_invalid_frame_recv(nghttp2_session *session, const nghttp2_frame *frame,
                                 int error_code, void *user_data)
{
    (void)session;
    (void)frame;
    (void)error_code;
    h2_judge(user_data, H2_INVALID);
    return 0;
}

/* Frames that end nothing. */
static void note_sent(struct h2 *h2, const nghttp2_frame *frame)
{
    switch (frame->hd.type) {
    case NGHTTP2_RST_STREAM:
        if (frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
            frame->rst_stream.error_code != NGHTTP2_CANCEL)
            h2_judge(h2, H2_RESET_CAUSED);
        break;
    case NGHTTP2_GOAWAY:
        h2->farewell_sent = h2->dismissed;
        break;
    case NGHTTP2_DATA:
        h2_budget_credit_data(&h2->budget);
        h2_judge_sent(h2);
        break;
    case NGHTTP2_HEADERS:
        h2_judge_sent(h2);
        break;
    default: /* nghttp2's numbers, not ours */
        break;
    }
}

/* An answer that ends before the request does is followed by a reset, so that the client stops
 * sending. Submitted here, because a reset queued earlier would overtake the trailers. */
static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct h2 *h2 = user_data;
    struct h2_stream *stream;

    note_sent(h2, frame);
    if (frame->hd.type != NGHTTP2_HEADERS || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM))
        return 0;
    stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (stream == NULL) return 0;
    h2_budget_credit_answer(&h2->budget);
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
    if (stream != NULL) h2_stream_detach(stream);
    return 0;
}

nghttp2_session_callbacks *h2_callbacks_new(void)
{
    nghttp2_session_callbacks *callbacks = NULL;

    if (nghttp2_session_callbacks_new(&callbacks) != 0) return NULL;
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
    nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, on_unpack_extension);
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
