#include "common/time_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECONDS_PER_DAY = 86400, US_PER_SECOND = 1000000, OFFSET_MAX_HOURS = 23 };

/* --- The calendar. Both ways after H. Hinnant, "chrono-compatible low-level date algorithms":
 * years begin in March, so that the leap day is the last of one. --- */

int64_t days_from_date(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

void date_from_days(int64_t days, int *out_year, int *out_month, int *out_day)
{
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t march_month = (5 * day_of_year + 2) / 153;

    *out_day = (int)(day_of_year - (153 * march_month + 2) / 5 + 1);
    *out_month = (int)(march_month < 10 ? march_month + 3 : march_month - 9);
    *out_year = (int)(year_of_era + era * 400 + (*out_month <= 2));
}

static int days_in_month(int year, int month)
{
    static const int day_table[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && is_leap ? 29 : day_table[month - 1];
}

/* --- Reading. Each step moves *at past what it took. --- */

static bool take_number(const char **at, int n_digits, int *out_number)
{
    int number = 0;

    for (int i = 0; i < n_digits; i++) {
        char c = (*at)[i];

        if (c < '0' || c > '9') return false;
        number = number * 10 + (c - '0');
    }
    *at += n_digits;
    *out_number = number;
    return true;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted) return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, int64_t *out_days)
{
    int year;
    int month;
    int day;

    if (!take_number(at, 4, &year) || !take_char(at, '-')) return false;
    if (!take_number(at, 2, &month) || !take_char(at, '-')) return false;
    if (!take_number(at, 2, &day)) return false;
    if (year < 1 || month < 1 || month > 12) return false;
    if (day < 1 || day > days_in_month(year, month)) return false;
    *out_days = days_from_date(year, month, day);
    return true;
}

static bool take_clock(const char **at, int *out_seconds)
{
    int hour;
    int minute;
    int second;

    if (!take_number(at, 2, &hour) || !take_char(at, ':')) return false;
    if (!take_number(at, 2, &minute) || !take_char(at, ':')) return false;
    if (!take_number(at, 2, &second)) return false;
    if (hour > 23 || minute > 59 || second > 59) return false;
    *out_seconds = (hour * 60 + minute) * 60 + second;
    return true;
}

/* ".25" as microseconds; nothing is 0. */
static bool take_fraction(const char **at, int *out_us)
{
    int n_digits = 0;
    int us = 0;

    *out_us = 0;
    if (!take_char(at, '.')) return true;
    for (; **at >= '0' && **at <= '9'; (*at)++, n_digits++) {
        if (n_digits < 6) us = us * 10 + (**at - '0');
        if (n_digits >= 6 && **at != '0') return false; /* would have to be cut */
    }
    if (n_digits == 0 || n_digits > 9) return false;
    for (int i = n_digits; i < 6; i++)
        us *= 10;
    *out_us = us;
    return true;
}

static bool take_offset(const char **at, int *out_seconds)
{
    int sign = **at == '-' ? -1 : 1;
    int hour;
    int minute;

    *out_seconds = 0;
    if (take_char(at, 'Z') || take_char(at, 'z')) return true;
    if (!take_char(at, '+') && !take_char(at, '-')) return false;
    if (!take_number(at, 2, &hour) || !take_char(at, ':') || !take_number(at, 2, &minute))
        return false;
    if (hour > OFFSET_MAX_HOURS || minute > 59) return false;
    *out_seconds = sign * (hour * 60 + minute) * 60;
    return true;
}

bool date_parse(const char *text, int64_t *out_us)
{
    int64_t days;

    if (!take_date(&text, &days) || *text != '\0') return false;
    *out_us = days * SECONDS_PER_DAY * US_PER_SECOND;
    return true;
}

bool time_parse(const char *text, int64_t *out_us)
{
    int64_t days;
    int64_t us;
    int clock;
    int fraction;
    int offset;

    if (date_parse(text, out_us)) return true;
    if (!take_date(&text, &days)) return false;
    if (!take_char(&text, 'T') && !take_char(&text, 't') && !take_char(&text, ' '))
        return false;
    if (!take_clock(&text, &clock) || !take_fraction(&text, &fraction)) return false;
    if (!take_offset(&text, &offset) || *text != '\0') return false;
    us = (days * SECONDS_PER_DAY + clock - offset) * US_PER_SECOND + fraction;
    if (us < TIME_MIN_US || us > TIME_MAX_US) return false;
    *out_us = us;
    return true;
}

/* --- Writing. --- */

static int64_t clamp(int64_t us)
{
    return us < TIME_MIN_US ? TIME_MIN_US : us > TIME_MAX_US ? TIME_MAX_US : us;
}

/* Splits at midnight, also before 1970. */
static int64_t split_day(int64_t us, int64_t *out_us_of_day)
{
    const int64_t day = (int64_t)SECONDS_PER_DAY * US_PER_SECOND;
    int64_t days = us / day - (us % day < 0);

    *out_us_of_day = us - days * day;
    return days;
}

size_t date_format(int64_t us, char out_text[DATE_TEXT_BYTES])
{
    int64_t rest;
    int year;
    int month;
    int day;

    date_from_days(split_day(clamp(us), &rest), &year, &month, &day);
    /* The remainders change nothing: they show the compiler that the text fits. */
    return (size_t)snprintf(out_text, DATE_TEXT_BYTES, "%04u-%02u-%02u", (unsigned)year % 10000,
                            (unsigned)month % 100, (unsigned)day % 100);
}

size_t time_format(int64_t us, char out_text[TIME_TEXT_BYTES])
{
    size_t at = date_format(us, out_text);
    int64_t rest;
    int second;
    int fraction;

    (void)split_day(clamp(us), &rest);
    second = (int)(rest / US_PER_SECOND);
    fraction = (int)(rest % US_PER_SECOND);
    at += (size_t)snprintf(out_text + at, TIME_TEXT_BYTES - at, "T%02d:%02d:%02d",
                           second / 3600, second / 60 % 60, second % 60);
    if (fraction % 1000 != 0)
        at += (size_t)snprintf(out_text + at, TIME_TEXT_BYTES - at, ".%06d", fraction);
    else if (fraction != 0)
        at += (size_t)snprintf(out_text + at, TIME_TEXT_BYTES - at, ".%03d", fraction / 1000);
    out_text[at++] = 'Z';
    out_text[at] = '\0';
    return at;
}

char *time_to_text(int64_t us, struct arena *arena)
{
    char text[TIME_TEXT_BYTES];
    size_t length = time_format(us, text);

    return arena_memdup(arena, text, length + 1);
}

int64_t time_now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000;
}

