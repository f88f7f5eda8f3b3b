#include "store/redact_impl.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "store/log_entry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* ---- what every target needs ---- */

struct status redact_add_row(struct eraser *eraser, const struct redact_row *row)
{
    static const char sql[] =
        "INSERT INTO redaction (kind, id, field, from_seq, until_seq, seq, requester, salt)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, row->kind);
    stmt_bind_text(stmt, 2, row->id);
    stmt_bind_text(stmt, 3, row->field);
    stmt_bind_int(stmt, 4, row->from_seq);
    stmt_bind_int(stmt, 5, row->until_seq);
    stmt_bind_int(stmt, 6, eraser->txn->draft.seq);
    stmt_bind_text(stmt, 7, eraser->what->requester);
    stmt_bind_blob(stmt, 8, eraser->salt, sizeof eraser->salt);
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

struct status redact_add_item(struct eraser *eraser, const struct kind *kind, const char *id,
                              int64_t from_seq, const bool *fields)
{
    struct log_item item = {
        .kind = kind,
        .id = id,
        .op = CHANGE_REDACT,
        .previous_seq = from_seq,
        .changed = fields,
        .seed = eraser->salt,
        .requester = eraser->what->requester,
    };
    return log_add_item(eraser->txn->log, &eraser->txn->draft, &item, eraser->arena);
}

static struct status find_row(struct eraser *eraser, const struct redact_row *row,
                              int64_t *out_seq)
{
    static const char sql[] = "SELECT seq FROM redaction\n"
                              "WHERE kind = $1 AND id = $2 AND field = $3\n"
                              "  AND from_seq <= $4 AND until_seq > $5\n"
                              "ORDER BY seq DESC LIMIT 1";
    *out_seq = 0;
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, row->kind);
    stmt_bind_text(stmt, 2, row->id);
    stmt_bind_text(stmt, 3, row->field);
    stmt_bind_int(stmt, 4, row->from_seq);
    stmt_bind_int(stmt, 5, row->from_seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) *out_seq = stmt_int(stmt, 0);
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(eraser->txn->db, eraser->arena) : status_ok();
}

struct status redact_nothing(struct eraser *eraser, const char *kind, const char *id,
                             const char *field)
{
    const struct redact_row row = {
        .kind = kind, .id = id, .field = field, .from_seq = eraser->what->change_seq};
    int64_t seq;
    struct status st = find_row(eraser, &row, &seq);
    if (!status_is_ok(st)) return st;
    if (seq)
        return status_error(eraser->arena, GRPC_FAILED_PRECONDITION, REASON_ALREADY_REDACTED,
                            "change_seq", "%s of %s/%s was erased by change %lld", field, kind,
                            id, (long long)seq);
    return status_error(eraser->arena, GRPC_FAILED_PRECONDITION, REASON_NOTHING_TO_REDACT,
                        "change_seq", "%s of %s/%s is empty there: there is nothing to erase",
                        field, kind, id);
}

/* ---- the run of versions that carry a value ---- */

/* The versions of the resource, the oldest first. */
struct chain {
    int64_t (*ends)[2]; /* from_seq, to_seq */
    size_t count;
    size_t at; /* of the change asked for */
};

static struct status read_chain(struct eraser *eraser, const struct table *table,
                                struct chain *out_chain)
{
    struct chain chain = {0};
    size_t room = 0;
    struct stmt *stmt = db_statement(eraser->txn->db, table->ends);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, eraser->what->id);
    chain.at = SIZE_MAX;
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        if (chain.count == room) {
            room = room ? room * 2 : 16;
            int64_t(*ends)[2] = arena_alloc(eraser->arena, room * sizeof *ends);
            if (chain.count) memcpy(ends, chain.ends, chain.count * sizeof *ends);
            chain.ends = ends;
        }
        chain.ends[chain.count][0] = stmt_int(stmt, 0);
        chain.ends[chain.count][1] = stmt_int(stmt, 1);
        if (stmt_int(stmt, 0) == eraser->what->change_seq) chain.at = chain.count;
        chain.count++;
    }
    if (step == STEP_FAILED) return db_status(eraser->txn->db, eraser->arena);
    *out_chain = chain;
    return status_ok();
}

