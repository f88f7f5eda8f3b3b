/* Changing who may do what. */
#include "common/reasons.h"
#include "store/access.h"
#include "store/txn_impl.h"

#include <string.h>

static const int64_t forget_after_us = INT64_C(90) * 24 * 3600 * 1000000;

static struct status end(struct txn *txn, bool fine)
{
    if (!fine) return db_status(txn->db, txn->arena);
    txn->access_changed = true;
    return status_ok();
}

static bool run_with_text(struct txn *txn, const char *sql, const char *text)
{
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_text(stmt, 1, text);
    return stmt_run(stmt);
}

/* RESOURCE_EXHAUSTED when a table is full. `count` is a statement that counts its rows. */
static struct status check_room(struct txn *txn, const char *count, int64_t max,
                                const char *what)
{
    struct stmt *stmt = db_statement(txn->db, count);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, txn->arena);
    int64_t rows = stmt_int(stmt, 0);
    stmt_done(stmt);
    if (rows < max) return status_ok();
    return status_error(txn->arena, GRPC_RESOURCE_EXHAUSTED, REASON_ACCESS_FULL, NULL,
                        "the register has %lld %s, which is the limit; remove some first",
                        (long long)rows, what);
}

/* ---- principals ---- */

static bool put_principal(struct txn *txn, const struct access_principal *principal)
{
    static const char sql[] =
        "INSERT INTO access_principal\n"
        "  (name, title, disabled, acts_for_others, create_us, created_by)\n"
        "VALUES ($1, $2, $3, $4, $5, $6)\n"
        "ON CONFLICT (name) DO UPDATE SET\n"
        "  title = excluded.title, disabled = excluded.disabled,\n"
        "  acts_for_others = excluded.acts_for_others";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_text(stmt, 1, principal->name);
    stmt_bind_text(stmt, 2, principal->title);
    stmt_bind_int(stmt, 3, principal->disabled);
    stmt_bind_int(stmt, 4, principal->acts_for_others);
    stmt_bind_int(stmt, 5, principal->create_us);
    stmt_bind_text(stmt, 6, principal->created_by);
    return stmt_run(stmt);
}

static bool add_identity(struct txn *txn, const char *text, const char *principal)
{
    static const char sql[] = "INSERT INTO access_identity (text, principal) VALUES ($1, $2)";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_text(stmt, 1, text);
    stmt_bind_text(stmt, 2, principal);
    return stmt_run(stmt);
}

struct status txn_put_principal(struct txn *txn, const struct access_principal *principal,
                                const char *const *identities, size_t count)
{
    static const char clear[] = "DELETE FROM access_identity WHERE principal = $1";
    static const char principals[] = "SELECT count(*) FROM access_principal";
    static const char all[] = "SELECT count(*) FROM access_identity";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct status st = check_room(txn, principals, ACCESS_PRINCIPALS_MAX, "principals");
    if (status_is_ok(st))
        st = check_room(txn, all, ACCESS_IDENTITIES_MAX - (int64_t)count, "identities");
    if (!status_is_ok(st)) return st;
    bool fine = put_principal(txn, principal) && run_with_text(txn, clear, principal->name);
    for (size_t i = 0; fine && i < count; i++)
        fine = add_identity(txn, identities[i], principal->name);
    return end(txn, fine);
}

struct status txn_find_identity(struct txn *txn, const char *text, struct arena *arena,
                                const char **out_principal)
{
    static const char sql[] = "SELECT principal FROM access_identity WHERE text = $1";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, text);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_principal = step == STEP_ROW ? stmt_text_dup(stmt, 0, arena) : NULL;
    stmt_done(stmt);
    return status_ok();
}

/* ---- grants ---- */

