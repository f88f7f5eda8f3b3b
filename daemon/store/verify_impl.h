/* One replay under way: for verify.c and verify_version.c only. */
#ifndef STORE_VERIFY_IMPL_H
#define STORE_VERIFY_IMPL_H

#include "store/log_entry.h"
#include "store/proof.h"
#include "store/txn_impl.h"
#include "store/verify.h"

struct verifier {
    struct txn *txn;
    struct arena *arena;
    struct sha256 *hasher;
    struct tree_extent extent;
    uint8_t register_uuid[16];
    struct log_findings *findings;

    int64_t tile; /* number of the tile in `hashes`, -1 for none */
    bool tile_stored;
    uint8_t hashes[TILE_HASHES][SHA256_BYTES];

    struct change_record record; /* the change being looked at */
};

/* What a fault is about; NULL is "". */
struct fault_place {
    const char *resource;
    const char *field;
    const char *reason;
};

/* Notes a fault at the change being looked at. */
void verify_fault(struct verifier *verifier, const struct fault_place *place,
                  const char *format, ...) __attribute__((format(printf, 3, 4)));

/* An erased value as the log names it. */
struct erased_value {
    const char *collection;
    const char *id;
    const char *field;
    uint32_t number;
    int64_t from_seq;
};

/* Whether the log says that it was erased: not the table alone, but the items of a change. */
struct status verify_erasure(struct verifier *verifier, const struct erased_value *value,
                             bool *out_logged) MUST_CHECK;

/* One item of the change, as its rows (`item`) and its bytes say. */
struct status verify_item(struct verifier *verifier, const struct change_item *item,
                          const struct log_items_item *bytes) MUST_CHECK;

/* Versions of any kind that no item made; the whole of the tables. */
struct status verify_unlogged(struct verifier *verifier) MUST_CHECK;

#endif
