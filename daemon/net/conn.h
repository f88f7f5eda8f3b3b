/* One connection: a transport (plain bytes), its HTTP/2 session, and their lifetime.
 *
 * Invariants:
 *  1. A conn is freed in one place (maybe_free), when its transport has closed and no call is
 *     open.
 *  2. While the transport is writing nothing more is taken from the session, so a peer that
 *     does not read holds one buffer of ours.
 *  3. After conn_close the session is closed; only calls at work in the store still refer to
 * the conn.
 *  4. Reading stops only while a write is under way and the session is congested.
 *
 * Loop thread only.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "net/address_count.h"
#include "net/conn_watchdog.h"
#include "net/flush.h"
#include "net/transport.h"
#include "rpc/timeout.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct conn;
struct dispatch;
struct tls_context;

/* What all connections of a server share; outlives them. */
struct conn_shared {
    uv_loop_t *loop;
    struct dispatch *dispatch;
    struct flush *flush;
    struct timeout_queue *deadlines;
    struct conn_limits limits;
    struct tls_context *tls; /* for new connections to a secure listener; may change */
    void (*on_gone)(struct conn *conn, void *data); /* about to be freed: forget it */
    void *data;
    uint8_t read_buffer[TRANSPORT_BUFFER_BYTES];  /* valid inside one callback only */
    uint8_t write_buffer[TRANSPORT_BUFFER_BYTES]; /* the same */
    uint8_t plain_buffer[TRANSPORT_BUFFER_BYTES]; /* the same */
};

/* Accepts from `listener` (uv_accept) and begins to serve, by TLS when `secure`. NULL when the peer is gone already
 * or memory is; nothing is left behind then. */
struct conn *conn_accept(struct conn_shared *shared, uv_stream_t *listener, bool secure);

/* Tells the client to stop making new calls: first the announcement, later the limit. Once its
 * calls are done the conn closes itself. */
void conn_announce_shutdown(struct conn *conn);
void conn_shutdown(struct conn *conn);

/* Closes at once; open calls end CANCELLED. Harmless when closed already. */
void conn_close(struct conn *conn);

/* What its peer counts as. */
const struct address_key *conn_get_address(const struct conn *conn);

/* For the server's list of connections; conn_unlink is false when it was in none. */
/* TLS has new files: sends a peer away whose certificate they do not take any more. Its calls that go
 * on are ended by who looks after credentials (rpc/auth.h). */
void conn_check_trust(struct conn *conn);

struct conn *conn_get_next(const struct conn *conn);
void conn_link(struct conn *conn, struct conn **head);
bool conn_unlink(struct conn *conn, struct conn **head);

#endif
