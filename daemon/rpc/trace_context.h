/* W3C trace context, level 1 (https://www.w3.org/TR/trace-context/): the request header that says
 * to which trace a call belongs. */
#ifndef RPC_TRACE_CONTEXT_H
#define RPC_TRACE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { TRACE_ID_SIZE = 32 };

/* Takes a traceparent apart; the trace's id is at value[*out_at], TRACE_ID_SIZE lower-case hex
 * digits. False when it is not valid: then, as the standard asks, there is no trace, and nothing
 * else changes. A later version than 00 is read as far as it is known. */
bool trace_context_parse(const char *value, size_t size, size_t *out_at);

#endif
