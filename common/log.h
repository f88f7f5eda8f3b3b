/* The log of a program: one line per event on stderr, for the journal or for a person.
 *
 * Only the layer that decides logs; library code returns what went wrong instead. What an
 * administrator may want to look for is an event: it has a name, fields and an entry in the
 * journal's catalogue, all from one table (log_events.c).
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Syslog's numbers, so that the journal reads them from the "<N>" in front of a line. */
enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6,
    LOG_LEVEL_DEBUG = 7,
};

/* Lines above `level` are dropped. Priority prefixes are written when stderr is not a terminal.
 * May be called again to change the level. Without it: INFO, no prefixes. */
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

/* --- events --- */

enum log_event {
    LOG_EVENT_SERVING,
    LOG_EVENT_STOPPING,
    LOG_EVENT_STOPPED,
    LOG_EVENT_START_FAILED,
    LOG_EVENT_STORE_FAILED,
    LOG_EVENT_RELOADED,
    LOG_EVENT_RELOAD_FAILED,
    LOG_EVENT_WATCHDOG,
    LOG_EVENT_CALL_FAILED,
    LOG_EVENT_CALL,
    LOG_EVENT_DENIED,
    LOG_EVENT_READ_ONLY,
    LOG_EVENT_CHECKPOINT,
    LOG_EVENTS
};

struct log_event_row {
    const char *name;
    const char *message_id; /* 32 hex digits, as the journal's MESSAGE_ID= */
    enum log_level level;
    const char *subject; /* of its entry in the catalogue */
    const char *text;    /* whole lines */
};

extern const struct log_event_row log_event_table[LOG_EVENTS];

/* Beside the text; NULL or 0: not known. Never a value out of the register. */
struct log_fields {
    const char *principal;
    const char *rpc; /* the method's path */
    const char *grpc_status;
    const char *request_id;
    const char *trace_id;
    uint64_t change_seq;
};

/* One event. `fields` may be NULL. Any thread. */
void log_event(enum log_event event, const struct log_fields *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Where lines go instead of stderr, already without control characters; `event` is NULL for a
 * plain line, `fields` is never. Any thread. True: it has been written; false: stderr, then. */
typedef bool (*log_sink_fn)(enum log_level level, const struct log_event_row *event,
                            const struct log_fields *fields, const char *text);

/* NULL: stderr. Before other threads start. */
void log_set_sink(log_sink_fn sink);

#endif
