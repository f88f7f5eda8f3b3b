#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

static enum log_level max_level = LOG_LEVEL_INFO;
static bool with_prefix;

void log_init(enum log_level level)
{
    max_level = level;
    with_prefix = !isatty(STDERR_FILENO);
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

void log_write(enum log_level level, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    va_list args;

    if (level > max_level) return;
    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    flatten(line);
    /* One call, so that lines of different threads do not mix (stderr's lock is held). */
    if (with_prefix)
        fprintf(stderr, "<%d>%s\n", (int)level, line);
    else
        fprintf(stderr, "%s\n", line);
}
