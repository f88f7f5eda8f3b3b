/* What a call was made with, once its form and its signature were found good: kept as long as
 * the call, without any secret, to be held against who may do what again and again. */
#ifndef RPC_AUTH_CREDENTIAL_H
#define RPC_AUTH_CREDENTIAL_H

#include "common/sha256.h"

#include <stdint.h>

enum auth_credential_kind {
    AUTH_BY_PEER,  /* nothing but what the connection proves */
    AUTH_BY_TOKEN, /* a bearer token of the register */
    AUTH_BY_JWT,   /* a token of the identity provider */
};

/* Texts live in the call's arena. */
struct auth_credential {
    enum auth_credential_kind kind;
    uint8_t hash[SHA256_BYTES]; /* AUTH_BY_TOKEN: of the secret, as it is stored */
    const char *identity;       /* AUTH_BY_JWT: "jwt:SUBJECT" */
    int64_t end_us;             /* AUTH_BY_JWT */
};

#endif
