/* Salted commitments: what the log says of values without giving them away. The exact bytes
 * stand in log_write.h. */
#ifndef STORE_COMMIT_H
#define STORE_COMMIT_H

#include "common/sha256.h"

#include <stdint.h>

enum { SALT_BYTES = 32 };

/* The salt of a field, from the seed of its version. */
void commit_salt(struct sha256 *hasher, const uint8_t seed[SALT_BYTES], uint32_t number,
                 uint8_t out_salt[SALT_BYTES]);

/* A field's value, as the text of common/field_text.h. */
void commit_field(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], uint32_t number,
                  const char *value, uint8_t out_hash[SHA256_BYTES]);

/* The two names of who made a change. */
void commit_actor(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], const char *principal,
                  const char *on_behalf_of, uint8_t out_hash[SHA256_BYTES]);

/* The reason of a change; zeros for none. */
void commit_reason(struct sha256 *hasher, const uint8_t salt[SALT_BYTES], const char *reason,
                   uint8_t out_hash[SHA256_BYTES]);

/* Who asked for a redaction. */
void commit_requester(struct sha256 *hasher, const uint8_t salt[SALT_BYTES],
                      const char *principal, uint8_t out_hash[SHA256_BYTES]);

#endif
