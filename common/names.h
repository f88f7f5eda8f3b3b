/* Resource names ("indicators/foi-cex") and the codes that people write ("CEX 9"). */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include "common/arena.h"
#include "common/status.h"

#include <stdbool.h>
#include <stddef.h>

/* Reasons given here. */
#define REASON_NAME_INVALID "NAME_INVALID" /* not a resource name */

enum { NAME_MAX_BYTES = 200 };

/* A collection and an id of one or more segments, of lower-case letters, digits and "._-=,~",
 * at most NAME_MAX_BYTES (comment of Resource.name). INVALID_ARGUMENT blamed on `field`, with
 * the name and what is wrong with it. */
bool name_is_valid(const char *name);
struct status name_check(struct arena *arena, const char *field, const char *name) MUST_CHECK;

/* Bytes of the collection in front of the first '/'; false when there is none or either side is
 * empty. The id begins at name + *out_collection_len + 1. */
bool name_split(const char *name, size_t *out_collection_len);

/* The key under which two spellings of a code are one: ASCII upper case, without spaces (also
 * the no-break space that spreadsheets put in). In `arena`. */
char *code_fold(struct arena *arena, const char *text);

/* As people sort: runs of digits as numbers of any length, ASCII letters without case ("HB 9" <
 * "HB 10"); what is equal so far is ordered bytewise, so only equal texts give 0. */
int text_compare_natural(const char *a, const char *b);

#endif
