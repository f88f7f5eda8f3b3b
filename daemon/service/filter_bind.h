/* One condition of a filter, understood: its path found, its value read as the field's type. */
#ifndef SERVICE_FILTER_BIND_H
#define SERVICE_FILTER_BIND_H

#include "common/decimal.h"
#include "service/attribute.h"
#include "service/filter_parse.h"

struct filter_condition {
    struct attribute attribute;
    enum filter_operator op; /* never NOT_EQUAL: that is `negated` EQUAL */
    bool negated;
    bool presence;   /* ": *" */
    bool open_start; /* TEXT with "*" at its ends */
    bool open_end;
    bool unsaid;   /* compared with "": DECIMAL and TIME have no number then */
    bool required; /* nothing matches unless this holds */
    const char *text;
    size_t text_size;
    int64_t number;
    struct decimal decimal;
};

/* Understands `term` for resources of `kind`; strings are the term's or in the arena.
 * `required` is left to the caller. INVALID_ARGUMENT blamed on "filter". */
struct status filter_bind(struct arena *arena, const struct kind *kind,
                          const struct filter_term *term,
                          struct filter_condition *out_condition) MUST_CHECK;

#endif
