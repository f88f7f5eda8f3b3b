/* The functions of SHA-256 itself, deprecated in OpenSSL 3 in favour of EVP, are the same code
 * without a look-up and an allocation for each of the short messages that are hashed here: about
 * twenty in every submission, on the one thread that writes. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "common/sha256.h"

#include "common/arena.h"

#include <openssl/sha.h>
#include <stdlib.h>

struct sha256 {
    SHA256_CTX context;
};

/* OpenSSL's digests of memory fail only when memory or the library itself does. */
static void expect_success(int result)
{
    if (result != 1) abort();
}

struct sha256 *sha256_new(void)
{
    return xcalloc(1, sizeof(struct sha256));
}

void sha256_free(struct sha256 *hasher)
{
    free(hasher);
}

void sha256_begin(struct sha256 *hasher)
{
    expect_success(SHA256_Init(&hasher->context));
}

void sha256_add(struct sha256 *hasher, const void *bytes, size_t size)
{
    expect_success(SHA256_Update(&hasher->context, bytes, size));
}

void sha256_end(struct sha256 *hasher, uint8_t out_hash[SHA256_BYTES])
{
    expect_success(SHA256_Final(out_hash, &hasher->context));
}
