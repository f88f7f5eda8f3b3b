#include "store/log_export.h"

#include "common/json.h"
#include "common/reasons.h"
#include "store/log_entry.h"
#include "store/txn_impl.h"

#include <inttypes.h>
#include <string.h>

/* One change under way. */
struct exporter {
    struct txn *txn;
    struct arena *arena;
    struct buf *out;
    struct sha256 *hasher;
    int64_t seq;
    size_t values;
};

/* ---- rows as JSON ---- */

static void add_cell(struct buf *out, struct stmt *stmt, int column)
{
    size_t size;
    const void *bytes;
    switch (stmt_type(stmt, column)) {
    case COLUMN_NULL:
        buf_add_string(out, "null");
        break;
    case COLUMN_INT:
        buf_printf(out, "%" PRId64, stmt_int(stmt, column));
        break;
    case COLUMN_TEXT:
        json_add_string(out, stmt_text(stmt, column));
        break;
    case COLUMN_BLOB:
        bytes = stmt_blob(stmt, column, &size);
        json_add_bytes(out, bytes, size);
        break;
    }
}

/* The row's columns as members of an object that is open. */
static void add_row(struct buf *out, struct stmt *stmt)
{
    for (int i = 0; i < stmt_columns(stmt); i++)
        if (buf_printf(out, "\"%s\":", stmt_column_name(stmt, i))) {
            add_cell(out, stmt, i);
            if (i + 1 < stmt_columns(stmt)) buf_add_u8(out, ',');
        }
}

/* Adds the row that `sql` finds for the seq, with a comma behind it; *out_found says whether there
 * was one. */
static struct status add_row_of_change(struct exporter *exporter, const char *sql,
                                       bool *out_found)
{
    struct stmt *stmt = db_statement(exporter->txn->db, sql);
    if (!stmt) return db_status(exporter->txn->db, exporter->arena);
    stmt_bind_int(stmt, 1, exporter->seq);
    enum step step = stmt_step(stmt);
    *out_found = step == STEP_ROW;
    if (step == STEP_ROW) {
        add_row(exporter->out, stmt);
        buf_add_u8(exporter->out, ',');
    }
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(exporter->txn->db, exporter->arena) : status_ok();
}

static struct status add_columns(struct exporter *exporter, bool *out_found)
{
    static const char sql[] =
        "SELECT c.seq, c.time_us, c.actor, c.method, c.request_id, c.reason, c.reason_salt,\n"
        "       c.trace_id, c.entry, c.items, a.principal, a.auth_method, a.service,\n"
        "       a.on_behalf_of, a.salt AS actor_salt\n"
        "FROM change c LEFT JOIN change_actor a ON a.actor = c.actor\n"
        "WHERE c.seq = $1";
    return add_row_of_change(exporter, sql, out_found);
}

static struct status add_requester(struct exporter *exporter)
{
    static const char sql[] = "SELECT requester, salt AS requester_salt FROM redaction\n"
                              "WHERE seq = $1 LIMIT 1";
    bool found;
    return add_row_of_change(exporter, sql, &found);
}

/* ---- values ---- */

/* A field whose commitment stands in the change. */
struct exported_field {
    const struct change_item *item;
    const char *resource, *field;
    uint32_t number;
};

static struct status add_kept_salt(struct exporter *exporter,
                                   const struct exported_field *field)
{
    static const char sql[] = "SELECT salt FROM version_salt\n"
                              "WHERE kind = $1 AND id = $2 AND from_seq = $3 AND field = $4";
    struct stmt *stmt = db_statement(exporter->txn->db, sql);
    if (!stmt) return db_status(exporter->txn->db, exporter->arena);
    stmt_bind_text(stmt, 1, field->item->kind->collection);
    stmt_bind_text(stmt, 2, field->item->id);
    stmt_bind_int(stmt, 3, exporter->seq);
    stmt_bind_int(stmt, 4, field->number);
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW)
        add_cell(exporter->out, stmt, 0);
    else
        buf_add_string(exporter->out, "null");
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(exporter->txn->db, exporter->arena) : status_ok();
}

/* From the version's seed, or kept alone since another field of it was erased. */
static struct status add_salt(struct exporter *exporter, struct stmt *version,
                              const struct exported_field *field)
{
    uint8_t salt[SALT_BYTES];
    size_t size;
    const void *seed = stmt_blob(version, TABLE_SEED_COLUMN, &size);
    if (size != SALT_BYTES) return add_kept_salt(exporter, field);
    commit_salt(exporter->hasher, seed, field->number, salt);
    json_add_bytes(exporter->out, salt, sizeof salt);
    return status_ok();
}

