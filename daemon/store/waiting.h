/* What waits for a second person: a request is kept as the SHA-256 of what was asked, so that
 * exactly that is approved. Erasures have requests of their own (redact.h), since they tell more.
 */
#ifndef STORE_WAITING_H
#define STORE_WAITING_H

#include "common/arena.h"
#include "common/sha256.h"
#include "common/status.h"

#include <stdbool.h>
#include <stdint.h>

struct txn;

struct waiting {
    const char *id; /* 32 hex digits; set by txn_add_waiting */
    const char *method;
    const char *principal;    /* who asked, */
    const char *on_behalf_of; /* and for whom */
    uint8_t digest[SHA256_BYTES];
    const char *reason;
    int64_t expire_us;
};

/* Adds one under a new random id, in the arena; forgets those that have expired by `now_us`.
 * RESOURCE_EXHAUSTED when too many wait. */
struct status txn_add_waiting(struct txn *txn, struct waiting *waiting, int64_t now_us,
                              struct arena *arena) MUST_CHECK;

struct status txn_find_waiting(struct txn *txn, const char *id, struct arena *arena,
                               struct waiting *out_waiting, bool *out_found) MUST_CHECK;

struct status txn_drop_waiting(struct txn *txn, const char *id) MUST_CHECK;

/* 2*size hex digits of random bytes, in the arena; in a write transaction. */
char *txn_random_id(struct txn *txn, size_t size, struct arena *arena);

/* `size` random bytes from the system's generator, for secrets. */
bool random_secret(void *out_bytes, size_t size);

#endif
