/* TLS on a channel's socket: the server's certificate is checked against authorities and against the
 * name that was asked for; TLS 1.3 or 1.2, HTTP/2 agreed on by ALPN. */
#ifndef CLIENT_CHANNEL_TLS_H
#define CLIENT_CHANNEL_TLS_H

#include "client/address.h"
#include "client/channel.h"

#include <stdint.h>
#include <sys/types.h>

struct channel_tls;

/* Shakes hands on a connected, non-blocking socket. UNAVAILABLE, UNAUTHENTICATED or
 * DEADLINE_EXCEEDED with words for a person; the socket stays the caller's. */
struct status channel_tls_open(int fd, const struct address *address,
                               const struct channel_security *security, uint64_t deadline_ms,
                               struct arena *arena, struct channel_tls **out_tls) MUST_CHECK;
void channel_tls_close(struct channel_tls *tls); /* NULL allowed */

/* As send(2) and recv(2) on a non-blocking socket: -1 and errno, EAGAIN when it must wait. */
ssize_t channel_tls_send(struct channel_tls *tls, const void *bytes, size_t size);
ssize_t channel_tls_receive(struct channel_tls *tls, void *bytes, size_t size);

#endif
