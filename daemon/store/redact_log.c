/* Erasing what the log itself says: reasons and names. */
#include "store/redact_impl.h"

#include "common/fields.h"
#include "common/reasons.h"

#include "provost/v1/change_log.pb-c.h"

#include <string.h>

const struct kind change_kind = {"changes", NULL, &provost__v1__change__descriptor, NULL};

/* A row and an item about one field of a change. */
static struct status record(struct eraser *eraser, int64_t seq, const char *field)
{
    const ProtobufCMessageDescriptor *desc = change_kind.desc;
    const char *id = arena_printf(eraser->arena, "%lld", (long long)seq);
    bool *fields = arena_zalloc(eraser->arena, desc->n_fields);
    fields[field_index(desc, fields_find(desc, field))] = true;
    const struct redact_row row = {change_kind.collection, id, field, seq, seq + 1};
    struct status st = redact_add_row(eraser, &row);
    if (status_is_ok(st)) st = redact_add_item(eraser, &change_kind, id, seq, fields);
    return st;
}

static struct status get_change(struct eraser *eraser, struct change_record *out_record)
{
    bool found = false;
    int64_t seq = eraser->what->change_seq;
    struct status st = txn_get_change(eraser->txn, seq, eraser->arena, out_record, &found);
    if (!status_is_ok(st) || found) return st;
    return status_error(eraser->arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, "change_seq",
                        "there is no change %lld", (long long)seq);
}

static struct status already_erased(struct eraser *eraser)
{
    return status_error(eraser->arena, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED,
                        "change_seq", "the names of who made change %lld were erased already",
                        (long long)eraser->what->change_seq);
}

struct status redact_reason(struct eraser *eraser)
{
    static const char sql[] =
        "UPDATE change SET reason = '', reason_salt = NULL WHERE seq = $1";
    struct change_record change;
    struct status st = get_change(eraser, &change);
    if (!status_is_ok(st)) return st;
    if (!*change.by.reason)
        return redact_nothing(eraser, change_kind.collection,
                              arena_printf(eraser->arena, "%lld", (long long)change.seq),
                              "reason");
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_int(stmt, 1, change.seq);
    if (!stmt_run(stmt)) return db_status(eraser->txn->db, eraser->arena);
    eraser->erased = 1;
    return record(eraser, change.seq, "reason");
}

/* ---- names ---- */

enum { ACTORS_MAX = 64 }; /* rows of one person and service differ in auth_method only */

/* The actors that are the same person and service, each with its first change. */
struct actors {
    int64_t id[ACTORS_MAX], first_seq[ACTORS_MAX];
    size_t count;
};

static struct status find_actors(struct eraser *eraser, const struct change_by *by,
                                 struct actors *out_actors)
{
    static const char sql[] =
        "SELECT a.actor, (SELECT min(c.seq) FROM change c WHERE c.actor = a.actor)\n"
        "FROM change_actor a\n"
        "WHERE a.principal = $1 AND a.service = $2 AND a.on_behalf_of = $3";
    out_actors->count = 0;
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, by->principal);
    stmt_bind_text(stmt, 2, by->service);
    stmt_bind_text(stmt, 3, by->on_behalf_of);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW && out_actors->count < ACTORS_MAX) {
        out_actors->id[out_actors->count] = stmt_int(stmt, 0);
        out_actors->first_seq[out_actors->count++] = stmt_int(stmt, 1);
    }
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(eraser->txn->db, eraser->arena) : status_ok();
}

static struct status erase_actor(struct eraser *eraser, int64_t actor)
{
    static const char sql[] =
        "UPDATE change_actor SET principal = $1, on_behalf_of = '', salt = NULL\n"
        "WHERE actor = $2";
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, arena_printf(eraser->arena, "(erased %lld)", (long long)actor));
    stmt_bind_int(stmt, 2, actor);
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

/* Statements that take a name twice. */
static struct status run_with_name(struct eraser *eraser, const char *const *sqls, size_t count,
                                   const char *name)
{
    for (size_t i = 0; i < count; i++) {
        struct stmt *stmt = db_statement(eraser->txn->db, sqls[i]);
        if (!stmt) return db_status(eraser->txn->db, eraser->arena);
        stmt_bind_text(stmt, 1, name);
        stmt_bind_text(stmt, 2, name);
        if (!stmt_run(stmt)) return db_status(eraser->txn->db, eraser->arena);
    }
    return status_ok();
}

/* Where else the name of a principal stands, once no change is known to be by it any more. Kept
 * answers go as a whole: they are found by that name. */
static struct status erase_principal_elsewhere(struct eraser *eraser, const char *principal)
{
    static const char answers[] =
        "DELETE FROM request_answer WHERE principal = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.principal = $2)";
    static const char requesters[] =
        "UPDATE redaction SET requester = '', salt = NULL WHERE requester = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.principal = $2)";
    static const char requests[] =
        "DELETE FROM redaction_request WHERE principal = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.principal = $2)";
    static const char waiting[] =
        "DELETE FROM waiting_request WHERE principal = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.principal = $2)";
    static const char *const sqls[] = {answers, requesters, requests, waiting};
    return run_with_name(eraser, sqls, sizeof sqls / sizeof *sqls, principal);
}

/* The same of the name of who was acted for. */
static struct status erase_person_elsewhere(struct eraser *eraser, const char *person)
{
    static const char requests[] =
        "DELETE FROM redaction_request WHERE on_behalf_of = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.on_behalf_of = $2)";
    static const char waiting[] =
        "DELETE FROM waiting_request WHERE on_behalf_of = $1\n"
        "  AND NOT EXISTS (SELECT 1 FROM change_actor a WHERE a.on_behalf_of = $2)";
    static const char *const sqls[] = {requests, waiting};
    if (person[0] == '\0') return status_ok();
    return run_with_name(eraser, sqls, sizeof sqls / sizeof *sqls, person);
}

struct status redact_actor(struct eraser *eraser)
{
    struct change_record change;
    struct actors actors;
    struct status st = get_change(eraser, &change);
    if (!status_is_ok(st)) return st;
    if (change.actor_redacted) return already_erased(eraser);
    st = find_actors(eraser, &change.by, &actors);
    for (size_t i = 0; status_is_ok(st) && i < actors.count; i++) {
        st = erase_actor(eraser, actors.id[i]);
        if (status_is_ok(st) && actors.first_seq[i])
            st = record(eraser, actors.first_seq[i], "principal");
    }
    if (status_is_ok(st)) st = erase_principal_elsewhere(eraser, change.by.principal);
    if (status_is_ok(st)) st = erase_person_elsewhere(eraser, change.by.on_behalf_of);
    log_forget(eraser->txn->log); /* its cache knows the names */
    eraser->erased = (int64_t)actors.count;
    return st;
}
