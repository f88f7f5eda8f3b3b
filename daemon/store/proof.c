#include "store/proof.h"

#include "common/reasons.h"
#include "store/signer.h"
#include "store/tiles.h"
#include "store/txn_impl.h"

#include <stdbool.h>
#include <string.h>

/* Making one proof: what every step needs. */
struct prover {
    struct txn *txn;
    struct arena *arena;
    struct sha256 *hasher;
    struct tree_extent extent;
    struct proof *proof;
};

struct status txn_tree_extent(struct txn *txn, struct arena *arena,
                              struct tree_extent *out_extent)
{
    static const char sql[] = "SELECT epoch, epoch_first_seq, seq, register_id FROM log_head";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, arena);
    out_extent->epoch = (uint32_t)stmt_int(stmt, 0);
    out_extent->first_seq = stmt_int(stmt, 1);
    out_extent->size = (uint64_t)(stmt_int(stmt, 2) - stmt_int(stmt, 1) + 1);
    strncpy(out_extent->register_id, stmt_text(stmt, 3), sizeof out_extent->register_id - 1);
    out_extent->register_id[sizeof out_extent->register_id - 1] = 0;
    stmt_done(stmt);
    return status_ok();
}

struct status txn_log_position(struct txn *txn, struct arena *arena,
                               struct log_position *out_position)
{
    static const char sql[] = "SELECT epoch, epoch_first_seq, seq, root FROM log_head";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, arena);
    size_t size;
    const void *root = stmt_blob(stmt, 3, &size);
    *out_position = (struct log_position){
        .epoch = (uint32_t)stmt_int(stmt, 0),
        .seq = stmt_int(stmt, 2),
        .size = (uint64_t)(stmt_int(stmt, 2) - stmt_int(stmt, 1) + 1),
    };
    if (size == sizeof out_position->root) memcpy(out_position->root, root, size);
    stmt_done(stmt);
    return status_ok();
}

static struct status missing(struct prover *prover, const char *what, uint64_t number)
{
    return status_error(
        prover->arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
        "%s %llu of the log is missing: check the register, then restore it from "
        "a backup",
        what, (unsigned long long)number);
}

/* Leaf hashes first..first+count-1 from the entries. */
static struct status read_leaves(struct prover *prover, uint64_t first, unsigned count,
                                 uint8_t (*out_hashes)[SHA256_BYTES])
{
    static const char sql[] =
        "SELECT entry FROM change WHERE seq >= $1 AND seq < $2 ORDER BY seq";
    struct stmt *stmt = db_statement(prover->txn->db, sql);
    if (!stmt) return db_status(prover->txn->db, prover->arena);
    int64_t seq = prover->extent.first_seq + (int64_t)first;
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_int(stmt, 2, seq + count);
    unsigned have = 0;
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        size_t size;
        const void *entry = stmt_blob(stmt, 0, &size);
        if (have < count) tree_hash_leaf(prover->hasher, entry, size, out_hashes[have]);
        have++;
    }
    if (step == STEP_FAILED) return db_status(prover->txn->db, prover->arena);
    return have == count ? status_ok() : missing(prover, "entry", first + have);
}

/* Hashes of a stored tile; *out_found false when it is not full yet. */
static struct status read_tile(struct prover *prover, int level, uint64_t number,
                               uint8_t (*out_hashes)[SHA256_BYTES], bool *out_found)
{
    static const char sql[] =
        "SELECT hashes FROM log_tile WHERE epoch = $1 AND level = $2 AND number = $3";
    struct stmt *stmt = db_statement(prover->txn->db, sql);
    if (!stmt) return db_status(prover->txn->db, prover->arena);
    stmt_bind_int(stmt, 1, prover->extent.epoch);
    stmt_bind_int(stmt, 2, level);
    stmt_bind_int(stmt, 3, (int64_t)number);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(prover->txn->db, prover->arena);
    *out_found = false;
    if (step == STEP_DONE) return status_ok();
    size_t size;
    const void *hashes = stmt_blob(stmt, 0, &size);
    *out_found = size == TILE_HASHES * SHA256_BYTES;
    if (*out_found) memcpy(out_hashes, hashes, size);
    stmt_done(stmt);
    return *out_found ? status_ok() : missing(prover, "tile", number);
}

