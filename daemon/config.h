/* Settings of the daemon: one row each, from the command line, a file, or the default. */
#ifndef DAEMON_CONFIG_H
#define DAEMON_CONFIG_H

#include "common/arena.h"
#include "common/log.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

enum { CONFIG_LISTEN_MAX = 16 };

/* Values; texts are static or in the arena given to config_read. */
struct config {
    const char *state_dir;
    const char *listen[CONFIG_LISTEN_MAX];
    unsigned listen_count;
    bool insecure_tcp;
    const char *log_level;
    const char *log_key; /* "": log.key in the state directory */
    bool new_log_key;
    const char *backup_dir; /* "": backups in the state directory */
    unsigned readers;
    unsigned write_queue_max;
    unsigned read_queue_max;
    unsigned connections_max; /* 0: as many as the descriptor limit allows */
    unsigned idle_seconds;    /* 0: never */
    unsigned drain_seconds;
    unsigned call_seconds; /* cap for unary calls */
    bool reflection;
    const char *restore_from; /* of CONFIG_RESTORE, as are the next two; a backup's folder */
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

/* Reads the command line and the file it names; flag over file over default. INVALID_ARGUMENT
 * with what is wrong, where (file and line) and what to do. */
struct status config_read(struct config *config, int argc, char **argv, struct arena *arena,
                          enum config_action *out_action) MUST_CHECK;

/* Prints every flag and every setting with its default. */
void config_print_help(void);

#endif
