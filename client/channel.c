#include "client/channel.h"

#include "client/channel_socket.h"
#include "client/channel_stream.h"
#include "client/channel_tls.h"

#include <errno.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    OUT_MAX_BYTES = 1 << 20,
    OUT_ENOUGH_BYTES = 256 << 10,
    READ_BYTES = 64 << 10,
    WINDOW_BYTES = 8 << 20, /* one message of the largest size and then some */
    METADATA_MAX = 8,
};

struct channel {
    struct address address;
    struct channel_security security;
    bool secure;
    struct channel_tls *tls;  /* NULL while there is none */
    int fd;                   /* -1 while there is no connection */
    nghttp2_session *session; /* NULL while there is no connection */
    struct buf out;           /* bytes that the socket has not taken yet */
    struct stream *stream;    /* the call under way, else NULL */
    bool is_leaving;          /* the peer said GOAWAY: no further calls on this connection */
    bool is_http2;            /* the peer's SETTINGS came */
};

struct channel *channel_new(const struct address *address,
                            const struct channel_security *security)
{
    struct channel *channel = xcalloc(1, sizeof *channel);

    channel->address = *address;
    channel->secure = security != NULL;
    if (security != NULL) channel->security = *security;
    channel->fd = -1;
    buf_init(&channel->out, OUT_MAX_BYTES);
    return channel;
}

static void disconnect(struct channel *channel)
{
    if (channel->session != NULL) nghttp2_session_del(channel->session);
    channel_tls_close(channel->tls);
    channel->tls = NULL;
    if (channel->fd >= 0) close(channel->fd);
    channel->session = NULL;
    channel->fd = -1;
    channel->is_leaving = false;
    channel->is_http2 = false;
    buf_clear(&channel->out);
}

static ssize_t wire_send(struct channel *channel, const void *bytes, size_t size)
{
    return channel->tls != NULL ? channel_tls_send(channel->tls, bytes, size)
                                : send(channel->fd, bytes, size, MSG_NOSIGNAL);
}

static ssize_t wire_receive(struct channel *channel, void *bytes, size_t size)
{
    return channel->tls != NULL ? channel_tls_receive(channel->tls, bytes, size)
                                : recv(channel->fd, bytes, size, 0);
}

void channel_free(struct channel *channel)
{
    if (channel == NULL) return;
    if (channel->session != NULL) {
        /* A courtesy; nobody waits for it to arrive. */
        const uint8_t *bytes;
        ssize_t size;

        nghttp2_session_terminate_session(channel->session, NGHTTP2_NO_ERROR);
        size = nghttp2_session_mem_send(channel->session, &bytes);
        if (size > 0) (void)!wire_send(channel, bytes, (size_t)size);
    }
    disconnect(channel);
    buf_release(&channel->out);
    free(channel);
}

static struct stream *stream_of(void *user_data, int32_t stream_id)
{
    struct channel *channel = user_data;

    return channel->stream != NULL && channel->stream->id == stream_id ? channel->stream : NULL;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_bytes, const uint8_t *value, size_t value_bytes, uint8_t flags,
                     void *user_data)
{
    struct stream *stream = stream_of(user_data, frame->hd.stream_id);

    (void)session;
    (void)name_bytes; /* nghttp2 ends both with a NUL */
    (void)flags;
    if (stream != NULL)
        stream_header(stream, (const char *)name, (const char *)value, value_bytes);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                   const uint8_t *bytes, size_t size, void *user_data)
{
    struct stream *stream = stream_of(user_data, stream_id);

    (void)flags;
    if (stream != NULL && !stream_data(stream, bytes, size))
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_CANCEL);
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream_id, uint32_t code, void *user_data)
{
    struct stream *stream = stream_of(user_data, stream_id);

    (void)session;
    if (stream == NULL) return 0;
    stream->closed = true;
    stream->close_code = code;
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user_data)
{
    struct channel *channel = user_data;

    (void)session;
    if (frame->hd.type == NGHTTP2_GOAWAY) channel->is_leaving = true;
    if (frame->hd.type == NGHTTP2_SETTINGS) channel->is_http2 = true;
    return 0;
}

