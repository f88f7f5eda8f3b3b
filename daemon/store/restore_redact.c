#include "store/restore_redact.h"

#include "store/redact.h"
#include "store/txn_impl.h"

#include <stdlib.h>
#include <unistd.h>

static struct schema make_schema(const struct kind *const *kinds)
{
    struct schema schema = {.tables = NULL};
    while (kinds[schema.count])
        schema.count++;
    schema.tables = xcalloc(schema.count, sizeof *schema.tables);
    for (size_t i = 0; i < schema.count; i++)
        schema.tables[i] = table_new(kinds[i], (int)i);
    return schema;
}

static void free_schema(struct schema *schema)
{
    for (size_t i = 0; i < schema->count; i++)
        table_free(schema->tables[i]);
    free(schema->tables);
}

/* The redactions of the old register behind the backup. */
static struct status list(const struct erase_again *what, const struct schema *schema,
                          struct arena *arena, struct redaction **out_list, size_t *out_count)
{
    struct db *db = NULL;
    struct status st = db_open(what->old_path, DB_READER, arena, &db);
    struct txn txn = {.db = db, .schema = schema, .arena = arena};
    if (status_is_ok(st)) st = txn_read_head(db, arena, &txn.seq);
    if (status_is_ok(st))
        st = txn_redactions_after(&txn, what->seq, arena, out_list, out_count);
    db_close(db);
    return st;
}

/* One redaction as a change; what is erased already, or never came into the backup, is passed
 * over. */
static struct status erase(struct txn *txn, const struct erase_again *what,
                           const struct redaction *redaction, struct arena *arena)
{
    struct change_by by = {
        what->principal,
        "command-line",
        "",
        "",
        "/provostd/restore",
        "",
        "erased again: it had been erased after the backup that was restored",
        ""};
    int64_t erased = 0;
    txn_begin_job(txn, arena);
    txn_set_change_by(txn, &by);
    struct status st = txn_redact(txn, redaction, arena, &erased);
    if (status_is_ok(st)) return txn_end_job(txn);
    bool passed = st.code == GRPC_FAILED_PRECONDITION || st.code == GRPC_NOT_FOUND;
    if (!txn_abandon_job(txn)) return db_status(txn->db, arena);
    return passed ? status_ok() : st;
}

static struct status erase_all(struct txn *txn, const struct erase_again *what,
                               const struct redaction *redactions, size_t count,
                               struct arena *arena)
{
    if (!db_exec(txn->db, "BEGIN IMMEDIATE")) return db_status(txn->db, arena);
    struct status st = log_load(txn->log, arena);
    for (size_t i = 0; i < count && status_is_ok(st); i++)
        st = erase(txn, what, &redactions[i], arena);
    if (status_is_ok(st) && (!log_store_head(txn->log) || !db_exec(txn->db, "COMMIT")))
        st = db_status(txn->db, arena);
    if (db_in_transaction(txn->db)) (void)db_exec(txn->db, "ROLLBACK");
    return st;
}

static struct status write_all(const struct erase_again *what, const struct schema *schema,
                               const struct redaction *redactions, size_t count,
                               struct arena *arena)
{
    struct log_writer *log = xcalloc(1, sizeof *log);
    struct txn txn = {.db = what->db, .schema = schema, .log = log};
    log->db = what->db;
    log->hasher = sha256_new();
    draft_init(&txn.draft);
    struct status st = erase_all(&txn, what, redactions, count, arena);
    txn_release(&txn);
    log_forget(log);
    sha256_free(log->hasher);
    free(log);
    return st;
}

struct status restore_redactions(const struct erase_again *what, struct arena *arena,
                                 int64_t *out_count)
{
    struct redaction *redactions = NULL;
    size_t count = 0;
    *out_count = 0;
    if (access(what->old_path, F_OK) != 0) return status_ok();
    struct schema schema = make_schema(what->kinds);
    struct status st = list(what, &schema, arena, &redactions, &count);
    *out_count = status_is_ok(st) ? (int64_t)count : -1;
    if (*out_count <= 0)
        st = status_ok();
    else
        st = write_all(what, &schema, redactions, count, arena);
    free_schema(&schema);
    return st;
}
