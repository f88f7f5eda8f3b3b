#include "store/queue.h"

void queue_init(struct queue *queue, unsigned limit)
{
    *queue = (struct queue){.limit = limit};
    uv_mutex_init(&queue->lock);
    uv_cond_init(&queue->filled);
}

void queue_release(struct queue *queue)
{
    uv_cond_destroy(&queue->filled);
    uv_mutex_destroy(&queue->lock);
}

bool queue_push(struct queue *queue, struct store_job *job)
{
    uv_mutex_lock(&queue->lock);
    bool room = !queue->stopped && queue->count < queue->limit;
    if (room) {
        job->next = NULL;
        job->previous = queue->last;
        job->home = queue;
        job->waits = true;
        if (queue->last)
            queue->last->next = job;
        else
            queue->first = job;
        queue->last = job;
        queue->count++;
        queue->pushed++;
    }
    uv_mutex_unlock(&queue->lock);
    /* Now, for under the lock the thread would wake only to wait for it. */
    if (room) uv_cond_signal(&queue->filled);
    return room;
}

void queue_stop(struct queue *queue)
{
    uv_mutex_lock(&queue->lock);
    queue->stopped = true;
    uv_cond_broadcast(&queue->filled);
    uv_mutex_unlock(&queue->lock);
}

void queue_wake(struct queue *queue)
{
    uv_mutex_lock(&queue->lock);
    queue->woken = true;
    uv_cond_broadcast(&queue->filled);
    uv_mutex_unlock(&queue->lock);
}

/* False when patience was at an end. */
static bool wait_once(struct queue *queue, uint64_t patience_ns)
{
    if (patience_ns > 0)
        return uv_cond_timedwait(&queue->filled, &queue->lock, patience_ns) == 0;
    uv_cond_wait(&queue->filled, &queue->lock);
    return true;
}

bool queue_wait(struct queue *queue, uint64_t patience_ns, uint64_t *out_pushed)
{
    uv_mutex_lock(&queue->lock);
    while (!queue->first && !queue->stopped && !queue->woken)
        if (!wait_once(queue, patience_ns)) queue->woken = true;
    bool some = queue->first != NULL || (queue->woken && !queue->stopped);
    queue->woken = false;
    *out_pushed = queue->pushed;
    uv_mutex_unlock(&queue->lock);
    return some;
}

static void take_out(struct queue *queue, struct store_job *job)
{
    if (job->next)
        job->next->previous = job->previous;
    else
        queue->last = job->previous;
    if (job->previous)
        job->previous->next = job->next;
    else
        queue->first = job->next;
    job->next = job->previous = NULL;
    job->waits = false;
    queue->count--;
    queue->popped++;
}

bool queue_withdraw(struct store_job *job)
{
    struct queue *queue = job->home;
    uv_mutex_lock(&queue->lock);
    bool waits = job->waits;
    if (waits) take_out(queue, job);
    uv_mutex_unlock(&queue->lock);
    return waits;
}

struct store_job *queue_pop(struct queue *queue, uint64_t ticket)
{
    uv_mutex_lock(&queue->lock);
    struct store_job *job = queue->popped < ticket ? queue->first : NULL;
    if (job) take_out(queue, job);
    uv_mutex_unlock(&queue->lock);
    return job;
}

unsigned queue_count(struct queue *queue)
{
    uv_mutex_lock(&queue->lock);
    unsigned count = queue->count;
    uv_mutex_unlock(&queue->lock);
    return count;
}
