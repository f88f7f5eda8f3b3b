#include "net/h2_judge.h"

#include "common/metrics.h"

enum {
    PING_STRIKES_MAX = 2, /* as gRPC's own servers */
    /* Between this and METADATA_LIST_MAX_BYTES a client is told 431; past it HPACK is being used
     * as a bomb: a few bytes for kilobytes of header. */
    BLOCK_MAX_BYTES = 64 << 10,
};

/* The first reason stays. */
static void dismiss(struct h2 *h2, const char *why)
{
    if (h2->dismissal == NULL) h2->dismissal = why;
}

void h2_judge(struct h2 *h2, enum h2_nuisance nuisance)
{
    h2->nuisances++;
    if (h2_budget_take(&h2->budget, nuisance, h2->now_ms) || h2->dismissal != NULL) return;
    h2_nuisance_count(nuisance);
    dismiss(h2, h2_nuisance_name(nuisance));
}

static bool is_late_stream(const struct h2 *h2, const nghttp2_frame_hd *head)
{
    return h2->last_stream_id != 0 && head->stream_id > h2->last_stream_id;
}

void h2_judge_frame(struct h2 *h2, const nghttp2_frame_hd *head)
{
    switch (head->type) {
    case NGHTTP2_PING:
        if (!(head->flags & NGHTTP2_FLAG_ACK)) h2_judge(h2, H2_PING);
        break;
    case NGHTTP2_SETTINGS:
        h2_judge(h2, H2_SETTINGS);
        break;
    case NGHTTP2_DATA:
        if (head->length == 0 && !(head->flags & NGHTTP2_FLAG_END_STREAM))
            h2_judge(h2, H2_EMPTY_DATA);
        break;
    case NGHTTP2_HEADERS:
        if (is_late_stream(h2, head)) h2_judge(h2, H2_RESET);
        break;
    case NGHTTP2_RST_STREAM:
        h2_judge(h2, H2_RESET);
        break;
    case NGHTTP2_WINDOW_UPDATE:
        h2_judge(h2, H2_WINDOW_UPDATE);
        break;
    case NGHTTP2_PRIORITY:
        h2_judge(h2, H2_PRIORITY);
        break;
    case NGHTTP2_CONTINUATION:
        h2_judge(h2, H2_CONTINUATION);
        break;
    default: /* nghttp2's numbers, not ours; GOAWAY and PUSH_PROMISE from a client too */
        h2_judge(h2, H2_UNKNOWN_FRAME);
        break;
    }
}

void h2_judge_ping(struct h2 *h2)
{
    const struct h2_limits *limits = h2->setup.limits;
    uint64_t min_ms = h2->open_calls > 0 ? limits->ping_min_ms : limits->ping_min_idle_ms;
    bool early = h2->pinged && h2->now_ms - h2->pinged_ms < min_ms;

    h2->pinged = true;
    h2->pinged_ms = h2->now_ms;
    if (!early || ++h2->ping_strikes <= PING_STRIKES_MAX || h2->dismissal != NULL) return;
    metric_count(METRIC_ABUSE_TOO_MANY_PINGS);
    dismiss(h2, "too_many_pings");
}

void h2_judge_sent(struct h2 *h2)
{
    h2->pinged = false;
    h2->ping_strikes = 0;
}

bool h2_judge_header(struct h2 *h2, size_t name_size, size_t value_size)
{
    bool was_over = h2->block_bytes > METADATA_LIST_MAX_BYTES;

    h2->block_bytes += name_size + value_size + METADATA_FIELD_OVERHEAD;
    if (!was_over && h2->block_bytes > METADATA_LIST_MAX_BYTES) h2_judge(h2, H2_HEADER_BOMB);
    if (h2->block_bytes <= BLOCK_MAX_BYTES) return true;
    if (h2->dismissal == NULL) h2_nuisance_count(H2_HEADER_BOMB);
    dismiss(h2, h2_nuisance_name(H2_HEADER_BOMB));
    return false;
}
