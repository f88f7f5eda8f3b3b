#include "rpc/dispatch.h"

#include "common/reasons.h"
#include "rpc/admission.h"
#include "rpc/auth.h"
#include "rpc/call_log.h"
#include "rpc/call_stats.h"
#include "rpc/decode.h"
#include "rpc/method_index.h"
#include "rpc/unary_job.h"

#include <stdlib.h>
#include <time.h>

enum { UNARY_DEADLINE_MS = 60000, COMPRESS_MIN_BYTES = 16 << 10 };

struct dispatch {
    struct dispatch_options options;
    struct dispatch_stats stats;
    struct timeout_queue deadlines;
    struct decode_queue decode_queue;
    struct method_index index;
    struct quota *quota;
    struct call_stats *call_stats;
    struct call_log call_log;
};

struct dispatch *dispatch_new(const struct dispatch_options *options)
{
    struct dispatch *dispatch = xcalloc(1, sizeof *dispatch);

    dispatch->options = *options;
    if (dispatch->options.message_max_bytes == 0)
        dispatch->options.message_max_bytes = GRPC_MESSAGE_MAX_BYTES;
    if (dispatch->options.unary_deadline_ms == 0)
        dispatch->options.unary_deadline_ms = UNARY_DEADLINE_MS;
    if (dispatch->options.compress_min_bytes == 0)
        dispatch->options.compress_min_bytes = COMPRESS_MIN_BYTES;
    dispatch->quota = quota_new(&options->quota);
    method_index_init(&dispatch->index, options->methods, options->method_count);
    dispatch->call_stats = call_stats_new(options->methods, options->method_count);
    timeout_queue_init(&dispatch->deadlines, options->loop);
    dispatch->decode_queue.loop = options->loop;
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
    method_index_release(&dispatch->index);
    quota_free(dispatch->quota);
    call_stats_free(dispatch->call_stats);
    free(dispatch);
}

const struct method *dispatch_find(const struct dispatch *dispatch, const char *path,
                                   size_t path_size)
{
    return method_index_find(&dispatch->index, path, path_size);
}

void dispatch_log_calls(struct dispatch *dispatch, unsigned every)
{
    dispatch->call_log.every = every;
}

void dispatch_set_unary_deadline(struct dispatch *dispatch, uint64_t deadline_ms)
{
    dispatch->options.unary_deadline_ms = deadline_ms;
}

struct quota *dispatch_get_quota(const struct dispatch *dispatch)
{
    return dispatch->quota;
}

const struct dispatch_options *dispatch_get_options(const struct dispatch *dispatch)
{
    return &dispatch->options;
}

const struct dispatch_stats *dispatch_get_stats(const struct dispatch *dispatch)
{
    return &dispatch->stats;
}

const struct call_stats *dispatch_get_call_stats(const struct dispatch *dispatch)
{
    return dispatch->call_stats;
}

void dispatch_refuse_peer(struct dispatch *dispatch, const struct auth_peer *peer,
                          const char *why)
{
    auth_refuse_peer(dispatch->options.auth, peer, why);
}

/* --- headers --- */

/* For durations: not moved when somebody sets the clock. */
static uint64_t monotonic_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int64_t wall_clock_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void on_headers(struct call *call)
{
    struct dispatch_stats *stats = &call->setup.dispatch->stats;

    call->arrived_us = wall_clock_us();
    call->started_us = monotonic_us();
    stats->calls++;
    stats->open++;
    admission_decide(call);
}

/* --- messages --- */

static void on_message(struct call *call, const struct grpc_message *message)
{
    /* Decoding may take eight times what a message may have: only while there is room. */
    if (quota_is_full(call->setup.quota)) {
        call_refuse_memory(call);
        return;
    }
    decode_message(call, message);
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

    if (!call->half_closed || call->decoding || call->request_delivered) return;
    status = check_single_message(call);
    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    call->request_delivered = true;
    if (call->method->kind == METHOD_LOCAL)
        call->method->stream->on_message(call, call->request);
    else
        unary_job_start(call);
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

static void count_end(struct call *call, struct dispatch_stats *stats)
{
    enum grpc_code code = call->status.code;
    uint64_t now_us = monotonic_us();

    stats->open--;
    stats->by_code[code <= GRPC_UNAUTHENTICATED ? code : GRPC_UNKNOWN]++;
    call_stats_add(call->setup.dispatch->call_stats, call->method, code,
                   now_us - call->started_us);
    call_log_ended(&call->setup.dispatch->call_log, call, now_us);
}

static void on_ended(struct call *call)
{
    struct dispatch_stats *stats = &call->setup.dispatch->stats;
    const struct stream_ops *stream = call->method ? call->method->stream : NULL;

    if (call->headers_done) {
        count_end(call, stats);
        auth_end(call->setup.dispatch->options.auth, call);
    }
    if (stream != NULL && stream->on_ended != NULL) stream->on_ended(call);
}

static void on_taken_back(struct call *call)
{
    if (call->method->kind == METHOD_WRITE) quota_count_write(call->setup.quota, -1);
}

static void on_gone(struct call *call)
{
    if (call->account == NULL) return;
    quota_leave(call->setup.quota, call->account, method_is_watch(call->method));
}

static const struct call_events events = {
    .on_headers = on_headers,
    .on_message = on_message,
    .on_run = on_run,
    .on_writable = on_writable,
    .on_ended = on_ended,
    .on_taken_back = on_taken_back,
    .on_gone = on_gone,
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
        .decode_queue = &dispatch->decode_queue,
        .peer = peer,
        .quota = dispatch->quota,
        .message_max_bytes = dispatch->options.message_max_bytes,
        .held_max_bytes = held_max_bytes,
        .compress_min_bytes =
            auth_peer_is_unix(peer) ? SIZE_MAX : dispatch->options.compress_min_bytes,
        .keep_fields = dispatch->options.keep_fields,
    };

    call_init(call, &setup);
}
