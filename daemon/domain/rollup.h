/* Rolling figures up over children (quarters of a year, wards of a city), year to date, and
 * what a target asks for part of the way (MODEL.md section 8). Pure functions.
 *
 * Figures divided are rounded once, half up, to ROLLUP_DECIMALS; everything else is exact.
 * Readings where section 8 leaves room:
 *   - a share (percent, rate) is never averaged: SUM and MEAN of a share are done as RATIO, and
 *     the result says so; MIN and MAX compare its children's values;
 *   - a share whose children lack their parts is UNKNOWN(NO_PARTS) under every method but LAST;
 *   - LAST under STRICT needs only the last child; under PARTIAL it takes the latest there is;
 *   - nothing to roll up is UNKNOWN(INCOMPLETE 0/n), also under PARTIAL.
 */
#ifndef DOMAIN_ROLLUP_H
#define DOMAIN_ROLLUP_H

#include "common/decimal.h"
#include "domain/period.h"

#include <stdbool.h>
#include <stddef.h>

#define ROLLUP_DECIMALS 12

enum rollup_method {
    ROLLUP_NONE = 0, /* not to be rolled up */
    ROLLUP_SUM,
    ROLLUP_MEAN,
    ROLLUP_LAST,
    ROLLUP_MIN,
    ROLLUP_MAX,
    ROLLUP_RATIO, /* sum of numerators over sum of denominators */
};

enum rollup_completeness {
    ROLLUP_STRICT = 0, /* every child or UNKNOWN */
    ROLLUP_PARTIAL,    /* what there is, labelled k/n */
};

/* Why there is no figure. */
enum rollup_reason {
    ROLLUP_REASON_NONE = 0,
    ROLLUP_REASON_INCOMPLETE, /* k/n of the result */
    ROLLUP_REASON_NO_PARTS,
    ROLLUP_REASON_NO_METHOD,
    ROLLUP_REASON_DIV0,
    ROLLUP_REASON_OVERFLOW,
};

/* One child's figure, in the order of time. */
struct rollup_child {
    bool has_value; /* the observation's state is VALUE */
    bool has_parts;
    struct period period; /* for rollup_to_date alone */
    struct decimal value;
    struct decimal numerator;
    struct decimal denominator;
};

struct rollup_rule {
    enum rollup_method method;
    enum rollup_completeness completeness;
    bool is_share; /* the unit is a percentage or a rate: figures with numerator over
                    * denominator */
    int64_t per;   /* what a RATIO is multiplied by: 100 for percent, n for "rate per n", 1 */
};

struct rollup_result {
    bool has_value;
    bool partial;              /* some children are missing: label it "used/expected" */
    bool has_parts;            /* RATIO, or the parts of the child LAST, MIN or MAX took */
    enum rollup_method method; /* the one applied */
    enum rollup_reason reason;
    size_t used;     /* children that have what the method needs */
    size_t expected; /* all children */
    struct decimal value;
    struct decimal numerator;
    struct decimal denominator;
};

/* Rolls up all of `children`; one that is missing comes as a child without a value. */
struct rollup_result rollup_apply(const struct rollup_rule *rule,
                                  const struct rollup_child *children, size_t count);

/* Year to date: the children that lie in the financial year of `through` and end no later than
 * it does. `children` are in order of time, of one kind of period. */
struct rollup_result rollup_to_date(const struct rollup_rule *rule,
                                    const struct rollup_child *children, size_t count,
                                    const struct period *through);

/* What an annual target asks for by the end of part `part` of `parts` (month 6 of 12). */
struct rollup_profile {
    struct decimal annual;
    const struct decimal *listed; /* `parts` cumulative targets, or NULL: linear */
    int parts;
};

/* The listed figure, or annual x part / parts rounded half up to ROLLUP_DECIMALS without
 * trailing zeros. False when there is no such part or the figure is too long. */
bool rollup_target_at(const struct rollup_profile *profile, int part,
                      struct decimal *out_target);

/* "ratio"; "NO_PARTS", "" for NONE. Static. */
const char *rollup_method_name(enum rollup_method method);
const char *rollup_reason_name(enum rollup_reason reason);

#endif
