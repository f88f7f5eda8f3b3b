#include "store/log_read.h"

#include "common/reasons.h"
#include "store/log_entry.h"

#include <string.h>

static struct status change_time(struct txn *txn, int64_t seq, struct arena *arena,
                                 int64_t *out_time_us)
{
    static const char sql[] = "SELECT time_us FROM change WHERE seq = $1";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    if (step == STEP_DONE)
        return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                            "change %lld is missing from the log", (long long)seq);
    *out_time_us = stmt_int(stmt, 0);
    stmt_done(stmt);
    return status_ok();
}

struct status log_seq_at_time(struct txn *txn, int64_t time_us, struct arena *arena,
                              int64_t *out_seq)
{
    int64_t low = 0, high = txn->seq; /* low is not after the time, high + 1 is */
    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2, at = 0;
        struct status st = change_time(txn, middle, arena, &at);
        if (!status_is_ok(st)) return st;
        if (at <= time_us)
            low = middle;
        else
            high = middle - 1;
    }
    *out_seq = low;
    return status_ok();
}

struct status txn_get_change_time(struct txn *txn, int64_t seq, struct arena *arena,
                                  int64_t *out_time_us)
{
    return change_time(txn, seq, arena, out_time_us);
}

/* ---- one change ---- */

/* Whether the entry commits to a reason. */
static bool gave_reason(const struct change_record *record, struct arena *arena)
{
    static const uint8_t none[SHA256_BYTES];
    struct log_entry entry;
    return log_entry_parse(record->entry, record->entry_size, arena, &entry) &&
           memcmp(entry.why, none, sizeof none) != 0;
}

static struct status read_change(struct txn *txn, int64_t seq, struct arena *arena,
                                 struct change_record *out_record, bool *out_found)
{
    static const char sql[] =
        "SELECT c.time_us, a.principal, a.auth_method, a.service, a.on_behalf_of, c.method,\n"
        "       c.request_id, c.reason, c.trace_id, c.entry, c.items, c.reason_salt, a.salt\n"
        "FROM change c JOIN change_actor a ON a.actor = c.actor\n"
        "WHERE c.seq = $1";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, seq);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(txn->db, arena);
    *out_found = step == STEP_ROW;
    if (!*out_found) return status_ok();
    struct change_record *record = out_record;
    *record = (struct change_record){.seq = seq, .time_us = stmt_int(stmt, 0)};
    const char **const texts[] = {
        &record->by.principal,    &record->by.auth_method, &record->by.service,
        &record->by.on_behalf_of, &record->by.method,      &record->by.request_id,
        &record->by.reason,       &record->by.trace_id,
    };
    for (int i = 0; i < 8; i++)
        *texts[i] = stmt_text_dup(stmt, 1 + i, arena);
    record->entry = stmt_blob_dup(stmt, 9, arena, &record->entry_size);
    record->items_bytes = stmt_blob_dup(stmt, 10, arena, &record->items_size);
    bool has_reason_salt = !stmt_is_null(stmt, 11);
    record->actor_redacted = stmt_is_null(stmt, 12);
    stmt_done(stmt);
    record->reason_redacted = !has_reason_salt && gave_reason(record, arena);
    return status_ok();
}

/* The names in ["a","b"], as written by log_write.c: nothing in them is ever escaped. */
static void split_fields(const char *json, struct arena *arena, struct change_item *out_item)
{
    size_t count = 0;
    for (const char *p = json; *p; p++)
        count += *p == '"';
    const char **fields = arena_alloc(arena, (count / 2 + 1) * sizeof *fields);
    count = 0;
    for (const char *p = strchr(json, '"'); p; p = strchr(p, '"')) {
        const char *end = strchr(p + 1, '"');
        if (!end) break;
        fields[count++] = arena_strndup(arena, p + 1, (size_t)(end - p - 1));
        p = end + 1;
    }
    out_item->fields = fields;
    out_item->field_count = count;
}

static bool op_from_name(const char *name, enum change_op *out_op)
{
    static const struct {
        const char *name;
        enum change_op op;
    } ops[] = {{"CREATE", CHANGE_CREATE},
               {"UPDATE", CHANGE_UPDATE},
               {"DELETE", CHANGE_DELETE},
               {"REDACT", CHANGE_REDACT}};
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (strcmp(ops[i].name, name) != 0) continue;
        *out_op = ops[i].op;
        return true;
    }
    return false;
}

static bool read_item(struct txn *txn, struct stmt *stmt, struct arena *arena,
                      struct change_item *out_item)
{
    const struct table *table = schema_find(txn->schema, stmt_text(stmt, 0));
    bool is_log = strcmp(stmt_text(stmt, 0), change_kind.collection) == 0;
    if ((!table && !is_log) || !op_from_name(stmt_text(stmt, 1), &out_item->op)) return false;
    out_item->kind = is_log ? &change_kind : table->kind;
    split_fields(stmt_text(stmt, 2), arena, out_item);
    out_item->id = stmt_text_dup(stmt, 3, arena);
    out_item->previous_seq = stmt_int(stmt, 4);
    return true;
}

static void grow_items(struct change_record *record, struct arena *arena)
{
    if (record->item_count && (record->item_count & (record->item_count - 1))) return;
    size_t room = record->item_count ? record->item_count * 2 : 1;
    struct change_item *items = arena_alloc(arena, room * sizeof *items);
    if (record->item_count) memcpy(items, record->items, record->item_count * sizeof *items);
    record->items = items;
}

static struct status read_items(struct txn *txn, struct change_record *record,
                                struct arena *arena)
{
    static const char sql[] = "SELECT s.kind, s.operation, s.fields, i.id, i.previous_seq\n"
                              "FROM change_item i JOIN change_shape s ON s.shape = i.shape\n"
                              "WHERE i.seq = $1\n"
                              "ORDER BY i.place";
    struct stmt *stmt = db_statement(txn->db, sql);
    if (!stmt) return db_status(txn->db, arena);
    stmt_bind_int(stmt, 1, record->seq);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        grow_items(record, arena);
        if (!read_item(txn, stmt, arena, &record->items[record->item_count])) {
            stmt_done(stmt);
            return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                                "change %lld has an item this program does not know",
                                (long long)record->seq);
        }
        record->item_count++;
    }
    return step == STEP_FAILED ? db_status(txn->db, arena) : status_ok();
}

struct status txn_get_change(struct txn *txn, int64_t seq, struct arena *arena,
                             struct change_record *out_record, bool *out_found)
{
    bool found = false;
    if (seq >= 1 && seq <= txn->seq) {
        struct status st = read_change(txn, seq, arena, out_record, &found);
        if (!status_is_ok(st)) return st;
    }
    *out_found = found;
    if (!found) return status_ok();
    struct sha256 *hasher = sha256_new();
    tree_hash_leaf(hasher, out_record->entry, out_record->entry_size, out_record->leaf_hash);
    sha256_free(hasher);
    return read_items(txn, out_record, arena);
}
