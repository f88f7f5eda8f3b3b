/* Checks a register's file that nobody writes to: a backup, or what is to be restored. */
#ifndef STORE_COPY_CHECK_H
#define STORE_COPY_CHECK_H

#include "common/sha256.h"
#include "common/status.h"

#include <stdint.h>

/* What a sound file holds. */
struct copy_facts {
    char register_id[37];
    uint32_t epoch;
    int64_t epoch_first_seq;
    int64_t seq;
    uint64_t tree_size;
    uint8_t root[SHA256_BYTES];
    uint8_t file_hash[SHA256_BYTES]; /* SHA-256 of the file's bytes */
    int64_t bytes;
};

/* Opens the file read-only, lets SQLite check it and recomputes the tree root from the entries.
 * DATA_LOSS when something is wrong with it, INTERNAL when it cannot be read. Any thread. */
struct status copy_check(const char *path, struct arena *arena,
                         struct copy_facts *out_facts) MUST_CHECK;

#endif
