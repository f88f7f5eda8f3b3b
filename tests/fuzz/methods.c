/* Requests through the real handlers, on a register with a few resources of each kind. The first
 * byte picks the method; the second says whether a write may stay (1), and
 * whether the body is JSON (2) or the bytes of the message.
 *
 * Checks: no request makes a handler say INTERNAL, DATA_LOSS or UNKNOWN; a refusal has a reason and a
 * message and leaves seq, root and all rows of all tables alone, as does every read; an answer is of the
 * method's type and fit to be sent; a change moves seq by at most one; a retry under the same
 * request_id gets the same bytes; now and then the whole log verifies and SQLite finds the file
 * whole. */
#include "fuzz/register.h"

#include "common/fields.h"
#include "common/json.h"
#include "common/wire.h"
#include "fuzz/fuzz.h"

#include <provost/v1/admin.pb-c.h>
#include <provost/v1/change_log.pb-c.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMMITS_MAX = 100 };

static struct store *store;
static sqlite3 *watcher; /* sees whether anything was committed at all */
static unsigned commits;

/* --- the register --- */

static void close_register(void)
{
    sqlite3_close(watcher);
    watcher = NULL;
    store_close(store);
    store = NULL;
}

static void open_register(void)
{
    static const struct store_options options = {.loop = NULL};
    static bool is_registered;
    char path[200];

    store = fuzz_register_open(&options);
    snprintf(path, sizeof path, "%s/register/register.db", fuzz_folder());
    FUZZ_CHECK(sqlite3_open_v2(path, &watcher, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK);
    commits = 0;
    if (!is_registered) atexit(close_register);
    is_registered = true;
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement;

    if (sqlite3_prepare_v2(watcher, sql, -1, &statement, NULL) != SQLITE_OK)
        fuzz_fail(sql, 0, sqlite3_errmsg(watcher));
    return statement;
}

/* Changes when another connection commits. */
static int data_version(void)
{
    sqlite3_stmt *statement = prepare("PRAGMA data_version");
    int version;

    FUZZ_CHECK(sqlite3_step(statement) == SQLITE_ROW);
    version = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return version;
}

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const uint8_t *)bytes)[i]) * 1099511628211u;
    return hash;
}

static uint64_t hash_table(uint64_t hash, const char *table)
{
    char sql[200];
    sqlite3_stmt *statement;

    snprintf(sql, sizeof sql, "SELECT * FROM \"%s\"", table);
    statement = prepare(sql);
    while (sqlite3_step(statement) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(statement); i++) {
            int type = sqlite3_column_type(statement, i);
            const void *value = sqlite3_column_blob(statement, i);
            size_t size = (size_t)sqlite3_column_bytes(statement, i);

            hash = hash_bytes(hash, &type, sizeof type);
            if (value != NULL) hash = hash_bytes(hash, value, size);
        }
    sqlite3_finalize(statement);
    return hash;
}

/* All rows of all tables, read past our own code. */
static uint64_t hash_content(void)
{
    sqlite3_stmt *tables =
        prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    uint64_t hash = 14695981039346656037u;

    while (sqlite3_step(tables) == SQLITE_ROW)
        hash = hash_table(hash, (const char *)sqlite3_column_text(tables, 0));
    sqlite3_finalize(tables);
    return hash;
}

struct state {
    struct store_stats stats;
    int data_version;
    uint64_t content;
};

/* A refused write may still have touched pages; what they say is looked at only then. */
static struct state get_state(void)
{
    static struct state state;
    int version = data_version();

    if (version != state.data_version || state.content == 0) state.content = hash_content();
    state.data_version = version;
    store_get_stats(store, &state.stats);
    return state;
}

static void check_unchanged(const struct state *before)
{
    struct state after = get_state();

    FUZZ_CHECK(after.stats.seq == before->stats.seq);
    FUZZ_CHECK(after.stats.tree_size == before->stats.tree_size);
    FUZZ_CHECK(memcmp(after.stats.tree_root, before->stats.tree_root,
                      sizeof after.stats.tree_root) == 0);
    FUZZ_CHECK(after.content == before->content);
}

/* --- one request --- */

static ProtobufCMessage *decode(const struct method *method, bool is_json,
                                const struct fuzz_input *input, struct arena *arena)
{
    ProtobufCMessage *request = NULL;

    if (is_json)
        return status_is_ok(json_decode(method->input, (const char *)input->bytes, input->size,
                                        arena, &request))
                   ? request
                   : NULL;
    if (!status_is_ok(fields_validate_wire(method->input, input->bytes, input->size, arena)))
        return NULL;
    return protobuf_c_message_unpack(method->input, arena_allocator(arena), input->size,
                                     input->bytes);
}

