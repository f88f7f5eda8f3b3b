#include "service/derived.h"

#include "domain/date.h"
#include "domain/formula.h"

#include "service/action_facts.h"
#include "service/asked.h"
#include "service/definition.h"
#include "service/derived_node.h"
#include "service/formulas.h"
#include "service/progress.h"
#include "service/resource.h"

#include <string.h>

/* Figures inside each other: more is a running total, and no sensible report. */
enum { DEPTH_MAX = 60 };

struct derived *derived_new(struct handler_call *call, const struct moment *moment)
{
    struct derived *derived = arena_zalloc(call->arena, sizeof *derived);
    derived->call = call;
    derived->card = (struct scorecard){.call = call, .moment = *moment, .derived = derived};
    return derived;
}

/* ---- which indicators ---- */

static struct status is_live(struct derived *derived, struct derived_node *node, bool *out_live)
{
    struct derived_reach reach;
    struct status st = status_ok();
    if (node->live == 0) {
        st = derived_node_reach(derived, node, &reach);
        node->live = -1;
        for (size_t i = 0; status_is_ok(st) && i < reach.count; i++)
            if (reach.nodes[i]->measure != MEASURE_NONE) node->live = 1;
    }
    *out_live = node->live == 1;
    return st;
}

struct status derived_kind_of(struct derived *derived, const struct scorecard_member *member,
                              enum derived_kind *out_kind)
{
    bool live = false;
    *out_kind = DERIVED_NOT;
    if (!derived_may_be(member->indicator)) return status_ok();
    struct derived_node *node = derived_node_of(derived, member);
    if (node->measure != MEASURE_NONE) {
        *out_kind = DERIVED_MEASURE;
        return status_ok();
    }
    struct status st = is_live(derived, node, &live);
    if (live) *out_kind = DERIVED_FORMULA;
    return st;
}

/* ---- measures ---- */

/* Whether a member of a measure depends on it. */
static struct status leaves_out(struct progress *progress,
                                const struct scorecard_member *member, bool *out_leaves)
{
    const struct derived_node *node = progress->measured;
    *out_leaves = false;
    if (!derived_may_be(member->indicator)) return status_ok();
    return derived_node_leads(progress->derived, derived_node_of(progress->derived, member),
                              node, out_leaves);
}

static Provost__V1__ProgressMeasure measure_code(enum derived_measure measure)
{
    if (measure == MEASURE_SCHEDULE)
        return PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_ON_SCHEDULE;
    if (measure == MEASURE_ON_TARGET)
        return PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ON_TARGET;
    return PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_IMPROVING_OR_MAINTAINED;
}

static const char *exclusions_text(struct arena *arena,
                                   const Provost__V1__GetProgressResponse *out)
{
    const char *text = out->n_exclusions == 0 ? "" : "; left out: ";
    for (size_t i = 0; i < out->n_exclusions; i++)
        text = arena_printf(arena, "%s%s%s %d", text, i == 0 ? "" : ", ",
                            out->exclusions[i]->reason, out->exclusions[i]->count);
    return text;
}

static void take_inputs(struct arena *arena, const Provost__V1__GetProgressResponse *out,
                        struct figure *figure)
{
    figure->inputs = arena_alloc(arena, (out->n_members + 1) * sizeof(char *));
    for (size_t i = 0; i < out->n_members; i++)
        if (out->members[i]->included)
            figure->inputs[figure->input_count++] = out->members[i]->name;
    figure->exclusions = out->exclusions;
    figure->exclusion_count = out->n_exclusions;
}

/* The percentage is not rounded: it is a figure like any other. */
static void take_share(struct derived *derived, const struct derived_node *node,
                       const Provost__V1__GetProgressResponse *out, const char *period_id,
                       struct figure *figure)
{
    struct arena *arena = derived->call->arena;
    struct decimal value, parts[2] = {decimal_from_int(out->share->count),
                                      decimal_from_int(out->share->denominator)};
    figure->rule =
        arena_printf(arena, "computed: %s at %s: %d of %d: %s%s",
                     node->member.indicator->computed, out->at, out->share->count,
                     out->share->denominator, out->share->rule, exclusions_text(arena, out));
    take_inputs(arena, out, figure);
    if (decimal_div(decimal_from_int((int64_t)out->share->count * 100), parts[1],
                    ROLLUP_DECIMALS, &value) != DECIMAL_OK) {
        figure->reason = "NO_MEMBERS";
        return;
    }
    Provost__V1__Observation *made =
        figure_make(arena, node->member.name, period_id, decimal_strip(value));
    made->numerator = scorecard_number(arena, parts[0]);
    made->denominator = scorecard_number(arena, parts[1]);
    figure->observation = made;
}

