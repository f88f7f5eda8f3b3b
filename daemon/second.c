#include "second.h"

#include "common/log.h"
#include "daemon.h"
#include "rpc/auth.h"
#include "store/store.h"

enum { SECOND_MS = 1000 };

static void tell_read_only(struct daemon *daemon)
{
    struct store_stats stats;

    store_get_stats(daemon->store, &stats);
    if (stats.read_only == daemon->second.read_only) return;
    daemon->second.read_only = stats.read_only;
    if (stats.read_only)
        log_event(LOG_EVENT_READ_ONLY, &(struct log_fields){.change_seq = stats.seq},
                  "writes are refused: %s",
                  stats.told_read_only ? "an administrator has made the register read-only"
                                       : "the disk of the register is full");
    else
        log_notice("writes are taken again");
}

static void on_timer(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;

    auth_on_second(daemon->auth);
    tell_read_only(daemon);
}

void second_open(struct daemon *daemon)
{
    uv_timer_init(&daemon->loop, &daemon->second.timer);
    daemon->second.timer.data = daemon;
    uv_timer_start(&daemon->second.timer, on_timer, SECOND_MS, SECOND_MS);
}

void second_close(struct daemon *daemon)
{
    uv_close((uv_handle_t *)&daemon->second.timer, NULL);
}
