#include "net/conn.h"

#include "common/arena.h"
#include "net/h2.h"
#include "rpc/auth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIMIT_CHECK_MS = 1000,
    /* Between the notice to an idle client and the end. Stock clients look at an idle
     * connection every 5 s; one that calls in between is served, where a closed socket would
     * fail it. */
    IDLE_NOTICE_MS = 20000,
};

/* The part of a flush that the socket did not take at once. */
struct remainder {
    uv_write_t request;
    uint8_t bytes[];
};

struct conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct conn_shared *shared;
    struct auth_peer peer;
    struct h2 h2;
    struct flush_item flush_item;
    struct timeout limit_check;
    struct conn *next;
    struct conn *previous;
    uint64_t opened_ms;
    uint64_t idle_since_ms;  /* when the last call ended or a byte came */
    uint64_t write_since_ms; /* valid while `writing` */
    uint64_t noticed_ms;     /* when an idle client was told to go; 0: it was not */
    bool linked;             /* in the server's list */
    bool reading;
    bool writing;
    bool closing;
    bool handle_closed;
};

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static uint64_t now_ms(const struct conn *conn)
{
    return uv_now(conn->shared->loop);
}

/* --- the end --- */

static void maybe_free(struct conn *conn)
{
    if (!conn->handle_closed || conn->writing || conn->h2.open_calls > 0) return;
    conn->shared->on_gone(conn, conn->shared->data);
    free(conn);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct conn *conn = handle->data;

    conn->handle_closed = true;
    maybe_free(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->closing) return;
    conn->closing = true;
    flush_unmark(conn->shared->flush, &conn->flush_item);
    timeout_clear(conn->shared->deadlines, &conn->limit_check);
    h2_close(&conn->h2);
    uv_close(&conn->uv.handle, on_handle_closed);
}

/* --- reading --- */

static void on_alloc(uv_handle_t *handle, size_t suggested_size, uv_buf_t *out_buffer)
{
    struct conn *conn = handle->data;

    (void)suggested_size;
    *out_buffer = uv_buf_init((char *)conn->shared->read_buffer, CONN_BUFFER_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct conn *conn = stream->data;

    if (size == 0) return;
    if (size < 0) {
        conn_close(conn);
        return;
    }
    conn->idle_since_ms = now_ms(conn);
    if (h2_receive(&conn->h2, (const uint8_t *)buffer->base, (size_t)size, now_ms(conn)) != 0)
        conn_close(conn);
}

/* Reads on, or waits until the peer has taken what is queued for it. Only while the socket is
 * full: output that waits for the peer's window needs us to read its WINDOW_UPDATE. */
static void set_reading(struct conn *conn)
{
    bool want = !conn->writing || !h2_is_congested(&conn->h2);

    if (conn->closing || want == conn->reading) return;
    conn->reading = want;
    if (!want)
        uv_read_stop(&conn->uv.stream);
    else if (uv_read_start(&conn->uv.stream, on_alloc, on_read) != 0)
        conn_close(conn);
}

/* --- writing --- */

static void on_written(uv_write_t *request, int error)
{
    struct conn *conn = request->data;

    free(container_of(request, struct remainder, request));
    conn->writing = false;
    if (conn->closing)
        maybe_free(conn);
    else if (error != 0)
        conn_close(conn);
    else
        flush_mark(conn->shared->flush, &conn->flush_item);
}

/* Leaves `size` bytes to uv_write. */
static int write_later(struct conn *conn, const uint8_t *bytes, size_t size)
{
    struct remainder *rest = xmalloc(sizeof *rest + size);
    uv_buf_t buffer = uv_buf_init((char *)rest->bytes, (unsigned)size);
    int error;

    memcpy(rest->bytes, bytes, size);
    rest->request.data = conn;
    error = uv_write(&rest->request, &conn->uv.stream, &buffer, 1, on_written);
    if (error != 0) {
        free(rest);
        return error;
    }
    conn->writing = true;
    conn->write_since_ms = now_ms(conn);
    return 0;
}

/* Writes what fits into the socket now. 0 or an error. */
static int write_now(struct conn *conn, const uint8_t *bytes, size_t size)
{
    uv_buf_t buffer = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)size);
    int written = uv_try_write(&conn->uv.stream, &buffer, 1);

    if (written == UV_EAGAIN) written = 0;
    if (written < 0) return written;
    if ((size_t)written == size) return 0;
    return write_later(conn, bytes + written, size - (size_t)written);
}

/* Takes output buffer by buffer until the session has no more or the socket is full. The rounds
 * are bounded, so that one connection cannot keep the loop to itself. */
static int write_output(struct conn *conn)
{
    enum { ROUNDS_MAX = 16 };
    uint8_t *buffer = conn->shared->write_buffer;

    for (unsigned round = 0; !conn->writing; round++) {
        ssize_t size = h2_take_output(&conn->h2, buffer, CONN_BUFFER_BYTES);
        int error;

        if (size <= 0) return (int)size;
        error = round < ROUNDS_MAX ? write_now(conn, buffer, (size_t)size)
                                   : write_later(conn, buffer, (size_t)size);
        if (error != 0) return error;
    }
    return 0;
}

static void on_flush(struct flush_item *item)
{
    struct conn *conn = container_of(item, struct conn, flush_item);

    if (conn->closing) return;
    if (write_output(conn) != 0 || (!conn->writing && h2_is_over(&conn->h2)))
        conn_close(conn);
    else
        set_reading(conn);
}

