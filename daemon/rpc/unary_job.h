/* The work of a method with a handler (READ, WRITE, CHORE): one job in the store, and its answer.
 */
#ifndef RPC_UNARY_JOB_H
#define RPC_UNARY_JOB_H

struct call;

/* Queues the call's job on the thread its row names; the answer ends the call. A full queue ends
 * it at once: UNAVAILABLE, nothing was done. Loop thread. */
void unary_job_start(struct call *call);

#endif
