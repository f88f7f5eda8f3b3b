#include "store/waiting.h"

#include "common/reasons.h"
#include "store/txn_impl.h"

#include <assert.h>
#include <string.h>
#include <sys/random.h>

enum { WAITING_MAX = 1000, ID_BYTES = 16, RANDOM_MAX = 32 };

bool random_secret(void *out_bytes, size_t size)
{
    return getrandom(out_bytes, size, 0) == (ssize_t)size;
}

char *txn_random_id(struct txn *txn, size_t size, struct arena *arena)
{
    uint8_t bytes[RANDOM_MAX];
    char *id = arena_alloc(arena, 2 * size + 1);
    assert(size <= sizeof bytes);
    log_random(txn->log, bytes, size);
    for (size_t i = 0; i < size; i++) {
        id[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
    id[2 * size] = '\0';
    return id;
}

/* Removes what has expired; counts what is left. */
static struct status tidy(struct txn *txn, int64_t now_us, int64_t *out_rows)
{
    static const char expire[] = "DELETE FROM waiting_request WHERE expire_us <= $1";
    static const char count[] = "SELECT count(*) FROM waiting_request";
    return txn_expire(txn, expire, count, now_us, out_rows);
}

static struct status insert(struct txn *txn, const struct waiting *waiting)
{
    static const char sql[] =
        "INSERT INTO waiting_request (id, method, principal, digest, reason, expire_us,\n"
        "                             on_behalf_of)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7)";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, waiting->id);
    stmt_bind_text(stmt, 2, waiting->method);
    stmt_bind_text(stmt, 3, waiting->principal);
    stmt_bind_blob(stmt, 4, waiting->digest, sizeof waiting->digest);
    stmt_bind_text(stmt, 5, waiting->reason);
    stmt_bind_int(stmt, 6, waiting->expire_us);
    stmt_bind_text(stmt, 7, waiting->on_behalf_of);
    return stmt_run(stmt) ? status_ok() : db_status(txn->db, txn->arena);
}

struct status txn_add_waiting(struct txn *txn, struct waiting *waiting, int64_t now_us,
                              struct arena *arena)
{
    int64_t rows = 0;
    if (!txn_before_write(txn)) return db_status(txn->db, arena);
    struct status st = tidy(txn, now_us, &rows);
    if (!status_is_ok(st)) return st;
    if (rows >= WAITING_MAX)
        return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_ACCESS_FULL, NULL,
                            "%d requests wait for a second person already", WAITING_MAX);
    waiting->id = txn_random_id(txn, ID_BYTES, arena);
    return insert(txn, waiting);
}

struct status txn_find_waiting(struct txn *txn, const char *id, struct arena *arena,
                               struct waiting *out_waiting, bool *out_found)
{
    static const char sql[] = "SELECT method, principal, digest, reason, expire_us,\n"
                              "       on_behalf_of\n"
                              "FROM waiting_request WHERE id = $1";
    size_t size;
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, id);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_found = step == STEP_ROW;
    if (!*out_found) return status_ok();
    *out_waiting = (struct waiting){
        .id = id,
        .method = stmt_text_dup(stmt, 0, arena),
        .principal = stmt_text_dup(stmt, 1, arena),
        .reason = stmt_text_dup(stmt, 3, arena),
        .expire_us = stmt_int(stmt, 4),
        .on_behalf_of = stmt_text_dup(stmt, 5, arena),
    };
    const void *digest = stmt_blob(stmt, 2, &size);
    if (size == SHA256_BYTES) memcpy(out_waiting->digest, digest, SHA256_BYTES);
    stmt_done(stmt);
    return status_ok();
}

struct status txn_drop_waiting(struct txn *txn, const char *id)
{
    static const char sql[] = "DELETE FROM waiting_request WHERE id = $1";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, id);
    return stmt_run(stmt) ? status_ok() : db_status(txn->db, txn->arena);
}
