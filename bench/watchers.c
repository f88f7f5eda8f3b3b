/* W9: many watchers at once, each with a call on a connection of its own, from now on.
 *
 *   watchers SERVER WATCHERS SECONDS all|department
 *
 * "all" is shown every change, "department" the changes of one of sixteen departments. Prints one
 * JSON object: changes received by all together and their lag, from the change's time in the log
 * until it was decoded here (one clock: the daemon is on this machine).
 */
#include "client/channel.h"
#include "common/arena.h"
#include "load/work.h"

#include "provost/v1/change_log.pb-c.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LAGS_MAX = 4 << 20 };

struct watcher {
    const struct address *address;
    const char *service; /* or NULL */
    unsigned seconds;
    pthread_t thread;
    uint32_t *lags_us;
    size_t count, room;
    bool is_broken;
    struct arena arena; /* of the message being decoded */
    struct arena_mark empty;
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void keep(struct watcher *watcher, const Provost__V1__Change *change)
{
    int64_t made_us = change->time->seconds * 1000000 + change->time->nanos / 1000;
    int64_t lag_us = now_us() - made_us;
    if (watcher->count == watcher->room) {
        watcher->room = watcher->room ? 2 * watcher->room : 4096;
        watcher->lags_us = xrealloc(watcher->lags_us, watcher->room * sizeof *watcher->lags_us);
    }
    watcher->lags_us[watcher->count++] = lag_us < 0 ? 0 : (uint32_t)lag_us;
}

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct watcher *watcher = context;
    const Provost__V1__WatchChangesResponse *response =
        provost__v1__watch_changes_response__unpack(arena_allocator(&watcher->arena), size,
                                                    bytes);
    if (response && response->change && watcher->count < LAGS_MAX)
        keep(watcher, response->change);
    arena_rewind(&watcher->arena, watcher->empty);
    return response != NULL;
}

static void *run_watcher(void *data)
{
    struct watcher *watcher = data;
    struct arena arena;
    uint8_t bytes[256];
    Provost__V1__WatchChangesRequest request = PROVOST__V1__WATCH_CHANGES_REQUEST__INIT;
    struct channel_reply reply;
    arena_init(&arena, 1 << 20);
    if (watcher->service) request.service = (char *)watcher->service;
    struct channel_call call = {.path = "/provost.v1.ChangeLogService/WatchChanges",
                                .request = bytes,
                                .request_bytes =
                                    provost__v1__watch_changes_request__pack(&request, bytes),
                                .timeout_ms = (uint64_t)watcher->seconds * 1000,
                                .on_message = on_message,
                                .context = watcher};
    arena_init(&watcher->arena, SIZE_MAX);
    (void)arena_alloc(&watcher->arena, 1); /* its first block stays */
    watcher->empty = arena_mark(&watcher->arena);
    struct channel *channel = channel_new(watcher->address, NULL);
    channel_run(channel, &call, &arena, &reply);
    /* The deadline is the end that is meant. */
    watcher->is_broken = reply.code != GRPC_DEADLINE_EXCEEDED;
    if (watcher->is_broken) fprintf(stderr, "watchers: %d %s\n", reply.code, reply.message);
    channel_free(channel);
    arena_release(&watcher->arena);
    arena_release(&arena);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool report(struct watcher *watchers, size_t count)
{
    size_t total = 0;
    bool broken = false;
    for (size_t i = 0; i < count; i++)
        total += watchers[i].count;
    uint32_t *lags = xcalloc(total + 1, sizeof *lags);
    total = 0;
    for (size_t i = 0; i < count; i++) {
        if (watchers[i].count > 0)
            memcpy(lags + total, watchers[i].lags_us, watchers[i].count * sizeof *lags);
        total += watchers[i].count;
        broken |= watchers[i].is_broken;
        free(watchers[i].lags_us);
    }
    qsort(lags, total, sizeof *lags, compare);
    printf("{\"watchers\": %zu, \"received\": %zu, \"p50_us\": %u, \"p99_us\": %u, \"max_us\": "
           "%u}\n",
           count, total, lags[total / 2], lags[total * 99 / 100],
           lags[total > 0 ? total - 1 : 0]);
    free(lags);
    return !broken && total > 0;
}

int main(int argc, char **argv)
{
    struct arena arena;
    struct address address;
    arena_init(&arena, 1 << 20);
    if (argc != 5 || address_parse(argv[1], &arena, &address) != NULL) {
        fputs("usage: watchers SERVER WATCHERS SECONDS all|department\n", stderr);
        return 2;
    }
    size_t count = strtoul(argv[2], NULL, 10);
    struct watcher *watchers = xcalloc(count, sizeof *watchers);
    for (size_t i = 0; i < count; i++) {
        watchers[i].address = &address;
        watchers[i].service = strcmp(argv[4], "all") == 0 ? NULL : department(i);
        watchers[i].seconds = (unsigned)strtoul(argv[3], NULL, 10);
        if (pthread_create(&watchers[i].thread, NULL, run_watcher, &watchers[i]) != 0) return 1;
    }
    for (size_t i = 0; i < count; i++)
        pthread_join(watchers[i].thread, NULL);
    bool fine = report(watchers, count);
    free(watchers);
    arena_release(&arena);
    return fine ? 0 : 1;
}
