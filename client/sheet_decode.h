/* Bytes of a file as UTF-8 text, or why they are none. */
#ifndef CLIENT_SHEET_DECODE_H
#define CLIENT_SHEET_DECODE_H

#include "common/arena.h"
#include "common/status.h"

#include <stddef.h>

/* Reasons given here. */
#define REASON_SHEET_BINARY "SHEET_BINARY"
#define REASON_SHEET_EMPTY "SHEET_EMPTY"

struct sheet_text {
    const char *bytes; /* UTF-8 without byte order mark, a NUL behind it */
    size_t size;
    const char *encoding; /* "UTF-8", "UTF-16", "Windows-1252"; static */
};

/* UTF-8, UTF-16 with a byte order mark, or Windows-1252 when every byte has a meaning there.
 * INVALID_ARGUMENT: an empty file; a workbook, PDF or other binary, named as what it is. */
struct status sheet_decode(const char *bytes, size_t size, struct arena *arena,
                           struct sheet_text *out_text) MUST_CHECK;

#endif
