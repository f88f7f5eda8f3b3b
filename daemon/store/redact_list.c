/* What was erased, and what waits for a second person. */
#include "store/redact.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "store/txn_impl.h"
#include "store/waiting.h"

#include <stdio.h>
#include <string.h>

enum { REQUESTS_MAX = 1000, ID_BYTES = 16 };

/* ---- which values of a version are gone ---- */

/* A row of `redaction` about one resource. */
struct erased_run {
    const char *field;
    int64_t from_seq, until_seq, seq;
};

/* Whether a change behind `low`, up to `high`, set the field. */
static struct status set_between(struct txn *txn, const struct kind *kind, const char *id,
                                 const struct erased_run *run, int64_t high, bool *out_set)
{
    static const char sql[] = "SELECT s.fields FROM change_item i\n"
                              "JOIN change_shape s ON s.shape = i.shape\n"
                              "WHERE i.seq = $1 AND i.id = $2 AND s.kind = $3\n"
                              "  AND s.operation <> 'REDACT'";
    char wanted[80];
    snprintf(wanted, sizeof wanted, "\"%s\"", run->field);
    *out_set = false;
    struct stmt *ends = db_statement(txn->db, schema_table(txn->schema, kind)->ends);
    struct stmt *item = db_statement(txn->db, sql);
    if (!ends || !item) return db_status(txn->db, txn->arena);
    stmt_bind_text(ends, 1, id);
    while (!*out_set && stmt_step(ends) == STEP_ROW) {
        int64_t seq = stmt_int(ends, 0);
        if (seq <= run->seq || seq > high) continue;
        stmt_bind_int(item, 1, seq);
        stmt_bind_text(item, 2, id);
        stmt_bind_text(item, 3, kind->collection);
        if (stmt_step(item) == STEP_ROW) *out_set = strstr(stmt_text(item, 0), wanted) != NULL;
        stmt_done(item);
    }
    stmt_done(ends);
    return status_ok();
}

static struct status list_runs(struct txn *txn, const struct kind *kind, const char *id,
                               struct erased_run *out_runs, size_t *out_count)
{
    static const char sql[] = "SELECT field, from_seq, until_seq, seq FROM redaction\n"
                              "WHERE kind = $1 AND id = $2";
    size_t room = *out_count;
    *out_count = 0;
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, kind->collection);
    stmt_bind_text(stmt, 2, id);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW && *out_count < room)
        out_runs[(*out_count)++] =
            (struct erased_run){stmt_text_dup(stmt, 0, txn->arena), stmt_int(stmt, 1),
                                stmt_int(stmt, 2), stmt_int(stmt, 3)};
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(txn->db, txn->arena) : status_ok();
}

struct status txn_redacted_fields(struct txn *txn, const struct kind *kind, const char *id,
                                  int64_t from_seq, bool *out_flags, bool *out_any)
{
    enum { RUNS_MAX = 512 };
    struct erased_run runs[RUNS_MAX];
    size_t count = RUNS_MAX;
    memset(out_flags, 0, kind->desc->n_fields);
    *out_any = false;
    if (!from_seq) return status_ok();
    struct status st = list_runs(txn, kind, id, runs, &count);
    for (size_t i = 0; status_is_ok(st) && i < count; i++) {
        const struct erased_run *run = &runs[i];
        const ProtobufCFieldDescriptor *fd = fields_find(kind->desc, run->field);
        bool set_since = false;
        if (!fd || from_seq < run->from_seq || from_seq >= run->until_seq) continue;
        /* An open run ends where the field was set after the redaction. */
        if (from_seq > run->seq) st = set_between(txn, kind, id, run, from_seq, &set_since);
        if (set_since) continue;
        out_flags[field_index(kind->desc, fd)] = true;
        *out_any = true;
    }
    return st;
}

struct status txn_redaction_requester(struct txn *txn, int64_t seq, struct arena *arena,
                                      const char **out_requester)
{
    static const char sql[] = "SELECT requester FROM redaction WHERE seq = $1 LIMIT 1";
    *out_requester = "";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) *out_requester = stmt_text_dup(stmt, 0, arena);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(txn->db, arena) : status_ok();
}

/* ---- for a restored register ---- */

