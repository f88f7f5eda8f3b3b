#include "domain/date.h"

#include <stdio.h>
#include <string.h>

static const char *const month_names[] = {"January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December"};

bool date_is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int date_days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12) return 0;
    return days[month - 1] + (month == 2 && date_is_leap_year(year));
}

bool date_is_valid(int year, int month, int day)
{
    return year >= DATE_MIN_YEAR && year <= DATE_MAX_YEAR && day >= 1 &&
           day <= date_days_in_month(year, month);
}

/* Days of the years before `year`, counted from 0001-01-01. */
static int32_t days_before_year(int year)
{
    int past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

static int32_t days_before_month(int year, int month)
{
    static const int32_t days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    return days[month - 1] + (month > 2 && date_is_leap_year(year));
}

static const int32_t epoch_days = 719162; /* 0001-01-01 to 1970-01-01 */

bool date_from_civil(int year, int month, int day, int32_t *out_day)
{
    if (!date_is_valid(year, month, day)) return false;
    int32_t number = days_before_year(year) - epoch_days + day - 1;
    *out_day = number + days_before_month(year, month);
    return true;
}

struct date date_to_civil(int32_t day)
{
    int64_t since_start = (int64_t)day + epoch_days;
    if (since_start < 0) since_start = 0;
    if (since_start >= days_before_year(DATE_MAX_YEAR + 1))
        since_start = days_before_year(DATE_MAX_YEAR + 1) - 1;
    /* 400 years have 146,097 days: never past the true year, seldom more than one before it. */
    struct date date = {(int)(since_start * 400 / 146097), 1, 1};
    while (days_before_year(date.year + 1) <= since_start)
        date.year++;
    int rest = (int)since_start - days_before_year(date.year);
    date.month = rest / 31 + 1; /* likewise */
    if (date.month < 12 && days_before_month(date.year, date.month + 1) <= rest) date.month++;
    date.day = rest - days_before_month(date.year, date.month) + 1;
    return date;
}

int32_t date_add_months(int32_t day, int months)
{
    struct date date = date_to_civil(day);
    int64_t count = (int64_t)date.year * 12 + date.month - 1 + months;
    int64_t first = (int64_t)DATE_MIN_YEAR * 12, last = (int64_t)DATE_MAX_YEAR * 12 + 11;
    if (count < first) count = first;
    if (count > last) count = last;
    int year = (int)(count / 12), month = (int)(count % 12) + 1;
    int longest = date_days_in_month(year, month);
    int32_t result = day;
    (void)date_from_civil(year, month, date.day < longest ? date.day : longest, &result);
    return result;
}

int32_t date_add_years(int32_t day, int years)
{
    if (years > DATE_MAX_YEAR) years = DATE_MAX_YEAR;
    if (years < -DATE_MAX_YEAR) years = -DATE_MAX_YEAR;
    return date_add_months(day, years * 12);
}

int32_t date_month_end(int year, int month)
{
    int32_t day = 0;
    (void)date_from_civil(year, month, date_days_in_month(year, month), &day);
    return day;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static size_t count_digits(const char *text)
{
    size_t count = 0;
    while (is_digit(text[count]))
        count++;
    return count;
}

/* The number of the first `count` digits, at most 9 of them. */
static int number_of(const char *text, size_t count)
{
    int number = 0;
    for (size_t i = 0; i < count && i < 9; i++)
        number = number * 10 + (text[i] - '0');
    return number;
}

bool date_parse_iso(const char *text, int32_t *out_day)
{
    if (count_digits(text) != 4 || text[4] != '-') return false;
    if (count_digits(text + 5) != 2 || text[7] != '-') return false;
    if (count_digits(text + 8) != 2 || text[10] != '\0') return false;
    return date_from_civil(number_of(text, 4), number_of(text + 5, 2), number_of(text + 8, 2),
                           out_day);
}

void date_format_iso(int32_t day, char out_text[DATE_TEXT_SIZE])
{
    struct date date = date_to_civil(day);
    (void)snprintf(out_text, DATE_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)date.year % 10000,
                   (unsigned)date.month % 100, (unsigned)date.day % 100);
}

const char *date_month_name(int month)
{
    return month >= 1 && month <= 12 ? month_names[month - 1] : "";
}

static const char *skip_spaces(const char *at)
{
    while (*at == ' ')
        at++;
    return at;
}

/* Whether `at` begins with the lower-case `word` and nothing more of a word follows. */
static bool at_word(const char *at, const char *word)
{
    size_t size = strlen(word);
    return strncmp(at, word, size) == 0 && !is_letter(at[size]);
}

/* 1..12 when a month's name, whole or its usual short form, stands at `at`; else 0. */
static int scan_month(const char **at)
{
    size_t size = 0;
    while (is_letter((*at)[size]))
        size++;
    if (size < 3) return 0;
    for (int month = 1; month <= 12; month++) {
        const char *name = month_names[month - 1];
        bool same = ((*at)[0] | 0x20) == (name[0] | 0x20);
        bool short_form = size == 3 || (month == 9 && size == 4);
        if (!same || (!short_form && size != strlen(name))) continue;
        if (strncmp(*at + 1, name + 1, size - 1) != 0) continue;
        *at += size;
        if (**at == '.') (*at)++;
        return month;
    }
    return 0;
}

/* "st", "nd", "rd", "th" after a day, perhaps after a space; then "of". */
static const char *skip_ordinal(const char *at)
{
    static const char *const endings[] = {"st", "nd", "rd", "th"};
    const char *next = skip_spaces(at);
    for (size_t i = 0; i < 4; i++) {
        if (!at_word(next, endings[i])) continue;
        at = next = skip_spaces(next + 2);
        break;
    }
    return at_word(next, "of") ? next + 2 : at;
}

/* "/22" behind 2021: a financial year, not the year of a month. */
static bool is_year_pair(const char *at, int year)
{
    return at[0] == '/' && count_digits(at + 1) == 2 &&
           number_of(at + 1, 2) == (year + 1) % 100;
}

/* A year at `at`: 4 digits in range, or 2 where `short_allowed` (20yy). 0 when there are no
 * digits; -1 when they are no year. */
static int scan_year(const char **at, bool short_allowed)
{
    size_t count = count_digits(*at);
    if (count == 0) return 0;
    int year = number_of(*at, count);
    bool is_short = count == 2 && short_allowed;
    *at += count;
    if (is_letter(**at) || is_year_pair(*at, year)) return -1;
    if (is_short) return 2000 + year;
    if (count != 4 || year < DATE_WRITTEN_MIN_YEAR || year > DATE_WRITTEN_MAX_YEAR) return -1;
    return year;
}

static size_t finish_scan(const char *text, const char *at, struct date date,
                          enum date_scan_kind *out_kind, struct date *out_date)
{
    if (date.year == 0) {
        *out_kind = DATE_SCAN_YEARLESS;
    } else if (date.day == 0) {
        *out_kind = DATE_SCAN_MONTH;
        date.day = 1;
    } else {
        *out_kind = DATE_SCAN_DAY;
    }
    /* 2000 stands in for the missing year so that 29 February may recur. */
    if (*out_kind == DATE_SCAN_YEARLESS && date.day > date_days_in_month(2000, date.month))
        *out_kind = DATE_SCAN_MALFORMED;
    else if (date.year != 0 && !date_is_valid(date.year, date.month, date.day ? date.day : 1))
        *out_kind = DATE_SCAN_MALFORMED;
    else
        *out_date = date;
    return (size_t)(at - text);
}

static size_t malformed(const char *text, const char *at, enum date_scan_kind *out_kind)
{
    while (is_digit(*at) || is_letter(*at))
        at++;
    *out_kind = DATE_SCAN_MALFORMED;
    return (size_t)(at - text);
}

/* What stands between a month and its year. */
static const char *skip_year_gap(const char *at, bool *out_joined)
{
    const char *next = skip_spaces(at);
    *out_joined = *next == '-' || *next == '\'';
    if (*out_joined && next[1] == ' ') return at; /* "March - June 2022" is no year */
    if (*next == '-' || *next == '\'' || *next == ',') next++;
    return skip_spaces(next);
}

/* "31 march 2022"; the day has been read. */
static size_t scan_day_month(const char *text, const char *at, int day,
                             enum date_scan_kind *out_kind, struct date *out_date)
{
    bool joined;
    int month = scan_month(&at);
    if (month == 0) return 0;
    const char *next = skip_year_gap(at, &joined);
    int year = scan_year(&next, true);
    if (year < 0 || day == 0) return malformed(text, next, out_kind);
    return finish_scan(text, year ? next : at, (struct date){year, month, day}, out_kind,
                       out_date);
}

/* "31/03/2022", "31.03.22", "31-3-2022". 0 when the shape is another one. */
static size_t scan_numeric(const char *text, enum date_scan_kind *out_kind,
                           struct date *out_date)
{
    size_t day_digits = count_digits(text);
    char separator = text[day_digits];
    if (day_digits > 2 || (separator != '/' && separator != '.' && separator != '-')) return 0;
    const char *month = text + day_digits + 1;
    size_t month_digits = count_digits(month);
    if (month_digits < 1 || month_digits > 2 || month[month_digits] != separator) return 0;
    const char *at = month + month_digits + 1;
    int year = scan_year(&at, true);
    struct date date = {year, number_of(month, month_digits), number_of(text, day_digits)};
    if (year <= 0 || !date_is_valid(date.year, date.month, date.day))
        return malformed(text, at, out_kind);
    return finish_scan(text, at, date, out_kind, out_date);
}

/* "2022-03-31". */
static size_t scan_iso(const char *text, enum date_scan_kind *out_kind, struct date *out_date)
{
    if (count_digits(text) != 4 || text[4] != '-' || count_digits(text + 5) != 2) return 0;
    if (text[7] != '-' || count_digits(text + 8) == 0) return 0;
    const char *at = text;
    struct date date = {scan_year(&at, false), number_of(text + 5, 2), number_of(text + 8, 2)};
    if (date.year <= 0 || count_digits(text + 8) != 2 || is_letter(text[10]) ||
        !date_is_valid(date.year, date.month, date.day))
        return malformed(text, text + 8, out_kind);
    return finish_scan(text, text + 10, date, out_kind, out_date);
}

/* "march 2022", "apr-21", "march 31, 2022", or a month alone. */
static size_t scan_month_first(const char *text, enum date_scan_kind *out_kind,
                               struct date *out_date)
{
    const char *at = text;
    int month = scan_month(&at);
    bool joined;
    if (month == 0) return 0;
    const char *next = skip_year_gap(at, &joined);
    const char *day_end = skip_ordinal(next + count_digits(next));
    size_t digits = count_digits(next);
    if (digits >= 1 && digits <= 2 && !joined) {
        const char *after = skip_year_gap(day_end, &joined);
        int year = scan_year(&after, false);
        int day = number_of(next, digits);
        if (year > 0 && day > 0)
            return finish_scan(text, after, (struct date){year, month, day}, out_kind,
                               out_date);
        return malformed(text, next, out_kind); /* "March 22": a day or a year? */
    }
    int year = scan_year(&next, joined);
    if (year < 0) return malformed(text, next, out_kind);
    return finish_scan(text, year ? next : at, (struct date){year, month, 0}, out_kind,
                       out_date);
}

static const char *skip_weekday(const char *at)
{
    static const char *const names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday"};
    for (size_t i = 0; i < 7; i++) {
        if (!at_word(at, names[i])) continue;
        at += strlen(names[i]);
        return skip_spaces(*at == ',' ? at + 1 : at);
    }
    return at;
}

size_t date_scan(const char *text, enum date_scan_kind *out_kind, struct date *out_date)
{
    *out_kind = DATE_SCAN_NOTHING;
    const char *start = skip_weekday(text);
    size_t digits = count_digits(start), size = 0;
    if (digits == 0) {
        size = scan_month_first(start, out_kind, out_date);
    } else {
        size = scan_iso(start, out_kind, out_date);
        if (size == 0) size = scan_numeric(start, out_kind, out_date);
        if (size == 0 && digits <= 2) {
            const char *at = skip_ordinal(start + digits);
            if (*at == '-') at++;
            size = scan_day_month(start, skip_spaces(at), number_of(start, digits), out_kind,
                                  out_date);
        }
    }
    return size == 0 ? 0 : size + (size_t)(start - text);
}
