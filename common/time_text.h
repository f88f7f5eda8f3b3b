/* Instants: RFC 3339 text, google.protobuf.Timestamp and microseconds since 1970-01-01 UTC, the
 * form in which the daemon computes and stores. Years 0001 to 9999, no leap seconds, no locale,
 * no time zone of the machine. */
#ifndef COMMON_TIME_TEXT_H
#define COMMON_TIME_TEXT_H

#include "common/arena.h"

#include <google/protobuf/timestamp.pb-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIME_MIN_US (INT64_C(-62135596800) * 1000000) /* 0001-01-01T00:00:00Z */
#define TIME_MAX_US                                                                            \
    (INT64_C(253402300799) * 1000000 +                                                         \
     999999) /* 9999-12-31T23:59:59.999999Z                  \
                                                */

enum { TIME_TEXT_BYTES = 32, DATE_TEXT_BYTES = 11 }; /* with the NUL */

/* "2021-04-01T09:30:00.25+01:00" (any offset or Z, a fraction of 1 to 6 digits or, as long as
 * the rest are zeros, 9; 'T' may be a space) or a date, which is its midnight UTC. False, and
 * `out_us` untouched, for anything else. */
bool time_parse(const char *text, int64_t *out_us);

/* "YYYY-MM-DD" and nothing else, as its midnight UTC. */
bool date_parse(const char *text, int64_t *out_us);

/* In UTC with Z; no fraction, 3 or 6 digits of it, as needed. A time out of range is first
 * brought to the nearest one in range. Returns the length. */
size_t time_format(int64_t us, char out_text[TIME_TEXT_BYTES]);

/* The same in an arena. */
char *time_to_text(int64_t us, struct arena *arena);

/* The UTC day of a time, "YYYY-MM-DD". Returns the length. */
size_t date_format(int64_t us, char out_text[DATE_TEXT_BYTES]);

/* Days since 1970-01-01 of a day of the Gregorian calendar, and back; any sane year. */
int64_t days_from_date(int year, int month, int day);
void date_from_days(int64_t days, int *out_year, int *out_month, int *out_day);

/* Now, from the real-time clock. */
int64_t time_now_us(void);

/* NULL gives 0; values out of range are brought into it, so any message from a peer is safe. */
int64_t timestamp_to_us(const Google__Protobuf__Timestamp *timestamp);

/* True when seconds and nanos are in the range that the .proto of Timestamp allows. */
bool timestamp_is_valid(const Google__Protobuf__Timestamp *timestamp);

/* Writes into a message that is there. */
void timestamp_set(Google__Protobuf__Timestamp *timestamp, int64_t us);

/* A new message. */
Google__Protobuf__Timestamp *timestamp_new(int64_t us, struct arena *arena);

#endif
