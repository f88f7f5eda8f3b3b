/* The public keys of an identity provider, from a JSON Web Key Set (RFC 7517): RSA keys of 2048
 * to 8192 bits and P-256 keys; all else in the file is passed over. */
#ifndef RPC_AUTH_JWKS_H
#define RPC_AUTH_JWKS_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>

enum { JWKS_MAX_BYTES = 256 << 10, JWKS_KEYS_MAX = 64, JWKS_KID_MAX_BYTES = 200 };

enum jwt_algorithm { JWT_RS256, JWT_ES256 };

struct jwks_key {
    char kid[JWKS_KID_MAX_BYTES + 1]; /* "" when it has none */
    enum jwt_algorithm algorithm;
    EVP_PKEY *key;
};

struct jwks {
    struct jwks_key keys[JWKS_KEYS_MAX];
    size_t count;
};

/* Reads a set. NULL, and *out_why a static text, when it is not one, or has no key to use. Pure;
 * the caller frees. */
struct jwks *jwks_parse(const char *json, size_t size, const char **out_why);
void jwks_free(struct jwks *jwks); /* NULL allowed */

/* The key of that id and algorithm; without an id the only key of the algorithm. NULL when there
 * is none, or more than one to choose from. */
const struct jwks_key *jwks_find(const struct jwks *jwks, const char *kid,
                                 enum jwt_algorithm algorithm);

#endif
