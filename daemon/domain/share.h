/* Shares: a count, its denominator and the percentage, never one without the others (MODEL.md
 * sections 2 and 7). Pure functions.
 */
#ifndef DOMAIN_SHARE_H
#define DOMAIN_SHARE_H

#include "common/decimal.h"
#include "domain/trend.h"

#include <stdbool.h>
#include <stddef.h>

#define SHARE_DECIMALS 1 /* digits after the point of a share's percentage */

struct share {
    size_t count;
    size_t denominator;
    bool has_percent; /* not with a denominator of zero: a share of nothing is no figure */
    struct decimal percent; /* 100 count / denominator, ROUND_HALF_UP to SHARE_DECIMALS */
};

/* Of what "% improving or maintained" is a share. */
enum share_policy {
    SHARE_COMPARABLE = 0, /* those whose trend can be told better from worse */
    SHARE_WITH_VALUE,     /* those with a figure in the period */
    SHARE_ALL,            /* every member of the set */
};

/* Where one member ended up. */
enum share_place {
    SHARE_COUNTED,        /* in count and denominator */
    SHARE_NOT_COUNTED,    /* in the denominator alone */
    SHARE_NO_VALUE,       /* out: no figure in the period */
    SHARE_NOT_COMPARABLE, /* out: no trend, or one without polarity */
};

/* One indicator at the period. */
struct share_member {
    bool has_value;
    enum trend_direction direction; /* UNKNOWN without a comparator */
};

/* The share itself. */
struct share share_of(size_t count, size_t denominator);

/* Where a member ends up under a policy. */
enum share_place share_place_member(enum share_policy policy,
                                    const struct share_member *member);

/* % improving or maintained: IMPROVING or NO_CHANGE over the policy's denominator. Fills
 * `out_places`, one for each member, unless NULL. INCREASING and DECREASING say neither better
 * nor worse and are not comparable. */
struct share share_maintained(enum share_policy policy, const struct share_member *members,
                              size_t count, enum share_place *out_places);

/* "COMPARABLE"; "NOT_COMPARABLE". Static. */
const char *share_policy_name(enum share_policy policy);
const char *share_place_name(enum share_place place);

#endif
