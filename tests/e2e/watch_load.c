/* Many watchers at once: each on a connection of its own, with a filter of its own, some slow,
 * all of them cut at random moments and resumed where they stood, whatever the daemon does.
 *
 *   watch_load SERVER WATCHERS FROM_SEQ LAST_SEQ SEED CUTS OUT_FILE [SECONDS]
 *
 * Watcher w filters by w % 4: nothing; resource observations/load-(w / 4 % 7); service
 * department-(w / 4 % 8); the collection observations. Watcher w with w % 10 == 9 is slow.
 * CUTS: on average one message in so many ends the call, or the connection (0: none). Every
 * watcher goes on until it has heard that LAST_SEQ was passed. OUT_FILE gets a line per change
 * received, in the order received: "watcher seq items sha256", and at the end "lag" lines in
 * microseconds of changes received live, and "resumed N". Order within a watcher is checked
 * here at once. Exits 1 when a watcher saw a seq out of order, or SECONDS (default 300) were
 * over.
 */
#include "client/channel.h"
#include "common/arena.h"
#include "common/sha256.h"
#include "provost/v1/change_log.pb-c.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char watch_path[] = "/provost.v1.ChangeLogService/WatchChanges";

enum { SLOW_US = 3000, PAUSE_MS = 20 };

struct plan {
    struct address address;
    int watchers, cuts;
    int64_t from_seq, last_seq;
    unsigned seed;
    time_t give_up;
    atomic_int failed;
    atomic_long resumed;
};

struct seen {
    int64_t seq;
    int64_t lag_us; /* -1: not live */
    size_t items;
    uint8_t hash[SHA256_BYTES];
};

struct watcher {
    struct plan *plan;
    int number;
    unsigned dice;
    pthread_t thread;
    struct channel *channel;
    int64_t next_seq;
    bool live; /* the replay of this call has caught up */
    struct seen *seen;
    size_t count, room;
};

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void keep(struct watcher *watcher, Provost__V1__Change *change, struct arena *arena)
{
    if (watcher->count == watcher->room) {
        watcher->room = watcher->room ? watcher->room * 2 : 1024;
        watcher->seen = xrealloc(watcher->seen, watcher->room * sizeof *watcher->seen);
    }
    struct seen *seen = &watcher->seen[watcher->count++];
    size_t size = protobuf_c_message_get_packed_size(&change->base);
    uint8_t *bytes = arena_alloc(arena, size + 1);
    protobuf_c_message_pack(&change->base, bytes);
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    sha256_add(hasher, bytes, size);
    sha256_end(hasher, seen->hash);
    sha256_free(hasher);
    seen->seq = change->seq;
    seen->items = change->n_items;
    seen->lag_us = watcher->live
                       ? now_us() - change->time->seconds * 1000000 - change->time->nanos / 1000
                       : -1;
}

static bool take(struct watcher *watcher, const Provost__V1__WatchChangesResponse *response,
                 struct arena *arena)
{
    bool fine = response->change == NULL ? response->seq >= watcher->next_seq - 1
                                         : response->seq >= watcher->next_seq &&
                                               response->seq == response->change->seq;
    if (!fine) {
        fprintf(stderr, "watcher %d got seq %lld, but it stands at %lld\n", watcher->number,
                (long long)response->seq, (long long)watcher->next_seq);
        atomic_store(&watcher->plan->failed, 1);
        return false;
    }
    if (response->change != NULL) keep(watcher, response->change, arena);
    if (response->change == NULL) watcher->live = true;
    watcher->next_seq = response->seq + 1;
    return true;
}

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct watcher *watcher = context;
    struct plan *plan = watcher->plan;
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    Provost__V1__WatchChangesResponse *response =
        provost__v1__watch_changes_response__unpack(arena_allocator(&arena), size, bytes);
    bool fine = response != NULL && take(watcher, response, &arena);
    arena_release(&arena);
    if (watcher->number % 10 == 9)
        nanosleep(&(struct timespec){.tv_nsec = SLOW_US * 1000}, NULL);
    if (plan->cuts > 0 && rand_r(&watcher->dice) % plan->cuts == 0) return false;
    return fine && watcher->next_seq <= plan->last_seq;
}

static void set_filter(const struct watcher *watcher, Provost__V1__WatchChangesRequest *request,
                       char *text, size_t size)
{
    switch (watcher->number % 4) {
    case 1:
        snprintf(text, size, "observations/load-%d", watcher->number / 4 % 7);
        request->resource = text;
        break;
    case 2:
        snprintf(text, size, "department-%d", watcher->number / 4 % 8);
        request->service = text;
        break;
    case 3:
        request->resource = (char *)"observations";
        break;
    default:
        break;
    }
}

