/* What a client's certificate says of it: its fingerprint, then its alternative names. */
#include "common/time_text.h"
#include "net/tls_impl.h"
#include "rpc/auth_peer.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>

enum { SHA256_SIZE = 32 };

static void add_fingerprint(struct auth_peer *peer, const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char text[2 * SHA256_SIZE];
    if (X509_digest(certificate, EVP_sha256(), digest, &size) != 1 || size != SHA256_SIZE)
        return;
    for (unsigned i = 0; i < size; i++) {
        text[2 * i] = "0123456789ABCDEF"[digest[i] >> 4];
        text[2 * i + 1] = "0123456789ABCDEF"[digest[i] & 15];
    }
    auth_peer_add(peer, "cert-sha256", text, sizeof text);
}

/* DNS names are compared in lower case. */
static void add_dns(struct auth_peer *peer, const char *name, size_t size)
{
    char lower[256];
    if (size >= sizeof lower) return;
    for (size_t i = 0; i < size; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + ('a' - 'A') : name[i]);
    auth_peer_add(peer, "cert-dns", lower, size);
}

static void add_name(struct auth_peer *peer, const GENERAL_NAME *name)
{
    const ASN1_IA5STRING *text = name->d.ia5;
    const char *bytes;
    size_t size;
    if (name->type != GEN_URI && name->type != GEN_DNS && name->type != GEN_EMAIL) return;
    bytes = (const char *)ASN1_STRING_get0_data(text);
    size = (size_t)ASN1_STRING_length(text);
    if (name->type == GEN_URI) auth_peer_add(peer, "cert-uri", bytes, size);
    if (name->type == GEN_DNS) add_dns(peer, bytes, size);
    if (name->type == GEN_EMAIL) auth_peer_add(peer, "cert-email", bytes, size);
}

static int64_t end_of_one(const X509 *certificate)
{
    int days = 0, seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate)) != 1) return 1;
    return time_now_us() + ((int64_t)days * 86400 + seconds) * 1000000;
}

/* The moment the first certificate of the chain ends, so that a connection outlives none. */
static int64_t end_of(SSL *ssl)
{
    STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
    int64_t end_us = end_of_one(SSL_get0_peer_certificate(ssl));
    for (int i = 0; i < sk_X509_num(chain); i++) {
        int64_t one_us = end_of_one(sk_X509_value(chain, i));
        if (one_us < end_us) end_us = one_us;
    }
    return end_us;
}

void tls_identify(const struct tls_session *session, struct auth_peer *peer)
{
    SSL *ssl = tls_session_ssl(session);
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    GENERAL_NAMES *names;
    if (certificate == NULL || SSL_get_verify_result(ssl) != X509_V_OK) return;
    auth_peer_set_certificate(peer, end_of(ssl));
    add_fingerprint(peer, certificate);
    names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_name(peer, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
}

static bool verify(SSL *ssl, X509 *certificate, X509_STORE *store)
{
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    bool good = check != NULL &&
                X509_STORE_CTX_init(check, store, certificate, SSL_get_peer_cert_chain(ssl)) &&
                X509_STORE_CTX_set_default(check, "ssl_client") && X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    ERR_clear_error();
    return good;
}

bool tls_is_trusted(const struct tls_session *session, const struct tls_context *context)
{
    SSL *ssl = tls_session_ssl(session);
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == NULL) return true;
    return context != NULL && verify(ssl, certificate, SSL_CTX_get_cert_store(context->ctx));
}
