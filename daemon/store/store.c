#include "store/store.h"

#include "common/reasons.h"
#include "store/access_impl.h"
#include "store/backup.h"
#include "store/file.h"
#include "store/guard.h"
#include "store/migrations.h"
#include "store/publisher.h"
#include "store/store_impl.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- jobs back to the loop ---- */

static void call_done(struct store_job *job)
{
    while (job) {
        struct store_job *next = job->next; /* done may free the job */
        job->next = NULL;
        job->done(job);
        job = next;
    }
}

void store_finish(struct store *store, struct store_job *first, struct store_job *last)
{
    if (!store->async_open) {
        call_done(first);
        return;
    }
    uv_mutex_lock(&store->done_lock);
    if (store->done_last)
        store->done_last->next = first;
    else
        store->done_first = first;
    store->done_last = last;
    uv_mutex_unlock(&store->done_lock);
    uv_async_send(&store->async);
}

static void announce_commit(struct store *store)
{
    int64_t seq = atomic_load(&store->seq);
    if (seq == store->announced_seq) return;
    store->announced_seq = seq;
    if (store->options.on_commit) store->options.on_commit(store->options.data, (uint64_t)seq);
}

static void deliver(struct store *store)
{
    uv_mutex_lock(&store->done_lock);
    struct store_job *jobs = store->done_first;
    bool fatal = store->fatal;
    store->done_first = store->done_last = NULL;
    uv_mutex_unlock(&store->done_lock);
    call_done(jobs);
    announce_commit(store);
    if (fatal && store->options.on_fatal)
        store->options.on_fatal(store->options.data, store->fatal_text);
}

static void on_async(uv_async_t *async)
{
    deliver(async->data);
}

void store_fail(struct store *store, const char *text)
{
    uv_mutex_lock(&store->done_lock);
    if (!store->fatal) snprintf(store->fatal_text, sizeof store->fatal_text, "%s", text);
    store->fatal = true;
    uv_mutex_unlock(&store->done_lock);
    if (store->async_open) uv_async_send(&store->async);
}

void store_publish(struct store *store, const struct durable_head *head)
{
    uv_mutex_lock(&store->head_lock);
    memcpy(store->root, head->root, sizeof store->root);
    store->tree_size = head->tree_size;
    atomic_store(&store->seq, head->seq);
    uv_mutex_unlock(&store->head_lock);
}

/* ---- opening ---- */

static struct status lock_directory(struct store *store, struct arena *arena)
{
    const char *path = arena_printf(arena, "%s/lock", store->options.state_dir);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return status_error(
            arena, GRPC_FAILED_PRECONDITION, REASON_STORE_FAILED, NULL,
            "cannot open %s: %s; the state directory must exist and be writable", path,
            strerror(errno));
    if (flock(store->lock_fd, LOCK_EX | LOCK_NB) == 0) return status_ok();
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_STORE_LOCKED, NULL,
        "another provostd has %s open: stop it first, or use another --state-dir",
        store->options.state_dir);
}

static void build_schema(struct store *store)
{
    size_t count = 0;
    while (store->options.kinds[count])
        count++;
    store->schema.tables = xcalloc(count, sizeof *store->schema.tables);
    store->schema.count = count;
    for (size_t i = 0; i < count; i++)
        store->schema.tables[i] = table_new(store->options.kinds[i], (int)i);
}

