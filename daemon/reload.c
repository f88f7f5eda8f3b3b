#include "access.h"
#include "common/log.h"
#include "daemon.h"
#include "net/server.h"
#include "rpc/dispatch.h"
#include "settings.h"

struct changes {
    struct config config; /* as the files say it now */
    unsigned taken, waiting;
};

static void on_changed(void *data, const struct setting *setting, bool taken)
{
    struct changes *changes = data;

    if (taken) {
        changes->taken++;
        log_notice("[%s] %s: the new value counts from now on", setting->section,
                   setting->name);
    } else {
        changes->waiting++;
        log_warning("[%s] %s: the new value waits for the next start", setting->section,
                    setting->name);
    }
}

static void apply(struct daemon *daemon)
{
    const struct config *config = &daemon->config;
    struct server_limits limits = daemon_server_limits(config);
    struct quota_limits quota = daemon_quota_limits(config);

    log_init(config->log_level);
    server_set_limits(daemon->server, &limits);
    dispatch_log_calls(daemon->dispatch, config->calls_every);
    quota_set_limits(dispatch_get_quota(daemon->dispatch), &quota);
    dispatch_set_unary_deadline(daemon->dispatch, config->call_seconds * (uint64_t)1000);
}

void daemon_reload(struct daemon *daemon)
{
    struct changes changes = {.taken = 0};
    struct arena arena;
    enum config_action action;
    struct status status;

    access_reload(daemon);
    arena_init(&arena, 0);
    status = config_read(&changes.config, daemon->argc, daemon->argv, &arena, &action);
    if (status_is_ok(status)) status = daemon_check_addresses(&changes.config, &arena);
    if (status_is_ok(status)) {
        config_update(&daemon->config, &changes.config, &daemon->arena, on_changed, &changes);
        apply(daemon);
        log_event(LOG_EVENT_RELOADED, NULL,
                  "settings read again: %u taken, %u wait for the next start", changes.taken,
                  changes.waiting);
    } else {
        log_event(LOG_EVENT_RELOAD_FAILED, NULL, "settings not taken: %s", status.message);
    }
    arena_release(&arena);
}
