/* Deadlines of actions, reviews of plans and risks.
 *
 * A plan with a rhythm of review is due at each turn of it from its start on. The last turn
 * that is past counts as held when a decision on the plan is dated after the turn before it.
 */
#include "service/due.h"

#include "domain/date.h"
#include "service/asked.h"
#include "service/resource.h"

#include <string.h>

/* ---- actions ---- */

static bool is_over(const struct schedule_action *action, int32_t day)
{
    if (action->work == SCHEDULE_WORK_CANCELLED) return true;
    return action->work == SCHEDULE_WORK_COMPLETED &&
           (action->completed_on == DATE_NO_DAY || action->completed_on <= day);
}

static void add_deadlines(struct due *due, const struct version *version,
                          const struct schedule_action *facts)
{
    const Provost__V1__Action *action = (const void *)version->body;
    struct due_entry entry = {
        .name = resource_name(due->call->arena, version->kind, version->id),
        .title = action->title,
        .period = "",
        .what = "COMPLETE",
        .owners = action->leads,
        .owner_count = action->n_leads,
    };
    for (size_t i = 0; i < facts->deadline_count; i++) {
        const struct deadline *deadline = &facts->deadlines[i];
        if (!deadline_is_scheduled(deadline, 1)) continue;
        entry.day = deadline->latest;
        entry.verbatim =
            *deadline->verbatim != '\0' ? deadline->verbatim : action->deadline_verbatim;
        due_add(due, &entry);
    }
}

struct status due_add_actions(struct due *due)
{
    struct found found = {0};
    struct status st = scope_find_actions(&due->scope, &found);
    for (size_t i = 0; status_is_ok(st) && i < found.count; i++) {
        struct schedule_action facts;
        st = action_facts_read(&due->facts, &found.items[i], &facts);
        if (status_is_ok(st) && !is_over(&facts, due->day))
            add_deadlines(due, &found.items[i], &facts);
    }
    return st;
}

/* ---- plans ---- */

static int months_of(Provost__V1__Frequency frequency)
{
    switch ((int)frequency) {
    case PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY:
        return 1;
    case PROVOST__V1__FREQUENCY__FREQUENCY_QUARTERLY:
        return 3;
    case PROVOST__V1__FREQUENCY__FREQUENCY_SIX_MONTHLY:
        return 6;
    case PROVOST__V1__FREQUENCY__FREQUENCY_ANNUAL:
        return 12;
    default:
        return 0;
    }
}

static bool is_running(const Provost__V1__Plan *plan)
{
    return plan->status != PROVOST__V1__PLAN_STATUS__PLAN_STATUS_SUPERSEDED &&
           plan->status != PROVOST__V1__PLAN_STATUS__PLAN_STATUS_CLOSED;
}

/* Whether a body decided on the plan after `day`, and by the day it is told for. */
static struct status has_decision(struct due *due, const char *plan, int32_t day, bool *out_has)
{
    struct found found = {0};
    struct found_query query = {.collection = "decisions", .column = "plan", .value = plan};
    struct status st = found_scan(due->call, &due->moment, &query, &found);
    *out_has = false;
    for (size_t i = 0; i < found.count; i++) {
        const Provost__V1__Decision *decision = (const void *)found.items[i].body;
        int32_t held = asked_stored_day(decision->date);
        if (held != DATE_NO_DAY && held > day && held <= due->day) *out_has = true;
    }
    return st;
}

static struct status add_review(struct due *due, const char *name,
                                const Provost__V1__Plan *plan)
{
    int months = months_of(plan->review_frequency), turn = 1;
    int32_t start = asked_stored_day(plan->start_date), end = asked_stored_day(plan->end_date);
    if (months == 0 || start == DATE_NO_DAY || !is_running(plan)) return status_ok();
    while (date_add_months(start, turn * months) < due->day)
        turn++;
    struct due_entry entry = {.name = name,
                              .title = plan->title,
                              .period = "",
                              .what = "REVIEW",
                              .verbatim = plan->review_verbatim};
    bool held = true;
    struct status st = status_ok();
    due_set_owner(due, &entry, plan->owner, (char *)"");
    if (turn > 1)
        st = has_decision(due, name, date_add_months(start, (turn - 2) * months), &held);
    for (int i = held ? turn : turn - 1; i <= turn; i++) {
        entry.day = date_add_months(start, i * months);
        if (end == DATE_NO_DAY || entry.day <= end + 1) due_add(due, &entry);
    }
    return st;
}

static bool is_plan_wanted(const struct due *due, const char *name,
                           const Provost__V1__Plan *plan)
{
    const struct scope *scope = &due->scope;
    switch (scope->kind) {
    case SCOPE_REGISTER:
        return true;
    case SCOPE_PLAN:
    case SCOPE_OBJECTIVE:
        return name_map_has(&scope->by_name, name);
    case SCOPE_ORGANISATION:
        return scope_has_owner(scope, plan->owner);
    case SCOPE_TAG:
        break;
    }
    return scope_has_tag(scope, plan->tags, plan->n_tags);
}

struct status due_add_plans(struct due *due)
{
    struct found found = {0};
    struct found_query query = {.collection = "plans"};
    struct status st = found_scan(due->call, &due->moment, &query, &found);
    for (size_t i = 0; status_is_ok(st) && i < found.count; i++) {
        const struct version *version = &found.items[i];
        const char *name = resource_name(due->call->arena, version->kind, version->id);
        const Provost__V1__Plan *plan = (const void *)version->body;
        if (is_plan_wanted(due, name, plan)) st = add_review(due, name, plan);
    }
    return st;
}

/* ---- risks ---- */

static bool is_risk_wanted(void *data, const struct version *version)
{
    const struct due *due = data;
    const struct scope *scope = &due->scope;
    const Provost__V1__Risk *risk = (const void *)version->body;
    if (*risk->review_date == '\0' ||
        risk->status == PROVOST__V1__RISK_STATUS__RISK_STATUS_CLOSED)
        return false;
    if (scope->kind == SCOPE_REGISTER) return true;
    if (scope->kind == SCOPE_TAG) return scope_has_tag(scope, risk->tags, risk->n_tags);
    if (scope->kind == SCOPE_ORGANISATION) return scope_has_owner(scope, risk->owner);
    for (size_t i = 0; i < risk->n_plans; i++)
        if (name_map_has(&scope->by_name, risk->plans[i])) return true;
    return false;
}

struct status due_add_risks(struct due *due)
{
    struct found found = {0};
    struct found_query query = {.collection = "risks", .wants = is_risk_wanted, .data = due};
    struct status st = found_scan(due->call, &due->moment, &query, &found);
    for (size_t i = 0; i < found.count; i++) {
        const struct version *version = &found.items[i];
        const Provost__V1__Risk *risk = (const void *)version->body;
        struct due_entry entry = {
            .day = asked_stored_day(risk->review_date),
            .name = resource_name(due->call->arena, version->kind, version->id),
            .title = risk->title,
            .period = "",
            .what = "REVIEW",
            .verbatim = risk->review_date,
        };
        due_set_owner(due, &entry, risk->owner, (char *)"");
        due_add(due, &entry);
    }
    return st;
}
