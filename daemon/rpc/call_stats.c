#include "rpc/call_stats.h"

#include "common/arena.h"

#include <stdlib.h>

enum { CODES = GRPC_UNAUTHENTICATED + 1 };

/* A histogram is made when its pair first occurs: most pairs never do. */
struct row {
    struct histogram *by_code[CODES];
};

struct call_stats {
    const struct method *methods;
    size_t count;
    struct row *rows; /* one more than methods: calls of what is no method */
};

struct call_stats *call_stats_new(const struct method *methods, size_t count)
{
    struct call_stats *stats = xcalloc(1, sizeof *stats);

    stats->methods = methods;
    stats->count = count;
    stats->rows = xcalloc(count + 1, sizeof *stats->rows);
    return stats;
}

void call_stats_free(struct call_stats *stats)
{
    if (stats == NULL) return;
    for (size_t i = 0; i <= stats->count; i++)
        for (size_t code = 0; code < CODES; code++)
            free(stats->rows[i].by_code[code]);
    free(stats->rows);
    free(stats);
}

void call_stats_add(struct call_stats *stats, const struct method *method, enum grpc_code code,
                    uint64_t duration_us)
{
    size_t at = method != NULL ? (size_t)(method - stats->methods) : stats->count;
    struct histogram **histogram;

    if ((unsigned)code >= CODES) code = GRPC_UNKNOWN;
    histogram = &stats->rows[at].by_code[code];
    if (*histogram == NULL) *histogram = xcalloc(1, sizeof **histogram);
    histogram_add(*histogram, &histogram_latency_us, duration_us);
}

void call_stats_visit(const struct call_stats *stats, call_stats_fn visit, void *data)
{
    for (size_t i = 0; i <= stats->count; i++)
        for (int code = 0; code < CODES; code++)
            if (stats->rows[i].by_code[code] != NULL)
                visit(data, i < stats->count ? &stats->methods[i] : NULL, (enum grpc_code)code,
                      stats->rows[i].by_code[code]);
}
