#include "daemon.h"
#include "net/server.h"
#include "rpc/quota.h"

struct server_limits daemon_server_limits(const struct config *config)
{
    const uint64_t second_ms = 1000;
    struct server_limits limits = {
        .connections_max = config->connections_max,
        .per_address_max = config->connections_per_address,
        .drain_ms = config->drain_seconds * second_ms,
        .conn = conn_default_limits(),
    };

    limits.conn.idle_ms = config->idle_seconds * second_ms;
    limits.conn.age_ms = config->connection_age_seconds * second_ms;
    limits.conn.age_grace_ms = config->connection_grace_seconds * second_ms;
    limits.conn.keepalive_ms = config->keepalive_seconds * second_ms;
    limits.conn.h2.ping_min_ms = config->keepalive_min_seconds * second_ms;
    return limits;
}

struct quota_limits daemon_quota_limits(const struct config *config)
{
    return (struct quota_limits){
        .calls_per_second = config->calls_per_second,
        .local_calls_per_second = config->local_calls_per_second,
        .refusals_per_second = config->refusals_per_second,
        .calls_max = config->calls_max,
        .watches_max = config->watches_max,
        .writes_max = config->write_queue_max,
        .buffered_max_bytes = (uint64_t)config->buffered_megabytes << 20,
    };
}