/* --- time limits --- */

static bool has_passed(uint64_t since_ms, uint64_t limit_ms, uint64_t now)
{
    return limit_ms != 0 && now - since_ms >= limit_ms;
}

/* The client holds us up and gets nothing from it. */
static bool is_stalling(const struct conn *conn)
{
    const struct conn_limits *limits = &conn->shared->limits;
    const struct h2 *h2 = &conn->h2;
    uint64_t now = now_ms(conn);

    /* Later: least bytes per second for request bodies (trickle); until then the deadline of
     * the call ends a slow body. */
    if (!h2->preface_done && has_passed(conn->opened_ms, limits->preface_ms, now)) return true;
    if (h2->header_block_since_ms != 0 &&
        has_passed(h2->header_block_since_ms, limits->header_block_ms, now))
        return true;
    return conn->writing && has_passed(conn->write_since_ms, limits->write_stalled_ms, now);
}

/* An idle client is first told to go, and left to it. */
static void check_idle(struct conn *conn)
{
    uint64_t now = now_ms(conn);

    if (conn->h2.open_calls > 0) return;
    if (conn->noticed_ms != 0 && now - conn->noticed_ms >= IDLE_NOTICE_MS) {
        h2_terminate(&conn->h2, NGHTTP2_NO_ERROR);
    } else if (conn->noticed_ms == 0 &&
               has_passed(conn->idle_since_ms, conn->shared->limits.idle_ms, now)) {
        conn->noticed_ms = now;
        h2_announce_shutdown(&conn->h2);
    }
}

/* Limits are looked at once a second: a timer per limit would be moved with every byte. */
static void on_limit_check(struct timeout *deadline)
{
    struct conn *conn = container_of(deadline, struct conn, limit_check);

    if (is_stalling(conn)) {
        conn_close(conn);
        return;
    }
    check_idle(conn);
    timeout_set(conn->shared->deadlines, &conn->limit_check, LIMIT_CHECK_MS);
}

/* --- the session's wishes --- */

static void on_h2_output(void *owner)
{
    struct conn *conn = owner;

    if (!conn->closing) flush_mark(conn->shared->flush, &conn->flush_item);
}

static void on_calls_gone(void *owner)
{
    struct conn *conn = owner;

    conn->idle_since_ms = now_ms(conn);
    maybe_free(conn);
}

static const struct h2_owner_ops h2_ops = {
    .on_output = on_h2_output,
    .on_calls_gone = on_calls_gone,
};

/* --- the beginning --- */

static int init_handle(struct conn *conn, const uv_stream_t *listener)
{
    conn->uv.handle.data = conn;
    if (listener->type == UV_NAMED_PIPE)
        return uv_pipe_init(conn->shared->loop, &conn->uv.pipe, 0);
    return uv_tcp_init(conn->shared->loop, &conn->uv.tcp);
}

static int start(struct conn *conn, uv_stream_t *listener)
{
    struct h2_setup setup = {
        .ops = &h2_ops,
        .owner = conn,
        .dispatch = conn->shared->dispatch,
        .peer = &conn->peer,
        .trusted = listener->type == UV_NAMED_PIPE,
        .now_ms = now_ms(conn),
    };
    uv_os_fd_t fd;
    int error = uv_accept(listener, &conn->uv.stream);

    if (error == 0) error = uv_fileno(&conn->uv.handle, &fd);
    if (error != 0) return error;
    auth_peer_init(&conn->peer, fd);
    if (listener->type == UV_TCP) uv_tcp_nodelay(&conn->uv.tcp, 1);
    error = h2_open(&conn->h2, &setup);
    if (error != 0) return error;
    conn->reading = true;
    return uv_read_start(&conn->uv.stream, on_alloc, on_read);
}

struct conn *conn_accept(struct conn_shared *shared, uv_stream_t *listener)
{
    struct conn *conn = xcalloc(1, sizeof *conn);

    conn->shared = shared;
    conn->flush_item.on_flush = on_flush;
    conn->limit_check.on_due = on_limit_check;
    conn->opened_ms = conn->idle_since_ms = now_ms(conn);
    if (init_handle(conn, listener) != 0) {
        free(conn);
        return NULL;
    }
    conn->uv.handle.data = conn;
    if (start(conn, listener) != 0) {
        conn_close(conn);
        return NULL;
    }
    timeout_set(shared->deadlines, &conn->limit_check, LIMIT_CHECK_MS);
    flush_mark(shared->flush, &conn->flush_item);
    return conn;
}

void conn_announce_shutdown(struct conn *conn)
{
    if (!conn->closing) h2_announce_shutdown(&conn->h2);
}

void conn_shutdown(struct conn *conn)
{
    if (!conn->closing) h2_shutdown(&conn->h2);
}

struct conn *conn_get_next(const struct conn *conn)
{
    return conn->next;
}

void conn_link(struct conn *conn, struct conn **head)
{
    conn->next = *head;
    conn->previous = NULL;
    conn->linked = true;
    if (*head != NULL) (*head)->previous = conn;
    *head = conn;
}

bool conn_unlink(struct conn *conn, struct conn **head)
{
    if (!conn->linked) return false;
    conn->linked = false;
    if (conn->next != NULL) conn->next->previous = conn->previous;
    if (conn->previous != NULL)
        conn->previous->next = conn->next;
    else
        *head = conn->next;
    return true;
}
