/* Which figures are to be submitted.
 *
 * Looked at are the periods of an indicator from the beginning of its plans on: whatever is
 * missing since then is due, however many figures came after it. Without a plan that says when
 * it begins it is this financial year and the one before. What lies further back is history and
 * costs nothing; of the periods looked at is read in one go whether something was said, and only
 * of those that wait for something what it was. An indicator whose frequency is not said is due for the
 * periods it has a target for. Nothing is due of one that is computed, under development or
 * retired.
 */
#include "service/due.h"

#include "domain/date.h"
#include "service/approval.h"
#include "service/asked.h"
#include "service/derived.h"
#include "service/figures.h"
#include "service/resource.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    DUE_DAYS = 30,     /* after the period's end, unless the reporting period says */
    DUE_YEARS_BACK = 1 /* without a plan that says when it begins */
};

/* When the plans of an indicator run, and what one of them says of its periods. */
struct window {
    int32_t first_day;
    int32_t last_day; /* DATE_NO_DAY: open */
    bool has_first;
    char *owner;          /* of the plan; "" for none */
    struct found periods; /* ReportingPeriods */
};

/* One indicator. */
struct walk {
    struct due *due;
    const struct scorecard_member *member;
    struct figures figures;
    struct window window;
};

/* ---- plans ---- */

static struct status read_window(struct due *due, const char *plan_name,
                                 struct window **out_window)
{
    const Provost__V1__Plan *plan = NULL;
    *out_window = name_map_get(&due->windows, plan_name);
    if (*out_window != NULL) return status_ok();
    struct status st = action_facts_plan(&due->facts, plan_name, &plan);
    if (!status_is_ok(st)) return st;
    struct window *window = arena_zalloc(due->call->arena, sizeof *window);
    window->first_day = window->last_day = DATE_NO_DAY;
    window->owner = (char *)protobuf_c_empty_string;
    if (plan != NULL) {
        window->first_day = asked_stored_day(plan->start_date);
        window->last_day = asked_stored_day(plan->end_date);
        window->has_first = window->first_day != DATE_NO_DAY;
        window->owner = plan->owner;
    }
    struct found_query query = {.collection = "reporting-periods",
                                .prefix = resource_id(plan_name)};
    st = found_scan(due->call, &due->moment, &query, &window->periods);
    (void)name_map_add(due->call->arena, &due->windows, plan_name, window);
    *out_window = window;
    return st;
}

static void widen(struct walk *walk, const struct window *plan)
{
    struct window *window = &walk->window;
    if (plan->has_first && (!window->has_first || plan->first_day < window->first_day)) {
        window->first_day = plan->first_day;
        window->has_first = true;
    }
    bool is_first = window->periods.count == 0 && window->last_day == DATE_NO_DAY;
    if (is_first || plan->last_day > window->last_day) window->last_day = plan->last_day;
    if (window->periods.count == 0) window->periods = plan->periods;
    if (*window->owner == '\0') window->owner = plan->owner;
}

/* The plan that a link leads to; "" for none. */
static struct status plan_of(struct due *due, const char *to, const char **out_plan)
{
    *out_plan = to;
    if (strncmp(to, "objectives/", 11) == 0) {
        const struct scope_node *node = name_map_get(&due->scope.by_name, to);
        struct found found = {0};
        if (node != NULL && node->objective != NULL) {
            *out_plan = node->objective->plan;
            return status_ok();
        }
        struct status st = found_get(due->call, &due->moment, to, &found);
        *out_plan = "";
        if (status_is_ok(st) && found.count > 0)
            *out_plan = ((const Provost__V1__Objective *)(void *)found.items[0].body)->plan;
        return st;
    }
    if (strncmp(to, "plans/", 6) != 0) *out_plan = "";
    return status_ok();
}

