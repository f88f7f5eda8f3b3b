/* Access tokens that verify, and the keys they verify with, for the targets about tokens. */
#ifndef FUZZ_SIGNED_TOKENS_H
#define FUZZ_SIGNED_TOKENS_H

#include <stdbool.h>

enum { SIGNED_TOKENS = 4, SIGNED_TOKENS_NOW_S = 1700000000 };
#define SIGNED_TOKENS_ISSUER "https://id.example"
#define SIGNED_TOKENS_AUDIENCE "provost"

struct signed_token {
    const char *text;
    bool is_good; /* at SIGNED_TOKENS_NOW_S, for that issuer and audience */
};

extern const struct signed_token signed_tokens[SIGNED_TOKENS];
extern const char signed_tokens_jwks[]; /* the identity provider's file */

#endif
