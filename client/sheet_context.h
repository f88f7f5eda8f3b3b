/* Lines of prose as headings: what they say about the tables under them. */
#ifndef CLIENT_SHEET_CONTEXT_H
#define CLIENT_SHEET_CONTEXT_H

#include "client/sheet_table.h"

/* What a line of prose is. */
enum sheet_prose {
    SHEET_PROSE_PAGE,    /* a page number and the like: as if it were not there */
    SHEET_PROSE_HEADING, /* may name what is under it */
    SHEET_PROSE_CLASS,   /* names a class or tier of measures */
    SHEET_PROSE_GENERIC, /* "Actions", "Performance indicators" */
    SHEET_PROSE_TEXT,
};

enum sheet_prose sheet_prose_read(const char *text, struct arena *arena);

/* Short names of the enums; NULL when the folded words name none. Static. */
const char *sheet_class_name(const char *folded);
const char *sheet_tier_name(const char *folded);

/* The context after one more line of prose. `before` is not changed. */
const struct sheet_context *sheet_context_add(const struct sheet_context *before,
                                              const char *text, size_t line,
                                              struct arena *arena);

/* The same, its heading in a row of cells when it stands in that line. */
const struct sheet_context *sheet_context_of_row(const struct sheet_context *context,
                                                 size_t line, struct arena *arena);

/* A heading without its label: "Priority 1: Housing" stays, "Table 3: Housing" is "Housing". */
const char *sheet_heading_words(const char *text, struct arena *arena);

#endif
