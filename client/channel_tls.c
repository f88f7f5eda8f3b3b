#include "client/channel_tls.h"

#include "client/channel_socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_SHOWN = 5 };

struct channel_tls {
    SSL_CTX *ctx;
    SSL *ssl;
};

static struct status refuse(struct arena *arena, enum grpc_code code, const char *what)
{
    return status_error(arena, code, NULL, NULL, "%s", what);
}

/* What OpenSSL last complained of. */
static const char *why(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;
    return text != NULL ? text : "the server broke off";
}

/* ---- what is brought along ---- */

static struct status file_failure(struct arena *arena, const char *what, const char *path)
{
    unsigned long first = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(first) ? strerror(ERR_GET_REASON(first)) : why();

    return status_error(arena, GRPC_INVALID_ARGUMENT, NULL, NULL, "%s %s cannot be used: %s",
                        what, path, text);
}

static struct status set_files(SSL_CTX *ctx, const struct channel_security *security,
                               struct arena *arena)
{
    const char *key = security->key != NULL ? security->key : security->cert;
    ERR_clear_error();
    if (security->ca != NULL) {
        if (SSL_CTX_load_verify_locations(ctx, security->ca, NULL) != 1)
            return file_failure(arena, "the authorities in", security->ca);
    } else if (SSL_CTX_set_default_verify_paths(ctx) != 1) {
        return refuse(arena, GRPC_UNAVAILABLE, "the system's authorities cannot be read");
    }
    if (security->cert == NULL) return status_ok();
    if (SSL_CTX_use_certificate_chain_file(ctx, security->cert) != 1)
        return file_failure(arena, "the certificate", security->cert);
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_check_private_key(ctx) != 1)
        return file_failure(arena, "the key", key);
    return status_ok();
}

static struct status make_context(const struct channel_security *security, struct arena *arena,
                                  SSL_CTX **out_ctx)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct status st = status_ok();
    if (ctx == NULL || SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_alpn_protos(ctx, h2, sizeof h2) != 0)
        st = refuse(arena, GRPC_UNAVAILABLE, "OpenSSL refuses to start");
    if (status_is_ok(st)) {
        SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
        SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
        st = set_files(ctx, security, arena);
    }
    if (status_is_ok(st))
        *out_ctx = ctx;
    else
        SSL_CTX_free(ctx);
    return st;
}

/* ---- whom one talks to ---- */

static bool is_ip(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* Names the host to the server, which may have several certificates; whether the one it shows is for
 * that name is looked at after the handshake, before anything is sent. */
static bool name_host(SSL *ssl, const char *host)
{
    return is_ip(host) || SSL_set_tlsext_host_name(ssl, host) == 1;
}

static bool is_for_host(SSL *ssl, const char *host)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL) return false;
    if (is_ip(host)) return X509_check_ip_asc(certificate, host, 0) == 1;
    return X509_check_host(certificate, host, 0, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) ==
           1;
}

static const char *name_text(struct arena *arena, const GENERAL_NAME *name)
{
    const ASN1_STRING *text = name->d.ia5;
    char ip[INET6_ADDRSTRLEN] = "";
    if (name->type == GEN_DNS)
        return arena_strndup(arena, (const char *)ASN1_STRING_get0_data(text),
                             (size_t)ASN1_STRING_length(text));
    if (name->type != GEN_IPADD) return NULL;
    text = name->d.iPAddress;
    inet_ntop(ASN1_STRING_length(text) == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(text),
              ip, sizeof ip);
    return arena_strdup(arena, ip);
}

/* The names in the server's certificate, for a refusal. */
static const char *names_of(SSL *ssl, struct arena *arena)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    const char *list = "";
    int shown = 0;
    if (certificate == NULL) return "none";
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names) && shown < NAMES_SHOWN; i++) {
        const char *text = name_text(arena, sk_GENERAL_NAME_value(names, i));
        if (text == NULL) continue;
        list = arena_printf(arena, "%s%s%s", list, shown++ > 0 ? ", " : "", text);
    }
    GENERAL_NAMES_free(names);
    return shown > 0 ? list : "none";
}

