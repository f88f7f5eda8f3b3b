/* The scorecard of a plan or an objective for a period: its indicators (scorecard_members.h), a
 * row for each (scorecard_row.h) with trends (scorecard_trend.h), and what they come to.
 *
 * Everything is read at one moment and lives in the call's arena.
 */
#ifndef SERVICE_SCORECARD_H
#define SERVICE_SCORECARD_H

#include "common/decimal.h"
#include "domain/period.h"
#include "service/handler.h"
#include "service/reading.h"
#include "store/txn.h"

#include "provost/v1/performance.pb-c.h"

/* What is asked for. Set by the caller of scorecard_make; read by all its parts. */
struct scorecard {
    struct handler_call *call;
    struct moment moment;
    struct version scope; /* a plan or an objective */
    struct period period;
    char period_id[PERIOD_TEXT_SIZE];
};

/* The whole answer. */
struct status scorecard_make(const struct scorecard *card,
                             Provost__V1__GetScorecardResponse **out_response) MUST_CHECK;

/* "INDICATOR/PERIOD": the id of the figure, and of the plain target. */
char *scorecard_id(struct arena *arena, const char *indicator, const char *period_id);

/* A decimal's canonical text. */
char *scorecard_number(struct arena *arena, struct decimal number);

#endif
