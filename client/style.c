#include "client/style.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const struct tone_row {
    const char *color; /* of libsmartcols */
    const char *begin;
} tone_table[] = {
    [TONE_PLAIN] = {NULL, ""},
    [TONE_GOOD] = {"green", "\033[32m"},
    [TONE_WARNING] = {"yellow", "\033[33m"},
    [TONE_BAD] = {"red", "\033[31m"},
    [TONE_FAINT] = {"halfbright", "\033[2m"},
    [TONE_STRONG] = {"bold", "\033[1m"},
};

static bool is_set(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

/* $COLUMNS, else what the terminal says; 0 where there is none. */
static int find_width(void)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    long width = 0;

    if (columns != NULL)
        width = strtol(columns, NULL, 10);
    else if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    return width < 20 || width > 10000 ? 0 : (int)width;
}

struct style style_detect(bool wants_color)
{
    struct style style = {0};
    const char *terminal = getenv("TERM");

    setlocale(LC_ALL, "");
    style.has_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    /* What the register holds is UTF-8 whatever the locale says; only our own symbols give way.
     */
    if (!style.has_utf8) setlocale(LC_CTYPE, "C.UTF-8");
    setlocale(LC_NUMERIC, "C");
    style.has_color = wants_color && !is_set("NO_COLOR") && isatty(STDOUT_FILENO) == 1 &&
                      terminal != NULL && strcmp(terminal, "dumb") != 0;
    style.width = find_width();
    return style;
}

const char *tone_color(enum tone tone)
{
    return tone_table[tone].color;
}

const char *tone_begin(const struct style *style, enum tone tone)
{
    return style->has_color ? tone_table[tone].begin : "";
}

const char *tone_end(const struct style *style, enum tone tone)
{
    return style->has_color && tone != TONE_PLAIN ? "\033[0m" : "";
}

const char *style_symbol(const struct style *style, const char *utf8, const char *ascii)
{
    return style->has_utf8 ? utf8 : ascii;
}
