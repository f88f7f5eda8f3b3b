/* Amounts of money as council tables write them (MODEL.md section 2): "(£1.159)" in a £m column
 * is -1.159 million. Exact: every amount is also given in pounds, nothing is rounded. Pure
 * functions on NUL-terminated UTF-8, any bytes are safe.
 *
 * Declared conventions: a scale in the cell ("£330k", "13.264 million") goes before that of the
 * column; an amount is taken in the column's scale however large it looks, never guessed.
 */
#ifndef DOMAIN_MONEY_H
#define DOMAIN_MONEY_H

#include "common/decimal.h"
#include "domain/value.h"

#include <stdbool.h>

enum money_scale {
    MONEY_GBP = 0, /* pounds */
    MONEY_THOUSAND,
    MONEY_MILLION,
};

struct money {
    enum value_state state; /* VALUE, or as domain/value.h understands words */
    enum money_scale scale; /* what `written` counts */
    bool own_scale;         /* the cell itself named it */
    unsigned flags;         /* of enum value_flag */
    struct decimal written; /* VALUE only: as written, brackets made a minus */
    struct decimal pounds;  /* VALUE only: exact */
    const char *reason;     /* UNKNOWN only; static */
};

/* The scale a header or caption names: "£000", "£'000s", "£m", "Budget (£ million)", "£k"; a
 * bare "£" is pounds. False when it names none, or two. */
bool money_parse_scale(const char *header, enum money_scale *out_scale);

/* Understands one cell of a column in `scale`; always fills `out_money` and returns its state.
 * Percentages, ranges, bounds ("up to £5m") and pence are refused with a reason. */
enum value_state money_parse(const char *text, enum money_scale scale, struct money *out_money);

/* `amount` of a scale in pounds; exact, OVERFLOW past the digits of decimal.h. */
enum decimal_error money_to_pounds(struct decimal amount, enum money_scale scale,
                                   struct decimal *out_pounds);

/* "GBP", "THOUSAND", "MILLION". Static. */
const char *money_scale_name(enum money_scale scale);

#endif
