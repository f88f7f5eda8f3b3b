#include "service/read_fixture.h"

#include "common/diff.h"
#include "common/json.h"
#include "service/catalog.h"
#include "service/resource.h"
#include "service/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIELDS_MAX = 64 };

static const struct caller tester = {.principal = "tester",
                                     .auth_method = "unix-peer",
                                     .service = "",
                                     .on_behalf_of = "",
                                     .trace_id = "",
                                     .address = "unix",
                                     .rights = &rights_of_everyone_on_trial};

static const struct change_by by_tester = {
    .principal = "tester",
    .auth_method = "unix-peer",
    .service = "",
    .on_behalf_of = "",
    .method = "/test",
    .request_id = "",
    .reason = "",
    .trace_id = "",
};

static void must(struct status st)
{
    if (!status_is_ok(st)) fail_msg("%s: %s", status_code_name(st.code), st.message);
}

static void done(struct store_job *job)
{
    (void)job;
}

/* ---- opening ---- */

int read_fixture_setup(void **state)
{
    struct read_fixture *fixture = xcalloc(1, sizeof *fixture);
    catalog_verify();
    arena_init(&fixture->arena, SIZE_MAX);
    if (!temp_dir_make("/tmp", "read", fixture->dir)) return -1;
    struct store_options options = {
        .state_dir = fixture->dir,
        .kinds = catalog_kinds(),
        .readers = 1,
        .write_queue_max = 8,
        .read_queue_max = 8,
    };
    must(store_open(&options, &fixture->arena, &fixture->store));
    *state = fixture;
    return 0;
}

int read_fixture_teardown(void **state)
{
    struct read_fixture *fixture = *state;
    store_close(fixture->store);
    int failed = temp_dir_remove(fixture->dir) ? 0 : -1;
    arena_release(&fixture->arena);
    free(fixture);
    return failed;
}

/* ---- writing ---- */

struct put_job {
    struct store_job job;
    const struct read_row *rows;
    size_t count;
    int64_t seq;
};

static struct status put_body(struct txn *txn, struct arena *arena, const struct read_row *row,
                              const struct version *before)
{
    const struct catalog_row *kind = catalog_of_name(row->name);
    bool changed[FIELDS_MAX];
    struct version after;
    ProtobufCMessage *body;
    struct status st = json_decode(kind->kind.desc, row->json, strlen(row->json), arena, &body);
    if (!status_is_ok(st)) return st;
    diff_fields(before != NULL ? before->body : NULL, body, changed);
    return txn_put(txn, &kind->kind, resource_id(row->name), before, body, changed, &after);
}

static struct status put_row(struct txn *txn, struct arena *arena, const struct read_row *row)
{
    struct version before;
    bool found;
    const struct catalog_row *kind = catalog_of_name(row->name);
    struct status st =
        txn_get(txn, &kind->kind, resource_id(row->name), AS_OF_NOW, arena, &before, &found);
    if (!status_is_ok(st)) return st;
    if (row->json == NULL) return txn_delete(txn, &before);
    return put_body(txn, arena, row, found ? &before : NULL);
}

static struct status run_put(struct store_job *job, struct txn *txn)
{
    struct put_job *put = (struct put_job *)job;
    struct status st = status_ok();
    txn_set_change_by(txn, &by_tester);
    for (size_t i = 0; status_is_ok(st) && i < put->count; i++)
        st = put_row(txn, job->arena, &put->rows[i]);
    put->seq = txn_change_seq(txn);
    return st;
}

int64_t read_fixture_put_all(struct read_fixture *fixture, const struct read_row *rows,
                             size_t count)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    struct put_job put = {
        .job = {.arena = &arena, .run = run_put, .done = done}, .rows = rows, .count = count};
    store_run_write(fixture->store, &put.job);
    must(put.job.status);
    arena_release(&arena);
    return put.seq;
}

int64_t read_fixture_put(struct read_fixture *fixture, const char *name, const char *json)
{
    return read_fixture_put_all(fixture, &(struct read_row){name, json}, 1);
}

int64_t read_fixture_delete(struct read_fixture *fixture, const char *name)
{
    return read_fixture_put(fixture, name, NULL);
}

/* ---- reading ---- */

struct call_job {
    struct store_job job;
    struct read_fixture *fixture;
    handler_fn *handler;
    const ProtobufCMessage *request;
    ProtobufCMessage *response;
    read_fixture_fn *run;
    void *data;
};

static struct status run_handler(struct store_job *job, struct txn *txn)
{
    struct call_job *this = (struct call_job *)job;
    struct handler_call call = {
        .arena = job->arena,
        .txn = txn,
        .caller = &tester,
        .method = "/test",
        .store = this->fixture->store,
    };
    return this->handler(&call, this->request, &this->response);
}

struct status read_fixture_call(struct read_fixture *fixture, handler_fn *handler,
                                const ProtobufCMessage *request,
                                ProtobufCMessage **out_response)
{
    struct call_job job = {
        .job = {.arena = &fixture->arena, .run = run_handler, .done = done},
        .fixture = fixture,
        .handler = handler,
        .request = request,
    };
    store_run_read(fixture->store, &job.job);
    *out_response = job.response;
    return job.job.status;
}

static struct status run_function(struct store_job *job, struct txn *txn)
{
    struct call_job *this = (struct call_job *)job;
    this->run(txn, job->arena, this->data);
    return status_ok();
}

void read_fixture_read(struct read_fixture *fixture, read_fixture_fn *run, void *data)
{
    struct call_job job = {
        .job = {.arena = &fixture->arena, .run = run_function, .done = done},
        .run = run,
        .data = data,
    };
    store_run_read(fixture->store, &job.job);
    must(job.job.status);
}

const char *read_fixture_json(struct read_fixture *fixture, const ProtobufCMessage *message)
{
    char *text;
    must(json_encode(message, 0, &fixture->arena, &text));
    return text;
}