static void watch_once(struct watcher *watcher)
{
    struct arena arena;
    char text[64];
    uint8_t bytes[256];
    Provost__V1__WatchChangesRequest request = PROVOST__V1__WATCH_CHANGES_REQUEST__INIT;
    struct channel_reply reply;
    arena_init(&arena, 1 << 20);
    request.from_seq = watcher->next_seq;
    request.progress_seconds = 1;
    set_filter(watcher, &request, text, sizeof text);
    watcher->live = false;
    struct channel_call call = {.path = watch_path,
                                .request = bytes,
                                .request_bytes =
                                    provost__v1__watch_changes_request__pack(&request, bytes),
                                .timeout_ms = 60000,
                                .on_message = on_message,
                                .context = watcher};
    channel_run(watcher->channel, &call, &arena, &reply);
    if (reply.code == GRPC_OUT_OF_RANGE || reply.code == GRPC_INVALID_ARGUMENT ||
        reply.code == GRPC_OK) {
        fprintf(stderr, "watcher %d ended with %d: %s\n", watcher->number, (int)reply.code,
                reply.message);
        atomic_store(&watcher->plan->failed, 1);
    }
    if (reply.code == GRPC_UNAVAILABLE)
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000}, NULL);
    arena_release(&arena);
}

static void *run_watcher(void *data)
{
    struct watcher *watcher = data;
    struct plan *plan = watcher->plan;
    watcher->next_seq = plan->from_seq;
    watcher->dice = plan->seed + (unsigned)watcher->number;
    watcher->channel = channel_new(&plan->address, NULL);
    while (watcher->next_seq <= plan->last_seq && !atomic_load(&plan->failed)) {
        if (time(NULL) > plan->give_up) {
            fprintf(stderr, "watcher %d stands at %lld and time is over\n", watcher->number,
                    (long long)watcher->next_seq);
            atomic_store(&plan->failed, 1);
            break;
        }
        watch_once(watcher);
        atomic_fetch_add(&plan->resumed, 1);
        if (rand_r(&watcher->dice) % 2 == 0) {
            channel_free(watcher->channel);
            watcher->channel = channel_new(&plan->address, NULL);
        }
    }
    channel_free(watcher->channel);
    return NULL;
}

static void report(const struct watcher *watcher, FILE *out)
{
    for (size_t i = 0; i < watcher->count; i++) {
        const struct seen *seen = &watcher->seen[i];
        fprintf(out, "%d %lld %zu ", watcher->number, (long long)seen->seq, seen->items);
        for (size_t b = 0; b < 8; b++)
            fprintf(out, "%02x", seen->hash[b]);
        fprintf(out, " %lld\n", (long long)seen->lag_us);
    }
}

int main(int argc, char **argv)
{
    struct plan plan = {.watchers = 0};
    struct arena arena;
    if (argc < 8) return 2;
    arena_init(&arena, 1 << 20);
    if (address_parse(argv[1], &arena, &plan.address) != NULL) return 2;
    plan.watchers = (int)strtol(argv[2], NULL, 10);
    plan.from_seq = strtoll(argv[3], NULL, 10);
    plan.last_seq = strtoll(argv[4], NULL, 10);
    plan.seed = (unsigned)strtoul(argv[5], NULL, 10);
    plan.cuts = (int)strtol(argv[6], NULL, 10);
    plan.give_up = time(NULL) + (argc > 8 ? strtol(argv[8], NULL, 10) : 300);

    struct watcher *watchers = xcalloc((size_t)plan.watchers, sizeof *watchers);
    for (int i = 0; i < plan.watchers; i++) {
        watchers[i].plan = &plan;
        watchers[i].number = i;
        pthread_create(&watchers[i].thread, NULL, run_watcher, &watchers[i]);
    }
    for (int i = 0; i < plan.watchers; i++)
        pthread_join(watchers[i].thread, NULL);

    FILE *out = fopen(argv[7], "w");
    if (out == NULL) return 2;
    for (int i = 0; i < plan.watchers; i++) {
        report(&watchers[i], out);
        free(watchers[i].seen);
    }
    fprintf(out, "calls %ld\n", atomic_load(&plan.resumed));
    fclose(out);
    free(watchers);
    arena_release(&arena);
    return atomic_load(&plan.failed);
}
