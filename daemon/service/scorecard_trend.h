/* The trends of one row of a scorecard (MODEL.md section 6): which earlier figures the current
 * one is compared with, and what comes out. */
#ifndef SERVICE_SCORECARD_TREND_H
#define SERVICE_SCORECARD_TREND_H

#include "domain/trend.h"
#include "service/scorecard_members.h"

/* One figure as the trend needs it. */
struct scorecard_figure {
    struct period period;
    char period_id[PERIOD_TEXT_SIZE];
    const Provost__V1__Observation *observation; /* NULL when nothing was said */
    struct trend_point point;
};

/* A stored or made observation of a period, which has this id, NULL for none, as the trend needs
 * it. */
void scorecard_figure_init(struct scorecard_figure *figure, const struct period *period,
                           const char period_id[PERIOD_TEXT_SIZE],
                           const Provost__V1__Observation *observation);

/* How many periods back the trends of an indicator look from a period of a kind. */
size_t scorecard_trend_reach(const struct scorecard *card,
                             const Provost__V1__Indicator *indicator, enum period_kind kind);

/* Fills the row's short_trend and long_trend. `rule` says which way is better. */
struct status scorecard_add_trends(const struct scorecard *card,
                                   const struct scorecard_member *member,
                                   struct scorecard_figure *current,
                                   const struct trend_rule *rule,
                                   Provost__V1__ScorecardRow *row) MUST_CHECK;

#endif