static ssize_t on_read_request(nghttp2_session *session, int32_t stream_id, uint8_t *bytes,
                               size_t size, uint32_t *flags, nghttp2_data_source *source,
                               void *user_data)
{
    struct stream *stream = stream_of(user_data, stream_id);

    (void)session;
    (void)source;
    if (stream == NULL) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    size_t taken = stream_take_request(stream, bytes, size);

    if (stream_request_is_sent(stream)) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)taken;
}

static nghttp2_session *new_session(struct channel *channel)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES},
    };
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_session *session = NULL;

    if (nghttp2_session_callbacks_new(&callbacks) != 0) return NULL;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    if (nghttp2_session_client_new(&session, callbacks, channel) == 0) {
        nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings,
                                sizeof settings / sizeof settings[0]);
        nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
    }
    nghttp2_session_callbacks_del(callbacks);
    return session;
}

static struct status connect_channel(struct channel *channel, uint64_t deadline_ms,
                                     struct arena *arena)
{
    struct status st;

    if (channel->session != NULL && !channel->is_leaving) return status_ok();
    disconnect(channel);
    st = socket_connect(&channel->address, deadline_ms, arena, &channel->fd);
    if (status_is_ok(st) && channel->secure)
        st = channel_tls_open(channel->fd, &channel->address, &channel->security, deadline_ms,
                              arena, &channel->tls);
    if (!status_is_ok(st)) {
        disconnect(channel);
        return st;
    }
    channel->session = new_session(channel);
    if (channel->session != NULL) return status_ok();
    return status_error(arena, GRPC_RESOURCE_EXHAUSTED, NULL, NULL, "out of memory");
}

static struct status lost(const struct channel *channel, int error, struct arena *arena)
{
    if (error == -EACCES)
        return status_error(
            arena, GRPC_UNAUTHENTICATED, NULL, NULL,
            "%s refuses the connection; it asks for a client certificate that it "
            "trusts (--tls-cert, --tls-key)",
            channel->address.text);
    if (!channel->is_http2)
        return status_error(
            arena, GRPC_UNAVAILABLE, NULL, NULL,
            "what listens at %s does not speak gRPC, or stopped at once; is it "
            "provostd's address?%s",
            channel->address.text,
            channel->secure || channel->address.is_unix ? "" : " For TLS write tls:HOST:PORT");
    return status_error(arena, GRPC_UNAVAILABLE, NULL, NULL,
                        "the connection to %s was lost before the answer came (%s)",
                        channel->address.text,
                        error == 0 ? "closed by the server" : strerror(-error));
}

/* Brings what nghttp2 wants to send into `out`; 0 or a negative nghttp2 code. */
static int collect_output(struct channel *channel)
{
    while (channel->out.size < OUT_ENOUGH_BYTES) {
        const uint8_t *bytes;
        ssize_t size = nghttp2_session_mem_send(channel->session, &bytes);

        if (size <= 0) return (int)size;
        if (!buf_add(&channel->out, bytes, (size_t)size)) return NGHTTP2_ERR_NOMEM;
    }
    return 0;
}

/* Sends what the socket takes; 0 or -errno. */
static int send_output(struct channel *channel)
{
    for (;;) {
        ssize_t sent;

        if (collect_output(channel) != 0) return -EPROTO;
        if (channel->out.size == 0) return 0;
        sent = wire_send(channel, channel->out.data, channel->out.size);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return errno == EAGAIN ? 0 : -errno;
        buf_drop_front(&channel->out, (size_t)sent);
    }
}

/* Takes in what has come; 0 or -errno, -ECONNRESET at the end of the connection. */
static int receive_input(struct channel *channel)
{
    uint8_t bytes[READ_BYTES];
    ssize_t size;

    /* All of it: what TLS has decrypted does not wake poll again. */
    do {
        size = wire_receive(channel, bytes, sizeof bytes);
        if (size < 0) return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (size == 0) return -ECONNRESET;
        if (nghttp2_session_mem_recv(channel->session, bytes, (size_t)size) < 0) return -EPROTO;
    } while (channel->tls != NULL);
    return 0;
}

/* After a failed send: a server that refuses early closes while we still send, so its answer
 * may be there. 1 when it was whole, else `error`. */
