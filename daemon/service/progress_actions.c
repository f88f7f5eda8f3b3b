/* % of actions on or ahead of schedule, % completed. */
#include "service/progress.h"

#include "domain/date.h"

#include "service/action_facts.h"
#include "service/asked.h"
#include "service/resource.h"

#include <string.h>

/* The actions that a measure is made from. */
struct works {
    struct found found;
    struct schedule_action *actions;
    struct schedule_verdict *verdicts;
    enum schedule_rule rule;
    struct schedule_limits limits;
    int32_t day;
};

static struct status read_works(struct progress *progress, struct works *works)
{
    struct arena *arena = progress->call->arena;
    struct action_facts facts = {.call = progress->call, .moment = &progress->moment};
    struct status st = scope_find_actions(&progress->scope, &works->found);
    works->actions = arena_alloc(arena, works->found.count * sizeof *works->actions);
    works->verdicts = arena_alloc(arena, works->found.count * sizeof *works->verdicts);
    for (size_t i = 0; status_is_ok(st) && i < works->found.count; i++)
        st = action_facts_read(&facts, &works->found.items[i], &works->actions[i]);
    return st;
}

static Provost__V1__ProgressMember *add_action(struct progress *progress,
                                               const struct works *works, size_t i)
{
    struct arena *arena = progress->call->arena;
    const struct version *version = &works->found.items[i];
    const Provost__V1__Action *action = (const void *)version->body;
    Provost__V1__ProgressMember *member =
        progress_add(progress, resource_name(arena, version->kind, version->id), action->title);
    member->action_progress =
        action_facts_progress(schedule_status(&works->actions[i], &works->limits, works->day));
    member->due = asked_day_text(arena, action_facts_due(&works->actions[i]));
    member->progress = action->progress;
    member->completed_late = works->verdicts[i].completed_late;
    return member;
}

/* ---- on schedule ---- */

static const char *schedule_rule_text(const struct progress *progress,
                                      const struct works *works,
                                      const struct schedule_totals *totals)
{
    const char *what = works->rule == SCHEDULE_RULE_PROGRESS
                           ? "actions completed or as far on as the days gone by (PROGRESS)"
                           : "actions completed or not overdue (DUE)";
    return arena_printf(progress->call->arena,
                        "%s at %s, of those neither cancelled (%zu) nor without a known "
                        "deadline (%zu); completed late counts as completed (%zu)",
                        what, progress->out->at, totals->cancelled, totals->unscheduled,
                        totals->completed_late);
}

static const char *place_word(const struct schedule_verdict *verdict)
{
    if (verdict->place == SCHEDULE_EXCLUDED) return schedule_reason_name(verdict->reason);
    if (verdict->completed) return verdict->completed_late ? "COMPLETED_LATE" : "COMPLETED";
    if (verdict->place == SCHEDULE_ON) return "ON_SCHEDULE";
    return verdict->reason == SCHEDULE_REASON_PROGRESS ? "BEHIND" : "OVERDUE";
}

static void measure_schedule(struct progress *progress, struct works *works)
{
    struct schedule_totals totals = schedule_measure(
        works->rule, works->actions, works->found.count, works->day, works->verdicts);
    for (size_t i = 0; i < works->found.count; i++) {
        const struct schedule_verdict *verdict = &works->verdicts[i];
        Provost__V1__ProgressMember *member = add_action(progress, works, i);
        member->included = verdict->place != SCHEDULE_EXCLUDED;
        member->counted = verdict->place == SCHEDULE_ON;
        member->reason = (char *)place_word(verdict);
    }
    progress->out->share = asked_share(progress->call->arena, &totals.share,
                                       schedule_rule_text(progress, works, &totals));
}

/* ---- completed ---- */

static bool is_completed(const struct works *works, size_t i)
{
    const struct schedule_action *action = &works->actions[i];
    return action->work == SCHEDULE_WORK_COMPLETED &&
           (action->completed_on == DATE_NO_DAY || action->completed_on <= works->day);
}

static void measure_completed(struct progress *progress, struct works *works)
{
    size_t count = 0, denominator = 0, late = 0;
    (void)schedule_measure(works->rule, works->actions, works->found.count, works->day,
                           works->verdicts);
    for (size_t i = 0; i < works->found.count; i++) {
        Provost__V1__ProgressMember *member = add_action(progress, works, i);
        bool completed = is_completed(works, i);
        member->included = works->actions[i].work != SCHEDULE_WORK_CANCELLED;
        member->counted = completed;
        member->reason = (char *)(!member->included ? "CANCELLED"
                                  : completed       ? "COMPLETED"
                                                    : "NOT_COMPLETED");
        denominator += member->included ? 1 : 0;
        count += completed ? 1 : 0;
        late += works->verdicts[i].completed_late ? 1 : 0;
    }
    struct share share = share_of(count, denominator);
    progress->out->share = asked_share(
        progress->call->arena, &share,
        arena_printf(progress->call->arena,
                     "actions completed by %s, of all that are not cancelled; late: %zu",
                     progress->out->at, late));
}

/* ---- the whole ---- */

static void read_rule(const struct progress *progress, struct works *works)
{
    const Provost__V1__GetProgressRequest *in = progress->in;
    works->rule = in->schedule_rule == PROVOST__V1__SCHEDULE_RULE__SCHEDULE_RULE_PROGRESS
                      ? SCHEDULE_RULE_PROGRESS
                      : SCHEDULE_RULE_DUE;
    works->limits = schedule_default_limits();
    if (in->neglected_days > 0) works->limits.neglected_days = in->neglected_days;
    if (in->check_days > 0) works->limits.check_days = in->check_days;
}

struct status progress_of_actions(struct progress *progress)
{
    struct works works = {.day = 0};
    struct status st =
        asked_day(progress->call, &progress->moment, progress->in->date, &works.day);
    if (status_is_ok(st)) st = read_works(progress, &works);
    if (!status_is_ok(st)) return st;
    read_rule(progress, &works);
    progress->out->at = asked_day_text(progress->call->arena, works.day);
    progress_reserve(progress, works.found.count);
    if (progress->in->measure ==
        PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_COMPLETED)
        measure_completed(progress, &works);
    else
        measure_schedule(progress, &works);
    return st;
}
