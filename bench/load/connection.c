#include "load.h"

#include "common/grpc_frame.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    WINDOW_BYTES = 8 << 20,
    LANE_BYTES = 16 << 20,
    NO_STATUS = -1,
};

struct connection;

/* A lane and the request it has in flight. */
struct slot {
    struct lane lane;
    struct connection *connection;
    struct arena arena;
    struct buf answer;
    uint8_t *request;
    size_t request_bytes, sent_bytes;
    uint64_t sent_ns;
    int code;
};

struct connection {
    struct pipe pipe;
    struct load *load;
    uv_connect_t connect;
    const char *authority;
    struct slot *slots;
};

/* ---- one request ---- */

static nghttp2_nv header(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value),
                        NGHTTP2_NV_FLAG_NO_COPY_NAME};
}

static ssize_t on_read_body(nghttp2_session *session, int32_t stream_id, uint8_t *out,
                            size_t room, uint32_t *out_flags, nghttp2_data_source *source,
                            void *data)
{
    struct slot *slot = source->ptr;
    size_t left = slot->request_bytes - slot->sent_bytes, size = left < room ? left : room;
    (void)session, (void)stream_id, (void)data;
    memcpy(out, slot->request + slot->sent_bytes, size);
    slot->sent_bytes += size;
    if (size == left) *out_flags = NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)size;
}

static void pack(struct slot *slot, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    slot->request = arena_alloc(&slot->arena, GRPC_PREFIX_BYTES + size);
    grpc_prefix_write(slot->request, false, (uint32_t)size);
    protobuf_c_message_pack(message, slot->request + GRPC_PREFIX_BYTES);
    slot->request_bytes = GRPC_PREFIX_BYTES + size;
    slot->sent_bytes = 0;
}

static bool send_headers(struct slot *slot, const struct ask *ask)
{
    const struct load *load = slot->connection->load;
    nghttp2_data_provider body = {.source.ptr = slot, .read_callback = on_read_body};
    nghttp2_nv headers[8] = {header(":method", "POST"),
                             header(":scheme", "http"),
                             header(":path", ask->path),
                             header(":authority", slot->connection->authority),
                             header("content-type", "application/grpc"),
                             header("te", "trailers")};
    size_t count = 6;
    if (ask->service) headers[count++] = header("provost-service", ask->service);
    if (load->authorization) headers[count++] = header("authorization", load->authorization);
    return nghttp2_submit_request(slot->connection->pipe.session, NULL, headers, count, &body,
                                  slot) > 0;
}

static bool begin_request(struct slot *slot)
{
    struct load *load = slot->connection->load;
    struct ask ask;
    if (!load_goes_on(load)) return false;
    arena_release(&slot->arena);
    arena_init(&slot->arena, LANE_BYTES);
    buf_clear(&slot->answer);
    load->work->make(&slot->lane, &load->scale, &slot->arena, &ask);
    pack(slot, ask.message);
    slot->lane.step++;
    slot->code = NO_STATUS;
    slot->sent_ns = uv_hrtime();
    load->started++;
    return send_headers(slot, &ask);
}

static bool is_as_asked(struct slot *slot)
{
    const struct work *work = slot->connection->load->work;
    if (!work->take) return true;
    return slot->answer.size >= GRPC_PREFIX_BYTES &&
           work->take(&slot->lane, slot->answer.data + GRPC_PREFIX_BYTES,
                      slot->answer.size - GRPC_PREFIX_BYTES, &slot->arena);
}

/* ---- the session ---- */

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *data)
{
    struct slot *slot = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)value_size, (void)flags, (void)data;
    if (slot && name_size == 11 && memcmp(name, "grpc-status", 11) == 0)
        slot->code = (int)strtol((const char *)value, NULL, 10);
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t stream_id,
                         const uint8_t *bytes, size_t size, void *data)
{
    struct slot *slot = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)flags, (void)data;
    if (slot && slot->connection->load->work->take) (void)buf_add(&slot->answer, bytes, size);
    return 0;
}

