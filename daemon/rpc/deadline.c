#include "rpc/deadline.h"

#include "common/arena.h"

#include <assert.h>
#include <stdlib.h>

void deadline_queue_init(struct deadline_queue *queue, uv_loop_t *loop)
{
    *queue = (struct deadline_queue){0};
    uv_timer_init(loop, &queue->timer);
    uv_unref((uv_handle_t *)&queue->timer);
    queue->timer.data = queue;
}

void deadline_queue_close(struct deadline_queue *queue)
{
    uv_close((uv_handle_t *)&queue->timer, NULL);
}

void deadline_queue_release(struct deadline_queue *queue)
{
    free(queue->heap);
    queue->heap = NULL;
    queue->count = queue->capacity = 0;
}

uint64_t deadline_now_ms(const struct deadline_queue *queue)
{
    return uv_now(queue->timer.loop);
}

static void place(struct deadline_queue *queue, struct deadline *deadline, size_t index)
{
    queue->heap[index] = deadline;
    deadline->position = index + 1;
}

static void sift_up(struct deadline_queue *queue, struct deadline *deadline, size_t index)
{
    while (index > 0) {
        size_t parent = (index - 1) / 2;

        if (queue->heap[parent]->due_ms <= deadline->due_ms) break;
        place(queue, queue->heap[parent], index);
        index = parent;
    }
    place(queue, deadline, index);
}

static void sift_down(struct deadline_queue *queue, struct deadline *deadline, size_t index)
{
    for (;;) {
        size_t child = 2 * index + 1;

        if (child >= queue->count) break;
        if (child + 1 < queue->count &&
            queue->heap[child + 1]->due_ms < queue->heap[child]->due_ms)
            child++;
        if (queue->heap[child]->due_ms >= deadline->due_ms) break;
        place(queue, queue->heap[child], index);
        index = child;
    }
    place(queue, deadline, index);
}

static void on_timer(uv_timer_t *timer);

/* A timer that fires too early only finds nothing to do; so it is moved only towards now. */
static void arm(struct deadline_queue *queue)
{
    uint64_t now_ms = deadline_now_ms(queue);

    if (queue->count == 0) return;

    uint64_t due_ms = queue->heap[0]->due_ms;

    if (queue->armed_ms != 0 && queue->armed_ms <= due_ms) return;
    queue->armed_ms = due_ms > now_ms ? due_ms : now_ms + 1;
    uv_timer_start(&queue->timer, on_timer, queue->armed_ms - now_ms, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct deadline_queue *queue = timer->data;
    uint64_t now_ms = deadline_now_ms(queue);

    queue->armed_ms = 0;
    while (queue->count > 0 && queue->heap[0]->due_ms <= now_ms) {
        struct deadline *due = queue->heap[0];

        deadline_clear(queue, due);
        due->on_due(due);
    }
    arm(queue);
}

void deadline_set(struct deadline_queue *queue, struct deadline *deadline, uint64_t timeout_ms)
{
    enum { CAPACITY_FIRST = 64 };
    uint64_t now_ms = deadline_now_ms(queue);

    deadline_clear(queue, deadline);
    deadline->due_ms = timeout_ms < UINT64_MAX - now_ms ? now_ms + timeout_ms : UINT64_MAX;
    if (queue->count == queue->capacity) {
        queue->capacity = queue->capacity ? 2 * queue->capacity : CAPACITY_FIRST;
        queue->heap = xrealloc(queue->heap, queue->capacity * sizeof *queue->heap);
    }
    sift_up(queue, deadline, queue->count++);
    arm(queue);
}

void deadline_clear(struct deadline_queue *queue, struct deadline *deadline)
{
    if (!deadline_is_set(deadline)) return;

    size_t index = deadline->position - 1;
    struct deadline *last = queue->heap[--queue->count];

    assert(queue->heap[index] == deadline);
    deadline->position = 0;
    if (last == deadline) return;
    sift_up(queue, last, index);
    if (last->position == index + 1) sift_down(queue, last, index);
}

bool deadline_is_set(const struct deadline *deadline)
{
    return deadline->position != 0;
}
