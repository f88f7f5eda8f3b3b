#include "net/server.h"

#include "common/arena.h"
#include "common/container_of.h"
#include "common/metrics.h"
#include "net/tls.h"

#include <stdlib.h>
#include <sys/resource.h>

enum {
    LISTENERS_MAX = 16,
    CONNECTIONS_HARD_MAX = 20480,
    FILES_RESERVED = 64, /* store, log, listeners, the loop's own */
};

struct server {
    struct server_options options;
    struct server_stats stats;
    struct conn_shared shared;
    struct flush flush;
    struct timeout_queue deadlines;
    struct timeout drain_step;
    struct listener listeners[LISTENERS_MAX];
    size_t listener_count;
    struct conn *conns;
    struct address_count *addresses;
    enum { SERVING, ANNOUNCED, DRAINING, DRAINED } phase;
};

/* As many open files as we may have and can use: service managers start their services with a soft
 * limit of 1,024 for those that still call select(), which we do not. */
static struct rlimit raise_file_limit(void)
{
    enum { FILES_MAX = CONNECTIONS_HARD_MAX + FILES_RESERVED };
    struct rlimit files = {.rlim_cur = 1024};
    struct rlimit raised;

    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= FILES_MAX) return files;
    raised = files;
    raised.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised : files;
}

/* Never so many that accept runs out of descriptors: libuv would spin on EMFILE. */
static size_t connection_cap(size_t wanted)
{
    struct rlimit files = raise_file_limit();
    size_t cap = CONNECTIONS_HARD_MAX;

    if (files.rlim_cur <= 2 * FILES_RESERVED) return FILES_RESERVED;
    if (files.rlim_cur - FILES_RESERVED < cap) cap = files.rlim_cur - FILES_RESERVED;
    return wanted != 0 && wanted < cap ? wanted : cap;
}

static void check_drained(struct server *server)
{
    if (server->conns != NULL || server->phase == SERVING || server->phase == DRAINED) return;
    server->phase = DRAINED;
    timeout_clear(&server->deadlines, &server->drain_step);
    server->options.on_drained(server->options.data);
}

static void on_gone(struct conn *conn, void *data)
{
    struct server *server = data;

    if (conn_unlink(conn, &server->conns)) {
        server->stats.connections--;
        address_count_remove(server->addresses, conn_get_address(conn));
    }
    check_drained(server);
}

/* --- accepting --- */

static bool is_over_address(const struct server *server, const struct conn *conn, size_t count)
{
    const struct server_limits *limits = &server->options.limits;

    if (limits->per_address_max != 0) return count > limits->per_address_max;
    return !conn_get_address(conn)->is_loopback && count > limits->connections_max / 2;
}

/* What is too much is accepted and closed at once: a client left waiting would not know that it
 * should retry. */
static void on_connection(struct listener *listener)
{
    struct server *server = listener->data;
    bool full = server->stats.connections >= server->options.limits.connections_max;
    struct conn *conn = conn_accept(&server->shared, &listener->uv.stream, listener->secure);
    size_t of_address;

    if (conn == NULL) return;
    conn_link(conn, &server->conns);
    server->stats.connections++;
    of_address = address_count_add(server->addresses, conn_get_address(conn));
    if (!full && !is_over_address(server, conn, of_address)) {
        server->stats.accepted++;
        metric_count(METRIC_CONNECTIONS_ACCEPTED);
        return;
    }
    server->stats.turned_away++;
    metric_count(METRIC_CONNECTIONS_TURNED_AWAY);
    if (!full) metric_count(METRIC_REFUSED_ADDRESS);
    conn_close(conn);
}

static struct listener *next_listener(struct server *server)
{
    struct listener *listener = &server->listeners[server->listener_count];

    listener->on_connection = on_connection;
    listener->data = server;
    return listener;
}

static struct status too_many_listeners(struct arena *arena)
{
    return status_error(arena, GRPC_FAILED_PRECONDITION, "LISTEN_FAILED", NULL,
                        "more than %d addresses to listen on", LISTENERS_MAX);
}

