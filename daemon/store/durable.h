/* From committed to durable.
 *
 * The writer commits without waiting for the disk (synchronous=NORMAL): a commit is then whole in the
 * write-ahead log, and one flush of that log makes it durable together with all before it. The jobs
 * of a commit are answered after that flush, and the head that all threads see moves then. A thread
 * flushes while the writer carries out the next batch; where nobody else waits to write the writer
 * flushes itself, which saves the way to the thread and back.
 *
 * A reader's snapshot can hold what is committed and not yet durable. What it read is answered after the
 * flush, too: nobody is told what a power cut could still take back.
 *
 * A flush that fails is the end: what the disk holds is unknown until the next start. All jobs that
 * waited for it are refused.
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "common/status.h"
#include "store/tree.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct log_writer;
struct store;
struct store_job;

struct job_list {
    struct store_job *first, *last;
};

/* A head of the log, and the number of the commit that brought it. */
struct durable_head {
    uint64_t commits;
    int64_t seq;
    uint64_t tree_size;
    uint8_t root[SHA256_BYTES];
};

struct durable {
    _Atomic uint64_t begun; /* commits that were begun; only the writer counts */
    uv_mutex_t lock;        /* of all below */
    uv_cond_t work, rest;
    struct durable_head head; /* of the newest commit */
    uint64_t flushed;         /* commits that are on disk */
    struct job_list writes;   /* of commits that are not, in order */
    struct job_list reads;    /* that saw such commits */
    bool flushing, stop;
    uv_thread_t thread;
    bool running;
};

/* The head that the writer's memory holds. */
struct durable_head durable_head_of(const struct log_writer *log);

void durable_init(struct store *store);
void durable_release(struct store *store);

/* The thread; without it the writer flushes itself. Starting fails for want of a thread. */
bool durable_start(struct store *store);
/* After what was committed has been flushed and answered. */
void durable_stop(struct store *store);

/* Before COMMIT is sent. Writer thread. */
void durable_begin(struct store *store);

/* After COMMIT, or after what was to be committed is undone: the jobs go on their way as soon as it is
 * durable, and at once if `changed` is false and all before is. `alone`: nobody waits for the writer.
 * Writer thread. */
void durable_commit(struct store *store, struct job_list jobs, bool changed, bool alone);

/* Returns when everything that is committed is on disk and answered, or refused. Writer thread. */
void durable_settle(struct store *store);

/* What a snapshot may hold that was opened before this is asked. Any thread. */
uint64_t durable_begun(struct store *store);

/* Answers a read when the commits that its snapshot may hold are durable. Any thread. */
void durable_show(struct store *store, struct store_job *job, uint64_t begun);

#endif
