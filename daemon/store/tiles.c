#include "store/tiles.h"

#include "common/reasons.h"
#include "store/tree.h"

#include <string.h>

void tiles_init(struct tiles *tiles, uint32_t epoch)
{
    memset(tiles, 0, sizeof *tiles);
    tiles->epoch = epoch;
}

void tiles_fold(struct sha256 *hasher, uint8_t (*hashes)[SHA256_BYTES], unsigned count,
                uint8_t out_hash[SHA256_BYTES])
{
    for (; count > 1; count /= 2)
        for (unsigned i = 0; i < count / 2; i++)
            tree_hash_node(hasher, hashes[2 * i], hashes[2 * i + 1], hashes[i]);
    memcpy(out_hash, hashes[0], SHA256_BYTES);
}

static bool store_tile(const struct tiles *tiles, struct db *db, int level, uint64_t number,
                       const uint8_t root[SHA256_BYTES])
{
    static const char sql[] = "INSERT INTO log_tile (epoch, level, number, hashes, root)\n"
                              "VALUES ($1, $2, $3, $4, $5)";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, tiles->epoch);
    stmt_bind_int(stmt, 2, level);
    stmt_bind_int(stmt, 3, (int64_t)number);
    stmt_bind_blob(stmt, 4, tiles->levels[level].hashes, sizeof tiles->levels[level].hashes);
    stmt_bind_blob(stmt, 5, root, SHA256_BYTES);
    return stmt_run(stmt);
}

bool tiles_append(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                  const uint8_t leaf[SHA256_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    memcpy(hash, leaf, SHA256_BYTES);
    tiles->size++;
    uint64_t span = 1; /* leaves under one hash of the level */
    for (int level = 0; level < TILE_LEVELS; level++) {
        memcpy(tiles->levels[level].hashes[tiles->levels[level].count++], hash, SHA256_BYTES);
        if (tiles->levels[level].count < TILE_HASHES) return true;
        span *= TILE_HASHES;
        static _Thread_local uint8_t scratch[TILE_HASHES][SHA256_BYTES];
        memcpy(scratch, tiles->levels[level].hashes, sizeof scratch);
        tiles_fold(hasher, scratch, TILE_HASHES, hash);
        if (!store_tile(tiles, db, level, tiles->size / span - 1, hash)) return false;
        tiles->levels[level].count = 0;
    }
    return true;
}

/* ---- taking up where the database is ---- */

/* Appends the leaves of the changes from `seq` on. */
static struct status append_entries(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                                    int64_t seq, struct arena *arena)
{
    static const char sql[] = "SELECT entry FROM change WHERE seq >= $1 ORDER BY seq";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        uint8_t leaf[SHA256_BYTES];
        size_t size;
        const void *entry = stmt_blob(stmt, 0, &size);
        tree_hash_leaf(hasher, entry, size, leaf);
        if (!tiles_append(tiles, db, hasher, leaf)) {
            stmt_done(stmt);
            return db_status(db, arena);
        }
    }
    return step == STEP_FAILED ? db_status(db, arena) : status_ok();
}

/* The roots of the stored tiles of the level below are the hashes of this one. */
static struct status load_level(struct tiles *tiles, struct db *db, int level, uint64_t hashes,
                                struct arena *arena)
{
    static const char sql[] = "SELECT root FROM log_tile\n"
                              "WHERE epoch = $1 AND level = $2 AND number >= $3\n"
                              "ORDER BY number";
    unsigned wanted = (unsigned)(hashes % TILE_HASHES);
    tiles->levels[level].count = 0;
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_int(stmt, 1, tiles->epoch);
    stmt_bind_int(stmt, 2, level - 1);
    stmt_bind_int(stmt, 3, (int64_t)(hashes - wanted));
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW && tiles->levels[level].count < wanted) {
        size_t size;
        const void *root = stmt_blob(stmt, 0, &size);
        if (size != SHA256_BYTES) break;
        memcpy(tiles->levels[level].hashes[tiles->levels[level].count++], root, SHA256_BYTES);
    }
    stmt_done(stmt);
    if (step == STEP_FAILED) return db_status(db, arena);
    if (tiles->levels[level].count == wanted) return status_ok();
    return status_error(arena, GRPC_NOT_FOUND, REASON_STORE_DAMAGED, NULL, "tiles are missing");
}

static struct status load_stored(struct tiles *tiles, struct db *db, uint64_t size,
                                 struct arena *arena)
{
    uint64_t hashes = size;
    for (int level = 1; level < TILE_LEVELS; level++) {
        hashes /= TILE_HASHES;
        struct status st = load_level(tiles, db, level, hashes, arena);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status make_all(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                              int64_t first_seq, struct arena *arena)
{
    static const char sql[] = "DELETE FROM log_tile WHERE epoch = $1";
    tiles_init(tiles, tiles->epoch);
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_int(stmt, 1, tiles->epoch);
    if (!stmt_run(stmt)) return db_status(db, arena);
    return append_entries(tiles, db, hasher, first_seq, arena);
}

struct status tiles_load(struct tiles *tiles, struct db *db, struct sha256 *hasher,
                         const struct tiles_extent *extent, struct arena *arena)
{
    tiles_init(tiles, extent->epoch);
    uint64_t full = extent->size / TILE_HASHES * TILE_HASHES;
    struct status st = load_stored(tiles, db, extent->size, arena);
    if (status_is_ok(st)) {
        tiles->size = full;
        return append_entries(tiles, db, hasher, extent->first_seq + (int64_t)full, arena);
    }
    if (st.code != GRPC_NOT_FOUND) return st;
    return make_all(tiles, db, hasher, extent->first_seq, arena);
}
