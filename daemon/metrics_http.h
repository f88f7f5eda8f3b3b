/* GET /metrics over HTTP on a listener of its own, for Prometheus. On the loop thread: libmicrohttpd
 * is driven by its epoll descriptor. */
#ifndef DAEMON_METRICS_HTTP_H
#define DAEMON_METRICS_HTTP_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/status.h"

#include <stdbool.h>
#include <uv.h>

struct metrics_http;

struct metrics_http_options {
    uv_loop_t *loop;
    /* Writes everything there is to show. */
    void (*write)(void *data, struct buf *out, bool openmetrics);
    void *data;
};

/* Listens on "unix:/path" or "tcp:HOST:PORT", loopback only. FAILED_PRECONDITION when the address
 * is taken, INVALID_ARGUMENT when it is none. */
struct status metrics_http_open(const struct metrics_http_options *options, const char *text,
                                struct arena *arena,
                                struct metrics_http **out_metrics) MUST_CHECK;

/* The same on a listening socket, which it owns from then on. */
struct status metrics_http_open_fd(const struct metrics_http_options *options, int fd,
                                   struct arena *arena,
                                   struct metrics_http **out_metrics) MUST_CHECK;

/* Stops answering and frees itself once the loop has run the close callbacks. NULL is allowed. */
void metrics_http_close(struct metrics_http *metrics);

#endif