/* Whether the change made by `seq` names the field. */
static struct status names_field(struct eraser *eraser, int64_t seq, const char *field,
                                 bool *out_names)
{
    static const char sql[] = "SELECT s.fields FROM change_item i\n"
                              "JOIN change_shape s ON s.shape = i.shape\n"
                              "WHERE i.seq = $1 AND i.id = $2 AND s.kind = $3\n"
                              "  AND s.operation <> 'REDACT'";
    *out_names = false;
    const char *wanted = arena_printf(eraser->arena, "\"%s\"", field);
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_int(stmt, 1, seq);
    stmt_bind_text(stmt, 2, eraser->what->id);
    stmt_bind_text(stmt, 3, eraser->what->kind->collection);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) *out_names = strstr(stmt_text(stmt, 0), wanted) != NULL;
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(eraser->txn->db, eraser->arena) : status_ok();
}

/* The versions [first, end) that carry the value of the field that stands in chain->at. */
static struct status find_run(struct eraser *eraser, const struct chain *chain,
                              const char *field, size_t *out_first, size_t *out_end)
{
    size_t first = chain->at, end = chain->at + 1;
    bool names = false;
    assert(chain->ends != NULL);
    struct status st = names_field(eraser, chain->ends[first][0], field, &names);
    while (status_is_ok(st) && !names && first > 0 &&
           chain->ends[first - 1][1] == chain->ends[first][0]) {
        first--;
        st = names_field(eraser, chain->ends[first][0], field, &names);
    }
    for (; status_is_ok(st) && end < chain->count; end++) {
        if (chain->ends[end - 1][1] != chain->ends[end][0]) break;
        st = names_field(eraser, chain->ends[end][0], field, &names);
        if (names) break;
    }
    *out_first = first;
    *out_end = end;
    return st;
}

/* ---- salts ---- */

static struct status add_salt(struct eraser *eraser, int64_t from_seq, uint32_t number,
                              const uint8_t salt[SALT_BYTES])
{
    static const char sql[] = "INSERT INTO version_salt (kind, id, from_seq, field, salt)\n"
                              "VALUES ($1, $2, $3, $4, $5)";
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, eraser->what->kind->collection);
    stmt_bind_text(stmt, 2, eraser->what->id);
    stmt_bind_int(stmt, 3, from_seq);
    stmt_bind_int(stmt, 4, number);
    stmt_bind_blob(stmt, 5, salt, SALT_BYTES);
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

/* Salts of all fields that the items of the change commit to for the resource. */
static struct status spread_seed(struct eraser *eraser, int64_t from_seq,
                                 const uint8_t seed[SALT_BYTES])
{
    struct change_record record;
    bool found = false;
    struct status st = txn_get_change(eraser->txn, from_seq, eraser->arena, &record, &found);
    if (!status_is_ok(st) || !found) return st;
    const char *name =
        arena_printf(eraser->arena, "%s/%s", eraser->what->kind->collection, eraser->what->id);
    struct log_items items = {record.items_bytes,
                              (const uint8_t *)record.items_bytes + record.items_size};
    struct log_items_item item;
    while (log_items_next(&items, eraser->arena, &item)) {
        if (item.op == CHANGE_REDACT || strcmp(item.name, name) != 0) continue;
        for (unsigned i = 0; status_is_ok(st) && i < item.field_count; i++) {
            uint8_t salt[SALT_BYTES];
            commit_salt(eraser->txn->log->hasher, seed, log_items_number(&item, i), salt);
            st = add_salt(eraser, from_seq, log_items_number(&item, i), salt);
            explicit_bzero(salt, sizeof salt);
        }
    }
    return st;
}

