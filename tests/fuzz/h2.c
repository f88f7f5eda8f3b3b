/* A client's bytes through HTTP/2 and dispatch up to the real handlers, and back.
 *
 * The first byte says how: (1) the socket is trusted, (2) the preface and SETTINGS come by
 * themselves, (8) the client stays until it is answered, (4) the rest is a script: steps of a client that knows its HTTP/2, so that what
 * comes behind HPACK and framing is reached often; else it is the stream itself, cut into pieces
 * by the second byte.
 *
 * Checks: what goes out is a sequence of whole frames within the peer's limits; once the session
 * is closed every call ends within seconds, none stays open or counted, whatever the store was
 * doing; output that is queued stays below its bound; nothing is taken from a session that is
 * over. */
#include "net/h2.h"

#include "common/json.h"
#include "fuzz/fuzz.h"
#include "fuzz/register.h"
#include "rpc/auth.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "rpc/watch.h"
#include "service/gate.h"

#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COMMITS_MAX = 200, STEPS_MAX = 400, END_SECONDS = 10, FRAME_HEADER = 9 };

/* --- the daemon, but for its sockets --- */

struct daemon {
    uv_loop_t loop;
    struct arena arena;
    struct store *store;
    struct health *health;
    struct watch_hub *hub;
    struct reflection *reflection;
    struct auth *auth;
    struct dispatch *dispatch;
    bool is_up;
};

static struct daemon daemon_;

static void on_commit(void *data, uint64_t seq)
{
    watch_hub_wake(((struct daemon *)data)->hub, seq);
}

static void on_fatal(void *data, const char *message)
{
    (void)data;
    fuzz_fail("the store", 0, message);
}

static void start_daemon(struct daemon *daemon)
{
    struct store_options store = {
        .loop = &daemon->loop, .on_commit = on_commit, .on_fatal = on_fatal, .data = daemon};
    struct reflection_source source = {
        .bytes = provost_descriptors_start,
        .size = (uintptr_t)provost_descriptors_end - (uintptr_t)provost_descriptors_start,
        .methods = method_table,
        .method_count = method_table_count,
    };

    arena_init(&daemon->arena, SIZE_MAX);
    uv_loop_init(&daemon->loop);
    daemon->store = fuzz_register_open(&store);
    daemon->health = health_new(method_table, method_table_count);
    daemon->hub = watch_hub_new();
    FUZZ_CHECK(status_is_ok(reflection_new(&source, &daemon->arena, &daemon->reflection)));
    struct dispatch_options dispatch = {.loop = &daemon->loop,
                                        .methods = method_table,
                                        .method_count = method_table_count,
                                        .store = daemon->store,
                                        .health = daemon->health,
                                        .reflection = daemon->reflection,
                                        .watch_hub = daemon->hub};
    struct auth_options auth = {
        .store = daemon->store, .rules = {true, ""}, .jwks_path = "", .touch = txn_touch_token};
    FUZZ_CHECK(status_is_ok(auth_new(&auth, &daemon->arena, &daemon->auth)));
    dispatch.auth = daemon->auth;
    dispatch.guard = &gate_guard;
    daemon->dispatch = dispatch_new(&dispatch);
    health_set_serving(daemon->health, true);
    daemon->is_up = true;
}

static void stop_daemon(struct daemon *daemon)
{
    store_close(daemon->store);
    dispatch_close(daemon->dispatch);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    dispatch_free(daemon->dispatch);
    auth_free(daemon->auth);
    reflection_free(daemon->reflection);
    health_free(daemon->health);
    watch_hub_free(daemon->hub);
    FUZZ_CHECK(uv_loop_close(&daemon->loop) == 0);
    arena_release(&daemon->arena);
    daemon->is_up = false;
}

static void stop_at_exit(void)
{
    if (daemon_.is_up) stop_daemon(&daemon_);
}

/* --- waiting for the store --- */

struct marker {
    struct store_job job;
    struct arena arena;
    bool is_done;
};

static struct status run_marker(struct store_job *job, struct txn *txn)
{
    (void)job;
    (void)txn;
    return (struct status){.code = GRPC_ABORTED, .reason = "UNDONE", .message = "a marker"};
}

