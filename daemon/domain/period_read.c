/* Reading the labels of domain/period.h. */
#include "domain/date.h"
#include "domain/period.h"
#include "domain/text.h"

#include <stdio.h>
#include <string.h>

#define PERIOD_MAX_TEXT 96 /* bytes of a label that can be a period */

static const char *const not_a_period =
    "not a period such as 2021/22, Q1 2021/22 or April 2021";
static const char *const bad_year = "the year must have four digits and lie in 1900 to 2199";
static const char *const bad_second_year = "the second year must have two or four digits";
static const char *const bad_order = "the years do not follow each other";
static const char *const one_year_only = "a quarter or half belongs to one financial year";
static const char *const bad_quarter = "a year has quarters 1 to 4";
static const char *const bad_half = "a year has halves 1 and 2";
static const char *const no_year = "the year is missing";
static const char *const unclear_year = "write the financial year as 2021/22";
static const char *const bad_months = "these months are no quarter, half or year of the "
                                      "register; write the year that is meant, such "
                                      "as 2021/22";
static const char *const no_such_day = "there is no such day or the year is not whole";

/* The text being read; `reason` is set once something is wrong. */
struct period_reader {
    const char *at;
    const char *reason;
};

/* Two years as written, "2021/22", and the years they mean. */
struct year_pair {
    int first;
    int last;     /* 0 when only one year is written */
    int suffix;   /* the number behind a hyphen when it has two digits, else -1 */
    bool in_full; /* the last year has four digits */
};

static bool fail(struct period_reader *reader, const char *reason)
{
    if (reader->reason == NULL) reader->reason = reason;
    return false;
}

static void skip_spaces(struct period_reader *reader)
{
    while (*reader->at == ' ')
        reader->at++;
}

static bool take_word(struct period_reader *reader, const char *word)
{
    size_t size = strlen(word);
    if (strncmp(reader->at, word, size) != 0) return false;
    reader->at += size;
    return true;
}

/* Takes the first word that fits; spaces after it too. */
static bool take_any(struct period_reader *reader, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!take_word(reader, words[i])) continue;
        skip_spaces(reader);
        return true;
    }
    return false;
}

/* A run of digits; its number (capped) and how many there were. */
static size_t take_number(struct period_reader *reader, int *out_number)
{
    size_t count = 0;
    int number = 0;
    for (; text_is_digit(*reader->at); reader->at++, count++)
        if (number < 100000) number = number * 10 + (*reader->at - '0');
    *out_number = number;
    return count;
}

/* The separator of a pair with its spaces; '\0' when no digits follow it. */
static char take_separator(struct period_reader *reader)
{
    const char *start = reader->at;
    skip_spaces(reader);
    char separator = *reader->at;
    if (separator == '/' || separator == '-') {
        reader->at++;
        skip_spaces(reader);
        if (text_is_digit(*reader->at)) return separator;
    }
    reader->at = start;
    return '\0';
}

static bool take_second_year(struct period_reader *reader, char separator,
                             struct year_pair *pair)
{
    int second;
    size_t digits = take_number(reader, &second);
    if (digits != 2 && digits != 4) return fail(reader, bad_second_year);
    pair->in_full = digits == 4;
    pair->last =
        pair->in_full ? second : pair->first + (second + 100 - pair->first % 100) % 100;
    if (separator == '-' && digits == 2) pair->suffix = second;
    if (pair->last <= pair->first && pair->suffix < 1) return fail(reader, bad_order);
    return true;
}

/* "2021", "2021/22", "2021-2022", "21/22". */
static bool take_years(struct period_reader *reader, struct year_pair *out_pair)
{
    struct year_pair pair = {.suffix = -1};
    size_t digits = take_number(reader, &pair.first);
    if (digits == 0) return fail(reader, no_year);
    char separator = take_separator(reader);
    bool is_short = digits == 2 && separator == '/';
    if (is_short) pair.first += 2000;
    if (!is_short && digits != 4) return fail(reader, bad_year);
    if (pair.first < DATE_WRITTEN_MIN_YEAR || pair.first > DATE_WRITTEN_MAX_YEAR)
        return fail(reader, bad_year);
    if (separator != '\0' && !take_second_year(reader, separator, &pair)) return false;
    if (is_short && pair.last != pair.first + 1) return fail(reader, bad_order);
    *out_pair = pair;
    return true;
}

