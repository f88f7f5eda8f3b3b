/* The definition of an indicator as it holds in one period (MODEL.md sections 1 and 5).
 *
 * An indicator's own fields hold before the first of its dated definitions; each of those holds
 * from its period on, and what it leaves empty goes on as before. So a change of tolerance or
 * polarity from 2022/23 on leaves every status of 2021/22 and before as it was. A definition
 * holds in a period when its first day is not after the period's: one from 2022-23 on holds in
 * 2022-23.q1 and 2022-04, and not in the span 2021-24.
 *
 * Pure functions on messages; texts are shared with the indicator.
 */
#ifndef SERVICE_DEFINITION_H
#define SERVICE_DEFINITION_H

#include "domain/period.h"
#include "domain/rag.h"

#include "provost/v1/resources.pb-c.h"

#include <stdbool.h>

/* What holds in a period. */
struct definition {
    Provost__V1__Polarity polarity; /* as said; see definition_polarity */
    enum rag_rule rule;             /* TOLERANCE when nothing was said */
    struct rag_tolerance amber;     /* the defaults of section 5 when not said */
    struct rag_tolerance red;
    struct rag_tolerance materiality; /* default 0 */
    bool tolerances_ok;               /* all texts of tolerances could be read */
    bool thresholds_ok;               /* both thresholds are there and could be read */
    struct decimal threshold_amber;   /* when thresholds_ok */
    struct decimal threshold_red;
    bool data_only;          /* as said, or because there is no polarity */
    const char *formula;     /* "" for a submitted figure */
    const char *text;        /* what is counted and how */
    const char *from_period; /* the dated definition that holds; "" for none */
    const char *reason;      /* why that one was made */
};

/* The definition that holds in `period`. */
struct definition definition_at(const Provost__V1__Indicator *indicator,
                                const struct period *period);

/* Whether figures of `later` are not comparable with those of `earlier`: a definition that
 * breaks the series begins to hold in between. */
bool definition_breaks_between(const Provost__V1__Indicator *indicator,
                               const struct period *earlier, const struct period *later);

/* A polarity as the rules know it; what is not said is MAX. */
enum rag_polarity definition_polarity(Provost__V1__Polarity polarity);

/* The input of a judgement by this definition, without figure and target: rule, polarity,
 * tolerances or thresholds, data_only. */
struct rag_input definition_input(const struct definition *definition);

/* Why a figure cannot be judged by this definition, UPPER_SNAKE ("BAD_TOLERANCE",
 * "BAD_THRESHOLDS"); "" when it can. Static. */
const char *definition_fault(const struct definition *definition);

/* "2" is an amount, "2%" a percentage; "" leaves *tolerance as it is. False when it is neither,
 * or negative. */
bool definition_read_tolerance(const char *text, struct rag_tolerance *tolerance);

#endif
