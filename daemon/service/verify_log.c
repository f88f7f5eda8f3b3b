#include "service/verify_log.h"

#include "common/reasons.h"
#include "store/verify.h"

#include "provost/v1/change_log.pb-c.h"

#include <inttypes.h>

enum { CHANGES_PER_CALL = 2000, TIME_PER_CALL_US = 1000000 };

static void tell_faults(struct arena *arena, const struct log_findings *findings,
                        Provost__V1__VerifyLogResponse *response)
{
    response->faults =
        arena_alloc(arena, (findings->fault_count + 1) * sizeof(Provost__V1__LogFault *));
    for (size_t i = 0; i < findings->fault_count; i++) {
        const struct log_fault *fault = &findings->faults[i];
        Provost__V1__LogFault *message = arena_alloc(arena, sizeof *message);
        provost__v1__log_fault__init(message);
        message->seq = fault->seq;
        message->resource = (char *)fault->resource;
        message->field = (char *)fault->field;
        message->reason = (char *)fault->reason;
        message->message = (char *)fault->message;
        response->faults[response->n_faults++] = message;
    }
}

struct status change_log_verify_log(struct handler_call *call, const ProtobufCMessage *message,
                                    ProtobufCMessage **out_response)
{
    const Provost__V1__VerifyLogRequest *request =
        (const Provost__V1__VerifyLogRequest *)message;
    const struct log_check check = {request->from_seq, request->to_seq, CHANGES_PER_CALL,
                                    TIME_PER_CALL_US};
    if (request->from_seq < 0 || request->to_seq < 0)
        return status_invalid(call->arena, REASON_SEQ_INVALID,
                              request->from_seq < 0 ? "from_seq" : "to_seq",
                              "from_seq and to_seq cannot be negative");
    struct log_findings *findings = arena_alloc(call->arena, sizeof *findings);
    struct status st = txn_verify_log(call->txn, &check, call->arena, findings);
    if (!status_is_ok(st)) return st;
    Provost__V1__VerifyLogResponse *response = arena_alloc(call->arena, sizeof *response);
    provost__v1__verify_log_response__init(response);
    response->checked = findings->checked;
    response->next_seq = findings->next_seq;
    response->root_matches = findings->root_matches;
    response->seq = txn_seq(call->txn);
    tell_faults(call->arena, findings, response);
    *out_response = &response->base;
    return st;
}
