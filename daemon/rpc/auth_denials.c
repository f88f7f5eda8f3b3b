#include "rpc/auth_denials.h"

#include "common/log.h"

#include <inttypes.h>

enum { LINE = 1000 };

static void credit(struct auth_denials_share *share, int64_t now_us)
{
    const int64_t full = (int64_t)AUTH_DENIALS_BURST * LINE;
    int64_t passed_us = now_us - share->filled_us;
    if (share->filled_us == 0 || passed_us > INT64_C(60000000)) {
        share->tokens = full;
    } else if (passed_us > 0) {
        share->tokens += passed_us * AUTH_DENIALS_PER_SECOND * LINE / 1000000;
        if (share->tokens > full) share->tokens = full;
    }
    share->filled_us = now_us;
}

bool auth_denials_take(struct auth_denials_share *share, int64_t now_us,
                       uint64_t *out_unwritten)
{
    credit(share, now_us);
    if (share->tokens < LINE) {
        share->unwritten++;
        return false;
    }
    share->tokens -= LINE;
    *out_unwritten = share->unwritten;
    share->unwritten = 0;
    return true;
}

static void tell_unwritten(uint64_t unwritten, const char *whose)
{
    if (unwritten > 0)
        log_notice("%" PRIu64 " refusals of %s before this are not listed", unwritten, whose);
}

static const char strangers[] = "callers nobody knows", known[] = "known callers";

static const char *or_dash(const char *text)
{
    return text != NULL && *text != '\0' ? text : "-";
}

void auth_denials_log(struct auth_denials *denials, const struct auth_denial *denial,
                      int64_t now_us)
{
    const struct caller *caller = denial->caller;
    bool is_known = caller->principal != NULL && *caller->principal != '\0';
    uint64_t unwritten = 0;
    if (!auth_denials_take(is_known ? &denials->known : &denials->strangers, now_us,
                           &unwritten))
        return;
    tell_unwritten(unwritten, is_known ? known : strangers);
    const struct log_fields fields = {
        .principal = caller->principal,
        .rpc = denial->method,
        .grpc_status = status_code_name(denial->status.code),
        .request_id = denial->request_id,
        .trace_id = caller->trace_id,
    };
    log_event(LOG_EVENT_DENIED, &fields,
              "refused: principal=%s on-behalf-of=%s by=%s from=%s method=%s code=%s: %s",
              or_dash(caller->principal), or_dash(caller->on_behalf_of),
              or_dash(caller->auth_method), or_dash(caller->address), denial->method,
              status_code_name(denial->status.code), denial->status.message);
}

static void tell_share(struct auth_denials_share *share, int64_t now_us, const char *whose)
{
    uint64_t unwritten = 0;
    credit(share, now_us);
    if (share->unwritten > 0 && share->tokens >= LINE &&
        auth_denials_take(share, now_us, &unwritten))
        tell_unwritten(unwritten, whose);
}

void auth_denials_tell(struct auth_denials *denials, int64_t now_us)
{
    tell_share(&denials->strangers, now_us, strangers);
    tell_share(&denials->known, now_us, known);
}
