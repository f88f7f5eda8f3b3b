/* From a credential to a caller: which principal it is, and what they may do at a moment. Loop
 * thread only; looks at one picture of who may do what. */
#ifndef RPC_AUTH_IDENTIFY_H
#define RPC_AUTH_IDENTIFY_H

#include "common/arena.h"
#include "common/status.h"
#include "rpc/auth_credential.h"
#include "rpc/auth_peer.h"
#include "service/handler.h"
#include "service/rights.h"
#include "store/access.h"

/* The rules of the daemon that stand beside the grants. */
struct auth_rules {
    bool operator_is_admin;   /* root and the daemon's own user, on the unix socket */
    const char *reader_group; /* members of this unix group read; "" for none */
};

struct auth_question {
    const struct access *access;
    const struct auth_rules *rules;
    const struct auth_peer *peer;
    const struct auth_credential *credential;
    const char *on_behalf_of; /* "" for nobody */
    int64_t now_us;
    struct arena *arena; /* for all of the answer */
};

struct auth_answer {
    const char *principal;   /* "" when nobody is known */
    const char *auth_method; /* static */
    bool registered; /* the principal is one of the register's, and not a name of its system */
    const struct rights *rights;
    const struct access_token *token; /* AUTH_BY_TOKEN; lives as long as the picture */
    bool one_time;                    /* good for RedeemToken alone */
    int64_t end_us;                   /* of the credential, 0 when it has none */
};

/* UNAUTHENTICATED for credentials that are not good (any more), PERMISSION_DENIED for somebody who
 * is known elsewhere only, is disabled, or may not act for others. Without any credentials the
 * answer is nobody. */
struct status auth_identify(const struct auth_question *question,
                            struct auth_answer *out_answer) MUST_CHECK;

#endif
