/* The server: its listeners, its connections, and the way it stops. Loop thread only. */
#ifndef NET_SERVER_H
#define NET_SERVER_H

#include "net/conn.h"
#include "net/listen.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct dispatch;
struct server;
struct tls_context;

/* What may change while the server runs. */
struct server_limits {
    size_t connections_max; /* 0: what RLIMIT_NOFILE leaves; never more than that */
    size_t per_address_max; /* of one IP address; 0: half of connections_max, and no limit
                               for loopback */
    uint64_t drain_ms;      /* after the second GOAWAY, until calls are cut off */
    struct conn_limits conn;
};

struct server_options {
    uv_loop_t *loop;
    struct dispatch *dispatch;
    struct server_limits limits;
    struct tls_context *tls;        /* the server's own from now on; NULL: no secure listener */
    bool insecure_tcp;              /* plain TCP on loopback, also of systemd */
    uint64_t announce_ms;           /* between the two GOAWAYs: about a round trip */
    void (*on_drained)(void *data); /* after server_drain: no connection is left */
    void *data;
};

struct server_stats {
    size_t connections;   /* open now */
    uint64_t accepted;    /* since start */
    uint64_t turned_away; /* closed at once, over connections_max */
};

struct server *server_new(const struct server_options *options);

/* Begins to accept on `address`; on success *out_text is the address really taken. */
struct status server_listen(struct server *server, const struct listen_address *address,
                            struct arena *arena, const char **out_text) MUST_CHECK;

/* New connections use `tls` (the server's own from now on), those there are go on with theirs, unless
 * it takes the certificate of their client no more. */
void server_set_tls(struct server *server, struct tls_context *tls);

/* The same for a socket that systemd has made. */
struct status server_listen_fd(struct server *server, int fd, struct arena *arena,
                               const char **out_text) MUST_CHECK;

/* Stops accepting, tells every client to go, lets open calls finish, then calls on_drained;
 * after drain_ms what is left is cut off. Once only. */
void server_drain(struct server *server);

/* Cuts off every connection now. */
void server_abort(struct server *server);

/* Closes what is left (timers, listeners). The loop runs its close callbacks, then server_free.
 */
void server_close(struct server *server);
void server_free(struct server *server);

struct server_stats server_get_stats(const struct server *server);

/* Counts for what happens from now on; connections that are open stay, and keep their age. */
void server_set_limits(struct server *server, const struct server_limits *limits);

#endif
