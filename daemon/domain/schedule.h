/* Whether actions are on schedule, and the words for where an action stands (MODEL.md section
 * 7). Everything is as at one day: what was completed after it was not yet complete. Pure
 * functions.
 *
 * Readings where section 7 leaves room:
 *   - with several deadlines DUE looks at each (deadline_is_overdue), PROGRESS runs from the
 *     start to the latest of them;
 *   - TBC, INVALID and undated actions are out also when completed: there was no schedule to
 *     keep; a cancelled one is out as cancelled, whatever its deadline;
 *   - progress that nobody stated is 0; the linear expectation is 0 up to the start, 100 from
 *     the latest day on, and compared without rounding;
 *   - ongoing work without a known end is never overdue and PROGRESS expects nothing of it.
 */
#ifndef DOMAIN_SCHEDULE_H
#define DOMAIN_SCHEDULE_H

#include "common/decimal.h"
#include "domain/deadline.h"
#include "domain/share.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_NEGLECTED_DAYS 90
#define SCHEDULE_CHECK_DAYS 30

enum schedule_rule {
    SCHEDULE_RULE_DUE = 0,  /* on schedule unless overdue */
    SCHEDULE_RULE_PROGRESS, /* progress at least as far as the days gone by */
};

/* What the department says of the work. */
enum schedule_work {
    SCHEDULE_WORK_NOT_SAID = 0,
    SCHEDULE_WORK_NOT_STARTED,
    SCHEDULE_WORK_IN_PROGRESS,
    SCHEDULE_WORK_COMPLETED,
    SCHEDULE_WORK_CANCELLED,
};

/* One action; days are DATE_NO_DAY where unknown. */
struct schedule_action {
    const struct deadline *deadlines; /* as deadline_parse gives them */
    size_t deadline_count;
    enum schedule_work work;
    int progress;         /* percent, 0..100 */
    bool assigned;        /* somebody leads it */
    int32_t start_day;    /* of the action, else of its plan; else the deadline's first day */
    int32_t completed_on; /* unknown: completed before any day asked for, and not late */
    int32_t touched_on;   /* when somebody last reported on it */
};

enum schedule_place {
    SCHEDULE_ON,
    SCHEDULE_BEHIND,
    SCHEDULE_EXCLUDED,
};

/* Why it is behind or excluded. */
enum schedule_reason {
    SCHEDULE_REASON_NONE = 0,
    SCHEDULE_REASON_OVERDUE,
    SCHEDULE_REASON_PROGRESS,  /* less than expected */
    SCHEDULE_REASON_CANCELLED, /* excluded, not unscheduled */
    SCHEDULE_REASON_TBC,       /* excluded as unscheduled, this and the next two */
    SCHEDULE_REASON_INVALID,   /* a deadline nobody could understand */
    SCHEDULE_REASON_UNDATED,
};

struct schedule_verdict {
    enum schedule_place place;
    enum schedule_reason reason;
    bool completed;
    bool completed_late;     /* after the latest day of one of its deadlines */
    int32_t days_late;       /* of a late completion or an overdue action, else 0 */
    bool has_expected;       /* PROGRESS, unless completed or excluded */
    struct decimal expected; /* percent, rounded half up to one decimal, for showing */
};

struct schedule_totals {
    size_t members;
    size_t cancelled;
    size_t unscheduled; /* TBC, INVALID, UNDATED */
    size_t completed;   /* within the denominator */
    size_t completed_late;
    struct share share; /* on schedule, of all that are neither cancelled nor unscheduled */
};

/* As at the end of `today`. */
struct schedule_verdict schedule_judge(enum schedule_rule rule,
                                       const struct schedule_action *action, int32_t today);

/* % of actions on or ahead of schedule. Fills `out_verdicts`, one for each, unless NULL. */
struct schedule_totals schedule_measure(enum schedule_rule rule,
                                        const struct schedule_action *actions, size_t count,
                                        int32_t today, struct schedule_verdict *out_verdicts);

/* The status shown. The first that fits: COMPLETED and CANCELLED as said; NEGLECTED before
 * OVERDUE, being the graver; CHECK_PROGRESS before what says how far the work is; of the
 * rest UNASSIGNED first, as somebody has to act on it. */
enum schedule_status {
    SCHEDULE_COMPLETED,
    SCHEDULE_CANCELLED,
    SCHEDULE_NEGLECTED, /* overdue and untouched for `neglected_days` or more */
    SCHEDULE_OVERDUE,
    SCHEDULE_CHECK_PROGRESS, /* due within `check_days`, or begun and untouched as long */
    SCHEDULE_UNASSIGNED,
    SCHEDULE_NOT_STARTED, /* as said, or its start lies ahead */
    SCHEDULE_IN_PROGRESS, /* as said, or progress above 0 */
    SCHEDULE_ASSIGNED,    /* nothing is known but who leads it */
};

struct schedule_limits {
    int32_t neglected_days;
    int32_t check_days;
};

/* SCHEDULE_NEGLECTED_DAYS and SCHEDULE_CHECK_DAYS. */
struct schedule_limits schedule_default_limits(void);

/* An action whose `touched_on` is unknown is never called untouched. */
enum schedule_status schedule_status(const struct schedule_action *action,
                                     const struct schedule_limits *limits, int32_t today);

/* "DUE"; "OVERDUE", "" for NONE; "CHECK_PROGRESS"; "EXCLUDED". Static. */
const char *schedule_rule_name(enum schedule_rule rule);
const char *schedule_place_name(enum schedule_place place);
const char *schedule_reason_name(enum schedule_reason reason);
const char *schedule_status_name(enum schedule_status status);

#endif
