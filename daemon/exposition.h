/* Writes metrics as text: OpenMetrics 1.0, or the older Prometheus format 0.0.4 that promtool
 * and scrapers without OpenMetrics read. They differ in the names of counters' families, in units
 * and in the end mark.
 * https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md */
#ifndef DAEMON_EXPOSITION_H
#define DAEMON_EXPOSITION_H

#include "common/buf.h"
#include "common/metrics.h"

#include <stdbool.h>

enum exposition_type {
    EXPOSITION_COUNTER,
    EXPOSITION_GAUGE,
    EXPOSITION_HISTOGRAM,
    EXPOSITION_INFO, /* its samples are gauges named NAME_info */
};

struct exposition {
    struct buf *out;
    bool openmetrics;
};

/* One label; an array of them ends with a NULL name. Values are escaped here. */
struct exposition_label {
    const char *name;
    const char *value;
};

/* Head of a family, before its first sample. `name` is without "_total"; `unit` is the end of the
 * name, or "". */
void exposition_family(struct exposition *to, const char *name, enum exposition_type type,
                       const char *unit, const char *help);

/* One sample; `labels` may be NULL. Counters get their "_total". */
void exposition_counter(struct exposition *to, const char *name,
                        const struct exposition_label *labels, double value);
void exposition_gauge(struct exposition *to, const char *name,
                      const struct exposition_label *labels, double value);
/* All samples of one histogram, cumulated. */
void exposition_histogram(struct exposition *to, const char *name,
                          const struct exposition_label *labels,
                          const struct histogram *histogram,
                          const struct histogram_scale *scale);

void exposition_end(struct exposition *to);

#endif
