#include "rpc/dispatch.h"

#include "common/reasons.h"
#include "common/wire.h"
#include "rpc/auth.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { UNARY_DEADLINE_MS = 60000, BUSY_RETRY_TEXT_SIZE = 3 };

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

struct dispatch {
    struct dispatch_options options;
    struct dispatch_stats stats;
    struct timeout_queue deadlines;
    const struct method **index; /* open addressing by path, at most half full */
    size_t index_mask;
};

static const struct header_field accept_identity = {"grpc-accept-encoding", 20, "identity", 8};
static const struct header_field retry_in_100_ms = {"grpc-retry-pushback-ms", 22, "100",
                                                    BUSY_RETRY_TEXT_SIZE};

/* --- the index --- */

static size_t path_hash(const char *path, size_t size)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
    return (size_t)(hash ^ hash >> 32);
}

static void index_add(struct dispatch *dispatch, const struct method *method)
{
    size_t slot = path_hash(method->path, strlen(method->path));

    while (dispatch->index[slot & dispatch->index_mask] != NULL)
        slot++;
    dispatch->index[slot & dispatch->index_mask] = method;
}

const struct method *dispatch_find(const struct dispatch *dispatch, const char *path,
                                   size_t path_size)
{
    size_t slot = path_hash(path, path_size);

    for (;; slot++) {
        const struct method *method = dispatch->index[slot & dispatch->index_mask];

        if (method == NULL) return NULL;
        if (strncmp(method->path, path, path_size) == 0 && method->path[path_size] == '\0')
            return method;
    }
}

struct dispatch *dispatch_new(const struct dispatch_options *options)
{
    struct dispatch *dispatch = xcalloc(1, sizeof *dispatch);
    size_t slots = 16;

    dispatch->options = *options;
    if (dispatch->options.message_max_bytes == 0)
        dispatch->options.message_max_bytes = GRPC_MESSAGE_MAX_BYTES;
    if (dispatch->options.unary_deadline_ms == 0)
        dispatch->options.unary_deadline_ms = UNARY_DEADLINE_MS;
    while (slots < 2 * options->method_count)
        slots *= 2;
    dispatch->index = xcalloc(slots, sizeof(void *));
    dispatch->index_mask = slots - 1;
    for (size_t i = 0; i < options->method_count; i++)
        index_add(dispatch, &options->methods[i]);
    timeout_queue_init(&dispatch->deadlines, options->loop);
    return dispatch;
}

void dispatch_close(struct dispatch *dispatch)
{
    timeout_queue_close(&dispatch->deadlines);
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch == NULL) return;
    timeout_queue_release(&dispatch->deadlines);
    free(dispatch->index);
    free(dispatch);
}

const struct dispatch_options *dispatch_get_options(const struct dispatch *dispatch)
{
    return &dispatch->options;
}

const struct dispatch_stats *dispatch_get_stats(const struct dispatch *dispatch)
{
    return &dispatch->stats;
}

/* --- headers --- */

static int64_t wall_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* What is not gRPC at all is answered in HTTP's terms too, so that no client takes it for a
 * success. */
static bool is_refused_as_http(struct call *call)
{
    static const struct status too_large = {
        .code = GRPC_RESOURCE_EXHAUSTED,
        .reason = REASON_HEADERS_TOO_LARGE,
        .message = "the metadata is larger than 8192 bytes; send less of it"};
    static const struct status not_post = {.code = GRPC_INTERNAL,
                                           .reason = REASON_HTTP_METHOD_INVALID,
                                           .message = "the HTTP method must be POST"};
    static const struct status not_grpc = {
        .code = GRPC_INVALID_ARGUMENT,
        .reason = REASON_CONTENT_TYPE_INVALID,
        .message = "the content-type must be application/grpc or application/grpc+proto"};
    const struct status *status = NULL;

    if (metadata_is_too_large(&call->metadata)) {
        status = &too_large;
        call->http_status = 431;
    } else if (!call->metadata.is_post) {
        status = &not_post;
        call->http_status = 405;
    } else if (!call->metadata.is_grpc) {
        status = &not_grpc;
        call->http_status = 415;
    }
    if (status == NULL) return false;
    call_finish(call, *status);
    return true;
}

static struct status find_method(struct call *call)
{
    const struct metadata *metadata = &call->metadata;

