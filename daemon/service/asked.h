/* What requests of PerformanceService have in common: periods, days, shares. */
#ifndef SERVICE_ASKED_H
#define SERVICE_ASKED_H

#include "common/arena.h"
#include "domain/period.h"
#include "domain/share.h"
#include "service/handler.h"
#include "service/reading.h"

#include "provost/v1/performance.pb-c.h"

#include <stdint.h>

/* A period's id or label. INVALID_ARGUMENT (PERIOD_INVALID) blamed on `field`. */
struct status asked_period(struct arena *arena, const char *field, const char *text,
                           struct period *out_period) MUST_CHECK;

/* A date, "" being the day of the call, or that of the moment when the answer is asked for as of
 * an earlier one: so that a report asked for again comes back the same. INVALID_ARGUMENT
 * (DATE_INVALID) blamed on "date". */
struct status asked_day(const struct handler_call *call, const struct moment *moment,
                        const char *text, int32_t *out_day) MUST_CHECK;

/* "2021-04-01" in the arena; "" for DATE_NO_DAY. */
char *asked_day_text(struct arena *arena, int32_t day);

/* A date as stored; DATE_NO_DAY for "". */
int32_t asked_stored_day(const char *text);

/* The message of a share. */
Provost__V1__Share *asked_share(struct arena *arena, const struct share *share,
                                const char *rule);

#endif