/* Ends the connection with its last stream. */
static void leave_if_done(struct connection *connection)
{
    for (unsigned i = 0; i < connection->load->streams; i++)
        if (connection->slots[i].request) return;
    nghttp2_session_terminate_session(connection->pipe.session, NGHTTP2_NO_ERROR);
}

static int on_stream_close(nghttp2_session *session, int32_t stream_id, uint32_t error,
                           void *data)
{
    struct slot *slot = nghttp2_session_get_stream_user_data(session, stream_id);
    (void)error, (void)data;
    if (!slot) return 0;
    load_count(slot->connection->load, slot->code, slot->code != 0 || is_as_asked(slot),
               slot->sent_ns);
    slot->request = NULL;
    if (!begin_request(slot)) leave_if_done(slot->connection);
    return 0;
}

static nghttp2_session *new_session(struct connection *connection)
{
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES}};
    nghttp2_session_callbacks *callbacks;
    nghttp2_session *session;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) abort();
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    if (nghttp2_session_client_new(&session, callbacks, connection) != 0) abort();
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES);
    return session;
}

/* ---- the connection ---- */

static void on_closed(struct pipe *pipe)
{
    struct connection *connection = (struct connection *)pipe;
    struct load *load = connection->load;
    for (unsigned i = 0; i < load->streams; i++) {
        struct slot *slot = &connection->slots[i];
        if (slot->request) load_count(load, NO_STATUS, false, slot->sent_ns);
        arena_release(&slot->arena);
        buf_release(&slot->answer);
    }
    load->connections_open--;
    free(connection->slots);
    free(connection);
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct connection *connection = connect->data;
    connection->pipe.session = new_session(connection);
    if (status != 0) {
        fprintf(stderr, "load: cannot connect: %s\n", uv_strerror(status));
        pipe_close(&connection->pipe);
        return;
    }
    for (unsigned i = 0; i < connection->load->streams; i++)
        (void)begin_request(&connection->slots[i]);
    pipe_start(&connection->pipe);
    leave_if_done(connection);
}

static bool connect_tcp(struct connection *connection, const struct address *address)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
    if (getaddrinfo(address->host, address->port, &hints, &found) != 0) return false;
    uv_tcp_init(connection->load->loop, &connection->pipe.uv.tcp);
    uv_tcp_nodelay(&connection->pipe.uv.tcp, 1);
    int code = uv_tcp_connect(&connection->connect, &connection->pipe.uv.tcp, found->ai_addr,
                              on_connected);
    freeaddrinfo(found);
    return code == 0;
}

static bool open_connection(struct load *load, unsigned number)
{
    struct connection *connection = xcalloc(1, sizeof *connection);
    connection->load = load;
    connection->authority = load->address.is_unix ? "localhost" : load->address.host;
    connection->connect.data = connection;
    connection->pipe.on_closed = on_closed;
    connection->slots = xcalloc(load->streams, sizeof *connection->slots);
    for (unsigned i = 0; i < load->streams; i++) {
        struct slot *slot = &connection->slots[i];
        slot->connection = connection;
        slot->lane.number = (uint64_t)number * load->streams + i;
        slot->lane.random =
            (slot->lane.number + 1) * UINT64_C(0x9e3779b97f4a7c15) ^ uv_hrtime();
        arena_init(&slot->arena, LANE_BYTES);
        buf_init(&slot->answer, LANE_BYTES);
    }
    load->connections_open++;
    if (!load->address.is_unix) {
        bool fine = connect_tcp(connection, &load->address);
        connection->pipe.uv.handle.data = connection;
        return fine;
    }
    uv_pipe_init(load->loop, &connection->pipe.uv.unix_socket, 0);
    connection->pipe.uv.handle.data = connection;
    uv_pipe_connect(&connection->connect, &connection->pipe.uv.unix_socket, load->address.path,
                    on_connected);
    return true;
}

bool load_start(struct load *load)
{
    for (unsigned i = 0; i < load->connections; i++)
        if (!open_connection(load, i)) {
            fprintf(stderr, "load: cannot reach %s\n", load->address.text);
            return false;
        }
    return true;
}