static struct status add_plan(struct walk *walk, const char *to)
{
    const char *plan;
    struct window *window = NULL;
    struct status st = plan_of(walk->due, to, &plan);
    if (!status_is_ok(st) || *plan == '\0') return st;
    st = read_window(walk->due, plan, &window);
    if (status_is_ok(st)) widen(walk, window);
    return st;
}

static struct status find_plans(struct walk *walk)
{
    struct due *due = walk->due;
    const struct scorecard_member *member = walk->member;
    struct found links = {0};
    struct found_query query = {.collection = "links", .column = "from"};
    query.value = member->name;
    walk->window = (struct window){.first_day = DATE_NO_DAY,
                                   .last_day = DATE_NO_DAY,
                                   .owner = (char *)protobuf_c_empty_string};
    if (due->scope.kind == SCOPE_PLAN || due->scope.kind == SCOPE_OBJECTIVE)
        return add_plan(walk, due->scope.nodes[member->place]->name);
    struct status st = found_scan(due->call, &due->moment, &query, &links);
    for (size_t i = 0; status_is_ok(st) && i < links.count; i++) {
        const Provost__V1__Link *link = (const void *)links.items[i].body;
        if (*link->to != '\0') st = add_plan(walk, link->to);
    }
    return st;
}

/* ---- periods ---- */

static int32_t due_day(const struct walk *walk, const struct period *period, const char *id)
{
    for (size_t i = 0; i < walk->window.periods.count; i++) {
        const Provost__V1__ReportingPeriod *said =
            (const void *)walk->window.periods.items[i].body;
        if (strcmp(said->period, id) == 0 && *said->due_date != '\0')
            return asked_stored_day(said->due_date);
    }
    return period->end_day + DUE_DAYS;
}

/* What was said still waits for a figure. */
static bool is_waiting(const Provost__V1__Observation *said)
{
    return said == NULL || said->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED ||
           said->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK ||
           said->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_OVERDUE ||
           said->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_AVAILABLE_FROM;
}

static void add_figure(struct walk *walk, const struct period *period, const char *id,
                       const Provost__V1__Observation *said)
{
    struct arena *arena = walk->due->call->arena;
    const Provost__V1__Indicator *indicator = walk->member->indicator;
    struct due_entry entry = {
        .day = due_day(walk, period, id),
        .name = walk->member->name,
        .title = indicator->title,
        .period = arena_strdup(arena, id),
        .what = "SUBMIT",
        .verbatim = said == NULL ? "" : said->verbatim,
    };
    if (said != NULL && *said->available_from != '\0')
        entry.day = asked_stored_day(said->available_from);
    due_set_owner(walk->due, &entry, indicator->owner, indicator->scope_organisation);
    due_add(walk->due, &entry);
}

/* A figure that waits for approval, so it is there: the plan's owner is asked for it. */
static void add_approval(struct walk *walk, const struct period *period, const char *id,
                         const Provost__V1__Observation *said)
{
    assert(said != NULL);
    struct arena *arena = walk->due->call->arena;
    struct due_entry entry = {
        .day = due_day(walk, period, id),
        .name = walk->member->name,
        .title = walk->member->indicator->title,
        .period = arena_strdup(arena, id),
        .what = "APPROVE",
        .verbatim = said->verbatim,
    };
    due_set_owner(walk->due, &entry, walk->window.owner, walk->member->indicator->owner);
    due_add(walk->due, &entry);
}

/* ---- what was said ---- */

enum said { SAID_NOTHING, SAID_WAITING, SAID_ENOUGH };

/* The periods wanted of an indicator, by id. */
struct calendar {
    struct wanted {
        struct period period;
        char id[PERIOD_TEXT_SIZE];
    } * items;
    size_t count;
    size_t capacity;
};

