/* A register on a temporary store for tests of the reading side: what is in it is put there
 * past the rules, as JSON; handlers run in a read job. Any failure of the machinery fails the
 * test. */
#ifndef TESTS_SERVICE_READ_FIXTURE_H
#define TESTS_SERVICE_READ_FIXTURE_H

#include "common/arena.h"
#include "service/handler.h"
#include "store/store.h"
#include "store/txn.h"
#include "support/temp_dir.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

struct read_fixture {
    struct store *store;
    struct arena arena; /* requests, answers; lives as long as the fixture */
    char dir[TEMP_DIR_BYTES];
};

/* One resource: its name, and its body in proto3 JSON; NULL deletes it. */
struct read_row {
    const char *name;
    const char *json;
};

/* cmocka's setup and teardown: *state is the fixture. */
int read_fixture_setup(void **state);
int read_fixture_teardown(void **state);

/* Creates, replaces and deletes in one change; returns its seq. */
int64_t read_fixture_put_all(struct read_fixture *fixture, const struct read_row *rows,
                             size_t count);
int64_t read_fixture_put(struct read_fixture *fixture, const char *name, const char *json);
int64_t read_fixture_delete(struct read_fixture *fixture, const char *name);

/* Calls a handler. */
struct status read_fixture_call(struct read_fixture *fixture, handler_fn *handler,
                                const ProtobufCMessage *request,
                                ProtobufCMessage **out_response);

/* Runs anything else with a read transaction. */
typedef void read_fixture_fn(struct txn *txn, struct arena *arena, void *data);
void read_fixture_read(struct read_fixture *fixture, read_fixture_fn *run, void *data);

/* The message as compact JSON, for comparing and for failures. */
const char *read_fixture_json(struct read_fixture *fixture, const ProtobufCMessage *message);

#endif