static void check_status(const struct status *st)
{
    if (st->code == GRPC_OK) return;
    if (st->code == GRPC_INTERNAL || st->code == GRPC_DATA_LOSS || st->code == GRPC_UNKNOWN)
        fuzz_fail(status_code_name(st->code), 0, st->message);
    FUZZ_CHECK(st->reason != NULL && st->message != NULL && st->message[0] != '\0');
    for (const struct status_detail *detail = st->details; detail != NULL;
         detail = detail->next)
        FUZZ_CHECK(detail->type_name != NULL && (detail->bytes != NULL || detail->size == 0));
}

static void check_response(const struct fuzz_call *call, struct arena *arena)
{
    if (call->status.code != GRPC_OK) return;
    FUZZ_CHECK(call->response != NULL && call->response->descriptor == call->method->output);
    fuzz_check_message(call->response, arena);
}

/* The request has such a field, and it is set. */
static bool says(const ProtobufCMessage *request, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(request->descriptor, field);

    return fd != NULL && field_is_set(request, fd);
}

static void check_retry(const struct fuzz_call *first, struct arena *arena)
{
    struct fuzz_call again = {.method = first->method, .request = first->request};
    struct state before = get_state();

    if (!says(first->request, "request_id") || says(first->request, "validate_only")) return;
    fuzz_register_call(store, &again, arena);
    FUZZ_CHECK(status_is_ok(again.status));
    FUZZ_CHECK(message_equal(first->response, again.response));
    check_unchanged(&before);
}

static ProtobufCMessage *ask(const char *name, const char *json, struct arena *arena)
{
    struct fuzz_call call = {.method = fuzz_method(name)};
    ProtobufCMessage *request;

    FUZZ_CHECK(
        status_is_ok(json_decode(call.method->input, json, strlen(json), arena, &request)));
    call.request = request;
    fuzz_register_call(store, &call, arena);
    if (!status_is_ok(call.status)) fuzz_fail(name, 0, call.status.message);
    return call.response;
}

static void check_register(struct arena *arena)
{
    const Provost__V1__VerifyLogResponse *log =
        (const Provost__V1__VerifyLogResponse *)ask("ChangeLogService/VerifyLog", "{}", arena);
    const Provost__V1__CheckIntegrityResponse *file =
        (const Provost__V1__CheckIntegrityResponse *)ask("AdminService/CheckIntegrity",
                                                         "{\"full\":true}", arena);

    FUZZ_CHECK(log->n_faults == 0 && log->next_seq == 0 && log->root_matches);
    FUZZ_CHECK(file->ok);
}

static void check_write(struct fuzz_call *call, const struct state *before, struct arena *arena)
{
    struct state after = get_state();

    if (!status_is_ok(call->status) || call->undo) {
        check_unchanged(before);
        return;
    }
    FUZZ_CHECK(after.stats.seq - before->stats.seq <= 1);
    check_retry(call, arena);
    if (++commits % 20 == 0) check_register(arena);
}

/* What puts the register into another state than resources do, and so ends its life here. */
static bool is_lasting(const struct fuzz_call *call)
{
    return strstr(call->method->path, "AdminService") != NULL ||
           strstr(call->method->path, "Redact") != NULL;
}

static void run_call(struct fuzz_call *call, struct arena *arena)
{
    struct state before = get_state();

    fuzz_register_call(store, call, arena);
    check_status(&call->status);
    check_response(call, arena);
    if (call->method->kind == METHOD_WRITE)
        check_write(call, &before, arena);
    else
        check_unchanged(&before);
    if (commits >= COMMITS_MAX ||
        (call->method->kind == METHOD_WRITE && is_lasting(call) && status_is_ok(call->status)))
        close_register();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    struct fuzz_call call = {.method = fuzz_method_of(fuzz_take_byte(&input))};
    uint8_t how = fuzz_take_byte(&input);
    struct arena arena;

    if (call.method->kind != METHOD_READ && call.method->kind != METHOD_WRITE) return -1;
    if (store == NULL) open_register();
    arena_init(&arena, 64 << 20);
    call.undo = !(how & 1);
    call.request = decode(call.method, how & 2, &input, &arena);
    if (call.request != NULL) run_call(&call, &arena);
    arena_release(&arena);
    return 0;
}