/* Behind "FY": "2021/22", or one year, "24" or "2024", in which the financial year ends. */
static bool take_financial_years(struct period_reader *reader, struct year_pair *out_pair)
{
    const char *start = reader->at;
    int last;
    size_t digits = take_number(reader, &last);
    if ((digits != 2 && digits != 4) || take_separator(reader) != '\0') {
        reader->at = start;
        return take_years(reader, out_pair);
    }
    if (digits == 2) last += 2000;
    if (last <= DATE_WRITTEN_MIN_YEAR || last > DATE_WRITTEN_MAX_YEAR)
        return fail(reader, bad_year);
    *out_pair = (struct year_pair){last - 1, last, -1, false};
    return true;
}

static bool at_end(struct period_reader *reader)
{
    return *reader->at == '\0' || fail(reader, not_a_period);
}

static bool make(struct period_reader *reader, enum period_kind kind, int year, int part,
                 struct period *out_period)
{
    return period_make(kind, year, part, out_period) || fail(reader, not_a_period);
}

/* Two years that must be one year: of `kind`, with `part`. */
static bool make_in_year(struct period_reader *reader, const struct year_pair *pair,
                         enum period_kind kind, int part, struct period *out_period)
{
    if (pair->last == 0) return fail(reader, unclear_year);
    if (pair->last != pair->first + 1) return fail(reader, one_year_only);
    return make(reader, kind, pair->first, part, out_period);
}

/* The three readings of "yyyy-nn", in their order (period.h). */
static bool make_from_years(struct period_reader *reader, const struct year_pair *pair,
                            struct period *out_period)
{
    if (pair->last == 0) return make(reader, PERIOD_CALENDAR_YEAR, pair->first, 0, out_period);
    if (pair->last == pair->first + 1)
        return make(reader, PERIOD_YEAR, pair->first, 0, out_period);
    if (pair->suffix >= 1 && pair->suffix <= 12)
        return make(reader, PERIOD_MONTH, pair->first, pair->suffix, out_period);
    int years = pair->last - pair->first;
    if (years < 2 || years > PERIOD_MAX_SPAN_YEARS) return fail(reader, bad_order);
    return make(reader, PERIOD_SPAN, pair->first, years, out_period);
}

static const char *const quarter_words[] = {"quarter", "qtr", "q"};
static const char *const half_words[] = {"half year", "half", "h"};

/* "q1", "quarter 1", "h2"; false when none stands here. A wrong number sets the reason. */
static bool take_part(struct period_reader *reader, enum period_kind *out_kind, int *out_part)
{
    const char *start = reader->at;
    bool quarter = take_any(reader, quarter_words, 3);
    if (!quarter && !take_any(reader, half_words, 3)) return false;
    int part;
    if (take_number(reader, &part) == 0) {
        reader->at = start;
        return false;
    }
    *out_kind = quarter ? PERIOD_QUARTER : PERIOD_HALF;
    *out_part = part;
    if (!period_part_fits(*out_kind, part))
        (void)fail(reader, quarter ? bad_quarter : bad_half);
    return true;
}

/* "Q1 2021/22", "Quarter 1 of 2021/22", "Q1, 2021/22". */
static bool read_part_first(struct period_reader *reader, enum period_kind kind, int part,
                            struct period *out_period)
{
    static const char *const links[] = {",", "-", ":", "of"};
    static const char *const financial[] = {"fy"};
    struct year_pair pair = {0};
    if (reader->reason != NULL) return false;
    skip_spaces(reader);
    while (take_any(reader, links, 4)) {
    }
    bool understood = take_any(reader, financial, 1) ? take_financial_years(reader, &pair)
                                                     : take_years(reader, &pair);
    return understood && at_end(reader) && make_in_year(reader, &pair, kind, part, out_period);
}

