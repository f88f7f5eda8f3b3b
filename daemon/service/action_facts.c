#include "service/action_facts.h"

#include "domain/date.h"
#include "service/asked.h"

#include <string.h>

/* ---- deadlines ---- */

static enum deadline_kind kind_of(Provost__V1__DeadlineKind kind)
{
    static const enum deadline_kind kinds[] = {
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_UNSPECIFIED] = DEADLINE_INVALID,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_EXACT] = DEADLINE_EXACT,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_MONTH] = DEADLINE_MONTH,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_YEAR] = DEADLINE_YEAR,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_SEASON] = DEADLINE_SEASON,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_WINDOW] = DEADLINE_WINDOW,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_RECURRING] = DEADLINE_RECURRING,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_EXACT_THEN_RECURRING] =
            DEADLINE_EXACT_THEN_RECURRING,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_ONGOING] = DEADLINE_ONGOING,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_TBC] = DEADLINE_TBC,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_NONE] = DEADLINE_NONE,
        [PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_INVALID] = DEADLINE_INVALID,
    };
    size_t index = (size_t)kind;
    return index < sizeof kinds / sizeof *kinds ? kinds[index] : DEADLINE_INVALID;
}

static enum deadline_recurrence recurrence_of(Provost__V1__Frequency frequency)
{
    switch ((int)frequency) {
    case PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY:
        return DEADLINE_MONTHLY;
    case PROVOST__V1__FREQUENCY__FREQUENCY_QUARTERLY:
        return DEADLINE_QUARTERLY;
    case PROVOST__V1__FREQUENCY__FREQUENCY_SIX_MONTHLY:
        return DEADLINE_HALF_YEARLY;
    case PROVOST__V1__FREQUENCY__FREQUENCY_ANNUAL:
        return DEADLINE_YEARLY;
    default:
        return DEADLINE_ONCE;
    }
}

struct deadline action_facts_deadline(const Provost__V1__Deadline *stored)
{
    return (struct deadline){
        .kind = kind_of(stored->kind),
        .recurrence = recurrence_of(stored->recurrence),
        .earliest = asked_stored_day(stored->earliest),
        .latest = asked_stored_day(stored->latest),
        .statutory = stored->statutory != 0,
        .label = *stored->label == '\0' ? NULL : stored->label,
        .part = stored->verbatim,
        .verbatim = stored->verbatim,
        .reason = "",
    };
}

static const struct deadline *read_deadlines(struct arena *arena,
                                             const Provost__V1__Action *action)
{
    struct deadline *deadlines = arena_alloc(arena, action->n_deadlines * sizeof *deadlines);
    for (size_t i = 0; i < action->n_deadlines; i++)
        deadlines[i] = action_facts_deadline(action->deadlines[i]);
    return deadlines;
}

int32_t action_facts_due(const struct schedule_action *action)
{
    int32_t due = DATE_NO_DAY;
    for (size_t i = 0; i < action->deadline_count; i++)
        if (action->deadlines[i].latest > due) due = action->deadlines[i].latest;
    return due;
}

/* ---- actions ---- */

struct status action_facts_plan(struct action_facts *facts, const char *name,
                                const Provost__V1__Plan **out_plan)
{
    struct found found = {0};
    *out_plan = name_map_get(&facts->plans, name);
    if (*out_plan != NULL || *name == '\0' || name_map_has(&facts->plans, name))
        return status_ok();
    struct status st = found_get(facts->call, facts->moment, name, &found);
    if (!status_is_ok(st)) return st;
    if (found.count > 0) *out_plan = (const void *)found.items[0].body;
    (void)name_map_add(facts->call->arena, &facts->plans, name, (void *)*out_plan);
    return st;
}

static enum schedule_work work_of(Provost__V1__ActionStatus status)
{
    switch ((int)status) {
    case PROVOST__V1__ACTION_STATUS__ACTION_STATUS_NOT_STARTED:
        return SCHEDULE_WORK_NOT_STARTED;
    case PROVOST__V1__ACTION_STATUS__ACTION_STATUS_IN_PROGRESS:
        return SCHEDULE_WORK_IN_PROGRESS;
    case PROVOST__V1__ACTION_STATUS__ACTION_STATUS_COMPLETED:
        return SCHEDULE_WORK_COMPLETED;
    case PROVOST__V1__ACTION_STATUS__ACTION_STATUS_CANCELLED:
        return SCHEDULE_WORK_CANCELLED;
    default:
        return SCHEDULE_WORK_NOT_SAID;
    }
}

struct status action_facts_read(struct action_facts *facts, const struct version *version,
                                struct schedule_action *out_action)
{
    static const int64_t day_us = INT64_C(86400000000);
    const Provost__V1__Action *action = (const void *)version->body;
    const Provost__V1__Plan *plan = NULL;
    struct status st = action_facts_plan(facts, action->plan, &plan);
    *out_action = (struct schedule_action){
        .deadlines = read_deadlines(facts->call->arena, action),
        .deadline_count = action->n_deadlines,
        .work = work_of(action->status),
        .progress = action->progress,
        .assigned = action->n_leads > 0,
        .start_day = plan == NULL ? DATE_NO_DAY : asked_stored_day(plan->start_date),
        .completed_on = asked_stored_day(action->completed_on),
        .touched_on = (int32_t)(version->update_us / day_us),
    };
    return st;
}

Provost__V1__ActionProgress action_facts_progress(enum schedule_status status)
{
    static const Provost__V1__ActionProgress progresses[] = {
        [SCHEDULE_COMPLETED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_COMPLETED,
        [SCHEDULE_CANCELLED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_CANCELLED,
        [SCHEDULE_NEGLECTED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_NEGLECTED,
        [SCHEDULE_OVERDUE] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_OVERDUE,
        [SCHEDULE_CHECK_PROGRESS] =
            PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_CHECK_PROGRESS,
        [SCHEDULE_UNASSIGNED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_UNASSIGNED,
        [SCHEDULE_NOT_STARTED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_NOT_STARTED,
        [SCHEDULE_IN_PROGRESS] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_IN_PROGRESS,
        [SCHEDULE_ASSIGNED] = PROVOST__V1__ACTION_PROGRESS__ACTION_PROGRESS_ASSIGNED,
    };
    return progresses[status];
}
