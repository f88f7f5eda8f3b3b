/* Telling a client when to come back: grpc-retry-pushback-ms for its library (gRFC A6),
 * google.rpc.RetryInfo for its program. */
#ifndef RPC_PUSHBACK_H
#define RPC_PUSHBACK_H

#include "common/status.h"

#include <stdint.h>

struct call;

/* Ends the call with `status` and the advice to try again in about `retry_ms`: up to a quarter
 * more, so that those refused together do not come back together. Loop thread, no job out. */
void pushback_finish(struct call *call, struct status status, uint32_t retry_ms);

#endif
