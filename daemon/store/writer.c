/* The writer thread: all writes, in batches, and between them the checkpoints.
 *
 * 1. Every job of a batch runs in one transaction and can be undone alone: under a savepoint of its
 *    own or, while all jobs so far may be run again, by undoing the batch and running the others
 *    again, now under savepoints.
 * 2. No job is answered before the COMMIT that holds its change is on disk (durable.c); an error of
 *    the COMMIT or of the flush is the answer of every job in it.
 * 3. There is no timer: while one commit is flushed the next batch is carried out, and one more
 *    gathers. A batch takes half of those who write at the same time, so that the one half is
 *    flushed and answered, and their next requests come in, while the other half is written.
 * 4. What the log writer knows in memory (head, cached ids) is what the database holds, or, in a
 *    transaction, what it will hold; after a failed batch it is read anew.
 * 5. After an erasure the file is written anew and the WAL emptied before the batch is answered; where
 *    that fails, for want of room or because a reader stays, it is tried again later, and at start.
 * 6. After an I/O error nothing is tried again in this process: what the disk holds is unknown
 *    until the next start has recovered it.
 */
#include "common/metrics.h"
#include "common/reasons.h"
#include "common/time_text.h"
#include "store/access_impl.h"
#include "store/rest.h"
#include "store/signer.h"
#include "store/store_impl.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH_JOBS_MAX = 512,
    BATCH_JOBS_SPLIT = 16, /* fewer are not worth a COMMIT more */
    BATCH_BYTES_MAX = 4 << 20,
    BATCH_WORK_US_MAX = 50000,
    SCRUB_TRIES = 5,              /* to empty the WAL, each waiting for readers */
    SCRUB_PAUSE_US = 60000000,    /* until the next try after one that failed */
    CAREFUL_BATCHES = 16,         /* with savepoints after a job had to be undone */
    CHECKPOINT_IDLE_PAGES = 1000, /* worth doing when nobody has written for a while */
    CHECKPOINT_IDLE_NS =
        100000000, /* such a while: between two batches it is no more than a pause */
};

/* Jobs of the batch that is being made, in order. */
struct batch {
    struct store_job *first, *last;
    unsigned jobs, jobs_max;
    size_t bytes;
    uint64_t started_us;
    bool careful; /* its jobs run under savepoints */
    bool redo;    /* a job without one must be undone */
    bool broken;  /* its transaction is lost */
};

static uint64_t clock_us(void)
{
    return uv_hrtime() / 1000;
}

static void batch_add(struct batch *batch, struct store_job *job)
{
    if (batch->last)
        batch->last->next = job;
    else
        batch->first = job;
    batch->last = job;
    batch->jobs++;
    batch->bytes += job->weight_bytes;
}

/* An empty one has, however long the thread had to wait for its turn. */
static bool batch_has_room(const struct batch *batch)
{
    if (batch->jobs == 0) return true;
    return batch->jobs < batch->jobs_max && batch->bytes < BATCH_BYTES_MAX &&
           clock_us() - batch->started_us < BATCH_WORK_US_MAX && !batch->broken;
}

static struct status cancelled(struct arena *arena)
{
    return status_error(arena, GRPC_CANCELLED, REASON_CALL_CANCELLED, NULL,
                        "the call was cancelled before it was carried out");
}

static void begin_job(struct store *store, struct batch *batch, struct store_job *job)
{
    struct txn *txn = &store->write_txn;
    if (!job->repeatable || txn->refusal) batch->careful = true;
    if (batch->careful)
        txn_begin_job(txn, job->arena);
    else
        txn_begin_unprotected_job(txn, job->arena);
}

static void undo_job(struct store *store, struct batch *batch)
{
    if (txn_abandon_job(&store->write_txn)) return;
    if (batch->careful)
        batch->broken = true;
    else
        batch->redo = true;
}

