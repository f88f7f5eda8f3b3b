/* The hub of watches, on a fake store and a fake log: what is read when, and for whom. */
#include "rpc/watch.h"

#include "common/reasons.h"
#include "rpc/dispatch.h"
#include "service/watch.h"

#include "support/fake_access.h"

#include <provost/v1/change_log.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

typedef Provost__V1__WatchChangesRequest watch_request;
typedef Provost__V1__WatchChangesResponse watch_response;

/* --- a log of which only the seqs are known --- */

enum { BATCH = 3 };

static _Atomic int64_t head;
static _Atomic int64_t unheard; /* changes behind it, of which the hub was not told yet */
static atomic_uint reads;
static atomic_bool is_held; /* reads wait */

static bool matches(const watch_request *request, int64_t seq)
{
    return strcmp(request->resource, "even") != 0 || seq % 2 == 0;
}

struct status watch_read(struct handler_call *call, const watch_request *request,
                         const struct watch_place *place, struct watch_step *out_step)
{
    const ProtobufCMessage **messages =
        arena_alloc(call->arena, BATCH * sizeof(const ProtobufCMessage *));
    size_t *sizes = arena_alloc(call->arena, BATCH * sizeof *sizes);
    int64_t now = atomic_load(&head) + atomic_load(&unheard);
    int64_t next = place->next_seq != 0 ? place->next_seq : request->from_seq;

    if (place->until_seq != 0 && place->until_seq < now) now = place->until_seq;
    atomic_fetch_add(&reads, 1);
    while (atomic_load(&is_held))
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
    if (strcmp(request->resource, "bad") == 0)
        return status_invalid(call->arena, REASON_UNKNOWN_COLLECTION, "resource", "%s is bad",
                              request->resource);
    *out_step = (struct watch_step){.messages = messages, .sizes = sizes};
    for (next = next != 0 ? next : now + 1; next <= now && out_step->count < BATCH; next++) {
        watch_response *response = arena_alloc(call->arena, sizeof *response);

        if (!matches(request, next)) continue;
        provost__v1__watch_changes_response__init(response);
        response->change = arena_alloc(call->arena, sizeof *response->change);
        provost__v1__change__init(response->change);
        response->change->seq = response->seq = next;
        messages[out_step->count] = &response->base;
        sizes[out_step->count++] = protobuf_c_message_get_packed_size(&response->base);
    }
    out_step->after = (struct watch_place){.next_seq = next, .page_size = 1, .head_seq = now};
    return status_ok();
}

/* --- clients --- */

static const struct method methods[] = {
    {.path = "/provost.v1.ChangeLogService/WatchChanges",
     .input = &provost__v1__watch_changes_request__descriptor,
     .output = &provost__v1__watch_changes_response__descriptor,
     .kind = METHOD_LOCAL,
     .server_streams = true,
     .min_role = ROLE_VIEWER,
     .stream = &watch_ops},
};

struct client {
    struct call call;
    bool released;
    int64_t seqs[64]; /* received; negative: progress */
    size_t count;
};

struct fixture {
    uv_loop_t loop;
    uv_prepare_t keep_alive;
    struct store *store;
    struct watch_hub *hub;
    struct dispatch *dispatch;
    struct auth_peer peer;
    struct auth *auth;
    struct client clients[8];
    size_t client_count;
};

static void on_output(struct call *call)
{
    (void)call;
}

static void on_consumed(struct call *call, size_t bytes)
{
    (void)call;
    (void)bytes;
}

static void on_released(struct call *call)
{
    ((struct client *)call)->released = true;
}

static const struct call_transport_ops transport = {
    .on_output = on_output,
    .on_consumed = on_consumed,
    .on_abort = on_output,
    .on_released = on_released,
};