static void on_marker_done(struct store_job *job)
{
    ((struct marker *)job)->is_done = true;
}

/* A turn of the loop once there is something for it. Waited for, not spun for: on a busy machine whoever
 * spins takes the processor that the store's threads need. */
static void turn(void)
{
    enum { TIMERS_MS = 20 };
    struct pollfd loop = {.fd = uv_backend_fd(&daemon_.loop), .events = POLLIN};

    poll(&loop, 1, TIMERS_MS);
    uv_run(&daemon_.loop, UV_RUN_NOWAIT);
}

/* Everything that was queued so far is answered: the queues keep their order. Nothing is queued for
 * the store while no call is open. */
static void settle(void)
{
    struct marker markers[2];
    time_t since = time(NULL);

    if (dispatch_get_stats(daemon_.dispatch)->open == 0) {
        uv_run(&daemon_.loop, UV_RUN_NOWAIT);
        return;
    }
    for (int i = 0; i < 2; i++) {
        markers[i] = (struct marker){.job = {.run = run_marker, .done = on_marker_done}};
        arena_init(&markers[i].arena, SIZE_MAX);
        markers[i].job.arena = &markers[i].arena;
    }
    FUZZ_CHECK(store_submit_write(daemon_.store, &markers[0].job));
    FUZZ_CHECK(store_submit_read(daemon_.store, &markers[1].job));
    while (!markers[0].is_done || !markers[1].is_done) {
        turn();
        FUZZ_CHECK(time(NULL) - since < END_SECONDS);
    }
    arena_release(&markers[0].arena);
    arena_release(&markers[1].arena);
}

/* --- one connection --- */

struct peer {
    struct h2 h2;
    struct auth_peer who;
    nghttp2_hd_deflater *deflater;
    uint64_t now_ms;
    bool is_gone; /* a real connection would be closed by now */
    uint8_t header[FRAME_HEADER];
    size_t header_bytes;
    size_t payload_bytes; /* of the frame that is coming out */
    int32_t next_stream;
};

static void on_output(void *owner)
{
    (void)owner;
}

static void on_calls_gone(void *owner)
{
    (void)owner;
}

static const struct h2_owner_ops owner_ops = {.on_output = on_output,
                                              .on_calls_gone = on_calls_gone};

/* Follows the frames that go out. */
static void check_frames(struct peer *peer, const uint8_t *bytes, size_t size)
{
    while (size > 0) {
        if (peer->payload_bytes > 0) {
            size_t step = size < peer->payload_bytes ? size : peer->payload_bytes;

            peer->payload_bytes -= step;
            bytes += step;
            size -= step;
            continue;
        }
        peer->header[peer->header_bytes++] = *bytes++;
        size--;
        if (peer->header_bytes < FRAME_HEADER) continue;
        peer->header_bytes = 0;
        peer->payload_bytes =
            (size_t)peer->header[0] << 16 | (size_t)peer->header[1] << 8 | peer->header[2];
        FUZZ_CHECK(peer->header[3] <= NGHTTP2_CONTINUATION);
        FUZZ_CHECK(peer->payload_bytes < 1 << 24);
    }
}

/* Reads at most `size` of what there is for the client. */
static void take(struct peer *peer, size_t size)
{
    static uint8_t buffer[64 << 10];

    while (!peer->is_gone && size > 0) {
        size_t wanted = size < sizeof buffer ? size : sizeof buffer;
        ssize_t got = h2_take_output(&peer->h2, buffer, wanted);

        if (got < 0 || h2_is_over(&peer->h2)) peer->is_gone = true;
        if (got <= 0) return;
        FUZZ_CHECK((size_t)got <= wanted);
        check_frames(peer, buffer, (size_t)got);
        size -= (size_t)got;
    }
}

static void give(struct peer *peer, const uint8_t *bytes, size_t size)
{
    if (peer->is_gone || size == 0) return;
    h2_receive(&peer->h2, bytes, size, peer->now_ms);
    FUZZ_CHECK(peer->h2.output_bytes <= H2_OUTPUT_MAX_BYTES + GRPC_MESSAGE_MAX_BYTES);
}