static struct status run_on_version(struct eraser *eraser, const char *sql, int64_t from_seq)
{
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, eraser->what->id);
    stmt_bind_int(stmt, 2, from_seq);
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

/* Replaces the version's seed, if it still has one, by the salts that come from it. */
static struct status drop_seed(struct eraser *eraser, const struct table *table,
                               int64_t from_seq)
{
    uint8_t seed[SALT_BYTES];
    size_t size = 0;
    struct stmt *stmt = db_statement(eraser->txn->db, table->select_seed);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, eraser->what->id);
    stmt_bind_int(stmt, 2, from_seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(eraser->txn->db, eraser->arena);
    const void *stored = step == STEP_ROW ? stmt_blob(stmt, 0, &size) : NULL;
    if (size == sizeof seed) memcpy(seed, stored, sizeof seed);
    stmt_done(stmt);
    if (size != sizeof seed) return status_ok();
    struct status st = spread_seed(eraser, from_seq, seed);
    explicit_bzero(seed, sizeof seed);
    if (status_is_ok(st)) st = run_on_version(eraser, table->forget_seed, from_seq);
    return st;
}

static struct status drop_salt(struct eraser *eraser, int64_t from_seq, uint32_t number)
{
    static const char sql[] = "DELETE FROM version_salt\n"
                              "WHERE kind = $1 AND id = $2 AND from_seq = $3 AND field = $4";
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_text(stmt, 1, eraser->what->kind->collection);
    stmt_bind_text(stmt, 2, eraser->what->id);
    stmt_bind_int(stmt, 3, from_seq);
    stmt_bind_int(stmt, 4, number);
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

/* ---- fields ---- */

/* Answers of the time while the value was there that tell of the resource. */
static struct status blank_answers(struct eraser *eraser, int64_t from_seq, int64_t until_seq)
{
    static const char sql[] = "UPDATE request_answer SET response = $1\n"
                              "WHERE seq >= $2 AND seq < $3 AND instr(response, $4) > 0";
    const char *name =
        arena_printf(eraser->arena, "%s/%s", eraser->what->kind->collection, eraser->what->id);
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt) return db_status(eraser->txn->db, eraser->arena);
    stmt_bind_blob(stmt, 1, "", 0);
    stmt_bind_int(stmt, 2, from_seq);
    stmt_bind_int(stmt, 3, until_seq);
    stmt_bind_blob(stmt, 4, name, strlen(name));
    return stmt_run(stmt) ? status_ok() : db_status(eraser->txn->db, eraser->arena);
}

/* Erases one field's run; *out_from is the change that had brought the value in. */
static struct status erase_run(struct eraser *eraser, const struct chain *chain, unsigned index,
                               int64_t *out_from)
{
    const struct redaction *what = eraser->what;
    const struct table *table = schema_table(eraser->txn->schema, what->kind);
    const ProtobufCFieldDescriptor *fd = &what->kind->desc->fields[index];
    size_t first = 0, end = 0;
    struct status st = find_run(eraser, chain, fd->name, &first, &end);
    if (!status_is_ok(st)) return st;
    const struct redact_row row = {what->kind->collection, what->id, fd->name,
                                   chain->ends[first][0], chain->ends[end - 1][1]};
    for (size_t i = first; status_is_ok(st) && i < end; i++) {
        st = run_on_version(eraser, table->erase[index], chain->ends[i][0]);
        eraser->erased++;
    }
    if (status_is_ok(st)) st = drop_seed(eraser, table, row.from_seq);
    if (status_is_ok(st)) st = drop_salt(eraser, row.from_seq, fd->id);
    if (status_is_ok(st)) st = blank_answers(eraser, row.from_seq, row.until_seq);
    if (status_is_ok(st)) st = redact_add_row(eraser, &row);
    *out_from = row.from_seq;
    return st;
}

static bool is_along(const struct redaction *what, const char *field)
{
    for (const char *const *p = what->along; p && *p; p++)
        if (strcmp(*p, field) == 0) return true;
    return false;
}

