#include "work.h"

#include <stdio.h>
#include <string.h>

const char path_apply[] = "/provost.v1.RegisterService/Apply";
const char path_submit[] = "/provost.v1.RegisterService/SubmitObservations";
const char path_get[] = "/provost.v1.RegisterService/GetResource";
const char path_series[] = "/provost.v1.PerformanceService/GetIndicatorSeries";
const char path_scorecard[] = "/provost.v1.PerformanceService/GetScorecard";
const char path_progress[] = "/provost.v1.PerformanceService/GetProgress";
const char path_due[] = "/provost.v1.PerformanceService/ListDue";
const char path_changes[] = "/provost.v1.ChangeLogService/ListChanges";

static const struct work *const tables[] = {works_setup, works_write, works_read, works_etcd};

const struct work *work_find(const char *name)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct work *work = tables[t]; work->name; work++)
            if (strcmp(work->name, name) == 0) return work;
    return NULL;
}

void work_print_all(void)
{
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++)
        for (const struct work *work = tables[t]; work->name; work++)
            printf("  %-18s %s\n", work->name, work->does);
}

uint64_t random_below(struct lane *lane, uint64_t below)
{
    lane->random ^= lane->random >> 12;
    lane->random ^= lane->random << 25;
    lane->random ^= lane->random >> 27;
    return (lane->random * UINT64_C(2685821657736338717) >> 11) % below;
}

uint64_t lane_count(const struct lane *lane, const struct scale *scale)
{
    return lane->step * scale->lanes + lane->number;
}

char *indicator_name(struct arena *arena, uint64_t number)
{
    return arena_printf(arena, "indicators/bench-%llu", (unsigned long long)number);
}

static char *month_text(struct arena *arena, int first_year, uint64_t number)
{
    return arena_printf(arena, "%04d-%02d", first_year + (int)(number / 12),
                        (int)(number % 12) + 1);
}

char *history_month(struct arena *arena, uint64_t number)
{
    return month_text(arena, HISTORY_FIRST_YEAR, number);
}

char *free_month(struct arena *arena, uint64_t number)
{
    enum { FIRST_YEAR = 1900, BEFORE_MONTHS = (HISTORY_FIRST_YEAR - FIRST_YEAR) * 12 };
    return month_text(arena, FIRST_YEAR,
                      number < BEFORE_MONTHS ? number : number + HISTORY_MONTHS);
}

const char *department(uint64_t indicator)
{
    static const char *const departments[DEPARTMENTS] = {
        "adult-care",  "assessors", "benefits", "children", "customer", "education",
        "environment", "estates",   "finance",  "housing",  "leisure",  "libraries",
        "people",      "planning",  "roads",    "waste"};
    return departments[indicator % DEPARTMENTS];
}
