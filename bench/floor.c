/* The ceiling of the wire: a gRPC server of libuv and nghttp2 alone that answers every call with the
 * message it got. One thread, no limits, no checks: a measure, not a model.
 *
 *   floor HOST PORT
 */
#include "pipe.h"

#include "common/arena.h"
#include "common/buf.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_MAX_BYTES = 4 << 20, WINDOW_BYTES = 8 << 20 };

struct echo {
    struct buf message;
    size_t sent_bytes;
};

#define HEADER(name, value)                                                                    \
    {                                                                                          \
        (uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, sizeof(value) - 1,            \
            NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE                       \
    }

static const nghttp2_nv answer_headers[] = {HEADER(":status", "200"),
                                            HEADER("content-type", "application/grpc")};
static const nghttp2_nv answer_trailers[] = {HEADER("grpc-status", "0")};

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    struct echo *echo = xcalloc(1, sizeof *echo);
    (void)data;
    buf_init(&echo->message, MESSAGE_MAX_BYTES);
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, echo);
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                         const uint8_t *bytes, size_t size, void *data)
{
    struct echo *echo = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)flags, (void)data;
    if (echo) (void)buf_add(&echo->message, bytes, size);
    return 0;
}

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *out,
                            size_t room, uint32_t *out_flags, nghttp2_data_source *source,
                            void *data)
{
    struct echo *echo = source->ptr;
    size_t left = echo->message.size - echo->sent_bytes, size = left < room ? left : room;
    (void)data;
    if (size > 0) memcpy(out, echo->message.data + echo->sent_bytes, size);
    echo->sent_bytes += size;
    if (size < left) return (ssize_t)size;
    *out_flags = NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(session, stream_id, answer_trailers, 1);
    return (ssize_t)size;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data)
{
    struct echo *echo = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    nghttp2_data_provider body = {.source.ptr = echo, .read_callback = on_read_body};
    (void)data;
    if (!echo || !(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    return nghttp2_submit_response(session, frame->hd.stream_id, answer_headers, 2, &body);
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t code,
                           void *data)
{
    struct echo *echo = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)code, (void)data;
    if (!echo) return 0;
    buf_release(&echo->message);
    free(echo);
    return 0;
}

static nghttp2_session *new_session(struct pipe *pipe)
{
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 1000},
                                         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES}};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) abort();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    if (nghttp2_session_server_new(&session, callbacks, pipe) != 0) abort();
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
    return session;
}

static void on_closed(struct pipe *pipe)
{
    free(pipe);
}

static void on_connection(uv_stream_t *listener, int status)
{
    struct pipe *pipe = xcalloc(1, sizeof *pipe);
    if (status != 0) abort();
    uv_tcp_init(listener->loop, &pipe->uv.tcp);
    pipe->uv.handle.data = pipe;
    pipe->on_closed = on_closed;
    if (uv_accept(listener, &pipe->uv.stream) != 0) abort();
    uv_tcp_nodelay(&pipe->uv.tcp, 1);
    pipe->session = new_session(pipe);
    pipe_start(pipe);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    uv_tcp_t listener;
    if (argc != 3) {
        fprintf(stderr, "usage: floor HOST PORT\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    uv_tcp_init(uv_default_loop(), &listener);
    if (uv_ip4_addr(argv[1], (int)strtol(argv[2], NULL, 10), &address) != 0 ||
        uv_tcp_bind(&listener, (struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&listener, 1024, on_connection) != 0) {
        fprintf(stderr, "floor: cannot listen on %s port %s\n", argv[1], argv[2]);
        return 1;
    }
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
