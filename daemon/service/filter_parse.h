/* The text of a filter as a small program: a subset of AIP-160.
 *
 *   filter  = [ factor { ["AND"] factor } ]
 *   factor  = term { "OR" term }            OR binds more tightly than AND, as AIP-160 has it
 *   term    = [ "NOT" | "-" ] ( "(" filter ")" | path operator value )
 *   operator: = != < <= > >= :
 *   value   = a bare word, or "quoted" or 'quoted' with \ before a quote, a \ or a *
 *
 * A "*" at either end of a value that is not behind a \ stands for any text. There is no
 * recursion: terms and connectives come out in the order in which a stack takes them
 * (postfix), and the limits bound that stack.
 */
#ifndef SERVICE_FILTER_PARSE_H
#define SERVICE_FILTER_PARSE_H

#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    FILTER_MAX_BYTES = 2000,
    FILTER_MAX_TERMS = 50,
    FILTER_MAX_NESTING = 10,             /* of parentheses */
    FILTER_MAX_STEPS = FILTER_MAX_BYTES, /* a NOT or a term has a byte of its own */
};

enum filter_operator {
    FILTER_EQUAL,
    FILTER_NOT_EQUAL,
    FILTER_LESS,
    FILTER_AT_MOST,
    FILTER_MORE,
    FILTER_AT_LEAST,
    FILTER_HAS,
};

/* `path operator value`. Columns count characters from 1, for messages. */
struct filter_term {
    const char *path;
    size_t path_column;
    enum filter_operator op;
    const char *value; /* without quotes, escapes and the stars at its ends */
    size_t value_column;
    bool open_start; /* a "*" stood in front */
    bool open_end;   /* a "*" stood behind; of "*" alone both are said */
};

enum filter_step {
    FILTER_STEP_TERM, /* push what the next term says */
    FILTER_STEP_AND,  /* pop two, push one */
    FILTER_STEP_OR,
    FILTER_STEP_NOT, /* turn the topmost around */
};

struct filter_program {
    struct filter_term terms[FILTER_MAX_TERMS];
    size_t term_count; /* 0 in an empty filter, which lets everything through */
    enum filter_step steps[FILTER_MAX_STEPS];
    size_t step_count;
};

/* Reads `text` into an uninitialised program; strings in the arena. INVALID_ARGUMENT blamed on
 * the field "filter" that says at which column what is wrong. */
struct status filter_parse(struct arena *arena, const char *text,
                           struct filter_program *out_program) MUST_CHECK;

#endif
