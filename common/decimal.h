/* Exact base-10 numbers: every figure of the register passes through here, none through a
 * double (MODEL.md section 2).
 *
 * A decimal is coefficient / 10^scale. The scale is what was written: "4.50" and "4.5" compare
 * equal and are shown differently. The limits are DECIMAL_MAX_DIGITS digits of coefficient and
 * DECIMAL_MAX_SCALE digits after the point; a figure beyond them is refused, never cut or
 * wrapped. Plain values: copied by assignment, own nothing. All functions are pure and may run
 * anywhere.
 */
#ifndef COMMON_DECIMAL_H
#define COMMON_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#define DECIMAL_MAX_DIGITS 36
#define DECIMAL_MAX_SCALE 36
/* Enough for any formatted decimal: sign, 36 digits, point, 36 digits, NUL. */
#define DECIMAL_TEXT_SIZE 80

struct decimal {
    __int128 coefficient; /* absolute value below 10^DECIMAL_MAX_DIGITS */
    int scale;            /* digits after the point, 0..DECIMAL_MAX_SCALE */
};

enum decimal_error {
    DECIMAL_OK = 0,
    DECIMAL_MALFORMED, /* not canonical text */
    DECIMAL_TOO_LONG,  /* the text has more digits than the limits allow */
    DECIMAL_OVERFLOW,  /* the result has more digits than the limits allow */
    DECIMAL_DIVISION_BY_ZERO,
};

/* What went wrong, for a person; static. */
const char *decimal_error_text(enum decimal_error error);

/* Reads canonical text: -?(0|[1-9][0-9]*)(.[0-9]+)? and no negative zero, so that format gives
 * back what was read. MALFORMED or TOO_LONG otherwise, `out_value` untouched. */
enum decimal_error decimal_parse(const char *text, struct decimal *out_value);

/* The canonical text with the value's own scale, NUL-terminated. Returns its length. */
int decimal_format(struct decimal value, char out_text[DECIMAL_TEXT_SIZE]);

/* The text rounded half up, or padded with zeros, to exactly `decimals` digits after the point
 * (an indicator's decimals, 0..DECIMAL_MAX_SCALE). Returns its length. */
int decimal_format_rounded(struct decimal value, int decimals,
                           char out_text[DECIMAL_TEXT_SIZE]);

/* A whole number. */
struct decimal decimal_from_int(int64_t number);

/* Exact results; the scale is the larger of both (add, sub) or the sum (mul; when that passes
 * the limits, trailing zeros of the fraction are dropped first). OVERFLOW otherwise. */
enum decimal_error decimal_add(struct decimal a, struct decimal b, struct decimal *out_sum);
enum decimal_error decimal_sub(struct decimal a, struct decimal b,
                               struct decimal *out_difference);
enum decimal_error decimal_mul(struct decimal a, struct decimal b, struct decimal *out_product);

/* a / b rounded once, half up, to `scale` digits after the point. DIVISION_BY_ZERO, OVERFLOW.
 */
enum decimal_error decimal_div(struct decimal a, struct decimal b, int scale,
                               struct decimal *out_quotient);

/* ROUND_HALF_UP to `decimals` digits after the point; a tie goes away from zero, as officers
 * round
 * ("-2.5" gives "-3"). A value with fewer digits is returned as it is. Cannot fail. */
struct decimal decimal_round(struct decimal value, int decimals);

/* -1, 0 or 1 as a is below, equal to or above b; exact for all values, scales ignored. */
int decimal_compare(struct decimal a, struct decimal b);

/* -1, 0 or 1. */
int decimal_sign(struct decimal value);
bool decimal_is_zero(struct decimal value);

/* The same number without zeros at the end of its fraction: for what was divided. */
struct decimal decimal_strip(struct decimal value);

/* Same scale. */
struct decimal decimal_neg(struct decimal value);
struct decimal decimal_abs(struct decimal value);

#endif
