/* Days and years of a plan that do not go together, and its limits. */
#include "service/check.h"

#include "domain/date.h"
#include "domain/similarity.h"
#include "service/asked.h"

#include <string.h>

/* ---- the plan ---- */

/* The period of the plan as its dates have it. */
static bool period_of_plan(const Provost__V1__Plan *plan, struct period *out_period)
{
    int32_t start = asked_stored_day(plan->start_date), end = asked_stored_day(plan->end_date);
    if (start == DATE_NO_DAY || end == DATE_NO_DAY || end < start)
        return *plan->period != '\0' && period_parse(plan->period, out_period, NULL);
    struct period first, last;
    if (!period_of_day(PERIOD_YEAR, start, &first) || !period_of_day(PERIOD_YEAR, end, &last))
        return false;
    *out_period = (struct period){.kind = PERIOD_SPAN,
                                  .year = first.year,
                                  .part = last.year - first.year + 1,
                                  .start_day = start,
                                  .end_day = end};
    return true;
}

static void check_title(struct check *check)
{
    struct period period;
    int first, last;
    if (!period_of_plan(check->plan, &period) ||
        similarity_compare_years(check->plan->title, &period, &first, &last) !=
            SIMILARITY_CONTRADICT)
        return;
    struct arena *arena = check->call->arena;
    struct check_finding finding = {
        .level = CHECK_ERROR,
        .reason = "TITLE_CONTRADICTS_PERIOD",
        .resource = check->in->plan,
        .field = "title",
        .value = check->plan->title,
        .message = arena_printf(arena,
                                "the title names %d to %d, the plan runs from %s to %s: "
                                "correct one of them",
                                first, last, asked_day_text(arena, period.start_day),
                                asked_day_text(arena, period.end_day)),
    };
    check_add(check, &finding);
}

static void check_period(struct check *check)
{
    const Provost__V1__Plan *plan = check->plan;
    bool has_dates = *plan->start_date != '\0' && *plan->end_date != '\0';
    struct check_finding finding = {.resource = check->in->plan, .field = "period"};
    if (has_dates && strcmp(plan->start_date, plan->end_date) > 0) {
        finding.level = CHECK_ERROR;
        finding.reason = "DATES_REVERSED";
        finding.value = plan->end_date;
        finding.message = "the plan ends before it begins";
        check_add(check, &finding);
    }
    if (has_dates) return;
    finding.level = *plan->period != '\0' ? CHECK_ERROR : CHECK_WARNING;
    finding.reason = *plan->period != '\0' ? "PERIOD_MALFORMED" : "PERIOD_MISSING";
    finding.value = plan->period;
    finding.message = *plan->period != '\0'
                          ? "the plan's period was not understood: give its first and last day"
                          : "the plan does not say when it runs";
    check_add(check, &finding);
}

static void check_priorities(struct check *check)
{
    int32_t count = 0, most = check->plan->max_priorities;
    for (size_t i = 0; i < check->objectives.count; i++)
        if (((const Provost__V1__Objective *)(void *)check->objectives.items[i].body)->kind ==
            PROVOST__V1__OBJECTIVE_KIND__OBJECTIVE_KIND_PRIORITY)
            count++;
    if (most <= 0 || count <= most) return;
    struct arena *arena = check->call->arena;
    struct check_finding finding = {
        .level = CHECK_WARNING,
        .reason = "TOO_MANY_PRIORITIES",
        .resource = check->in->plan,
        .field = "max_priorities",
        .value = arena_printf(arena, "%d", (int)count),
        .message = arena_printf(arena, "%d priorities, and the plan is to have at most %d",
                                (int)count, (int)most),
    };
    check_add(check, &finding);
}

/* ---- deadlines ---- */

/* The day of the first approval; DATE_NO_DAY for none. */
static int32_t approval_day(const struct check *check)
{
    int32_t first = DATE_NO_DAY;
    for (size_t i = 0; i < check->decisions.count; i++) {
        const Provost__V1__Decision *decision = (const void *)check->decisions.items[i].body;
        int32_t day = asked_stored_day(decision->date);
        bool approves =
            decision->outcome == PROVOST__V1__DECISION_OUTCOME__DECISION_OUTCOME_APPROVED ||
            decision->outcome == PROVOST__V1__DECISION_OUTCOME__DECISION_OUTCOME_AMENDED;
        if (approves && day != DATE_NO_DAY && (first == DATE_NO_DAY || day < first))
            first = day;
    }
    return first;
}

struct limits {
    int32_t approval;
    int32_t end;
};

/* What is wrong with one deadline; reason NULL for nothing. */
static void judge_deadline(struct check *check, const struct limits *limits,
                           const Provost__V1__Deadline *deadline, struct check_finding *finding)
{
    struct arena *arena = check->call->arena;
    int32_t latest = asked_stored_day(deadline->latest);
    if (deadline->kind == PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_INVALID) {
        finding->level = CHECK_ERROR;
        finding->reason = "DATE_MALFORMED";
        finding->message = "this is no date: correct it";
        return;
    }
    finding->level = CHECK_WARNING;
    if (latest != DATE_NO_DAY && limits->end != DATE_NO_DAY && latest > limits->end) {
        finding->reason = "DEADLINE_AFTER_PLAN";
        finding->message = arena_printf(arena, "it ends on %s, after the plan does (%s)",
                                        deadline->latest, check->plan->end_date);
    }
    if (latest != DATE_NO_DAY && limits->approval != DATE_NO_DAY && latest < limits->approval) {
        finding->reason = "DEADLINE_BEFORE_APPROVAL";
        finding->message =
            arena_printf(arena, "it ends on %s, before the plan was approved (%s)",
                         deadline->latest, asked_day_text(arena, limits->approval));
    }
}

static void check_deadlines(struct check *check, const struct limits *limits,
                            const struct version *version)
{
    const Provost__V1__Action *action = (const void *)version->body;
    for (size_t i = 0; i < action->n_deadlines; i++) {
        const Provost__V1__Deadline *deadline = action->deadlines[i];
        struct check_finding finding = {.resource = check_name(check, version),
                                        .field = "deadlines",
                                        .value = deadline->verbatim};
        judge_deadline(check, limits, deadline, &finding);
        if (finding.reason != NULL) check_add(check, &finding);
    }
}

static void check_ends(struct check *check)
{
    for (size_t i = 0; i < check->plan->n_ends; i++) {
        const Provost__V1__Deadline *end = check->plan->ends[i];
        struct check_finding finding = {.level = CHECK_ERROR,
                                        .reason = "DATE_MALFORMED",
                                        .resource = check->in->plan,
                                        .field = "ends",
                                        .value = end->verbatim,
                                        .message = "this is no date: correct it"};
        if (end->kind == PROVOST__V1__DEADLINE_KIND__DEADLINE_KIND_INVALID)
            check_add(check, &finding);
    }
}

void check_dates(struct check *check)
{
    struct limits limits = {approval_day(check), asked_stored_day(check->plan->end_date)};
    check_period(check);
    check_title(check);
    check_priorities(check);
    check_ends(check);
    for (size_t i = 0; i < check->actions.count; i++)
        check_deadlines(check, &limits, &check->actions.items[i]);
}