static void on_prepare(uv_prepare_t *prepare)
{
    (void)prepare;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct store_options store = {.loop = &f->loop, .write_queue_max = 2};
    struct dispatch_options dispatch = {
        .loop = &f->loop, .methods = methods, .method_count = 1};

    atomic_store(&head, 0);
    atomic_store(&unheard, 0);
    atomic_store(&reads, 0);
    atomic_store(&is_held, false);
    uv_loop_init(&f->loop);
    uv_prepare_init(&f->loop, &f->keep_alive);
    uv_prepare_start(&f->keep_alive, on_prepare);
    assert_true(status_is_ok(store_open(&store, NULL, &f->store)));
    f->hub = watch_hub_new();
    dispatch.store = f->store;
    dispatch.watch_hub = f->hub;
    f->auth = fake_auth_new(dispatch.store);
    dispatch.auth = f->auth;
    f->dispatch = dispatch_new(&dispatch);
    f->peer =
        (struct auth_peer){.principal = "ann", .auth_method = "unix-peer", .is_operator = true};
    *state = f;
    return 0;
}

static void turn(struct fixture *f)
{
    uv_run(&f->loop, UV_RUN_NOWAIT);
    nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    atomic_store(&is_held, false);
    for (size_t i = 0; i < f->client_count; i++)
        if (!f->clients[i].call.closed) call_close(&f->clients[i].call);
    for (size_t i = 0; i < f->client_count; i++)
        while (!f->clients[i].released)
            turn(f);
    assert_int_equal(watch_hub_get_stats(f->hub).open, 0);
    watch_hub_free(f->hub);
    uv_close((uv_handle_t *)&f->keep_alive, NULL);
    store_close(f->store);
    dispatch_close(f->dispatch);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    dispatch_free(f->dispatch);
    auth_free(f->auth);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    free(f);
    return 0;
}

static void add_header(struct call *call, const char *name, const char *value)
{
    struct header_field field = {name, strlen(name), value, strlen(value)};

    call_add_header(call, &field);
}

static struct client *watch(struct fixture *f, int64_t from_seq, const char *resource)
{
    struct client *client = &f->clients[f->client_count++];
    watch_request request = PROVOST__V1__WATCH_CHANGES_REQUEST__INIT;
    uint8_t bytes[64] = {0};

    request.from_seq = from_seq;
    request.resource = (char *)(uintptr_t)resource;
    request.progress_seconds = 1;
    bytes[4] = (uint8_t)provost__v1__watch_changes_request__pack(&request, bytes + 5);
    dispatch_begin(f->dispatch, &client->call, &transport, &f->peer, 65536);
    add_header(&client->call, ":method", "POST");
    add_header(&client->call, ":path", methods[0].path);
    add_header(&client->call, "content-type", "application/grpc");
    call_headers_complete(&client->call);
    call_add_data(&client->call, bytes, 5 + (size_t)bytes[4]);
    call_half_close(&client->call);
    call_run(&client->call);
    return client;
}

/* Takes what is queued, as the transport does, and says that there is room. */
static void take(struct client *client)
{
    static uint8_t bytes[4096];
    size_t size = call_take_output(&client->call, bytes, sizeof bytes);

    for (size_t at = 0; at < size; at += 5 + (size_t)bytes[at + 4]) {
        watch_response *response =
            provost__v1__watch_changes_response__unpack(NULL, bytes[at + 4], bytes + at + 5);

        assert_non_null(response);
        client->seqs[client->count++] = response->change ? response->seq : -response->seq;
        provost__v1__watch_changes_response__free_unpacked(response, NULL);
    }
    if (!client->call.ended) call_run(&client->call);
}

static void settle(struct fixture *f, unsigned turns)
{
    for (unsigned i = 0; i < turns; i++)
        turn(f);
}

static void wait_for_count(struct fixture *f, struct client *client, size_t count)
{
    for (unsigned i = 0; i < 20000 && client->count < count; i++) {
        turn(f);
        take(client);
    }
    assert_int_equal(client->count, count);
}

static void commit(struct fixture *f, int64_t seq)
{
    atomic_store(&head, seq);
    watch_hub_wake(f->hub, (uint64_t)seq);
}

