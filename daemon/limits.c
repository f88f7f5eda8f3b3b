#include "daemon.h"
#include "net/server.h"

struct server_limits daemon_server_limits(const struct config *config)
{
    const uint64_t second_ms = 1000;
    struct server_limits limits = {
        .connections_max = config->connections_max,
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
