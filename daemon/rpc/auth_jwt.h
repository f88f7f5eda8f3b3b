/* OAuth2 and OIDC access tokens: a JSON Web Token in compact form (RFC 7515, RFC 7519, RFC 9068),
 * signed with RS256 or ES256 by an identity provider whose public keys lie in a file.
 *
 * jwt_parse is pure and looks at form alone; nothing it gives may be believed before jwt_verify and
 * jwt_check.
 */
#ifndef RPC_AUTH_JWT_H
#define RPC_AUTH_JWT_H

#include "common/arena.h"
#include "rpc/auth_jwks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    JWT_MAX_BYTES = 8192,
    JWT_SUBJECT_MAX_BYTES = 200,
    JWT_AUDIENCES_MAX = 16,
    JWT_LEEWAY_S = 30, /* for clocks that differ */
};

struct jwt {
    enum jwt_algorithm algorithm;
    const char *kid; /* "" when it names none; texts live in the arena */
    const char *issuer;
    const char *audiences[JWT_AUDIENCES_MAX];
    size_t audience_count;
    const char *subject;     /* of the claim asked for */
    int64_t expire_s;        /* seconds since 1970 UTC */
    int64_t not_before_s;    /* 0: not said */
    int64_t issued_s;        /* the same */
    const char *signed_text; /* into the text parsed */
    size_t signed_size;
    uint8_t *signature;
    size_t signature_size;
};

/* What a daemon demands of a token. */
struct jwt_policy {
    const char *issuer;
    const char *audience;
};

/* Why a token is not good: static texts that tell nothing of its content. NULL: it is good. */

/* Reads the form; the subject is the text of the claim `subject_claim` ("sub"). */
const char *jwt_parse(const char *text, size_t size, const char *subject_claim,
                      struct arena *arena, struct jwt *out_jwt);

/* The signature is by a key of the set. */
const char *jwt_verify(const struct jwt *jwt, const struct jwks *jwks);

/* Issuer, audience and times. */
const char *jwt_check(const struct jwt *jwt, const struct jwt_policy *policy, int64_t now_s);

#endif