static struct status check_tables(struct store *store, struct arena *arena)
{
    for (size_t i = 0; i < store->schema.count; i++) {
        struct status st = table_check(store->schema.tables[i], store->db, arena);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

/* The newest change must be the head's: a database put together from parts is refused. */
static struct status check_log_end(struct store *store, struct arena *arena)
{
    static const char sql[] = "SELECT coalesce(max(seq), 0) FROM change";
    struct stmt *stmt = db_statement(store->db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(store->db, arena);
    int64_t last = stmt_int(stmt, 0);
    stmt_done(stmt);
    if (last == store->log->head.seq) return status_ok();
    return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL,
                        "the log ends with change %lld, but its head says %lld: restore the "
                        "register from a backup",
                        (long long)last, (long long)store->log->head.seq);
}

static struct status open_log(struct store *store, struct arena *arena)
{
    if (!db_exec(store->db, "BEGIN IMMEDIATE")) return db_status(store->db, arena);
    struct status st = log_head_create(store->db, store->log->hasher, arena);
    if (status_is_ok(st)) st = log_load(store->log, arena);
    if (status_is_ok(st) && !db_exec(store->db, "COMMIT")) st = db_status(store->db, arena);
    if (db_in_transaction(store->db)) (void)db_exec(store->db, "ROLLBACK");
    return st;
}

/* A benchmark that leaves parts out must not touch a register that somebody uses. */
static struct status check_bench(const struct store *store, struct arena *arena)
{
    if (store->options.bench_without == 0 || store->log->head.seq == 0) return status_ok();
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_STORE_FAILED, NULL,
        "PROVOST_BENCH_WITHOUT is for benchmarks on a new register, and %s holds "
        "%lld changes: unset it",
        store->options.state_dir, (long long)store->log->head.seq);
}

/* Makes the file before SQLite would: it holds personal data, and log and index files take its
 * mode. Closed before SQLite opens it, since closing drops this process's locks on a file. */
static struct status make_file(struct store *store, struct arena *arena)
{
    int fd = open(store->path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0)
        return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_STORE_FAILED, NULL,
                            "cannot open %s: %s", store->path, strerror(errno));
    close(fd);
    int error = file_sync_folder(store->path); /* its name, too, must be there after a cut */
    if (!error) return status_ok();
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_STORE_FAILED, NULL,
                        "cannot sync %s: %s", store->options.state_dir, strerror(-error));
}