/* One item per change that had brought in some of what was erased. */
static struct status log_fields(struct eraser *eraser, const int64_t *from)
{
    const struct kind *kind = eraser->what->kind;
    bool *done = arena_zalloc(eraser->arena, kind->desc->n_fields);
    for (unsigned i = 0; i < kind->desc->n_fields; i++) {
        if (!from[i] || done[i]) continue;
        bool *same = arena_zalloc(eraser->arena, kind->desc->n_fields);
        for (unsigned j = i; j < kind->desc->n_fields; j++)
            if (from[j] == from[i]) same[j] = done[j] = true;
        struct status st = redact_add_item(eraser, kind, eraser->what->id, from[i], same);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status not_there(struct eraser *eraser)
{
    const struct redaction *what = eraser->what;
    return status_error(eraser->arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND, "change_seq",
                        "change %lld did not set %s of %s/%s: name the change that brought the "
                        "value in, as the resource's history shows it",
                        (long long)what->change_seq, what->field, what->kind->collection,
                        what->id);
}

static struct status redact_field(struct eraser *eraser)
{
    const struct redaction *what = eraser->what;
    const ProtobufCMessageDescriptor *desc = what->kind->desc;
    const struct table *table = schema_table(eraser->txn->schema, what->kind);
    struct chain chain = {0};
    struct version version;
    bool found = false, names = false;
    struct status st = read_chain(eraser, table, &chain);
    if (status_is_ok(st) && chain.at == SIZE_MAX) return not_there(eraser);
    if (status_is_ok(st)) st = names_field(eraser, what->change_seq, what->field, &names);
    if (status_is_ok(st) && !names) return not_there(eraser);
    if (status_is_ok(st))
        st = txn_get_version(eraser->txn, what->kind, what->id, what->change_seq, eraser->arena,
                             &version, &found);
    if (!status_is_ok(st) || !found) return st;
    if (!field_is_set(version.body, fields_find(desc, what->field)))
        return redact_nothing(eraser, what->kind->collection, what->id, what->field);
    int64_t *from = arena_zalloc(eraser->arena, desc->n_fields * sizeof *from);
    for (unsigned i = 0; status_is_ok(st) && i < desc->n_fields; i++) {
        const char *name = desc->fields[i].name;
        if (!field_is_set(version.body, &desc->fields[i])) continue;
        if (strcmp(name, what->field) == 0 || is_along(what, name))
            st = erase_run(eraser, &chain, i, &from[i]);
    }
    return status_is_ok(st) ? log_fields(eraser, from) : st;
}

/* ---- all ---- */

static struct status set_pending(struct eraser *eraser)
{
    static const char sql[] =
        "INSERT INTO erasure_pending (one) VALUES (1) ON CONFLICT (one) DO NOTHING";
    struct stmt *stmt = db_statement(eraser->txn->db, sql);
    if (!stmt || !stmt_run(stmt)) return db_status(eraser->txn->db, eraser->arena);
    eraser->txn->erased = true;
    return status_ok();
}

static struct status redact_target(struct eraser *eraser)
{
    switch (eraser->what->target) {
    case REDACT_FIELD:
        return redact_field(eraser);
    case REDACT_REASON:
        return redact_reason(eraser);
    case REDACT_ACTOR:
        return redact_actor(eraser);
    }
    abort();
}

struct status txn_redact(struct txn *txn, const struct redaction *what, struct arena *arena,
                         int64_t *out_erased)
{
    struct eraser eraser = {.txn = txn, .what = what, .arena = arena};
    if (!txn_before_write(txn)) return db_status(txn->db, arena);
    txn_start_change(txn);
    log_random(txn->log, eraser.salt, sizeof eraser.salt);
    struct status st = redact_target(&eraser);
    if (status_is_ok(st)) st = set_pending(&eraser);
    *out_erased = eraser.erased;
    return st;
}
