#include "rpc/admission.h"

#include "common/reasons.h"
#include "rpc/auth.h"
#include "rpc/dispatch.h"
#include "rpc/pushback.h"

static const struct header_field accepted_encodings = {"grpc-accept-encoding", 20,
                                                       "identity,gzip", 13};
/* What is not gRPC at all is answered in HTTP's terms too, so that no client takes it for a
 * success. */
static bool is_refused_as_http(struct call *call)
{
    static const struct status too_large = {
        .code = GRPC_RESOURCE_EXHAUSTED,
        .reason = REASON_HEADERS_TOO_LARGE,
        .message = "the metadata is larger than 8192 bytes; send less of it"};
    static const struct status not_post = {.code = GRPC_INTERNAL,
                                           .reason = REASON_HTTP_METHOD_INVALID,
                                           .message = "the HTTP method must be POST"};
    static const struct status not_grpc = {
        .code = GRPC_INVALID_ARGUMENT,
        .reason = REASON_CONTENT_TYPE_INVALID,
        .message = "the content-type must be application/grpc or application/grpc+proto"};
    const struct status *status = NULL;

    if (metadata_is_too_large(&call->metadata)) {
        status = &too_large;
        call->http_status = 431;
    } else if (!call->metadata.is_post) {
        status = &not_post;
        call->http_status = 405;
    } else if (!call->metadata.is_grpc) {
        status = &not_grpc;
        call->http_status = 415;
    }
    if (status == NULL) return false;
    call_finish(call, *status);
    return true;
}

static struct status find_method(struct call *call)
{
    const struct metadata *metadata = &call->metadata;

    call->method = dispatch_find(call->setup.dispatch, metadata->path, metadata->path_size);
    if (call->method == NULL)
        return status_error(&call->arena, GRPC_UNIMPLEMENTED, REASON_METHOD_UNKNOWN, NULL,
                            "there is no method %.200s; paths are case-sensitive",
                            metadata->path);
    if (call->method->handler == NULL && call->method->stream == NULL)
        return status_error(&call->arena, GRPC_UNIMPLEMENTED, REASON_METHOD_NOT_READY, NULL,
                            "this version does not answer %s yet", call->method->path);
    call->method_streams_out = call->method->server_streams;
    return status_ok();
}

static struct status admit(struct call *call)
{
    struct status status = find_method(call);

    if (!status_is_ok(status)) return status;
    if (call->metadata.encoding == ENCODING_UNKNOWN) {
        call->extra_trailer = &accepted_encodings;
        return (struct status){.code = GRPC_UNIMPLEMENTED,
                               .reason = REASON_ENCODING_UNSUPPORTED,
                               .message = "grpc-encoding must be identity or gzip"};
    }
    if (!status_is_ok(call->metadata.error)) return call->metadata.error;
    return auth_admit(dispatch_get_options(call->setup.dispatch)->auth, call);
}

static void start_deadline(struct call *call)
{
    uint64_t cap_ms = dispatch_get_options(call->setup.dispatch)->unary_deadline_ms;
    bool unary = !call->method->client_streams && !call->method->server_streams;
    uint64_t timeout_ms = call->metadata.timeout_ms;

    if (!call->metadata.has_timeout && !unary) return;
    if (unary && (!call->metadata.has_timeout || timeout_ms > cap_ms)) timeout_ms = cap_ms;
    timeout_set(call->setup.deadlines, &call->deadline, timeout_ms);
}

static struct quota_request request_of(const struct call *call)
{
    return (struct quota_request){
        .principal = call->caller.principal,
        .place = call->setup.peer->place,
        .local = auth_peer_is_unix(call->setup.peer),
        .is_write = call->method->kind == METHOD_WRITE,
        .is_watch = method_is_watch(call->method),
        .is_public = call->method->min_role == ROLE_ANYONE,
    };
}

/* Refuses it, so many times a second. A stranger who goes on is sent away: each signature of a token
 * costs us work, and a connection costs them some. */
static void refuse(struct call *call, struct status status)
{
    static const struct status too_many = {
        .code = GRPC_RESOURCE_EXHAUSTED,
        .reason = REASON_RATE_EXCEEDED,
        .message = "too many calls were refused; sign in, and call less often"};
    struct quota_request request;
    uint32_t retry_ms;

    if (status.code == GRPC_UNAUTHENTICATED || status.code == GRPC_PERMISSION_DENIED) {
        request = request_of(call);
        if (!quota_pay_refusal(call->setup.quota, &request,
                               timeout_now_ms(call->setup.deadlines), &retry_ms)) {
            if (request.principal[0] == '\0')
                call->setup.transport->on_abuse(call, CALL_ABUSE_REFUSED);
            pushback_finish(call, too_many, retry_ms);
            return;
        }
    }
    call_finish(call, status);
}

/* Takes the call's share of what its principal may have, or ends it with advice. */
static void enter(struct call *call)
{
    struct quota_request request = request_of(call);
    uint32_t retry_ms;
    struct status status =
        quota_enter(call->setup.quota, &request, timeout_now_ms(call->setup.deadlines),
                    &call->account, &retry_ms);

    if (status_is_ok(status))
        start_deadline(call);
    else
        pushback_finish(call, status, retry_ms);
}

void admission_decide(struct call *call)
{
    struct status status;

    if (is_refused_as_http(call)) return;
    status = admit(call);
    if (status_is_ok(status))
        enter(call);
    else
        refuse(call, status);
}
