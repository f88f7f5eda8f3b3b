#include "rpc/watch.h"

#include "common/arena.h"
#include "common/container_of.h"
#include "common/reasons.h"
#include "rpc/call.h"
#include "rpc/dispatch.h"
#include "rpc/stream_job.h"
#include "service/rights.h"
#include "service/watch.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The lists of a hub. */
enum { OPEN, READING, LISTS };

/* One call; lives in the call's arena. */
struct watch {
    struct call *call;
    struct watch_hub *hub;
    const Provost__V1__WatchChangesRequest *request;
    struct {
        struct watch *next;
        struct watch *previous;
    } links[LISTS];
    struct watch *leader;    /* whose read this one waits for */
    struct watch *followers; /* those who wait for this one's */
    struct watch *next_follower;
    struct watch_place place;
    struct watch_step step; /* of the read under way: the store thread's until it is done */
    struct timeout progress;
    bool told; /* that the replay has caught up */
};

struct watch_hub {
    struct watch *lists[LISTS];
    struct watch_stats stats;
    int64_t seq; /* the newest that is known here */
    bool stopped;
    uint64_t (*signed_size)(void *data); /* NULL: not known */
    void *signed_data;
};

struct watch_hub *watch_hub_new(void)
{
    return xcalloc(1, sizeof(struct watch_hub));
}

void watch_hub_set_signed(struct watch_hub *hub, uint64_t (*signed_size)(void *data),
                          void *data)
{
    hub->signed_size = signed_size;
    hub->signed_data = data;
}

void watch_hub_free(struct watch_hub *hub)
{
    assert(hub == NULL || hub->lists[OPEN] == NULL);
    free(hub);
}

struct watch_stats watch_hub_get_stats(const struct watch_hub *hub)
{
    struct watch_stats stats = hub->stats;

    for (const struct watch *at = hub->lists[OPEN]; at != NULL; at = at->links[OPEN].next) {
        int64_t next_seq = at->place.next_seq; /* 0: not known before the first read */

        if (next_seq > 0 && hub->seq >= next_seq &&
            (uint64_t)(hub->seq - next_seq) + 1 > stats.lag)
            stats.lag = (uint64_t)(hub->seq - next_seq) + 1;
    }
    return stats;
}

/* --- lists --- */

static void link_watch(struct watch *watch, unsigned list)
{
    struct watch **head = &watch->hub->lists[list];

    watch->links[list].next = *head;
    watch->links[list].previous = NULL;
    if (*head != NULL) (*head)->links[list].previous = watch;
    *head = watch;
}

static void unlink_watch(struct watch *watch, unsigned list)
{
    struct watch *next = watch->links[list].next;
    struct watch *previous = watch->links[list].previous;

    if (next != NULL) next->links[list].previous = previous;
    if (previous != NULL)
        previous->links[list].next = next;
    else if (watch->hub->lists[list] == watch)
        watch->hub->lists[list] = next;
    watch->links[list].next = watch->links[list].previous = NULL;
}

static void follow(struct watch *watch, struct watch *leader)
{
    watch->leader = leader;
    watch->next_follower = leader->followers;
    leader->followers = watch;
}

static void unfollow(struct watch *watch)
{
    struct watch **link;

    if (watch->leader == NULL) return;
    link = &watch->leader->followers;
    while (*link != watch)
        link = &(*link)->next_follower;
    *link = watch->next_follower;
    watch->leader = NULL;
}

/* --- reading --- */

static bool asks_the_same(const struct watch *a, const struct watch *b)
{
    return a->place.next_seq == b->place.next_seq && a->place.page_size == b->place.page_size &&
           strcmp(a->request->resource, b->request->resource) == 0 &&
           strcmp(a->request->principal, b->request->principal) == 0 &&
           strcmp(a->request->service, b->request->service) == 0 &&
           rights_see_the_same(a->call->caller.rights, b->call->caller.rights);
}

/* A watch whose read will answer this one too. */
static struct watch *find_leader(const struct watch *watch)
{
    if (watch->place.next_seq == 0) return NULL;
    for (struct watch *at = watch->hub->lists[READING]; at != NULL;
         at = at->links[READING].next)
        if (asks_the_same(at, watch)) return at;
    return NULL;
}

/* Store thread. */
static struct status run_read(struct call *call, struct handler_call *handler)
{
    struct watch *watch = call->stream_state;
    struct status status = watch_read(handler, watch->request, &watch->place, &watch->step);

    if (!status_is_ok(status) || watch->step.count == 0) return status;
    call->reply =
        call_frame_all(call, &(struct call_messages){watch->step.messages, watch->step.sizes,
                                                     watch->step.count});
    if (call->reply != NULL) return status;
    return (struct status){.code = GRPC_RESOURCE_EXHAUSTED,
                           .reason = REASON_RESPONSE_TOO_LARGE,
                           .message = CALL_RESPONSE_TOO_LARGE};
}

static void on_read(struct call *call, struct status status);

static const struct stream_job_ops read_ops = {.run = run_read, .done = on_read};

/* Reads on unless it waits for a read, for the client or for a commit. */
static void advance(struct watch *watch)
{
    struct call *call = watch->call;
    struct watch *leader;

    if (call->ended || stream_job_is_busy(call) || watch->leader != NULL) return;
    if (call->output_bytes > 0) return; /* on_writable comes back here */
    if (watch->place.next_seq > watch->hub->seq && watch->place.next_seq != 0) return;
    leader = find_leader(watch);
    if (leader != NULL) {
        follow(watch, leader);
        return;
    }
    link_watch(watch, READING);
    if (watch->place.next_seq != 0) watch->place.until_seq = watch->hub->seq;
    stream_job_start(call, &read_ops);
}

