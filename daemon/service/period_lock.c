#include "service/period_lock.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/approval.h"
#include "service/goals.h"
#include "service/resource.h"

#include <string.h>

/* A reporting period that was closed when it was looked at. */
struct closed {
    const char *name;
    const char *plan;
    struct closed *next;
};

/* A period and the plans that have closed it. */
struct locked_period {
    const char *period;
    struct closed *closed;
    struct locked_period *next;
};

/* A figure written for such a period. */
struct locked_figure {
    const struct understanding *what;
    const char *indicator;
    const struct locked_period *period;
    bool is_judgement; /* only its workflow changes */
    struct locked_figure *next;
};

static bool is_closed(Provost__V1__PeriodState state)
{
    return state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_LOCKED ||
           state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_PUBLISHED;
}

/* ---- which plans have closed a period ---- */

/* What a scan fills. */
struct closed_visit {
    struct arena *arena;
    struct closed *first;
};

static enum scan_verdict visit_period(void *data, const struct version *version)
{
    struct closed_visit *visit = data;
    const Provost__V1__ReportingPeriod *body = (const void *)version->body;
    if (!is_closed(body->state)) return SCAN_SKIP;
    struct closed *closed = arena_alloc(visit->arena, sizeof *closed);
    closed->name = resource_name(visit->arena, version->kind, version->id);
    closed->plan = body->plan;
    closed->next = visit->first;
    visit->first = closed;
    return SCAN_KEEP;
}

static struct status find_period(struct period_lock *lock, const char *period,
                                 const struct locked_period **out_found)
{
    for (const struct locked_period *p = lock->periods; p != NULL; p = p->next)
        if (strcmp(p->period, period) == 0) {
            *out_found = p;
            return status_ok();
        }
    struct arena *arena = lock->lookup->arena;
    struct closed_visit visit = {.arena = arena};
    const struct scan scan = {
        .kind = &catalog_of_desc(&provost__v1__reporting_period__descriptor)->kind,
        .as_of = AS_OF_NOW,
        .column = "period",
        .value = period};
    struct status st = txn_scan(lock->lookup->txn, &scan, arena, visit_period, &visit);
    if (!status_is_ok(st)) return st;
    struct locked_period *found = arena_alloc(arena, sizeof *found);
    *found = (struct locked_period){period, visit.first, lock->periods};
    lock->periods = found;
    *out_found = found;
    return status_ok();
}

/* Whether the reporting period is closed now, the request's own writes included. A locked one
 * is open to judgements. */
static struct status is_closed_now(struct lookup *lookup, const struct closed *closed,
                                   bool for_judgement, bool *out_closed)
{
    struct lookup_entry *entry;
    struct status st = lookup_get(lookup, catalog_of_name(closed->name), closed->name, &entry);
    *out_closed = false;
    if (!status_is_ok(st) || !entry->found) return st;
    const Provost__V1__ReportingPeriod *body = (const void *)entry->version.body;
    *out_closed = for_judgement
                      ? body->state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_PUBLISHED
                      : is_closed(body->state);
    return st;
}

static struct status find_lock(struct lookup *lookup, const char *indicator,
                               const struct locked_period *period, bool for_judgement,
                               const char **out_locked)
{
    const struct goal *goals;
    *out_locked = NULL;
    if (period->closed == NULL) return status_ok();
    struct status st = goals_find(lookup, indicator, &goals);
    for (const struct closed *closed = period->closed; status_is_ok(st) && closed != NULL;
         closed = closed->next) {
        bool locked = false;
        st = is_closed_now(lookup, closed, for_judgement, &locked);
        for (const struct goal *goal = goals; status_is_ok(st) && locked && goal != NULL;
             goal = goal->next) {
            const char *plan = "";
            st = goals_plan_of(lookup, goal->name, &plan);
            if (strcmp(plan, closed->plan) == 0) *out_locked = closed->name;
        }
    }
    return st;
}

struct status period_lock_find(struct period_lock *lock, const char *indicator,
                               const char *period, const char **out_locked)
{
    const struct locked_period *found = NULL;
    *out_locked = NULL;
    struct status st = find_period(lock, period, &found);
    return status_is_ok(st) ? find_lock(lock->lookup, indicator, found, false, out_locked) : st;
}

/* ---- what is written ---- */

/* The figure's indicator and period; false for what is no figure. */
static bool figure_of(const ProtobufCMessage *body, const char **indicator, const char **period)
{
    if (body->descriptor == &provost__v1__observation__descriptor) {
        const Provost__V1__Observation *observation = (const void *)body;
        *indicator = observation->indicator;
        *period = observation->period;
        return true;
    }
    if (body->descriptor == &provost__v1__target__descriptor) {
        const Provost__V1__Target *target = (const void *)body;
        *indicator = target->indicator;
        *period = target->period;
        return true;
    }
    return false;
}

struct status period_lock_note(struct period_lock *lock, const struct understanding *what,
                               const ProtobufCMessage *body)
{
    const char *indicator = NULL, *period = NULL;
    const struct locked_period *found = NULL;
    if (!figure_of(body, &indicator, &period)) return status_ok();
    struct status st = find_period(lock, period, &found);
    if (!status_is_ok(st) || found->closed == NULL) return st;
    struct locked_figure *figure = arena_alloc(lock->lookup->arena, sizeof *figure);
    *figure = (struct locked_figure){
        what, indicator, found,
        body == what->after && approval_is_judgement(what->before, body), lock->figures};
    lock->figures = figure;
    return status_ok();
}

static struct status refuse(const struct period_lock *lock, const struct locked_figure *figure,
                            const char *locked)
{
    struct arena *arena = lock->lookup->arena;
    const struct lookup_entry *entry = lookup_find(lock->lookup, locked);
    const Provost__V1__ReportingPeriod *period = (const void *)entry->version.body;
    return status_error(
        arena, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED,
        place_field(arena, &figure->what->place, "period"),
        "%s cannot change: the period %s of %s is %s; reopen it first: patch %s to state OPEN, "
        "with a reason",
        figure->what->name, period->period, period->plan,
        enum_short_name(&provost__v1__period_state__descriptor, period->state), locked);
}

struct status period_lock_check(struct period_lock *lock)
{
    for (const struct locked_figure *f = lock->figures; f != NULL; f = f->next) {
        const char *locked;
        struct status st =
            find_lock(lock->lookup, f->indicator, f->period, f->is_judgement, &locked);
        if (!status_is_ok(st)) return st;
        if (locked != NULL) return refuse(lock, f, locked);
    }
    return status_ok();
}

struct status period_lock_check_deletion(const struct understanding *what,
                                         const ProtobufCMessage *body)
{
    if (body->descriptor != &provost__v1__reporting_period__descriptor) return status_ok();
    const Provost__V1__ReportingPeriod *period = (const void *)body;
    if (!is_closed(period->state)) return status_ok();
    return status_error(
        what->arena, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED,
        place_envelope(what->arena, &what->place, "name"),
        "%s is %s and keeps its figures from changing; reopen it first, with a reason",
        what->name, enum_short_name(&provost__v1__period_state__descriptor, period->state));
}
