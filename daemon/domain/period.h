/* The periods councils report by (MODEL.md section 3).
 *
 * Canonical id, label and meaning, by kind:
 *   YEAR           2021-22        2021/22           1 April 2021 .. 31 March 2022
 *   HALF           2021-22.h1     2021/22 H1        Q1 and Q2, or Q3 and Q4
 *   QUARTER        2021-22.q1     2021/22 Q1        April-June ... January-March
 *   MONTH          2021-04        April 2021        also 2011-m12, see below
 *   CALENDAR_YEAR  cy2021         2021              January..December
 *   SCHOOL_YEAR    sy2021-22      school year 2021/22   1 August 2021 .. 31 July 2022
 *   SPAN           2021-24        2021-24           the financial years 2021/22 .. 2023/24
 *   DATE           at-2020-03-31  at 31 March 2020  one day
 *
 * "yyyy-nn" has three readings; the first that fits wins, and nothing is ever guessed:
 *   1. nn is the year after yyyy: financial year ("2011-12" is 2011/12, not December 2011);
 *   2. nn is 01..12: month ("2009-12" is December 2009);
 *   3. nn ends a span of 2..PERIOD_MAX_SPAN_YEARS years ("2021-24").
 * So a month that reading 1 takes is written 2011-m12 (any month may be read so), and a span
 * that reading 1 or 2 takes is written in full: 2009-2012. With a slash reading 2 does not
 * apply: "2009/12" is a span. Years are 1900..2199; "21/22" with a slash means 2021/22. Pure
 * functions, no allocation, any bytes are safe.
 */
#ifndef DOMAIN_PERIOD_H
#define DOMAIN_PERIOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PERIOD_TEXT_SIZE 40 /* any id or label with its NUL */
#define PERIOD_MAX_SPAN_YEARS 50

enum period_kind {
    PERIOD_YEAR,
    PERIOD_HALF,
    PERIOD_QUARTER,
    PERIOD_MONTH,
    PERIOD_CALENDAR_YEAR,
    PERIOD_SCHOOL_YEAR,
    PERIOD_SPAN,
    PERIOD_DATE,
};

struct period {
    enum period_kind kind;
    int year;          /* in which it begins; for HALF and QUARTER, in which its year begins */
    int part;          /* HALF 1..2, QUARTER 1..4, MONTH 1..12, SPAN number of years, else 0 */
    int32_t start_day; /* first and last day, both included; day numbers of domain/date.h */
    int32_t end_day;
};

/* Reads a canonical id or a label as councils write it, whole text and nothing else: "2020/21",
 * "2020-2021", "FY2021/22", "Q1 2021/22", "2021/22 Quarter 1", "H1 2021/22", "Apr-21", "2021",
 * "school year 2021/22", "as at 31 March 2020", "2021-24", "Apr-Jun 2023", "year ended 31 March 2024";
 * "FY24" and "FY2024" are the financial year that ends in 2024. On failure false, `out_period`
 * untouched and `out_reason` (may be NULL) set to a static explanation. */
bool period_parse(const char *text, struct period *out_period, const char **out_reason);

/* Builds a period; `part` as in struct period. False when there is no such period. Not for
 * DATE. */
bool period_make(enum period_kind kind, int year, int part, struct period *out_period);

/* Whether a kind can have such a `part` (0 for kinds without parts). */
bool period_part_fits(enum period_kind kind, int part);

/* The DATE period of one day. False outside the supported years. */
bool period_make_date(int32_t day, struct period *out_period);

/* The period of a kind that holds `day`. False outside the supported years and for SPAN. */
bool period_of_day(enum period_kind kind, int32_t day, struct period *out_period);

/* Canonical id and display label, as above. */
void period_format_id(const struct period *period, char out_text[PERIOD_TEXT_SIZE]);
void period_format_label(const struct period *period, char out_text[PERIOD_TEXT_SIZE]);

/* The one of the same kind just before or after. A DATE steps by a year, a SPAN by its length.
 * False when it would leave the supported years. */
bool period_previous(const struct period *period, struct period *out_period);
bool period_next(const struct period *period, struct period *out_period);
/* As period_previous that many times, or as often as the supported years allow. */
void period_earlier(const struct period *period, int steps, struct period *out_period);

/* The same period a year earlier: 2021/22 Q1 gives 2020/21 Q1; a SPAN moves by one year. */
bool period_same_last_year(const struct period *period, struct period *out_period);

/* Whether all of `inner` lies in `outer`; whether a day does. */
bool period_contains(const struct period *outer, const struct period *inner);
bool period_contains_day(const struct period *period, int32_t day);

/* -1, 0, 1: by first day, then the longer first, then by kind. 0 only for equal periods. */
int period_compare(const struct period *a, const struct period *b);

/* "year", "quarter", ...; static. */
const char *period_kind_name(enum period_kind kind);

#endif
