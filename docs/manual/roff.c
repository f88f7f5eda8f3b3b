#include "manual.h"

#include <stdbool.h>
#include <string.h>

enum { LINE_WIDTH = 78 };

/* One character; at the beginning of a line a dot or a quote would be a request. */
static int write_char(char c, int column, FILE *out)
{
    if (column == 0 && (c == '.' || c == '\'')) fputs("\\&", out);
    if (c == '\\')
        fputs("\\e", out);
    else if (c == '-')
        fputs("\\-", out);
    else
        putc(c, out);
    return c == '\n' ? 0 : column + (c == '-' || c == '\\' ? 2 : 1);
}

/* Bytes of the word at `text` as they will stand in a line. */
static int word_width(const char *text)
{
    int width = 0;

    for (; *text != '\0' && *text != ' ' && *text != '\n'; text++)
        width += *text == '-' || *text == '\\' ? 2 : 1;
    return width;
}

void roff_text(const char *text, FILE *out)
{
    int column = 0;

    for (; *text != '\0'; text++) {
        bool full = *text == ' ' && column + 1 + word_width(text + 1) > LINE_WIDTH;

        column = write_char(full ? '\n' : *text, column, out);
    }
}

void roff_lines(const char *lines, FILE *out)
{
    size_t size = strlen(lines);
    const char *last = lines + size - 1;

    fputs(".nf\n", out);
    for (int column = 0; *lines != '\0'; lines++)
        column = write_char(*lines, column, out);
    if (size > 0 && *last != '\n') putc('\n', out);
    fputs(".fi\n", out);
}
