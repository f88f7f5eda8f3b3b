#include "net/h2.h"

#include "common/metrics.h"
#include "net/h2_callbacks.h"
#include "net/h2_judge.h"
#include "net/h2_stream.h"

#include <string.h>
#include <uv.h>

/* ENGINEERING.md 1.2 and 1.4 give the reasons for each. */
static nghttp2_option *make_options(void)
{
    nghttp2_option *option = NULL;

    if (nghttp2_option_new(&option) != 0) return NULL;
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_closed_streams(option, 1);
    nghttp2_option_set_max_outbound_ack(option, 100);
    nghttp2_option_set_max_settings(option, 32);
    nghttp2_option_set_max_continuations(option, 8);
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= UINT8_MAX; type++)
        nghttp2_option_set_user_recv_extension_type(option, (uint8_t)type);
    /* Wide: h2_budget counts them against good answers, which this limit does not. */
    nghttp2_option_set_stream_reset_rate_limit(option, 100000, 10000);
    return option;
}

static int submit_settings(struct h2 *h2)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_STREAMS_MAX},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW_BYTES},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, METADATA_LIST_MAX_BYTES},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    };
    int error = nghttp2_submit_settings(h2->session, NGHTTP2_FLAG_NONE, settings,
                                        sizeof settings / sizeof settings[0]);

    if (error != 0) return error;
    return nghttp2_session_set_local_window_size(h2->session, NGHTTP2_FLAG_NONE, 0,
                                                 H2_CONNECTION_WINDOW_BYTES);
}

int h2_open(struct h2 *h2, const struct h2_setup *setup)
{
    nghttp2_session_callbacks *callbacks = h2_callbacks_new();
    nghttp2_option *option = make_options();
    int error = NGHTTP2_ERR_NOMEM;

    *h2 = (struct h2){.setup = *setup, .now_ms = setup->now_ms};
    h2->ready_end = &h2->ready;
    h2_mem_init(&h2->mem, H2_MEMORY_MAX_BYTES);
    h2_scan_init(&h2->scan);
    h2_budget_init(&h2->budget, setup->trusted, setup->now_ms);
    if (callbacks != NULL && option != NULL)
        error = nghttp2_session_server_new3(&h2->session, callbacks, h2, option, &h2->mem.mem);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_option_del(option);
    if (error == 0) error = submit_settings(h2);
    return error == 0 ? 0 : UV_ENOMEM;
}

void h2_close(struct h2 *h2)
{
    nghttp2_session *session = h2->session;

    h2->session = NULL;
    h2->pending = NULL;
    h2->pending_bytes = 0;
    while (h2->streams != NULL)
        h2_stream_detach(h2->streams);
    nghttp2_session_del(session);
}

/* The peer is sent away: GOAWAY, and nothing more is read. */
static void dismiss(struct h2 *h2)
{
    h2->dismissed = true;
    h2->error_code = NGHTTP2_ENHANCE_YOUR_CALM;
    nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(h2->session), h2->error_code,
                          (const uint8_t *)h2->dismissal, strlen(h2->dismissal));
}

static void break_off(struct h2 *h2, ssize_t error)
{
    h2->broken = true;
    h2->error_code = NGHTTP2_INTERNAL_ERROR;
    if (error == NGHTTP2_ERR_BAD_CLIENT_MAGIC) h2->error_code = NGHTTP2_PROTOCOL_ERROR;
    if (error == NGHTTP2_ERR_FLOODED) {
        metric_count(METRIC_ABUSE_FLOODED);
        h2->dismissal = "flooded";
    }
    if (h2->dismissal != NULL) h2->error_code = NGHTTP2_ENHANCE_YOUR_CALM;
}

/* Hands bytes to nghttp2 piece by piece, until there are none or the peer is to be sent away: what
 * it has sent beyond that costs us nothing. nghttp2's error, or 0. */
static ssize_t feed(struct h2 *h2, const uint8_t *bytes, size_t size)
{
    while (size > 0 && h2->dismissal == NULL) {
        struct h2_piece piece = h2_scan_next(&h2->scan, &bytes, &size);
        ssize_t taken;

        if (piece.dropped_reset) h2_judge(h2, H2_RESET);
        if (piece.size == 0) continue;
        taken = nghttp2_session_mem_recv(h2->session, piece.bytes, piece.size);
        if (taken < 0) return taken;
    }
    return 0;
}

