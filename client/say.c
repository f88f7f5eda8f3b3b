#include "client/say.h"

#include "common/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

void say_make_harmless(char *text, bool keeps_lines)
{
    for (unsigned char *at = (unsigned char *)text; *at != '\0'; at++) {
        if ((*at < 0x20 && !(keeps_lines && *at == '\n')) || *at == 0x7f) *at = ' ';
        if (at[0] == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f) at[0] = at[1] = ' ';
    }
}

static void write_line(const char *prefix, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

static void write_line(const char *prefix, const char *format, va_list args)
{
    struct arena arena;
    char *text;

    arena_init(&arena, SIZE_MAX);
    text = arena_vprintf(&arena, format, args);
    say_make_harmless(text, true);
    fprintf(stderr, "%s%s\n", prefix, text);
    arena_release(&arena);
}

void say_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line("provost: ", format, args);
    va_end(args);
}

void say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    write_line("", format, args);
    va_end(args);
}