static void assert_seqs(const struct client *client, const int64_t *seqs, size_t count)
{
    assert_int_equal(client->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(client->seqs[i], seqs[i]);
}

#define ASSERT_SEQS(client, ...)                                                               \
    assert_seqs(client, (const int64_t[]){__VA_ARGS__},                                        \
                sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

/* --- facts --- */

static void replay_and_live_are_one_sequence(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 7);
    struct client *client = watch(f, 2, "");
    wait_for_count(f, client, 7);
    ASSERT_SEQS(client, 2, 3, 4, 5, 6, 7, -7);
    commit(f, 8);
    commit(f, 9);
    wait_for_count(f, client, 9);
    assert_int_equal(client->seqs[7], 8);
    assert_int_equal(client->seqs[8], 9);
}

static void from_zero_is_from_the_next_change_on(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 4);
    struct client *client = watch(f, 0, "");
    wait_for_count(f, client, 1);
    commit(f, 5);
    wait_for_count(f, client, 2);
    ASSERT_SEQS(client, -4, 5);
}

static void a_slow_reader_is_not_read_for(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 9);
    struct client *client = watch(f, 1, "");
    while (client->call.output_bytes == 0)
        turn(f);
    for (int64_t seq = 10; seq < 20; seq++)
        commit(f, seq);
    settle(f, 200);
    assert_int_equal(atomic_load(&reads), 1);
    assert_in_range(client->call.output_bytes, 1, 64);
    wait_for_count(f, client, 20);
    for (int64_t seq = 1; seq < 20; seq++)
        assert_int_equal(client->seqs[seq - 1], seq);
}

static void those_at_one_place_share_a_read(void **state)
{
    struct fixture *f = *state;
    struct client *clients[5];

    for (size_t i = 0; i < 5; i++) {
        clients[i] = watch(f, 1, "");
        wait_for_count(f, clients[i], 1);
    }
    struct client *other = watch(f, 1, "even");
    wait_for_count(f, other, 1);
    unsigned before = atomic_load(&reads);

    commit(f, 2);
    for (size_t i = 0; i < 5; i++) {
        wait_for_count(f, clients[i], 3);
        ASSERT_SEQS(clients[i], -0, 1, 2);
    }
    wait_for_count(f, other, 2);
    ASSERT_SEQS(other, -0, 2);
    assert_int_equal(atomic_load(&reads) - before, 2);
}

static void those_who_began_apart_come_together(void **state)
{
    struct fixture *f = *state;
    struct client *clients[4];

    for (int64_t i = 0; i < 4; i++) { /* each sees further than those before it */
        atomic_store(&unheard, i);
        clients[i] = watch(f, 0, "");
        wait_for_count(f, clients[i], 1);
        ASSERT_SEQS(clients[i], -i);
    }
    commit(f, 4);
    for (size_t i = 0; i < 4; i++)
        wait_for_count(f, clients[i], 5 - i);
    unsigned before = atomic_load(&reads);

    commit(f, 5);
    for (size_t i = 0; i < 4; i++) {
        wait_for_count(f, clients[i], 6 - i);
        assert_int_equal(clients[i]->seqs[5 - i], 5);
    }
    assert_int_equal(atomic_load(&reads) - before, 1);
}

static void shared_bytes_are_there_for_the_last_to_take_them(void **state)
{
    struct fixture *f = *state;
    struct client *clients[4];

    for (size_t i = 0; i < 4; i++) {
        clients[i] = watch(f, 1, "");
        wait_for_count(f, clients[i], 1);
    }
    commit(f, 3);
    for (size_t i = 0; i < 4; i++)
        while (clients[i]->call.output_bytes == 0)
            turn(f);
    for (size_t gone = 0; gone < 3; gone++) { /* whoever read them among the first to go */
        size_t i = (gone + 3) % 4;
        if (gone == 1) take(clients[i]);
        call_close(&clients[i]->call);
    }
    wait_for_count(f, clients[2], 4);
    ASSERT_SEQS(clients[2], -0, 1, 2, 3);
}

static void those_who_share_outlive_whose_read_it_was(void **state)
{
    struct fixture *f = *state;
    struct client *first = watch(f, 1, "");
    wait_for_count(f, first, 1);
    struct client *second = watch(f, 1, "");
    wait_for_count(f, second, 1);
    struct client *third = watch(f, 1, "");
    wait_for_count(f, third, 1);

    atomic_store(&is_held, true);
    commit(f, 1);
    for (size_t i = 0; i < 3; i++) { /* whichever leads */
        if (!f->clients[i].call.in_store) continue;
        call_close(&f->clients[i].call);
        break;
    }
    atomic_store(&is_held, false);
    for (size_t i = 0; i < 3; i++)
        if (!f->clients[i].call.closed) wait_for_count(f, &f->clients[i], 2);
}

