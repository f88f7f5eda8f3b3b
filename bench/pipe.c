#include "pipe.h"

#include <string.h>

static void on_handle_closed(uv_handle_t *handle)
{
    struct pipe *pipe = handle->data;
    nghttp2_session_del(pipe->session);
    pipe->session = NULL;
    pipe->on_closed(pipe);
}

void pipe_close(struct pipe *pipe)
{
    if (pipe->is_closing) return;
    pipe->is_closing = true;
    uv_close(&pipe->uv.handle, on_handle_closed);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out_buf)
{
    struct pipe *pipe = handle->data;
    (void)suggested;
    *out_buf = uv_buf_init(pipe->in, sizeof pipe->in);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
    struct pipe *pipe = stream->data;
    if (size == 0) return;
    if (size < 0 || nghttp2_session_mem_recv(pipe->session, (const uint8_t *)buf->base,
                                             (size_t)size) != size) {
        pipe_close(pipe);
        return;
    }
    pipe_flush(pipe);
}

static void on_written(uv_write_t *write, int status)
{
    struct pipe *pipe = write->data;
    pipe->is_writing = false;
    pipe->out_bytes = 0;
    if (status != 0)
        pipe_close(pipe);
    else if (!pipe->is_closing)
        pipe_flush(pipe);
}

/* Gathers frames; false when the session is broken. A frame is at most 16 KiB and its header. */
static bool gather(struct pipe *pipe)
{
    while (sizeof pipe->out - pipe->out_bytes > (17 << 10)) {
        const uint8_t *bytes;
        ssize_t size = nghttp2_session_mem_send(pipe->session, &bytes);
        if (size < 0) return false;
        if (size == 0) return true;
        memcpy(pipe->out + pipe->out_bytes, bytes, (size_t)size);
        pipe->out_bytes += (size_t)size;
    }
    return true;
}

/* Hands the rest to libuv, which tells when it is gone. */
static void write_rest(struct pipe *pipe, size_t sent)
{
    uv_buf_t rest = uv_buf_init(pipe->out + sent, (unsigned)(pipe->out_bytes - sent));
    pipe->is_writing = true;
    pipe->write.data = pipe;
    if (uv_write(&pipe->write, &pipe->uv.stream, &rest, 1, on_written) != 0) pipe_close(pipe);
}

void pipe_flush(struct pipe *pipe)
{
    while (!pipe->is_writing && !pipe->is_closing) {
        if (!gather(pipe)) {
            pipe_close(pipe);
            return;
        }
        if (pipe->out_bytes == 0) break;
        uv_buf_t all = uv_buf_init(pipe->out, (unsigned)pipe->out_bytes);
        int sent = uv_try_write(&pipe->uv.stream, &all, 1);
        if (sent == (int)pipe->out_bytes)
            pipe->out_bytes = 0;
        else
            write_rest(pipe, sent > 0 ? (size_t)sent : 0);
    }
    if (!pipe->is_closing && !nghttp2_session_want_read(pipe->session) &&
        !nghttp2_session_want_write(pipe->session))
        pipe_close(pipe);
}

void pipe_start(struct pipe *pipe)
{
    pipe->uv.handle.data = pipe;
    if (uv_read_start(&pipe->uv.stream, on_alloc, on_read) != 0) {
        pipe_close(pipe);
        return;
    }
    pipe_flush(pipe);
}
