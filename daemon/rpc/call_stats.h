/* How long calls took, by method and status: what the metrics listener shows. Loop thread only. */
#ifndef RPC_CALL_STATS_H
#define RPC_CALL_STATS_H

#include "common/metrics.h"
#include "common/status.h"
#include "rpc/methods.h"

struct call_stats;

/* For the rows of a method table, which outlives it. */
struct call_stats *call_stats_new(const struct method *methods, size_t count);
void call_stats_free(struct call_stats *stats); /* NULL is allowed */

/* A call has ended. `method` is a row of the table, or NULL: the path was no method's. */
void call_stats_add(struct call_stats *stats, const struct method *method, enum grpc_code code,
                    uint64_t duration_us);

/* Calls `visit` for each pair of method and status that occurred, in the order of the table. */
typedef void (*call_stats_fn)(void *data, const struct method *method, enum grpc_code code,
                              const struct histogram *histogram);
void call_stats_visit(const struct call_stats *stats, call_stats_fn visit, void *data);

#endif
