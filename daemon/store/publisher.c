#include "store/publisher.h"

#include "store/signer.h"
#include "store/store_impl.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS UINT64_C(1000000000)

/* ---- the register's keys ---- */

static struct status newest_key(struct store *store, struct arena *arena, char **out_key)
{
    static const char sql[] = "SELECT verifier_key FROM log_key ORDER BY number DESC LIMIT 1";
    struct stmt *stmt = db_statement(store->db, sql);
    if (!stmt) return db_status(store->db, arena);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(store->db, arena);
    *out_key = step == STEP_ROW ? stmt_text_dup(stmt, 0, arena) : arena_strdup(arena, "");
    stmt_done(stmt);
    return status_ok();
}

/* A new key in place of a lost one is a change of the register like any other. */
static struct status log_new_key(struct txn *txn, const char *verifier, struct arena *arena)
{
    const char *reason = arena_printf(
        arena, "new log key %s: the operator says that the one before is lost", verifier);
    struct change_by by = {"operator", "command-line", "", "", "/provostd/new-log-key",
                           "",         reason,         ""};
    txn_set_change_by(txn, &by);
    struct status st = txn_record_change(txn);
    if (!status_is_ok(st)) return st;
    return txn_add_log_key(txn, txn_change_seq(txn), verifier, "");
}

static struct status record_key(struct store *store, const char *verifier, bool lost,
                                struct arena *arena)
{
    struct txn *txn = &store->write_txn;
    if (!db_exec(store->db, "BEGIN IMMEDIATE")) return db_status(store->db, arena);
    txn_begin_job(txn, arena);
    struct status st = lost ? log_new_key(txn, verifier, arena)
                            : txn_add_log_key(txn, store->log->head.seq + 1, verifier, "");
    if (status_is_ok(st)) st = txn_end_job(txn);
    if (status_is_ok(st) && lost && !log_store_head(store->log))
        st = db_status(store->db, arena);
    if (status_is_ok(st) && !db_exec(store->db, "COMMIT")) st = db_status(store->db, arena);
    if (db_in_transaction(store->db)) (void)db_exec(store->db, "ROLLBACK");
    return st;
}

static struct status open_signer(struct store *store, struct arena *arena)
{
    char *expected = NULL;
    struct status st = newest_key(store, arena, &expected);
    if (!status_is_ok(st)) return st;
    assert(expected != NULL);
    struct signer_options options = {
        .state_dir = store->options.state_dir,
        .key_path = store->options.log_key_path,
        .register_id = store->register_id,
        .expected_key = expected,
        .new_key = store->options.new_log_key && *expected,
    };
    st = signer_open(&options, arena, &store->signer);
    if (!status_is_ok(st)) return st;
    char *verifier = signer_verifier(store->signer, arena);
    if (strcmp(verifier, expected) == 0) return status_ok();
    return record_key(store, verifier, *expected != '\0', arena);
}

/* ---- the thread ---- */

static void sign_committed(struct store *store)
{
    struct log_position position = {.epoch = store->epoch};
    uv_mutex_lock(&store->head_lock);
    position.seq = atomic_load(&store->seq);
    position.size = store->tree_size;
    memcpy(position.root, store->root, sizeof position.root);
    uv_mutex_unlock(&store->head_lock);
    atomic_store(&store->signed_size, signer_size(store->signer));
    if (position.size == 0 || position.size == store->signed_size) return;
    struct arena arena;
    char *note;
    uint64_t size;
    arena_init(&arena, 1 << 20);
    /* What cannot be published now is tried again in a second; GetCheckpoint says why. */
    struct status st = signer_sign(store->signer, &position, &arena, &note, &size);
    (void)status_is_ok(st);
    atomic_store(&store->signed_size, signer_size(store->signer));
    arena_release(&arena);
}

static void publisher_main(void *data)
{
    struct store *store = data;
    (void)pthread_setname_np(pthread_self(), "publisher");
    uv_mutex_lock(&store->publisher_lock);
    while (!store->publisher_stop) {
        uv_mutex_unlock(&store->publisher_lock);
        sign_committed(store);
        uv_mutex_lock(&store->publisher_lock);
        if (!store->publisher_stop)
            uv_cond_timedwait(&store->publisher_wake, &store->publisher_lock, SECOND_NS);
    }
    uv_mutex_unlock(&store->publisher_lock);
}

struct status publisher_open(struct store *store, struct arena *arena)
{
    struct status st = open_signer(store, arena);
    if (!status_is_ok(st)) return st;
    struct durable_head head = durable_head_of(store->log);
    store_publish(store, &head);
    if (!store->options.loop) return st;
    store->publisher_running = uv_thread_create(&store->publisher, publisher_main, store) == 0;
    if (store->publisher_running) return st;
    return status_error(arena, GRPC_INTERNAL, "THREAD", NULL, "cannot start the publisher");
}

void publisher_close(struct store *store)
{
    if (store->publisher_running) {
        uv_mutex_lock(&store->publisher_lock);
        store->publisher_stop = true;
        uv_cond_signal(&store->publisher_wake);
        uv_mutex_unlock(&store->publisher_lock);
        uv_thread_join(&store->publisher);
    }
    if (store->signer && !store->fatal) sign_committed(store);
    signer_close(store->signer);
}
