/* How text for people may look here: colours, symbols, width. Asked of the terminal and the
 * locale once, at the start. */
#ifndef CLIENT_STYLE_H
#define CLIENT_STYLE_H

#include <stdbool.h>

struct style {
    bool has_color;
    bool has_utf8; /* symbols beyond ASCII can be shown */
    int width;     /* columns to keep to: $COLUMNS, else the terminal's; 0: no limit */
};

/* What a text says about itself, beside its words: never the only bearer of a meaning. */
enum tone {
    TONE_PLAIN,
    TONE_GOOD,
    TONE_WARNING,
    TONE_BAD,
    TONE_FAINT,
    TONE_STRONG,
};

/* Reads locale and terminal; calls setlocale. `wants_color` false is --no-color. */
struct style style_detect(bool wants_color);

/* The name of the colour as libsmartcols knows it; NULL for TONE_PLAIN. */
const char *tone_color(enum tone tone);

/* The escape sequence that begins the tone, "" for TONE_PLAIN or where there is no colour. */
const char *tone_begin(const struct style *style, enum tone tone);

/* The one that ends it. */
const char *tone_end(const struct style *style, enum tone tone);

/* `utf8` where it can be shown, else `ascii`. */
const char *style_symbol(const struct style *style, const char *utf8, const char *ascii);

#endif