    call->method = dispatch_find(call->setup.dispatch, metadata->path, metadata->path_size);
    if (call->method == NULL)
        return status_error(&call->arena, GRPC_UNIMPLEMENTED, REASON_METHOD_UNKNOWN, NULL,
                            "there is no method %.200s; paths are case-sensitive",
                            metadata->path);
    if (call->method->handler == NULL && call->method->stream == NULL)
        return status_error(&call->arena, GRPC_UNIMPLEMENTED, REASON_METHOD_NOT_READY, NULL,
                            "this version does not answer %s yet", call->method->path);
    call->method_streams_out = call->method->server_streams;
    return status_ok();
}

static struct status admit(struct call *call)
{
    struct status status = find_method(call);

    if (!status_is_ok(status)) return status;
    if (call->metadata.encoding_unsupported) {
        call->extra_trailer = &accept_identity;
        return (struct status){.code = GRPC_UNIMPLEMENTED,
                               .reason = REASON_ENCODING_UNSUPPORTED,
                               .message = "only identity is accepted as grpc-encoding"};
    }
    if (!status_is_ok(call->metadata.error)) return call->metadata.error;
    call->caller = auth_caller(call->setup.peer, &call->metadata);
    return auth_check(&call->caller, call->method, &call->arena);
}

static void start_deadline(struct call *call)
{
    uint64_t cap_ms = call->setup.dispatch->options.unary_deadline_ms;
    bool unary = !call->method->client_streams && !call->method->server_streams;
    uint64_t timeout_ms = call->metadata.timeout_ms;

    if (!call->metadata.has_timeout && !unary) return;
    if (unary && (!call->metadata.has_timeout || timeout_ms > cap_ms)) timeout_ms = cap_ms;
    timeout_set(call->setup.deadlines, &call->deadline, timeout_ms);
}

static void on_headers(struct call *call)
{
    struct dispatch_stats *stats = &call->setup.dispatch->stats;

    call->arrived_us = wall_clock_us();
    stats->calls++;
    stats->open++;
    if (is_refused_as_http(call)) return;

    struct status status = admit(call);

    if (status_is_ok(status))
        start_deadline(call);
    else
        call_finish(call, status);
}

/* --- messages --- */

static struct status decode(struct call *call, const struct grpc_message *message)
{
    const ProtobufCMessageDescriptor *input = call->method->input;
    struct arena *arena = call->method->client_streams ? &call->message_arena : &call->arena;
    const uint8_t *bytes = message->bytes ? message->bytes : (const uint8_t *)"";
    ProtobufCMessage *request;
    struct status status;

    if (message->compressed)
        return (struct status){.code = GRPC_INTERNAL,
                               .reason = REASON_FRAMING_INVALID,
                               .message = "a message is flagged as compressed, but the call "
                                          "names no grpc-encoding"};
    status = fields_validate_wire(input, bytes, message->size, &call->arena);
    if (!status_is_ok(status)) return status;
    request = protobuf_c_message_unpack(input, arena_allocator(arena), message->size, bytes);
    if (request == NULL)
        return status_error(&call->arena, GRPC_INTERNAL, REASON_MESSAGE_UNDECODABLE, NULL,
                            "the %zu bytes sent are not a %s, or decode into too much",
                            message->size, input->name);
    call->request = request;
    return status;
}

static void on_message(struct call *call, const struct grpc_message *message)
{
    struct status status = decode(call, message);

    if (!status_is_ok(status)) call_finish(call, status);
}

/* --- the store's part --- */

/* Store thread. */
static struct status run_job(struct store_job *job, struct txn *txn)
{
    struct call *call = container_of(job, struct call, job);
    struct handler_call handler_call = {
        .arena = &call->arena,
        .txn = txn,
        .caller = &call->caller,
        .method = call->method->path,
        .store = call->setup.dispatch->options.store,
        .now_us = call->arrived_us,
    };
    ProtobufCMessage *response = NULL;
    struct status status = call->method->handler(&handler_call, call->request, &response);

    if (!status_is_ok(status)) return status;
    if (response == NULL || response->descriptor != call->method->output)
        return status_error(&call->arena, GRPC_INTERNAL, REASON_HANDLER_FAULT, NULL,
                            "%s gave no answer of its type", call->method->path);
    call->reply = call_frame(call, response);
    if (call->reply != NULL) return status;
    return (struct status){.code = GRPC_RESOURCE_EXHAUSTED,
                           .reason = REASON_RESPONSE_TOO_LARGE,
                           .message = CALL_RESPONSE_TOO_LARGE};
}

