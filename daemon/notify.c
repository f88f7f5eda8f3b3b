#include "notify.h"

#include "common/log.h"
#include "net/server.h"
#include "store/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>

enum { STATUS_MS = 10000, BEATS_PER_INTERVAL = 3 };

void notify_status(const char *format, ...)
{
    char text[NOTIFY_STATUS_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sd_notifyf(0, "STATUS=%s", text);
}

/* Only what is new: a manager that is slow to read would make sd_notify wait. */
static void tell_status(struct notify *notify)
{
    char text[NOTIFY_STATUS_BYTES];
    struct store_stats store;
    struct server_stats server = server_get_stats(notify->server);

    store_get_stats(notify->store, &store);
    snprintf(text, sizeof text, "serving change %llu to %zu connections%s",
             (unsigned long long)store.seq, server.connections,
             store.read_only ? "; writes are refused" : "");
    if (strcmp(text, notify->told) == 0) return;
    memcpy(notify->told, text, sizeof text);
    notify_status("%s", text);
}

static void beat(struct notify *notify)
{
    bool alive = store_writer_answers(notify->store);

    if (alive && notify->watchdog) sd_notify(0, "WATCHDOG=1");
    if (!alive && !notify->silent)
        log_event(LOG_EVENT_WATCHDOG, NULL,
                  "the writer thread has not answered since it was last asked");
    notify->silent = !alive;
}

static void on_timer(uv_timer_t *timer)
{
    struct notify *notify = timer->data;

    beat(notify);
    tell_status(notify);
}

void notify_ready(struct notify *notify, uv_loop_t *loop, struct store *store,
                  const struct server *server)
{
    uint64_t watchdog_us = 0;
    uint64_t period_ms = STATUS_MS;

    notify->store = store;
    notify->server = server;
    notify->watchdog = sd_watchdog_enabled(0, &watchdog_us) > 0;
    if (notify->watchdog) period_ms = watchdog_us / 1000 / BEATS_PER_INTERVAL;
    if (period_ms == 0) period_ms = 1;
    uv_timer_init(loop, &notify->timer);
    notify->timer.data = notify;
    notify->open = true;
    uv_timer_start(&notify->timer, on_timer, period_ms, period_ms);
    uv_unref((uv_handle_t *)&notify->timer); /* it does not keep a drained daemon alive */
    sd_notify(0, "READY=1");
    tell_status(notify);
}

void notify_reloading(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu\nSTATUS=reading the settings again",
               (unsigned long long)now.tv_sec * 1000000 +
                   (unsigned long long)now.tv_nsec / 1000);
}

void notify_reloaded(void)
{
    sd_notify(0, "READY=1");
}

void notify_stopping(void)
{
    sd_notify(0, "STOPPING=1\nSTATUS=finishing open calls");
}

void notify_close(struct notify *notify)
{
    if (!notify->open) return;
    notify->open = false;
    uv_close((uv_handle_t *)&notify->timer, NULL);
}
