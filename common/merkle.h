/* Merkle tree hashing and the checking of proofs: RFC 9162 section 2.1 (RFC 6962 hashing). */
#ifndef COMMON_MERKLE_H
#define COMMON_MERKLE_H

#include "common/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SHA-256(0x00 || entry). */
void merkle_hash_leaf(struct sha256 *hasher, const void *entry, size_t size,
                      uint8_t out_leaf[SHA256_BYTES]);

/* SHA-256(0x01 || left || right). `out_node` may be either of them. */
void merkle_hash_node(struct sha256 *hasher, const uint8_t left[SHA256_BYTES],
                      const uint8_t right[SHA256_BYTES], uint8_t out_node[SHA256_BYTES]);

/* A list of hashes as it came over the wire. */
struct merkle_path {
    size_t count;
    const uint8_t (*hashes)[SHA256_BYTES];
};

/* Whether `leaf` is number `index` in the tree of `size` leaves with `root` (section 2.1.3.2).
 * False for any path that is not exactly right. */
bool merkle_inclusion_holds(uint64_t index, uint64_t size, const uint8_t leaf[SHA256_BYTES],
                            const struct merkle_path *path, const uint8_t root[SHA256_BYTES]);

/* A tree somebody saw. */
struct merkle_head {
    uint64_t size;
    uint8_t root[SHA256_BYTES];
};

/* Whether the older tree is a beginning of the newer one (section 2.1.4.2). Equal sizes need
 * equal roots and no path; an older size of 0 holds with an empty path. */
bool merkle_consistency_holds(const struct merkle_head *older, const struct merkle_head *newer,
                              const struct merkle_path *path);

#endif
