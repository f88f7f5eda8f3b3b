/* Figures that any thread counts and the daemon's metrics listener shows.
 *
 * One visible table each for counters and histograms: a new figure is a row in the enum and, at
 * the same place, a row in metrics.c. What can be read off a component when asked (queues,
 * connections, sizes) is a gauge and not kept here; daemon/metrics.c asks for it.
 *
 * All functions: any thread, never fail, cost one or two relaxed atomic additions.
 */
#ifndef COMMON_METRICS_H
#define COMMON_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* Only ever grow. Rows of one family (same name, other label) stand together. */
enum metric_counter {
    METRIC_CONNECTIONS_ACCEPTED,
    METRIC_CONNECTIONS_TURNED_AWAY,
    METRIC_TLS_HANDSHAKES_OK,
    METRIC_TLS_HANDSHAKES_FAILED,
    METRIC_DENIALS,
    /* Connections sent away by net/h2_budget, net/conn_watchdog, or single calls (SLOW_BODY,
     * STREAM_STALLED). */
    METRIC_ABUSE_PING,
    METRIC_ABUSE_TOO_MANY_PINGS,
    METRIC_ABUSE_SETTINGS,
    METRIC_ABUSE_RAPID_RESET,
    METRIC_ABUSE_RESET_CAUSED,
    METRIC_ABUSE_INVALID_FRAME,
    METRIC_ABUSE_EMPTY_DATA,
    METRIC_ABUSE_WINDOW_UPDATE,
    METRIC_ABUSE_PRIORITY,
    METRIC_ABUSE_CONTINUATION,
    METRIC_ABUSE_UNKNOWN_FRAME,
    METRIC_ABUSE_HEADER_BOMB,
    METRIC_ABUSE_GZIP_BOMB,
    METRIC_ABUSE_REFUSED_CALL,
    METRIC_ABUSE_FLOODED,
    METRIC_ABUSE_SLOW_PREFACE,
    METRIC_ABUSE_SLOW_HEADERS,
    METRIC_ABUSE_SLOW_BODY,
    METRIC_ABUSE_WRITE_STALLED,
    METRIC_ABUSE_STREAM_STALLED,
    METRIC_ABUSE_KEEPALIVE_TIMEOUT,
    METRIC_ABUSE_FIRST = METRIC_ABUSE_PING,
    METRIC_ABUSE_LAST = METRIC_ABUSE_KEEPALIVE_TIMEOUT,
    /* Calls or connections refused because there is too much of them. */
    METRIC_REFUSED_RATE,
    METRIC_REFUSED_CALLS,
    METRIC_REFUSED_WATCHES,
    METRIC_REFUSED_MEMORY,
    METRIC_REFUSED_QUEUE,
    METRIC_REFUSED_ADDRESS,
    METRIC_CHECKPOINTS,
    METRIC_COUNTERS
};

/* How a counter is shown; `label` and `value` are NULL for a family of one. */
struct metric_row {
    const char *name; /* of the family, without "_total" */
    const char *label;
    const char *value;
    const char *help;
};

extern const struct metric_row metric_counter_table[METRIC_COUNTERS];

void metric_count(enum metric_counter counter);
void metric_add(enum metric_counter counter, uint64_t amount);
uint64_t metric_read(enum metric_counter counter);

/* --- histograms --- */

enum { HISTOGRAM_BUCKETS_MAX = 16 };

/* Upper bounds, inclusive, rising; what is above the last counts in one bucket more. */
struct histogram_scale {
    size_t count;
    uint64_t bounds[HISTOGRAM_BUCKETS_MAX];
    double unit; /* what one step is when shown: 1e-6 for microseconds in seconds */
};

/* Zero to begin with. */
struct histogram {
    _Atomic uint64_t buckets[HISTOGRAM_BUCKETS_MAX + 1];
    _Atomic uint64_t sum;
};

/* Microseconds, from 100 us to 10 s. */
extern const struct histogram_scale histogram_latency_us;
/* Numbers of things, from 1 to 512. */
extern const struct histogram_scale histogram_sizes;

void histogram_add(struct histogram *histogram, const struct histogram_scale *scale,
                   uint64_t value);

enum metric_histogram {
    METRIC_COMMIT_US, /* from the first job of a batch to the end of its COMMIT */
    METRIC_FLUSH_US,  /* what makes commits durable */
    METRIC_BATCH_OPS, /* jobs in one commit */
    METRIC_CHECKPOINT_US,
    METRIC_HISTOGRAMS
};

struct metric_histogram_row {
    const char *name;
    const char *unit; /* as OpenMetrics names it, the end of `name`; "" for none */
    const char *help;
    const struct histogram_scale *scale;
};

extern const struct metric_histogram_row metric_histogram_table[METRIC_HISTOGRAMS];

void metric_observe(enum metric_histogram which, uint64_t value);
/* For whoever shows it; counts may be a moment apart from each other. */
const struct histogram *metric_histogram(enum metric_histogram which);

#endif