/* Roots of the stored tiles first..first+count-1 of a level. */
static struct status read_roots(struct prover *prover, int level, uint64_t first,
                                unsigned count, uint8_t (*out_hashes)[SHA256_BYTES])
{
    static const char sql[] =
        "SELECT root FROM log_tile\n"
        "WHERE epoch = $1 AND level = $2 AND number >= $3 AND number < $4\n"
        "ORDER BY number";
    struct stmt *stmt = db_statement(prover->txn->db, sql);
    if (!stmt) return db_status(prover->txn->db, prover->arena);
    stmt_bind_int(stmt, 1, prover->extent.epoch);
    stmt_bind_int(stmt, 2, level);
    stmt_bind_int(stmt, 3, (int64_t)first);
    stmt_bind_int(stmt, 4, (int64_t)(first + count));
    unsigned have = 0;
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        size_t size;
        const void *root = stmt_blob(stmt, 0, &size);
        if (have < count && size == SHA256_BYTES) memcpy(out_hashes[have++], root, size);
    }
    if (step == STEP_FAILED) return db_status(prover->txn->db, prover->arena);
    return have == count ? status_ok() : missing(prover, "tile", first + have);
}

/* The hash of the complete subtree over leaves index*2^height .. +2^height-1. */
static struct status complete_hash(struct prover *prover, unsigned height, uint64_t index,
                                   uint8_t out_hash[SHA256_BYTES])
{
    uint8_t(*hashes)[SHA256_BYTES] = arena_alloc(prover->arena, TILE_HASHES * SHA256_BYTES);
    int level = (int)(height / 8);
    unsigned count = 1u << height % 8;
    uint64_t first = index * count; /* at the tile level */
    bool found = false;
    struct status st = read_tile(prover, level, first / TILE_HASHES, hashes, &found);
    if (!status_is_ok(st)) return st;
    if (found) {
        memmove(hashes, hashes + first % TILE_HASHES, (size_t)count * SHA256_BYTES);
    } else {
        st = level == 0 ? read_leaves(prover, first, count, hashes)
                        : read_roots(prover, level - 1, first, count, hashes);
        if (!status_is_ok(st)) return st;
    }
    tiles_fold(prover->hasher, hashes, count, out_hash);
    return status_ok();
}

/* MTH(D[first:first+count]) where first is a multiple of the smallest power of two >= count: the
 * complete subtrees of its binary digits, joined from the right. */
static struct status range_hash(struct prover *prover, uint64_t first, uint64_t count,
                                uint8_t out_hash[SHA256_BYTES])
{
    bool any = false;
    uint64_t end = first + count;
    for (uint64_t left = count; left; left &= left - 1) {
        unsigned height = (unsigned)__builtin_ctzll(left);
        uint8_t hash[SHA256_BYTES];
        end -= (uint64_t)1 << height;
        struct status st = complete_hash(prover, height, end >> height, hash);
        if (!status_is_ok(st)) return st;
        if (any)
            tree_hash_node(prover->hasher, hash, out_hash, out_hash);
        else
            memcpy(out_hash, hash, SHA256_BYTES);
        any = true;
    }
    return status_ok();
}

static struct status add_range(struct prover *prover, uint64_t first, uint64_t count)
{
    struct proof *proof = prover->proof;
    return range_hash(prover, first, count, proof->hashes[proof->count++]);
}

