#include "store/epoch.h"

#include "common/base64.h"
#include "store/signer.h"
#include "store/txn_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The end of the log as this database has it. */
static struct checkpoint own_end(const struct log_writer *log, struct arena *arena)
{
    struct checkpoint end = {.size = log->head.tree.size};
    snprintf(end.origin, sizeof end.origin, "%s",
             signer_origin(log->head.register_id, log->head.epoch, arena));
    tree_root(&log->head.tree, log->hasher, end.root);
    return end;
}

static const char *root_text(const struct checkpoint *checkpoint, struct arena *arena)
{
    char *text = arena_alloc(arena, base64_encoded_size(sizeof checkpoint->root, true) + 1);
    base64_encode(checkpoint->root, sizeof checkpoint->root, true, text);
    return text;
}

static const char *epoch_reason(const struct epoch_start *start, const struct checkpoint *last,
                                const struct log_head *head, struct arena *arena)
{
    return arena_printf(
        arena,
        "epoch %u of the log begins: restored from %s, which ends with change %lld. The last "
        "checkpoint known of the log before is %s %llu %s. %s",
        (unsigned)head->epoch, start->backup, (long long)head->seq, last->origin,
        (unsigned long long)last->size, root_text(last, arena),
        *start->reason ? start->reason : "No reason was given.");
}

/* An empty tree behind the last change. */
static void turn_page(struct log_writer *log, uint32_t epoch)
{
    log->head.epoch = epoch;
    log->head.epoch_first_seq = log->head.seq + 1;
    tree_init(&log->head.tree);
    tiles_init(&log->tiles, epoch);
}

static struct status write_start(struct txn *txn, const struct epoch_start *start,
                                 struct arena *arena)
{
    struct log_writer *log = txn->log;
    struct status st = log_load(log, arena);
    if (!status_is_ok(st)) return st;
    struct checkpoint end = own_end(log, arena);
    uint32_t before =
        log->head.epoch > start->after_epoch ? log->head.epoch : start->after_epoch;
    turn_page(log, before + 1);
    struct change_by by = {
        .principal = start->principal,
        .auth_method = "command-line",
        .service = "",
        .on_behalf_of = "",
        .method = "/provostd/restore",
        .request_id = "",
        .reason = epoch_reason(start, start->last ? start->last : &end, &log->head, arena),
        .trace_id = "",
    };
    txn_begin_job(txn, arena);
    txn_set_change_by(txn, &by);
    st = txn_record_change(txn);
    if (status_is_ok(st)) st = txn_end_job(txn);
    if (status_is_ok(st) && !log_store_head(log)) st = db_status(txn->db, arena);
    return st;
}

struct status epoch_begin(struct db *db, const struct epoch_start *start, struct arena *arena,
                          uint32_t *out_epoch, int64_t *out_seq)
{
    const struct schema none = {.tables = NULL};
    struct log_writer *log = xcalloc(1, sizeof *log);
    struct txn txn = {.db = db, .schema = &none, .log = log};
    log->db = db;
    log->hasher = sha256_new();
    draft_init(&txn.draft);
    struct status st = status_ok();
    if (!db_exec(db, "BEGIN IMMEDIATE")) st = db_status(db, arena);
    if (status_is_ok(st)) st = write_start(&txn, start, arena);
    if (status_is_ok(st) && !db_exec(db, "COMMIT")) st = db_status(db, arena);
    if (db_in_transaction(db)) (void)db_exec(db, "ROLLBACK");
    if (status_is_ok(st)) {
        *out_epoch = log->head.epoch;
        *out_seq = log->head.seq;
    }
    txn_release(&txn);
    log_forget(log);
    sha256_free(log->hasher);
    free(log);
    return st;
}
