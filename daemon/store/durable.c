#include "store/durable.h"

#include "common/metrics.h"
#include "store/store_impl.h"

#include <pthread.h>
#include <string.h>

void durable_init(struct store *store)
{
    struct durable *durable = &store->durable;
    uv_mutex_init(&durable->lock);
    uv_cond_init(&durable->work);
    uv_cond_init(&durable->rest);
}

void durable_release(struct store *store)
{
    struct durable *durable = &store->durable;
    uv_cond_destroy(&durable->rest);
    uv_cond_destroy(&durable->work);
    uv_mutex_destroy(&durable->lock);
}

struct durable_head durable_head_of(const struct log_writer *log)
{
    struct durable_head head = {.seq = log->head.seq, .tree_size = log->head.tree.size};
    tree_root(&log->head.tree, log->hasher, head.root);
    return head;
}

/* ---- lists ---- */

static void append(struct job_list *list, struct job_list more)
{
    if (!more.first) return;
    if (list->last)
        list->last->next = more.first;
    else
        list->first = more.first;
    list->last = more.last;
}

/* Takes out the reads that saw nothing but what is on disk. */
static struct job_list take_shown(struct durable *durable)
{
    struct job_list shown = {0}, rest = {0};
    struct store_job *next;
    for (struct store_job *job = durable->reads.first; job; job = next) {
        next = job->next;
        job->next = NULL;
        append(job->saw_commits <= durable->flushed ? &shown : &rest,
               (struct job_list){job, job});
    }
    durable->reads = rest;
    return shown;
}

static void refuse(struct job_list jobs)
{
    for (struct store_job *job = jobs.first; job; job = job->next)
        if (status_is_ok(job->status)) job->status = db_lost(job->arena);
}

/* ---- flushing ---- */

static bool is_pending(const struct durable *durable)
{
    return durable->head.commits > durable->flushed;
}

static void flush_log(struct store *store, const struct durable_head *head)
{
    uint64_t begun_ns = uv_hrtime();
    if (store->fatal) return;
    if (!db_flush_log(store->db)) {
        store_fail(store, "the write-ahead log could not be flushed to disk");
        return;
    }
    metric_observe(METRIC_FLUSH_US, (uv_hrtime() - begun_ns) / 1000);
    store_publish(store, head);
}

/* Under the lock, which it gives up meanwhile: without a loop a job's end may begin another. */
static void answer(struct store *store, struct job_list jobs)
{
    uv_mutex_unlock(&store->durable.lock);
    if (store->fatal) refuse(jobs);
    if (jobs.first) store_finish(store, jobs.first, jobs.last);
    uv_mutex_lock(&store->durable.lock);
}

/* Makes durable what is committed by now. Under the lock, which it gives up meanwhile. */
static void flush(struct store *store)
{
    struct durable *durable = &store->durable;
    struct durable_head head = durable->head;
    struct job_list jobs = durable->writes;
    durable->writes = (struct job_list){0};
    durable->flushing = true;
    uv_mutex_unlock(&durable->lock);
    flush_log(store, &head);
    uv_mutex_lock(&durable->lock);
    durable->flushed = head.commits;
    append(&jobs, take_shown(durable));
    answer(store, jobs);
    durable->flushing = false;
    uv_cond_broadcast(&durable->rest);
}

void durable_begin(struct store *store)
{
    atomic_fetch_add(&store->durable.begun, 1);
}

void durable_commit(struct store *store, struct job_list jobs, bool changed, bool alone)
{
    struct durable *durable = &store->durable;
    struct durable_head head = durable_head_of(store->log);
    head.commits = durable_begun(store);
    uv_mutex_lock(&durable->lock);
    if (!changed && !is_pending(durable)) durable->flushed = head.commits;
    durable->head = head;
    bool for_thread = durable->flushing || (durable->running && !alone);
    if (!is_pending(durable)) {
        append(&jobs, take_shown(durable));
        answer(store, jobs);
    } else {
        append(&durable->writes, jobs);
        if (!for_thread) flush(store);
    }
    uv_mutex_unlock(&durable->lock);
    /* Now, for under the lock it would wake only to wait for it. */
    if (for_thread) uv_cond_signal(&durable->work);
}

void durable_settle(struct store *store)
{
    struct durable *durable = &store->durable;
    uv_mutex_lock(&durable->lock);
    while (is_pending(durable) || durable->flushing)
        if (durable->flushing)
            uv_cond_wait(&durable->rest, &durable->lock);
        else
            flush(store);
    uv_mutex_unlock(&durable->lock);
}

/* ---- the thread ---- */

static void durable_main(void *data)
{
    struct store *store = data;
    struct durable *durable = &store->durable;
    (void)pthread_setname_np(pthread_self(), "flusher");
    uv_mutex_lock(&durable->lock);
    while (is_pending(durable) || !durable->stop)
        if (is_pending(durable) && !durable->flushing)
            flush(store);
        else
            uv_cond_wait(&durable->work, &durable->lock);
    uv_mutex_unlock(&durable->lock);
}

bool durable_start(struct store *store)
{
    struct durable *durable = &store->durable;
    durable->running = uv_thread_create(&durable->thread, durable_main, store) == 0;
    return durable->running;
}

void durable_stop(struct store *store)
{
    struct durable *durable = &store->durable;
    if (!durable->running) return;
    uv_mutex_lock(&durable->lock);
    durable->stop = true;
    uv_cond_signal(&durable->work);
    uv_mutex_unlock(&durable->lock);
    uv_thread_join(&durable->thread);
    durable->running = false;
}

/* ---- reads ---- */

uint64_t durable_begun(struct store *store)
{
    return atomic_load(&store->durable.begun);
}

void durable_show(struct store *store, struct store_job *job, uint64_t begun)
{
    struct durable *durable = &store->durable;
    struct job_list one = {job, job};
    job->saw_commits = begun;
    uv_mutex_lock(&durable->lock);
    if (begun <= durable->flushed)
        answer(store, one);
    else
        append(&durable->reads, one);
    uv_mutex_unlock(&durable->lock);
}
