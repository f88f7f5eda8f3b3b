/* Who may do what, as the database holds it: principals, the identities they are known by,
 * grants, and bearer tokens (as SHA-256 only).
 *
 * All of it is small and asked for at every call, so it is kept in memory as one immutable
 * picture. The writer thread makes a new one after each commit that changed any of it and before
 * that commit is answered: whoever asks after a revocation was answered sees it. What roles mean
 * is not known here.
 */
#ifndef STORE_ACCESS_H
#define STORE_ACCESS_H

#include "common/arena.h"
#include "common/sha256.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct store;
struct txn;

enum {
    ACCESS_PRINCIPALS_MAX = 20000,
    ACCESS_IDENTITIES_MAX = 40000,
    ACCESS_GRANTS_MAX = 100000,
    ACCESS_TOKENS_MAX = 50000, /* those revoked or expired a while ago are forgotten */
};

/* A person or a service. */
struct access_principal {
    const char *name;
    const char *title;
    bool disabled;
    bool acts_for_others; /* may say on whose behalf it calls */
    int64_t create_us;    /* microseconds since 1970 UTC, as all times here */
    const char *created_by;
};

/* What the outside world knows a principal by: "unix-user:ann", "cert-sha256:AB..." */
struct access_identity {
    const char *text;
    const char *principal;
};

struct access_grant {
    const char *id;
    const char *principal;
    int role;
    unsigned groups;          /* of fields; a mask */
    const char *organisation; /* "organisations/x", or "" for the whole register */
    int64_t expire_us;        /* 0: never */
    int64_t create_us;
    const char *created_by;
};

struct access_token {
    const char *id; /* not secret */
    uint8_t hash[SHA256_BYTES];
    const char *principal;
    const char *title;
    unsigned roles;           /* mask of those of the principal it may use; 0: all */
    const char *organisation; /* and where; "": wherever the principal may */
    bool read_only;
    bool one_time;     /* good only for being exchanged, once */
    int64_t expire_us; /* always set */
    int64_t revoke_us; /* 0: not */
    int64_t create_us;
    const char *created_by;
    _Atomic int64_t last_use_us; /* about: written now and then; 0: never */
};

/* One picture; immutable, shared by all threads. */
struct access {
    uint64_t number;                     /* grows with every new picture of a store */
    struct access_principal *principals; /* by name */
    size_t principal_count;
    struct access_identity *identities; /* by text */
    size_t identity_count;
    struct access_grant *grants; /* by principal */
    size_t grant_count;
    struct access_token *tokens; /* by hash */
    size_t token_count;

    /* The module's own. */
    _Atomic unsigned references;
    struct arena arena;
};

/* The present picture, to be given back with access_release. Any thread. */
const struct access *store_access(struct store *store);
void access_release(const struct access *access); /* NULL allowed */

/* NULL when there is none. Pointers live as long as the picture. */
const struct access_principal *access_find_principal(const struct access *access,
                                                     const char *name);
const struct access_identity *access_find_identity(const struct access *access,
                                                   const char *text);
const struct access_grant *access_find_grant(const struct access *access, const char *id);
const struct access_token *access_find_token(const struct access *access, const char *id);
/* By the SHA-256 of the secret. */
const struct access_token *access_find_secret(const struct access *access,
                                              const uint8_t hash[SHA256_BYTES]);

/* The grants of a principal: *out_count from the one returned on. */
const struct access_grant *access_grants_of(const struct access *access, const char *principal,
                                            size_t *out_count);

/* The token was used now. True when that is to be written down: not more than every ten minutes. */
bool access_note_use(const struct access_token *token, int64_t now_us);

/* ---- in a write transaction ---- */

/* Creates or replaces a principal (by name) and all its identities. The change record is the
 * caller's (txn_record_change). */
struct status txn_put_principal(struct txn *txn, const struct access_principal *principal,
                                const char *const *identities, size_t count) MUST_CHECK;

/* Whose identity it is, the jobs before this one included; NULL: nobody's. */
struct status txn_find_identity(struct txn *txn, const char *text, struct arena *arena,
                                const char **out_principal) MUST_CHECK;

struct status txn_add_grant(struct txn *txn, const struct access_grant *grant) MUST_CHECK;
/* *out_removed: there was one, the jobs before this one included. */
struct status txn_remove_grant(struct txn *txn, const char *id, bool *out_removed) MUST_CHECK;

/* Also forgets tokens that ended more than 90 days before its creation. */
struct status txn_add_token(struct txn *txn, const struct access_token *token) MUST_CHECK;
/* *out_revoked: it had not been before, the jobs before this one included. */
struct status txn_revoke_token(struct txn *txn, const char *id, int64_t now_us,
                               bool *out_revoked) MUST_CHECK;

/* Notes when a token was used last; makes no new picture and no change. */
struct status txn_touch_token(struct txn *txn, const char *id, int64_t now_us) MUST_CHECK;

#endif
