#include "fuzz/register.h"

#include "common/json.h"
#include "fuzz/fuzz.h"
#include "service/catalog.h"
#include "service/rights.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

/* Requests of Apply; later ones refer to earlier ones. */
static const char *const seeds[] = {
    "{\"mutations\":["
    "{\"create\":{\"name\":\"organisations/a\",\"organisation\":{\"title\":\"Council\"}}},"
    "{\"create\":{\"name\":\"posts/m\",\"post\":{\"title\":\"Manager\","
    "\"organisation\":\"organisations/a\"}}},"
    "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"Plan 2021-24\","
    "\"period\":\"2021-24\"}}},"
    "{\"create\":{\"name\":\"objectives/o\",\"objective\":{\"title\":\"O\","
    "\"plan\":\"plans/p\"}}},"
    "{\"create\":{\"name\":\"indicators/i\",\"indicator\":{\"title\":\"Answered on time\","
    "\"code\":\"CEX 9\",\"unit\":\"PERCENT\",\"polarity\":\"MAX\",\"decimals\":1,"
    "\"frequency\":\"QUARTERLY\",\"owner\":\"posts/m\"}}},"
    "{\"create\":{\"name\":\"indicators/j\",\"indicator\":{\"title\":\"Days\","
    "\"unit\":\"NUMBER\"}}},"
    "{\"create\":{\"name\":\"indicators/k\",\"indicator\":{\"title\":\"Both\","
    "\"formula\":\"i + j\"}}},"
    "{\"create\":{\"name\":\"actions/x\",\"action\":{\"title\":\"X\",\"plan\":\"plans/p\","
    "\"deadline_verbatim\":\"March 2022\"}}},"
    "{\"create\":{\"name\":\"risks/r\",\"risk\":{\"title\":\"R\",\"plans\":[\"plans/p\"],"
    "\"matrix_size\":5,\"current\":{\"likelihood\":2,\"impact\":3}}}}]}",
    "{\"reason\":\"first figures\",\"mutations\":["
    "{\"create\":{\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2021/22\","
    "\"verbatim\":\"95%\"}}},"
    "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"2021-22.q1\","
    "\"verbatim\":\"97.5%\"}}},"
    "{\"create\":{\"observation\":{\"indicator\":\"indicators/j\",\"period\":\"2021-22.q1\","
    "\"verbatim\":\"1,234\"}}},"
    "{\"create\":{\"link\":{\"kind\":\"MEASURES\",\"from\":\"indicators/i\","
    "\"to\":\"objectives/o\"}}},"
    "{\"create\":{\"link\":{\"kind\":\"CONTRIBUTES\",\"from\":\"actions/x\","
    "\"to\":\"objectives/o\"}}},"
    "{\"create\":{\"note\":{\"subject\":\"plans/p\",\"text\":\"t\"}}},"
    "{\"create\":{\"benchmark\":{\"indicator\":\"indicators/i\",\"period\":\"2021-22\","
    "\"comparator\":\"Scotland\",\"value\":\"90\"}}},"
    "{\"create\":{\"name\":\"budget-lines/b\",\"budgetLine\":{\"title\":\"B\","
    "\"subject\":\"actions/x\",\"period\":\"2021/22\",\"verbatim\":\"£5m\"}}},"
    "{\"create\":{\"reportingPeriod\":{\"plan\":\"plans/p\",\"period\":\"2021/22\"}}},"
    "{\"create\":{\"name\":\"decisions/d\",\"decision\":{\"title\":\"D\","
    "\"plan\":\"plans/p\"}}}]}",
    /* clang-format off */
    ("{\"mutations\":[{\"patch\":{\"resource\":{\"name\":\"plans/p\",\"plan\":"
     "{\"title\":\"Plan\"}},\"updateMask\":\"title\"}}]}"),
    /* clang-format on */
};

/* --- calls --- */

struct running {
    struct store_job job;
    struct fuzz_call *call;
    struct store *store;
    bool was_run;
    bool was_undone;
};

static struct status run(struct store_job *job, struct txn *txn)
{
    struct running *running = (struct running *)job;
    static const struct caller caller = {.principal = "alice",
                                         .auth_method = "unix-peer",
                                         .service = "",
                                         .on_behalf_of = "",
                                         .trace_id = "",
                                         .address = "fuzz",
                                         .rights = &rights_of_everyone_on_trial};
    struct handler_call call = {
        .arena = job->arena,
        .txn = txn,
        .caller = &caller,
        .method = running->call->method->path,
        .store = running->store,
        .now_us = INT64_C(1650000000) * 1000000,
    };
    running->was_run = true;
    running->was_undone = false; /* a batch that is undone is run again */
    struct status st =
        running->call->method->handler(&call, running->call->request, &running->call->response);