static struct status handshake_failure(SSL *ssl, const struct address *address,
                                       struct arena *arena)
{
    long verdict = SSL_get_verify_result(ssl);
    if (SSL_is_init_finished(ssl))
        return status_error(
            arena, GRPC_UNAUTHENTICATED, NULL, NULL,
            "the certificate of %s is not for %s but for: %s; nothing was sent. Use "
            "one of these names, or have the server's certificate made for this one",
            address->text, address->host, names_of(ssl, arena));
    if (verdict != X509_V_OK)
        return status_error(
            arena, GRPC_UNAUTHENTICATED, NULL, NULL,
            "the certificate of %s is not trusted: %s; nothing was sent. Name the "
            "council's authority with --tls-ca FILE",
            address->text, X509_verify_cert_error_string(verdict));
    return status_error(
        arena, GRPC_UNAVAILABLE, NULL, NULL,
        "no TLS with %s: %s; is it a tls: address of provostd, and does it ask for "
        "a client certificate (--tls-cert, --tls-key)?",
        address->text, why());
}

/* ---- the handshake ---- */

static struct status shake_hands(SSL *ssl, int fd, const struct address *address,
                                 uint64_t deadline_ms, struct arena *arena)
{
    for (;;) {
        ERR_clear_error();
        int returned = SSL_connect(ssl);
        if (returned == 1)
            return is_for_host(ssl, address->host) ? status_ok()
                                                   : handshake_failure(ssl, address, arena);
        int error = SSL_get_error(ssl, returned);
        if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
            return handshake_failure(ssl, address, arena);
        int ready =
            socket_wait(fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline_ms);
        if (ready == 0)
            return status_error(arena, GRPC_DEADLINE_EXCEEDED, NULL, NULL,
                                "no TLS with %s in the time allowed", address->text);
        if (ready < 0)
            return status_error(arena, GRPC_UNAVAILABLE, NULL, NULL,
                                "the connection to %s was lost (%s)", address->text,
                                strerror(-ready));
    }
}

struct status channel_tls_open(int fd, const struct address *address,
                               const struct channel_security *security, uint64_t deadline_ms,
                               struct arena *arena, struct channel_tls **out_tls)
{
    struct channel_tls *tls = xcalloc(1, sizeof *tls);
    ERR_clear_error();
    struct status st = make_context(security, arena, &tls->ctx);
    if (status_is_ok(st)) {
        tls->ssl = SSL_new(tls->ctx);
        if (tls->ssl == NULL || SSL_set_fd(tls->ssl, fd) != 1 ||
            !name_host(tls->ssl, address->host))
            st = refuse(arena, GRPC_UNAVAILABLE, "OpenSSL refuses to start");
    }
    if (status_is_ok(st)) st = shake_hands(tls->ssl, fd, address, deadline_ms, arena);
    if (status_is_ok(st))
        *out_tls = tls;
    else
        channel_tls_close(tls);
    return st;
}

void channel_tls_close(struct channel_tls *tls)
{
    if (tls == NULL) return;
    if (tls->ssl != NULL && SSL_is_init_finished(tls->ssl)) (void)SSL_shutdown(tls->ssl);
    SSL_free(tls->ssl);
    SSL_CTX_free(tls->ctx);
    ERR_clear_error();
    free(tls);
}

/* ---- bytes ---- */

static ssize_t result_of(struct channel_tls *tls, int returned)
{
    switch (SSL_get_error(tls->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        errno = EAGAIN;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    case SSL_ERROR_SSL: /* an alert: TLS 1.3 refuses a client certificate only after the handshake */
        errno = EACCES;
        return -1;
    default:
        errno = ECONNRESET;
        return -1;
    }
}

ssize_t channel_tls_send(struct channel_tls *tls, const void *bytes, size_t size)
{
    size_t sent = 0;
    ERR_clear_error();
    int returned = SSL_write_ex(tls->ssl, bytes, size, &sent);
    return returned == 1 ? (ssize_t)sent : result_of(tls, returned);
}

ssize_t channel_tls_receive(struct channel_tls *tls, void *bytes, size_t size)
{
    size_t received = 0;
    ERR_clear_error();
    int returned = SSL_read_ex(tls->ssl, bytes, size, &received);
    return returned == 1 ? (ssize_t)received : result_of(tls, returned);
}