/* --- Timestamps. --- */

int64_t timestamp_to_us(const Google__Protobuf__Timestamp *timestamp)
{
    if (timestamp == NULL) return 0;
    if (timestamp->seconds < TIME_MIN_US / US_PER_SECOND) return TIME_MIN_US;
    if (timestamp->seconds > TIME_MAX_US / US_PER_SECOND) return TIME_MAX_US;
    return clamp(timestamp->seconds * US_PER_SECOND + timestamp->nanos / 1000);
}

bool timestamp_is_valid(const Google__Protobuf__Timestamp *timestamp)
{
    return timestamp->seconds >= TIME_MIN_US / US_PER_SECOND &&
           timestamp->seconds <= TIME_MAX_US / US_PER_SECOND && timestamp->nanos >= 0 &&
           timestamp->nanos <= 999999999;
}

void timestamp_set(Google__Protobuf__Timestamp *timestamp, int64_t us)
{
    timestamp->seconds = us / US_PER_SECOND - (us % US_PER_SECOND < 0);
    timestamp->nanos = (int32_t)(us - timestamp->seconds * US_PER_SECOND) * 1000;
}

Google__Protobuf__Timestamp *timestamp_new(int64_t us, struct arena *arena)
{
    Google__Protobuf__Timestamp *timestamp = arena_alloc(arena, sizeof *timestamp);

    google__protobuf__timestamp__init(timestamp);
    timestamp_set(timestamp, us);
    return timestamp;
}
