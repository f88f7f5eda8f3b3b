/* The thread for chores: jobs that take long and are few, such as a backup. They run one after
 * the other, without a transaction, so that they hold up neither writes nor reads. */
#include "common/reasons.h"
#include "store/store_impl.h"

#include <pthread.h>

static void run_chore(struct store *store, struct store_job *job)
{
    if (atomic_load(&job->cancelled))
        job->status = status_error(job->arena, GRPC_CANCELLED, REASON_CALL_CANCELLED, NULL,
                                   "the call was cancelled before it was carried out");
    else
        job->status = job->run(job, NULL);
    store_finish(store, job, job);
}

void chores_main(void *data)
{
    struct store *store = data;
    uint64_t ticket;
    (void)pthread_setname_np(pthread_self(), "chores");
    while (queue_wait(&store->chores, 0, &ticket)) {
        struct store_job *job = queue_pop(&store->chores, UINT64_MAX);
        if (job) run_chore(store, job);
    }
}