/* "2021-22", "2021-22.q1", "2021/22 Q1", "2011-m12", "2021". */
static bool read_years_first(struct period_reader *reader, struct period *out_period)
{
    static const char *const links[] = {".", ",", "-", ":"};
    struct year_pair pair;
    enum period_kind kind;
    int part;
    if (!take_years(reader, &pair)) return false;
    if (*reader->at == '\0') return make_from_years(reader, &pair, out_period);
    if (pair.last == 0 && take_word(reader, "-m") && take_number(reader, &part) == 2)
        return at_end(reader) && make(reader, PERIOD_MONTH, pair.first, part, out_period);
    skip_spaces(reader);
    (void)take_any(reader, links, 4);
    if (!take_part(reader, &kind, &part)) return fail(reader, not_a_period);
    return reader->reason == NULL && at_end(reader) &&
           make_in_year(reader, &pair, kind, part, out_period);
}

/* The period of whole months from one to another: a quarter, half or year of those there are. */
static bool make_of_months(struct period_reader *reader, int from_year, int from, int to_year,
                           int to, struct period *out_period)
{
    static const enum period_kind kinds[] = {PERIOD_QUARTER, PERIOD_HALF, PERIOD_YEAR,
                                             PERIOD_CALENDAR_YEAR, PERIOD_SCHOOL_YEAR};
    int32_t first = 0;
    if (!date_from_civil(from_year, from, 1, &first)) return fail(reader, bad_year);
    int32_t last = date_month_end(to_year, to);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (period_of_day(kinds[i], first, out_period) && out_period->start_day == first &&
            out_period->end_day == last)
            return true;
    return fail(reader, bad_months);
}

/* A month by its name, in full or by three letters ("sept" too); 0 when none stands here. */
static int take_month(struct period_reader *reader)
{
    size_t size = text_word_length(reader->at);
    if (size < 3) return 0;
    for (int month = 1; month <= 12; month++) {
        char name[16];
        (void)snprintf(name, sizeof name, "%s", date_month_name(month));
        text_lower(name);
        bool is_short = size == 3 || (month == 9 && size == 4);
        if ((size != strlen(name) && !is_short) || strncmp(reader->at, name, size) != 0)
            continue;
        reader->at += size;
        if (*reader->at == '.') reader->at++;
        skip_spaces(reader);
        return month;
    }
    return 0;
}

static bool take_to(struct period_reader *reader)
{
    static const char *const links[] = {"-", "to ", "until ", "/"};
    skip_spaces(reader);
    return take_any(reader, links, 4);
}

/* Behind "April 2023": "to June 2023", "- March 2024". */
static bool read_months(struct period_reader *reader, int from_year, int from,
                        struct period *out_period)
{
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    if (!take_to(reader)) return false;
    size_t size = date_scan(reader->at, &kind, &date);
    if (kind != DATE_SCAN_MONTH) return false;
    reader->at += size;
    return at_end(reader) &&
           make_of_months(reader, from_year, from, date.year, date.month, out_period);
}

/* "Apr-Jun 2023", "October to March 2024": the year is that of the last month. */
static bool read_month_range(struct period_reader *reader, struct period *out_period)
{
    const char *start = reader->at;
    int from = take_month(reader);
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    if (from != 0 && take_to(reader)) {
        size_t size = date_scan(reader->at, &kind, &date);
        if (kind == DATE_SCAN_MONTH && reader->at[size] == '\0')
            return make_of_months(reader, date.year - (from > date.month), from, date.year,
                                  date.month, out_period);
    }
    reader->at = start;
    return false;
}

/* "Year ended 31 March 2024", "quarter to June 2023". Only of the periods that there are: a year that
 * ends in June is none of them. */
static bool read_ended(struct period_reader *reader, struct period *out_period)
{
    static const char *const years[] = {"financial year ", "year ", "12 months "};
    static const char *const quarters[] = {"quarter "};
    static const char *const links[] = {"ended ", "ending ", "to "};
    const char *start = reader->at;
    int months = take_any(reader, years, 3) ? 12 : take_any(reader, quarters, 1) ? 3 : 0;
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    if (months != 0 && take_any(reader, links, 3)) {
        size_t size = date_scan(reader->at, &kind, &date);
        bool is_whole =
            kind == DATE_SCAN_MONTH ||
            (kind == DATE_SCAN_DAY && date.day == date_days_in_month(date.year, date.month));
        if (is_whole && reader->at[size] == '\0') {
            int from = (date.month - months % 12 + 12) % 12 + 1;
            return make_of_months(reader, date.year - (from > date.month), from, date.year,
                                  date.month, out_period);
        }
    }
    reader->at = start;
    return false;
}

