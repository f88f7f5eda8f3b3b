/* The parts of the daemon and who holds them: for the files straight in daemon/ only. */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include "checkpoint_line.h"
#include "common/arena.h"
#include "config.h"
#include "notify.h"
#include "second.h"
#include "watch_pace.h"

#include <stdbool.h>
#include <uv.h>

enum { DAEMON_SIGNALS = 3 };

struct daemon {
    int argc; /* the command line, read again by a reload */
    char **argv;
    struct config config;
    struct arena arena; /* texts as old as the process */
    uv_loop_t loop;
    uv_signal_t signals[DAEMON_SIGNALS];
    struct second second;
    struct notify notify;
    struct checkpoint_line checkpoint_line;
    struct store *store;
    struct health *health;
    struct reflection *reflection; /* NULL: not offered */
    struct watch_hub *watch_hub;
    struct watch_pace watch_pace;
    struct auth *auth;
    struct dispatch *dispatch;
    struct server *server;
    struct metrics_http *metrics; /* NULL: not offered */
    bool stopping;
};

/* listeners.c: every address of the settings and every socket that systemd has passed. A passed
 * socket named "metrics" (FileDescriptorName=) is for the figures, the others for gRPC. */
struct status daemon_listen(struct daemon *daemon) MUST_CHECK;

/* The addresses of the settings are checked with them, so that --check-config finds what start
 * would. */
struct status daemon_check_addresses(const struct config *config,
                                     struct arena *arena) MUST_CHECK;

/* reload.c: reads the files of settings again and takes in what may change while the daemon
 * runs; says in the log what it took, and what must wait for the next start. A mistake in the
 * files leaves everything as it was. */
void daemon_reload(struct daemon *daemon);

/* limits.c: what the settings allow clients. */
struct server_limits daemon_server_limits(const struct config *config);
struct quota_limits daemon_quota_limits(const struct config *config);

/* restore.c: what --restore asks for; the exit status. */
int daemon_restore(const struct config *config, struct arena *arena);

#endif
