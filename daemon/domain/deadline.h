/* When an action is due, as councils write it (MODEL.md section 4).
 *
 * The whole cell is kept verbatim with every deadline found in it; what was not understood is
 * INVALID with a reason, never guessed. Declared conventions:
 *   - Spring is 1 March..31 May, Summer June..August, Autumn September..November, Winter 2021
 * is 1 December 2021..28 February 2022; "21/22" is 2021/22, "31/03/22" is 31 March 2022;
 *   - "Mar 24" is March 2024 in a plan that runs then, else not understood (a day or a year?);
 *   - "Year 2" is the second twelve months of the plan, "Year 2 Q3" their third quarter;
 *   - RECURRING is first due at the end of the plan's first financial year, whatever its
 * rhythm, unless the cell gives a day or month ("31 March each year");
 *   - "end of March 2022" is EXACT, its last day; "early" and "mid" do not narrow a month;
 *   - "from April 2021" is ONGOING from then to the plan's end, INVALID where that has passed;
 *     "after ..." is INVALID;
 *   - "April 2021 - March 2022" is one WINDOW.
 * Pure functions; results live in the caller's arena; any bytes are safe.
 */
#ifndef DOMAIN_DEADLINE_H
#define DOMAIN_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

enum deadline_kind {
    DEADLINE_NONE, /* an empty cell, a dash, "N/A" */
    DEADLINE_EXACT,
    DEADLINE_MONTH,
    DEADLINE_YEAR, /* a calendar year */
    DEADLINE_SEASON,
    DEADLINE_WINDOW, /* a financial year, a quarter, from .. to */
    DEADLINE_RECURRING,
    DEADLINE_EXACT_THEN_RECURRING,
    DEADLINE_ONGOING,
    DEADLINE_TBC,
    DEADLINE_INVALID, /* not understood */
};

enum deadline_recurrence {
    DEADLINE_ONCE,
    DEADLINE_WEEKLY,
    DEADLINE_MONTHLY,
    DEADLINE_QUARTERLY,
    DEADLINE_HALF_YEARLY,
    DEADLINE_YEARLY,
    DEADLINE_TWO_YEARLY,
    DEADLINE_THREE_YEARLY,
    DEADLINE_FOUR_YEARLY,
    DEADLINE_FIVE_YEARLY,
};

/* What the words are measured against; DATE_NO_DAY (domain/date.h) where unknown. */
struct deadline_context {
    int32_t plan_start; /* first and last day of the plan */
    int32_t plan_end;
};

struct deadline {
    enum deadline_kind kind;
    enum deadline_recurrence recurrence; /* ONCE unless a RECURRING kind */
    int32_t earliest;     /* DATE_NO_DAY when there is no day: TBC, NONE, INVALID, or no plan */
    int32_t latest;       /* last day to be in time; the first due day of a RECURRING kind */
    bool statutory;       /* the cell says so of this one */
    const char *label;    /* "Internal", or other words beside the date; NULL without */
    const char *part;     /* the words this one was understood from, cleaned */
    const char *verbatim; /* the whole cell as it came */
    const char *reason;   /* INVALID only: why; static */
};

/* Understands a cell. Returns at least one deadline and their number; array and strings are in
 * `arena`. More than 32 deadlines in a cell end in one INVALID. */
struct deadline *deadline_parse(const char *text, const struct deadline_context *context,
                                struct arena *arena, size_t *out_count);

/* Whether a deadline is one to measure against: all kinds but NONE, TBC and INVALID. */
bool deadline_is_scheduled(const struct deadline *deadlines, size_t count);

/* Overdue: not complete, and the latest day of any of the deadlines is past (a day is past from
 * the next day on). MODEL.md section 4 speaks of one deadline; with several in a cell the first
 * one missed counts, or a missed statutory date would hide behind a later internal one. */
bool deadline_is_overdue(const struct deadline *deadlines, size_t count, bool complete,
                         int32_t today);

/* The first due day after `after`: the latest day itself, or a later turn of a recurrence.
 * DATE_NO_DAY when there is none. */
int32_t deadline_next_due(const struct deadline *deadline, int32_t after);

/* "EXACT", "RECURRING"; "YEARLY". Static. */
const char *deadline_kind_name(enum deadline_kind kind);
const char *deadline_recurrence_name(enum deadline_recurrence recurrence);

#endif
