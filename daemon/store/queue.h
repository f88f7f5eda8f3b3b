/* A bounded first-in-first-out of jobs between the loop and the store's threads. */
#ifndef STORE_QUEUE_H
#define STORE_QUEUE_H

#include "store/store.h"

struct queue {
    uv_mutex_t lock;
    uv_cond_t filled;
    struct store_job *first, *last;
    unsigned count, limit;
    uint64_t pushed; /* jobs ever pushed: a job's ticket is its number */
    uint64_t popped;
    bool stopped;
    bool woken;
};

void queue_init(struct queue *queue, unsigned limit);
void queue_release(struct queue *queue);

/* False when full or stopped. */
bool queue_push(struct queue *queue, struct store_job *job);

/* Nothing more comes in; those who wait are woken. */
void queue_stop(struct queue *queue);

/* Lets the next queue_wait return without a job: there is other work for its thread. */
void queue_wake(struct queue *queue);

/* Waits until there is a job or a wake, or `patience_ns` are over (0: any time); false when stopped
 * and empty. *out_pushed is the ticket of the newest job that had arrived by then. */
bool queue_wait(struct queue *queue, uint64_t patience_ns, uint64_t *out_pushed);

/* The first job if its ticket is at most `ticket`; NULL otherwise. */
struct store_job *queue_pop(struct queue *queue, uint64_t ticket);

/* Takes back a job that was pushed: true when nobody had popped it. Its
 * ticket counts as popped, so those who wait for theirs get at most less than they may. */
bool queue_withdraw(struct store_job *job);

unsigned queue_count(struct queue *queue);

#endif