static void calendar_add(struct arena *arena, struct calendar *calendar,
                         const struct period *period)
{
    if (calendar->count == calendar->capacity) {
        calendar->capacity = calendar->capacity == 0 ? 32 : calendar->capacity * 2;
        struct wanted *items = arena_alloc(arena, calendar->capacity * sizeof *items);
        if (calendar->count > 0)
            memcpy(items, calendar->items, calendar->count * sizeof *items);
        calendar->items = items;
    }
    struct wanted *wanted = &calendar->items[calendar->count++];
    wanted->period = *period;
    period_format_id(period, wanted->id);
}

static int compare_wanted(const void *left, const void *right)
{
    const struct wanted *a = left, *b = right;
    return strcmp(a->id, b->id);
}

static void calendar_sort(struct calendar *calendar)
{
    if (calendar->count > 1)
        qsort(calendar->items, calendar->count, sizeof *calendar->items, compare_wanted);
}

/* One indicator's figures and its calendar, both by id, passed through side by side. */
struct passage {
    const struct calendar *calendar;
    size_t next;
    size_t skip;         /* bytes before the period in an id */
    unsigned char *said; /* enum said, per item of the calendar */
};

/* A figure that was rejected is wanted again. */
static enum said said_of(const Provost__V1__Observation *observation)
{
    bool settled = !is_waiting(observation) && !approval_is_awaited(observation) &&
                   observation->workflow != PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED;
    return settled ? SAID_ENOUGH : SAID_WAITING;
}

/* Ids of breakdowns go on behind the period and equal none. */
static enum scan_verdict pass(void *data, const struct version *version)
{
    struct passage *passage = data;
    const struct calendar *calendar = passage->calendar;
    const char *period = version->id + passage->skip;
    int order = 1;
    for (; passage->next < calendar->count; passage->next++) {
        order = strcmp(period, calendar->items[passage->next].id);
        if (order <= 0) break;
    }
    if (passage->next == calendar->count) return SCAN_STOP;
    if (order == 0)
        passage->said[passage->next++] = (unsigned char)said_of((const void *)version->body);
    return SCAN_SKIP;
}

/* Reads, of what was said for each period of the calendar, no more than whether it was. */
static struct status read_said(const struct walk *walk, const struct calendar *calendar,
                               unsigned char **out_said)
{
    struct handler_call *call = walk->due->call;
    const char *indicator = walk->member->id;
    struct passage passage = {.calendar = calendar, .skip = strlen(indicator) + 1};
    passage.said = arena_zalloc(call->arena, calendar->count);
    struct scan scan = {
        .kind = &catalog_find("observations")->kind,
        .as_of = walk->due->moment.as_of,
        .prefix = indicator,
        .after_id = arena_printf(call->arena, "%s/%.4s", indicator, calendar->items[0].id),
        .view = &catalog_said,
    };
    *out_said = passage.said;
    return txn_scan(call->txn, &scan, call->arena, pass, &passage);
}

static struct status look_at(struct walk *walk, const struct wanted *wanted, enum said said)
{
    const Provost__V1__Observation *full = NULL;
    struct status st = status_ok();
    if (said == SAID_ENOUGH || due_day(walk, &wanted->period, wanted->id) > walk->due->until)
        return st;
    if (said == SAID_WAITING) st = figures_in_full(&walk->figures, wanted->id, &full);
    if (!status_is_ok(st)) return st;
    if (is_waiting(full))
        add_figure(walk, &wanted->period, wanted->id, full);
    else
        add_approval(walk, &wanted->period, wanted->id, full);
    return st;
}

static struct status look_through(struct walk *walk, const struct calendar *calendar)
{
    unsigned char *said = NULL;
    struct status st = status_ok();
    if (calendar->count > 0) st = read_said(walk, calendar, &said);
    for (size_t i = 0; status_is_ok(st) && i < calendar->count; i++)
        st = look_at(walk, &calendar->items[i], (enum said)said[i]);
    return st;
}

/* ---- by frequency ---- */

