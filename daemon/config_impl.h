/* What the two readers of settings share: config.c (command line) and config_file.c. */
#ifndef DAEMON_CONFIG_IMPL_H
#define DAEMON_CONFIG_IMPL_H

#include "config.h"
#include "settings.h"

#include <stdio.h>

#define REASON_CONFIG_INVALID "CONFIG_INVALID"

enum { CONFIG_SETTINGS_MAX = 128 };

/* Where a value comes from, for messages and for precedence. */
struct config_source {
    struct config *config;
    struct arena *arena;
    const char *file; /* NULL: the command line */
    int line;
    FILE *stream;
    char section[64];                    /* as last begun in the file */
    bool from_flag[CONFIG_SETTINGS_MAX]; /* set on the command line: the files do not count */
    struct status status;
};

/* Stores one value; `name` is how the user wrote the setting. */
struct status config_set(struct config_source *source, const struct setting *setting,
                         const char *name, const char *value) MUST_CHECK;

/* Reads `path` and the drop-ins beside it. */
struct status config_read_files(struct config_source *source, const char *path) MUST_CHECK;

#endif
