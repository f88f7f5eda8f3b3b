/* What the daemon was told: from the command line, a file with its drop-ins, or the default. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "common/arena.h"
#include "common/log.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_LIST_MAX = 16 };

struct config_list {
    const char *values[CONFIG_LIST_MAX];
    unsigned count;
};

/* Values; texts are static or in the arena given to config_read. What each means stands in
 * settings.c. */
struct config {
    const char *state_dir;
    struct config_list listen;
    bool insecure_tcp;
    const char *council;
    enum log_level log_level;
    unsigned calls_every; /* 0: none */
    const char *log_key;  /* "": log.key in the state directory */
    bool new_log_key;
    const char *backup_dir; /* "": backups in the state directory */
    unsigned readers;
    unsigned write_queue_max;
    unsigned read_queue_max;
    unsigned connections_max;        /* 0: as many as the descriptor limit allows */
    unsigned idle_seconds;           /* 0: never */
    unsigned connection_age_seconds; /* 0: never */
    unsigned connection_grace_seconds;
    unsigned keepalive_seconds; /* 0: never */
    unsigned keepalive_min_seconds;
    unsigned drain_seconds;
    unsigned calls_per_second; /* [limits]; 0: any number, as in the next six */
    unsigned local_calls_per_second;
    unsigned refusals_per_second;
    unsigned calls_max;
    unsigned watches_max;
    unsigned buffered_megabytes;
    unsigned connections_per_address;
    unsigned call_seconds; /* cap for unary calls */
    bool reflection;
    bool local_admin;
    const char *unix_group; /* "": none */
    const char *jwt_keys;   /* "": none */
    const char *jwt_issuer, *jwt_audience, *jwt_subject;
    const char *tls_cert, *tls_key, *tls_client_ca, *tls_client_crl; /* "": none */
    bool tls_client_required;
    const char *metrics_listen; /* "": none */
    const char *restore_from;   /* of CONFIG_RESTORE, as are the next two; a backup's folder */
    const char *restore_reason;
    bool restore_force;
};

/* What the command line asks for. */
enum config_action {
    CONFIG_RUN,
    CONFIG_RESTORE, /* --restore: make a register of a backup and stop */
    CONFIG_CHECK,   /* --check-config: the settings are right, say so and stop */
    CONFIG_VERSION,
    CONFIG_HELP,
};

/* Reads the command line, the file it names, and FILE.d/<name>.conf in bytewise order; flag over
 * drop-in over file over default, of several drop-ins the last. INVALID_ARGUMENT with what is
 * wrong, where (file and line) and what to do. */
struct status config_read(struct config *config, int argc, char **argv, struct arena *arena,
                          enum config_action *out_action) MUST_CHECK;

struct setting;

/* Called by config_update for a setting that differs; `taken`: the new value counts from now on. */
typedef void (*config_changed_fn)(void *data, const struct setting *setting, bool taken);

/* Takes from `fresh` into `config` what may change in a running daemon, and tells of each
 * difference. Texts taken are copied into `arena`. */
void config_update(struct config *config, const struct config *fresh, struct arena *arena,
                   config_changed_fn on_changed, void *data);

/* Prints every flag and every setting with its default. */
void config_print_help(void);

#endif