struct status txn_add_grant(struct txn *txn, const struct access_grant *grant)
{
    static const char sql[] = "INSERT INTO access_grant\n"
                              "  (id, principal, role, field_groups, organisation, expire_us, "
                              "create_us, created_by)\n"
                              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    static const char count[] = "SELECT count(*) FROM access_grant";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct status st = check_room(txn, count, ACCESS_GRANTS_MAX, "grants");
    if (!status_is_ok(st)) return st;
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, grant->id);
    stmt_bind_text(stmt, 2, grant->principal);
    stmt_bind_int(stmt, 3, grant->role);
    stmt_bind_int(stmt, 4, grant->groups);
    stmt_bind_text(stmt, 5, grant->organisation);
    stmt_bind_int(stmt, 6, grant->expire_us);
    stmt_bind_int(stmt, 7, grant->create_us);
    stmt_bind_text(stmt, 8, grant->created_by);
    return end(txn, stmt_run(stmt));
}

struct status txn_remove_grant(struct txn *txn, const char *id, bool *out_removed)
{
    static const char sql[] = "DELETE FROM access_grant WHERE id = $1 RETURNING id";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, id);
    enum step step = stmt_step(stmt);
    *out_removed = step == STEP_ROW;
    stmt_done(stmt);
    return end(txn, step != STEP_FAILED);
}

/* ---- tokens ---- */

static bool forget_ended(struct txn *txn, int64_t before_us)
{
    static const char sql[] = "DELETE FROM access_token\n"
                              "WHERE expire_us < $1 OR (revoke_us > 0 AND revoke_us < $2)";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, before_us);
    stmt_bind_int(stmt, 2, before_us);
    return stmt_run(stmt);
}

static bool insert_token(struct txn *txn, const struct access_token *token)
{
    static const char sql[] =
        "INSERT INTO access_token\n"
        "  (id, hash, principal, title, roles, organisation, read_only, one_time,\n"
        "   expire_us, revoke_us, create_us, created_by, last_use_us)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, 0)";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_text(stmt, 1, token->id);
    stmt_bind_blob(stmt, 2, token->hash, sizeof token->hash);
    stmt_bind_text(stmt, 3, token->principal);
    stmt_bind_text(stmt, 4, token->title);
    stmt_bind_int(stmt, 5, token->roles);
    stmt_bind_text(stmt, 6, token->organisation);
    stmt_bind_int(stmt, 7, token->read_only);
    stmt_bind_int(stmt, 8, token->one_time);
    stmt_bind_int(stmt, 9, token->expire_us);
    stmt_bind_int(stmt, 10, token->create_us);
    stmt_bind_text(stmt, 11, token->created_by);
    return stmt_run(stmt);
}

struct status txn_add_token(struct txn *txn, const struct access_token *token)
{
    static const char count[] = "SELECT count(*) FROM access_token";
    if (!txn_before_write(txn) || !forget_ended(txn, token->create_us - forget_after_us))
        return db_status(txn->db, txn->arena);
    struct status st = check_room(txn, count, ACCESS_TOKENS_MAX, "tokens");
    return status_is_ok(st) ? end(txn, insert_token(txn, token)) : st;
}

static bool update_token(struct txn *txn, const char *sql, int64_t time_us, const char *id)
{
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, time_us);
    stmt_bind_text(stmt, 2, id);
    return stmt_run(stmt);
}

struct status txn_revoke_token(struct txn *txn, const char *id, int64_t now_us,
                               bool *out_revoked)
{
    static const char sql[] = "UPDATE access_token SET revoke_us = $1\n"
                              "WHERE id = $2 AND revoke_us = 0 RETURNING id";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_int(stmt, 1, now_us);
    stmt_bind_text(stmt, 2, id);
    enum step step = stmt_step(stmt);
    *out_revoked = step == STEP_ROW;
    stmt_done(stmt);
    return end(txn, step != STEP_FAILED);
}

struct status txn_touch_token(struct txn *txn, const char *id, int64_t now_us)
{
    static const char sql[] = "UPDATE access_token SET last_use_us = $1 WHERE id = $2";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    return update_token(txn, sql, now_us, id) ? status_ok() : db_status(txn->db, txn->arena);
}