/* `version` stands on the row that the change made. */
static struct status add_value(struct exporter *exporter, struct stmt *version,
                               const struct exported_field *field)
{
    const struct table *table = schema_table(exporter->txn->schema, field->item->kind);
    struct buf *out = exporter->out;
    int column = table_column(table, field->field);
    if (column < 0) return status_ok();
    buf_add_string(out, exporter->values++ ? ",{\"resource\":" : "{\"resource\":");
    json_add_string(out, field->resource);
    buf_add_string(out, ",\"field\":");
    json_add_string(out, field->field);
    buf_printf(out, ",\"number\":%" PRIu32 ",\"value\":", field->number);
    add_cell(out, version, column);
    buf_add_string(out, ",\"salt\":");
    struct status st = add_salt(exporter, version, field);
    buf_add_u8(out, '}');
    return st;
}

static struct status add_item(struct exporter *exporter, const struct change_item *item,
                              const struct log_items_item *bytes)
{
    if (bytes->op != CHANGE_CREATE && bytes->op != CHANGE_UPDATE) return status_ok();
    if (item->kind == &change_kind) return status_ok();
    const struct table *table = schema_table(exporter->txn->schema, item->kind);
    struct stmt *stmt = db_statement(exporter->txn->db, table->select_from);
    if (!stmt) return db_status(exporter->txn->db, exporter->arena);
    stmt_bind_text(stmt, 1, item->id);
    stmt_bind_int(stmt, 2, exporter->seq);
    enum step step = stmt_step(stmt);
    struct status st =
        step == STEP_FAILED ? db_status(exporter->txn->db, exporter->arena) : status_ok();
    for (unsigned i = 0; step == STEP_ROW && status_is_ok(st) && i < bytes->field_count &&
                         i < item->field_count;
         i++) {
        const struct exported_field field = {item, bytes->name, item->fields[i],
                                             log_items_number(bytes, i)};
        st = add_value(exporter, stmt, &field);
    }
    stmt_done(stmt);
    return st;
}

static struct status add_values(struct exporter *exporter)
{
    struct change_record record;
    bool found = false;
    struct status st =
        txn_get_change(exporter->txn, exporter->seq, exporter->arena, &record, &found);
    if (st.code == GRPC_DATA_LOSS) return status_ok(); /* the check names it */
    if (!status_is_ok(st) || !found) return st;
    struct log_items items = {record.items_bytes,
                              (const uint8_t *)record.items_bytes + record.items_size};
    struct log_items_item bytes;
    for (size_t i = 0; status_is_ok(st) && i < record.item_count &&
                       log_items_next(&items, exporter->arena, &bytes);
         i++)
        st = add_item(exporter, &record.items[i], &bytes);
    return st;
}

/* ---- lines ---- */

static struct status add_change(struct exporter *exporter)
{
    bool found = false;
    size_t start = exporter->out->size;
    buf_add_u8(exporter->out, '{');
    struct status st = add_columns(exporter, &found);
    if (status_is_ok(st) && !found) exporter->out->size = start;
    if (!status_is_ok(st) || !found) return st;
    st = add_requester(exporter);
    buf_add_string(exporter->out, "\"values\":[");
    if (status_is_ok(st)) st = add_values(exporter);
    buf_add_string(exporter->out, "]}\n");
    return st;
}

struct status txn_export_change(struct txn *txn, int64_t seq, struct arena *arena,
                                struct buf *out)
{
    struct arena_mark mark = arena_mark(arena);
    struct exporter exporter = {txn, arena, out, sha256_new(), seq, 0};
    struct status st = add_change(&exporter);
    sha256_free(exporter.hasher);
    if (!status_is_ok(st)) return st;
    arena_rewind(arena, mark);
    if (!out->failed) return st;
    return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE, NULL,
                        "change %" PRId64 " has more than %zu bytes", seq, out->limit_bytes);
}

struct status txn_export_header(struct txn *txn, struct arena *arena, struct buf *out)
{
    static const char sql[] =
        "SELECT register_id, epoch, epoch_first_seq AS first_seq, seq, root FROM log_head";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(txn->db, arena);
    buf_add_string(out, "{\"format\":\"provost-log-export/1\",");
    add_row(out, stmt);
    buf_add_string(out, "}\n");
    stmt_done(stmt);
    return status_ok();
}

struct status txn_erased_since(struct txn *txn, int64_t seq, struct arena *arena,
                               bool *out_erased)
{
    static const char sql[] = "SELECT 1 FROM redaction WHERE seq > $1 LIMIT 1";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step = stmt_step(stmt);
    *out_erased = step == STEP_ROW;
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(txn->db, arena) : status_ok();
}
