/* PerformanceService.CheckPlan. */
#include "service/check.h"

#include "common/reasons.h"
#include "service/asked.h"
#include "service/derived.h"
#include "service/excerpt.h"
#include "service/performance.h"
#include "service/resource.h"

#include <stdlib.h>
#include <string.h>

/* ---- findings ---- */

static char *text_or_empty(const char *text)
{
    return (char *)(text == NULL ? "" : text);
}

void check_add(struct check *check, const struct check_finding *finding)
{
    struct arena *arena = check->call->arena;
    Provost__V1__CheckPlanResponse *out = check->out;
    if (out->n_findings == check->capacity) {
        size_t capacity = check->capacity == 0 ? 64 : check->capacity * 2;
        Provost__V1__Finding **findings = arena_alloc(arena, capacity * sizeof *findings);
        if (out->n_findings > 0)
            memcpy(findings, out->findings, out->n_findings * sizeof *findings);
        out->findings = findings;
        check->capacity = capacity;
    }
    Provost__V1__Finding *made = arena_alloc(arena, sizeof *made);
    provost__v1__finding__init(made);
    made->level = finding->level;
    made->reason = text_or_empty(finding->reason);
    made->resource = text_or_empty(finding->resource);
    made->field = text_or_empty(finding->field);
    made->value = text_or_empty(finding->value);
    made->message = text_or_empty(finding->message);
    made->other = text_or_empty(finding->other);
    out->findings[out->n_findings++] = made;
    if (finding->level == CHECK_ERROR)
        out->errors++;
    else
        out->warnings++;
}

const char *check_name(const struct check *check, const struct version *version)
{
    return resource_name(check->call->arena, version->kind, version->id);
}

/* The gravest first, then what is of one sort together. */
static int compare_findings(const void *left, const void *right)
{
    const Provost__V1__Finding *a = *(Provost__V1__Finding *const *)left;
    const Provost__V1__Finding *b = *(Provost__V1__Finding *const *)right;
    int order = ((int)a->level > (int)b->level) - ((int)a->level < (int)b->level);
    if (order == 0) order = strcmp(a->reason, b->reason);
    if (order == 0) order = strcmp(a->resource, b->resource);
    if (order == 0) order = strcmp(a->field, b->field);
    return order != 0 ? order : strcmp(a->other, b->other);
}

/* ---- what is looked at ---- */

static bool is_of_plan(void *data, const struct version *version)
{
    const struct check *check = data;
    const Provost__V1__Risk *risk = (const void *)version->body;
    for (size_t i = 0; i < risk->n_plans; i++)
        if (strcmp(risk->plans[i], check->in->plan) == 0) return true;
    return false;
}

static struct status find(struct check *check, const char *collection, const char *column,
                          const char *value, struct found *found)
{
    struct found_query query = {.collection = collection, .column = column, .value = value};
    return found_scan(check->call, &check->moment, &query, found);
}

static struct status find_money(struct check *check)
{
    struct status st = find(check, "budget-lines", "subject", check->in->plan, &check->money);
    for (size_t i = 0; status_is_ok(st) && i < check->objectives.count; i++)
        st = find(check, "budget-lines", "subject",
                  check_name(check, &check->objectives.items[i]), &check->money);
    for (size_t i = 0; status_is_ok(st) && i < check->actions.count; i++)
        st = find(check, "budget-lines", "subject", check_name(check, &check->actions.items[i]),
                  &check->money);
    return st;
}

static struct status gather(struct check *check)
{
    const char *plan = check->in->plan;
    struct found_query risks = {.collection = "risks", .wants = is_of_plan, .data = check};
    struct status st = find(check, "objectives", "plan", plan, &check->objectives);
    if (status_is_ok(st)) st = find(check, "actions", "plan", plan, &check->actions);
    if (status_is_ok(st)) st = find(check, "decisions", "plan", plan, &check->decisions);
    if (status_is_ok(st)) st = found_scan(check->call, &check->moment, &risks, &check->risks);
    if (status_is_ok(st)) st = find_money(check);
    if (status_is_ok(st))
        st = scope_members(&check->scope, &check->members, &check->member_count);
    check->out->checked =
        (int32_t)(1 + check->objectives.count + check->actions.count + check->risks.count +
                  check->decisions.count + check->money.count + check->member_count);
    return st;
}

/* ---- the request ---- */

static struct status open_check(struct check *check)
{
    struct handler_call *call = check->call;
    const Provost__V1__CheckPlanRequest *in = check->in;
    if (strncmp(in->plan, "plans/", 6) != 0)
        return status_invalid(call->arena, REASON_SCOPE_INVALID, "plan",
                              "\"%s\" is no plan; give \"plans/...\"",
                              excerpt(call->arena, in->plan));
    struct status st = moment_resolve(call, in->as_of_seq, in->as_of_time, &check->moment);
    if (status_is_ok(st)) st = asked_day(call, &check->moment, in->date, &check->day);
    check->has_period = *in->period != '\0';
    if (status_is_ok(st) && check->has_period)
        st = asked_period(call->arena, "period", in->period, &check->card.period);
    if (status_is_ok(st))
        st = scope_open(call, &check->moment, in->plan, SCOPE_PLAN, &check->scope);
    if (!status_is_ok(st)) return st;
    check->plan = (const void *)check->scope.version.body;
    check->card.call = call;
    check->card.moment = check->moment;
    check->card.derived = derived_new(call, &check->moment);
    check->card.members = &check->scope;
    if (check->has_period) period_format_id(&check->card.period, check->card.period_id);
    return st;
}

static struct status run_checks(struct check *check)
{
    check_texts(check);
    check_duplicates(check);
    check_dates(check);
    check_money(check);
    struct status st = check_links(check);
    if (status_is_ok(st) && check->has_period) st = check_figures(check);
    return st;
}

struct status performance_check_plan(struct handler_call *call, const ProtobufCMessage *request,
                                     ProtobufCMessage **out_response)
{
    struct check check = {.call = call, .in = (const void *)request};
    Provost__V1__CheckPlanResponse *out = arena_alloc(call->arena, sizeof *out);
    provost__v1__check_plan_response__init(out);
    check.out = out;
    struct status st = open_check(&check);
    if (status_is_ok(st)) st = gather(&check);
    if (status_is_ok(st)) st = run_checks(&check);
    if (!status_is_ok(st)) return st;
    if (out->n_findings > 1)
        qsort(out->findings, out->n_findings, sizeof(Provost__V1__Finding *), compare_findings);
    out->plan = check.in->plan;
    out->seq = check.moment.seq;
    *out_response = &out->base;
    return status_ok();
}
