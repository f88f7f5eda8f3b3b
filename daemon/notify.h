/* What the service manager is told: readiness, reloads, the status line, and that the daemon is
 * alive. Without a manager ($NOTIFY_SOCKET) nothing happens. Loop thread. */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct server;
struct store;

enum { NOTIFY_STATUS_BYTES = 512 };

/* Set to zero to begin with. */
struct notify {
    uv_timer_t timer;
    bool open;
    bool watchdog;                  /* the manager wants signs of life */
    bool silent;                    /* the writer did not answer last time */
    char told[NOTIFY_STATUS_BYTES]; /* the status line that the manager has */
    struct store *store;
    const struct server *server;
};

/* READY=1, and from now on the status line and, when WatchdogSec= is set, a sign of life three
 * times in its interval: only while the writer thread answers, so that a daemon that can no
 * longer write is restarted. `store` and `server` live until notify_close. */
void notify_ready(struct notify *notify, uv_loop_t *loop, struct store *store,
                  const struct server *server);

/* Around a reload (Type=notify: RELOADING=1 with its moment, then READY=1). */
void notify_reloading(void);
void notify_reloaded(void);

void notify_stopping(void);

/* One line for `systemctl status`. */
void notify_status(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Closes the timer; the loop runs its close callback. */
void notify_close(struct notify *notify);

#endif
