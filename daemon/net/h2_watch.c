#include "net/h2_watch.h"

#include "common/metrics.h"
#include "common/reasons.h"
#include "net/h2_stream.h"

/* While memory is short nobody may keep it for long without using it. */
enum { PRESSED_MS = 2000 };

static uint64_t limit_now(const struct h2 *h2, uint64_t limit_ms)
{
    bool pressed = quota_is_pressed(dispatch_get_quota(h2->setup.dispatch));

    return pressed && limit_ms > PRESSED_MS ? PRESSED_MS : limit_ms;
}

/* True when the client owes us a body and sends it too slowly. What was received before the client
 * began to owe does not count, so a fast start buys no time. */
static bool is_trickling(struct h2_stream *stream, uint64_t now_ms)
{
    const struct h2_limits *limits = stream->h2->setup.limits;
    uint64_t grace_ms = limit_now(stream->h2, limits->body_grace_ms);
    uint64_t elapsed_ms;

    if (!call_awaits_body(&stream->call)) {
        stream->body_since_ms = 0;
        return false;
    }
    if (stream->body_since_ms == 0) {
        stream->body_since_ms = now_ms;
        stream->body_bytes = 0;
    }
    elapsed_ms = now_ms - stream->body_since_ms;
    return grace_ms != 0 && elapsed_ms >= grace_ms &&
           stream->body_bytes * 1000 < elapsed_ms * limits->body_bytes_per_second;
}

/* True when an answer has waited in vain for the client's window. */
static bool is_stalled(struct h2_stream *stream, uint64_t now_ms)
{
    uint64_t limit_ms = limit_now(stream->h2, stream->h2->setup.limits->output_stalled_ms);

    if (stream->call.output_bytes == 0 || stream->moved || stream->stalled_since_ms == 0)
        stream->stalled_since_ms = now_ms;
    stream->moved = false;
    return limit_ms != 0 && now_ms - stream->stalled_since_ms >= limit_ms;
}

static void watch_stream(struct h2_stream *stream, uint64_t now_ms)
{
    static const struct status too_slow = {
        .code = GRPC_DEADLINE_EXCEEDED,
        .reason = REASON_REQUEST_TOO_SLOW,
        .message = "the request came too slowly and was given up; nothing was done"};
    static const struct status not_taken = {
        .code = GRPC_DEADLINE_EXCEEDED,
        .reason = REASON_ANSWER_NOT_TAKEN,
        .message = "the answer was not taken for minutes and was given up"};

    if (is_trickling(stream, now_ms)) {
        metric_count(METRIC_ABUSE_SLOW_BODY);
        call_finish(&stream->call, too_slow);
    } else if (is_stalled(stream, now_ms)) {
        metric_count(METRIC_ABUSE_STREAM_STALLED);
        call_give_up(&stream->call, not_taken);
    }
}

void h2_watch_streams(struct h2 *h2, uint64_t now_ms)
{
    struct h2_stream *next;

    for (struct h2_stream *stream = h2->streams; stream != NULL; stream = next) {
        next = stream->next; /* ending a call leaves its stream in the list */
        watch_stream(stream, now_ms);
    }
}
