#include "domain/period.h"

/* Adds `other` when it holds the first of the list and is not that one again. */
static size_t add_around(const struct period *other, struct period *periods, size_t count)
{
    if (!period_contains(other, &periods[0]) || period_compare(other, &periods[0]) == 0)
        return count;
    periods[count] = *other;
    return count + 1;
}

size_t period_list_around(const struct period *period,
                          struct period out_periods[PERIOD_AROUND_MAX])
{
    struct period other, year;
    size_t count = 1;
    out_periods[0] = *period;
    for (int kind = PERIOD_YEAR; kind <= PERIOD_SCHOOL_YEAR; kind++)
        if (period_of_day((enum period_kind)kind, period->start_day, &other))
            count = add_around(&other, out_periods, count);
    if (!period_of_day(PERIOD_YEAR, period->start_day, &year)) return count;
    for (int years = 2; years <= PERIOD_AROUND_SPAN; years++)
        for (int begin = year.year - years + 1; begin <= year.year; begin++)
            if (period_make(PERIOD_SPAN, begin, years, &other))
                count = add_around(&other, out_periods, count);
    return count;
}

size_t period_list_inside(const struct period *year,
                          struct period out_periods[PERIOD_INSIDE_MAX])
{
    static const enum period_kind kinds[] = {PERIOD_HALF, PERIOD_QUARTER, PERIOD_MONTH};
    size_t count = 0;
    if (year->kind != PERIOD_YEAR) return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct period part;
        bool ok = period_of_day(kinds[i], year->start_day, &part);
        while (ok && period_contains(year, &part)) {
            out_periods[count++] = part;
            ok = period_next(&part, &part);
        }
    }
    return count;
}
