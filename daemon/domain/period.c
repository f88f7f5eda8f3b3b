#include "domain/period.h"

#include "domain/date.h"

/* ---- building ---- */

/* Months of one part of a kind, and the first month of its year. */
struct period_shape {
    const char *name;
    int months;
    int first_month;
    int parts; /* parts in a year; 0 when `part` is not used */
};

static const struct period_shape shape_table[] = {
    [PERIOD_YEAR] = {"year", 12, 4, 0},
    [PERIOD_HALF] = {"half", 6, 4, 2},
    [PERIOD_QUARTER] = {"quarter", 3, 4, 4},
    [PERIOD_MONTH] = {"month", 1, 1, 12},
    [PERIOD_CALENDAR_YEAR] = {"calendar year", 12, 1, 0},
    [PERIOD_SCHOOL_YEAR] = {"school year", 12, 8, 0},
    [PERIOD_SPAN] = {"span", 12, 4, 0},
    [PERIOD_DATE] = {"date", 0, 1, 0},
};

const char *period_kind_name(enum period_kind kind)
{
    return shape_table[kind].name;
}

bool period_part_fits(enum period_kind kind, int part)
{
    if (kind == PERIOD_SPAN) return part >= 2 && part <= PERIOD_MAX_SPAN_YEARS;
    int parts = shape_table[kind].parts;
    return parts == 0 ? part == 0 : part >= 1 && part <= parts;
}

/* The first day of the month that is `months` after January of a year. */
static bool month_start(int year, int months, int32_t *out_day)
{
    return date_from_civil(year + months / 12, months % 12 + 1, 1, out_day);
}

bool period_make(enum period_kind kind, int year, int part, struct period *out_period)
{
    if (kind == PERIOD_DATE || !period_part_fits(kind, part)) return false;
    if (year < DATE_WRITTEN_MIN_YEAR || year > DATE_WRITTEN_MAX_YEAR) return false;
    const struct period_shape *shape = &shape_table[kind];
    int months = kind == PERIOD_SPAN ? 12 * part : shape->months;
    int first = shape->first_month - 1 + (shape->parts > 0 ? (part - 1) * months : 0);
    struct period period = {.kind = kind, .year = year, .part = part};
    if (!month_start(year, first, &period.start_day) ||
        !month_start(year, first + months, &period.end_day))
        return false;
    period.end_day--; /* the day before the next begins */
    *out_period = period;
    return true;
}

bool period_make_date(int32_t day, struct period *out_period)
{
    int year = date_to_civil(day).year;
    if (year < DATE_WRITTEN_MIN_YEAR || year > DATE_WRITTEN_MAX_YEAR) return false;
    *out_period =
        (struct period){.kind = PERIOD_DATE, .year = year, .start_day = day, .end_day = day};
    return true;
}

bool period_of_day(enum period_kind kind, int32_t day, struct period *out_period)
{
    if (kind == PERIOD_DATE) return period_make_date(day, out_period);
    if (kind == PERIOD_SPAN) return false;
    const struct period_shape *shape = &shape_table[kind];
    struct date date = date_to_civil(day);
    int month = date.month - shape->first_month; /* months since its year began */
    int year = month < 0 ? date.year - 1 : date.year;
    int part = shape->parts > 0 ? (month + 12) % 12 / shape->months + 1 : 0;
    return period_make(kind, year, part, out_period);
}

/* ---- moving and comparing ---- */

/* `steps` periods of the same kind away. */
static bool move_period(const struct period *period, int steps, struct period *out_period)
{
    int year = period->year, part = period->part;
    int parts = shape_table[period->kind].parts;
    if (period->kind == PERIOD_DATE)
        return period_make_date(date_add_years(period->start_day, steps), out_period);
    if (period->kind == PERIOD_SPAN) {
        year += steps * part;
    } else if (parts == 0) {
        year += steps;
    } else {
        int count = year * parts + part - 1 + steps;
        year = count / parts;
        part = count % parts + 1;
    }
    return period_make(period->kind, year, part, out_period);
}

bool period_previous(const struct period *period, struct period *out_period)
{
    return move_period(period, -1, out_period);
}

/* A year before 29 February is the 28th, and so is every year before that. */
void period_earlier(const struct period *period, int steps, struct period *out_period)
{
    *out_period = *period;
    if (period->kind != PERIOD_DATE && move_period(period, -steps, out_period)) return;
    for (int i = 0; i < steps && period_previous(out_period, out_period); i++)
        continue;
}

bool period_next(const struct period *period, struct period *out_period)
{
    return move_period(period, 1, out_period);
}

bool period_same_last_year(const struct period *period, struct period *out_period)
{
    if (period->kind == PERIOD_DATE) return move_period(period, -1, out_period);
    return period_make(period->kind, period->year - 1, period->part, out_period);
}

bool period_contains(const struct period *outer, const struct period *inner)
{
    return outer->start_day <= inner->start_day && inner->end_day <= outer->end_day;
}

bool period_contains_day(const struct period *period, int32_t day)
{
    return period->start_day <= day && day <= period->end_day;
}

static int compare_numbers(int32_t a, int32_t b)
{
    return (a > b) - (a < b);
}

int period_compare(const struct period *a, const struct period *b)
{
    int order = compare_numbers(a->start_day, b->start_day);
    if (order == 0) order = compare_numbers(b->end_day, a->end_day);
    if (order == 0) order = compare_numbers((int32_t)a->kind, (int32_t)b->kind);
    return order;
}
