/* The Merkle tree over the log's entries: RFC 6962 section 2.1 hashing, kept as its frontier.
 *
 * The frontier is the root hashes of the complete subtrees the leaves fall into, largest first:
 * one per 1-bit of the size. It is all that appending and the root need.
 */
#ifndef STORE_TREE_H
#define STORE_TREE_H

#include "common/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TREE_LEVELS_MAX = 63 };

struct tree {
    uint64_t size;  /* leaves */
    unsigned depth; /* hashes in the frontier */
    uint8_t frontier[TREE_LEVELS_MAX][SHA256_BYTES];
};

/* The tree of no leaves. */
void tree_init(struct tree *tree);

/* Takes up a stored frontier; false when its length does not fit the size. */
bool tree_load(struct tree *tree, uint64_t size, const void *frontier, size_t frontier_bytes);

/* SHA-256(0x00 || entry). */
void tree_hash_leaf(struct sha256 *hasher, const void *entry, size_t size,
                    uint8_t out_leaf[SHA256_BYTES]);

/* SHA-256(0x01 || left || right). */
void tree_hash_node(struct sha256 *hasher, const uint8_t left[SHA256_BYTES],
                    const uint8_t right[SHA256_BYTES], uint8_t out_node[SHA256_BYTES]);

/* Adds a leaf at the end. */
void tree_append(struct tree *tree, struct sha256 *hasher, const uint8_t leaf[SHA256_BYTES]);

/* The Merkle tree hash; of no leaves it is SHA-256 of nothing. */
void tree_root(const struct tree *tree, struct sha256 *hasher, uint8_t out_root[SHA256_BYTES]);

#endif