static struct status read_pending_erasure(struct store *store, struct arena *arena)
{
    static const char sql[] = "SELECT count(*) FROM erasure_pending";
    struct stmt *stmt = db_statement(store->db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return db_status(store->db, arena);
    store->log->scrub_due = stmt_int(stmt, 0) > 0;
    stmt_done(stmt);
    return status_ok();
}

static struct status open_writer(struct store *store, struct arena *arena)
{
    struct status st = make_file(store, arena);
    if (status_is_ok(st)) st = db_open(store->path, DB_WRITER, arena, &store->db);
    if (!status_is_ok(st)) return st;
    store->log = xcalloc(1, sizeof *store->log);
    store->log->db = store->db;
    store->log->bench_without = store->options.bench_without;
    store->log->hasher = sha256_new();
    st = migrations_run(store->db, arena);
    if (status_is_ok(st)) st = check_tables(store, arena);
    if (status_is_ok(st)) st = open_log(store, arena);
    if (status_is_ok(st)) st = check_log_end(store, arena);
    if (status_is_ok(st)) st = check_bench(store, arena);
    if (status_is_ok(st))
        st = answers_open(store->db, store->log->hasher, arena, &store->log->answers);
    db_release_memory(store->db);
    if (status_is_ok(st))
        st = checkpoint_guard(store->options.state_dir, &store->log->head, store->log->hasher,
                              arena);
    if (!status_is_ok(st)) return st;
    store->write_txn =
        (struct txn){.db = store->db, .schema = &store->schema, .log = store->log};
    draft_init(&store->write_txn.draft);
    memcpy(store->register_id, store->log->head.register_id, sizeof store->register_id);
    store->epoch = store->log->head.epoch;
    st = read_pending_erasure(store, arena);
    if (!status_is_ok(st)) return st;
    writer_scrub(store);
    if (!access_load(store)) return db_status(store->db, arena);
    struct durable_head head = durable_head_of(store->log);
    store_publish(store, &head);
    store->announced_seq = store->log->head.seq;
    atomic_store(&store->database_bytes, db_file_bytes(store->db));
    return status_ok();
}

static struct status open_readers(struct store *store, struct arena *arena)
{
    assert(store->options.readers >= 1 && store->options.readers <= READERS_MAX);
    for (unsigned i = 0; i < store->options.readers; i++) {
        struct reader *reader = &store->readers[i];
        reader->store = store;
        struct status st = db_open(store->path, DB_READER, arena, &reader->db);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

static struct status start_threads(struct store *store, struct arena *arena)
{
    if (!store->options.loop) return status_ok();
    store->async.data = store;
    store->async_open = uv_async_init(store->options.loop, &store->async, on_async) == 0;
    store->writer_running = store->async_open && durable_start(store) &&
                            backfill_start(store) &&
                            uv_thread_create(&store->writer, writer_main, store) == 0;
    bool fine = store->writer_running;
    for (unsigned i = 0; fine && i < store->options.readers; i++) {
        struct reader *reader = &store->readers[i];
        reader->running = uv_thread_create(&reader->thread, reader_main, reader) == 0;
        fine = reader->running;
    }
    store->chores_running =
        fine && uv_thread_create(&store->chores_thread, chores_main, store) == 0;
    if (store->chores_running) return status_ok();
    return status_error(arena, GRPC_INTERNAL, REASON_STORE_FAILED, NULL,
                        "cannot start the store's threads");
}

struct status store_open(const struct store_options *options, struct arena *arena,
                         struct store **out_store)
{
    struct store *store = xcalloc(1, sizeof *store);
    store->options = *options;
    store->path = xstrdup(arena_printf(arena, "%s/register.db", options->state_dir));
    uv_mutex_init(&store->done_lock);
    uv_mutex_init(&store->head_lock);
    durable_init(store);
    backfill_init(store);
    uv_mutex_init(&store->publisher_lock);
    uv_cond_init(&store->publisher_wake);
    queue_init(&store->writes, options->write_queue_max);
    queue_init(&store->reads, options->read_queue_max);
    queue_init(&store->chores, CHORES_MAX);
    copy_init(&store->copy);
    build_schema(store);
    atomic_store(&store->checkpointed_us, uv_hrtime() / 1000);
    atomic_store(&store->writer_beats, 1);
    struct status st = lock_directory(store, arena);
    if (status_is_ok(st)) st = open_writer(store, arena);
    if (status_is_ok(st)) st = backfill_open(store, arena);
    if (status_is_ok(st)) st = open_readers(store, arena);
    if (status_is_ok(st)) st = publisher_open(store, arena);
    if (status_is_ok(st) && !db_flush_apart(store->db)) st = db_status(store->db, arena);
    if (status_is_ok(st)) st = start_threads(store, arena);
    if (status_is_ok(st)) backup_clean(store);
    if (status_is_ok(st))
        *out_store = store;
    else
        store_close(store);
    return st;
}

/* ---- closing ---- */

static void stop_threads(struct store *store)
{
    queue_stop(&store->writes);
    queue_stop(&store->reads);
    queue_stop(&store->chores);
    if (store->writer_running) uv_thread_join(&store->writer);
    backfill_stop(store);
    durable_stop(store);
    for (int i = 0; i < READERS_MAX; i++)
        if (store->readers[i].running) uv_thread_join(&store->readers[i].thread);
    copy_abandon(store); /* whoever waits for one is told, and the next is refused */
    if (store->chores_running) uv_thread_join(&store->chores_thread);
}

static void on_async_closed(uv_handle_t *handle)
{
    *(bool *)handle->data = true;
}

/* Lets the loop take the handle back, so that the memory may go. */
static void close_async(struct store *store)
{
    bool closed = false;
    if (!store->async_open) return;
    deliver(store);
    store->async_open = false;
    store->async.data = &closed;
    uv_close((uv_handle_t *)&store->async, on_async_closed);
    while (!closed)
        uv_run(store->options.loop, UV_RUN_NOWAIT);
}

static void close_databases(struct store *store)
{
    for (int i = 0; i < READERS_MAX; i++)
        db_close(store->readers[i].db);
    db_close(store->backfill.db);
    if (store->db && !store->fatal) (void)db_checkpoint(store->db, true);
    txn_release(&store->write_txn);
    if (store->log) {
        log_forget(store->log);
        answers_free(store->log->answers);
        sha256_free(store->log->hasher);
        free(store->log);
    }
    db_close(store->db);
}

void store_close(struct store *store)
{
    if (!store) return;
    stop_threads(store);
    publisher_close(store);
    close_async(store);
    close_databases(store);
    if (store->lock_fd > 0) close(store->lock_fd);
    for (size_t i = 0; i < store->schema.count; i++)
        table_free(store->schema.tables[i]);
    free(store->schema.tables);
    queue_release(&store->writes);
    queue_release(&store->reads);
    queue_release(&store->chores);
    copy_release(&store->copy);
    access_release(store->access);
    uv_mutex_destroy(&store->done_lock);
    durable_release(store);
    backfill_release(store);
    uv_mutex_destroy(&store->head_lock);
    uv_cond_destroy(&store->publisher_wake);
    uv_mutex_destroy(&store->publisher_lock);
    free(store->path);
    free(store);
}

/* ---- use ---- */

bool store_submit_write(struct store *store, struct store_job *job)
{
    return queue_push(&store->writes, job);
}

bool store_submit_read(struct store *store, struct store_job *job)
{
    return queue_push(&store->reads, job);
}

bool store_submit_chore(struct store *store, struct store_job *job)
{
    return queue_push(&store->chores, job);
}

bool store_withdraw(struct store_job *job)
{
    return queue_withdraw(job);
}

void store_set_read_only(struct store *store, bool read_only, const char *reason)
{
    snprintf(store->refusal, sizeof store->refusal, "%s", reason);
    store->write_txn.refusal = read_only ? store->refusal : NULL;
    atomic_store(&store->refusing, read_only);
}

void store_run_write(struct store *store, struct store_job *job)
{
    assert(!store->options.loop);
    if (!queue_push(&store->writes, job)) abort();
    writer_run_batch(store, UINT64_MAX);
}

void store_run_read(struct store *store, struct store_job *job)
{
    assert(!store->options.loop);
    if (!queue_push(&store->reads, job)) abort();
    reader_run_snapshot(store, store->readers[0].db, UINT64_MAX);
}

struct signer *store_signer(struct store *store)
{
    return store->signer;
}

bool store_writer_answers(struct store *store)
{
    uint64_t beats = atomic_load(&store->writer_beats);
    bool answered = beats != store->beats_seen;
    store->beats_seen = beats;
    queue_wake(&store->writes);
    return answered;
}

struct status store_note_before(const struct store *store, uint32_t epoch, struct arena *arena,
                                const char **out_note)
{
    return published_before(store->options.state_dir, epoch, arena, out_note);
}

uint64_t store_seq(const struct store *store)
{
    return (uint64_t)atomic_load(&store->seq);
}

/* Age in microseconds of a moment by uv_hrtime. */
static uint64_t age_us(uint64_t since_us)
{
    uint64_t now_us = uv_hrtime() / 1000;
    return now_us > since_us ? now_us - since_us : 0;
}

static uint64_t oldest_reader_age_us(struct store *store)
{
    uint64_t oldest = 0;
    for (int i = 0; i < READERS_MAX; i++) {
        uint64_t since_us = atomic_load(&store->readers[i].since_us);
        if (since_us && age_us(since_us) > oldest) oldest = age_us(since_us);
    }
    return oldest;
}

void store_get_stats(struct store *store, struct store_stats *out_stats)
{
    struct store_stats *stats = out_stats;
    memset(stats, 0, sizeof *stats);
    uv_mutex_lock(&store->head_lock);
    memcpy(stats->tree_root, store->root, sizeof stats->tree_root);
    stats->tree_size = store->tree_size;
    stats->seq = store_seq(store);
    uv_mutex_unlock(&store->head_lock);
    stats->epoch = store->epoch;
    memcpy(stats->register_id, store->register_id, sizeof stats->register_id);
    stats->database_bytes = (uint64_t)atomic_load(&store->database_bytes);
    stats->wal_pages = (uint64_t)atomic_load(&store->wal_pages);
    stats->write_queue = queue_count(&store->writes);
    stats->read_queue = queue_count(&store->reads);
    stats->batches = atomic_load(&store->batches);
    stats->jobs_written = atomic_load(&store->jobs_written);
    stats->signed_size = atomic_load(&store->signed_size);
    stats->checkpoint_age_us = age_us(atomic_load(&store->checkpointed_us));
    stats->oldest_reader_age_us = oldest_reader_age_us(store);
    stats->told_read_only = atomic_load(&store->refusing);
    stats->read_only = stats->told_read_only || atomic_load(&store->read_only);
}
