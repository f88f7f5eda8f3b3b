#include "service/period_lock.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "domain/period.h"
#include "service/approval.h"
#include "service/goals.h"
#include "service/kept.h"
#include "service/resource.h"
#include "service/sight.h"

#include <assert.h>
#include <string.h>

/* A reporting period that was closed when it was looked at. */
struct closed {
    const char *name;
    const char *plan;
    struct closed *next;
};

/* A period of a figure and what is closed around it. */
struct locked_period {
    const char *period;
    bool is_inside; /* looked for are the parts of it, else what it is a part of */
    struct closed *closed;
    struct locked_period *next;
};

/* A figure written for such a period. */
struct locked_figure {
    const struct understanding *what;
    const char *indicator;
    const char *text; /* its period as stored */
    const struct locked_period *period;
    bool is_judgement; /* only its workflow changes */
    struct locked_figure *next;
};

static bool is_closed(Provost__V1__PeriodState state)
{
    return state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_LOCKED ||
           state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_PUBLISHED;
}

/* ---- which plans have closed them ---- */

/* A reporting period that is locked or published, as it is kept from one request to the next. */
struct closed_period {
    const char *name, *plan, *text;
    struct period period;
    bool is_dated; /* its text is a period */
    struct closed_period *next;
};

/* What a scan fills. */
struct closed_visit {
    struct arena *arena;
    struct closed_period *first;
};

static enum scan_verdict visit_period(void *data, const struct version *version)
{
    struct closed_visit *visit = data;
    const Provost__V1__ReportingPeriod *body = (const void *)version->body;
    if (!is_closed(body->state)) return SCAN_SKIP;
    struct closed_period *closed = arena_alloc(visit->arena, sizeof *closed);
    *closed =
        (struct closed_period){.name = resource_name(visit->arena, version->kind, version->id),
                               .plan = body->plan,
                               .text = body->period,
                               .next = visit->first};
    closed->is_dated = period_parse(closed->text, &closed->period, NULL);
    visit->first = closed;
    return SCAN_KEEP;
}

static const struct kind *reporting_periods(void)
{
    return &catalog_of_desc(&provost__v1__reporting_period__descriptor)->kind;
}

static struct status list_closed(struct txn *txn, struct arena *arena, const void **out_list)
{
    struct closed_visit visit = {.arena = arena};
    const struct scan scan = {.kind = reporting_periods(), .as_of = AS_OF_NOW};
    struct status st = txn_scan(txn, &scan, arena, visit_period, &visit);
    *out_list = visit.first;
    return st;
}

/* Whether what is closed lies around the figure's period, or inside it. */
static bool concerns(const struct closed_period *closed, const char *text,
                     const struct period *period, bool is_inside)
{
    if (period == NULL || !closed->is_dated)
        return !is_inside && strcmp(closed->text, text) == 0;
    if (is_inside)
        return period_contains(period, &closed->period) &&
               period_compare(period, &closed->period) != 0;
    return period_contains(&closed->period, period);
}

static struct closed *find_closed(const struct closed_period *list, const char *text,
                                  bool is_inside, struct arena *arena)
{
    struct closed *first = NULL;
    struct period period;
    const struct period *dated =
        list != NULL && period_parse(text, &period, NULL) ? &period : NULL;
    for (const struct closed_period *c = list; c != NULL; c = c->next) {
        if (!concerns(c, text, dated, is_inside)) continue;
        struct closed *closed = arena_alloc(arena, sizeof *closed);
        *closed = (struct closed){c->name, c->plan, first};
        first = closed;
    }
    return first;
}

static struct status find_period(struct period_lock *lock, const char *period, bool is_inside,
                                 const struct locked_period **out_found)
{
    for (const struct locked_period *p = lock->periods; p != NULL; p = p->next)
        if (p->is_inside == is_inside && strcmp(p->period, period) == 0) {
            *out_found = p;
            return status_ok();
        }
    const struct kept_source source = {KEPT_CLOSED_PERIODS, reporting_periods(), list_closed};
    struct arena *arena = lock->lookup->arena;
    const void *list = NULL;
    struct status st = kept_get(lock->lookup->txn, &source, arena, &list);
    if (!status_is_ok(st)) return st;
    struct locked_period *found = arena_alloc(arena, sizeof *found);
    *found = (struct locked_period){period, is_inside,
                                    find_closed(list, period, is_inside, arena), lock->periods};
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
    struct status st = find_period(lock, period, false, &found);
    if (!status_is_ok(st)) return st;
    assert(found != NULL);
    return find_lock(lock->lookup, indicator, found, false, out_locked);
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

/* Whether parts of a year are judged by its target: the indicator has a profile. */
static struct status is_spread(struct lookup *lookup, const ProtobufCMessage *body,
                               const char *indicator, bool *out_is)
{
    struct lookup_entry *entry;
    *out_is = false;
    if (body->descriptor != &provost__v1__target__descriptor) return status_ok();
    struct status st = lookup_get(lookup, catalog_find("indicators"), indicator, &entry);
    if (status_is_ok(st) && entry->found)
        *out_is =
            ((const Provost__V1__Indicator *)(const void *)entry->version.body)
                ->target_profile != PROVOST__V1__TARGET_PROFILE__TARGET_PROFILE_UNSPECIFIED;
    return st;
}

static struct status note(struct period_lock *lock, const struct understanding *what,
                          const struct locked_figure *noted, bool is_inside)
{
    const struct locked_period *found = NULL;
    struct status st = find_period(lock, noted->text, is_inside, &found);
    if (!status_is_ok(st)) return st;
    assert(found != NULL);
    if (found->closed == NULL) return st;
    struct locked_figure *figure = arena_alloc(lock->lookup->arena, sizeof *figure);
    *figure = *noted;
    figure->what = what;
    figure->period = found;
    figure->next = lock->figures;
    lock->figures = figure;
    return status_ok();
}

struct status period_lock_note(struct period_lock *lock, const struct understanding *what,
                               const ProtobufCMessage *body)
{
    struct locked_figure figure = {.what = what};
    bool spread = false;
    if (!figure_of(body, &figure.indicator, &figure.text)) return status_ok();
    figure.is_judgement = body == what->after && approval_is_judgement(what->before, body);
    struct status st = note(lock, what, &figure, false);
    if (status_is_ok(st)) st = is_spread(lock->lookup, body, figure.indicator, &spread);
    return status_is_ok(st) && spread ? note(lock, what, &figure, true) : st;
}

static struct status refuse(const struct period_lock *lock, const struct locked_figure *figure,
                            const char *locked)
{
    struct arena *arena = lock->lookup->arena;
    if (!sight_sees(lock->lookup->sight, lock->lookup->txn, locked))
        return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_PERIOD_LOCKED,
                            place_field(arena, &figure->what->place, "period"),
                            "%s cannot change: its period is closed by a plan that you may not "
                            "see; ask the performance team",
                            figure->what->name);
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