void h2_receive(struct h2 *h2, const uint8_t *bytes, size_t size, uint64_t now_ms)
{
    ssize_t error;

    if (h2_is_ending(h2)) return;
    h2->now_ms = now_ms;
    error = feed(h2, bytes, size);
    if (error < 0)
        break_off(h2, error);
    else if (h2->dismissal != NULL)
        dismiss(h2);
    else
        h2_stream_run_ready(h2);
    h2->setup.ops->on_output(h2->setup.owner);
}

/* Appends what nghttp2 has handed out; its pointer holds until mem_send is called again. */
static size_t take_pending(struct h2 *h2, uint8_t *out_bytes, size_t size)
{
    size_t step = h2->pending_bytes < size ? h2->pending_bytes : size;

    if (step == 0) return 0; /* before the first frame there is no pointer either */
    memcpy(out_bytes, h2->pending, step);
    h2->pending += step;
    h2->pending_bytes -= step;
    return step;
}

/* The last word of a session that nghttp2 has given up, written by hand. */
static void make_farewell(struct h2 *h2)
{
    enum { HEAD_BYTES = 9, TYPE_AT = 3 };
    uint8_t *frame = h2->farewell;

    memset(frame, 0, sizeof h2->farewell);
    frame[2] = sizeof h2->farewell - HEAD_BYTES;
    frame[TYPE_AT] = NGHTTP2_GOAWAY;
    frame[sizeof h2->farewell - 1] = (uint8_t)h2->error_code;
    h2->pending = frame;
    h2->pending_bytes = sizeof h2->farewell;
    h2->farewell_sent = true;
}

/* Fetches more bytes to be sent, into `pending`. False when there are none, or UV_EPROTO in
 * *out_error. */
static bool fetch_output(struct h2 *h2, int *out_error)
{
    ssize_t got;

    if (h2->broken) {
        if (h2->farewell_sent) return false;
        make_farewell(h2);
        return true;
    }
    got = nghttp2_session_mem_send(h2->session, &h2->pending);
    if (got < 0) *out_error = UV_EPROTO;
    h2->pending_bytes = got > 0 ? (size_t)got : 0;
    if (got != 0) return got > 0;
    if (h2->ready == NULL || h2_is_ending(h2)) return false;
    h2_stream_run_ready(h2); /* handlers that waited for room send more */
    return true;
}

ssize_t h2_take_output(struct h2 *h2, uint8_t *out_bytes, size_t size)
{
    size_t taken = 0;
    int error = 0;

    while (taken < size) {
        if (h2->pending_bytes == 0 && !fetch_output(h2, &error)) break;
        taken += take_pending(h2, out_bytes + taken, size - taken);
    }
    return error != 0 ? error : (ssize_t)taken;
}

bool h2_is_congested(const struct h2 *h2)
{
    enum { QUEUED_FRAMES_MAX = 1000 };

    return h2->output_bytes > H2_OUTPUT_HIGH_BYTES ||
           nghttp2_session_get_outbound_queue_size(h2->session) > QUEUED_FRAMES_MAX;
}

bool h2_is_over(const struct h2 *h2)
{
    if (h2->pending_bytes > 0) return false;
    if (h2_is_ending(h2)) return h2->farewell_sent;
    return !nghttp2_session_want_read(h2->session) && !nghttp2_session_want_write(h2->session);
}

bool h2_is_ending(const struct h2 *h2)
{
    return h2->dismissed || h2->broken;
}

void h2_ping(struct h2 *h2)
{
    if (h2_is_ending(h2)) return;
    nghttp2_submit_ping(h2->session, NGHTTP2_FLAG_NONE, NULL);
    h2->setup.ops->on_output(h2->setup.owner);
}

void h2_announce_shutdown(struct h2 *h2)
{
    if (h2_is_ending(h2)) return;
    nghttp2_submit_shutdown_notice(h2->session);
    h2->setup.ops->on_output(h2->setup.owner);
}

void h2_shutdown(struct h2 *h2, const char *why)
{
    if (h2_is_ending(h2)) return;
    h2->last_stream_id = nghttp2_session_get_last_proc_stream_id(h2->session);
    nghttp2_submit_goaway(h2->session, NGHTTP2_FLAG_NONE, h2->last_stream_id, NGHTTP2_NO_ERROR,
                          (const uint8_t *)why, strlen(why));
    h2->setup.ops->on_output(h2->setup.owner);
}
