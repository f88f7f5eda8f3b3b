/* Status against target: red, amber, green and the honest other answers (MODEL.md section 5).
 *
 * Everything is exact: shortfalls are compared by cross-multiplication, never after rounding.
 * All inputs are as dated to the period measured; the caller sees to that. Pure functions.
 *
 * Readings where section 5 leaves room:
 *   - a percent tolerance (other than 0 %) on a zero target is UNKNOWN(ZERO_TARGET) whatever
 * the value; for a range it is taken of the bound that was missed, and inside the range the
 * status is OK without it;
 *   - a strict target is at best WARNING from equality on, also inside an amber tolerance.
 */
#ifndef DOMAIN_RAG_H
#define DOMAIN_RAG_H

#include "common/decimal.h"

#include <stdbool.h>

enum rag_polarity {
    RAG_POLARITY_NONE = 0, /* neither high nor low is good */
    RAG_POLARITY_MAX,      /* higher is better */
    RAG_POLARITY_MIN,      /* lower is better */
    RAG_POLARITY_RANGE,    /* best between target and target_high */
};

enum rag_rule {
    RAG_RULE_TOLERANCE = 0, /* OK if d <= amber, WARNING if d <= red, ALERT beyond */
    RAG_RULE_IMPROVED,      /* OK if d <= amber, beyond: WARNING if improved, else ALERT */
    RAG_RULE_THRESHOLDS, /* MAX, MIN: OK if v reaches the level in amber.amount, WARNING if it
                          * reaches red.amount, ALERT beyond; needs no target */
};

enum rag_status {
    RAG_UNKNOWN = 0,
    RAG_OK,
    RAG_WARNING,
    RAG_ALERT,
    RAG_DATA_ONLY,
    RAG_NO_TARGET,
};

/* Why a status is UNKNOWN. */
enum rag_reason {
    RAG_REASON_NONE = 0,
    RAG_REASON_NO_VALUE,
    RAG_REASON_NO_POLARITY,
    RAG_REASON_ZERO_TARGET,
    RAG_REASON_BAD_TOLERANCE, /* below zero */
    RAG_REASON_BAD_RANGE,     /* low end above the high end */
    RAG_REASON_OVERFLOW,      /* more digits than decimal.h allows */
};

/* An amount in the indicator's unit, or percent of |target|. */
struct rag_tolerance {
    struct decimal amount;
    bool percent;
};

struct rag_input {
    enum rag_rule rule;
    bool data_only;
    bool has_value;  /* the observation's state is VALUE */
    bool has_target; /* the target's state is VALUE */
    bool strict;     /* the target's operator is < or > */
    bool improved;   /* RAG_RULE_IMPROVED: the trend is IMPROVING */
    enum rag_polarity polarity;
    struct decimal value;
    struct decimal target;      /* RANGE: the low end */
    struct decimal target_high; /* RANGE only */
    struct rag_tolerance amber;
    struct rag_tolerance red;
};

struct rag_result {
    enum rag_status status;
    enum rag_reason reason;
    bool has_shortfall;
    bool has_percent;                 /* not when the target (or the bound missed) is zero */
    struct decimal shortfall;         /* d, exact; negative when better than target */
    struct decimal shortfall_percent; /* 100 d / |target|, rounded half up to 4 decimals */
};

/* The defaults of section 5: amber 0, red 5 percent. */
struct rag_tolerance rag_default_amber(void);
struct rag_tolerance rag_default_red(void);

/* Judges one value. Never fails: what cannot be judged is UNKNOWN with its reason. In this
 * order: DATA_ONLY, NO_TARGET, UNKNOWN, then the rule. */
struct rag_result rag_judge(const struct rag_input *input);

/* Whether `d` is at most the tolerance, percent of |base|; exact. OVERFLOW when it cannot be
 * told. Also the materiality test of domain/trend.h. */
enum decimal_error rag_within(struct decimal d, struct rag_tolerance tolerance,
                              struct decimal base, bool *out_within);

/* "OK", "NO_TARGET"; "ZERO_TARGET", "" for NONE. Static. */
const char *rag_status_name(enum rag_status status);
const char *rag_reason_name(enum rag_reason reason);

#endif
