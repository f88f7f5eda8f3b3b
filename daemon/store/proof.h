/* Proofs over the log's tree, made from stored tiles and entries: RFC 6962 sections 2.1.1 and
 * 2.1.2 (verification: RFC 9162 sections 2.1.3.2 and 2.1.4.2).
 *
 * Sizes and indexes are of the present epoch; leaf 0 is change epoch_first_seq. A proof for a
 * tree of n leaves has at most about log2(n) + 1 hashes, however long the log is.
 */
#ifndef STORE_PROOF_H
#define STORE_PROOF_H

#include "common/sha256.h"
#include "store/txn.h"

enum { PROOF_HASHES_MAX = 128 };

struct proof {
    size_t count;
    uint8_t hashes[PROOF_HASHES_MAX][SHA256_BYTES];
};

/* What the tree of the present epoch is. */
struct tree_extent {
    uint32_t epoch;
    int64_t first_seq;
    uint64_t size;
    char register_id[37];
};
struct status txn_tree_extent(struct txn *txn, struct arena *arena,
                              struct tree_extent *out_extent) MUST_CHECK;

/* The committed position this read transaction sees, for the signer. */
struct log_position;
struct status txn_log_position(struct txn *txn, struct arena *arena,
                               struct log_position *out_position) MUST_CHECK;

/* The root of the first `size` leaves. */
struct status txn_tree_root(struct txn *txn, uint64_t size, struct arena *arena,
                            uint8_t out_root[SHA256_BYTES]) MUST_CHECK;

/* The audit path of leaf `index` in the tree of the first `size` leaves; OUT_OF_RANGE when there
 * is no such leaf or size. */
struct status txn_inclusion_proof(struct txn *txn, uint64_t index, uint64_t size,
                                  struct arena *arena, struct proof *out_proof) MUST_CHECK;

/* That the tree of the first `old_size` leaves is a beginning of that of `new_size`; 1 <=
 * old_size <= new_size, else OUT_OF_RANGE. Empty when they are equal. */
struct status txn_consistency_proof(struct txn *txn, uint64_t old_size, uint64_t new_size,
                                    struct arena *arena, struct proof *out_proof) MUST_CHECK;

#endif
