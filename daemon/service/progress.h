/* The parts of GetProgress. */
#ifndef SERVICE_PROGRESS_H
#define SERVICE_PROGRESS_H

#include "service/scope.h"

#include "provost/v1/performance.pb-c.h"

/* One answer in the making. */
struct progress {
    struct handler_call *call;
    const Provost__V1__GetProgressRequest *in;
    struct moment moment;
    struct scope scope;
    size_t capacity; /* of out->members */
    Provost__V1__GetProgressResponse *out;
};

/* Room for the members. */
void progress_reserve(struct progress *progress, size_t count);

/* A new member at the end, all else default. */
Provost__V1__ProgressMember *progress_add(struct progress *progress, const char *name,
                                          const char *title);

/* Measures of indicators at in->period (progress_indicators.c) and of actions at in->date
 * (progress_actions.c): members, share, at. */
struct status progress_of_indicators(struct progress *progress) MUST_CHECK;
struct status progress_of_actions(struct progress *progress) MUST_CHECK;

#endif
