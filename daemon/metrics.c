#include "metrics.h"

#include "daemon.h"
#include "net/server.h"
#include "rpc/call_stats.h"
#include "rpc/dispatch.h"
#include "rpc/watch.h"
#include "store/store.h"

#include <string.h>

/* --- tables of common/metrics --- */

static void write_counters(struct exposition *to)
{
    for (size_t i = 0; i < METRIC_COUNTERS; i++) {
        const struct metric_row *row = &metric_counter_table[i];
        struct exposition_label labels[] = {{row->label, row->value}, {NULL, NULL}};

        if (i == 0 || strcmp(row->name, row[-1].name) != 0)
            exposition_family(to, row->name, EXPOSITION_COUNTER, "", row->help);
        exposition_counter(to, row->name, labels, (double)metric_read((enum metric_counter)i));
    }
}

static void write_histograms(struct exposition *to)
{
    for (size_t i = 0; i < METRIC_HISTOGRAMS; i++) {
        const struct metric_histogram_row *row = &metric_histogram_table[i];

        exposition_family(to, row->name, EXPOSITION_HISTOGRAM, row->unit, row->help);
        exposition_histogram(to, row->name, NULL, metric_histogram((enum metric_histogram)i),
                             row->scale);
    }
}

/* --- calls --- */

static const char duration_name[] = "grpc_server_call_duration_seconds";

/* Paths that are no method's share one label: a peer must not grow our memory with names. */
static void write_duration(void *data, const struct method *method, enum grpc_code code,
                           const struct histogram *histogram)
{
    const struct exposition_label labels[] = {
        {"grpc_method", method != NULL ? method->path + 1 : "_OTHER"},
        {"grpc_status", status_code_name(code)},
        {NULL, NULL},
    };

    exposition_histogram(data, duration_name, labels, histogram, &histogram_latency_us);
}

static void write_calls(struct exposition *to, const struct dispatch *dispatch)
{
    exposition_family(to, duration_name, EXPOSITION_HISTOGRAM, "seconds",
                      "From the header list of a call to its status, by method and status.");
    call_stats_visit(dispatch_get_call_stats(dispatch), write_duration, to);
}

/* --- what can be read off --- */

static void gauge(struct exposition *to, const char *name, const char *unit, const char *help,
                  double value)
{
    exposition_family(to, name, EXPOSITION_GAUGE, unit, help);
    exposition_gauge(to, name, NULL, value);
}

static void write_queues(struct exposition *to, const struct store_stats *store)
{
    static const char name[] = "provost_queue_depth";
    const struct exposition_label writes[] = {{"queue", "write"}, {NULL, NULL}};
    const struct exposition_label reads[] = {{"queue", "read"}, {NULL, NULL}};

    exposition_family(to, name, EXPOSITION_GAUGE, "", "Calls that wait for a store thread.");
    exposition_gauge(to, name, writes, (double)store->write_queue);
    exposition_gauge(to, name, reads, (double)store->read_queue);
}

static void write_store(struct exposition *to, struct store *from)
{
    struct store_stats store;

    store_get_stats(from, &store);
    write_queues(to, &store);
    gauge(to, "provost_database_bytes", "bytes", "Size of register.db without its WAL.",
          (double)store.database_bytes);
    gauge(to, "provost_wal_pages", "", "Pages in the write-ahead log.",
          (double)store.wal_pages);
    gauge(to, "provost_checkpoint_age_seconds", "seconds",
          "Since the write-ahead log was last copied into the database.",
          (double)store.checkpoint_age_us * 1e-6);
    gauge(to, "provost_oldest_reader_seconds", "seconds",
          "Age of the oldest snapshot that is open; 0: none is.",
          (double)store.oldest_reader_age_us * 1e-6);
    gauge(to, "provost_log_seq", "", "Newest change.", (double)store.seq);
    gauge(to, "provost_log_size", "", "Entries in the log's tree, this epoch.",
          (double)store.tree_size);
    gauge(to, "provost_signed_size", "", "Entries that the newest signed checkpoint covers.",
          (double)store.signed_size);
    gauge(to, "provost_read_only", "", "1: writes are refused (disk full, or told so).",
          store.read_only);
}

static void write_live(struct exposition *to, struct daemon *daemon)
{
    struct watch_stats watches = watch_hub_get_stats(daemon->watch_hub);

    gauge(to, "provost_connections", "", "Connections that are open.",
          (double)server_get_stats(daemon->server).connections);
    gauge(to, "provost_calls_in_flight", "", "Calls that have begun and not ended.",
          (double)dispatch_get_stats(daemon->dispatch)->open);
    gauge(to, "provost_watches", "", "WatchChanges streams that are open.",
          (double)watches.open);
    gauge(to, "provost_watch_lag", "", "Changes that the slowest watch has not been sent yet.",
          (double)watches.lag);
}

static void write_build(struct exposition *to, const struct daemon *daemon)
{
    const struct exposition_label labels[] = {
        {"version", PROVOST_VERSION}, {"council", daemon->config.council}, {NULL, NULL}};

    exposition_family(to, "provost_build", EXPOSITION_INFO, "", "What runs here.");
    exposition_gauge(to, "provost_build_info", labels, 1);
}

void metrics_write(void *data, struct buf *out, bool openmetrics)
{
    struct daemon *daemon = data;
    struct exposition to = {.out = out, .openmetrics = openmetrics};

    write_build(&to, daemon);
    write_calls(&to, daemon->dispatch);
    write_live(&to, daemon);
    write_store(&to, daemon->store);
    write_histograms(&to);
    write_counters(&to);
    metrics_write_process(&to);
    exposition_end(&to);
}
