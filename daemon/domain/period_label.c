/* Writing the ids and labels of domain/period.h. */
#include "domain/date.h"
#include "domain/period.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* printf into an id or label; the formats here fit by far. */
static void put_text(char out_text[PERIOD_TEXT_SIZE], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_text(char out_text[PERIOD_TEXT_SIZE], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(out_text, PERIOD_TEXT_SIZE, format, args);
    va_end(args);
}

/* Two digits of a year's end. */
static unsigned short_year(int year)
{
    return (unsigned)year % 100;
}

/* "2021-24", in full where the short form would be read as a year or a month. */
static void format_span(const struct period *period, char out_text[PERIOD_TEXT_SIZE])
{
    int last = period->year + period->part;
    unsigned suffix = short_year(last);
    if (suffix >= 1 && suffix <= 12)
        put_text(out_text, "%d-%d", period->year, last);
    else
        put_text(out_text, "%d-%02u", period->year, suffix);
}

/* By hand, here and below, as ids and labels are made for every figure that a report reads. */
static char *put_two(char *out, unsigned number)
{
    out[0] = (char)('0' + number / 10);
    out[1] = (char)('0' + number % 10);
    out[2] = '\0';
    return out + 2;
}

/* "2021": years have four digits. */
static char *put_year(char *out, int year)
{
    return put_two(put_two(out, (unsigned)year / 100), (unsigned)year % 100);
}

/* "2021-22", "2021-m22". */
static char *put_pair(char *out, int year, const char *between, unsigned number)
{
    out = put_year(out, year);
    while (*between != '\0')
        *out++ = *between++;
    return put_two(out, number);
}

/* "2021-22.q1", "2021/22 Q1". */
static void put_part(char *out, int year, const char *between, const char *letter, int part)
{
    out = stpcpy(put_pair(out, year, between, short_year(year + 1)), letter);
    *out++ = (char)('0' + part);
    *out = '\0';
}

void period_format_id(const struct period *period, char out_text[PERIOD_TEXT_SIZE])
{
    char date[DATE_TEXT_SIZE];
    int year = period->year, part = period->part;
    unsigned next = short_year(year + 1);
    switch (period->kind) {
    case PERIOD_YEAR:
        put_pair(out_text, year, "-", next);
        break;
    case PERIOD_HALF:
        put_part(out_text, year, "-", ".h", part);
        break;
    case PERIOD_QUARTER:
        put_part(out_text, year, "-", ".q", part);
        break;
    case PERIOD_MONTH:
        put_pair(out_text, year, next == (unsigned)part ? "-m" : "-", (unsigned)part);
        break;
    case PERIOD_CALENDAR_YEAR:
        put_text(out_text, "cy%d", year);
        break;
    case PERIOD_SCHOOL_YEAR:
        put_text(out_text, "sy%d-%02u", year, next);
        break;
    case PERIOD_SPAN:
        format_span(period, out_text);
        break;
    case PERIOD_DATE:
        date_format_iso(period->start_day, date);
        put_text(out_text, "at-%s", date);
        break;
    }
}

static void format_date_label(int32_t day, char out_text[PERIOD_TEXT_SIZE])
{
    struct date date = date_to_civil(day);
    put_text(out_text, "at %d %s %d", date.day, date_month_name(date.month), date.year);
}

void period_format_label(const struct period *period, char out_text[PERIOD_TEXT_SIZE])
{
    int year = period->year, part = period->part;
    unsigned next = short_year(year + 1);
    switch (period->kind) {
    case PERIOD_YEAR:
        put_pair(out_text, year, "/", next);
        break;
    case PERIOD_HALF:
        put_part(out_text, year, "/", " H", part);
        break;
    case PERIOD_QUARTER:
        put_part(out_text, year, "/", " Q", part);
        break;
    case PERIOD_MONTH:
        put_year(stpcpy(stpcpy(out_text, date_month_name(part)), " "), year);
        break;
    case PERIOD_CALENDAR_YEAR:
        put_text(out_text, "%d", year);
        break;
    case PERIOD_SCHOOL_YEAR:
        put_text(out_text, "school year %d/%02u", year, next);
        break;
    case PERIOD_SPAN:
        format_span(period, out_text);
        break;
    case PERIOD_DATE:
        format_date_label(period->start_day, out_text);
        break;
    }
}
