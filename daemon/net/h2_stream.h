/* One HTTP/2 stream and the call it carries: what the call asks of its transport. */
#ifndef NET_H2_STREAM_H
#define NET_H2_STREAM_H

#include "net/h2.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In one allocation, which lives until the call is released. */
struct h2_stream {
    struct call call;
    struct h2 *h2;
    int32_t id; /* 0 once the stream is closed */
    struct h2_stream *next;
    struct h2_stream *previous;
    struct h2_stream *next_ready;
    size_t unconsumed_bytes;   /* received and not yet given back as window */
    size_t counted_bytes;      /* this call's share of h2->output_bytes */
    size_t body_bytes;         /* received since body_since_ms */
    uint64_t body_since_ms;    /* h2_watch: the client owes us a body since; 0: it does not */
    uint64_t stalled_since_ms; /* h2_watch: output waits since */
    bool moved;                /* some output was taken since h2_watch looked */
    bool is_ready;
    bool replied;  /* response headers are submitted */
    bool deferred; /* nghttp2 waits for resume_data */
};

/* A stream for the request that begins with `id`; NULL without memory. The session must not be
 * closed. */
struct h2_stream *h2_stream_new(struct h2 *h2, int32_t id);

/* The stream is gone; the call goes with it, or later. */
void h2_stream_detach(struct h2_stream *stream);

/* Something was recorded for call_run to act on, once the bytes of this read are taken in. */
void h2_stream_mark_ready(struct h2_stream *stream);

/* Runs what is ready, in order. */
void h2_stream_run_ready(struct h2 *h2);

#endif
