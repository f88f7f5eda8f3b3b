/* An nghttp2 session on a libuv stream, both ways, and nothing else: what the load generator and the
 * bare echo server share. Everything runs on the loop's thread.
 */
#ifndef BENCH_PIPE_H
#define BENCH_PIPE_H

#include <nghttp2/nghttp2.h>
#include <stdbool.h>
#include <uv.h>

enum { PIPE_BYTES = 64 << 10 };

struct pipe;

/* Called once, when the peer has gone or the pipe was closed; the pipe may be freed in it. */
typedef void pipe_closed_fn(struct pipe *pipe);

struct pipe {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t unix_socket;
    } uv;
    nghttp2_session *session; /* set by the owner, freed by the pipe */
    pipe_closed_fn *on_closed;
    uv_write_t write;
    bool is_writing, is_closing;
    size_t out_bytes;
    char in[PIPE_BYTES], out[PIPE_BYTES];
};

/* Begins to read; the session is set and its SETTINGS are submitted. */
void pipe_start(struct pipe *pipe);

/* Sends what the session has to send, as far as the socket takes it. */
void pipe_flush(struct pipe *pipe);

/* Closes at once; on_closed follows. More calls do nothing. */
void pipe_close(struct pipe *pipe);

#endif
