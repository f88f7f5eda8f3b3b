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
    unsigned readers;
    unsigned write_queue_max;
    unsigned read_queue_max;
    unsigned connections_max; /* 0: as many as the descriptor limit allows */
    unsigned idle_seconds;    /* 0: never */
    unsigned drain_seconds;
    unsigned call_seconds; /* cap for unary calls */
    bool reflection;
};

/* What the command line asks for. */
enum config_action {
    CONFIG_RUN,
    CONFIG_CHECK, /* --check-config: the settings are right, say so and stop */
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