struct status server_listen(struct server *server, const struct listen_address *address,
                            struct arena *arena, const char **out_text)
{
    struct listener *listener = next_listener(server);
    struct status status;

    if (server->listener_count == LISTENERS_MAX) return too_many_listeners(arena);
    if (address->secure && server->shared.tls == NULL)
        return status_error(arena, GRPC_FAILED_PRECONDITION, "LISTEN_FAILED", NULL,
                            "tls: addresses need a certificate: give --tls-cert and --tls-key");
    status = listener_open(listener, server->options.loop, address, arena);
    server->listener_count++;
    if (status_is_ok(status)) *out_text = listener->text;
    return status;
}

struct status server_listen_fd(struct server *server, int fd, struct arena *arena,
                               const char **out_text)
{
    struct listener *listener = next_listener(server);
    struct status status;

    if (server->listener_count == LISTENERS_MAX) return too_many_listeners(arena);
    listener->secure = server->shared.tls != NULL;
    status = listener_open_fd(listener, server->options.loop, fd, server->options.insecure_tcp,
                              arena);
    server->listener_count++;
    if (status_is_ok(status)) *out_text = listener->text;
    return status;
}

static void close_listeners(struct server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
}

static void for_each_conn(struct server *server, void (*act)(struct conn *conn))
{
    struct conn *next;

    for (struct conn *conn = server->conns; conn != NULL; conn = next) {
        next = conn_get_next(conn);
        act(conn);
    }
}

void server_set_tls(struct server *server, struct tls_context *tls)
{
    tls_context_free(server->shared.tls);
    server->shared.tls = tls;
    for_each_conn(server, conn_check_trust);
}

/* --- stopping --- */

/* Armed until the last connection has gone, so that the loop lives on while the store still has
 * calls of connections that are closed already. */
static void on_drain_step(struct timeout *deadline)
{
    struct server *server = container_of(deadline, struct server, drain_step);

    if (server->phase == DRAINING) {
        for_each_conn(server, conn_close);
        timeout_set(&server->deadlines, &server->drain_step, server->options.limits.drain_ms);
        return;
    }
    server->phase = DRAINING;
    for_each_conn(server, conn_shutdown);
    timeout_set(&server->deadlines, &server->drain_step, server->options.limits.drain_ms);
}

void server_drain(struct server *server)
{
    if (server->phase != SERVING) return;
    server->phase = ANNOUNCED;
    timeout_queue_ref(&server->deadlines);
    close_listeners(server);
    for_each_conn(server, conn_announce_shutdown);
    timeout_set(&server->deadlines, &server->drain_step, server->options.announce_ms);
    check_drained(server);
}

void server_abort(struct server *server)
{
    close_listeners(server);
    for_each_conn(server, conn_close);
}

/* --- lifetime --- */

struct server *server_new(const struct server_options *options)
{
    struct server *server = xcalloc(1, sizeof *server);

    server->options = *options;
    server_set_limits(server, &options->limits);
    server->addresses = address_count_new();
    flush_init(&server->flush, options->loop);
    timeout_queue_init(&server->deadlines, options->loop);
    server->drain_step.on_due = on_drain_step;
    server->shared.loop = options->loop;
    server->shared.dispatch = options->dispatch;
    server->shared.flush = &server->flush;
    server->shared.deadlines = &server->deadlines;
    server->shared.tls = options->tls;
    server->shared.on_gone = on_gone;
    server->shared.data = server;
    return server;
}

void server_close(struct server *server)
{
    close_listeners(server);
    flush_close(&server->flush);
    timeout_queue_close(&server->deadlines);
}

void server_free(struct server *server)
{
    if (server == NULL) return;
    timeout_queue_release(&server->deadlines);
    address_count_free(server->addresses);
    tls_context_free(server->shared.tls);
    free(server);
}

struct server_stats server_get_stats(const struct server *server)
{
    return server->stats;
}

void server_set_limits(struct server *server, const struct server_limits *limits)
{
    server->options.limits = *limits;
    server->options.limits.connections_max = connection_cap(limits->connections_max);
    server->shared.limits = limits->conn;
}
