#include "first_start.h"

#include "common/arena.h"
#include "common/log.h"
#include "common/time_text.h"
#include "service/access_tokens.h"
#include "store/store.h"

#include <openssl/crypto.h>
#include <string.h>

/* The job lives as long as the process: it is run once. */
static struct {
    struct store_job job;
    struct arena arena;
    struct store *store;
    const char *secret;
} first;

static struct status run(struct store_job *job, struct txn *txn)
{
    return access_bootstrap(txn, first.store, job->arena, time_now_us(), &first.secret);
}

/* The one place where a secret is written out, since nobody could get it otherwise; it is good once
 * and for a day. */
static void done(struct store_job *job)
{
    if (!status_is_ok(job->status))
        log_error("no first administrator could be made: %s", job->status.message);
    if (status_is_ok(job->status) && first.secret != NULL) {
        log_notice("first start: on this machine root and the user of this daemon are "
                   "administrators");
        log_notice(
            "first start: to sign in from elsewhere as \"admin\", within a day and once: "
            "provost --server HOST:PORT login");
        log_notice("first start: one-time token: %s", first.secret);
        OPENSSL_cleanse((char *)(uintptr_t)first.secret, strlen(first.secret));
    }
    first.secret = NULL;
    arena_release(&first.arena);
}

void first_start(struct store *store)
{
    arena_init(&first.arena, SIZE_MAX);
    first.store = store;
    first.job = (struct store_job){.arena = &first.arena, .run = run, .done = done};
    if (!store_submit_write(store, &first.job))
        log_error("no first administrator could be made: the store takes no job");
}