/* The first day of the plans of a scope's actions. */
static struct status plans_begin(struct derived *derived, struct derived_node *node,
                                 int32_t *out_day)
{
    struct found actions = {0};
    struct action_facts facts = {.call = derived->call, .moment = &derived->card.moment};
    struct status st = scope_find_actions(&node->scope, &actions);
    *out_day = DATE_NO_DAY;
    for (size_t i = 0; status_is_ok(st) && i < actions.count; i++) {
        const Provost__V1__Plan *plan = NULL;
        const Provost__V1__Action *action = (const void *)actions.items[i].body;
        st = action_facts_plan(&facts, action->plan, &plan);
        int32_t day = plan == NULL ? DATE_NO_DAY : asked_stored_day(plan->start_date);
        if (day != DATE_NO_DAY && (*out_day == DATE_NO_DAY || day < *out_day)) *out_day = day;
    }
    return st;
}

/* The day that actions are told for; *out_day is DATE_NO_DAY when there is none. */
static struct status choose_day(struct derived *derived, struct derived_node *node,
                                const struct period *period, int32_t *out_day)
{
    int32_t today = 0, begin = DATE_NO_DAY;
    struct status st = asked_day(derived->call, &derived->card.moment, "", &today);
    if (status_is_ok(st)) st = plans_begin(derived, node, &begin);
    *out_day = period->end_day < today ? period->end_day : today;
    if (period->start_day > today || (begin != DATE_NO_DAY && period->end_day < begin))
        *out_day = DATE_NO_DAY;
    return st;
}

static struct status make_measure(struct derived *derived, struct derived_node *node,
                                  const struct period *period, const char *period_id,
                                  struct figure *figure)
{
    struct arena *arena = derived->call->arena;
    Provost__V1__GetProgressRequest in;
    Provost__V1__GetProgressResponse *out = arena_alloc(arena, sizeof *out);
    struct progress progress = {.call = derived->call, .in = &in, .out = out};
    int32_t day = 0;
    struct status st = derived_node_open(derived, node);
    figure->reason = "SCOPE_MISSING";
    if (!status_is_ok(st) || node->is_missing) return st;
    provost__v1__get_progress_request__init(&in);
    provost__v1__get_progress_response__init(out);
    in.measure = measure_code(node->measure);
    in.period = (char *)period_id;
    if (node->measure == MEASURE_SCHEDULE) st = choose_day(derived, node, period, &day);
    figure->reason = "NOT_YET";
    if (!status_is_ok(st) || day == DATE_NO_DAY) return st;
    figure->reason = "";
    in.date = asked_day_text(arena, day);
    progress.moment = derived->card.moment;
    progress.scope = node->scope;
    progress.derived = derived;
    progress.measured = node;
    progress.leaves_out = leaves_out;
    st = progress_make(&progress);
    if (status_is_ok(st)) take_share(derived, node, out, period_id, figure);
    return st;
}

/* ---- formulas ---- */

/* One evaluation. */
struct evaluation {
    struct derived *derived;
    const struct derived_node *node;
    const struct period *period;
    struct status status;
    bool any; /* input but its own was there */
};

static struct derived_node *find_use(const struct derived_node *node, const char *id)
{
    for (size_t i = 0; i < node->use_count; i++)
        if (strcmp(node->uses[i]->member.id, id) == 0) return node->uses[i];
    return NULL;
}

static bool look_up(void *context, const struct formula_reference *reference,
                    struct decimal *out_value)
{
    struct evaluation *evaluation = context;
    struct derived_node *used = find_use(evaluation->node, reference->indicator);
    struct period period;
    struct figure figure;
    if (used == NULL || !formula_reference_period(reference, evaluation->period, &period))
        return false;
    struct status st = figures_get(&used->figures, &period, &figure);
    if (!status_is_ok(st)) {
        evaluation->status = st;
        return false;
    }
    bool has = figure_number(figure.observation, out_value);
    evaluation->any |= has && used != evaluation->node;
    return has;
}

static void take_result(struct evaluation *evaluation, const struct formula_result *result,
                        const char *period_id, struct figure *figure)
{
    struct arena *arena = evaluation->derived->call->arena;
    if (!result->has_value || !evaluation->any) {
        figure->reason = result->has_value ? "MISSING" : formula_reason_name(result->reason);
        return;
    }
    Provost__V1__Observation *made = figure_make(arena, evaluation->node->member.name,
                                                 period_id, decimal_strip(result->value));
    made->source_system = (char *)FORMULAS_SOURCE;
    figure->observation = made;
}

