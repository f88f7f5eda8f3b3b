/* For the tls*.c files only. */
#ifndef NET_TLS_IMPL_H
#define NET_TLS_IMPL_H

#include "net/tls.h"

#include <openssl/ssl.h>

struct tls_context {
    SSL_CTX *ctx;
};

SSL *tls_session_ssl(const struct tls_session *session);

#endif
