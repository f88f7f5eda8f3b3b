#include "store/backfill.h"

#include "store/store_impl.h"

#include <assert.h>
#include <pthread.h>

void backfill_init(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    backfill->pages = BACKFILL_PAGES;
    backfill->rest_pages = BACKFILL_REST_PAGES;
    backfill->force_pages = BACKFILL_FORCE_PAGES;
    uv_mutex_init(&backfill->lock);
    uv_cond_init(&backfill->change);
}

void backfill_release(struct store *store)
{
    uv_cond_destroy(&store->backfill.change);
    uv_mutex_destroy(&store->backfill.lock);
}

struct status backfill_open(struct store *store, struct arena *arena)
{
    return db_open(store->path, DB_BACKFILL, arena, &store->backfill.db);
}

static void copy(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    uv_mutex_unlock(&backfill->lock);
    bool fine = db_checkpoint(backfill->db, false) && db_flush_file(backfill->db);
    uv_mutex_lock(&backfill->lock);
    backfill->failed = !fine;
    backfill->copying = false;
    uv_cond_broadcast(&backfill->change);
    queue_wake(&store->writes);
}

static void backfill_main(void *data)
{
    struct store *store = data;
    struct backfill *backfill = &store->backfill;
    (void)pthread_setname_np(pthread_self(), "backfill");
    uv_mutex_lock(&backfill->lock);
    while (backfill->copying || !backfill->stop)
        if (backfill->copying)
            copy(store);
        else
            uv_cond_wait(&backfill->change, &backfill->lock);
    uv_mutex_unlock(&backfill->lock);
}

bool backfill_start(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    backfill->running = uv_thread_create(&backfill->thread, backfill_main, store) == 0;
    return backfill->running;
}

void backfill_stop(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    if (!backfill->running) return;
    uv_mutex_lock(&backfill->lock);
    backfill->stop = true;
    uv_cond_broadcast(&backfill->change);
    uv_mutex_unlock(&backfill->lock);
    uv_thread_join(&backfill->thread);
    backfill->running = false;
}

bool backfill_ask(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    if (!backfill->running) return false;
    backfill->asked_pages = db_wal_pages(store->db);
    uv_mutex_lock(&backfill->lock);
    assert(!backfill->copying);
    backfill->copying = true;
    uv_cond_broadcast(&backfill->change);
    uv_mutex_unlock(&backfill->lock);
    return true;
}

bool backfill_is_copying(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    uv_mutex_lock(&backfill->lock);
    bool copying = backfill->copying;
    uv_mutex_unlock(&backfill->lock);
    return copying;
}

void backfill_wait(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    uv_mutex_lock(&backfill->lock);
    while (backfill->copying)
        uv_cond_wait(&backfill->change, &backfill->lock);
    uv_mutex_unlock(&backfill->lock);
}

const struct db *backfill_failed(struct store *store)
{
    struct backfill *backfill = &store->backfill;
    uv_mutex_lock(&backfill->lock);
    bool failed = backfill->failed;
    backfill->failed = false;
    uv_mutex_unlock(&backfill->lock);
    return failed ? backfill->db : NULL;
}
