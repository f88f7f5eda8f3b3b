/* A reader thread: short snapshots, each shared by the reads that had arrived when it opened. A
 * read never uses a snapshot older than its own arrival, so it sees every change that was answered
 * before it was asked. What few change is kept decoded from snapshot to snapshot (txn_get_kept): the
 * writer says before each COMMIT which kinds it changed, so a snapshot that shows the change finds
 * what was kept out of date. */
#include "common/reasons.h"
#include "store/rest.h"
#include "store/store_impl.h"

#include <pthread.h>

enum { SNAPSHOT_JOBS_MAX = 64, SNAPSHOT_WORK_NS_MAX = 2000000 };

static bool run_sql(struct db *db, const char *sql)
{
    struct stmt *stmt = db_statement(db, sql);
    return stmt && stmt_run(stmt);
}

static bool begin(struct db *db)
{
    static const char sql[] = "BEGIN";
    return run_sql(db, sql);
}

static void end(struct db *db)
{
    static const char sql[] = "COMMIT";
    if (!run_sql(db, sql) && db_in_transaction(db)) (void)db_exec(db, "ROLLBACK");
}

static void run_job(struct txn *txn, struct store_job *job)
{
    if (atomic_load(&job->cancelled)) {
        job->status = status_error(job->arena, GRPC_CANCELLED, REASON_CALL_CANCELLED, NULL,
                                   "the call was cancelled before it was carried out");
        return;
    }
    txn->arena = job->arena;
    txn->sight = NULL;
    if (txn->cache) version_cache_begin_job(txn->cache);
    job->status = job->run(job, txn);
}

/* What was erased goes from memory too. */
static void forget_erased(const struct store *store, struct reader_memory *memory)
{
    uint64_t erasures = atomic_load(&store->schema.erasures);
    if (memory->cache && memory->erasures != erasures) version_cache_clear(memory->cache);
    memory->erasures = erasures;
}

void reader_run_next(struct store *store, struct db *db, struct reader_memory *memory,
                     uint64_t ticket)
{
    forget_erased(store, memory);
    struct txn txn = {.db = db, .schema = &store->schema, .cache = memory->cache};
    struct store_job *job = queue_pop(&store->reads, ticket);
    if (!job) return;
    struct status head =
        begin(db) ? txn_read_head(db, job->arena, &txn.seq) : db_status(db, job->arena);
    uint64_t seen = durable_begun(store); /* now that the snapshot is open */
    uint64_t until_ns = uv_hrtime() + SNAPSHOT_WORK_NS_MAX;
    for (int jobs = 0; job; jobs++) {
        if (status_is_ok(head))
            run_job(&txn, job);
        else
            job->status = db_status(db, job->arena);
        durable_show(store, job, seen);
        bool more = jobs < SNAPSHOT_JOBS_MAX && uv_hrtime() < until_ns && status_is_ok(head);
        job = more ? queue_pop(&store->reads, ticket) : NULL;
    }
    if (db_in_transaction(db)) end(db);
}

void reader_run_snapshot(struct store *store, struct db *db, uint64_t ticket)
{
    reader_run_next(store, db, &(struct reader_memory){.cache = NULL}, ticket);
}

void reader_main(void *data)
{
    struct reader *reader = data;
    struct reader_memory memory = {.cache = version_cache_new()};
    struct rest rest = {0};
    uint64_t ticket;
    pthread_setname_np(pthread_self(), "reader");
    while (queue_wait(&reader->store->reads, rest_patience(&rest), &ticket)) {
        bool works = queue_count(&reader->store->reads) > 0;
        atomic_store(&reader->since_us, uv_hrtime() / 1000);
        reader_run_next(reader->store, reader->db, &memory, ticket);
        atomic_store(&reader->since_us, 0);
        rest_turn(&rest, reader->db, works);
    }
    version_cache_free(memory.cache);
}
