#include "store/tree.h"

#include "common/merkle.h"

#include <assert.h>
#include <string.h>

void tree_init(struct tree *tree)
{
    tree->size = 0;
    tree->depth = 0;
}

bool tree_load(struct tree *tree, uint64_t size, const void *frontier, size_t frontier_bytes)
{
    unsigned depth = (unsigned)__builtin_popcountll(size);
    if (depth > TREE_LEVELS_MAX || frontier_bytes != (size_t)depth * SHA256_BYTES) return false;
    tree->size = size;
    tree->depth = depth;
    memcpy(tree->frontier, frontier, frontier_bytes);
    return true;
}

void tree_hash_leaf(struct sha256 *hasher, const void *entry, size_t size,
                    uint8_t out_leaf[SHA256_BYTES])
{
    merkle_hash_leaf(hasher, entry, size, out_leaf);
}

void tree_hash_node(struct sha256 *hasher, const uint8_t left[SHA256_BYTES],
                    const uint8_t right[SHA256_BYTES], uint8_t out_node[SHA256_BYTES])
{
    merkle_hash_node(hasher, left, right, out_node);
}

void tree_append(struct tree *tree, struct sha256 *hasher, const uint8_t leaf[SHA256_BYTES])
{
    uint8_t node[SHA256_BYTES];
    memcpy(node, leaf, SHA256_BYTES);
    /* Like adding one to a binary number: every trailing 1-bit is a subtree now complete. */
    for (uint64_t size = tree->size; size & 1; size >>= 1)
        tree_hash_node(hasher, tree->frontier[--tree->depth], node, node);
    assert(tree->depth < TREE_LEVELS_MAX);
    memcpy(tree->frontier[tree->depth++], node, SHA256_BYTES);
    tree->size++;
}

void tree_root(const struct tree *tree, struct sha256 *hasher, uint8_t out_root[SHA256_BYTES])
{
    if (tree->depth == 0) {
        sha256_begin(hasher);
        sha256_end(hasher, out_root);
        return;
    }
    unsigned at = tree->depth - 1;
    memcpy(out_root, tree->frontier[at], SHA256_BYTES);
    while (at-- > 0)
        tree_hash_node(hasher, tree->frontier[at], out_root, out_root);
}
