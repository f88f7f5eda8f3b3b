/* Whether a figure moves the right way (MODEL.md section 6). Exact throughout: a mean is never
 * divided out before it is compared. Pure functions.
 *
 * Readings where section 6 leaves room: with polarity RANGE, better means nearer to the range;
 * a range polarity without a range is treated as no polarity. Percent materiality is of the
 * comparator (long trend: of the mean); of a zero comparator it is zero.
 */
#ifndef DOMAIN_TREND_H
#define DOMAIN_TREND_H

#include "common/decimal.h"
#include "domain/rag.h"

#include <stdbool.h>
#include <stddef.h>

#define TREND_LONG_COMPARATORS 4 /* N of section 6, unless an indicator says otherwise */
#define TREND_LONG_MAXIMUM 100   /* as it may say */
#define TREND_LONG_MINIMUM 2

enum trend_direction {
    TREND_UNKNOWN = 0,
    TREND_IMPROVING,
    TREND_NO_CHANGE,
    TREND_GETTING_WORSE,
    TREND_INCREASING, /* without polarity */
    TREND_DECREASING,
};

/* Why a trend is UNKNOWN. */
enum trend_reason {
    TREND_REASON_NONE = 0,
    TREND_REASON_NO_VALUE,
    TREND_REASON_NO_COMPARATOR,   /* none with a value; long: fewer than TREND_LONG_MINIMUM */
    TREND_REASON_BREAK,           /* the series is broken between the figures compared */
    TREND_REASON_BAD_MATERIALITY, /* below zero */
    TREND_REASON_OVERFLOW,
};

/* One period's figure. */
struct trend_point {
    bool has_value; /* the observation's state is VALUE */
    bool is_break;  /* flag BREAK: not comparable with anything earlier */
    struct decimal value;
};

struct trend_rule {
    enum rag_polarity polarity;
    bool has_range; /* RANGE: low and high are set */
    struct decimal low;
    struct decimal high;
    struct rag_tolerance materiality; /* m: |change| up to it is NO_CHANGE */
};

struct trend_result {
    enum trend_direction direction;
    enum trend_reason reason;
    bool has_percent;   /* not when the comparator is zero, nor for the distance to a range */
    size_t comparators; /* how many figures it was compared with, */
    struct decimal sum; /* and what they add up to */
    struct decimal change; /* positive is better (without polarity: higher); exact for the
                            * short trend, the long one rounded to 4 more decimals */
    struct decimal change_percent; /* of |comparator|, rounded half up to 4 decimals */
};

/* Short trend: `current` against one earlier figure (previous period or same period last year).
 * `break_between` tells of a break at any period after the comparator and before the current.
 */
struct trend_result trend_short(const struct trend_rule *rule,
                                const struct trend_point *current,
                                const struct trend_point *comparator, bool break_between);

/* Figures before the current one. */
struct trend_past {
    const struct trend_point *points; /* the nearest first */
    size_t count;
    size_t wanted; /* how many periods back the mean goes; 0 is TREND_LONG_COMPARATORS */
};

/* Long trend: `current` against the mean of the figures of the `wanted` preceding periods, at
 * most TREND_LONG_MAXIMUM; those without a value are skipped, further ones are not looked at.
 */
struct trend_result trend_long(const struct trend_rule *rule, const struct trend_point *current,
                               const struct trend_past *past);

/* Whether the direction counts as "improving or maintained" (MODEL.md section 7). */
bool trend_is_maintained(enum trend_direction direction);

/* "GETTING_WORSE", "NO_COMPARATOR"; "" for NONE. Static. */
const char *trend_direction_name(enum trend_direction direction);
const char *trend_reason_name(enum trend_reason reason);

#endif
