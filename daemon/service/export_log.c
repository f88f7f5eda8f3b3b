#include "service/export_log.h"

#include "common/reasons.h"
#include "store/log_export.h"

#include <assert.h>

static struct status begin(struct handler_call *call, struct export_place *place,
                           struct buf *out)
{
    *place = (struct export_place){true, 1, txn_seq(call->txn)};
    return txn_export_header(call->txn, call->arena, out);
}

static struct status resume(struct handler_call *call, const struct export_place *place)
{
    bool erased = false;
    struct status st = txn_erased_since(call->txn, place->last_seq, call->arena, &erased);
    if (!status_is_ok(st) || !erased) return st;
    return status_error(call->arena, GRPC_ABORTED, REASON_ERASED_MEANWHILE, NULL,
                        "a value was erased while the log was exported; drop what came and "
                        "export again");
}

struct status export_log_read(struct handler_call *call, const struct export_place *place,
                              struct buf *out, struct export_place *out_after)
{
    struct export_place at = *place;
    assert(call->sight == NULL); /* the method's row: the whole register, so all is seen */
    struct status st = at.begun ? resume(call, &at) : begin(call, &at, out);
    while (status_is_ok(st) && at.next_seq <= at.last_seq && out->size < EXPORT_STEP_BYTES)
        st = txn_export_change(call->txn, at.next_seq++, call->arena, out);
    if (status_is_ok(st)) *out_after = at;
    return st;
}
