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

struct scope;
struct scorecard;
struct derived;
struct scorecard_figure;

/* Where the figures and targets of an indicator come from (figures.c): as stored, rolled up, of
 * years to date, forecasts. */
struct scorecard_source {
    /* That of card->period. */
    struct status (*figure)(const struct scorecard *card, struct scorecard_figure **out_figure);
    /* That of the period before another's; NULL where there is none to compare with. */
    struct status (*before)(const struct scorecard *card, struct scorecard_figure *figure,
                            struct scorecard_figure **out_figure);
    /* Leaves *out_given false for the register to be read. */
    struct status (*target)(const struct scorecard *card, const char *indicator,
                            bool *out_given, const Provost__V1__Target **out_target);
    void *data;
};

/* What is asked for. Set by the caller of scorecard_make; read by all its parts. */
struct scorecard {
    struct handler_call *call;
    struct moment moment;
    struct version scope;  /* a plan, objective or organisation; kind NULL for a tag */
    struct scope *members; /* the same, with what is in it (scope.h) */
    const struct scorecard_source *source; /* of the indicator whose row is made */
    struct derived *derived; /* figures that are made when asked for (derived.h); never NULL */
    bool with_forecast;
    bool short_only; /* the long trend is not wanted: UNKNOWN, nothing is read for it */
    struct period period;
    char period_id[PERIOD_TEXT_SIZE];
};

/* The whole answer. */
struct status scorecard_make(const struct scorecard *card,
                             Provost__V1__GetScorecardResponse **out_response) MUST_CHECK;

/* Counts a row with this status. */
void scorecard_count(Provost__V1__StatusCounts *counts, Provost__V1__RagStatus status);

/* "INDICATOR/PERIOD": the id of the figure, and of the plain target. */
char *scorecard_id(struct arena *arena, const char *indicator, const char *period_id);

/* A decimal's canonical text. */
char *scorecard_number(struct arena *arena, struct decimal number);

#endif
