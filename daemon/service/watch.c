#include "service/watch.h"

#include "common/reasons.h"
#include "service/change_log.h"
#include "store/signer.h"
#include "store/store.h"
#include "store/txn.h"

#include <assert.h>
#include <inttypes.h>

typedef Provost__V1__WatchChangesRequest watch_request;
typedef Provost__V1__WatchChangesResponse watch_response;
typedef Provost__V1__ListChangesResponse page_response;

static struct status check_request(struct arena *arena, const watch_request *request,
                                   int64_t head)
{
    if (request->from_seq < 0)
        return status_invalid(arena, REASON_SEQ_INVALID, "from_seq",
                              "from_seq is %" PRId64 "; the first change is 1",
                              request->from_seq);
    if (request->progress_seconds < 0 || request->progress_seconds > WATCH_PROGRESS_SECONDS_MAX)
        return status_invalid(arena, REASON_TIME_INVALID, "progress_seconds",
                              "progress_seconds is %" PRId32 "; it must be 0 to %d",
                              request->progress_seconds, WATCH_PROGRESS_SECONDS_MAX);
    if (request->from_seq > head + 1)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_SEQ_INVALID, "from_seq",
                            "from_seq is %" PRId64 ", but the log ends with change %" PRId64
                            "; watch from %" PRId64 " at most",
                            request->from_seq, head, head + 1);
    return status_ok();
}

/* The place of the first step. */
static struct status begin(struct handler_call *call, const watch_request *request,
                           struct watch_place *place)
{
    int64_t head = txn_seq(call->txn);
    struct status st = check_request(call->arena, request, head);
    if (!status_is_ok(st)) return st;
    place->next_seq = request->from_seq != 0 ? request->from_seq : head + 1;
    place->page_size = WATCH_STEP_CHANGES;
    return st;
}

/* Of one step at most. */
static int64_t last_seq(const struct watch_place *place)
{
    int64_t last = place->next_seq + WATCH_STEP_SEQS - 1;
    return place->until_seq != 0 && place->until_seq < last ? place->until_seq : last;
}

static struct status read_page(struct handler_call *call, const watch_request *request,
                               const struct watch_place *place, page_response **out_page)
{
    Provost__V1__ListChangesRequest list = PROVOST__V1__LIST_CHANGES_REQUEST__INIT;
    ProtobufCMessage *page = NULL;
    list.resource = request->resource;
    list.principal = request->principal;
    list.service = request->service;
    list.oldest_first = true;
    list.page_size = place->page_size;
    list.from_seq = place->next_seq;
    list.to_seq = last_seq(place);
    struct status st = change_log_list_changes(call, &list.base, &page);
    while (status_is_ok(st) && ((page_response *)page)->n_changes == 0 &&
           ((page_response *)page)->next_page_token[0] != '\0') {
        list.page_token = ((page_response *)page)->next_page_token;
        st = change_log_list_changes(call, &list.base, &page);
    }
    *out_page = (page_response *)page;
    return st;
}

static watch_response *message_of(struct handler_call *call, Provost__V1__Change *change)
{
    watch_response *message = arena_alloc(call->arena, sizeof *message);
    provost__v1__watch_changes_response__init(message);
    message->change = change;
    message->seq = change->seq;
    message->signed_size = (int64_t)signer_size(store_signer(call->store));
    return message;
}

/* Takes of the page what may be sent at once. */
static void take_changes(struct handler_call *call, const page_response *page,
                         struct watch_step *step)
{
    const ProtobufCMessage **messages =
        arena_alloc(call->arena, (page->n_changes + 1) * sizeof *messages);
    size_t *sizes = arena_alloc(call->arena, (page->n_changes + 1) * sizeof *sizes);
    size_t bytes = 0;
    for (; step->count < page->n_changes && bytes < WATCH_STEP_BYTES; step->count++) {
        watch_response *message = message_of(call, page->changes[step->count]);
        messages[step->count] = &message->base;
        sizes[step->count] = protobuf_c_message_get_packed_size(&message->base);
        bytes += sizes[step->count];
    }
    step->messages = messages;
    step->sizes = sizes;
}

/* A step that was cut short by its bytes makes the next ones read less. */
static int32_t next_page_size(const struct watch_place *place, const page_response *page,
                              size_t taken)
{
    if (taken < page->n_changes) return (int32_t)taken;
    return place->page_size * 2 < WATCH_STEP_CHANGES ? place->page_size * 2
                                                     : WATCH_STEP_CHANGES;
}

/* Where to go on: behind the last change taken or, when all there is was looked at, behind
 * that.
 */
static int64_t next_seq(const struct watch_place *place, const page_response *page,
                        size_t taken, int64_t head)
{
    int64_t last = last_seq(place);
    if (taken < page->n_changes || page->next_page_token[0] != '\0')
        return page->changes[taken - 1]->seq + 1;
    return (last < head ? last : head) + 1;
}

static int64_t head_seq(const struct handler_call *call, const struct watch_place *place)
{
    int64_t head = txn_seq(call->txn);
    return place->until_seq != 0 && place->until_seq < head ? place->until_seq : head;
}

struct status watch_read(struct handler_call *call,
                         const Provost__V1__WatchChangesRequest *request,
                         const struct watch_place *place, struct watch_step *out_step)
{
    struct watch_place from = *place;
    struct watch_step step = {.count = 0};
    page_response *page = NULL;
    struct status st = from.next_seq == 0 ? begin(call, request, &from) : status_ok();
    if (status_is_ok(st)) st = read_page(call, request, &from, &page);
    if (!status_is_ok(st)) return st;
    assert(page != NULL);
    take_changes(call, page, &step);
    step.after.head_seq = head_seq(call, &from);
    step.after.next_seq = next_seq(&from, page, step.count, step.after.head_seq);
    step.after.page_size = next_page_size(&from, page, step.count);
    *out_step = step;
    return st;
}
