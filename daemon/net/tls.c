#include "net/tls.h"

#include "common/buf.h"
#include "common/reasons.h"

#include "net/tls_impl.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTPUT_MAX_BYTES = 1 << 20, WHY_BYTES = 200 };

struct tls_session {
    SSL *ssl;
    const uint8_t *in; /* what the peer sent and OpenSSL has not taken yet */
    size_t in_size;
    struct buf out;
    bool ready;
    bool failed;
    char why[WHY_BYTES];
};

/* ---- OpenSSL's side of the memory ---- */

static int on_bio_read(BIO *bio, char *out_bytes, int size)
{
    struct tls_session *session = BIO_get_data(bio);
    size_t taken = session->in_size < (size_t)size ? session->in_size : (size_t)size;
    BIO_clear_retry_flags(bio);
    if (taken == 0) {
        BIO_set_retry_read(bio);
        return -1;
    }
    memcpy(out_bytes, session->in, taken);
    session->in += taken;
    session->in_size -= taken;
    return (int)taken;
}

static int on_bio_write(BIO *bio, const char *bytes, int size)
{
    struct tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return buf_add(&session->out, bytes, (size_t)size) ? size : -1;
}

static long on_bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

static int on_bio_create(BIO *bio)
{
    BIO_set_init(bio, 1);
    return 1;
}

static BIO_METHOD *bio_method(void)
{
    static BIO_METHOD *method;
    if (method != NULL) return method;
    method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "provost");
    if (method == NULL) return NULL;
    BIO_meth_set_read(method, on_bio_read);
    BIO_meth_set_write(method, on_bio_write);
    BIO_meth_set_ctrl(method, on_bio_ctrl);
    BIO_meth_set_create(method, on_bio_create);
    return method;
}

/* ---- a session ---- */

struct tls_session *tls_session_new(struct tls_context *context)
{
    struct tls_session *session = xcalloc(1, sizeof *session);
    BIO *bio = bio_method() != NULL ? BIO_new(bio_method()) : NULL;
    buf_init(&session->out, OUTPUT_MAX_BYTES);
    session->ssl = SSL_new(context->ctx);
    if (session->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        tls_session_free(session);
        return NULL;
    }
    BIO_set_data(bio, session);
    SSL_set_bio(session->ssl, bio, bio); /* its own now */
    SSL_set_accept_state(session->ssl);
    return session;
}

void tls_session_free(struct tls_session *session)
{
    if (session == NULL) return;
    SSL_free(session->ssl);
    buf_release(&session->out);
    free(session);
}

void tls_feed(struct tls_session *session, const uint8_t *bytes, size_t size)
{
    session->in = bytes;
    session->in_size = size;
}

/* The first reason of OpenSSL's queue, or that of the certificate. */
static void note_why(struct tls_session *session)
{
    unsigned long code = ERR_peek_error();
    long verdict = SSL_get_verify_result(session->ssl);
    const char *text = code != 0 ? ERR_reason_error_string(code) : NULL;
    session->failed = true;
    if (verdict != X509_V_OK)
        snprintf(session->why, sizeof session->why, "the client's certificate: %s",
                 X509_verify_cert_error_string(verdict));
    else
        snprintf(session->why, sizeof session->why, "%s",
                 text != NULL ? text : "the peer broke off");
    ERR_clear_error();
}

static enum tls_result fail(struct tls_session *session, const char *why)
{
    session->failed = true;
    snprintf(session->why, sizeof session->why, "%s", why);
    return TLS_FAILED;
}

static enum tls_result result_of(struct tls_session *session, int returned)
{
    switch (SSL_get_error(session->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return TLS_WAIT;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    default:
        note_why(session);
        return TLS_FAILED;
    }
}

/* Clients that offer no protocol at all do not reach the callback that chooses one. */
static bool has_http2(const struct tls_session *session)
{
    const unsigned char *name;
    unsigned size;
    SSL_get0_alpn_selected(session->ssl, &name, &size);
    return size == 2 && memcmp(name, "h2", 2) == 0;
}

static enum tls_result shake_hands(struct tls_session *session)
{
    int returned = SSL_do_handshake(session->ssl);
    if (returned != 1) return result_of(session, returned);
    if (!has_http2(session)) return fail(session, "the client does not offer HTTP/2 (ALPN h2)");
    session->ready = true;
    return TLS_BYTES;
}

enum tls_result tls_read(struct tls_session *session, uint8_t *out_bytes, size_t size,
                         size_t *out_size)
{
    *out_size = 0;
    if (session->failed) return TLS_FAILED;
    ERR_clear_error();
    if (!session->ready) return shake_hands(session);
    int returned = SSL_read_ex(session->ssl, out_bytes, size, out_size);
    return returned == 1 ? TLS_BYTES : result_of(session, returned);
}

bool tls_is_ready(const struct tls_session *session)
{
    return session->ready;
}

bool tls_write(struct tls_session *session, const uint8_t *bytes, size_t size)
{
    size_t written = 0;
    if (session->failed) return false;
    ERR_clear_error();
    if (size == 0 || SSL_write_ex(session->ssl, bytes, size, &written) == 1) return true;
    note_why(session);
    return false;
}

void tls_shutdown(struct tls_session *session)
{
    if (!session->ready || session->failed) return;
    ERR_clear_error();
    (void)SSL_shutdown(session->ssl);
    ERR_clear_error();
}

const uint8_t *tls_output(const struct tls_session *session, size_t *out_size)
{
    *out_size = session->out.size;
    return session->out.data;
}

/* An idle connection holds no buffer. */
void tls_drop_output(struct tls_session *session)
{
    buf_release(&session->out);
    buf_init(&session->out, OUTPUT_MAX_BYTES);
}

const char *tls_why(const struct tls_session *session)
{
    return session->why;
}

SSL *tls_session_ssl(const struct tls_session *session)
{
    return session->ssl;
}