static struct redaction read_redaction(struct txn *txn, struct stmt *stmt, struct arena *arena)
{
    struct redaction redaction = {
        .target = REDACT_FIELD,
        .change_seq = stmt_int(stmt, 3),
        .id = stmt_text_dup(stmt, 1, arena),
        .field = stmt_text_dup(stmt, 2, arena),
        .requester = stmt_text_dup(stmt, 4, arena),
    };
    const struct table *table = schema_find(txn->schema, stmt_text(stmt, 0));
    if (table)
        redaction.kind = table->kind;
    else
        redaction.target =
            strcmp(redaction.field, "reason") == 0 ? REDACT_REASON : REDACT_ACTOR;
    return redaction;
}

struct status txn_redactions_after(struct txn *txn, int64_t seq, struct arena *arena,
                                   struct redaction **out_redactions, size_t *out_count)
{
    static const char sql[] = "SELECT kind, id, field, from_seq, requester FROM redaction\n"
                              "WHERE seq > $1 AND from_seq <= $2 ORDER BY seq, kind, id, field";
    struct redaction *list = NULL;
    size_t count = 0, room = 0;
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_int(stmt, 2, seq);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (count == room) {
            room = room ? room * 2 : 16;
            struct redaction *grown = arena_alloc(arena, room * sizeof *grown);
            if (count) memcpy(grown, list, count * sizeof *grown);
            list = grown;
        }
        list[count++] = read_redaction(txn, stmt, arena);
    }
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_redactions = list;
    *out_count = count;
    return status_ok();
}

/* ---- requests ---- */

/* Removes what has expired; counts what is left. */
static struct status tidy_requests(struct txn *txn, int64_t now_us, int64_t *out_waiting)
{
    static const char expire[] = "DELETE FROM redaction_request WHERE expire_us <= $1";
    static const char count[] = "SELECT count(*) FROM redaction_request";
    return txn_expire(txn, expire, count, now_us, out_waiting);
}

static struct status insert_request(struct txn *txn, const struct redact_request *request)
{
    static const char sql[] =
        "INSERT INTO redaction_request (id, principal, target, change_seq, resource, field,\n"
        "                               reason, expire_us, on_behalf_of)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, request->id);
    stmt_bind_text(stmt, 2, request->principal);
    stmt_bind_int(stmt, 3, request->target);
    stmt_bind_int(stmt, 4, request->change_seq);
    stmt_bind_text(stmt, 5, request->resource);
    stmt_bind_text(stmt, 6, request->field);
    stmt_bind_text(stmt, 7, request->reason);
    stmt_bind_int(stmt, 8, request->expire_us);
    stmt_bind_text(stmt, 9, request->on_behalf_of);
    return stmt_run(stmt) ? status_ok() : db_status(txn->db, txn->arena);
}

struct status txn_add_redact_request(struct txn *txn, struct redact_request *request,
                                     int64_t now_us, struct arena *arena)
{
    int64_t waiting = 0;
    if (!txn_before_write(txn)) return db_status(txn->db, arena);
    struct status st = tidy_requests(txn, now_us, &waiting);
    if (!status_is_ok(st)) return st;
    if (waiting >= REQUESTS_MAX)
        return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_STORE_FAILED, NULL,
                            "%d requests for erasure wait for a second person already",
                            REQUESTS_MAX);
    request->id = txn_random_id(txn, ID_BYTES, arena);
    return insert_request(txn, request);
}

struct status txn_find_redact_request(struct txn *txn, const char *id, struct arena *arena,
                                      struct redact_request *out_request, bool *out_found)
{
    static const char sql[] =
        "SELECT principal, target, change_seq, resource, field, reason, expire_us,\n"
        "       on_behalf_of\n"
        "FROM redaction_request WHERE id = $1";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_text(stmt, 1, id);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_found = step == STEP_ROW;
    if (!*out_found) return status_ok();
    *out_request = (struct redact_request){
        .id = id,
        .principal = stmt_text_dup(stmt, 0, arena),
        .target = (enum redact_target)stmt_int(stmt, 1),
        .change_seq = stmt_int(stmt, 2),
        .resource = stmt_text_dup(stmt, 3, arena),
        .field = stmt_text_dup(stmt, 4, arena),
        .reason = stmt_text_dup(stmt, 5, arena),
        .expire_us = stmt_int(stmt, 6),
        .on_behalf_of = stmt_text_dup(stmt, 7, arena),
    };
    stmt_done(stmt);
    return status_ok();
}

struct status txn_drop_redact_request(struct txn *txn, const char *id)
{
    static const char sql[] = "DELETE FROM redaction_request WHERE id = $1";
    if (!txn_before_write(txn)) return db_status(txn->db, txn->arena);
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, txn->arena);
    stmt_bind_text(stmt, 1, id);
    return stmt_run(stmt) ? status_ok() : db_status(txn->db, txn->arena);
}
