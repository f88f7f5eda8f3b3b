#include "metrics_http.h"

#include "net/listen.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 16,
    IDLE_SECONDS = 15,
    MEMORY_PER_CONNECTION = 16 << 10,
    PAGE_MAX_BYTES = 4 << 20,
    BACKLOG = 1024,
    ONE_MORE_RUN_MS = 1000, /* the longest wait while somebody is connected */
};

struct metrics_http {
    struct metrics_http_options options;
    struct MHD_Daemon *http;
    uv_poll_t poll;
    uv_timer_t timer;
    unsigned closing; /* handles whose close callback has yet to run */
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* to unlink; "" if not ours */
};

/* --- answers --- */

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned code,
                              const char *type, const void *body, size_t size)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (response == NULL) return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (code == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    result = MHD_queue_response(connection, code, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned code,
                                   const char *text)
{
    return answer(connection, code, "text/plain; charset=utf-8", text, strlen(text));
}

static enum MHD_Result answer_metrics(struct metrics_http *metrics,
                                      struct MHD_Connection *connection)
{
    const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept");
    bool openmetrics = accept != NULL && strstr(accept, "application/openmetrics-text") != NULL;
    struct buf page;
    enum MHD_Result result;

    buf_init(&page, PAGE_MAX_BYTES);
    metrics->options.write(metrics->options.data, &page, openmetrics);
    if (page.failed)
        result = answer_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "too much to show\n");
    else
        result =
            answer(connection, MHD_HTTP_OK,
                   openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                               : "text/plain; version=0.0.4; charset=utf-8",
                   page.data, page.size);
    buf_release(&page);
    return result;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection,
                                  const char *url, const char *method, const char *version,
                                  const char *body, size_t *body_size, void **state)
{
    struct metrics_http *metrics = data;

    (void)version;
    (void)body;
    if (*state == NULL) { /* the header is here; the answer may go out at the next call */
        *state = metrics;
        return MHD_YES;
    }
    if (*body_size > 0) { /* of no use to us: taken and dropped */
        *body_size = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET is answered\n");
    if (strcmp(url, "/metrics") == 0) return answer_metrics(metrics, connection);
    return answer_text(connection, MHD_HTTP_NOT_FOUND, "the figures are at /metrics\n");
}

/* --- the loop --- */

static void on_timer(uv_timer_t *timer);

static bool has_connections(struct metrics_http *metrics)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(metrics->http, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);

    return info != NULL && info->num_connections > 0;
}

static void run(struct metrics_http *metrics)
{
    MHD_UNSIGNED_LONG_LONG timeout_ms = ONE_MORE_RUN_MS;

    /* Twice: a run that closes the last connection over the limit leaves the listener out of
     * epoll, and only the next one puts it back. */
    MHD_run(metrics->http);
    MHD_run(metrics->http);
    if (MHD_get_timeout(metrics->http, &timeout_ms) != MHD_YES && !has_connections(metrics))
        uv_timer_stop(&metrics->timer);
    else
        uv_timer_start(&metrics->timer, on_timer,
                       timeout_ms < ONE_MORE_RUN_MS ? timeout_ms : ONE_MORE_RUN_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

/* A drained daemon does not wait for a scraper, so neither handle counts for the loop. */
static int watch(struct metrics_http *metrics)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(metrics->http, MHD_DAEMON_INFO_EPOLL_FD);
    int error = uv_poll_init(metrics->options.loop, &metrics->poll, info->epoll_fd);

    if (error != 0) return error;
    metrics->poll.data = metrics;
    uv_timer_init(metrics->options.loop, &metrics->timer);
    metrics->timer.data = metrics;
    uv_unref((uv_handle_t *)&metrics->poll);
    uv_unref((uv_handle_t *)&metrics->timer);
    return uv_poll_start(&metrics->poll, UV_READABLE, on_readable);
}

static void on_closed(uv_handle_t *handle)
{
    struct metrics_http *metrics = handle->data;

    if (--metrics->closing == 0) free(metrics);
}

void metrics_http_close(struct metrics_http *metrics)
{
    if (metrics == NULL) return;
    uv_poll_stop(&metrics->poll); /* before MHD closes the descriptor that is watched */
    MHD_stop_daemon(metrics->http);
    if (metrics->path[0] != '\0') unlink(metrics->path);
    metrics->closing = 2;
    uv_close((uv_handle_t *)&metrics->poll, on_closed);
    uv_close((uv_handle_t *)&metrics->timer, on_closed);
}

/* --- opening --- */

static struct status failure(struct arena *arena, const char *address, const char *why)
{
    return status_error(arena, GRPC_FAILED_PRECONDITION, "LISTEN_FAILED", NULL,
                        "cannot show metrics on %s: %s", address, why);
}

struct status metrics_http_open_fd(const struct metrics_http_options *options, int fd,
                                   struct arena *arena, struct metrics_http **out_metrics)
{
    struct metrics_http *metrics = xcalloc(1, sizeof *metrics);

    metrics->options = *options;
    metrics->http = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, on_request, metrics,
                                     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                     (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                     (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                     (size_t)MEMORY_PER_CONNECTION, MHD_OPTION_END);
    if (metrics->http == NULL || watch(metrics) != 0) {
        if (metrics->http != NULL)
            MHD_stop_daemon(metrics->http);
        else
            close(fd);
        free(metrics);
        return failure(arena, "a socket", "it cannot be listened on");
    }
    *out_metrics = metrics;
    return status_ok();
}

/* Of a daemon that was killed: nobody answers on it. */
static void remove_stale(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0) return;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno == ECONNREFUSED)
        unlink(path);
    close(fd);
}

static int bind_unix(int fd, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t umask_now = umask(0117);
    int result;

    remove_stale(path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    result = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(umask_now);
    return result;
}

static int bind_tcp(int fd, const struct listen_address *address)
{
    const int on = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    return bind(fd, &address->tcp.any,
                address->tcp.any.sa_family == AF_INET ? sizeof address->tcp.v4
                                                      : sizeof address->tcp.v6);
}

struct status metrics_http_open(const struct metrics_http_options *options, const char *text,
                                struct arena *arena, struct metrics_http **out_metrics)
{
    struct listen_address address;
    struct status status = listen_parse(text, true, arena, &address);
    bool is_unix = address.kind == LISTEN_UNIX;
    int fd;

    if (!status_is_ok(status)) return status;
    fd = socket(is_unix ? AF_UNIX : address.tcp.any.sa_family,
                SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return failure(arena, text, strerror(errno));
    if ((is_unix ? bind_unix(fd, address.path) : bind_tcp(fd, &address)) != 0 ||
        listen(fd, BACKLOG) != 0) {
        status = failure(arena, text, strerror(errno));
        close(fd);
        return status;
    }
    status = metrics_http_open_fd(options, fd, arena, out_metrics);
    if (status_is_ok(status) && is_unix)
        memcpy((*out_metrics)->path, address.path, sizeof address.path);
    return status;
}
