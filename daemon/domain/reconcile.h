/* Whether figures that belong together agree (MODEL.md section 10). A check never changes a
 * figure: it says what was compared and how far apart the two are. Pure functions, exact.
 */
#ifndef DOMAIN_RECONCILE_H
#define DOMAIN_RECONCILE_H

#include "common/decimal.h"

#include <stdbool.h>
#include <stddef.h>

enum reconcile_check {
    RECONCILE_SUM,     /* left: the parts' sum, right: the total */
    RECONCILE_PARTS,   /* left: the numerator, right: the denominator */
    RECONCILE_PERCENT, /* left: the percentage, right: the bound it passes (0 or 100) */
    RECONCILE_COUNT,   /* left: how many are listed, right: how many are said to be */
};

enum reconcile_outcome {
    RECONCILE_AGREES,
    RECONCILE_WITHIN, /* apart, but within the declared tolerance or flagged as meant */
    RECONCILE_DIFFERS,
    RECONCILE_UNKNOWN, /* a part is missing, or the figures are too long */
};

struct reconcile_result {
    enum reconcile_check check;
    enum reconcile_outcome outcome;
    size_t count;   /* SUM: parts that have a figure; COUNT: listed */
    size_t missing; /* SUM: parts without one */
    struct decimal left;
    struct decimal right;
    struct decimal difference; /* left - right */
};

/* A part of a total, or the total itself. */
struct reconcile_figure {
    bool has_value;
    struct decimal value;
};

/* Whether the parts sum to the total, `tolerance` (0 or more) apart at most. UNKNOWN when the
 * total or a part is missing; the sum of the rest is told all the same. */
struct reconcile_result reconcile_sum(const struct reconcile_figure *parts, size_t count,
                                      struct reconcile_figure total, struct decimal tolerance);

/* Whether numerator <= denominator. */
struct reconcile_result reconcile_parts(struct decimal numerator, struct decimal denominator);

/* Whether a percentage lies in 0..100; outside it is WITHIN when `may_pass` (the indicator is
 * flagged so: a growth, a rate over the plan). */
struct reconcile_result reconcile_percent(struct decimal percent, bool may_pass);

/* Whether as many are listed as the text says ("our 31 actions"). */
struct reconcile_result reconcile_count(size_t listed, size_t stated);

/* "SUM"; "DIFFERS". Static. */
const char *reconcile_check_name(enum reconcile_check check);
const char *reconcile_outcome_name(enum reconcile_outcome outcome);

#endif