/* "at 31 March 2020", "31 March 2020", "April 2021", "at April 2021". False without a reason when it
 * is no date. */
static bool read_date(struct period_reader *reader, struct period *out_period)
{
    static const char *const prefixes[] = {"as at ", "at ", "at-"};
    bool prefixed = take_any(reader, prefixes, 3);
    enum date_scan_kind kind;
    struct date date = {0, 0, 0};
    int32_t day = 0;
    size_t size = date_scan(reader->at, &kind, &date);
    if (kind == DATE_SCAN_MALFORMED) return fail(reader, no_such_day);
    if (kind == DATE_SCAN_YEARLESS) return fail(reader, no_year);
    if (kind == DATE_SCAN_NOTHING) return prefixed && fail(reader, no_such_day);
    reader->at += size;
    if (kind == DATE_SCAN_MONTH && *reader->at != '\0' &&
        read_months(reader, date.year, date.month, out_period))
        return true;
    if (!at_end(reader)) return false;
    if (kind == DATE_SCAN_MONTH)
        return make(reader, PERIOD_MONTH, date.year, date.month, out_period);
    return date_from_civil(date.year, date.month, date.day, &day) &&
           period_make_date(day, out_period);
}

static bool read_period(struct period_reader *reader, struct period *out_period)
{
    static const char *const calendar[] = {"cy", "calendar year"};
    static const char *const school[] = {"sy", "ay", "school year", "academic year"};
    static const char *const financial[] = {"fy", "financial year"};
    struct year_pair pair;
    enum period_kind kind;
    int part;
    if (read_month_range(reader, out_period)) return true;
    if (reader->reason == NULL && read_ended(reader, out_period)) return true;
    if (reader->reason != NULL) return false;
    if (read_date(reader, out_period)) return true;
    if (reader->reason != NULL) return false;
    if (take_any(reader, calendar, 2)) {
        if (!take_years(reader, &pair) || !at_end(reader)) return false;
        if (pair.last != 0) return fail(reader, "a calendar year is one year, such as 2021");
        return make(reader, PERIOD_CALENDAR_YEAR, pair.first, 0, out_period);
    }
    if (take_any(reader, school, 4)) {
        if (!take_years(reader, &pair) || !at_end(reader)) return false;
        return make_in_year(reader, &pair, PERIOD_SCHOOL_YEAR, 0, out_period);
    }
    if (take_any(reader, financial, 2)) {
        if (!take_financial_years(reader, &pair)) return false;
        skip_spaces(reader);
        if (take_part(reader, &kind, &part))
            return reader->reason == NULL && at_end(reader) &&
                   make_in_year(reader, &pair, kind, part, out_period);
        return at_end(reader) && make_in_year(reader, &pair, PERIOD_YEAR, 0, out_period);
    }
    if (take_part(reader, &kind, &part)) return read_part_first(reader, kind, part, out_period);
    return text_is_digit(*reader->at) ? read_years_first(reader, out_period)
                                      : fail(reader, not_a_period);
}

/* "2021-22", "2021-07", "2021-22.q1": most periods come as ids, and need no search for words. */
static bool is_years_id(const char *text)
{
    static const char shape[] = "0000-00.q0";
    size_t i = 0;
    for (; shape[i] != '\0' && text[i] != '\0'; i++) {
        bool fits = shape[i] == '0'   ? text_is_digit(text[i])
                    : shape[i] == 'q' ? text[i] == 'q' || text[i] == 'h'
                                      : text[i] == shape[i];
        if (!fits) return false;
    }
    return text[i] == '\0' && (i == sizeof "0000-00" - 1 || i == sizeof shape - 1);
}

bool period_parse(const char *text, struct period *out_period, const char **out_reason)
{
    char clean[PERIOD_MAX_TEXT];
    struct period_reader reader = {clean, NULL};
    struct period period;
    bool understood = false;
    if (is_years_id(text)) {
        reader.at = text;
        understood = read_years_first(&reader, &period);
    } else if (text_clean(text, sizeof clean, clean)) {
        text_lower(clean);
        understood = read_period(&reader, &period);
    }
    if (understood)
        *out_period = period;
    else if (out_reason != NULL)
        *out_reason = reader.reason != NULL ? reader.reason : not_a_period;
    return understood;
}
