/* Statistical process control, XmR charts (MODEL.md section 9). Pure functions; results live in
 * the caller's arena.
 *
 * No floating point: 2.66 and 3.267 are decimals, mean and limits are each rounded once, half
 * up, to SPC_DECIMALS digits after the point, and points are compared with those. The test of
 * screening is exact.
 *
 * Readings where section 9 leaves room:
 *   - the baseline is the first `baseline` points; all points are judged by its limits;
 *   - outside is beyond a limit, not on it; "between near limit and limit" is beyond the near
 *     limit up to the limit itself;
 *   - 7 rising or falling are seven points of which each is beyond the one before it;
 *   - of two out of three only the points between the limits are marked;
 *   - with no variation at all nothing is screened: every range would be dropped.
 */
#ifndef DOMAIN_SPC_H
#define DOMAIN_SPC_H

#include "common/decimal.h"
#include "domain/rag.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define SPC_DECIMALS 12
#define SPC_RUN 7          /* points of a run or a trend */
#define SPC_FIRM_POINTS 13 /* fewer: the limits are trial limits */

enum spc_special {
    SPC_COMMON = 0, /* common cause: nothing special */
    SPC_OUTSIDE,    /* in order of precedence */
    SPC_TREND,
    SPC_NEAR_LIMIT,
    SPC_ONE_SIDE,
};

enum spc_side {
    SPC_SIDE_NONE = 0,
    SPC_SIDE_HIGH, /* above, or rising */
    SPC_SIDE_LOW,
};

struct spc_mark {
    enum spc_special special;
    enum spc_side side;
};

enum spc_variation {
    SPC_VARIATION_COMMON_CAUSE = 0,
    SPC_VARIATION_IMPROVEMENT,
    SPC_VARIATION_CONCERN,
    SPC_VARIATION_NEUTRAL, /* special cause, but neither high nor low is good */
};

enum spc_assurance {
    SPC_ASSURANCE_NONE = 0, /* no target or no polarity */
    SPC_ASSURANCE_PASS,     /* consistently: the limit on the wrong side still meets it */
    SPC_ASSURANCE_HIT_OR_MISS,
    SPC_ASSURANCE_FAIL, /* consistently */
};

enum spc_reason {
    SPC_REASON_NONE = 0,
    SPC_REASON_TOO_FEW, /* fewer than two points in the baseline: no range to measure by */
    SPC_REASON_OVERFLOW,
};

struct spc_input {
    const struct decimal *points; /* figures in the order of time, those without one left out */
    size_t count;
    size_t baseline; /* 0: all points */
    bool screened;   /* drop ranges >= 3.267 x their mean, once */
    enum rag_polarity polarity;
    bool has_target;
    struct decimal target; /* RANGE: the low end */
    struct decimal target_high;
};

struct spc_result {
    enum spc_reason reason; /* anything but NONE: the rest is of no use */
    bool trial;             /* baseline of fewer than SPC_FIRM_POINTS */
    size_t baseline;        /* points the limits come from */
    size_t dropped;         /* ranges screened out */
    struct decimal mean;
    struct decimal mean_range; /* after screening */
    struct decimal lower;
    struct decimal upper;
    struct decimal near_lower;
    struct decimal near_upper;
    const struct spc_mark *marks; /* one for each point */
    enum spc_variation variation; /* from the latest point */
    enum spc_assurance assurance;
};

/* The chart of a series. */
struct spc_result spc_analyse(const struct spc_input *input, struct arena *arena);

/* "OUTSIDE", "COMMON"; "HIGH", "" for NONE; "COMMON_CAUSE"; "HIT_OR_MISS", "" for NONE;
 * "TOO_FEW", "" for NONE. Static. */
const char *spc_special_name(enum spc_special special);
const char *spc_side_name(enum spc_side side);
const char *spc_variation_name(enum spc_variation variation);
const char *spc_assurance_name(enum spc_assurance assurance);
const char *spc_reason_name(enum spc_reason reason);

#endif
