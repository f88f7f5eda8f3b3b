#include "net/conn.h"

#include "common/arena.h"
#include "common/container_of.h"
#include "common/metrics.h"
#include "net/h2.h"
#include "net/tls.h"
#include "rpc/auth_peer.h"

#include <stdlib.h>
#include <sys/socket.h>

enum { WATCH_MS = 1000 };

struct conn {
    struct transport transport;
    struct conn_shared *shared;
    struct auth_peer peer;
    struct address_key address;
    struct h2 h2;
    struct flush_item flush_item;
    struct conn_watchdog watchdog;
    struct timeout watch;
    struct conn *next;
    struct conn *previous;
    bool linked; /* in the server's list */
    bool closing;
    bool transport_closed;
};

static uint64_t now_ms(const struct conn *conn)
{
    return uv_now(conn->shared->loop);
}

/* --- the end --- */

static void maybe_free(struct conn *conn)
{
    if (!conn->transport_closed || conn->h2.open_calls > 0) return;
    conn->shared->on_gone(conn, conn->shared->data);
    auth_peer_release(&conn->peer);
    free(conn);
}

void conn_close(struct conn *conn)
{
    if (conn->closing) return;
    conn->closing = true;
    flush_unmark(conn->shared->flush, &conn->flush_item);
    timeout_clear(conn->shared->deadlines, &conn->watch);
    h2_close(&conn->h2);
    transport_close(&conn->transport);
}

/* --- what the transport brings --- */

/* Bytes that took more work than most: a flood, or near to one. All others wait for the end of a
 * turn, so the next one reads less. */
static bool were_dear(const struct h2 *h2, uint32_t nuisances, uint32_t calls, size_t size)
{
    enum { NUISANCE_BYTES = 128, CALLS_MAX = 32 };

    return (size_t)(h2->nuisances - nuisances) * NUISANCE_BYTES > size ||
           h2->calls_begun - calls > CALLS_MAX;
}

static void on_bytes(void *owner, const uint8_t *bytes, size_t size)
{
    struct conn *conn = owner;
    uint32_t nuisances = conn->h2.nuisances, calls = conn->h2.calls_begun;

    conn_watchdog_heard(&conn->watchdog, now_ms(conn));
    h2_receive(&conn->h2, bytes, size, now_ms(conn));
    if (were_dear(&conn->h2, nuisances, calls, size)) transport_read_less(&conn->transport);
}

static void on_paused(void *owner)
{
    struct conn *conn = owner;

    flush_mark(conn->shared->flush, &conn->flush_item);
}

static void on_secured(void *owner)
{
    struct conn *conn = owner;

    metric_count(METRIC_TLS_HANDSHAKES_OK);
    tls_identify(transport_get_tls(&conn->transport), &conn->peer);
}

void conn_check_trust(struct conn *conn)
{
    const struct tls_session *tls = transport_get_tls(&conn->transport);

    if (conn->closing || tls == NULL || !tls_is_ready(tls)) return;
    if (tls_is_trusted(tls, conn->shared->tls)) return;
    auth_peer_distrust(&conn->peer);
    h2_shutdown(&conn->h2, "certificate");
}

static void on_refused(void *owner, const char *why)
{
    struct conn *conn = owner;

    dispatch_refuse_peer(conn->shared->dispatch, &conn->peer, why);
}

static void on_written(void *owner)
{
    struct conn *conn = owner;

    flush_mark(conn->shared->flush, &conn->flush_item);
}

static void on_lost(void *owner)
{
    conn_close(owner);
}

static void on_closed(void *owner)
{
    struct conn *conn = owner;

    conn->transport_closed = true;
    maybe_free(conn);
}

static const struct transport_ops transport_ops = {
    .on_bytes = on_bytes,
    .on_secured = on_secured,
    .on_refused = on_refused,
    .on_written = on_written,
    .on_paused = on_paused,
    .on_lost = on_lost,
    .on_closed = on_closed,
};

/* --- writing --- */

/* Reads on, or waits until the peer has taken what is queued for it. Only while the socket is
 * full: output that waits for the peer's window needs us to read its WINDOW_UPDATE. */
static void set_reading(struct conn *conn)
{
    bool want = !transport_is_writing(&conn->transport) || !h2_is_congested(&conn->h2);

    if (transport_set_reading(&conn->transport, want) != 0) conn_close(conn);
}

/* Takes output buffer by buffer until the session has no more or the socket is full. The rounds
 * are bounded, so that one connection cannot keep the loop to itself. */
static int write_output(struct conn *conn)
{
    enum { ROUNDS_MAX = 16 };
    uint8_t *buffer = conn->shared->write_buffer;

    for (unsigned round = 0; !transport_is_writing(&conn->transport); round++) {
        ssize_t size = h2_take_output(&conn->h2, buffer, TRANSPORT_BUFFER_BYTES);
        int error;

        if (size <= 0) return (int)size;
        error = round < ROUNDS_MAX
                    ? transport_write(&conn->transport, buffer, (size_t)size)
                    : transport_write_later(&conn->transport, buffer, (size_t)size);
        if (error != 0) return error;
    }
    return 0;
}

