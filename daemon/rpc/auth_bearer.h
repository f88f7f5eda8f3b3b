/* The authorization metadata of a call: its form and, of an access token of the identity provider,
 * its signature. Says nothing of what its bearer may do. */
#ifndef RPC_AUTH_BEARER_H
#define RPC_AUTH_BEARER_H

#include "common/arena.h"
#include "common/status.h"
#include "rpc/auth_credential.h"
#include "rpc/auth_jwt.h"

/* What is demanded of access tokens. */
struct auth_bearer_rules {
    const struct jwks *keys; /* NULL: none are taken */
    struct jwt_policy policy;
    const char *subject_claim;
};

/* Reads the value of `authorization`. UNAUTHENTICATED, with why, in words that hold nothing of it. */
struct status auth_bearer_read(const char *text, size_t size,
                               const struct auth_bearer_rules *rules, int64_t now_us,
                               struct arena *arena,
                               struct auth_credential *out_credential) MUST_CHECK;

#endif
