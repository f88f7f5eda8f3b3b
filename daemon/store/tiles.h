/* The tree's hashes on disk, as tiles of 256 (C2SP tlog-tiles): what proofs are made from.
 *
 * Tile n of level L holds the hashes of the complete subtrees of 256^L leaves number n*256 to
 * n*256+255. Only full tiles are stored, each with the root over its hashes; the hashes of the
 * tile still growing come from the log's entries (level 0) or the roots of the tiles below. So an
 * append writes one row for every 256 changes and nothing otherwise.
 */
#ifndef STORE_TILES_H
#define STORE_TILES_H

#include "common/arena.h"
#include "common/sha256.h"
#include "common/status.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

enum { TILE_HASHES = 256, TILE_LEVELS = 8 };

/* The tiles still growing, in the writer's memory. */
struct tiles {
    uint32_t epoch;
    uint64_t size; /* leaves */
    struct {
        unsigned count;
        uint8_t hashes[TILE_HASHES][SHA256_BYTES];
    } levels[TILE_LEVELS];
};

/* Which tree: `size` leaves, the first of them change `first_seq`. */
struct tiles_extent {
    uint32_t epoch;
    int64_t first_seq;
    uint64_t size;
};

/* Empty tiles of an epoch. */
void tiles_init(struct tiles *tiles, uint32_t epoch);

/* Takes up the growing tiles. Where full tiles are missing all are made from the entries: call it
 * inside a write transaction. */
struct status tiles_load(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                         const struct tiles_extent *extent, struct arena *arena) MUST_CHECK;

/* Adds a leaf; stores the tiles it fills. */
bool tiles_append(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                  const uint8_t leaf[SHA256_BYTES]);

/* The hash over `count` (a power of two up to 256) hashes. Destroys them. */
void tiles_fold(struct sha256 *hasher, uint8_t (*hashes)[SHA256_BYTES], unsigned count,
                uint8_t out_hash[SHA256_BYTES]);

#endif