/* --- progress --- */

static uint64_t progress_ms(const struct watch *watch)
{
    int32_t seconds = watch->request->progress_seconds;

    return (uint64_t)(seconds > 0 ? seconds : WATCH_PROGRESS_SECONDS) * 1000;
}

static void restart_progress(struct watch *watch)
{
    timeout_set(watch->call->setup.deadlines, &watch->progress, progress_ms(watch));
}

static void send_progress(struct watch *watch)
{
    Provost__V1__WatchChangesResponse response = PROVOST__V1__WATCH_CHANGES_RESPONSE__INIT;

    response.seq = watch->place.next_seq - 1;
    if (watch->hub->signed_size != NULL)
        response.signed_size = (int64_t)watch->hub->signed_size(watch->hub->signed_data);
    call_send(watch->call, &response.base);
}

/* Nothing matched for a while: say how far the watch is. A client that has not taken the last
 * batch is not pressed with more. */
static void on_progress(struct timeout *progress)
{
    struct watch *watch = container_of(progress, struct watch, progress);

    if (watch->place.next_seq > 0 && watch->call->output_bytes == 0) send_progress(watch);
    if (!watch->call->ended) restart_progress(watch);
}

/* --- what was read --- */

/* Gives a watch its part of a read: `chunk` (NULL: nothing matched) becomes its own. */
static void deliver(struct watch *watch, const struct watch_place *after,
                    struct call_chunk *chunk)
{
    watch->place = *after;
    if (chunk != NULL) {
        watch->hub->stats.batches++;
        call_queue_chunk(watch->call, chunk);
        restart_progress(watch);
    }
    if (!watch->told && after->next_seq > after->head_seq) {
        watch->told = true;
        send_progress(watch);
    }
    advance(watch);
}

/* Takes the followers off; with `after` NULL they look after themselves. */
static void serve_followers(struct watch *leader, const struct watch_place *after,
                            struct call_chunk *chunk)
{
    struct watch *watch = leader->followers;

    leader->followers = NULL;
    while (watch != NULL) {
        struct watch *next = watch->next_follower;

        watch->leader = NULL;
        if (after == NULL) {
            advance(watch);
        } else {
            if (leader->call->hid) watch->call->hid = true;
            deliver(watch, after, chunk != NULL ? call_borrow_chunk(chunk) : NULL);
        }
        watch = next;
    }
}

static void on_read(struct call *call, struct status status)
{
    struct watch *watch = call->stream_state;
    struct call_chunk *chunk = call->reply;
    struct watch_place after = watch->step.after;

    unlink_watch(watch, READING);
    watch->hub->stats.reads++;
    call->reply = NULL;
    if (!status_is_ok(status)) {
        call_drop_chunk(chunk);
        call_finish(call, status);
        return;
    }
    call_reset_job_arena(call);
    if (after.head_seq > watch->hub->seq) watch->hub->seq = after.head_seq;
    serve_followers(watch, &after, chunk);
    deliver(watch, &after, chunk);
}

/* --- the call --- */

static void refuse_stopping(struct call *call, int64_t next_seq)
{
    call_finish(call,
                next_seq == 0
                    ? status_error(&call->arena, GRPC_UNAVAILABLE, REASON_SERVER_STOPPING, NULL,
                                   "the daemon is stopping; watch again later")
                    : status_error(&call->arena, GRPC_UNAVAILABLE, REASON_SERVER_STOPPING, NULL,
                                   "the daemon is stopping; resume with from_seq %" PRId64,
                                   next_seq));
}

static void on_message(struct call *call, const ProtobufCMessage *message)
{
    struct watch_hub *hub = dispatch_get_options(call->setup.dispatch)->watch_hub;
    struct watch *watch;

    if (hub->stopped) {
        refuse_stopping(call, ((const Provost__V1__WatchChangesRequest *)message)->from_seq);
        return;
    }
    watch = arena_zalloc(&call->arena, sizeof *watch);
    watch->call = call;
    watch->hub = hub;
    watch->request = (const Provost__V1__WatchChangesRequest *)message;
    watch->progress.on_due = on_progress;
    call->stream_state = watch;
    link_watch(watch, OPEN);
    hub->stats.open++;
    restart_progress(watch);
    advance(watch);
}

static void on_writable(struct call *call)
{
    if (call->stream_state != NULL) advance(call->stream_state);
}

static void on_ended(struct call *call)
{
    struct watch *watch = call->stream_state;

    if (watch == NULL) return;
    watch->hub->stats.open--;
    timeout_clear(call->setup.deadlines, &watch->progress);
    unfollow(watch);
    unlink_watch(watch, OPEN);
    unlink_watch(watch, READING);
    serve_followers(watch, NULL, NULL);
}

const struct stream_ops watch_ops = {
    .on_message = on_message,
    .on_writable = on_writable,
    .on_ended = on_ended,
};

/* --- the daemon's side --- */

void watch_hub_wake(struct watch_hub *hub, uint64_t seq)
{
    struct watch *next;

    if ((int64_t)seq > hub->seq) hub->seq = (int64_t)seq;
    for (struct watch *watch = hub->lists[OPEN]; watch != NULL; watch = next) {
        next = watch->links[OPEN].next;
        advance(watch);
    }
}

void watch_hub_stop(struct watch_hub *hub)
{
    hub->stopped = true;
    while (hub->lists[OPEN] != NULL) { /* each takes itself off the list */
        struct watch *watch = hub->lists[OPEN];
        int64_t next_seq = watch->place.next_seq;

        refuse_stopping(watch->call, next_seq != 0 ? next_seq : watch->request->from_seq);
    }
}
