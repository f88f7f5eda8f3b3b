/* The parts of GetProgress. */
#ifndef SERVICE_PROGRESS_H
#define SERVICE_PROGRESS_H

#include "service/derived.h"
#include "service/scope.h"

#include "provost/v1/performance.pb-c.h"

/* One answer in the making. */
struct progress {
    struct handler_call *call;
    const Provost__V1__GetProgressRequest *in;
    struct moment moment;
    struct scope scope;
    struct derived *derived;
    Provost__V1__GetProgressResponse *out;

    /* For a measure that is itself an indicator's figure (derived.c): which members depend on it
     * and are left out as CIRCULAR; NULL for none. */
    struct status (*leaves_out)(struct progress *progress,
                                const struct scorecard_member *member, bool *out_leaves);
    const void *measured; /* for leaves_out */
};

/* Fills out: members, share, exclusions, at. Everything else is set by the caller. */
struct status progress_make(struct progress *progress) MUST_CHECK;

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
