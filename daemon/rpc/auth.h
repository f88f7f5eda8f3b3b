/* Who calls, and whether they may: the one gate in front of every method.
 *
 * What a connection proves (auth_peer.h) is established once; a call may bring credentials of its
 * own, which then decide alone; what a client merely declares (its service) decides nothing. A
 * method says in its row which role it asks for; whether that role reaches the resources a call is
 * about is asked where they are known (service/gate.h, service/write_gate.h).
 *
 * Calls that go on are held against who may do what again whenever that changes and once a second,
 * so that they end with the credentials they were made with. Every refusal is logged, as often as
 * a log bears it, and never with a secret. Loop thread only.
 */
#ifndef RPC_AUTH_H
#define RPC_AUTH_H

#include "common/status.h"
#include "rpc/auth_credential.h"
#include "rpc/auth_identify.h"
#include "rpc/auth_peer.h"
#include "service/rights.h"

#include <stdbool.h>
#include <stdint.h>

struct auth;
struct call;
struct store;
struct txn;

struct auth_options {
    struct store *store; /* outlives it */
    /* txn_touch_token; NULL: it is not noted when a token was used. */
    struct status (*touch)(struct txn *txn, const char *token_id, int64_t now_us);
    struct auth_rules rules;
    const char *jwks_path; /* keys of the identity provider; "" for none: no JWT is taken */
    const char *jwt_issuer;
    const char *jwt_audience;
    const char *jwt_subject_claim; /* "sub" */
};

/* A call that goes on; embedded in struct call, the module's own. */
struct auth_session {
    struct call *next;
    struct call *previous;
    bool linked;
    struct auth_credential credential;
};

/* INVALID_ARGUMENT when the key file cannot be used. */
struct status auth_new(const struct auth_options *options, struct arena *arena,
                       struct auth **out_auth) MUST_CHECK;
/* After all calls are gone. NULL allowed. */
void auth_free(struct auth *auth);

/* Reads the identity provider's keys anew; on failure the old ones stay. */
struct status auth_reload(struct auth *auth, struct arena *arena) MUST_CHECK;

/* Decides on a call whose method and metadata are known, and fills in call->caller. The secret in
 * the metadata is wiped. */
struct status auth_admit(struct auth *auth, struct call *call) MUST_CHECK;

/* The call has ended: forgets it, and logs if it was refused. */
void auth_end(struct auth *auth, struct call *call);

/* A peer that came to no call. */
void auth_refuse_peer(struct auth *auth, const struct auth_peer *peer, const char *why);

/* Something was committed: if it was about who may do what, ends the calls that may go on no
 * longer. */
void auth_on_commit(struct auth *auth);

/* Every second: the same for credentials that have come to their end. */
void auth_on_second(struct auth *auth);

struct auth_stats {
    uint64_t admitted, denied; /* calls since start */
    uint64_t ended;            /* calls cut off with their credentials */
};
struct auth_stats auth_get_stats(const struct auth *auth);

#endif
