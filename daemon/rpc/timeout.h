/* Points in time on the loop: any number of them behind one uv timer.
 *
 * Used for the deadlines of calls and for the time limits of connections. Setting one later
 * than all others, the usual case, costs no more than an append. Loop thread only.
 */
#ifndef RPC_TIMEOUT_H
#define RPC_TIMEOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Embedded by its owner. */
struct timeout {
    void (*on_due)(struct timeout *timeout); /* set by the owner; no longer queued then, may
                                                  be set again */
    uint64_t due_ms;                         /* in uv_now time; valid while queued */
    size_t position;                         /* the module's own: place in the heap, from 1 */
};

struct timeout_queue {
    uv_timer_t timer;
    struct timeout **heap; /* earliest first, children of i at 2i+1 and 2i+2 */
    size_t count;
    size_t capacity;
    uint64_t armed_ms; /* when the timer fires; 0 when it does not run */
};

/* Prepares an empty queue; it does not keep the loop alive. */
void timeout_queue_init(struct timeout_queue *queue, uv_loop_t *loop);

/* From now on whatever is set keeps the loop alive. */
void timeout_queue_ref(struct timeout_queue *queue);

/* Stops and closes the timer; release only after the loop has run its close callbacks. */
void timeout_queue_close(struct timeout_queue *queue);
void timeout_queue_release(struct timeout_queue *queue);

/* Present time of the loop. */
uint64_t timeout_now_ms(const struct timeout_queue *queue);

/* Calls on_due in `timeout_ms`; moves the deadline when it was set already. */
void timeout_set(struct timeout_queue *queue, struct timeout *timeout, uint64_t timeout_ms);

/* No longer due; harmless when it was not set. */
void timeout_clear(struct timeout_queue *queue, struct timeout *timeout);

bool timeout_is_set(const struct timeout *timeout);

#endif
