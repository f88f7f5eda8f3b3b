/* Civil dates as day numbers, and the ways people write them.
 *
 * A day is an int32_t counting from 1970-01-01 in the proleptic Gregorian calendar, no time
 * zone. Years run from DATE_MIN_YEAR to DATE_MAX_YEAR; a *written* date must lie in 1900..2199,
 * so that "2 May 202" or "1021" is seen as the slip it is. Pure functions, no locale.
 */
#ifndef DOMAIN_DATE_H
#define DOMAIN_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATE_MIN_YEAR 1
#define DATE_MAX_YEAR 9999
#define DATE_WRITTEN_MIN_YEAR 1900
#define DATE_WRITTEN_MAX_YEAR 2199
#define DATE_TEXT_SIZE 11     /* "2021-04-01" and NUL */
#define DATE_NO_DAY INT32_MIN /* what "no date" is where a day may be absent */

struct date {
    int year;
    int month; /* 1..12 */
    int day;   /* 1..31 */
};

/* What date_scan found at the start of a text. */
enum date_scan_kind {
    DATE_SCAN_NOTHING,
    DATE_SCAN_DAY,       /* a whole date */
    DATE_SCAN_MONTH,     /* month and year; day is 1 */
    DATE_SCAN_YEARLESS,  /* a month without a year; day is 0 unless written; year is 0 */
    DATE_SCAN_MALFORMED, /* begins as a date and is none: "30 January 202", "31 June 2021" */
};

bool date_is_leap_year(int year);

/* 28..31; 0 when the month is not 1..12. */
int date_days_in_month(int year, int month);

/* Whether such a day exists within the supported years. */
bool date_is_valid(int year, int month, int day);

/* Day number; false, and `out_day` untouched, when no such day exists. */
bool date_from_civil(int year, int month, int day, int32_t *out_day);

/* The civil date of a day number; days outside the supported years give the nearest one inside.
 */
struct date date_to_civil(int32_t day);

/* `months` later (earlier if negative); the day of the month is cut to the month's last day.
 * Results outside the supported years are cut to the nearest supported day. */
int32_t date_add_months(int32_t day, int months);
int32_t date_add_years(int32_t day, int years);

/* Last day of a month; the month must be valid. */
int32_t date_month_end(int year, int month);

/* "2021-04-01" only. False otherwise. */
bool date_parse_iso(const char *text, int32_t *out_day);
void date_format_iso(int32_t day, char out_text[DATE_TEXT_SIZE]);

/* "January" for 1; "" when the month is not 1..12. Static. */
const char *date_month_name(int month);

/* Reads a date at the start of lower-case cleaned text (value_clean_text, value_lower_text):
 * "31 march 2022", "31st of march 2022", "31 st march 2011", "31/03/2022" (day first),
 * "2022-03-31", "march 31, 2022", "march 2022", "apr-21". Years of two digits mean 20yy and are
 * taken only after a day, "-" or "'". Sets `out_kind` and, unless NOTHING or MALFORMED,
 * `out_date`. Returns how many bytes belong to it, 0 for NOTHING. */
size_t date_scan(const char *text, enum date_scan_kind *out_kind, struct date *out_date);

#endif
