/* Moments as people say them on the command line. */
#ifndef CLIENT_MOMENT_H
#define CLIENT_MOMENT_H

#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

/* Which end of a day a bare date means. */
enum moment_edge {
    MOMENT_DAY_BEGIN, /* its midnight, local time */
    MOMENT_DAY_END,   /* the midnight after it */
};

/* RFC 3339 ("2021-04-01T09:30:00Z"), a date in local time, or an age: "90s", "30m", "24h",
 * "7d", "2w" before `now_us`. False when it is none of these. */
bool moment_parse(const char *text, enum moment_edge edge, int64_t now_us, int64_t *out_us);

/* For people: local time without the zone, "2021-04-01 10:30:00". In `arena`. */
const char *moment_show(int64_t us, struct arena *arena);

/* Writes --as-of (a seq, or a moment; a date is the end of that day) into as_of_seq or
 * as_of_time of a request. NULL, or what is wrong (static). */
const char *moment_set_as_of(ProtobufCMessage *request, const char *as_of, struct arena *arena);

#endif
