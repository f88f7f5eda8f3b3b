/* provostd: the daemon. This file is the table of contents: it makes the parts, joins them, and
 * takes them apart again. */
#include "access.h"
#include "common/arena.h"
#include "common/crypto_memory.h"
#include "common/log.h"
#include "daemon.h"
#include "first_start.h"
#include "journal.h"
#include "metrics_http.h"
#include "net/server.h"
#include "rpc/auth.h"
#include "rpc/dispatch.h"
#include "rpc/health.h"
#include "rpc/methods.h"
#include "rpc/reflection.h"
#include "rpc/watch.h"
#include "service/catalog.h"
#include "service/gate.h"
#include "store/bench.h"
#include "store/signer.h"
#include "store/store.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { EXIT_USAGE = 2, ANNOUNCE_MS = 200 };

/* --- stopping --- */

/* The last connection has gone: nothing can reach the store any more. It is not closed here: the
 * store's own answer to the last call may be what this is called from. */
static void on_drained(void *data)
{
    struct daemon *daemon = data;

    uv_stop(&daemon->loop);
}

static void close_all(struct daemon *daemon)
{
    notify_close(&daemon->notify);
    second_close(daemon);
    metrics_http_close(daemon->metrics);
    store_close(daemon->store);
    watch_pace_close(&daemon->watch_pace);
    checkpoint_line_close(&daemon->checkpoint_line);
    daemon->store = NULL;
    server_close(daemon->server);
    dispatch_close(daemon->dispatch);
    for (size_t i = 0; i < DAEMON_SIGNALS; i++)
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
}

static void on_reload(struct daemon *daemon)
{
    if (daemon->stopping) return;
    notify_reloading();
    daemon_reload(daemon);
    notify_reloaded();
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;

    if (number == SIGHUP) {
        on_reload(daemon);
        return;
    }
    if (daemon->stopping) {
        log_warning("second signal: exiting at once");
        _Exit(EXIT_FAILURE);
    }
    daemon->stopping = true;
    log_event(LOG_EVENT_STOPPING, NULL, "signal %d: finishing open calls", number);
    notify_stopping();
    health_stop(daemon->health);
    watch_hub_stop(daemon->watch_hub);
    server_drain(daemon->server);
}

/* An I/O error on write: what the disk holds is uncertain, so nothing is retried in place. The
 * next start recovers. */
static void on_store_fatal(void *data, const char *message)
{
    struct daemon *daemon = data;

    health_set_serving(daemon->health, false);
    log_event(LOG_EVENT_STORE_FAILED, NULL,
              "the store has failed: %s; exiting, the next start recovers", message);
    notify_status("store failed: %s", message);
    _Exit(EXIT_FAILURE);
}

/* For progress messages of watches. */
static uint64_t signed_size(void *data)
{
    const struct daemon *daemon = data;

    return daemon->store == NULL ? 0 : signer_size(store_signer(daemon->store));
}

static void on_store_commit(void *data, uint64_t seq)
{
    struct daemon *daemon = data;

    watch_pace_commit(&daemon->watch_pace, seq);
    auth_on_commit(daemon->auth);
}

/* --- starting --- */

static struct status check_methods(struct daemon *daemon)
{
    const char *fault =
        methods_check(method_table, method_table_count, method_services, method_services_count);

    if (fault == NULL) return status_ok();
    return status_error(&daemon->arena, GRPC_INTERNAL, "METHOD_TABLE", NULL, "%s", fault);
}

/* Said aloud: such a register proves nothing (store/bench.h). */
static struct status read_bench(struct daemon *daemon, unsigned *out_without)
{
    const char *text = getenv("PROVOST_BENCH_WITHOUT");

    if (text == NULL || *text == '\0') return status_ok();
    if (!bench_parse(text, out_without))
        return status_error(&daemon->arena, GRPC_INVALID_ARGUMENT, "BENCH", NULL,
                            "PROVOST_BENCH_WITHOUT is \"%s\": name tree, commitments or dedup, "
                            "with commas",
                            text);
    fprintf(stderr, "provostd: BENCHMARK without %s: this register proves nothing\n", text);
    return status_ok();
}

static struct status open_store(struct daemon *daemon)
{
    struct store_options options = {
        .state_dir = daemon->config.state_dir,
        .kinds = catalog_kinds(),
        .log_key_path = daemon->config.log_key,
        .new_log_key = daemon->config.new_log_key,
        .backup_dir = daemon->config.backup_dir,
        .readers = daemon->config.readers,
        .write_queue_max = daemon->config.write_queue_max,
        .read_queue_max = daemon->config.read_queue_max,
        .loop = &daemon->loop,
        .on_fatal = on_store_fatal,
        .on_commit = on_store_commit,
        .data = daemon,
    };

    struct status st = read_bench(daemon, &options.bench_without);
    if (!status_is_ok(st)) return st;
    catalog_verify();
    return store_open(&options, &daemon->arena, &daemon->store);
}

static struct status make_reflection(struct daemon *daemon)
{
    struct reflection_source source = {
        .bytes = provost_descriptors_start,
        .size = (uintptr_t)provost_descriptors_end - (uintptr_t)provost_descriptors_start,
        .methods = method_table,
        .method_count = method_table_count,
    };

    if (!daemon->config.reflection) return status_ok();
    return reflection_new(&source, &daemon->arena, &daemon->reflection);
}

