/* A register in a temporary directory, and handlers run on it without sockets: requests are
 * written as proto3 JSON. Everything lives in the fixture's arena until teardown. */
#ifndef SUPPORT_REGISTER_FIXTURE_H
#define SUPPORT_REGISTER_FIXTURE_H

#include "common/arena.h"
#include "service/handler.h"
#include "store/store.h"
#include "support/temp_dir.h"

#include "provost/v1/register.pb-c.h"

struct register_fixture {
    char dir[TEMP_DIR_BYTES];
    struct store *store;
    struct arena arena;
    struct caller caller; /* who the next calls are from */
    struct status status; /* of the last call */
    int64_t now_us;       /* when the next calls arrive; 0 until a test says */
};

/* cmocka's setup and teardown; *state is a struct register_fixture. */
int register_setup(void **state);
int register_teardown(void **state);

/* Runs a handler of a method in a write or a read job; the answer, or NULL with `status` set.
 */
ProtobufCMessage *register_write(struct register_fixture *f, handler_fn *handler,
                                 const ProtobufCMessageDescriptor *request_type,
                                 const char *json);
ProtobufCMessage *register_read(struct register_fixture *f, handler_fn *handler,
                                const ProtobufCMessageDescriptor *request_type,
                                const char *json);

/* Apply with an ApplyRequest, SubmitObservations with its request. */
Provost__V1__ApplyResponse *register_apply_json(struct register_fixture *f, const char *json);
Provost__V1__SubmitObservationsResponse *register_submit_json(struct register_fixture *f,
                                                              const char *json);

/* The same, and the test fails unless it succeeds. The arguments are the mutations alone. */
Provost__V1__ApplyResponse *register_must_apply(struct register_fixture *f,
                                                const char *mutations);

/* Apply of one patch. */
Provost__V1__ApplyResponse *register_patch(struct register_fixture *f,
                                           Provost__V1__Patch *patch);

/* The last call ended so; `field` and `message` (a part of it) may be NULL for any. */
void register_assert_failed(const struct register_fixture *f, enum grpc_code code,
                            const char *reason, const char *field, const char *message);

/* The ConflictDetail of the last call. */
Provost__V1__ConflictDetail *register_conflict(struct register_fixture *f);

/* The resource as it is now, its body's field as text; NULL when there is none. */
const char *register_field(struct register_fixture *f, const char *name, const char *field);

/* Newest seq. */
int64_t register_seq(const struct register_fixture *f);

#endif
