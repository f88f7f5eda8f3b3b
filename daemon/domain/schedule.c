#include "domain/schedule.h"

#include "domain/date.h"

/* ---- what is known at the day ---- */

static bool is_completed(const struct schedule_action *action, int32_t today)
{
    return action->work == SCHEDULE_WORK_COMPLETED &&
           (action->completed_on == DATE_NO_DAY || action->completed_on <= today);
}

/* The first and last of the latest days; DATE_NO_DAY when no deadline has one. */
struct due_days {
    int32_t first;
    int32_t last;
};

static struct due_days due_days_of(const struct schedule_action *action)
{
    struct due_days days = {DATE_NO_DAY, DATE_NO_DAY};
    for (size_t i = 0; i < action->deadline_count; i++) {
        int32_t latest = action->deadlines[i].latest;
        if (latest == DATE_NO_DAY) continue;
        if (days.first == DATE_NO_DAY || latest < days.first) days.first = latest;
        if (latest > days.last) days.last = latest; /* DATE_NO_DAY is below every day */
    }
    return days;
}

static int32_t start_of(const struct schedule_action *action)
{
    int32_t start = action->start_day;
    for (size_t i = 0; i < action->deadline_count && action->start_day == DATE_NO_DAY; i++) {
        int32_t earliest = action->deadlines[i].earliest;
        if (earliest != DATE_NO_DAY && (start == DATE_NO_DAY || earliest < start))
            start = earliest;
    }
    return start;
}

static enum schedule_reason why_unscheduled(const struct schedule_action *action)
{
    enum schedule_reason reason = SCHEDULE_REASON_UNDATED;
    if (deadline_is_scheduled(action->deadlines, action->deadline_count))
        return SCHEDULE_REASON_NONE;
    for (size_t i = 0; i < action->deadline_count; i++) {
        enum deadline_kind kind = action->deadlines[i].kind;
        if (kind == DEADLINE_INVALID) return SCHEDULE_REASON_INVALID;
        if (kind == DEADLINE_TBC) reason = SCHEDULE_REASON_TBC;
    }
    return reason;
}

/* ---- the rules ---- */

/* Days gone by and days in all, so that the expectation is 100 gone / all percent. */
struct elapsed {
    int64_t gone;
    int64_t all;
};

static struct elapsed elapsed_at(int32_t start, int32_t last, int32_t today)
{
    if (last == DATE_NO_DAY) return (struct elapsed){0, 1};
    if (today >= last) return (struct elapsed){1, 1};
    if (start == DATE_NO_DAY || today <= start) return (struct elapsed){0, 1};
    return (struct elapsed){(int64_t)today - start, (int64_t)last - start};
}

static void judge_progress(const struct schedule_action *action, int32_t today,
                           struct schedule_verdict *verdict)
{
    struct elapsed days = elapsed_at(start_of(action), due_days_of(action).last, today);
    verdict->has_expected =
        decimal_div(decimal_from_int(100 * days.gone), decimal_from_int(days.all),
                    SHARE_DECIMALS, &verdict->expected) == DECIMAL_OK;
    if (action->progress * days.all >= 100 * days.gone) return;
    verdict->place = SCHEDULE_BEHIND;
    verdict->reason = SCHEDULE_REASON_PROGRESS;
}

static void judge_open(enum schedule_rule rule, const struct schedule_action *action,
                       int32_t today, struct schedule_verdict *verdict)
{
    bool overdue = deadline_is_overdue(action->deadlines, action->deadline_count, false, today);
    if (overdue) verdict->days_late = today - due_days_of(action).first;
    if (rule == SCHEDULE_RULE_PROGRESS) {
        judge_progress(action, today, verdict);
    } else if (overdue) {
        verdict->place = SCHEDULE_BEHIND;
        verdict->reason = SCHEDULE_REASON_OVERDUE;
    }
}

static void judge_completed(const struct schedule_action *action,
                            struct schedule_verdict *verdict)
{
    int32_t first = due_days_of(action).first;
    verdict->completed = true;
    if (first == DATE_NO_DAY || action->completed_on == DATE_NO_DAY) return;
    verdict->completed_late = action->completed_on > first;
    if (verdict->completed_late) verdict->days_late = action->completed_on - first;
}

