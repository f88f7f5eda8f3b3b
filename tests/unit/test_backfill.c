/* Copying the write-ahead log beside the writer, with short logs and a disk whose flush of the database
 * file waits, or fails, as the test says. */
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

enum { WAIT_MS_MAX = 60000, TITLE_BYTES = 900, AT_ONCE = 8 };

static const struct kind organisation = {"organisations", "organisation",
                                         &provost__v1__organisation__descriptor, NULL};
static const struct kind *const kinds[] = {&organisation, NULL};

struct fixture {
    char dir[TEMP_DIR_BYTES];
    uv_loop_t loop;
    struct store *store;
    struct arena arena;
    int sent, done, found, fatal;
};

struct call {
    struct store_job job;
    struct fixture *f;
    int number;
    bool found;
    struct arena arena;
};

static void on_fatal(void *data, const char *message)
{
    struct fixture *f = data;
    assert_non_null(strstr(message, "SQLite code"));
    f->fatal++;
}

static struct status open_store(struct fixture *f)
{
    struct store_options options = {
        .state_dir = f->dir,
        .kinds = kinds,
        .readers = 2,
        .write_queue_max = 100,
        .read_queue_max = 100,
        .loop = &f->loop,
        .on_fatal = on_fatal,
        .data = f,
    };
    return store_open(&options, &f->arena, &f->store);
}

/* No thread has looked at them: nothing was written yet. */
static void set_pages(struct fixture *f, int64_t pages, int64_t rest_pages, int64_t force_pages)
{
    f->store->backfill.pages = pages;
    f->store->backfill.rest_pages = rest_pages;
    f->store->backfill.force_pages = force_pages;
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "backfill", f->dir)) return -1;
    arena_init(&f->arena, 1 << 20);
    uv_loop_init(&f->loop);
    struct status st = open_store(f);
    if (!status_is_ok(st)) fprintf(stderr, "%s\n", st.message);
    *state = f;
    return status_is_ok(st) ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gate_set(GATE_FILE, false, false);
    store_close(f->store);
    uv_loop_close(&f->loop);
    temp_dir_remove(f->dir);
    arena_release(&f->arena);
    free(f);
    return 0;
}

/* ---- jobs ---- */

static char *id_of(const struct call *call)
{
    return arena_printf(call->job.arena, "o%d", call->number);
}

static struct status put(struct store_job *job, struct txn *txn)
{
    struct call *call = (struct call *)job;
    struct change_by by = {"mary", "unix-peer", "", "", "/test/Put", "", "", ""};
    struct version version;
    bool changed[64] = {true};
    Provost__V1__Organisation body = PROVOST__V1__ORGANISATION__INIT;
    body.title = arena_alloc(job->arena, TITLE_BYTES + 1);
    memset(body.title, 'a' + call->number % 26, TITLE_BYTES);
    body.title[TITLE_BYTES] = '\0';
    body.kind = PROVOST__V1__ORGANISATION_KIND__ORGANISATION_KIND_TEAM;
    txn_set_change_by(txn, &by);
    return txn_put(txn, &organisation, id_of(call), NULL, &body.base, changed, &version);
}

static void put_done(struct store_job *job)
{
    struct call *call = (struct call *)job;
    if (status_is_ok(job->status)) call->f->done++;
    arena_release(&call->arena);
    free(call);
}

static struct status get(struct store_job *job, struct txn *txn)
{
    struct call *call = (struct call *)job;
    struct version version;
    return txn_get(txn, &organisation, id_of(call), AS_OF_NOW, job->arena, &version,
                   &call->found);
}

static void get_done(struct store_job *job)
{
    struct call *call = (struct call *)job;
    assert_true(status_is_ok(job->status));
    call->f->found += call->found;
    arena_release(&call->arena);
    free(call);
}

static struct call *new_call(struct fixture *f, int number)
{
    struct call *call = xcalloc(1, sizeof *call);
    call->f = f;
    call->number = number;
    arena_init(&call->arena, 1 << 20);
    call->job.arena = &call->arena;
    return call;
}

static void send_write(struct fixture *f)
{
    struct call *call = new_call(f, f->sent++);
    call->job.run = put;
    call->job.done = put_done;
    assert_true(store_submit_write(f->store, &call->job));
}

static void send_read(struct fixture *f, int number)
{
    struct call *call = new_call(f, number);
    call->job.run = get;
    call->job.done = get_done;
    assert_true(store_submit_read(f->store, &call->job));
}

