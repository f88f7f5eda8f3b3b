/* Everything that the metrics listener shows, gathered when asked. Names: docs/operations.md. Never
 * a label by principal, resource or address: what they did is the log's business. */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include "common/buf.h"
#include "exposition.h"

#include <stdbool.h>

/* `data` is the struct daemon. Loop thread. */
void metrics_write(void *data, struct buf *out, bool openmetrics);

/* The process_* figures, as all of Prometheus' clients name them (metrics_process.c). */
void metrics_write_process(struct exposition *to);

#endif
