/* Figures, statuses and trends for people. Values keep the digits that the daemon gives. */
#ifndef CLIENT_FIGURE_TEXT_H
#define CLIENT_FIGURE_TEXT_H

#include "client/style.h"
#include "common/arena.h"

#include <provost/v1/performance.pb-c.h>

/* "68740" as "68,740"; what is no plain number stays as it is. */
const char *figure_grouped(const char *value, struct arena *arena);

/* With its unit: "68,740", "98.7%", "£1,250.00". */
const char *figure_with_unit(const char *value, Provost__V1__Unit unit,
                             const struct style *style, struct arena *arena);

/* What a row says of the period: the figure, or in brackets why there is none. */
const char *figure_value(const Provost__V1__ScorecardRow *row, const struct style *style,
                         struct arena *arena);

/* "90%", "< 10%", "10% to 20%", "90% (interim)"; "" where there is none. */
const char *figure_target(const Provost__V1__ScorecardRow *row, const struct style *style,
                          struct arena *arena);

/* "20 (26.7%)". */
const char *figure_shortfall(const Provost__V1__ScorecardRow *row, struct arena *arena);

/* Symbol and word, and the tone that goes with them. */
const char *figure_status(Provost__V1__RagStatus status, const struct style *style,
                          struct arena *arena, enum tone *out_tone);

/* Arrow and words; "" where nothing can be told. */
const char *figure_trend(const Provost__V1__Trend *trend, const struct style *style,
                         struct arena *arena, enum tone *out_tone);

/* Why there is no status, in words; "" where the row's empty figure says as much. */
const char *figure_reason(const Provost__V1__ScorecardRow *row, struct arena *arena);

/* "NO_VALUE" as "no value". */
const char *figure_words(const char *upper_snake, struct arena *arena);

#endif
