/* Where a heading speaks of a period: "Target Baseline 2019/20", "Q1 2021/22 Actual". Only the
 * place is found; what the period is, is the daemon's to understand. */
#ifndef CLIENT_SHEET_PERIOD_H
#define CLIENT_SHEET_PERIOD_H

#include "common/arena.h"

#include <stdbool.h>

struct sheet_period {
    const char *label; /* as worded, dashes made plain: "2019/20"; NULL: there is none */
    const char *rest;  /* the heading without it: "Target Baseline" */
    bool has_year;     /* "Q1" alone has none */
};

/* Takes the longest run of words that make a period out of a cleaned heading; a quarter and its
 * year may stand apart ("Q2 Actual 2023/24"). */
struct sheet_period sheet_period_find(const char *heading, struct arena *arena);

/* A label is a whole financial or calendar year: neither quarter, month nor day. */
bool sheet_period_is_year(const char *label);

/* "FY24": named by the year in which it ends. */
bool sheet_period_is_ending_year(const char *label);

/* The financial year in a label, "2023/24" of "Quarter 2 2023/24"; NULL when it has none. */
const char *sheet_period_year_in(const char *label, struct arena *arena);

/* 2021 of "2021/22", "Q1 2021/22" or "FY22"; 0 when there is none. */
int sheet_period_year(const char *label);

#endif