static void open_peer(struct peer *peer, bool is_trusted)
{
    static const struct h2_limits limits = {.ping_min_ms = 1000};
    struct h2_setup setup = {.ops = &owner_ops,
                             .owner = peer,
                             .dispatch = daemon_.dispatch,
                             .peer = &peer->who,
                             .limits = &limits,
                             .trusted = is_trusted,
                             .now_ms = 1000};

    *peer = (struct peer){.now_ms = 1000, .next_stream = 1};
    peer->who =
        (struct auth_peer){.principal = "ann", .auth_method = "unix-peer", .is_operator = true};
    FUZZ_CHECK(h2_open(&peer->h2, &setup) == 0);
    FUZZ_CHECK(nghttp2_hd_deflate_new(&peer->deflater, 4096) == 0);
}

/* As conn does: closed first, gone when the store has let go of the last call. */
static void close_peer(struct peer *peer)
{
    time_t since = time(NULL);

    h2_close(&peer->h2);
    uv_run(&daemon_.loop, UV_RUN_NOWAIT);
    while (peer->h2.open_calls > 0) {
        turn();
        FUZZ_CHECK(time(NULL) - since < END_SECONDS);
    }
    FUZZ_CHECK(dispatch_get_stats(daemon_.dispatch)->open == 0);
    FUZZ_CHECK(watch_hub_get_stats(daemon_.hub).open == 0);
    FUZZ_CHECK(peer->h2.output_bytes == 0);
    nghttp2_hd_deflate_del(peer->deflater);
}

/* --- a client that knows its HTTP/2 --- */

static void give_frame(struct peer *peer, uint8_t type, uint8_t flags, int32_t stream,
                       const uint8_t *payload, size_t size)
{
    uint8_t header[FRAME_HEADER] = {(uint8_t)(size >> 16),
                                    (uint8_t)(size >> 8),
                                    (uint8_t)size,
                                    type,
                                    flags,
                                    (uint8_t)(stream >> 24),
                                    (uint8_t)(stream >> 16),
                                    (uint8_t)(stream >> 8),
                                    (uint8_t)stream};

    give(peer, header, sizeof header);
    give(peer, payload, size);
}

