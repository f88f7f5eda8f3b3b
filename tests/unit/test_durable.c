/* Who is answered when: a disk whose flush of the write-ahead log waits, or fails, as the test says. */
#include "common/reasons.h"
#include "gate_vfs.h"
#include "provost/v1/resources.pb-c.h"
#include "store/store.h"
#include "store/store_impl.h"
#include "store/txn.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { WRITES = 40, WAIT_MS_MAX = 60000 };

/* ---- the store ---- */

static const struct kind organisation = {"organisations", "organisation",
                                         &provost__v1__organisation__descriptor, NULL};
static const struct kind *const kinds[] = {&organisation, NULL};

struct fixture {
    char dir[TEMP_DIR_BYTES];
    uv_loop_t loop;
    struct store *store;
    struct arena arena;
    uv_sem_t begin; /* holds the first write until all have been sent */
    _Atomic int run;
    int done, fatal;
};

struct write {
    struct store_job job;
    struct fixture *f;
    int number;
    bool done;
    struct arena arena;
};

struct read {
    struct store_job job;
    struct arena arena;
    bool done, found;
};

static void on_fatal(void *data, const char *message)
{
    struct fixture *f = data;
    assert_non_null(strstr(message, "flushed"));
    f->fatal++;
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "durable", f->dir)) return -1;
    arena_init(&f->arena, 1 << 20);
    uv_loop_init(&f->loop);
    uv_sem_init(&f->begin, 0);
    struct store_options options = {
        .state_dir = f->dir,
        .kinds = kinds,
        .readers = 1,
        .write_queue_max = 100,
        .read_queue_max = 100,
        .loop = &f->loop,
        .on_fatal = on_fatal,
        .data = f,
    };
    struct status st = store_open(&options, &f->arena, &f->store);
    if (!status_is_ok(st)) fprintf(stderr, "%s\n", st.message);
    *state = f;
    return status_is_ok(st) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gate_set(GATE_LOG, false, false);
    store_close(f->store);
    uv_loop_close(&f->loop);
    uv_sem_destroy(&f->begin);
    temp_dir_remove(f->dir);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* ---- jobs ---- */

static struct status put(struct store_job *job, struct txn *txn)
{
    struct write *write = (struct write *)job;
    struct change_by by = {"mary", "unix-peer", "", "", "/test/Put", "", "", ""};
    struct version version;
    bool changed[64] = {true};
    Provost__V1__Organisation body = PROVOST__V1__ORGANISATION__INIT;
    char id[16];
    if (write->number == 0) uv_sem_wait(&write->f->begin);
    snprintf(id, sizeof id, "o%d", write->number);
    body.title = arena_strdup(job->arena, "Finance");
    body.kind = PROVOST__V1__ORGANISATION_KIND__ORGANISATION_KIND_TEAM;
    txn_set_change_by(txn, &by);
    struct status st = txn_put(txn, &organisation, arena_strdup(job->arena, id), NULL,
                               &body.base, changed, &version);
    atomic_fetch_add(&write->f->run, 1);
    return st;
}

static void put_done(struct store_job *job)
{
    struct write *write = (struct write *)job;
    write->done = true;
    write->f->done++;
}

static struct status get(struct store_job *job, struct txn *txn)
{
    struct read *read = (struct read *)job;
    struct version version;
    return txn_get(txn, &organisation, "o0", AS_OF_NOW, job->arena, &version, &read->found);
}

static void get_done(struct store_job *job)
{
    ((struct read *)job)->done = true;
}

/* More than a batch takes, so that there is one more while the first is flushed. */
static void send_writes(struct fixture *f, struct write *writes)
{
    for (int i = 0; i < WRITES; i++) {
        struct write *write = &writes[i];
        *write = (struct write){.f = f, .number = i};
        arena_init(&write->arena, 1 << 20);
        write->job.arena = &write->arena;
        write->job.run = put;
        write->job.done = put_done;
        assert_true(store_submit_write(f->store, &write->job));
    }
    uv_sem_post(&f->begin);
}

static void send_read(struct fixture *f, struct read *read)
{
    *read = (struct read){0};
    arena_init(&read->arena, 1 << 20);
    read->job.arena = &read->arena;
    read->job.run = get;
    read->job.done = get_done;
    assert_true(store_submit_read(f->store, &read->job));
}

static bool all_run(struct fixture *f)
{
    return atomic_load(&f->run) == WRITES;
}

static bool all_done(struct fixture *f)
{
    return f->done == WRITES;
}

static bool flush_waits(struct fixture *f)
{
    (void)f;
    return gate_waits(GATE_LOG);
}

static void turn_until(struct fixture *f, bool (*reached)(struct fixture *))
{
    for (int ms = 0; ms < WAIT_MS_MAX && !reached(f); ms++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_true(reached(f));
}

/* Turns the loop for a while in which an answer that should not come would. */
static void turn_a_while(struct fixture *f)
{
    for (int ms = 0; ms < 50; ms++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
}

/* ---- tests ---- */

static void nobody_is_answered_before_the_flush(void **state)
{
    struct fixture *f = *state;
    struct write writes[WRITES];
    struct read read;
    uint64_t before = store_seq(f->store);
    gate_set(GATE_LOG, true, false);
    send_writes(f, writes);
    turn_until(f, flush_waits);
    turn_until(f, all_run); /* the writer went on meanwhile */
    send_read(f, &read);
    turn_a_while(f);
    assert_int_equal(f->done, 0);
    assert_false(read.done);
    assert_int_equal(store_seq(f->store), before);

    gate_set(GATE_LOG, false, false);
    turn_until(f, all_done);
    while (!read.done)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_true(read.found);
    assert_int_equal(store_seq(f->store), before + WRITES);
    for (int i = 0; i < WRITES; i++) {
        assert_true(status_is_ok(writes[i].job.status));
        arena_release(&writes[i].arena);
    }
    arena_release(&read.arena);
}

static void a_read_of_what_is_durable_does_not_wait(void **state)
{
    struct fixture *f = *state;
    struct read read;
    gate_set(GATE_LOG, true, false);
    send_read(f, &read);
    while (!read.done)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_false(read.found);
    arena_release(&read.arena);
}

static void a_failed_flush_refuses_all_that_waited(void **state)
{
    struct fixture *f = *state;
    struct write writes[WRITES];
    struct read read;
    uint64_t before = store_seq(f->store);
    gate_set(GATE_LOG, true, true);
    send_writes(f, writes);
    turn_until(f, flush_waits);
    turn_until(f, all_run);
    send_read(f, &read);
    turn_a_while(f);
    gate_set(GATE_LOG, false, true);
    turn_until(f, all_done);
    while (!read.done || !f->fatal)
        uv_run(&f->loop, UV_RUN_ONCE);
    assert_int_equal(store_seq(f->store), before);
    assert_int_equal(read.job.status.code, GRPC_UNAVAILABLE);
    arena_release(&read.arena);
    for (int i = 0; i < WRITES; i++) {
        assert_int_equal(writes[i].job.status.code, GRPC_UNAVAILABLE);
        assert_string_equal(writes[i].job.status.reason, REASON_STORE_FAILED);
        arena_release(&writes[i].arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_is_answered_before_the_flush, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_of_what_is_durable_does_not_wait, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failed_flush_refuses_all_that_waited, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, gate_register, NULL);
}
