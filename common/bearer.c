#include "common/bearer.h"

#include "common/base64url.h"

#include <openssl/crypto.h>
#include <string.h>

enum {
    PREFIX_BYTES = sizeof BEARER_PREFIX - 1,
    CHECK_BYTES = 4,
    SECRET_TEXT = 43, /* base64url of 32 bytes */
    CHECK_TEXT = 6,
};

/* Four bytes of a hash with a beginning of its own: says nothing of the hash that is stored. */
static void make_check(const uint8_t secret[BEARER_SECRET_BYTES],
                       uint8_t out_check[CHECK_BYTES])
{
    static const char label[] = "provost/v1/token-check";
    uint8_t hash[SHA256_BYTES];
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    sha256_add(hasher, label, sizeof label - 1);
    sha256_add(hasher, secret, BEARER_SECRET_BYTES);
    sha256_end(hasher, hash);
    sha256_free(hasher);
    memcpy(out_check, hash, CHECK_BYTES);
}

void bearer_format(const uint8_t secret[BEARER_SECRET_BYTES], char out_text[BEARER_TEXT_BYTES])
{
    uint8_t check[CHECK_BYTES];
    make_check(secret, check);
    memcpy(out_text, BEARER_PREFIX, PREFIX_BYTES);
    base64url_encode(secret, BEARER_SECRET_BYTES, out_text + PREFIX_BYTES);
    base64url_encode(check, CHECK_BYTES, out_text + PREFIX_BYTES + SECRET_TEXT);
    out_text[BEARER_TEXT_BYTES - 1] = '\0';
}

bool bearer_parse(const char *text, size_t size, uint8_t out_secret[BEARER_SECRET_BYTES])
{
    uint8_t secret[BEARER_SECRET_BYTES], check[CHECK_BYTES + 1], right[CHECK_BYTES];
    size_t secret_size = 0, check_size = 0;
    if (size != BEARER_TEXT_BYTES - 1 || memcmp(text, BEARER_PREFIX, PREFIX_BYTES) != 0)
        return false;
    text += PREFIX_BYTES;
    bool fine = base64url_decode(text, SECRET_TEXT, secret, &secret_size) &&
                base64url_decode(text + SECRET_TEXT, CHECK_TEXT, check, &check_size) &&
                secret_size == BEARER_SECRET_BYTES && check_size == CHECK_BYTES;
    if (fine) make_check(secret, right);
    fine = fine && CRYPTO_memcmp(check, right, CHECK_BYTES) == 0;
    if (fine) memcpy(out_secret, secret, BEARER_SECRET_BYTES);
    OPENSSL_cleanse(secret, sizeof secret);
    return fine;
}

void bearer_hash(const uint8_t secret[BEARER_SECRET_BYTES], uint8_t out_hash[SHA256_BYTES])
{
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    sha256_add(hasher, secret, BEARER_SECRET_BYTES);
    sha256_end(hasher, out_hash);
    sha256_free(hasher);
}
