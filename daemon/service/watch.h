/* provost.v1.ChangeLogService.WatchChanges: what one step of a watch reads. It asks what
 * ListChanges asks, from a cursor on; replay and live are the same step run again and again.
 * The contract of the method stands in proto/provost/v1/change_log.proto. */
#ifndef SERVICE_WATCH_H
#define SERVICE_WATCH_H

#include "service/handler.h"

#include "provost/v1/change_log.pb-c.h"

/* Where a watch stands. All zero before its first step. */
struct watch_place {
    int64_t next_seq;  /* everything before it was passed; 0: nothing was read yet */
    int32_t page_size; /* changes to look for, so that a step reads about what it may send */
    int64_t until_seq; /* a step shows nothing behind it; 0: it shows all there is */
    int64_t
        head_seq; /* where the log ended for the last step; next_seq - 1 when it got there */
};

/* What a step found. */
struct watch_step {
    const ProtobufCMessage *const *messages; /* WatchChangesResponse, a change each, in order */
    const size_t *sizes;                     /* packed */
    size_t count;
    struct watch_place after;
};

enum {
    WATCH_STEP_CHANGES = 64,          /* at most, as are */
    WATCH_STEP_BYTES = 256 << 10,     /* but one change at least, however large */
    WATCH_STEP_SEQS = 10000,          /* passed in one step, whether they match or not */
    WATCH_PROGRESS_SECONDS = 30,      /* when the request does not say */
    WATCH_PROGRESS_SECONDS_MAX = 3600 /* and the most it may say */
};

/* The next changes behind `place` that match `request`. The first step resolves from_seq 0 to
 * the next change to come and checks the request: INVALID_ARGUMENT for a negative from_seq, an
 * unknown collection or a wrong progress_seconds, OUT_OF_RANGE beyond the head plus one. */
struct status watch_read(struct handler_call *call,
                         const Provost__V1__WatchChangesRequest *request,
                         const struct watch_place *place,
                         struct watch_step *out_step) MUST_CHECK;

#endif
