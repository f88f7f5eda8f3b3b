/* TLS between a transport and its socket: bytes of the peer in, plain bytes out, and back. Knows no
 * sockets: OpenSSL reads from and writes to memory, and holds none of its large buffers while
 * nothing is under way. TLS 1.3, or 1.2 with forward secrecy and AEAD; HTTP/2 must be agreed on
 * (ALPN h2); no renegotiation, no resumption, so that every connection shows its certificate.
 *
 * Loop thread only.
 */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct auth_peer;
struct tls_context;
struct tls_session;

/* Files in PEM. */
struct tls_files {
    const char *cert;       /* the server's certificate and those up to the root */
    const char *key;        /* "": in the same file */
    const char *client_ca;  /* whose certificates are taken; "": none is asked for */
    const char *client_crl; /* what they have revoked, a list for each; "": not asked */
    bool client_required;
};

/* FAILED_PRECONDITION with what is wrong with which file. */
struct status tls_context_new(const struct tls_files *files, struct arena *arena,
                              struct tls_context **out_context) MUST_CHECK;
/* Sessions made from it live on. NULL allowed. */
void tls_context_free(struct tls_context *context);

/* NULL when memory is short. */
struct tls_session *tls_session_new(struct tls_context *context);
void tls_session_free(struct tls_session *session); /* NULL allowed */

/* Gives it bytes of the peer; they must stay until tls_read has said TLS_WAIT. */
void tls_feed(struct tls_session *session, const uint8_t *bytes, size_t size);

enum tls_result {
    TLS_BYTES,  /* *out_size plain bytes were read */
    TLS_WAIT,   /* nothing more until the peer sends */
    TLS_CLOSED, /* the peer has said goodbye */
    TLS_FAILED, /* the session is over; tls_why says why */
};
/* Shakes hands, and then reads plain bytes, at most `size`. */
enum tls_result tls_read(struct tls_session *session, uint8_t *out_bytes, size_t size,
                         size_t *out_size);

/* The handshake is over, and well. */
bool tls_is_ready(const struct tls_session *session);

/* Encrypts all of it; false when the session has failed. */
bool tls_write(struct tls_session *session, const uint8_t *bytes, size_t size);

/* Says goodbye. */
void tls_shutdown(struct tls_session *session);

/* What is to go to the peer; tls_drop_output once it has. */
const uint8_t *tls_output(const struct tls_session *session, size_t *out_size);
void tls_drop_output(struct tls_session *session);

/* For the log; holds nothing the peer could make long. */
const char *tls_why(const struct tls_session *session);

/* Adds what the client's certificate says of it, if it has shown one. */
void tls_identify(const struct tls_session *session, struct auth_peer *peer);

/* Whether a new session of `context`, which may be NULL, would still take the certificate that the
 * client of this one has shown. True when it has shown none. */
bool tls_is_trusted(const struct tls_session *session, const struct tls_context *context);

#endif