static void run_job(struct store *store, struct batch *batch, struct store_job *job)
{
    struct txn *txn = &store->write_txn;
    if (atomic_load(&job->cancelled)) {
        job->status = cancelled(job->arena);
        return;
    }
    begin_job(store, batch, job);
    job->status = job->run(job, txn);
    if (status_is_ok(job->status)) job->status = txn_end_job(txn);
    if (!status_is_ok(job->status)) undo_job(store, batch);
    /* A disk that failed once is not trusted with the rest of the batch (invariant 6). */
    if (!status_is_ok(job->status) && db_failure(store->db) == DB_IO) batch->broken = true;
    /* The change could not be finished: the head in memory is ahead of what can be undone. */
    if (store->log->torn) batch->broken = true;
    /* FULL, IOERR and the like may have rolled back everything, not only this job. */
    if (!db_in_transaction(store->db)) batch->broken = true;
}

/* Reads the head from the database after what memory held was lost with a batch. */
static void reload(struct store *store)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    log_forget(store->log);
    struct status st = log_load(store->log, &arena);
    if (status_is_ok(st)) st = answers_reload(store->log->answers, &arena);
    if (!status_is_ok(st)) store_fail(store, st.message);
    arena_release(&arena);
}

static void refuse_all(struct store *store, struct batch *batch)
{
    for (struct store_job *job = batch->first; job; job = job->next)
        if (status_is_ok(job->status)) job->status = db_status(store->db, job->arena);
    enum db_failure failure = db_failure(store->db);
    atomic_store(&store->read_only, failure == DB_FULL);
    if (failure != DB_FULL && failure != DB_BUSY) store_fail(store, db_error(store->db));
}

static void roll_back(struct store *store)
{
    if (db_in_transaction(store->db)) (void)db_exec(store->db, "ROLLBACK");
    txn_note_undone(&store->write_txn);
    reload(store);
}

static bool commit(struct store *store, int64_t seq_before)
{
    static const char sql[] = "COMMIT";
    if (store->log->head.seq != seq_before && !log_store_head(store->log)) return false;
    assert(db_open_statements(store->db) == 0);
    durable_begin(store);
    struct stmt *stmt = db_statement(store->db, sql);
    return stmt && stmt_run(stmt);
}

static bool begin(struct store *store)
{
    /* The lock on the head row that the PostgreSQL engine will need is this one here. */
    static const char sql[] = "BEGIN IMMEDIATE";
    struct stmt *stmt = db_statement(store->db, sql);
    return stmt && stmt_run(stmt);
}

/* Undoes the batch and runs its jobs again under savepoints: each then fails or succeeds alone. */
static void redo(struct store *store, struct batch *batch)
{
    batch->redo = false;
    batch->careful = true;
    store->careful_batches = CAREFUL_BATCHES;
    roll_back(store);
    if (store->fatal || !begin(store)) {
        batch->broken = true;
        return;
    }
    for (struct store_job *job = batch->first; job && !batch->broken; job = job->next)
        run_job(store, batch, job);
}

static void take_jobs(struct store *store, struct batch *batch, uint64_t ticket)
{
    struct store_job *job;
    batch->careful = store->careful_batches > 0;
    if (batch->careful) store->careful_batches--;
    while (batch_has_room(batch) && (job = queue_pop(&store->writes, ticket)) != NULL) {
        batch_add(batch, job);
        run_job(store, batch, job);
        if (batch->redo && !batch->broken) redo(store, batch);
    }
}

static void count_batch(struct store *store, const struct batch *batch)
{
    metric_observe(METRIC_COMMIT_US, clock_us() - batch->started_us);
    metric_observe(METRIC_BATCH_OPS, batch->jobs);
    atomic_store(&store->read_only, false);
    atomic_fetch_add(&store->batches, 1);
    for (const struct store_job *job = batch->first; job; job = job->next)
        if (status_is_ok(job->status)) atomic_fetch_add(&store->jobs_written, 1);
}

