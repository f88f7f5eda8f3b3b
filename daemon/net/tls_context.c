/* What all TLS sessions of a server share: protocol, certificate, key, authorities. */
#include "common/reasons.h"
#include "net/tls_impl.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REASON_TLS_FILES "TLS_FILES"

static struct status wrong(struct arena *arena, const char *path, const char *what)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;
    struct status st =
        status_error(arena, GRPC_FAILED_PRECONDITION, REASON_TLS_FILES, NULL, "%s: %s%s%s",
                     path, what, text != NULL ? ": " : "", text != NULL ? text : "");
    ERR_clear_error();
    return st;
}

/* A password is never asked for: nobody sits at a daemon's terminal. */
static int no_password(char *buffer, int size, int writing, void *data)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)data;
    return 0;
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_size,
                           const unsigned char *in, unsigned in_size, void *data)
{
    static const unsigned char h2[] = {2, 'h', '2'};
    (void)ssl;
    (void)data;
    for (unsigned at = 0; at < in_size; at += 1U + in[at]) {
        if (at + 3 > in_size || in[at] != 2 || memcmp(in + at, h2, sizeof h2) != 0) continue;
        *out = in + at + 1;
        *out_size = 2;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool set_protocol(SSL_CTX *ctx)
{
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_NO_TICKET);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_default_passwd_cb(ctx, no_password);
    SSL_CTX_set_alpn_select_cb(ctx, choose_protocol, NULL);
    return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") == 1;
}

static struct status set_files(SSL_CTX *ctx, const struct tls_files *files, struct arena *arena)
{
    const char *key = files->key[0] != '\0' ? files->key : files->cert;
    if (access(files->cert, R_OK) != 0) return wrong(arena, files->cert, strerror(errno));
    if (access(key, R_OK) != 0) return wrong(arena, key, strerror(errno));
    if (SSL_CTX_use_certificate_chain_file(ctx, files->cert) != 1)
        return wrong(arena, files->cert, "holds no certificate in PEM that can be used");
    if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1)
        return wrong(arena, key, "holds no private key in PEM without a password");
    if (SSL_CTX_check_private_key(ctx) != 1)
        return wrong(arena, key, "is not the key of the certificate");
    return status_ok();
}

static struct status set_authorities(SSL_CTX *ctx, const struct tls_files *files,
                                     struct arena *arena)
{
    static const unsigned char id[] = "provost";
    if (files->client_ca[0] == '\0') {
        if (!files->client_required) return status_ok();
        return wrong(arena, "tls", "client_required needs client_ca");
    }
    if (access(files->client_ca, R_OK) != 0)
        return wrong(arena, files->client_ca, strerror(errno));
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(files->client_ca);
    if (names == NULL || SSL_CTX_load_verify_locations(ctx, files->client_ca, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return wrong(arena, files->client_ca, "holds no certificates in PEM");
    }
    SSL_CTX_set_client_CA_list(ctx, names); /* its own now */
    SSL_CTX_set_session_id_context(ctx, id, sizeof id - 1);
    SSL_CTX_set_verify(
        ctx, SSL_VERIFY_PEER | (files->client_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
        NULL);
    return status_ok();
}

/* Every certificate up to the root is looked up: a revoked authority signs for nobody. */
static struct status set_revoked(SSL_CTX *ctx, const struct tls_files *files,
                                 struct arena *arena)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    if (files->client_crl[0] == '\0') return status_ok();
    if (files->client_ca[0] == '\0') return wrong(arena, "tls", "client_crl needs client_ca");
    if (access(files->client_crl, R_OK) != 0)
        return wrong(arena, files->client_crl, strerror(errno));
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
    if (lookup == NULL || X509_load_crl_file(lookup, files->client_crl, X509_FILETYPE_PEM) < 1)
        return wrong(arena, files->client_crl, "holds no certificate revocation list in PEM");
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return status_ok();
}

struct status tls_context_new(const struct tls_files *files, struct arena *arena,
                              struct tls_context **out_context)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    struct status st = status_ok();
    ERR_clear_error();
    if (ctx == NULL || !set_protocol(ctx)) st = wrong(arena, "tls", "OpenSSL refuses to start");
    if (status_is_ok(st)) st = set_files(ctx, files, arena);
    if (status_is_ok(st)) st = set_authorities(ctx, files, arena);
    if (status_is_ok(st)) st = set_revoked(ctx, files, arena);
    if (!status_is_ok(st)) {
        SSL_CTX_free(ctx);
        return st;
    }
    *out_context = xcalloc(1, sizeof **out_context);
    (*out_context)->ctx = ctx;
    return st;
}

void tls_context_free(struct tls_context *context)
{
    if (context == NULL) return;
    SSL_CTX_free(context->ctx);
    free(context);
}