/* The largest power of two smaller than n, for n > 1: where RFC 6962 splits a tree. */
static uint64_t split_of(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

static void reverse(struct proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        uint8_t other[SHA256_BYTES];
        memcpy(other, proof->hashes[i], SHA256_BYTES);
        memcpy(proof->hashes[i], proof->hashes[proof->count - 1 - i], SHA256_BYTES);
        memcpy(proof->hashes[proof->count - 1 - i], other, SHA256_BYTES);
    }
}

/* PATH(m, D[n]) from the root down, so in reverse of the RFC's order. */
static struct status walk_to_leaf(struct prover *prover, uint64_t index, uint64_t size)
{
    uint64_t first = 0;
    while (size > 1) {
        uint64_t k = split_of(size);
        bool left = index - first < k;
        struct status st =
            left ? add_range(prover, first + k, size - k) : add_range(prover, first, k);
        if (!status_is_ok(st)) return st;
        if (!left) first += k;
        size = left ? k : size - k;
    }
    return status_ok();
}

/* SUBPROOF(m, D[n], true) from the root down, again in reverse. */
static struct status walk_to_old(struct prover *prover, uint64_t old_size, uint64_t size)
{
    uint64_t first = 0;
    bool whole = true; /* the old tree is what is left of it: its hash is known to the reader */
    while (old_size != size) {
        uint64_t k = split_of(size);
        bool left = old_size <= k;
        struct status st =
            left ? add_range(prover, first + k, size - k) : add_range(prover, first, k);
        if (!status_is_ok(st)) return st;
        if (!left) {
            first += k;
            old_size -= k;
            whole = false;
        }
        size = left ? k : size - k;
    }
    return whole ? status_ok() : add_range(prover, first, size);
}

static struct status begin(struct prover *prover, struct txn *txn, struct arena *arena,
                           uint64_t size)
{
    *prover = (struct prover){.txn = txn, .arena = arena};
    struct status st = txn_tree_extent(txn, arena, &prover->extent);
    if (!status_is_ok(st)) return st;
    if (size > prover->extent.size)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, "tree_size",
                            "the tree has %llu leaves, not %llu",
                            (unsigned long long)prover->extent.size, (unsigned long long)size);
    prover->hasher = sha256_new();
    return st;
}

struct status txn_tree_root(struct txn *txn, uint64_t size, struct arena *arena,
                            uint8_t out_root[SHA256_BYTES])
{
    struct prover prover;
    struct status st = begin(&prover, txn, arena, size);
    if (!status_is_ok(st)) return st;
    if (size) {
        st = range_hash(&prover, 0, size, out_root);
    } else {
        sha256_begin(prover.hasher);
        sha256_end(prover.hasher, out_root);
    }
    sha256_free(prover.hasher);
    return st;
}

struct status txn_inclusion_proof(struct txn *txn, uint64_t index, uint64_t size,
                                  struct arena *arena, struct proof *out_proof)
{
    struct prover prover;
    if (index >= size)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, "tree_size",
                            "a tree of %llu leaves has no leaf %llu", (unsigned long long)size,
                            (unsigned long long)index);
    struct status st = begin(&prover, txn, arena, size);
    if (!status_is_ok(st)) return st;
    prover.proof = out_proof;
    out_proof->count = 0;
    st = walk_to_leaf(&prover, index, size);
    reverse(out_proof);
    sha256_free(prover.hasher);
    return st;
}

struct status txn_consistency_proof(struct txn *txn, uint64_t old_size, uint64_t new_size,
                                    struct arena *arena, struct proof *out_proof)
{
    struct prover prover;
    if (old_size < 1 || old_size > new_size)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, "old_size",
                            "old_size is %llu: it must be from 1 to new_size, %llu",
                            (unsigned long long)old_size, (unsigned long long)new_size);
    struct status st = begin(&prover, txn, arena, new_size);
    if (!status_is_ok(st)) return st;
    prover.proof = out_proof;
    out_proof->count = 0;
    st = walk_to_old(&prover, old_size, new_size);
    reverse(out_proof);
    sha256_free(prover.hasher);
    return st;
}