static int drain_input(struct channel *channel, int error)
{
    while (!channel->stream->closed && socket_wait(channel->fd, POLLIN, 0) > 0)
        if (receive_input(channel) != 0) break;
    channel->is_leaving = true;
    return channel->stream->closed ? 1 : error;
}

/* One turn: send, wait, receive. 1 to go on, 0 when the deadline has passed, else -errno. */
static int turn(struct channel *channel, uint64_t deadline_ms)
{
    int error = send_output(channel);
    int ready;
    short events = POLLIN;

    if (error != 0) return drain_input(channel, error);
    if (channel->stream->closed) return 1;
    if (channel->out.size > 0) events |= POLLOUT;
    if (!nghttp2_session_want_read(channel->session) && channel->out.size == 0) return -EPROTO;
    ready = socket_wait(channel->fd, events, deadline_ms);
    if (ready <= 0) return ready;
    error = receive_input(channel);
    return error == 0 ? 1 : error;
}

static struct status past_deadline(const struct channel *channel, struct arena *arena)
{
    return status_error(arena, GRPC_DEADLINE_EXCEEDED, NULL, NULL,
                        "no answer from %s in the time allowed; give it more with --timeout",
                        channel->address.text);
}

/* Until the stream is closed. */
static struct status exchange(struct channel *channel, uint64_t deadline_ms,
                              struct arena *arena)
{
    while (!channel->stream->closed) {
        int result = turn(channel, deadline_ms);
        struct status st;

        if (result > 0) continue;
        if (channel->stream->closed) break;
        st = result == 0 ? past_deadline(channel, arena) : lost(channel, result, arena);
        disconnect(channel);
        return st;
    }
    /* Window updates and acknowledgements. */
    if (send_output(channel) != 0) channel->is_leaving = true;
    return status_ok();
}

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

/* A token must not stay in anybody's table of headers. */
static nghttp2_nv metadata_header(const struct channel_metadata *metadata)
{
    nghttp2_nv field = header(metadata->name, metadata->value);

    if (strcmp(metadata->name, "authorization") == 0) field.flags = NGHTTP2_NV_FLAG_NO_INDEX;
    return field;
}

static struct status submit(struct channel *channel, const struct channel_call *call,
                            struct arena *arena)
{
    char timeout[GRPC_TIMEOUT_TEXT_BYTES];
    nghttp2_nv headers[8 + METADATA_MAX] = {
        header(":method", "POST"),
        header(":scheme", channel->secure ? "https" : "http"),
        header(":path", call->path),
        header(":authority", channel->address.is_unix ? "localhost" : channel->address.host),
        header("te", "trailers"),
        header("content-type", "application/grpc"),
        header("user-agent", "provost/" PROVOST_VERSION),
    };
    size_t n = 7;
    nghttp2_data_provider body = {.read_callback = on_read_request};

    grpc_timeout_format(call->timeout_ms, timeout);
    if (call->timeout_ms > 0) headers[n++] = header("grpc-timeout", timeout);
    for (size_t i = 0; i < call->n_metadata && i < METADATA_MAX; i++)
        headers[n++] = metadata_header(&call->metadata[i]);
    channel->stream->id =
        nghttp2_submit_request(channel->session, NULL, headers, n, &body, NULL);
    if (channel->stream->id > 0) return status_ok();
    channel->is_leaving = true;
    return status_error(arena, GRPC_UNAVAILABLE, NULL, NULL, "the call could not be sent (%s)",
                        nghttp2_strerror(channel->stream->id));
}

void channel_run(struct channel *channel, const struct channel_call *call, struct arena *arena,
                 struct channel_reply *out_reply)
{
    uint64_t deadline_ms =
        call->timeout_ms == 0 ? SOCKET_FOREVER : socket_now_ms() + call->timeout_ms;
    struct stream stream;
    struct status st;

    stream_init(&stream, call);
    st = connect_channel(channel, deadline_ms, arena);
    channel->stream = &stream;
    if (status_is_ok(st)) st = submit(channel, call, arena);
    if (status_is_ok(st)) st = exchange(channel, deadline_ms, arena);
    channel->stream = NULL;
    if (status_is_ok(st))
        stream_reply(&stream, arena, out_reply);
    else
        *out_reply =
            (struct channel_reply){.code = st.code, .message = st.message, .is_local = true};
    stream_release(&stream);
}
