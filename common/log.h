/* The log of a program: one line per event on stderr, for the journal or for a person.
 *
 * Only the layer that decides logs; library code returns what went wrong instead.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>

/* Syslog's numbers, so that the journal reads them from the "<N>" in front of a line. */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7,
};

/* Lines above `level` are dropped. Priority prefixes are written when stderr is not a terminal.
 * Call once, before other threads start; without it: INFO, no prefixes. */
void log_init(enum log_level level);

/* The level called `name` ("error", "warning", "notice", "info", "debug"); false if none is. */
bool log_level_parse(const char *name, enum log_level *out_level);

/* One line; control characters in it become spaces. Any thread. */
void log_write(enum log_level level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...) log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...) log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