static struct status make_formula(struct derived *derived, struct derived_node *node,
                                  const struct period *period, const char *period_id,
                                  struct figure *figure)
{
    struct arena *arena = derived->call->arena;
    struct definition definition = definition_at(node->member.indicator, period);
    struct evaluation evaluation = {derived, node, period, status_ok(), false};
    struct formula formula;
    struct formula_error error;
    struct status st = derived_node_open(derived, node);
    if (!status_is_ok(st) || !formula_parse(definition.formula, arena, &formula, &error))
        return st;
    struct formula_result result =
        formula_evaluate(&formula, formulas_nulls(node->member.indicator->null_policy),
                         &(struct formula_source){look_up, &evaluation});
    if (!status_is_ok(evaluation.status)) return evaluation.status;
    figure->rule = arena_printf(arena, "formula: %s", definition.formula);
    figure->input_count =
        formulas_inputs(definition.formula, period, "", arena, &figure->inputs);
    take_result(&evaluation, &result, period_id, figure);
    return st;
}

/* ---- figures ---- */

/* A figure that would be made inside too many others is none, and neither are those. */
static struct status make(struct derived *derived, struct derived_node *node,
                          const struct period *period, const char *period_id,
                          struct figure *figure)
{
    *figure = (struct figure){.rule = "", .reason = "TOO_DEEP"};
    derived->too_deep |= derived->depth == DEPTH_MAX;
    if (derived->too_deep) return status_ok();
    derived->depth++;
    figure->reason = "";
    struct status st = node->measure != MEASURE_NONE
                           ? make_measure(derived, node, period, period_id, figure)
                           : make_formula(derived, node, period, period_id, figure);
    derived->depth--;
    if (derived->too_deep) *figure = (struct figure){.rule = "", .reason = "TOO_DEEP"};
    if (derived->depth == 0) derived->too_deep = false;
    return st;
}

struct status derived_figure(struct derived *derived, const struct scorecard_member *member,
                             const struct period *period, struct figure *out_figure)
{
    struct arena *arena = derived->call->arena;
    struct derived_node *node = derived_node_of(derived, member);
    char id[PERIOD_TEXT_SIZE];
    period_format_id(period, id);
    struct figure *made = name_map_get(&node->made, id);
    if (made != NULL) {
        *out_figure = *made;
        return status_ok();
    }
    const char *period_id = arena_strdup(arena, id);
    struct status st = make(derived, node, period, period_id, out_figure);
    if (status_is_ok(st) && !derived->too_deep)
        (void)name_map_add(arena, &node->made, period_id,
                           arena_memdup(arena, out_figure, sizeof *out_figure));
    return st;
}

/* ---- since when ---- */

static enum scan_verdict visit_first(void *data, const struct version *version)
{
    struct period period;
    int32_t *first = data;
    const Provost__V1__Observation *observation = (const void *)version->body;
    if (!period_parse(observation->period, &period, NULL)) return SCAN_SKIP;
    if (*first == DATE_NO_DAY || period.start_day < *first) *first = period.start_day;
    return SCAN_STOP;
}

/* Ids run with the years they begin with: the first figure is of the first year. */
static struct status widen(struct derived *derived, const char *indicator, int32_t *first)
{
    struct scan scan = {.kind = &catalog_find("observations")->kind,
                        .as_of = derived->card.moment.as_of,
                        .prefix = indicator};
    if (derived->card.moment.is_empty) return status_ok();
    return txn_scan(derived->call->txn, &scan, derived->call->arena, visit_first, first);
}

static struct status widen_by_node(struct derived *derived, struct derived_node *node,
                                   int32_t *first)
{
    int32_t begin = DATE_NO_DAY;
    struct status st = status_ok();
    if (node->measure == MEASURE_NONE) return widen(derived, node->member.id, first);
    for (size_t i = 0; status_is_ok(st) && i < node->member_count; i++)
        st = widen(derived, node->members[i].id, first);
    if (!status_is_ok(st) || node->measure != MEASURE_SCHEDULE || node->is_missing) return st;
    st = plans_begin(derived, node, &begin);
    if (begin != DATE_NO_DAY && (*first == DATE_NO_DAY || begin < *first)) *first = begin;
    return st;
}

struct status derived_first_day(struct derived *derived, const struct scorecard_member *member,
                                int32_t *out_day)
{
    struct derived_reach reach;
    struct status st = derived_node_reach(derived, derived_node_of(derived, member), &reach);
    *out_day = DATE_NO_DAY;
    for (size_t i = 0; status_is_ok(st) && i < reach.count; i++)
        st = widen_by_node(derived, reach.nodes[i], out_day);
    return st;
}