/* ---- waiting ---- */

static bool all_written(struct fixture *f)
{
    return f->done == f->sent;
}

static bool file_flush_waits(struct fixture *f)
{
    (void)f;
    return gate_waits(GATE_FILE);
}

static bool log_is_short(struct fixture *f)
{
    struct store_stats stats;
    store_get_stats(f->store, &stats);
    return stats.wal_pages <= 10;
}

static bool has_failed(struct fixture *f)
{
    return f->fatal > 0;
}

static void turn_until(struct fixture *f, bool (*reached)(struct fixture *))
{
    for (int ms = 0; ms < WAIT_MS_MAX && !reached(f); ms++) {
        uv_run(&f->loop, UV_RUN_NOWAIT);
        usleep(1000);
    }
    assert_true(reached(f));
}

static void write_some(struct fixture *f, int count)
{
    for (int i = 0; i < count; i++) {
        send_write(f);
        if (i % AT_ONCE == AT_ONCE - 1) turn_until(f, all_written);
    }
    turn_until(f, all_written);
}

static void all_are_found(struct fixture *f)
{
    f->found = 0;
    for (int number = 0; number < f->sent; number++) {
        send_read(f, number);
        for (int ms = 0; ms < WAIT_MS_MAX && f->found <= number; ms++)
            uv_run(&f->loop, UV_RUN_ONCE);
    }
    assert_int_equal(f->found, f->sent);
}

static void is_whole(struct fixture *f)
{
    struct stmt *stmt = db_statement(f->store->readers[0].db, "PRAGMA integrity_check");
    assert_int_equal(stmt_step(stmt), STEP_ROW);
    assert_string_equal(stmt_text(stmt, 0), "ok");
    stmt_done(stmt);
}

/* ---- tests ---- */

static void writes_go_on_while_the_file_is_flushed(void **state)
{
    struct fixture *f = *state;
    set_pages(f, 50, 10, 100000);
    gate_set(GATE_FILE, true, false);
    write_some(f, 40);
    turn_until(f, file_flush_waits);
    write_some(f, 200);
    assert_true(gate_waits(GATE_FILE));
    assert_false(log_is_short(f));
    gate_set(GATE_FILE, false, false);
    turn_until(f, log_is_short);
    all_are_found(f);
}

static void writers_wait_where_the_log_would_grow_too_long(void **state)
{
    struct fixture *f = *state;
    set_pages(f, 50, 10, 200);
    gate_set(GATE_FILE, true, false);
    while (!gate_waits(GATE_FILE))
        write_some(f, 1);
    struct store_stats stats;
    do {
        send_write(f);
        for (int ms = 0; ms < 20 && !all_written(f); ms++) {
            uv_run(&f->loop, UV_RUN_NOWAIT);
            usleep(1000);
        }
        store_get_stats(f->store, &stats);
    } while (f->sent - f->done < AT_ONCE);
    assert_true(stats.wal_pages < 400);
    gate_set(GATE_FILE, false, false);
    turn_until(f, all_written);
}

static void a_failed_flush_of_the_file_is_the_end(void **state)
{
    struct fixture *f = *state;
    set_pages(f, 50, 10, 100000);
    gate_set(GATE_FILE, true, true);
    write_some(f, 40);
    turn_until(f, file_flush_waits);
    gate_set(GATE_FILE, false, true);
    turn_until(f, has_failed);
}

/* Many hundred checkpoints, with the log begun anew between them, and readers all the time. */
static void nothing_is_lost_in_many_laps(void **state)
{
    struct fixture *f = *state;
    set_pages(f, 20, 5, 60);
    for (int i = 0; i < 2000; i++) {
        send_write(f);
        if (i % 3 == 0) send_read(f, i / 2);
        if (i % AT_ONCE == AT_ONCE - 1) turn_until(f, all_written);
    }
    turn_until(f, all_written);
    turn_until(f, log_is_short);
    all_are_found(f);
    is_whole(f);
    store_close(f->store);
    f->store = NULL;
    assert_true(status_is_ok(open_store(f)));
    all_are_found(f);
    is_whole(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_go_on_while_the_file_is_flushed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(writers_wait_where_the_log_would_grow_too_long, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failed_flush_of_the_file_is_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(nothing_is_lost_in_many_laps, setup, teardown),
    };
    return cmocka_run_group_tests(tests, gate_register, NULL);
}
