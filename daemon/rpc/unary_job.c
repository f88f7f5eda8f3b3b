#include "rpc/unary_job.h"

#include "common/container_of.h"
#include "common/metrics.h"
#include "common/reasons.h"
#include "rpc/dispatch.h"
#include "rpc/pushback.h"

#include <stdlib.h>

enum { BUSY_RETRY_MS = 100 };

/* Store thread. */
static struct status run_job(struct store_job *job, struct txn *txn)
{
    struct call *call = container_of(job, struct call, job);
    struct handler_call handler_call = {
        .arena = &call->arena,
        .txn = txn,
        .caller = &call->caller,
        .method = call->method->path,
        .store = dispatch_get_options(call->setup.dispatch)->store,
        .now_us = call->arrived_us,
    };
    const struct handler_guard *guard = dispatch_get_options(call->setup.dispatch)->guard;
    ProtobufCMessage *response = NULL;
    struct status status;

    if (guard != NULL) guard->enter(&handler_call);
    status = call->method->handler(&handler_call, call->request, &response);
    if (guard != NULL) call->hid = guard->leave(&handler_call);
    if (!status_is_ok(status)) return status;
    if (response == NULL || response->descriptor != call->method->output)
        return status_error(&call->arena, GRPC_INTERNAL, REASON_HANDLER_FAULT, NULL,
                            "%s gave no answer of its type", call->method->path);
    call->reply =
        handler_call.packed == response
            ? call_frame_packed(call, handler_call.packed_bytes, handler_call.packed_size)
            : call_frame(call, response);
    if (call->reply != NULL) return status;
    return (struct status){.code = GRPC_RESOURCE_EXHAUSTED,
                           .reason = REASON_RESPONSE_TOO_LARGE,
                           .message = CALL_RESPONSE_TOO_LARGE};
}

static void on_job_done(struct store_job *job)
{
    struct call *call = container_of(job, struct call, job);

    if (call->method->kind == METHOD_WRITE) quota_count_write(call->setup.quota, -1);
    if (!call_leave_store(call)) return;
    if (status_is_ok(job->status)) call_queue_chunk(call, call->reply);
    call->reply = NULL;
    call_finish(call, job->status);
}

static bool queue_job(struct call *call)
{
    struct store *store = dispatch_get_options(call->setup.dispatch)->store;

    switch (call->method->kind) {
    case METHOD_READ:
        return store_submit_read(store, &call->job);
    case METHOD_WRITE:
        return store_submit_write(store, &call->job);
    case METHOD_CHORE:
        return store_submit_chore(store, &call->job);
    case METHOD_LOCAL:
        break;
    }
    abort();
}

void unary_job_start(struct call *call)
{
    bool accepted;

    /* The writer's time is everybody's: it compresses nothing. */
    if (call->method->kind != METHOD_WRITE) call_set_compression(call, CALL_COMPRESS_BIG);
    call->job.arena = &call->arena;
    call->job.run = run_job;
    call->job.done = on_job_done;
    call->job.weight_bytes = call->request_bytes;
    call->job.repeatable = call->method->repeatable;
    call->in_store = true;
    accepted = queue_job(call);
    if (accepted) {
        if (call->method->kind == METHOD_WRITE) quota_count_write(call->setup.quota, 1);
        return;
    }
    metric_count(METRIC_REFUSED_QUEUE);
    call->in_store = false;
    pushback_finish(call,
                    (struct status){.code = GRPC_UNAVAILABLE,
                                    .reason = REASON_SERVER_BUSY,
                                    .message = "too many calls are waiting; nothing was done, "
                                               "try again in a moment"},
                    BUSY_RETRY_MS);
}
