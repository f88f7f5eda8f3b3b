/* What a call ended with: a gRPC code, and what a person and a program need to go on.
 *
 * A status is passed by value and must be looked at. Its strings are either static or live in
 * the arena of the call they belong to; nobody frees them.
 */
#ifndef COMMON_STATUS_H
#define COMMON_STATUS_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* The canonical codes, in wire order [grpc: doc/statuscodes.md]. */
enum grpc_code {
    GRPC_OK = 0,
    GRPC_CANCELLED = 1,
    GRPC_UNKNOWN = 2,
    GRPC_INVALID_ARGUMENT = 3,
    GRPC_DEADLINE_EXCEEDED = 4,
    GRPC_NOT_FOUND = 5,
    GRPC_ALREADY_EXISTS = 6,
    GRPC_PERMISSION_DENIED = 7,
    GRPC_RESOURCE_EXHAUSTED = 8,
    GRPC_FAILED_PRECONDITION = 9,
    GRPC_ABORTED = 10,
    GRPC_OUT_OF_RANGE = 11,
    GRPC_UNIMPLEMENTED = 12,
    GRPC_INTERNAL = 13,
    GRPC_UNAVAILABLE = 14,
    GRPC_DATA_LOSS = 15,
    GRPC_UNAUTHENTICATED = 16,
};

/* One more typed detail of google.rpc.Status, already serialised. */
struct status_detail {
    const struct status_detail *next;
    const char *type_name; /* full message name, e.g. "provost.v1.FieldConflicts" */
    const void *bytes;
    size_t size;
};

struct status {
    enum grpc_code code;
    const char *reason;  /* ErrorInfo.reason, from common/reasons.h; NULL when OK */
    const char *field;   /* path as the .proto names it; NULL when no field is to blame */
    const char *message; /* what happened, with the offending value, and what to do next */
    const struct status_detail *details; /* further details, or NULL */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The status of success. Inline, like the next: every step of every request passes here. */
static inline struct status status_ok(void)
{
    return (struct status){.code = GRPC_OK};
}

/* True when the call succeeded. */
static inline bool status_is_ok(struct status st)
{
    return st.code == GRPC_OK;
}

/* A failure with a printf-formatted message in `arena`. `reason` must be static. `field` may be
 * NULL, else static or in `arena`. */
struct status status_error(struct arena *arena, enum grpc_code code, const char *reason,
                           const char *field, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* INVALID_ARGUMENT about one field: the most common refusal. */
struct status status_invalid(struct arena *arena, const char *reason, const char *field,
                             const char *format, ...) __attribute__((format(printf, 4, 5)));

/* `st` with `detail` put in front of its details. `detail` is owned by the caller's arena. */
struct status status_with_detail(struct status st, struct status_detail *detail);

/* The canonical name, "INVALID_ARGUMENT"; "CODE(n)" is never needed: unknown gives "UNKNOWN".
 */
const char *status_code_name(enum grpc_code code);

#endif