/* All is said. Who was sent away gets the time to read why: the watchdog closes. */
static void finish(struct conn *conn)
{
    if (h2_is_ending(&conn->h2))
        transport_finish(&conn->transport);
    else
        conn_close(conn);
}

static void on_flush(struct flush_item *item)
{
    struct conn *conn = container_of(item, struct conn, flush_item);

    if (conn->closing) return;
    if (write_output(conn) != 0)
        conn_close(conn);
    else if (!transport_is_writing(&conn->transport) && h2_is_over(&conn->h2))
        finish(conn);
    else
        set_reading(conn);
}

/* --- time limits --- */

static void on_watch(struct timeout *watch)
{
    struct conn *conn = container_of(watch, struct conn, watch);

    if (conn_watchdog_check(&conn->watchdog, &conn->shared->limits, &conn->h2, &conn->transport,
                            now_ms(conn)))
        timeout_set(conn->shared->deadlines, &conn->watch, WATCH_MS);
    else
        conn_close(conn);
}

/* --- the session's wishes --- */

static void on_h2_output(void *owner)
{
    struct conn *conn = owner;

    if (!conn->closing) flush_mark(conn->shared->flush, &conn->flush_item);
}

static void on_calls_gone(void *owner)
{
    struct conn *conn = owner;

    conn_watchdog_calls_gone(&conn->watchdog, now_ms(conn));
    maybe_free(conn);
}

static const struct h2_owner_ops h2_ops = {
    .on_output = on_h2_output,
    .on_calls_gone = on_calls_gone,
};

/* --- the beginning --- */

static void note_address(struct conn *conn, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;

    if (getpeername(fd, (struct sockaddr *)&address, &size) == 0)
        conn->address = address_key_of(&address);
}

static int start(struct conn *conn, uv_stream_t *listener)
{
    struct h2_setup setup = {
        .ops = &h2_ops,
        .owner = conn,
        .dispatch = conn->shared->dispatch,
        .peer = &conn->peer,
        .limits = &conn->shared->limits.h2,
        .trusted = listener->type == UV_NAMED_PIPE,
        .now_ms = now_ms(conn),
    };
    uv_os_fd_t fd;
    int error = transport_accept(&conn->transport, listener, &fd);

    if (error != 0) return error;
    auth_peer_init(&conn->peer, fd, conn->transport.tls != NULL ? AUTH_TLS : AUTH_PLAIN);
    note_address(conn, fd);
    address_key_text(&conn->address, conn->peer.place);
    error = h2_open(&conn->h2, &setup);
    return error != 0 ? error : transport_set_reading(&conn->transport, true);
}

struct conn *conn_accept(struct conn_shared *shared, uv_stream_t *listener, bool secure)
{
    struct conn *conn = xcalloc(1, sizeof *conn);
    struct transport_setup transport = {
        .loop = shared->loop,
        .ops = &transport_ops,
        .owner = conn,
        .read_buffer = shared->read_buffer,
        .plain_buffer = shared->plain_buffer,
        .tls = secure ? shared->tls : NULL,
    };

    conn->shared = shared;
    conn->flush_item.on_flush = on_flush;
    conn->watch.on_due = on_watch;
    conn_watchdog_init(&conn->watchdog, &shared->limits, now_ms(conn));
    if (transport_init(&conn->transport, &transport, listener) != 0) {
        free(conn);
        return NULL;
    }
    if (start(conn, listener) != 0) {
        conn_close(conn);
        return NULL;
    }
    timeout_set(shared->deadlines, &conn->watch, WATCH_MS);
    flush_mark(shared->flush, &conn->flush_item);
    return conn;
}

void conn_announce_shutdown(struct conn *conn)
{
    if (!conn->closing) h2_announce_shutdown(&conn->h2);
}

void conn_shutdown(struct conn *conn)
{
    if (!conn->closing) h2_shutdown(&conn->h2, "stopping");
}

const struct address_key *conn_get_address(const struct conn *conn)
{
    return &conn->address;
}

struct conn *conn_get_next(const struct conn *conn)
{
    return conn->next;
}

void conn_link(struct conn *conn, struct conn **head)
{
    conn->next = *head;
    conn->previous = NULL;
    conn->linked = true;
    if (*head != NULL) (*head)->previous = conn;
    *head = conn;
}

bool conn_unlink(struct conn *conn, struct conn **head)
{
    if (!conn->linked) return false;
    conn->linked = false;
    if (conn->next != NULL) conn->next->previous = conn->previous;
    if (conn->previous != NULL)
        conn->previous->next = conn->next;
    else
        *head = conn->next;
    return true;
}
