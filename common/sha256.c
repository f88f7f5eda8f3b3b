#include "common/sha256.h"

#include "common/arena.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct sha256 {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
};

/* OpenSSL's digests of memory fail only when memory or the library itself does. */
static void expect_success(int result)
{
    if (result != 1) abort();
}

struct sha256 *sha256_new(void)
{
    struct sha256 *hasher = xcalloc(1, sizeof *hasher);

    hasher->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    hasher->context = EVP_MD_CTX_new();
    expect_success(hasher->algorithm != NULL && hasher->context != NULL);
    expect_success(EVP_DigestInit_ex2(hasher->context, hasher->algorithm, NULL));
    return hasher;
}

void sha256_free(struct sha256 *hasher)
{
    if (hasher == NULL) return;
    EVP_MD_CTX_free(hasher->context);
    EVP_MD_free(hasher->algorithm);
    free(hasher);
}

void sha256_begin(struct sha256 *hasher)
{
    /* Without an algorithm the context keeps the one it has: nothing is looked up or allocated.
     */
    expect_success(EVP_DigestInit_ex2(hasher->context, NULL, NULL));
}

void sha256_add(struct sha256 *hasher, const void *bytes, size_t size)
{
    expect_success(EVP_DigestUpdate(hasher->context, bytes, size));
}

void sha256_end(struct sha256 *hasher, uint8_t out_hash[SHA256_BYTES])
{
    unsigned size = 0;

    expect_success(EVP_DigestFinal_ex(hasher->context, out_hash, &size));
    expect_success(size == SHA256_BYTES);
}