static struct status make_rpc(struct daemon *daemon)
{
    struct status status = make_reflection(daemon);
    struct dispatch_options options = {
        .loop = &daemon->loop,
        .methods = method_table,
        .method_count = method_table_count,
        .store = daemon->store,
        .health = daemon->health,
        .reflection = daemon->reflection,
        .watch_hub = daemon->watch_hub,
        .guard = &gate_guard,
        .unary_deadline_ms = daemon->config.call_seconds * (uint64_t)1000,
        .quota = daemon_quota_limits(&daemon->config),
    };

    if (status_is_ok(status)) status = access_open(daemon);
    if (!status_is_ok(status)) return status;
    options.auth = daemon->auth;
    daemon->dispatch = dispatch_new(&options);
    dispatch_log_calls(daemon->dispatch, daemon->config.calls_every);
    return status;
}

static struct status make_server(struct daemon *daemon)
{
    struct server_options options = {
        .loop = &daemon->loop,
        .dispatch = daemon->dispatch,
        .limits = daemon_server_limits(&daemon->config),
        .announce_ms = ANNOUNCE_MS,
        .insecure_tcp = daemon->config.insecure_tcp,
        .on_drained = on_drained,
        .data = daemon,
    };
    struct status status = access_read_tls(&daemon->config, &daemon->arena, &options.tls);

    if (!status_is_ok(status)) return status;
    daemon->server = server_new(&options);
    return status;
}

static void watch_signals(struct daemon *daemon)
{
    static const int numbers[DAEMON_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < DAEMON_SIGNALS; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
    }
}

/* Whatever can fail, in the order of need; the socket accepts only when the store is open. */
static struct status start(struct daemon *daemon)
{
    struct status status = check_methods(daemon);

    if (status_is_ok(status)) status = open_store(daemon);
    if (status_is_ok(status)) status = make_rpc(daemon);
    if (!status_is_ok(status)) return status;
    status = make_server(daemon);
    if (status_is_ok(status)) status = daemon_listen(daemon);
    if (!status_is_ok(status)) return status;
    first_start(daemon->store);
    second_open(daemon);
    health_set_serving(daemon->health, true);
    notify_ready(&daemon->notify, &daemon->loop, daemon->store, daemon->server);
    checkpoint_line_open(&daemon->checkpoint_line, &daemon->loop, daemon->config.state_dir);
    log_event(LOG_EVENT_SERVING, &(struct log_fields){.change_seq = store_seq(daemon->store)},
              "provostd %s serves %s%s%s", PROVOST_VERSION, daemon->config.state_dir,
              *daemon->config.council ? " of " : "", daemon->config.council);
    return status;
}

static int serve(struct daemon *daemon)
{
    struct status status;

    uv_loop_init(&daemon->loop);
    daemon->health = health_new(method_table, method_table_count);
    daemon->watch_hub = watch_hub_new();
    watch_hub_set_signed(daemon->watch_hub, signed_size, daemon);
    watch_pace_open(&daemon->watch_pace, &daemon->loop, daemon->watch_hub);
    watch_signals(daemon);
    status = start(daemon);
    if (!status_is_ok(status)) {
        log_event(LOG_EVENT_START_FAILED, NULL, "%s", status.message);
        store_close(daemon->store);
        return EXIT_FAILURE;
    }
    uv_run(&daemon->loop, UV_RUN_DEFAULT); /* until it is drained */
    close_all(daemon);
    uv_run(&daemon->loop, UV_RUN_DEFAULT); /* what has been closed goes */
    server_free(daemon->server);
    dispatch_free(daemon->dispatch);
    auth_free(daemon->auth);
    reflection_free(daemon->reflection);
    health_free(daemon->health);
    watch_hub_free(daemon->watch_hub);
    uv_loop_close(&daemon->loop);
    log_event(LOG_EVENT_STOPPED, NULL, "stopped");
    return EXIT_SUCCESS;
}

static int act(struct daemon *daemon, enum config_action action)
{
    switch (action) {
    case CONFIG_RUN:
        return serve(daemon);
    case CONFIG_RESTORE:
        return daemon_restore(&daemon->config, &daemon->arena);
    case CONFIG_CHECK:
        printf("the settings are in order\n");
        return EXIT_SUCCESS;
    case CONFIG_VERSION:
        printf("provostd %s\n", PROVOST_VERSION);
        return EXIT_SUCCESS;
    case CONFIG_HELP:
        config_print_help();
        return EXIT_SUCCESS;
    }
    return EXIT_FAILURE;
}

/* What a batch takes and gives back goes through the heap of its thread: by default that is handed
 * to the system and fetched again ten times a batch. */
static void keep_heaps(void)
{
    enum { KEPT_BYTES = 1 << 20, STEP_BYTES = 256 << 10 };
    (void)mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    (void)mallopt(M_TOP_PAD, STEP_BYTES);
    (void)mallopt(M_MMAP_THRESHOLD, KEPT_BYTES);
}

int main(int argc, char **argv)
{
    static struct daemon daemon;
    enum config_action action;
    struct status status;
    int exit_code;

    keep_heaps();
    crypto_memory_init();
    uv_replace_allocator(xmalloc, xrealloc, xcalloc, free); /* else it aborts without a word */
    daemon.argc = argc;
    daemon.argv = argv;
    arena_init(&daemon.arena, 0);
    status = config_read(&daemon.config, argc, argv, &daemon.arena, &action);
    if (status_is_ok(status)) status = daemon_check_addresses(&daemon.config, &daemon.arena);
    if (!status_is_ok(status)) {
        fprintf(stderr, "provostd: %s\n", status.message);
        return EXIT_USAGE;
    }
    log_init(daemon.config.log_level);
    journal_open(daemon.config.council);
    exit_code = act(&daemon, action);
    arena_release(&daemon.arena);
    return exit_code;
}
