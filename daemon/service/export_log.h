/* provost.v1.ChangeLogService.ExportLog: what one step of an export reads. The contract of the
 * method stands in proto/provost/v1/change_log.proto.
 *
 * Each step has a snapshot of its own, so that no reader is held across a network wait; what was
 * read stays true because a log only grows, but for erasures: one that comes between ends the
 * export.
 */
#ifndef SERVICE_EXPORT_LOG_H
#define SERVICE_EXPORT_LOG_H

#include "common/buf.h"
#include "service/handler.h"

/* Where an export stands. All zero before its first step. */
struct export_place {
    bool begun;
    int64_t next_seq; /* everything before it was read */
    int64_t last_seq; /* the newest change when it began */
};

enum {
    EXPORT_STEP_BYTES = 256 << 10, /* in one step, but one change at least, however large */
    EXPORT_CHANGE_BYTES =
        512 << 20 /* the largest that a change of ten thousand mutations makes */
};

/* Adds the next lines of the file to `out`; done when next_seq is behind last_seq. ABORTED,
 * ERASED_MEANWHILE, when the lines before do not fit any more. */
struct status export_log_read(struct handler_call *call, const struct export_place *place,
                              struct buf *out, struct export_place *out_after) MUST_CHECK;

#endif