/* What others take from the new state before its jobs are answered. */
static void spread(struct store *store)
{
    /* An old picture would go on letting in who was shut out. */
    if (store->log->access_changed && !access_load(store))
        store_fail(store, db_error(store->db));
    /* A key that signs must be one that the register is sure to know. */
    if (!store->log->key_added) return;
    durable_commit(store, (struct job_list){0}, true, true);
    durable_settle(store);
    if (!store->fatal) signer_commit(store->signer);
}

/* ---- after an erasure ---- */

static bool set_scrubbed(struct store *store)
{
    static const char sql[] = "DELETE FROM erasure_pending";
    struct stmt *stmt = db_statement(store->db, sql);
    return stmt && stmt_run(stmt);
}

/* The WAL keeps the old pages until all readers have left them and it is cut off. */
static bool empty_wal(struct store *store)
{
    backfill_wait(store);
    for (int i = 0; i < SCRUB_TRIES; i++) {
        if (!db_checkpoint(store->db, true)) return false;
        if (db_wal_pages(store->db) == 0) return true;
    }
    return false;
}

/* secure_delete overwrites what a statement removes, but copies of a row stay in the unused part of
 * pages that were split before: only a new file is sure to hold none. */
void writer_scrub(struct store *store)
{
    struct log_writer *log = store->log;
    if (!log->scrub_due || clock_us() < log->scrub_not_before_us) return;
    bool fine =
        db_vacuum(store->db, &store->writer_beats) && empty_wal(store) && set_scrubbed(store);
    log->scrub_due = !fine;
    log->scrub_not_before_us = fine ? 0 : clock_us() + SCRUB_PAUSE_US;
    if (!fine && db_failure(store->db) == DB_IO) store_fail(store, db_error(store->db));
}

/* How many write at the same time, told by what one batch took and what came meanwhile; it sinks
 * slowly where they become fewer. */
static void note_crowd(struct store *store, const struct batch *batch)
{
    unsigned now = batch->jobs + queue_count(&store->writes);
    unsigned before = store->crowd - store->crowd / 8;
    store->crowd = now > before ? now : before;
}

static unsigned fair_half(const struct store *store)
{
    unsigned half = (store->crowd + 1) / 2;
    if (half < BATCH_JOBS_SPLIT) return BATCH_JOBS_SPLIT;
    return half < BATCH_JOBS_MAX ? half : BATCH_JOBS_MAX;
}

/* After the store has failed: nothing is carried out until the next start. */
static void refuse_queue(struct store *store, uint64_t ticket)
{
    struct batch batch = {.started_us = clock_us()};
    struct store_job *job;
    while (batch.jobs < BATCH_JOBS_MAX && (job = queue_pop(&store->writes, ticket)) != NULL) {
        job->status = db_lost(job->arena);
        batch_add(&batch, job);
    }
    if (batch.first) store_finish(store, batch.first, batch.last);
}

/* The batch cannot begin: one job hears of it. */
static void refuse_next(struct store *store, struct batch *batch, uint64_t ticket)
{
    struct store_job *job = queue_pop(&store->writes, ticket);
    batch->broken = true;
    if (!job) return;
    job->status = status_ok();
    batch_add(batch, job);
}

/* False when it was undone, and then every job of it knows why. */
static bool make_batch(struct store *store, struct batch *batch, uint64_t ticket)
{
    int64_t seq_before = store->log->head.seq;
    if (!begin(store)) {
        refuse_next(store, batch, ticket);
        refuse_all(store, batch);
        return false;
    }
    if (answers_tidy(store->log->answers, time_now_us()))
        take_jobs(store, batch, ticket);
    else
        refuse_next(store, batch, ticket);
    if (!batch->broken && commit(store, seq_before)) return true;
    roll_back(store);
    refuse_all(store, batch);
    return false;
}

