#include "rpc/call_log.h"

#include "common/log.h"
#include "rpc/call.h"
#include "rpc/methods.h"

#include <stdbool.h>

/* A client can make a call fail INTERNAL by breaking gRPC's own rules; once its request was
 * delivered, these are ours. */
static bool has_failed_inside(const struct call *call)
{
    enum grpc_code code = call->status.code;

    if (!call->request_delivered) return false;
    return code == GRPC_INTERNAL || code == GRPC_UNKNOWN || code == GRPC_DATA_LOSS;
}

/* Whether one more failure may be logged. */
static bool take_budget(struct call_log *log, uint64_t now_us)
{
    uint64_t second = now_us / 1000000;

    if (second != log->second) log->failures = 0;
    log->second = second;
    if (log->failures >= CALL_LOG_FAILURES_PER_SECOND) {
        log->dropped++;
        return false;
    }
    log->failures++;
    return true;
}

static struct log_fields fields_of(const struct call *call)
{
    return (struct log_fields){
        .principal = call->caller.principal,
        .rpc = call->method != NULL ? call->method->path : NULL,
        .grpc_status = status_code_name(call->status.code),
        .request_id = call_get_request_id(call),
        .trace_id = call->metadata.trace_id,
    };
}

static void log_failure(struct call_log *log, const struct call *call)
{
    struct log_fields fields = fields_of(call);
    const char *message = call->status.message != NULL ? call->status.message : "";

    if (log->dropped > 0)
        log_event(LOG_EVENT_CALL_FAILED, &fields, "%s (%u more were not logged)", message,
                  log->dropped);
    else
        log_event(LOG_EVENT_CALL_FAILED, &fields, "%s", message);
    log->dropped = 0;
}

void call_log_ended(struct call_log *log, const struct call *call, uint64_t now_us)
{
    if (has_failed_inside(call) && take_budget(log, now_us)) log_failure(log, call);
    if (log->every == 0 || ++log->since < log->every) return;
    log->since = 0;

    struct log_fields fields = fields_of(call);

    log_event(LOG_EVENT_CALL, &fields, "call took %llu us",
              (unsigned long long)(now_us - call->started_us));
}
