#include "rpc/trace_context.h"

#include <string.h>

/* VERSION "-" TRACE-ID "-" PARENT-ID "-" FLAGS, and in later versions "-" and more. */
enum {
    VERSION_SIZE = 2,
    TRACE_AT = VERSION_SIZE + 1,
    PARENT_AT = TRACE_AT + TRACE_ID_SIZE + 1,
    PARENT_SIZE = 16,
    FLAGS_AT = PARENT_AT + PARENT_SIZE + 1,
    FLAGS_SIZE = 2,
    SIZE = FLAGS_AT + FLAGS_SIZE,
};

/* Capital letters are not allowed. */
static bool is_hex(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (!(text[i] >= '0' && text[i] <= '9') && !(text[i] >= 'a' && text[i] <= 'f'))
            return false;
    return true;
}

static bool is_id(const char *text, size_t size)
{
    bool zero = true;

    for (size_t i = 0; i < size; i++)
        if (text[i] != '0') zero = false;
    return is_hex(text, size) && !zero;
}

static bool ends_well(const char *value, size_t size)
{
    if (memcmp(value, "00", VERSION_SIZE) == 0) return size == SIZE;
    return size == SIZE || value[SIZE] == '-';
}

bool trace_context_parse(const char *value, size_t size, size_t *out_at)
{
    if (size < SIZE || !is_hex(value, VERSION_SIZE)) return false;
    if (memcmp(value, "ff", VERSION_SIZE) == 0 || !ends_well(value, size)) return false;
    if (value[TRACE_AT - 1] != '-' || value[PARENT_AT - 1] != '-' || value[FLAGS_AT - 1] != '-')
        return false;
    if (!is_id(value + TRACE_AT, TRACE_ID_SIZE) || !is_id(value + PARENT_AT, PARENT_SIZE))
        return false;
    if (!is_hex(value + FLAGS_AT, FLAGS_SIZE)) return false;
    *out_at = TRACE_AT;
    return true;
}
