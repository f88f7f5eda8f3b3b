#include "common/merkle.h"

#include <string.h>

void merkle_hash_leaf(struct sha256 *hasher, const void *entry, size_t size,
                      uint8_t out_leaf[SHA256_BYTES])
{
    sha256_begin(hasher);
    sha256_add(hasher, "\x00", 1);
    sha256_add(hasher, entry, size);
    sha256_end(hasher, out_leaf);
}

void merkle_hash_node(struct sha256 *hasher, const uint8_t left[SHA256_BYTES],
                      const uint8_t right[SHA256_BYTES], uint8_t out_node[SHA256_BYTES])
{
    uint8_t bytes[1 + 2 * SHA256_BYTES] = {1};
    memcpy(bytes + 1, left, SHA256_BYTES);
    memcpy(bytes + 1 + SHA256_BYTES, right, SHA256_BYTES);
    sha256_begin(hasher);
    sha256_add(hasher, bytes, sizeof bytes);
    sha256_end(hasher, out_node);
}

/* Where a proof's walk from the leaf to the root has come, in the terms of the RFC. */
struct walk {
    uint64_t fn, sn; /* number of the node and of the last one, on the present level */
};

/* The node on the path stands left of the one we have. */
static bool is_right_child(const struct walk *walk)
{
    return (walk->fn & 1) || walk->fn == walk->sn;
}

static void climb(struct walk *walk)
{
    if (!(walk->fn & 1) && walk->fn == walk->sn) {
        while (!(walk->fn & 1) && walk->fn) {
            walk->fn >>= 1;
            walk->sn >>= 1;
        }
    }
    walk->fn >>= 1;
    walk->sn >>= 1;
}

bool merkle_inclusion_holds(uint64_t index, uint64_t size, const uint8_t leaf[SHA256_BYTES],
                            const struct merkle_path *path, const uint8_t root[SHA256_BYTES])
{
    if (index >= size) return false;
    struct sha256 *hasher = sha256_new();
    struct walk walk = {index, size - 1};
    uint8_t hash[SHA256_BYTES];
    bool fits = true;
    memcpy(hash, leaf, sizeof hash);
    for (size_t i = 0; i < path->count && fits; i++) {
        fits = walk.sn != 0;
        if (is_right_child(&walk))
            merkle_hash_node(hasher, path->hashes[i], hash, hash);
        else
            merkle_hash_node(hasher, hash, path->hashes[i], hash);
        climb(&walk);
    }
    sha256_free(hasher);
    return fits && walk.sn == 0 && memcmp(hash, root, sizeof hash) == 0;
}

/* The part of a consistency proof behind its first hash. */
static bool climb_both(struct walk walk, const struct merkle_path *path, size_t from,
                       uint8_t old_hash[SHA256_BYTES], uint8_t new_hash[SHA256_BYTES])
{
    struct sha256 *hasher = sha256_new();
    bool fits = true;
    while (walk.fn & 1) {
        walk.fn >>= 1;
        walk.sn >>= 1;
    }
    for (size_t i = from; i < path->count && fits; i++) {
        fits = walk.sn != 0;
        if (is_right_child(&walk)) {
            merkle_hash_node(hasher, path->hashes[i], old_hash, old_hash);
            merkle_hash_node(hasher, path->hashes[i], new_hash, new_hash);
        } else {
            merkle_hash_node(hasher, new_hash, path->hashes[i], new_hash);
        }
        climb(&walk);
    }
    sha256_free(hasher);
    return fits && walk.sn == 0;
}

bool merkle_consistency_holds(const struct merkle_head *older, const struct merkle_head *newer,
                              const struct merkle_path *path)
{
    if (older->size > newer->size) return false;
    if (older->size == newer->size)
        return path->count == 0 && memcmp(older->root, newer->root, SHA256_BYTES) == 0;
    if (older->size == 0) return path->count == 0;
    bool power_of_two = (older->size & (older->size - 1)) == 0;
    if (!power_of_two && path->count == 0) return false;
    uint8_t old_hash[SHA256_BYTES], new_hash[SHA256_BYTES];
    memcpy(old_hash, power_of_two ? older->root : path->hashes[0], SHA256_BYTES);
    memcpy(new_hash, old_hash, SHA256_BYTES);
    struct walk walk = {older->size - 1, newer->size - 1};
    return climb_both(walk, path, power_of_two ? 0 : 1, old_hash, new_hash) &&
           memcmp(old_hash, older->root, SHA256_BYTES) == 0 &&
           memcmp(new_hash, newer->root, SHA256_BYTES) == 0;
}