static void on_job_done(struct store_job *job)
{
    struct call *call = container_of(job, struct call, job);

    if (!call_leave_store(call)) return;
    if (status_is_ok(job->status)) call_queue_chunk(call, call->reply);
    call->reply = NULL;
    call_finish(call, job->status);
}

static bool queue_job(struct call *call)
{
    struct store *store = call->setup.dispatch->options.store;

    switch (call->method->kind) {
    case METHOD_READ:
        return store_submit_read(store, &call->job);
    case METHOD_WRITE:
        return store_submit_write(store, &call->job);
    case METHOD_CHORE:
        return store_submit_chore(store, &call->job);
    case METHOD_LOCAL:
        break;
    }
    abort();
}

static void submit_job(struct call *call)
{
    bool accepted;

    call->job.arena = &call->arena;
    call->job.run = run_job;
    call->job.done = on_job_done;
    call->job.weight_bytes = call->request_bytes;
    call->in_store = true;
    accepted = queue_job(call);
    if (accepted) return;
    call->in_store = false;
    call->extra_trailer = &retry_in_100_ms;
    call_finish(call,
                (struct status){.code = GRPC_UNAVAILABLE,
                                .reason = REASON_SERVER_BUSY,
                                .message = "too many calls are waiting; nothing was done, "
                                           "try again in a moment"});
}

/* --- running --- */

/* One message and no more; OK when so. */
static struct status check_single_message(const struct call *call)
{
    if (grpc_deframer_is_partial(&call->deframer))
        return (struct status){.code = GRPC_INTERNAL,
                               .reason = REASON_FRAMING_INVALID,
                               .message = "the stream ended in the middle of a message"};
    if (call->messages != 1 || call->held.size > 0)
        return (struct status){.code = GRPC_UNIMPLEMENTED,
                               .reason = REASON_MESSAGE_COUNT,
                               .message = "this method takes exactly one message"};
    return status_ok();
}

static void run_single(struct call *call)
{
    struct status status;

    if (!call->half_closed || call->request_delivered) return;
    status = check_single_message(call);
    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    call->request_delivered = true;
    if (call->method->kind == METHOD_LOCAL)
        call->method->stream->on_message(call, call->request);
    else
        submit_job(call);
}

static void tell_half_close(struct call *call)
{
    const struct stream_ops *stream = call->method->stream;

    if (call->ended || call->half_close_told || !call_input_is_over(call)) return;
    call->half_close_told = true;
    if (grpc_deframer_is_partial(&call->deframer))
        call_finish(call, check_single_message(call));
    else if (stream->on_half_close != NULL)
        stream->on_half_close(call);
}

static void run_stream(struct call *call)
{
    if (call->running) return; /* call_take_next inside on_message: the loop below goes on */
    call->running = true;
    while (!call->ended && call->request != NULL && !call->request_delivered) {
        call->request_delivered = true;
        call->method->stream->on_message(call, call->request);
    }
    call->running = false;
    tell_half_close(call);
}

static void on_run(struct call *call)
{
    if (call->method == NULL) return;
    if (call->method->client_streams)
        run_stream(call);
    else
        run_single(call);
}

static void on_writable(struct call *call)
{
    const struct stream_ops *stream = call->method ? call->method->stream : NULL;

    if (stream != NULL && stream->on_writable != NULL && call->messages > 0)
        stream->on_writable(call);
}

static void on_ended(struct call *call)
{
    struct dispatch_stats *stats = &call->setup.dispatch->stats;
    const struct stream_ops *stream = call->method ? call->method->stream : NULL;

    if (call->headers_done) {
        stats->open--;
        stats->by_code[call->status.code <= GRPC_UNAUTHENTICATED ? call->status.code
                                                                 : GRPC_UNKNOWN]++;
    }
    if (stream != NULL && stream->on_ended != NULL) stream->on_ended(call);
}

static const struct call_events events = {
    .on_headers = on_headers,
    .on_message = on_message,
    .on_run = on_run,
    .on_writable = on_writable,
    .on_ended = on_ended,
};

void dispatch_begin(struct dispatch *dispatch, struct call *call,
                    const struct call_transport_ops *transport, const struct auth_peer *peer,
                    size_t held_max_bytes)
{
    struct call_setup setup = {
        .transport = transport,
        .events = &events,
        .dispatch = dispatch,
        .deadlines = &dispatch->deadlines,
        .peer = peer,
        .message_max_bytes = dispatch->options.message_max_bytes,
        .held_max_bytes = held_max_bytes,
    };

    call_init(call, &setup);
}
