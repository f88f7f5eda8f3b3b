/* Work on the register for calls that are answered on the loop thread (METHOD_LOCAL): the one
 * way a stream reads or writes. A call has one such job at a time; its handler is the same
 * straight synchronous code as that of a unary method.
 *
 * Memory: `call->job_arena` is the job's. From stream_job_start to `done` it is the store
 * thread's; while no job is under way the stream may put things into it, and must empty it
 * (call_reset_job_arena) when it needs nothing of a job any more. The texts of `done`'s status
 * are in it. `call->arena` stays the loop thread's all the time.
 */
#ifndef RPC_STREAM_JOB_H
#define RPC_STREAM_JOB_H

#include "common/status.h"
#include "rpc/call.h"
#include "service/handler.h"

struct stream_job_ops {
    bool writes; /* on the writer thread, else on a reader thread */
    /* Store thread. May use what the loop thread leaves alone until `done`. For the answer it
     * may leave framed messages in call->reply. */
    struct status (*run)(struct call *call, struct handler_call *handler);
    /* Loop thread: `run` is over and its effects are durable, or undone when `status` is not
     * OK. Not called once the call has ended: its on_ended was the last word. */
    void (*done)(struct call *call, struct status status);
};

/* Starts a job; none may be under way and the call must not have ended. While the store's queue
 * is full it waits and tries again, so that a stream is slowed and never dropped. Loop thread.
 */
void stream_job_start(struct call *call, const struct stream_job_ops *ops);

/* True from stream_job_start until `done`. Loop thread. */
bool stream_job_is_busy(const struct call *call);

#endif
