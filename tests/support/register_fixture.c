#include "support/register_fixture.h"

#include "common/field_text.h"
#include "common/fields.h"
#include "common/json.h"
#include "service/catalog.h"
#include "service/register.h"
#include "service/resource.h"
#include "service/rights.h"
#include "service/submit.h"
#include "store/txn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int register_setup(void **state)
{
    catalog_verify();
    struct register_fixture *f = xcalloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "service", f->dir)) return -1;
    arena_init(&f->arena, 1U << 30);
    f->caller = (struct caller){.principal = "alice",
                                .auth_method = "unix-peer",
                                .service = "corporate",
                                .on_behalf_of = "",
                                .trace_id = "",
                                .address = "test",
                                .rights = &rights_of_everyone_on_trial};
    struct store_options options = {
        .state_dir = f->dir,
        .kinds = catalog_kinds(),
        .readers = 1,
        .write_queue_max = 10,
        .read_queue_max = 10,
    };
    struct status st = store_open(&options, &f->arena, &f->store);
    if (!status_is_ok(st)) fprintf(stderr, "%s\n", st.message);
    *state = f;
    return status_is_ok(st) ? 0 : -1;
}

int register_teardown(void **state)
{
    struct register_fixture *f = *state;
    store_close(f->store);
    arena_release(&f->arena);
    bool removed = temp_dir_remove(f->dir);
    free(f);
    return removed ? 0 : -1;
}

/* ---- calls ---- */

struct handler_job {
    struct store_job job;
    struct register_fixture *fixture;
    handler_fn *handler;
    const char *method;
    const ProtobufCMessage *request;
    ProtobufCMessage *response;
};

static struct status run_handler(struct store_job *job, struct txn *txn)
{
    struct handler_job *self = (struct handler_job *)job;
    struct handler_call call = {
        .arena = &self->fixture->arena,
        .txn = txn,
        .caller = &self->fixture->caller,
        .method = self->method,
        .store = self->fixture->store,
        .now_us = self->fixture->now_us,
    };
    return self->handler(&call, self->request, &self->response);
}

static void done(struct store_job *job)
{
    (void)job;
}

typedef void run_fn(struct store *store, struct store_job *job);

static ProtobufCMessage *call(struct register_fixture *f, handler_fn *handler,
                              const ProtobufCMessage *request, run_fn *run)
{
    struct handler_job job = {
        .job = {.arena = &f->arena, .run = run_handler, .done = done},
        .fixture = f,
        .handler = handler,
        .method = request->descriptor->name,
        .request = request,
    };
    run(f->store, &job.job);
    f->status = job.job.status;
    return status_is_ok(f->status) ? job.response : NULL;
}

static ProtobufCMessage *decode(struct register_fixture *f,
                                const ProtobufCMessageDescriptor *type, const char *json)
{
    ProtobufCMessage *request;
    struct status st = json_decode(type, json, strlen(json), &f->arena, &request);
    if (!status_is_ok(st)) fail_msg("request: %s in %s", st.message, json);
    return request;
}

ProtobufCMessage *register_write(struct register_fixture *f, handler_fn *handler,
                                 const ProtobufCMessageDescriptor *request_type,
                                 const char *json)
{
    return call(f, handler, decode(f, request_type, json), store_run_write);
}

ProtobufCMessage *register_read(struct register_fixture *f, handler_fn *handler,
                                const ProtobufCMessageDescriptor *request_type,
                                const char *json)
{
    return call(f, handler, decode(f, request_type, json), store_run_read);
}

Provost__V1__ApplyResponse *register_apply_json(struct register_fixture *f, const char *json)
{
    return (Provost__V1__ApplyResponse *)register_write(
        f, register_apply, &provost__v1__apply_request__descriptor, json);
}

Provost__V1__SubmitObservationsResponse *register_submit_json(struct register_fixture *f,
                                                              const char *json)
{
    return (Provost__V1__SubmitObservationsResponse *)register_write(
        f, register_submit_observations, &provost__v1__submit_observations_request__descriptor,
        json);
}

Provost__V1__ApplyResponse *register_must_apply(struct register_fixture *f,
                                                const char *mutations)
{
    Provost__V1__ApplyResponse *response =
        register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", mutations));
    if (response == NULL)
        fail_msg("%s %s %s: %s", status_code_name(f->status.code), f->status.reason,
                 f->status.field == NULL ? "" : f->status.field, f->status.message);
    return response;
}

Provost__V1__ApplyResponse *register_patch(struct register_fixture *f,
                                           Provost__V1__Patch *patch)
{
    Provost__V1__Mutation mutation = PROVOST__V1__MUTATION__INIT;
    Provost__V1__Mutation *mutations[] = {&mutation};
    Provost__V1__ApplyRequest request = PROVOST__V1__APPLY_REQUEST__INIT;
    mutation.operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation.patch = patch;
    request.mutations = mutations;
    request.n_mutations = 1;
    return (Provost__V1__ApplyResponse *)call(f, register_apply, &request.base,
                                              store_run_write);
}

/* ---- what came of it ---- */

void register_assert_failed(const struct register_fixture *f, enum grpc_code code,
                            const char *reason, const char *field, const char *message)
{
    const struct status *st = &f->status;
    if (st->code != code || strcmp(st->reason, reason) != 0 ||
        (field != NULL && (st->field == NULL || strcmp(st->field, field) != 0)) ||
        (message != NULL && strstr(st->message, message) == NULL))
        fail_msg("ended %s %s \"%s\": %s", status_code_name(st->code),
                 st->reason == NULL ? "" : st->reason, st->field == NULL ? "" : st->field,
                 st->message == NULL ? "" : st->message);
}

Provost__V1__ConflictDetail *register_conflict(struct register_fixture *f)
{
    for (const struct status_detail *d = f->status.details; d != NULL; d = d->next)
        if (strcmp(d->type_name, "provost.v1.ConflictDetail") == 0)
            return provost__v1__conflict_detail__unpack(arena_allocator(&f->arena), d->size,
                                                        d->bytes);
    fail_msg("no ConflictDetail");
    return NULL;
}

struct read_job {
    struct store_job job;
    const char *name;
    struct version version;
    bool found;
};

static struct status run_get(struct store_job *job, struct txn *txn)
{
    struct read_job *self = (struct read_job *)job;
    return txn_get(txn, &catalog_of_name(self->name)->kind, resource_id(self->name), AS_OF_NOW,
                   job->arena, &self->version, &self->found);
}

const char *register_field(struct register_fixture *f, const char *name, const char *field)
{
    struct read_job job = {
        .job = {.arena = &f->arena, .run = run_get, .done = done},
        .name = name,
    };
    store_run_read(f->store, &job.job);
    if (!status_is_ok(job.job.status)) fail_msg("%s: %s", name, job.job.status.message);
    if (!job.found) return NULL;
    const ProtobufCFieldDescriptor *fd = fields_find(job.version.kind->desc, field);
    assert_non_null(fd);
    return field_to_text(job.version.body, fd, &f->arena);
}

int64_t register_seq(const struct register_fixture *f)
{
    return (int64_t)store_seq(f->store);
}