    if (!status_is_ok(st) || !running->call->undo) return st;
    running->was_undone = true;
    return (struct status){.code = GRPC_ABORTED, .reason = "UNDONE", .message = "undone"};
}

static void done(struct store_job *job)
{
    (void)job;
}

void fuzz_register_call(struct store *store, struct fuzz_call *call, struct arena *arena)
{
    struct running running = {
        .job = {.arena = arena, .run = run, .done = done}, .call = call, .store = store};

    if (call->method->kind == METHOD_WRITE)
        store_run_write(store, &running.job);
    else
        store_run_read(store, &running.job);
    FUZZ_CHECK(running.was_run || !status_is_ok(running.job.status));
    call->status = running.was_undone ? status_ok() : running.job.status;
    if (!status_is_ok(call->status)) call->response = NULL;
}

const struct method *fuzz_method(const char *name)
{
    for (size_t i = 0; i < method_table_count; i++)
        if (strstr(method_table[i].path, name) != NULL) return &method_table[i];
    fuzz_fail(name, 0, "is a method");
}

/* A byte of sdbm's hash: the one of a few tried that tells all paths apart. */
static uint8_t hash(const char *path)
{
    uint32_t hash = 0;

    for (; *path != '\0'; path++)
        hash = hash * 65599u + (unsigned char)*path;
    return (uint8_t)(hash >> 16);
}

const struct method *fuzz_method_of(uint8_t byte)
{
    const struct method *nearest = NULL;

    for (size_t i = 0; i < method_table_count; i++) {
        const struct method *row = &method_table[i];
        uint8_t distance = (uint8_t)(hash(row->path) - byte);

        if (nearest == NULL || distance < (uint8_t)(hash(nearest->path) - byte)) nearest = row;
        if (distance == 0) break;
    }
    return nearest;
}

/* --- the register that is copied --- */

static struct store *open_at(const char *folder, const struct store_options *wanted,
                             struct arena *arena)
{
    struct store_options options = *wanted;
    struct store *store;

    options.state_dir = folder;
    options.kinds = catalog_kinds();
    options.readers = 1;
    options.write_queue_max = 1000;
    options.read_queue_max = 1000;
    struct status st = store_open(&options, arena, &store);
    if (!status_is_ok(st)) fuzz_fail(folder, 0, st.message);
    return store;
}

static void make_template(const char *folder)
{
    struct store_options options = {.loop = NULL};
    struct arena arena;
    struct store *store;

    catalog_verify();
    arena_init(&arena, SIZE_MAX);
    FUZZ_CHECK(mkdir(folder, 0700) == 0);
    store = open_at(folder, &options, &arena);
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        struct fuzz_call call = {.method = fuzz_method("RegisterService/Apply")};
        ProtobufCMessage *request;
        struct status st =
            json_decode(call.method->input, seeds[i], strlen(seeds[i]), &arena, &request);

        if (status_is_ok(st)) {
            call.request = request;
            fuzz_register_call(store, &call, &arena);
            st = call.status;
        }
        if (!status_is_ok(st)) fuzz_fail(st.field ? st.field : "seed", (int)i, st.message);
    }
    store_close(store);
    arena_release(&arena);
}

/* Plain files only: a published checkpoint is of no use to the copy. */
static void copy_file(int from_dir, int to_dir, const char *name)
{
    int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
    int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct stat st;

    FUZZ_CHECK(from >= 0 && to >= 0 && fstat(from, &st) == 0);
    while (st.st_size > 0) {
        ssize_t sent = sendfile(to, from, NULL, (size_t)st.st_size);

        FUZZ_CHECK(sent > 0);
        st.st_size -= sent;
    }
    close(from);
    close(to);
}

/* Makes `to` hold what `from` does and nothing else. */
static void copy_folder(const char *from, const char *to)
{
    char command[300];
    DIR *folder;

    /* Backups and checkpoints of an earlier life are folders of their own. */
    snprintf(command, sizeof command, "rm -rf '%s'", to);
    FUZZ_CHECK(system(command) == 0);
    FUZZ_CHECK(mkdir(to, 0700) == 0);
    folder = opendir(from);
    FUZZ_CHECK(folder != NULL);
    int to_dir = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder))
        if (entry->d_type == DT_REG) copy_file(dirfd(folder), to_dir, entry->d_name);
    closedir(folder);
    close(to_dir);
}

struct store *fuzz_register_open(const struct store_options *options)
{
    static char template[100];
    static char copy[100];
    struct arena arena;
    struct store *store;

    if (template[0] == '\0') {
        snprintf(template, sizeof template, "%s/template", fuzz_folder());
        snprintf(copy, sizeof copy, "%s/register", fuzz_folder());
        make_template(template);
    }
    copy_folder(template, copy);
    arena_init(&arena, SIZE_MAX);
    store = open_at(copy, options, &arena);
    arena_release(&arena);
    return store;
}
