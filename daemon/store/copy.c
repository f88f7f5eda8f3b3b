#include "store/copy.h"

#include "common/reasons.h"
#include "store/store_impl.h"

/* About a millisecond's work: what a write may have to wait for it. */
enum { STEP_PAGES = 256 };

void copy_init(struct copy *copy)
{
    uv_mutex_init(&copy->lock);
    uv_cond_init(&copy->changed);
}

void copy_release(struct copy *copy)
{
    uv_cond_destroy(&copy->changed);
    uv_mutex_destroy(&copy->lock);
}

/* ---- the writer's side ---- */

static void finish(struct copy *copy, bool fine)
{
    db_copy_end(copy->running);
    copy->running = NULL;
    uv_mutex_lock(&copy->lock);
    copy->finished = true;
    copy->fine = fine;
    copy->to = NULL;
    uv_cond_broadcast(&copy->changed);
    uv_mutex_unlock(&copy->lock);
}

/* Who asks for a copy, NULL for nobody. */
static struct db *wanted(struct copy *copy)
{
    uv_mutex_lock(&copy->lock);
    struct db *to = copy->to;
    uv_mutex_unlock(&copy->lock);
    return to;
}

bool copy_step(struct store *store)
{
    struct copy *copy = &store->copy;
    struct db *to = wanted(copy);
    if (!to) return false;
    durable_settle(store); /* a copy must not know more than the register after a power cut */
    if (!copy->running) copy->running = db_copy_start(store->db, to);
    enum step step = copy->running ? db_copy_step(copy->running, STEP_PAGES) : STEP_FAILED;
    if (step == STEP_ROW) return true;
    finish(copy, step == STEP_DONE);
    return false;
}

void copy_abandon(struct store *store)
{
    struct copy *copy = &store->copy;
    uv_mutex_lock(&copy->lock);
    copy->cancelled = true;
    uv_mutex_unlock(&copy->lock);
    if (wanted(copy)) finish(copy, false);
}

/* ---- the asking side ---- */

static struct status unavailable(struct arena *arena, const char *why)
{
    return status_error(arena, GRPC_UNAVAILABLE, REASON_BACKUP_FAILED, NULL,
                        "the register was not copied: %s", why);
}

/* Hands the file to the writer; NULL, or why that cannot be. */
static const char *ask(struct copy *copy, struct db *to)
{
    const char *why = NULL;
    uv_mutex_lock(&copy->lock);
    if (copy->cancelled)
        why = "the daemon is stopping";
    else if (copy->to)
        why = "another backup is being made; wait for it";
    else {
        copy->to = to;
        copy->finished = false;
    }
    uv_mutex_unlock(&copy->lock);
    return why;
}

static bool await(struct store *store)
{
    struct copy *copy = &store->copy;
    if (!store->options.loop)
        while (copy_step(store))
            ;
    else
        queue_wake(&store->writes);
    uv_mutex_lock(&copy->lock);
    while (!copy->finished)
        uv_cond_wait(&copy->changed, &copy->lock);
    bool fine = copy->fine;
    uv_mutex_unlock(&copy->lock);
    return fine;
}

static struct status failure(struct store *store, struct db *to, struct arena *arena)
{
    uv_mutex_lock(&store->copy.lock);
    bool cancelled = store->copy.cancelled;
    uv_mutex_unlock(&store->copy.lock);
    if (cancelled) return unavailable(arena, "the daemon is stopping");
    if (db_failure(to) == DB_FULL)
        return status_error(
            arena, GRPC_RESOURCE_EXHAUSTED, REASON_DISK_FULL, NULL,
            "there is no room for the backup; the register itself is untouched");
    return status_error(
        arena, GRPC_INTERNAL, REASON_BACKUP_FAILED, NULL,
        "the register could not be copied: %s; the register itself is untouched", db_error(to));
}

struct status copy_register(struct store *store, const char *path, struct arena *arena)
{
    struct db *to = NULL;
    struct status st = db_open(path, DB_COPY, arena, &to);
    if (!status_is_ok(st)) return st;
    const char *why = ask(&store->copy, to);
    if (why)
        st = unavailable(arena, why);
    else if (!await(store) || !db_copy_seal(to))
        st = failure(store, to, arena);
    db_close(to);
    return st;
}
