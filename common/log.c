#include "common/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048, FIELDS_MAX_BYTES = 1024 };

static _Atomic int max_level = LOG_LEVEL_INFO;
static _Atomic bool with_prefix;
static log_sink_fn write_to_sink;

void log_init(enum log_level level)
{
    atomic_store(&max_level, (int)level);
    with_prefix = !isatty(STDERR_FILENO);
}

void log_set_sink(log_sink_fn sink)
{
    write_to_sink = sink;
}

static const struct {
    const char *name;
    enum log_level level;
} level_table[] = {
    {"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING}, {"notice", LOG_LEVEL_NOTICE},
    {"info", LOG_LEVEL_INFO},   {"debug", LOG_LEVEL_DEBUG},
};

bool log_level_parse(const char *name, enum log_level *out_level)
{
    for (size_t i = 0; i < sizeof level_table / sizeof level_table[0]; i++) {
        if (strcmp(level_table[i].name, name) != 0) continue;
        *out_level = level_table[i].level;
        return true;
    }
    return false;
}

/* A peer's text must not begin a line of its own. */
static void flatten(char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f) *text = ' ';
}

static void add_field(char *out, size_t out_size, const char *name, const char *value)
{
    size_t used = strlen(out);

    if (value == NULL || *value == '\0') return;
    snprintf(out + used, out_size - used, " %s=%s", name, value);
}

/* The fields behind the text of a line, for whoever reads stderr. */
static void write_fields(const struct log_event_row *event, const struct log_fields *fields,
                         char out[FIELDS_MAX_BYTES])
{
    char seq[24] = "";

    *out = '\0';
    if (event == NULL) return;
    if (fields->change_seq != 0)
        snprintf(seq, sizeof seq, "%llu", (unsigned long long)fields->change_seq);
    add_field(out, FIELDS_MAX_BYTES, "event", event->name);
    add_field(out, FIELDS_MAX_BYTES, "principal", fields->principal);
    add_field(out, FIELDS_MAX_BYTES, "rpc", fields->rpc);
    add_field(out, FIELDS_MAX_BYTES, "status", fields->grpc_status);
    add_field(out, FIELDS_MAX_BYTES, "request_id", fields->request_id);
    add_field(out, FIELDS_MAX_BYTES, "trace_id", fields->trace_id);
    add_field(out, FIELDS_MAX_BYTES, "seq", seq);
    flatten(out);
}

static void write_line(enum log_level level, const struct log_event_row *event,
                       const struct log_fields *fields, char *line)
{
    char behind[FIELDS_MAX_BYTES];

    flatten(line);
    if (write_to_sink != NULL && write_to_sink(level, event, fields, line)) return;
    write_fields(event, fields, behind);
    /* One call, so that lines of different threads do not mix (stderr's lock is held). */
    if (with_prefix)
        fprintf(stderr, "<%d>%s%s\n", (int)level, line, behind);
    else
        fprintf(stderr, "%s%s\n", line, behind);
}

void log_write(enum log_level level, const char *format, ...)
{
    static const struct log_fields none;
    char line[LINE_MAX_BYTES];
    va_list args;

    if ((int)level > atomic_load(&max_level)) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    write_line(level, NULL, &none, line);
}

void log_event(enum log_event event, const struct log_fields *fields, const char *format, ...)
{
    static const struct log_fields none;
    const struct log_event_row *row = &log_event_table[event];
    char line[LINE_MAX_BYTES];
    va_list args;

    if ((int)row->level > atomic_load(&max_level)) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    write_line(row->level, row, fields != NULL ? fields : &none, line);
}
