#include "common/status.h"

#include "common/arena.h"

#include <stdarg.h>

struct status status_error(struct arena *arena, enum grpc_code code, const char *reason,
                           const char *field, const char *format, ...)
{
    struct status st = {.code = code, .reason = reason, .field = field};
    va_list args;

    va_start(args, format);
    st.message = arena_vprintf(arena, format, args);
    va_end(args);
    return st;
}

struct status status_invalid(struct arena *arena, const char *reason, const char *field,
                             const char *format, ...)
{
    struct status st = {.code = GRPC_INVALID_ARGUMENT, .reason = reason, .field = field};
    va_list args;

    va_start(args, format);
    st.message = arena_vprintf(arena, format, args);
    va_end(args);
    return st;
}

struct status status_with_detail(struct status st, struct status_detail *detail)
{
    detail->next = st.details;
    st.details = detail;
    return st;
}

const char *status_code_name(enum grpc_code code)
{
    static const char *const name_table[] = {
        [GRPC_OK] = "OK",
        [GRPC_CANCELLED] = "CANCELLED",
        [GRPC_UNKNOWN] = "UNKNOWN",
        [GRPC_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
        [GRPC_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
        [GRPC_NOT_FOUND] = "NOT_FOUND",
        [GRPC_ALREADY_EXISTS] = "ALREADY_EXISTS",
        [GRPC_PERMISSION_DENIED] = "PERMISSION_DENIED",
        [GRPC_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
        [GRPC_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
        [GRPC_ABORTED] = "ABORTED",
        [GRPC_OUT_OF_RANGE] = "OUT_OF_RANGE",
        [GRPC_UNIMPLEMENTED] = "UNIMPLEMENTED",
        [GRPC_INTERNAL] = "INTERNAL",
        [GRPC_UNAVAILABLE] = "UNAVAILABLE",
        [GRPC_DATA_LOSS] = "DATA_LOSS",
        [GRPC_UNAUTHENTICATED] = "UNAUTHENTICATED",
    };
    size_t index = (size_t)code;

    if (index >= sizeof name_table / sizeof name_table[0]) return "UNKNOWN";
    return name_table[index];
}
