#include "rpc/auth_denials.h"

#include "common/log.h"

#include <inttypes.h>

enum { LINE = 1000 };

bool auth_denials_take(struct auth_denials *denials, int64_t now_us, uint64_t *out_unwritten)
{
    const int64_t full = (int64_t)AUTH_DENIALS_BURST * LINE;
    int64_t passed_us = now_us - denials->filled_us;
    if (denials->filled_us == 0 || passed_us > INT64_C(60000000)) {
        denials->tokens = full;
    } else if (passed_us > 0) {
        denials->tokens += passed_us * AUTH_DENIALS_PER_SECOND * LINE / 1000000;
        if (denials->tokens > full) denials->tokens = full;
    }
    denials->filled_us = now_us;
    if (denials->tokens < LINE) {
        denials->unwritten++;
        return false;
    }
    denials->tokens -= LINE;
    *out_unwritten = denials->unwritten;
    denials->unwritten = 0;
    return true;
}

void auth_denials_log(struct auth_denials *denials, const struct caller *caller,
                      const char *method, struct status status, int64_t now_us)
{
    uint64_t unwritten = 0;
    if (!auth_denials_take(denials, now_us, &unwritten)) return;
    if (unwritten > 0)
        log_notice("%" PRIu64 " refusals before this one are not listed", unwritten);
    const struct log_fields fields = {
        .principal = caller->principal,
        .rpc = method,
        .grpc_status = status_code_name(status.code),
        .trace_id = caller->trace_id,
    };
    log_event(LOG_EVENT_DENIED, &fields,
              "refused: principal=%s on-behalf-of=%s by=%s from=%s method=%s code=%s: %s",
              caller->principal != NULL && *caller->principal ? caller->principal : "-",
              caller->on_behalf_of != NULL && *caller->on_behalf_of ? caller->on_behalf_of
                                                                    : "-",
              caller->auth_method != NULL && *caller->auth_method ? caller->auth_method : "-",
              caller->address != NULL ? caller->address : "-", method,
              status_code_name(status.code), status.message);
}
