/* grpc.health.v1.Health: is the daemon, or one of its services, ready for calls?
 *
 * All services share one answer: they stand and fall with the store. Loop thread only.
 */
#ifndef RPC_HEALTH_H
#define RPC_HEALTH_H

#include "rpc/methods.h"

#include <stdbool.h>
#include <stddef.h>

struct health;

/* Knows the services of `methods` by name, and "" for the whole; starts as NOT_SERVING. */
struct health *health_new(const struct method *methods, size_t count);

/* All calls must be closed. */
void health_free(struct health *health);

/* Sets the answer and tells those who watch. */
void health_set_serving(struct health *health, bool serving);

/* NOT_SERVING for ever: tells those who watch and ends their calls with UNAVAILABLE, so that
 * they do not hold up a shutdown. */
void health_stop(struct health *health);

extern const struct stream_ops health_check_ops;
extern const struct stream_ops health_watch_ops;

#endif