struct schedule_verdict schedule_judge(enum schedule_rule rule,
                                       const struct schedule_action *action, int32_t today)
{
    struct schedule_verdict verdict = {.place = SCHEDULE_ON};
    verdict.reason = action->work == SCHEDULE_WORK_CANCELLED ? SCHEDULE_REASON_CANCELLED
                                                             : why_unscheduled(action);
    if (verdict.reason != SCHEDULE_REASON_NONE)
        verdict.place = SCHEDULE_EXCLUDED;
    else if (is_completed(action, today))
        judge_completed(action, &verdict);
    else
        judge_open(rule, action, today, &verdict);
    return verdict;
}

struct schedule_totals schedule_measure(enum schedule_rule rule,
                                        const struct schedule_action *actions, size_t count,
                                        int32_t today, struct schedule_verdict *out_verdicts)
{
    struct schedule_totals totals = {.members = count};
    size_t on = 0;
    for (size_t i = 0; i < count; i++) {
        struct schedule_verdict verdict = schedule_judge(rule, &actions[i], today);
        bool cancelled = verdict.reason == SCHEDULE_REASON_CANCELLED;
        on += verdict.place == SCHEDULE_ON;
        totals.cancelled += cancelled;
        totals.unscheduled += verdict.place == SCHEDULE_EXCLUDED && !cancelled;
        totals.completed += verdict.completed;
        totals.completed_late += verdict.completed_late;
        if (out_verdicts != NULL) out_verdicts[i] = verdict;
    }
    totals.share = share_of(on, count - totals.cancelled - totals.unscheduled);
    return totals;
}

/* ---- the status shown ---- */

struct schedule_limits schedule_default_limits(void)
{
    return (struct schedule_limits){SCHEDULE_NEGLECTED_DAYS, SCHEDULE_CHECK_DAYS};
}

static bool is_untouched(const struct schedule_action *action, int32_t days, int32_t today)
{
    return action->touched_on != DATE_NO_DAY && (int64_t)today - action->touched_on >= days;
}

static bool starts_later(const struct schedule_action *action, int32_t today)
{
    return action->start_day != DATE_NO_DAY && action->start_day > today;
}

/* Only asked of what is not overdue: every latest day is today or ahead. */
static bool needs_check(const struct schedule_action *action, int32_t days, int32_t today)
{
    int32_t due = due_days_of(action).first;
    if (due != DATE_NO_DAY && (int64_t)due - today <= days) return true;
    return !starts_later(action, today) && is_untouched(action, days, today);
}

enum schedule_status schedule_status(const struct schedule_action *action,
                                     const struct schedule_limits *limits, int32_t today)
{
    if (action->work == SCHEDULE_WORK_CANCELLED) return SCHEDULE_CANCELLED;
    if (is_completed(action, today)) return SCHEDULE_COMPLETED;
    if (deadline_is_overdue(action->deadlines, action->deadline_count, false, today))
        return is_untouched(action, limits->neglected_days, today) ? SCHEDULE_NEGLECTED
                                                                   : SCHEDULE_OVERDUE;
    if (needs_check(action, limits->check_days, today)) return SCHEDULE_CHECK_PROGRESS;
    if (!action->assigned) return SCHEDULE_UNASSIGNED;
    if (action->work == SCHEDULE_WORK_NOT_STARTED || starts_later(action, today))
        return SCHEDULE_NOT_STARTED;
    bool begun = action->work != SCHEDULE_WORK_NOT_SAID || action->progress > 0;
    return begun ? SCHEDULE_IN_PROGRESS : SCHEDULE_ASSIGNED;
}

/* ---- names ---- */

const char *schedule_rule_name(enum schedule_rule rule)
{
    return rule == SCHEDULE_RULE_DUE ? "DUE" : "PROGRESS";
}

const char *schedule_place_name(enum schedule_place place)
{
    static const char *const names[] = {"ON_SCHEDULE", "BEHIND", "EXCLUDED"};
    return names[place];
}

const char *schedule_reason_name(enum schedule_reason reason)
{
    static const char *const names[] = {"",    "OVERDUE", "PROGRESS", "CANCELLED",
                                        "TBC", "INVALID", "UNDATED"};
    return names[reason];
}

const char *schedule_status_name(enum schedule_status status)
{
    static const char *const names[] = {"COMPLETED",   "CANCELLED",      "NEGLECTED",
                                        "OVERDUE",     "CHECK_PROGRESS", "UNASSIGNED",
                                        "NOT_STARTED", "IN_PROGRESS",    "ASSIGNED"};
    return names[status];
}
