/* The store: one writer thread, a few reader threads, and the jobs they run.
 *
 * This is all that layers above the handlers need to know of it. What a handler does with the
 * transaction it is given stands in store/txn.h.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "common/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

struct store;
struct queue;
struct txn;
struct kind;
struct signer;

/* One piece of work on a store thread. Embedded by whoever asks for it. */
struct store_job {
    /* Set by the caller before submitting. */
    struct arena *arena; /* where texts of `status` may go; the job's thread has it meanwhile */
    struct status (*run)(struct store_job *job, struct txn *txn); /* on a store thread */
    void (*done)(struct store_job *job); /* on the loop thread, exactly once, after run's
                                            effects are durable or undone */
    size_t weight_bytes;                 /* request size, for the cap on a batch */
    bool repeatable; /* run may be called again after its effects were undone: it leaves its
                        input as it is and keeps nothing but what it says (store/writer.c) */

    /* Set by the caller at any time, from the loop thread: a job not yet started is then not
     * run and ends CANCELLED; one already in a batch is not undone. */
    _Atomic bool cancelled;

    /* Set by the store before `done`. */
    struct status status; /* run's answer, or why it could not be run or committed */

    /* The store's own. */
    struct store_job *next;
    struct store_job *previous;
    struct queue *home;   /* the queue it was given to */
    bool waits;           /* still in it; guarded by its lock */
    uint64_t saw_commits; /* a read's: what must be durable before it is answered */
};

/* What the store is opened with. Strings and arrays must outlive the store. */
struct store_options {
    const char *state_dir;           /* must exist; register.db lives here */
    const char *backup_dir;          /* made when needed; NULL or "": state_dir/backups */
    const struct kind *const *kinds; /* resource kinds, NULL-terminated (store/kind.h) */
    unsigned readers;                /* reader threads, 1..16 */
    unsigned write_queue_max;        /* jobs waiting for the writer before it refuses */
    unsigned read_queue_max;         /* the same for the readers together */
    const char *log_key_path;        /* NULL: STATE_DIR/log.key */
    bool new_log_key;                /* the old one is lost: begin with a new one, and log it */
    unsigned bench_without;          /* store/bench.h; 0 but in a benchmark */
    uv_loop_t *loop;                 /* where `done` runs; NULL only in tests that use
                                        store_run_write and store_run_read */
    void (*on_fatal)(void *data,
                     const char *message);       /* loop thread: an I/O error on write; stop
                                                          serving and exit, never retry in place */
    void (*on_commit)(void *data, uint64_t seq); /* loop thread: the head has moved to seq; may
                                                    be NULL; several commits may be one call */
    void *data;
};

/* Figures for AdminService.GetStatus. */
struct store_stats {
    uint64_t seq;          /* newest committed change, 0 in an empty register */
    uint64_t tree_size;    /* leaves of the current log epoch */
    uint8_t tree_root[32]; /* their RFC 6962 root */
    uint32_t epoch;
    char register_id[37]; /* UUID text of this register */
    uint64_t database_bytes;
    uint64_t wal_pages;   /* in the WAL now */
    uint64_t write_queue; /* jobs waiting */
    uint64_t read_queue;
    uint64_t batches;              /* commits since start */
    uint64_t jobs_written;         /* write jobs committed since start */
    uint64_t signed_size;          /* leaves that the newest signed checkpoint covers */
    uint64_t checkpoint_age_us;    /* since the WAL was last copied into the database */
    uint64_t oldest_reader_age_us; /* of the oldest snapshot that is open; 0: none */
    bool read_only;                /* writes are refused: disk full, or told so */
    bool told_read_only;           /* told so, by store_set_read_only */
};

/* Opens, recovers, migrates and checks the register, and starts the threads. On failure *out_store
 * is untouched and the status says what is wrong and what to do: FAILED_PRECONDITION (a second
 * daemon has the lock, the file is newer than this program, columns do not match the
 * descriptors, a benchmark is asked for on a register that is in use), DATA_LOSS (the stored tree root does not match the entries), INTERNAL.
 * Loop thread. */
struct status store_open(const struct store_options *options, struct arena *arena,
                         struct store **out_store) MUST_CHECK;

/* Finishes every job that was accepted, checkpoints the WAL, stops the threads, closes. `done`
 * callbacks of the last jobs run inside this call. Loop thread; NULL is allowed. */
void store_close(struct store *store);

/* Queue a job; false when the queue is full or the store is stopping (the caller answers
 * UNAVAILABLE; `done` is then not called). Loop thread. */
bool store_submit_write(struct store *store, struct store_job *job);
bool store_submit_read(struct store *store, struct store_job *job);
/* The same for a job that takes long (a backup): it runs on a thread for such jobs, one at a time,
 * with a NULL txn. */
bool store_submit_chore(struct store *store, struct store_job *job);

/* Takes a submitted job back: true when no thread had begun with it, and then it is the caller's again and
 * `done` is not called. False: it is at work or finished, `done` comes. Loop thread. */
bool store_withdraw(struct store_job *job);

/* Run one job at once on the calling thread, for tests and tools; store opened with loop NULL. */
void store_run_write(struct store *store, struct store_job *job);
void store_run_read(struct store *store, struct store_job *job);

/* What signs the log's checkpoints. Any thread; lives as long as the store. */
struct signer *store_signer(struct store *store);

/* The checkpoint that an epoch of the log continues: published_before of store/guard.h. Any
 * thread. */
struct status store_note_before(const struct store *store, uint32_t epoch, struct arena *arena,
                                const char **out_note) MUST_CHECK;

/* Refuses what would write with FAILED_PRECONDITION, READ_ONLY and `reason` (copied), or takes it
 * again; reads and answers kept for retries go on. Until the next start. Inside a write job: every
 * change that was answered before it stays, none comes after it. */
void store_set_read_only(struct store *store, bool read_only, const char *reason);

/* Asks the writer thread for a sign of life; true when it has given one since it was last asked.
 * Waiting for work, working and writing the file anew are life; hanging is not. Loop thread. */
bool store_writer_answers(struct store *store);

/* Newest committed seq. Any thread. */
uint64_t store_seq(const struct store *store);

/* Any thread. */
void store_get_stats(struct store *store, struct store_stats *out_stats);

#endif