/* The first day for which figures are wanted. */
static int32_t first_day(const struct walk *walk)
{
    struct period year;
    if (walk->window.has_first) return walk->window.first_day;
    int32_t back = date_add_years(walk->due->day, -DUE_YEARS_BACK);
    return period_of_day(PERIOD_YEAR, back, &year) ? year.start_day : back;
}

/* All periods of a kind that begin between two days. Most indicators of a plan share theirs. */
static const struct calendar *periods_between(struct due *due, enum period_kind kind,
                                              int32_t first, int32_t last)
{
    struct arena *arena = due->call->arena;
    const char *key = arena_printf(arena, "%d %ld %ld", (int)kind, (long)first, (long)last);
    struct calendar *calendar = name_map_get(&due->calendars, key);
    struct period period;
    if (calendar != NULL) return calendar;
    calendar = arena_zalloc(arena, sizeof *calendar);
    bool ok = period_of_day(kind, last, &period);
    for (; ok && period.start_day >= first; ok = period_previous(&period, &period))
        calendar_add(arena, calendar, &period);
    calendar_sort(calendar);
    (void)name_map_add(arena, &due->calendars, key, calendar);
    return calendar;
}

static struct status look_at_kind(struct walk *walk, enum period_kind kind)
{
    int32_t last = walk->due->until;
    if (walk->window.last_day != DATE_NO_DAY && walk->window.last_day < last)
        last = walk->window.last_day;
    return look_through(walk, periods_between(walk->due, kind, first_day(walk), last));
}

/* ---- without a frequency ---- */

static struct status look_at_targets(struct walk *walk)
{
    struct due *due = walk->due;
    struct calendar calendar = {0};
    struct found targets = {0};
    struct name_map seen = {0};
    struct found_query query = {.collection = "targets", .prefix = walk->member->id};
    struct status st = found_scan(due->call, &due->moment, &query, &targets);
    int32_t first = first_day(walk);
    for (size_t i = 0; status_is_ok(st) && i < targets.count; i++) {
        const Provost__V1__Target *target = (const void *)targets.items[i].body;
        struct period period;
        if (target->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE &&
            target->kind != PROVOST__V1__TARGET_KIND__TARGET_KIND_BASELINE &&
            period_parse(target->period, &period, NULL) && period.start_day >= first &&
            period.end_day <= due->until &&
            name_map_add(due->call->arena, &seen, target->period, NULL))
            calendar_add(due->call->arena, &calendar, &period);
    }
    calendar_sort(&calendar);
    return status_is_ok(st) ? look_through(walk, &calendar) : st;
}

/* ---- indicators ---- */

static bool is_submitted(const Provost__V1__Indicator *indicator)
{
    return *indicator->formula == '\0' && *indicator->computed == '\0' &&
           indicator->lifecycle !=
               PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_UNDER_DEVELOPMENT &&
           indicator->lifecycle !=
               PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_RETIRED;
}

static struct status look_at_indicator(struct due *due, const struct scorecard *card,
                                       const struct scorecard_member *member)
{
    struct walk walk = {.due = due, .member = member};
    enum period_kind kind;
    if (!is_submitted(member->indicator)) return status_ok();
    figures_init(&walk.figures, card, member);
    struct status st = find_plans(&walk);
    if (!status_is_ok(st)) return st;
    if (figures_kind_of(member->indicator->frequency, &kind)) return look_at_kind(&walk, kind);
    if (member->indicator->frequency == PROVOST__V1__FREQUENCY__FREQUENCY_OTHER) return st;
    return look_at_targets(&walk);
}

struct status due_add_figures(struct due *due)
{
    struct scorecard card = {.call = due->call,
                             .moment = due->moment,
                             .derived = derived_new(due->call, &due->moment)};
    struct scorecard_member *members;
    size_t count = 0;
    struct status st = scope_members(&due->scope, &members, &count);
    for (size_t i = 0; status_is_ok(st) && i < count; i++)
        st = look_at_indicator(due, &card, &members[i]);
    return st;
}