static void one_who_shares_may_leave(void **state)
{
    struct fixture *f = *state;
    struct client *clients[3];

    for (size_t i = 0; i < 3; i++) {
        clients[i] = watch(f, 1, "");
        wait_for_count(f, clients[i], 1);
    }
    atomic_store(&is_held, true);
    commit(f, 1);
    for (size_t i = 0; i < 3; i++) {
        if (clients[i]->call.in_store) continue;
        call_close(&clients[i]->call);
        break;
    }
    atomic_store(&is_held, false);
    for (size_t i = 0; i < 3; i++)
        if (!clients[i]->call.closed) wait_for_count(f, clients[i], 2);
}

static void a_commit_during_a_read_is_not_missed(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 1);
    atomic_store(&is_held, true);
    struct client *client = watch(f, 1, "");
    while (atomic_load(&reads) == 0)
        turn(f);
    commit(f, 2); /* the read has taken its snapshot before */
    atomic_store(&is_held, false);
    wait_for_count(f, client, 3);
    assert_int_equal(client->seqs[2], 2);
}

static void progress_is_told_when_nothing_matches(void **state)
{
    struct fixture *f = *state;
    struct client *client = watch(f, 1, "even");

    wait_for_count(f, client, 1);
    commit(f, 1);
    wait_for_count(f, client, 2);
    ASSERT_SEQS(client, -0, -1);
}

static void a_full_queue_only_delays(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 1);
    atomic_store(&is_held, true);
    for (size_t i = 0; i < 6; i++) /* the queue takes two */
        watch(f, 1, "");
    settle(f, 100);
    atomic_store(&is_held, false);
    for (size_t i = 0; i < 6; i++)
        wait_for_count(f, &f->clients[i], 2);
}

static void a_refused_read_ends_the_call(void **state)
{
    struct fixture *f = *state;
    struct client *client = watch(f, 1, "bad");

    while (!client->call.ended)
        turn(f);
    assert_int_equal(client->call.status.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(client->call.status.message, "bad is bad");
}

static void stopping_says_where_to_resume(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 2);
    struct client *client = watch(f, 1, "");
    wait_for_count(f, client, 3);
    watch_hub_stop(f->hub);
    assert_int_equal(client->call.status.code, GRPC_UNAVAILABLE);
    assert_string_equal(client->call.status.reason, REASON_SERVER_STOPPING);
    assert_non_null(strstr(client->call.status.message, "from_seq 3"));
    client = watch(f, 1, "");
    assert_int_equal(client->call.status.code, GRPC_UNAVAILABLE);
}

static void what_was_queued_goes_out_before_the_stop(void **state)
{
    struct fixture *f = *state;

    atomic_store(&head, 5);
    struct client *client = watch(f, 1, "");
    while (client->call.output_bytes == 0)
        turn(f);
    watch_hub_stop(f->hub);
    assert_non_null(strstr(client->call.status.message, "from_seq 4"));
    take(client);
    ASSERT_SEQS(client, 1, 2, 3);
    assert_true(call_is_complete(&client->call));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(replay_and_live_are_one_sequence),
        TEST(from_zero_is_from_the_next_change_on),
        TEST(a_slow_reader_is_not_read_for),
        TEST(those_at_one_place_share_a_read),
        TEST(those_who_began_apart_come_together),
        TEST(shared_bytes_are_there_for_the_last_to_take_them),
        TEST(those_who_share_outlive_whose_read_it_was),
        TEST(one_who_shares_may_leave),
        TEST(a_commit_during_a_read_is_not_missed),
        TEST(progress_is_told_when_nothing_matches),
        TEST(a_full_queue_only_delays),
        TEST(a_refused_read_ends_the_call),
        TEST(stopping_says_where_to_resume),
        TEST(what_was_queued_goes_out_before_the_stop),
    };
    return cmocka_run_group_tests_name("watch", tests, NULL, NULL);
}
