#include "watch_pace.h"

#include "rpc/watch.h"

#include <stddef.h>

void watch_pace_open(struct watch_pace *pace, uv_loop_t *loop, struct watch_hub *hub)
{
    *pace = (struct watch_pace){.hub = hub};
    uv_timer_init(loop, &pace->timer);
    pace->timer.data = pace;
}

void watch_pace_close(struct watch_pace *pace)
{
    uv_close((uv_handle_t *)&pace->timer, NULL);
}

static void on_timer(uv_timer_t *timer);

/* Tells now, and keeps what comes next until the timer is due. */
static void tell(struct watch_pace *pace)
{
    pace->told = pace->seq;
    watch_hub_wake(pace->hub, pace->seq);
    (void)uv_timer_start(&pace->timer, on_timer, WATCH_PACE_MS, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct watch_pace *pace = timer->data;

    if (pace->seq > pace->told) tell(pace);
}

void watch_pace_commit(struct watch_pace *pace, uint64_t seq)
{
    pace->seq = seq;
    if (!uv_is_active((const uv_handle_t *)&pace->timer)) tell(pace);
}
