/* Points in time on the loop: any number of them behind one uv timer.
 *
 * Used for the deadlines of calls and for the time limits of connections. Setting one later than
 * all others, the usual case, costs no more than an append. Loop thread only.
 */
#ifndef RPC_DEADLINE_H
#define RPC_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Embedded by its owner. */
struct deadline {
    void (*on_due)(struct deadline *deadline); /* set by the owner; no longer queued then, may
                                                  be set again */
    uint64_t due_ms;                           /* in uv_now time; valid while queued */
    size_t position;                           /* the module's own: place in the heap, from 1 */
};

struct deadline_queue {
    uv_timer_t timer;
    struct deadline **heap; /* earliest first, children of i at 2i+1 and 2i+2 */
    size_t count;
    size_t capacity;
    uint64_t armed_ms; /* when the timer fires; 0 when it does not run */
};

/* Prepares an empty queue; it does not keep the loop alive. */
void deadline_queue_init(struct deadline_queue *queue, uv_loop_t *loop);

/* Stops and closes the timer; release only after the loop has run its close callbacks. */
void deadline_queue_close(struct deadline_queue *queue);
void deadline_queue_release(struct deadline_queue *queue);

/* Present time of the loop. */
uint64_t deadline_now_ms(const struct deadline_queue *queue);

/* Calls on_due in `timeout_ms`; moves the deadline when it was set already. */
void deadline_set(struct deadline_queue *queue, struct deadline *deadline, uint64_t timeout_ms);

/* No longer due; harmless when it was not set. */
void deadline_clear(struct deadline_queue *queue, struct deadline *deadline);

bool deadline_is_set(const struct deadline *deadline);

#endif
