/* SHA-256 through OpenSSL, set up once and used many times: looking the algorithm up for every
 * hash costs more than hashing a log entry. */
#ifndef COMMON_SHA256_H
#define COMMON_SHA256_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_BYTES = 32 };

/* One hash at a time, one thread at a time. */
struct sha256;

/* A hasher; ends the process when OpenSSL cannot give SHA-256. */
struct sha256 *sha256_new(void);
void sha256_free(struct sha256 *hasher); /* NULL is allowed */

/* Starts a hash; whatever was begun before is forgotten. */
void sha256_begin(struct sha256 *hasher);
void sha256_add(struct sha256 *hasher, const void *bytes, size_t size);

/* Ends it; the next call must be sha256_begin. */
void sha256_end(struct sha256 *hasher, uint8_t out_hash[SHA256_BYTES]);

#endif
