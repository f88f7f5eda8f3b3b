/* Jobs that share a transaction: each fails or succeeds alone, with a savepoint and without. */
#include "common/diff.h"
#include "provost/v1/resources.pb-c.h"
#include "store/store_impl.h"
#include "store/txn_impl.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct kind organisation = {"organisations", "organisation",
                                         &provost__v1__organisation__descriptor, NULL};
static const struct kind post = {"posts", "post", &provost__v1__post__descriptor, NULL};
static const struct kind *const kinds[] = {&organisation, &post, NULL};

struct fixture {
    char dir[TEMP_DIR_BYTES];
    struct store *store;
    struct arena arena;
};

static void open_store(struct fixture *f)
{
    struct store_options options = {.state_dir = f->dir,
                                    .kinds = kinds,
                                    .readers = 1,
                                    .write_queue_max = 100,
                                    .read_queue_max = 100};
    struct status st = store_open(&options, &f->arena, &f->store);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "batch", f->dir)) return -1;
    arena_init(&f->arena, 1 << 20);
    open_store(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    store_close(f->store);
    temp_dir_remove(f->dir);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* Puts one organisation; then ends as it is told. */
struct put {
    struct store_job job;
    struct fixture *f;
    const char *id;
    bool refuses; /* fails after it has written */
    bool undoes;  /* undoes what it wrote, and ends well */
    int runs;
    int64_t seq;
};

static struct status put_version(struct put *put, struct txn *txn)
{
    static const struct change_by by = {"mary",      "unix-peer", "cex", "",
                                        "/test/Put", "",          "",    ""};
    struct arena *arena = &put->f->arena;
    struct version before, after;
    bool found, changed[64];
    struct status st = txn_get(txn, &organisation, put->id, AS_OF_NOW, arena, &before, &found);
    if (!status_is_ok(st)) return st;
    Provost__V1__Organisation *body = arena_alloc(arena, sizeof *body);
    provost__v1__organisation__init(body);
    body->title = arena_printf(arena, "%s by %d", put->id, put->runs);
    diff_fields(found ? before.body : NULL, &body->base, changed);
    txn_set_change_by(txn, &by);
    st = txn_put(txn, &organisation, put->id, found ? &before : NULL, &body->base, changed,
                 &after);
    put->seq = txn_change_seq(txn);
    return st;
}

static struct status run_put(struct store_job *job, struct txn *txn)
{
    struct put *put = (struct put *)job;
    put->runs++;
    struct status st = put_version(put, txn);
    if (!status_is_ok(st)) return st;
    if (put->undoes) return txn_undo(txn);
    return put->refuses ? status_invalid(job->arena, "TEST", "id", "refused") : st;
}

static void on_done(struct store_job *job)
{
    (void)job;
}

/* All of them in one batch, in order. */
static void run_batch(struct fixture *f, struct put *puts, size_t count, bool repeatable)
{
    for (size_t i = 0; i < count; i++) {
        puts[i].f = f;
        puts[i].job.arena = &f->arena;
        puts[i].job.run = run_put;
        puts[i].job.done = on_done;
        puts[i].job.repeatable = repeatable;
        assert_true(queue_push(&f->store->writes, &puts[i].job));
    }
    writer_run_batch(f->store, UINT64_MAX);
}

static struct status find(struct store_job *job, struct txn *txn)
{
    struct put *put = (struct put *)job;
    struct version version;
    bool found;
    struct status st =
        txn_get(txn, &organisation, put->id, AS_OF_NOW, job->arena, &version, &found);
    put->runs = found;
    return st;
}

static bool is_there(struct fixture *f, const char *id)
{
    struct put put = {
        .f = f, .id = id, .job = {.arena = &f->arena, .run = find, .done = on_done}};
    store_run_read(f->store, &put.job);
    assert_true(status_is_ok(put.job.status));
    return put.runs;
}

static int64_t head(struct fixture *f)
{
    struct store_stats stats;
    store_get_stats(f->store, &stats);
    assert_int_equal(stats.seq, stats.tree_size);
    return (int64_t)stats.seq;
}

/* The root in the database is that of the log's entries: a start checks it. */
static void open_again(struct fixture *f)
{
    store_close(f->store);
    open_store(f);
}

static void check_one_refused(struct fixture *f, bool repeatable)
{
    struct put puts[] = {{.id = "a"}, {.id = "b", .refuses = true}, {.id = "c"}};
    run_batch(f, puts, 3, repeatable);
    assert_true(status_is_ok(puts[0].job.status));
    assert_int_equal(puts[1].job.status.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(puts[1].job.status.message, "refused");
    assert_true(status_is_ok(puts[2].job.status));
    assert_int_equal(puts[0].seq, 1);
    assert_int_equal(puts[2].seq, 2);
    assert_int_equal(head(f), 2);
    open_again(f);
    assert_int_equal(head(f), 2);
    assert_true(is_there(f, "a") && !is_there(f, "b") && is_there(f, "c"));
}

static void a_refused_job_takes_no_other_with_it(void **state)
{
    check_one_refused(*state, false);
}

static void nor_does_one_without_a_savepoint(void **state)
{
    check_one_refused(*state, true);
}

static void what_is_undone_and_ends_well_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    struct put puts[] = {{.id = "a"}, {.id = "b", .undoes = true}, {.id = "c"}};
    run_batch(f, puts, 3, true);
    for (int i = 0; i < 3; i++)
        assert_true(status_is_ok(puts[i].job.status));
    assert_int_equal(head(f), 2);
    assert_true(is_there(f, "a") && !is_there(f, "b") && is_there(f, "c"));
}

/* A job that may not be run twice is never run twice, whatever those beside it do. */
static void a_job_is_run_again_only_if_it_may(void **state)
{
    struct fixture *f = *state;
    struct put puts[] = {{.id = "a"}, {.id = "b"}, {.id = "c", .refuses = true}};
    for (int i = 0; i < 3; i++) {
        puts[i].f = f;
        puts[i].job = (struct store_job){
            .arena = &f->arena, .run = run_put, .done = on_done, .repeatable = i != 1};
        assert_true(queue_push(&f->store->writes, &puts[i].job));
    }
    writer_run_batch(f->store, UINT64_MAX);
    assert_int_equal(puts[1].runs, 1);
    assert_true(status_is_ok(puts[0].job.status) && status_is_ok(puts[1].job.status));
    assert_int_equal(puts[2].job.status.code, GRPC_INVALID_ARGUMENT);
    assert_true(is_there(f, "a") && is_there(f, "b") && !is_there(f, "c"));
}

static void jobs_without_savepoints_are_run_once_while_all_goes_well(void **state)
{
    struct fixture *f = *state;
    struct put puts[] = {{.id = "a"}, {.id = "a"}, {.id = "b"}};
    run_batch(f, puts, 3, true);
    for (int i = 0; i < 3; i++) {
        assert_true(status_is_ok(puts[i].job.status));
        assert_int_equal(puts[i].runs, 1);
        assert_int_equal(puts[i].seq, i + 1);
    }
    open_again(f);
    assert_int_equal(head(f), 3);
}

/* What a handler kept is told to be stale exactly when it may be. */
static void a_generation_ends_with_each_write_of_its_kind_and_each_undoing(void **state)
{
    struct fixture *f = *state;
    struct txn *txn = &f->store->write_txn;
    uint64_t before = txn_generation(txn, &organisation), other = txn_generation(txn, &post);
    struct put fine = {.id = "a"}, refused = {.id = "b", .refuses = true};
    run_batch(f, &fine, 1, true);
    uint64_t after = txn_generation(txn, &organisation);
    assert_true(after > before);
    assert_int_equal(txn_generation(txn, &post), other);
    run_batch(f, &refused, 1, true);
    assert_true(txn_generation(txn, &organisation) > after);
    assert_true(txn_generation(txn, &post) > other);
    other = txn_generation(txn, &post);
    run_batch(f, &refused, 1, false);
    assert_true(txn_generation(txn, &post) > other);
}

static void all_may_be_refused(void **state)
{
    struct fixture *f = *state;
    struct put puts[] = {{.id = "a", .refuses = true}, {.id = "b", .refuses = true}};
    run_batch(f, puts, 2, true);
    assert_int_equal(puts[0].job.status.code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(puts[1].job.status.code, GRPC_INVALID_ARGUMENT);
    assert_int_equal(head(f), 0);
    struct put after[] = {{.id = "c"}};
    run_batch(f, after, 1, true);
    assert_true(status_is_ok(after[0].job.status));
    open_again(f);
    assert_int_equal(head(f), 1);
}

int main(void)
{
#define FACT(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        FACT(a_refused_job_takes_no_other_with_it),
        FACT(nor_does_one_without_a_savepoint),
        FACT(what_is_undone_and_ends_well_leaves_nothing),
        FACT(a_job_is_run_again_only_if_it_may),
        FACT(jobs_without_savepoints_are_run_once_while_all_goes_well),
        FACT(all_may_be_refused),
        FACT(a_generation_ends_with_each_write_of_its_kind_and_each_undoing),
    };
    return cmocka_run_group_tests_name("batch", tests, NULL, NULL);
}
