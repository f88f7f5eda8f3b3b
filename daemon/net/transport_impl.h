/* For the transport*.c files only: the socket under TLS, and TLS over the socket. */
#ifndef NET_TRANSPORT_IMPL_H
#define NET_TRANSPORT_IMPL_H

#include "net/transport.h"

/* transport.c: bytes as the socket gets them. 0 or a libuv error. */
int transport_write_raw(struct transport *transport, const uint8_t *bytes, size_t size);
int transport_write_raw_later(struct transport *transport, const uint8_t *bytes, size_t size);

/* transport_tls.c, of a transport with TLS: what the socket brought, in; and out. */
void transport_tls_receive(struct transport *transport, const uint8_t *bytes, size_t size);
int transport_tls_flush(struct transport *transport);
int transport_tls_write(struct transport *transport, const uint8_t *bytes, size_t size);
int transport_tls_write_later(struct transport *transport, const uint8_t *bytes, size_t size);
void transport_tls_shutdown(struct transport *transport);

#endif
