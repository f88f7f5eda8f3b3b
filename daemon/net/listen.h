/* Where the server listens: addresses as people write them, and the sockets they become. */
#ifndef NET_LISTEN_H
#define NET_LISTEN_H

#include "common/arena.h"
#include "common/status.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

/* "unix:/path", "tls:HOST:PORT" or "tcp:HOST:PORT" (plain, on trial), understood. HOST is an IPv4 address, an IPv6 address in
 * brackets, or "localhost" (127.0.0.1). */
struct listen_address {
    enum { LISTEN_UNIX, LISTEN_TCP } kind;
    bool secure;                                             /* LISTEN_TCP: by TLS */
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* LISTEN_UNIX */
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } tcp; /* LISTEN_TCP */
};

/* INVALID_ARGUMENT, with what to write instead. Plain TCP is refused unless `insecure_tcp` and
 * the address is loopback. */
struct status listen_parse(const char *text, bool insecure_tcp, struct arena *arena,
                           struct listen_address *out_address) MUST_CHECK;

/* A socket that accepts. Embedded by its owner, zeroed before it is opened; must live until the
 * loop has run the close callback. */
struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    bool secure; /* connections to it are TLS; set by listener_open, or by the owner of an fd */
    char text[192]; /* its address, with the port really taken */
    char path[sizeof((struct sockaddr_un *)NULL)->sun_path]; /* to unlink; "" if not ours */
    void (*on_connection)(struct listener *listener);        /* set by the owner before */
    void *data;                                              /* the owner's */
};

/* Binds and listens. A unix socket gets mode 0660 less the umask; a socket file on which nobody
 * answers any more is replaced. FAILED_PRECONDITION when the address is taken or not allowed.
 */
struct status listener_open(struct listener *listener, uv_loop_t *loop,
                            const struct listen_address *address,
                            struct arena *arena) MUST_CHECK;

/* Takes over a socket that systemd has made; TCP is TLS when listener->secure, else allowed on loopback
 * with `insecure_tcp` only. */
struct status listener_open_fd(struct listener *listener, uv_loop_t *loop, int fd,
                               bool insecure_tcp, struct arena *arena) MUST_CHECK;

/* Stops accepting and removes the socket file. */
void listener_close(struct listener *listener);

#endif