void writer_run_batch(struct store *store, uint64_t ticket)
{
    struct batch batch = {.started_us = clock_us(), .jobs_max = fair_half(store)};
    if (store->fatal) {
        refuse_queue(store, ticket);
        return;
    }
    uint64_t commits_before = db_commits(store->db);
    store->log->key_added = false;
    store->log->access_changed = false;
    if (make_batch(store, &batch, ticket)) {
        note_crowd(store, &batch);
        count_batch(store, &batch);
        spread(store);
        writer_scrub(store);
    }
    durable_commit(store, (struct job_list){batch.first, batch.last},
                   db_commits(store->db) != commits_before, queue_count(&store->writes) == 0);
}

static void count_checkpoint(struct store *store, uint64_t begun_us)
{
    uint64_t now_us = clock_us();
    metric_count(METRIC_CHECKPOINTS);
    metric_observe(METRIC_CHECKPOINT_US, now_us - begun_us);
    atomic_store(&store->checkpointed_us, now_us);
}

static void fail_checkpoint(struct store *store, const struct db *db)
{
    if (db_failure(db) == DB_FULL)
        atomic_store(&store->read_only, true);
    else
        store_fail(store, db_error(db));
}

/* Copies what is not copied yet. */
static void finish_checkpoint(struct store *store)
{
    uint64_t begun_us = clock_us();
    store->backfill.asked_pages = 0;
    if (db_checkpoint(store->db, false))
        count_checkpoint(store, begun_us);
    else
        fail_checkpoint(store, store->db);
    atomic_store(&store->database_bytes, db_file_bytes(store->db));
}

/* Has a long log copied beside the writer, round by round, until there is little left. */
static void checkpoint_pages(struct store *store, int64_t pages, bool idle)
{
    struct backfill *backfill = &store->backfill;
    /* Of a log that began anew meanwhile nothing is copied. */
    if (backfill->asked_pages > pages) backfill->asked_pages = 0;
    bool begun = backfill->asked_pages > 0, force = pages > backfill->force_pages;
    int64_t few = begun || idle ? backfill->rest_pages : backfill->pages;
    if (pages - backfill->asked_pages > few && !force && backfill_ask(store)) return;
    if (begun || pages > (idle ? CHECKPOINT_IDLE_PAGES : backfill->pages))
        finish_checkpoint(store);
}

static void checkpoint(struct store *store, bool idle)
{
    int64_t pages = db_wal_pages(store->db);
    if (pages > store->backfill.force_pages) backfill_wait(store);
    const struct db *failed = backfill_failed(store);
    if (failed) fail_checkpoint(store, failed);
    if (store->fatal) return;
    if (!backfill_is_copying(store)) checkpoint_pages(store, pages, idle);
    atomic_store(&store->wal_pages, db_wal_pages(store->db));
}

/* How long to wait for jobs before there is time for a checkpoint, unless there is none to make or it
 * was tried since the last batch, or for rest. */
static uint64_t patience(const struct store *store, const struct rest *rest, bool was_idle)
{
    bool due = !store->fatal && db_wal_pages(store->db) > CHECKPOINT_IDLE_PAGES;
    return due && !was_idle ? CHECKPOINT_IDLE_NS : rest_patience(rest);
}

void writer_main(void *data)
{
    struct store *store = data;
    struct rest rest = {0};
    uint64_t ticket;
    bool idle = false;
    pthread_setname_np(pthread_self(), "writer"); /* for top -H, and for who looks at a hang */
    while (queue_wait(&store->writes, patience(store, &rest, idle), &ticket)) {
        atomic_fetch_add(&store->writer_beats, 1);
        idle = queue_count(&store->writes) == 0;
        if (!idle) writer_run_batch(store, UINT64_MAX);
        checkpoint(store, idle);
        rest_turn(&rest, store->db, !idle);
        if (copy_step(store)) queue_wake(&store->writes);
    }
}
