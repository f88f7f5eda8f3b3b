#include "interop/test_server.h"

#include "common/arena.h"
#include "common/metrics.h"
#include "net/server.h"
#include "rpc/dispatch.h"
#include "rpc/health.h"
#include "rpc/reflection.h"
#include "store/store.h"
#include "support/fake_access.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIGNALS = 3 };

struct test_server {
    const struct test_service *service;
    uv_loop_t loop;
    uv_signal_t signals[SIGNALS];
    struct store *store;
    struct health *health;
    struct reflection *reflection;
    struct auth *auth;
    struct dispatch *dispatch;
    struct server *server;
    struct arena arena;
};

static void on_drained(void *data)
{
    struct test_server *self = data;

    store_close(self->store);
    server_close(self->server);
    dispatch_close(self->dispatch);
    for (size_t i = 0; i < SIGNALS; i++)
        uv_close((uv_handle_t *)&self->signals[i], NULL);
}

static void print_stats(const struct test_server *self)
{
    struct server_stats net = server_get_stats(self->server);
    const struct dispatch_stats *rpc = dispatch_get_stats(self->dispatch);

    fprintf(stderr,
            "{\"connections\": %zu, \"accepted\": %" PRIu64 ", \"turned_away\": %" PRIu64
            ", \"calls\": %" PRIu64 ", \"open\": %" PRIu64 ", \"buffered\": %" PRIu64
            ", \"abuse\": {",
            net.connections, net.accepted, net.turned_away, rpc->calls, rpc->open,
            quota_get_buffered_bytes(dispatch_get_quota(self->dispatch)));
    for (unsigned i = METRIC_ABUSE_FIRST; i <= METRIC_ABUSE_LAST; i++)
        fprintf(stderr, "%s\"%s\": %" PRIu64, i > METRIC_ABUSE_FIRST ? ", " : "",
                metric_counter_table[i].value, metric_read((enum metric_counter)i));
    fprintf(stderr, "}}\n");
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct test_server *self = handle->data;

    if (number == SIGUSR1) {
        print_stats(self);
        return;
    }
    uv_signal_stop(handle);
    health_stop(self->health);
    server_drain(self->server);
}

static void watch_signals(struct test_server *self)
{
    static const int numbers[SIGNALS] = {SIGTERM, SIGINT, SIGUSR1};

    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < SIGNALS; i++) {
        uv_signal_init(&self->loop, &self->signals[i]);
        self->signals[i].data = self;
        uv_signal_start(&self->signals[i], on_signal, numbers[i]);
    }
}

/* Limits a test may set: WIRE_LIMIT_MS sets several at once, the others one each. */
static void read_limits(struct conn_limits *limits)
{
    const struct {
        const char *name;
        uint64_t *value;
    } table[] = {
        {"WIRE_LIMIT_MS", &limits->preface_ms},
        {"WIRE_LIMIT_MS", &limits->header_block_ms},
        {"WIRE_LIMIT_MS", &limits->idle_ms},
        {"WIRE_LIMIT_MS", &limits->write_stalled_ms},
        {"WIRE_IDLE_MS", &limits->idle_ms},
        {"WIRE_AGE_MS", &limits->age_ms},
        {"WIRE_AGE_GRACE_MS", &limits->age_grace_ms},
        {"WIRE_KEEPALIVE_MS", &limits->keepalive_ms},
        {"WIRE_KEEPALIVE_TIMEOUT_MS", &limits->keepalive_timeout_ms},
        {"WIRE_PING_MIN_MS", &limits->h2.ping_min_ms},
        {"WIRE_BODY_GRACE_MS", &limits->h2.body_grace_ms},
        {"WIRE_OUTPUT_STALLED_MS", &limits->h2.output_stalled_ms},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *text = getenv(table[i].name);

        if (text != NULL) *table[i].value = strtoul(text, NULL, 10);
    }
}

/* The same for what principals may have; without, there is no limit. */
static void read_quota(struct quota_limits *limits)
{
    const struct {
        const char *name;
        uint32_t *value;
    } table[] = {
        {"WIRE_CALLS_PER_SECOND", &limits->calls_per_second},
        {"WIRE_CALLS_MAX", &limits->calls_max},
        {"WIRE_WATCHES_MAX", &limits->watches_max},
        {"WIRE_WRITES_MAX", &limits->writes_max},
    };
    const char *buffered = getenv("WIRE_BUFFERED_MAX_BYTES");

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const char *text = getenv(table[i].name);

        if (text != NULL) *table[i].value = (uint32_t)strtoul(text, NULL, 10);
    }
    if (buffered != NULL) limits->buffered_max_bytes = strtoul(buffered, NULL, 10);
}

static void make_server(struct test_server *self)
{
    struct server_options options = {
        .loop = &self->loop,
        .dispatch = self->dispatch,
        .limits = {.drain_ms = 5000, .conn = conn_default_limits()},
        .announce_ms = 200,
        .on_drained = on_drained,
        .data = self};

    read_limits(&options.limits.conn);
    if (getenv("WIRE_PER_ADDRESS") != NULL)
        options.limits.per_address_max = strtoul(getenv("WIRE_PER_ADDRESS"), NULL, 10);
    self->server = server_new(&options);
}

static void open_all(struct test_server *self)
{
    const struct test_service *service = self->service;
    struct store_options store = {.loop = &self->loop};
    struct dispatch_options dispatch = {.loop = &self->loop,
                                        .methods = service->methods,
                                        .method_count = service->method_count,
                                        .keep_fields = service->keep_fields};
    struct reflection_source reflection = {
        .bytes = provost_descriptors_start,
        .size = (size_t)(provost_descriptors_end - provost_descriptors_start),
        .methods = service->methods,
        .method_count = service->method_count,
    };

    if (!status_is_ok(store_open(&store, &self->arena, &self->store))) exit(1);
    self->health = health_new(service->methods, service->method_count);
    if (!status_is_ok(reflection_new(&reflection, &self->arena, &self->reflection))) exit(1);
    read_quota(&dispatch.quota);
    dispatch.store = self->store;
    dispatch.health = self->health;
    dispatch.reflection = self->reflection;
    self->auth = fake_auth_new(self->store);
    dispatch.auth = self->auth;
    self->dispatch = dispatch_new(&dispatch);
    make_server(self);
    health_set_serving(self->health, true);
}

static void listen_on(struct test_server *self, const char *text)
{
    struct listen_address address;
    const char *taken = "";
    struct status status = listen_parse(text, true, &self->arena, &address);

    if (status_is_ok(status))
        status = server_listen(self->server, &address, &self->arena, &taken);
    if (!status_is_ok(status)) {
        fprintf(stderr, "%s\n", status.message);
        exit(1);
    }
    fprintf(stderr, "listening on %s\n", taken);
}

int test_server_run(const struct test_service *service, const char *const *addresses,
                    size_t count)
{
    static struct test_server self;

    self.service = service;
    arena_init(&self.arena, 0);
    uv_loop_init(&self.loop);
    open_all(&self);
    watch_signals(&self);
    for (size_t i = 0; i < count; i++)
        listen_on(&self, addresses[i]);
    uv_run(&self.loop, UV_RUN_DEFAULT);
    server_free(self.server);
    dispatch_free(self.dispatch);
    auth_free(self.auth);
    health_free(self.health);
    reflection_free(self.reflection);
    arena_release(&self.arena);
    return uv_loop_close(&self.loop) == 0 ? 0 : 1;
}
