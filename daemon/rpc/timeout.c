#include "rpc/timeout.h"

#include "common/arena.h"

#include <assert.h>
#include <stdlib.h>

void timeout_queue_init(struct timeout_queue *queue, uv_loop_t *loop)
{
    *queue = (struct timeout_queue){0};
    uv_timer_init(loop, &queue->timer);
    uv_unref((uv_handle_t *)&queue->timer);
    queue->timer.data = queue;
}

void timeout_queue_ref(struct timeout_queue *queue)
{
    uv_ref((uv_handle_t *)&queue->timer);
}

void timeout_queue_close(struct timeout_queue *queue)
{
    uv_close((uv_handle_t *)&queue->timer, NULL);
}

void timeout_queue_release(struct timeout_queue *queue)
{
    free(queue->heap);
    queue->heap = NULL;
    queue->count = queue->capacity = 0;
}

uint64_t timeout_now_ms(const struct timeout_queue *queue)
{
    return uv_now(queue->timer.loop);
}

static void place(struct timeout_queue *queue, struct timeout *timeout, size_t index)
{
    queue->heap[index] = timeout;
    timeout->position = index + 1;
}

static void sift_up(struct timeout_queue *queue, struct timeout *timeout, size_t index)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (queue->heap[parent]->due_ms <= timeout->due_ms) break;
        place(queue, queue->heap[parent], index);
        index = parent;
    }
    place(queue, timeout, index);
}

static void sift_down(struct timeout_queue *queue, struct timeout *timeout, size_t index)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= queue->count) break;
        if (child + 1 < queue->count &&
            queue->heap[child + 1]->due_ms < queue->heap[child]->due_ms)
            child++;
        if (queue->heap[child]->due_ms >= timeout->due_ms) break;
        place(queue, queue->heap[child], index);
        index = child;
    }
    place(queue, timeout, index);
}

static void on_timer(uv_timer_t *timer);

/* A timer that fires too early only finds nothing to do; so it is moved only towards now. */
static void arm(struct timeout_queue *queue)
{
    uint64_t now_ms = timeout_now_ms(queue);

    if (queue->count == 0) return;

    uint64_t due_ms = queue->heap[0]->due_ms;

    if (queue->armed_ms != 0 && queue->armed_ms <= due_ms) return;
    queue->armed_ms = due_ms > now_ms ? due_ms : now_ms + 1;
    uv_timer_start(&queue->timer, on_timer, queue->armed_ms - now_ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct timeout_queue *queue = timer->data;
    uint64_t now_ms = timeout_now_ms(queue);

    queue->armed_ms = 0;
    while (queue->count > 0 && queue->heap[0]->due_ms <= now_ms) {
        struct timeout *due = queue->heap[0];

        timeout_clear(queue, due);
        due->on_due(due);
    }
    arm(queue);
}

void timeout_set(struct timeout_queue *queue, struct timeout *timeout, uint64_t timeout_ms)
{
    enum { CAPACITY_FIRST = 64 };
    uint64_t now_ms = timeout_now_ms(queue);

    timeout_clear(queue, timeout);
    timeout->due_ms = timeout_ms < UINT64_MAX - now_ms ? now_ms + timeout_ms : UINT64_MAX;
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity ? 2 * queue->capacity : CAPACITY_FIRST;
        queue->heap = xrealloc(queue->heap, queue->capacity * sizeof(void *));
    }
    sift_up(queue, timeout, queue->count++);
    arm(queue);
}

void timeout_clear(struct timeout_queue *queue, struct timeout *timeout)
{
    if (!timeout_is_set(timeout)) return;

    size_t index = timeout->position - 1;
    struct timeout *last = queue->heap[--queue->count];

    assert(queue->heap[index] == timeout);
    timeout->position = 0;
    if (last == timeout) return;
    sift_up(queue, last, index);
    if (last->position == index + 1) sift_down(queue, last, index);
}

bool timeout_is_set(const struct timeout *timeout)
{
    return timeout->position != 0;
}
