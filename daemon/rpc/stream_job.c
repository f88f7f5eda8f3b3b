#include "rpc/stream_job.h"

#include "common/container_of.h"
#include "rpc/dispatch.h"

#include <assert.h>

enum { RETRY_MS = 20 };

/* Store thread. */
static struct status run_job(struct store_job *job, struct txn *txn)
{
    struct call *call = container_of(job, struct call, job);
    struct handler_call handler = {
        .arena = &call->job_arena,
        .txn = txn,
        .caller = &call->caller,
        .method = call->method->path,
        .store = dispatch_get_options(call->setup.dispatch)->store,
        .now_us = call->arrived_us,
    };
    const struct handler_guard *guard = dispatch_get_options(call->setup.dispatch)->guard;
    struct status status;

    if (guard != NULL) guard->enter(&handler);
    status = call->stream_job->run(call, &handler);
    if (guard != NULL && guard->leave(&handler)) call->hid = true;
    return status;
}

static void on_job_done(struct store_job *job)
{
    struct call *call = container_of(job, struct call, job);

    if (call_leave_store(call) && !call->ended) call->stream_job->done(call, job->status);
}

static void submit(struct call *call);

static void on_retry(struct timeout *retry)
{
    submit(container_of(retry, struct call, job_retry));
}

static void submit(struct call *call)
{
    struct store *store = dispatch_get_options(call->setup.dispatch)->store;

    call->in_store = true;
    if (call->stream_job->writes ? store_submit_write(store, &call->job)
                                 : store_submit_read(store, &call->job))
        return;
    call->in_store = false;
    call->job_retry.on_due = on_retry;
    timeout_set(call->setup.deadlines, &call->job_retry, RETRY_MS);
}

void stream_job_start(struct call *call, const struct stream_job_ops *ops)
{
    assert(!stream_job_is_busy(call) && !call->ended);
    call->stream_job = ops;
    call->job = (struct store_job){
        .arena = &call->job_arena,
        .run = run_job,
        .done = on_job_done,
        .weight_bytes = call->job_arena.used_bytes,
    };
    submit(call);
}

bool stream_job_is_busy(const struct call *call)
{
    return call->in_store || timeout_is_set(&call->job_retry);
}
