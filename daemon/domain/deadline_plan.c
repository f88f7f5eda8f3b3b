/* Expressions of a deadline cell that only the plan's own years can tell: "Year 2", "Mar 24". */
#include "domain/date.h"
#include "domain/deadline_cell.h"
#include "domain/text.h"

#include <string.h>

enum {
    YEARS_MAX = 10,
    MONTHS_A_YEAR = 12,
    MONTHS_A_QUARTER = 3,
    CENTURY = 2000,
    LAST_DAY = 31
};

static const char *const no_plan = "the plan does not say when it runs";
static const char *const no_such_year = "the plan has no such year";
static const char *const backwards = "it ends before it begins";

/* The number of a year at `at` ("1", "10"), 0 without; what could be a date is none. */
static int scan_number(const char *at, size_t *out_size)
{
    enum date_scan_kind kind;
    struct date date;
    size_t digits = 0;
    int number = 0;

    for (; digits < 3 && text_is_digit(at[digits]); digits++)
        number = number * 10 + (at[digits] - '0');
    *out_size = digits;
    if (digits == 0 || digits > 2 || number > YEARS_MAX || text_is_word(at[digits])) return 0;
    if (at[digits] == '/' || date_scan(at, &kind, &date) > 0) return 0;
    return number;
}

/* "-2", " to 3", " and 2" behind a first year: the last one, else 0. */
static int scan_last(const char *at, size_t *out_size)
{
    static const char *const links[] = {"-", " - ", " to ", " and ", " & "};

    for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
        const char *rest = text_skip_prefix(at, links[i]);
        size_t size;
        int number;

        if (rest == NULL) continue;
        number = scan_number(rest, &size);
        if (number == 0) continue;
        *out_size = (size_t)(rest - at) + size;
        return number;
    }
    return 0;
}

/* " q3", ", quarter 3" behind a year: 3, else 0. */
static int scan_quarter(const char *at, size_t *out_size)
{
    const char *rest = at + strspn(at, ", ");

    if (rest == at) return 0;
    if (text_match_phrase(rest, "quarter") > 0)
        rest += sizeof "quarter" - 1 + (rest[sizeof "quarter" - 1] == ' ');
    else if (rest[0] == 'q')
        rest++;
    else
        return 0;
    if (rest[0] < '1' || rest[0] > '4' || text_is_word(rest[1])) return 0;
    *out_size = (size_t)(rest + 1 - at);
    return rest[0] - '0';
}

size_t deadline_plan_scan_year(const char *at, struct deadline_piece *out_piece)
{
    static const char *const words[] = {"year", "years", "yr", "yrs"};
    size_t size = 0, more;
    int first, last, quarter;

    for (size_t i = 0; i < sizeof words / sizeof words[0] && size == 0; i++)
        size = text_match_phrase(at, words[i]);
    if (size == 0 || at[size] != ' ') return 0;
    first = scan_number(at + ++size, &more);
    if (first == 0) return 0;
    size += more;
    *out_piece = deadline_piece_invalid(no_plan);
    out_piece->plan_month = (first - 1) * MONTHS_A_YEAR;
    out_piece->plan_months = MONTHS_A_YEAR;
    last = scan_last(at + size, &more);
    quarter = last == 0 ? scan_quarter(at + size, &more) : 0;
    if (last == 0 && quarter == 0) return size;
    if (quarter > 0) {
        out_piece->plan_month += (quarter - 1) * MONTHS_A_QUARTER;
        out_piece->plan_months = MONTHS_A_QUARTER;
    } else {
        out_piece->plan_months = (last - first + 1) * MONTHS_A_YEAR;
        if (last < first) *out_piece = deadline_piece_invalid(backwards);
    }
    return size + more;
}

void deadline_plan_guess_year(const char *at, size_t size, struct deadline_piece *piece)
{
    char month[16];
    enum date_scan_kind kind;
    struct date date;
    size_t letters = strcspn(at, " .");
    const char *digits = at + letters + strspn(at + letters, " .");

    if (letters == 0 || letters >= sizeof month || digits + 2 != at + size ||
        !text_is_digit(digits[0]) || !text_is_digit(digits[1]))
        return;
    memcpy(month, at, letters);
    month[letters] = '\0';
    if (date_scan(month, &kind, &date) != letters || kind != DATE_SCAN_YEARLESS) return;
    piece->guess =
        (struct date){CENTURY + (digits[0] - '0') * 10 + (digits[1] - '0'), date.month, 0};
}

/* A month with a year of two digits is a day of some year as well ("Mar 24"): it is a month where
 * that lies within the plan, or there is no such day. */
static void resolve_guess(struct deadline_piece *piece, const struct deadline_context *context)
{
    struct deadline_piece month = deadline_piece_empty(DEADLINE_MONTH);
    bool within;

    deadline_piece_set_month(&month, piece->guess.year, piece->guess.month);
    month.start = piece->start;
    month.end = piece->end;
    within = context->plan_start != DATE_NO_DAY && context->plan_end != DATE_NO_DAY &&
             month.latest >= context->plan_start && month.earliest <= context->plan_end;
    if (within || piece->guess.year - CENTURY > LAST_DAY) *piece = month;
}

/* Years of a plan count from the day it begins; the last one ends with it. */
static void resolve_year(struct deadline_piece *piece, const struct deadline_context *context)
{
    int32_t start = context->plan_start;

    if (start == DATE_NO_DAY) return;
    piece->kind = DEADLINE_WINDOW;
    piece->earliest = date_add_months(start, piece->plan_month);
    piece->latest = date_add_months(start, piece->plan_month + piece->plan_months) - 1;
    piece->reason = NULL;
    if (context->plan_end == DATE_NO_DAY) return;
    if (piece->earliest > context->plan_end) {
        piece->kind = DEADLINE_INVALID;
        piece->earliest = piece->latest = DATE_NO_DAY;
        piece->reason = no_such_year;
    } else if (piece->latest > context->plan_end) {
        piece->latest = context->plan_end;
    }
}

void deadline_plan_resolve(struct deadline_cell *cell, const struct deadline_context *context)
{
    for (size_t i = 0; i < cell->count; i++) {
        struct deadline_piece *piece = &cell->pieces[i];

        if (piece->guess.month != 0) resolve_guess(piece, context);
        if (piece->plan_months > 0) resolve_year(piece, context);
    }
}
