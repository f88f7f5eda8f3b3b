#include "common/metrics.h"

#define ABUSE(kind)                                                                            \
    {                                                                                          \
        "provost_h2_abuse", "kind", kind,                                                      \
            "Connections or calls cut off for abuse of HTTP/2, by kind."                       \
    }

#define REFUSED(limit)                                                                         \
    {                                                                                          \
        "provost_refusals", "limit", limit,                                                    \
            "Calls and connections refused because there were too many, by limit."             \
    }

const struct metric_row metric_counter_table[METRIC_COUNTERS] = {
    [METRIC_CONNECTIONS_ACCEPTED] = {"provost_connections_accepted", NULL, NULL,
                                     "Connections accepted since start."},
    [METRIC_CONNECTIONS_TURNED_AWAY] = {"provost_connections_turned_away", NULL, NULL,
                                        "Connections closed at once: there were too many."},
    [METRIC_TLS_HANDSHAKES_OK] = {"provost_tls_handshakes", "result", "ok",
                                  "TLS handshakes by result."},
    [METRIC_TLS_HANDSHAKES_FAILED] = {"provost_tls_handshakes", "result", "failed",
                                      "TLS handshakes by result."},
    [METRIC_DENIALS] = {"provost_denials", NULL, NULL,
                        "Calls refused for want of identity or rights."},
    [METRIC_ABUSE_PING] = ABUSE("ping"),
    [METRIC_ABUSE_TOO_MANY_PINGS] = ABUSE("too_many_pings"),
    [METRIC_ABUSE_SETTINGS] = ABUSE("settings"),
    [METRIC_ABUSE_RAPID_RESET] = ABUSE("rapid_reset"),
    [METRIC_ABUSE_RESET_CAUSED] = ABUSE("reset_caused"),
    [METRIC_ABUSE_INVALID_FRAME] = ABUSE("invalid_frame"),
    [METRIC_ABUSE_EMPTY_DATA] = ABUSE("empty_data"),
    [METRIC_ABUSE_WINDOW_UPDATE] = ABUSE("window_update"),
    [METRIC_ABUSE_PRIORITY] = ABUSE("priority"),
    [METRIC_ABUSE_CONTINUATION] = ABUSE("continuation"),
    [METRIC_ABUSE_UNKNOWN_FRAME] = ABUSE("unknown_frame"),
    [METRIC_ABUSE_HEADER_BOMB] = ABUSE("header_bomb"),
    [METRIC_ABUSE_GZIP_BOMB] = ABUSE("gzip_bomb"),
    [METRIC_ABUSE_REFUSED_CALL] = ABUSE("refused_call"),
    [METRIC_ABUSE_FLOODED] = ABUSE("flooded"),
    [METRIC_ABUSE_SLOW_PREFACE] = ABUSE("slow_preface"),
    [METRIC_ABUSE_SLOW_HEADERS] = ABUSE("slow_headers"),
    [METRIC_ABUSE_SLOW_BODY] = ABUSE("slow_body"),
    [METRIC_ABUSE_WRITE_STALLED] = ABUSE("write_stalled"),
    [METRIC_ABUSE_STREAM_STALLED] = ABUSE("stream_stalled"),
    [METRIC_ABUSE_KEEPALIVE_TIMEOUT] = ABUSE("keepalive_timeout"),
    [METRIC_REFUSED_RATE] = REFUSED("rate"),
    [METRIC_REFUSED_CALLS] = REFUSED("calls"),
    [METRIC_REFUSED_WATCHES] = REFUSED("watches"),
    [METRIC_REFUSED_MEMORY] = REFUSED("memory"),
    [METRIC_REFUSED_QUEUE] = REFUSED("queue"),
    [METRIC_REFUSED_ADDRESS] = REFUSED("address"),
    [METRIC_CHECKPOINTS] = {"provost_checkpoints", NULL, NULL,
                            "Times the write-ahead log was copied into the database."},
};

static _Atomic uint64_t counters[METRIC_COUNTERS];

void metric_add(enum metric_counter counter, uint64_t amount)
{
    atomic_fetch_add_explicit(&counters[counter], amount, memory_order_relaxed);
}

void metric_count(enum metric_counter counter)
{
    metric_add(counter, 1);
}

uint64_t metric_read(enum metric_counter counter)
{
    return atomic_load_explicit(&counters[counter], memory_order_relaxed);
}

/* --- histograms --- */

const struct histogram_scale histogram_latency_us = {
    .count = 16,
    .bounds = {100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 500000,
               1000000, 2500000, 5000000, 10000000},
    .unit = 1e-6,
};

const struct histogram_scale histogram_sizes = {
    .count = 10,
    .bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512},
    .unit = 1,
};

void histogram_add(struct histogram *histogram, const struct histogram_scale *scale,
                   uint64_t value)
{
    size_t bucket = 0;

    while (bucket < scale->count && value > scale->bounds[bucket])
        bucket++;
    atomic_fetch_add_explicit(&histogram->buckets[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum, value, memory_order_relaxed);
}

const struct metric_histogram_row metric_histogram_table[METRIC_HISTOGRAMS] = {
    [METRIC_COMMIT_US] = {"provost_commit_seconds", "seconds",
                          "From the first job of a batch to the end of its commit.",
                          &histogram_latency_us},
    [METRIC_FLUSH_US] = {"provost_flush_seconds", "seconds",
                         "Flushing commits to the disk; their jobs are answered then.",
                         &histogram_latency_us},
    [METRIC_BATCH_OPS] = {"provost_batch_ops", "", "Writes that shared one commit.",
                          &histogram_sizes},
    [METRIC_CHECKPOINT_US] = {"provost_checkpoint_seconds", "seconds",
                              "Completing a checkpoint; no batch is carried out meanwhile.",
                              &histogram_latency_us},
};

static struct histogram histograms[METRIC_HISTOGRAMS];

void metric_observe(enum metric_histogram which, uint64_t value)
{
    histogram_add(&histograms[which], metric_histogram_table[which].scale, value);
}

const struct histogram *metric_histogram(enum metric_histogram which)
{
    return &histograms[which];
}
