/* The parts of a store: for the files of the store only. */
#ifndef STORE_STORE_IMPL_H
#define STORE_STORE_IMPL_H

#include "store/backfill.h"
#include "store/copy.h"
#include "store/durable.h"
#include "store/queue.h"
#include "store/txn_impl.h"

enum { READERS_MAX = 16, CHORES_MAX = 16, REFUSAL_BYTES = 512 };

struct reader {
    struct store *store;
    struct db *db;
    uv_thread_t thread;
    bool running;
    _Atomic uint64_t since_us; /* by uv_hrtime: its snapshot is open since then; 0: none is */
};

/* What a reader keeps from snapshot to snapshot. */
struct reader_memory {
    struct version_cache *cache; /* NULL: nothing */
    uint64_t erasures;           /* of the schema, when it was last looked at */
};

struct store {
    struct store_options options;
    struct schema schema;
    char *path; /* of register.db */
    char register_id[37];
    uint32_t epoch;
    int lock_fd;

    /* The writer thread's own, and of whoever opens and closes the store. */
    struct db *db;
    struct log_writer *log;
    struct txn write_txn;
    uv_thread_t writer;
    bool writer_running;
    char refusal[REFUSAL_BYTES]; /* why the register is read-only */

    struct queue writes, reads, chores;
    struct durable durable;
    struct backfill backfill;
    struct copy copy;
    uv_thread_t chores_thread;
    bool chores_running;
    struct reader readers[READERS_MAX];

    /* Finished jobs on their way back to the loop. */
    uv_async_t async;
    bool async_open;
    uv_mutex_t done_lock;
    struct store_job *done_first, *done_last;
    unsigned crowd;           /* jobs that are on their way at the same time (writer.c) */
    unsigned careful_batches; /* to come, with savepoints (writer.c) */
    _Atomic bool fatal;
    char fatal_text[300];

    /* Signs and publishes checkpoints (publisher.c). */
    struct signer *signer;
    uv_thread_t publisher;
    uv_mutex_t publisher_lock;
    uv_cond_t publisher_wake;
    bool publisher_running, publisher_stop;

    /* Read by any thread. */
    _Atomic int64_t seq;
    _Atomic bool read_only; /* the disk is full */
    _Atomic bool refusing;  /* the administrator has said so */
    _Atomic int64_t wal_pages;
    _Atomic int64_t database_bytes;
    _Atomic uint64_t batches, jobs_written;
    _Atomic uint64_t checkpointed_us; /* by uv_hrtime: when the WAL was last copied */
    _Atomic uint64_t signed_size;
    _Atomic uint64_t writer_beats; /* grows while the writer is alive */
    uint64_t beats_seen;           /* loop thread: at the last store_writer_answers */
    uv_mutex_t head_lock;
    uint8_t root[SHA256_BYTES]; /* of the durable head; under head_lock, with tree_size */
    uint64_t tree_size;
    const struct access *access; /* the present picture; under head_lock */
    int64_t announced_seq;       /* loop thread: last told to on_commit */
};

/* Hands a list of finished jobs, linked by next, to the loop; without a loop calls them at once. */
void store_finish(struct store *store, struct store_job *first, struct store_job *last);

/* Makes a durable head visible to all threads. */
void store_publish(struct store *store, const struct durable_head *head);

/* An I/O error on write: tells the loop, which must end the process. */
void store_fail(struct store *store, const char *text);

/* Thread bodies. */
void writer_main(void *data); /* a struct store */
void reader_main(void *data); /* a struct reader */
void chores_main(void *data); /* a struct store */

/* After an erasure: leaves nothing of the erased bytes in the files (writer.c). On the writer thread,
 * or while it does not run. */
void writer_scrub(struct store *store);

/* One batch, one snapshot, on the calling thread; for the threads and, keeping nothing over a
 * snapshot, for tests, which look at answers that were not packed. `ticket` bounds
 * which queued jobs may take part. */
void writer_run_batch(struct store *store, uint64_t ticket);
void reader_run_snapshot(struct store *store, struct db *db, uint64_t ticket);
/* The same with what was kept before. */
void reader_run_next(struct store *store, struct db *db, struct reader_memory *memory,
                     uint64_t ticket);

#endif
