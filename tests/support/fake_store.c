/* A store that stores nothing: it runs jobs on one real thread and finishes them through
 * uv_async as the real one does, for tests and benches of the layers above. Handlers get a NULL
 * txn. */
#include "store/store.h"

#include "common/arena.h"
#include "common/reasons.h"

#include <pthread.h>
#include <stdlib.h>

struct job_list {
    struct store_job *first;
    struct store_job **end;
    size_t count;
};

struct store {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct job_list queued; /* guarded by lock, as are the next three */
    struct job_list finished;
    bool stopping;
    uint64_t written;
    unsigned queue_max;
    uv_async_t async;
};

static struct store *the_store;

static void list_init(struct job_list *list)
{
    *list = (struct job_list){.first = NULL};
    list->end = &list->first;
}

static void list_add(struct job_list *list, struct store_job *job)
{
    job->next = NULL;
    *list->end = job;
    list->end = &job->next;
    list->count++;
}

/* Moves all of `from` to the end of `to`. */
static void list_move(struct job_list *from, struct job_list *to)
{
    if (from->first == NULL) return;
    *to->end = from->first;
    to->end = from->end;
    to->count += from->count;
    list_init(from);
}

static void run_job(struct store_job *job)
{
    if (job->cancelled)
        job->status = (struct status){
            .code = GRPC_CANCELLED, .reason = REASON_CALL_CANCELLED, .message = "cancelled"};
    else
        job->status = job->run(job, NULL);
}

static void *run_thread(void *data)
{
    struct store *store = data;
    struct job_list batch;

    list_init(&batch);
    pthread_mutex_lock(&store->lock);
    while (store->queued.first != NULL || !store->stopping) {
        if (store->queued.first == NULL) {
            pthread_cond_wait(&store->wake, &store->lock);
            continue;
        }
        list_move(&store->queued, &batch);
        pthread_mutex_unlock(&store->lock);
        for (struct store_job *job = batch.first; job != NULL; job = job->next)
            run_job(job);
        pthread_mutex_lock(&store->lock);
        list_move(&batch, &store->finished);
        uv_async_send(&store->async);
    }
    pthread_mutex_unlock(&store->lock);
    return NULL;
}

static void finish_jobs(struct store *store)
{
    struct job_list done;
    struct store_job *next;

    list_init(&done);
    pthread_mutex_lock(&store->lock);
    list_move(&store->finished, &done);
    pthread_mutex_unlock(&store->lock);
    for (struct store_job *job = done.first; job != NULL; job = next) {
        next = job->next;
        job->done(job);
    }
}

static void on_async(uv_async_t *async)
{
    finish_jobs(async->data);
}

struct status store_open(const struct store_options *options, struct arena *arena,
                         struct store **out_store)
{
    struct store *store = xcalloc(1, sizeof *store);

    (void)arena;
    list_init(&store->queued);
    list_init(&store->finished);
    store->queue_max = options->write_queue_max ? options->write_queue_max : 100000;
    pthread_mutex_init(&store->lock, NULL);
    pthread_cond_init(&store->wake, NULL);
    uv_async_init(options->loop, &store->async, on_async);
    uv_unref((uv_handle_t *)&store->async);
    store->async.data = store;
    if (pthread_create(&store->thread, NULL, run_thread, store) != 0) abort();
    *out_store = the_store = store;
    return status_ok();
}

static void on_async_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void store_close(struct store *store)
{
    if (store == NULL) return;
    pthread_mutex_lock(&store->lock);
    store->stopping = true;
    pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->lock);
    pthread_join(store->thread, NULL);
    finish_jobs(store);
    pthread_mutex_destroy(&store->lock);
    pthread_cond_destroy(&store->wake);
    uv_close((uv_handle_t *)&store->async, on_async_closed);
}

static bool submit(struct store *store, struct store_job *job)
{
    bool accepted;

    pthread_mutex_lock(&store->lock);
    accepted = !store->stopping && store->queued.count < store->queue_max;
    if (accepted) list_add(&store->queued, job);
    if (accepted && store->queued.count == 1) pthread_cond_signal(&store->wake);
    pthread_mutex_unlock(&store->lock);
    return accepted;
}

bool store_submit_write(struct store *store, struct store_job *job)
{
    return submit(store, job);
}

bool store_submit_read(struct store *store, struct store_job *job)
{
    return submit(store, job);
}

bool store_submit_chore(struct store *store, struct store_job *job)
{
    return submit(store, job);
}

/* Only one store at a time, so that a job need not say whose it is. */
bool store_withdraw(struct store_job *job)
{
    struct store *store = the_store;
    struct store_job **link = &store->queued.first;
    bool found;

    pthread_mutex_lock(&store->lock);
    while (*link != NULL && *link != job)
        link = &(*link)->next;
    found = *link != NULL;
    if (found) {
        *link = job->next;
        if (*link == NULL) store->queued.end = link;
        store->queued.count--;
    }
    pthread_mutex_unlock(&store->lock);
    return found;
}

void store_run_write(struct store *store, struct store_job *job)
{
    (void)store;
    run_job(job);
}

void store_run_read(struct store *store, struct store_job *job)
{
    (void)store;
    run_job(job);
}

struct signer *store_signer(struct store *store)
{
    (void)store;
    return NULL;
}

uint64_t store_seq(const struct store *store)
{
    (void)store;
    return 0;
}

void store_get_stats(struct store *store, struct store_stats *out_stats)
{
    (void)store;
    *out_stats = (struct store_stats){.register_id = "fake"};
}
