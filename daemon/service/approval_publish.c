/* A plan that asks for approval is not published with figures that wait for it. */
#include "common/reasons.h"
#include "service/approval.h"
#include "service/resource.h"
#include "service/sight.h"

#include <string.h>

/* The search for figures that wait, of one plan and period. */
struct waiting {
    struct lookup *lookup;
    const char *period;
    size_t count;
    const char *first; /* name of one of them */
    bool is_seen;      /* the indicator looked at, by who asks */
    bool any; /* some wait, seen or not: those not seen are neither named nor counted */
};

/* What a scan keeps of the versions it is shown. */
struct names {
    struct arena *arena;
    const char **items;
    size_t count;
    size_t capacity;
};

static void names_add(struct names *names, const char *name)
{
    if (names->count == names->capacity) {
        size_t capacity = names->capacity == 0 ? 16 : names->capacity * 2;
        const char **items = arena_alloc(names->arena, capacity * sizeof *items);
        if (names->count > 0) memcpy(items, names->items, names->count * sizeof *items);
        names->items = items;
        names->capacity = capacity;
    }
    names->items[names->count++] = name;
}

static enum scan_verdict visit_awaited(void *data, const struct version *version)
{
    struct waiting *waiting = data;
    if (!approval_is_awaited((const void *)version->body)) return SCAN_SKIP;
    waiting->any = true;
    if (!waiting->is_seen) return SCAN_SKIP;
    waiting->first = resource_name(waiting->lookup->arena, version->kind, version->id);
    waiting->count++;
    return SCAN_KEEP;
}

static struct status look_at_indicator(struct waiting *waiting, const char *indicator)
{
    struct arena *arena = waiting->lookup->arena;
    const struct scan scan = {
        .kind = &catalog_of_desc(&provost__v1__observation__descriptor)->kind,
        .as_of = AS_OF_NOW,
        .prefix = arena_printf(arena, "%s/%s", resource_id(indicator), waiting->period)};
    waiting->is_seen = sight_sees(waiting->lookup->sight, waiting->lookup->txn, indicator);
    return txn_scan(waiting->lookup->txn, &scan, arena, visit_awaited, waiting);
}

static enum scan_verdict visit_link(void *data, const struct version *version)
{
    const Provost__V1__Link *link = (const void *)version->body;
    if ((link->kind != PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES &&
         link->kind != PROVOST__V1__LINK_KIND__LINK_KIND_PART_OF) ||
        strncmp(link->from, "indicators/", 11) != 0)
        return SCAN_SKIP;
    names_add(data, link->from);
    return SCAN_KEEP;
}

static enum scan_verdict visit_objective(void *data, const struct version *version)
{
    struct names *names = data;
    names_add(names, resource_name(names->arena, version->kind, version->id));
    return SCAN_KEEP;
}

/* The indicators linked to a goal. */
static struct status add_indicators(struct lookup *lookup, const char *goal,
                                    struct names *indicators)
{
    const struct scan scan = {.kind = &catalog_of_desc(&provost__v1__link__descriptor)->kind,
                              .as_of = AS_OF_NOW,
                              .column = "to",
                              .value = goal};
    return txn_scan(lookup->txn, &scan, lookup->arena, visit_link, indicators);
}

static struct status find_indicators(struct lookup *lookup, const char *plan,
                                     struct names *indicators)
{
    struct names goals = {.arena = lookup->arena};
    const struct scan scan = {.kind =
                                  &catalog_of_desc(&provost__v1__objective__descriptor)->kind,
                              .as_of = AS_OF_NOW,
                              .column = "plan",
                              .value = plan};
    names_add(&goals, plan);
    struct status st = txn_scan(lookup->txn, &scan, lookup->arena, visit_objective, &goals);
    for (size_t i = 0; status_is_ok(st) && i < goals.count; i++)
        st = add_indicators(lookup, goals.items[i], indicators);
    return st;
}

static bool is_published_now(const struct understanding *what)
{
    const Provost__V1__ReportingPeriod *before = (const void *)what->before;
    const Provost__V1__ReportingPeriod *after = (const void *)what->after;
    return after->state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_PUBLISHED &&
           (before == NULL || before->state != after->state);
}

static struct status refuse(const struct understanding *what, const struct waiting *waiting)
{
    const Provost__V1__ReportingPeriod *period = (const void *)what->after;
    if (waiting->count == 0)
        return status_error(what->arena, GRPC_FAILED_PRECONDITION, REASON_APPROVAL_NEEDED,
                            place_field(what->arena, &what->place, "state"),
                            "%s cannot be published: figures of %s wait for approval",
                            what->name, period->plan);
    return status_error(what->arena, GRPC_FAILED_PRECONDITION, REASON_APPROVAL_NEEDED,
                        place_field(what->arena, &what->place, "state"),
                        "%s cannot be published: %zu figures of %s wait for approval, among "
                        "them %s",
                        what->name, waiting->count, period->plan, waiting->first);
}

struct status approval_check_published(struct approval *approval,
                                       const struct understanding *what)
{
    const Provost__V1__ReportingPeriod *period = (const void *)what->after;
    struct names indicators = {.arena = approval->lookup->arena};
    if (what->row->kind.desc != &provost__v1__reporting_period__descriptor ||
        !is_published_now(what) || !approval_is_asked_by(approval, period->plan))
        return status_ok();
    struct waiting waiting = {.lookup = approval->lookup, .period = period->period};
    struct status st = find_indicators(approval->lookup, period->plan, &indicators);
    for (size_t i = 0; status_is_ok(st) && i < indicators.count; i++)
        st = look_at_indicator(&waiting, indicators.items[i]);
    return status_is_ok(st) && waiting.any ? refuse(what, &waiting) : st;
}