static nghttp2_nv field(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

/* Headers of a call; of `extra` and its value the input decides. */
static void give_headers(struct peer *peer, struct fuzz_input *input, uint8_t flags,
                         struct arena *arena)
{
    static const char *const names[] = {"grpc-timeout",    "grpc-encoding",
                                        "provost-service", "provost-on-behalf-of",
                                        "content-type",    "traceparent",
                                        ":path",           "te",
                                        "authorization",   "grpc-accept-encoding",
                                        "x-bin",           "grpc-previous-rpc-attempts"};
    const struct method *method = fuzz_method_of(fuzz_take_byte(input));
    uint8_t which = fuzz_take_byte(input);
    nghttp2_nv fields[7] = {field(":method", "POST"), field(":scheme", "http"),
                            field(":path", method->path), field(":authority", "a"),
                            field("content-type", "application/grpc")};
    size_t count = 5;
    uint8_t block[2000];

    if (which & 0x80)
        fields[count++] = field(names[which % (sizeof names / sizeof names[0])],
                                fuzz_take_text(input, arena));
    ssize_t size = nghttp2_hd_deflate_hd(peer->deflater, block, sizeof block, fields, count);
    if (size < 0) return;
    give_frame(peer, NGHTTP2_HEADERS, flags, peer->next_stream, block, (size_t)size);
    peer->next_stream += 2;
}

/* A message of the stream's method, framed; JSON in the input, so that it has a meaning. */
static void give_message(struct peer *peer, struct fuzz_input *input, int32_t stream,
                         uint8_t flags, struct arena *arena)
{
    const struct method *method = fuzz_method_of(fuzz_take_byte(input));
    const char *json = fuzz_take_text(input, arena);
    ProtobufCMessage *message;

    if (!status_is_ok(json_decode(method->input, json, strlen(json), arena, &message))) return;
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = arena_alloc(arena, size + GRPC_PREFIX_BYTES);
    grpc_prefix_write(bytes, false, (uint32_t)size);
    protobuf_c_message_pack(message, bytes + GRPC_PREFIX_BYTES);
    if (size + GRPC_PREFIX_BYTES > 16384) return;
    give_frame(peer, NGHTTP2_DATA, flags, stream, bytes, size + GRPC_PREFIX_BYTES);
}

/* Another frame with bytes of the input in it. */
static void give_any(struct peer *peer, struct fuzz_input *input, int32_t stream, uint8_t flags)
{
    uint8_t type = fuzz_take_byte(input) % 11;
    size_t size = fuzz_take_byte(input);

    if (size > input->size) size = input->size;
    give_frame(peer, type, flags, stream, input->bytes, size);
    input->bytes += size;
    input->size -= size;
}

static void let_time_pass(struct peer *peer, uint8_t how)
{
    peer->now_ms += (uint64_t)how * how;
    if (how % 2 == 1)
        settle();
    else
        uv_run(&daemon_.loop, UV_RUN_NOWAIT);
}

static void run_step(struct peer *peer, struct fuzz_input *input, struct arena *arena)
{
    uint8_t what = fuzz_take_byte(input);
    uint8_t how = fuzz_take_byte(input);
    int32_t stream = how & 0x40 ? how & 0x3f : peer->next_stream - 2;
    uint8_t end = how & 0x80 ? NGHTTP2_FLAG_END_STREAM : 0;

    switch (what % 8) {
    case 0:
        give_headers(peer, input, NGHTTP2_FLAG_END_HEADERS | end, arena);
        break;
    case 1:
    case 2:
        give_message(peer, input, stream, end, arena);
        break;
    case 3:
        give_any(peer, input, stream, how & 0x2d);
        break;
    case 4:
        take(peer, (size_t)how * 100);
        break;
    case 5:
        let_time_pass(peer, how);
        break;
    case 6:
        give_frame(peer, NGHTTP2_RST_STREAM, 0, stream, (const uint8_t *)"\0\0\0\10", 4);
        break;
    default:
        if (peer->is_gone) break;
        if (how % 3 == 0) h2_announce_shutdown(&peer->h2);
        if (how % 3 == 1) h2_shutdown(&peer->h2, "stopping");
        if (how % 3 == 2) take(peer, SIZE_MAX);
    }
}

/* --- both ways --- */

static void give_in_pieces(struct peer *peer, const struct fuzz_input *input, size_t piece)
{
    for (size_t at = 0; at < input->size; at += piece) {
        size_t left = input->size - at;

        give(peer, input->bytes + at, left < piece ? left : piece);
        uv_run(&daemon_.loop, UV_RUN_NOWAIT);
        take(peer, SIZE_MAX);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static bool is_registered;
    static const uint8_t settings[] = {0, 0, 0, NGHTTP2_SETTINGS, 0, 0, 0, 0, 0};
    struct fuzz_input input = {bytes, size};
    uint8_t how = fuzz_take_byte(&input);
    struct peer peer;
    struct arena arena;

    if (!daemon_.is_up) start_daemon(&daemon_);
    if (!is_registered) atexit(stop_at_exit);
    is_registered = true;
    arena_init(&arena, 16 << 20);
    open_peer(&peer, how & 1);
    if (how & 6) {
        give(&peer, (const uint8_t *)NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
        give(&peer, settings, sizeof settings);
    }
    if (how & 4)
        for (int step = 0; step < STEPS_MAX && input.size > 0; step++)
            run_step(&peer, &input, &arena);
    else
        give_in_pieces(&peer, &input, fuzz_take_byte(&input) * (size_t)16 + 1);
    /* Half of the clients wait for their answers, the others vanish. */
    if (how & 8) settle();
    take(&peer, SIZE_MAX);
    close_peer(&peer);
    arena_release(&arena);
    if (store_seq(daemon_.store) > COMMITS_MAX) stop_daemon(&daemon_);
    return 0;
}
