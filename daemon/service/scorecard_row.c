#include "service/scorecard_row.h"

#include "common/fields.h"
#include "service/approval.h"
#include "service/definition.h"
#include "service/formulas.h"
#include "service/scorecard_target.h"
#include "service/scorecard_trend.h"

#include <string.h>

/* What a row is made from. */
struct material {
    const struct scorecard *card;
    const struct scorecard_member *member;
    struct definition definition; /* as it holds in the period */
    struct scorecard_figure *figure;
    const Provost__V1__Target *target; /* NULL for none */
    struct rag_input input;
};

/* ---- the rule ---- */

static void prepare_input(struct material *material)
{
    struct rag_input *input = &material->input;
    *input = definition_input(&material->definition);
    input->has_value = material->figure->point.has_value;
    input->value = material->figure->point.value;
    if (material->target == NULL) return;
    enum rag_polarity polarity = input->polarity;
    scorecard_apply_target(material->target, input);
    if (input->rule == RAG_RULE_THRESHOLDS) input->polarity = polarity;
}

/* "5% of target", "2". */
static const char *tolerance_text(struct arena *arena, const struct rag_tolerance *tolerance)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(tolerance->amount, text);
    return arena_join(arena, text, tolerance->percent ? "% of target" : "");
}

static const char *polarity_text(const struct rag_input *input)
{
    switch (input->polarity) {
    case RAG_POLARITY_MAX:
        return input->strict ? "max, more than" : "max";
    case RAG_POLARITY_MIN:
        return input->strict ? "min, less than" : "min";
    case RAG_POLARITY_RANGE:
        return "range";
    case RAG_POLARITY_NONE:
        break;
    }
    return "none";
}

/* What the rule makes of figure and target. */
static const char *judging_text(const struct material *material)
{
    const struct rag_input *input = &material->input;
    struct arena *arena = material->card->call->arena;
    const char *polarity = polarity_text(input);
    switch (input->rule) {
    case RAG_RULE_THRESHOLDS:
        return arena_join(arena, polarity, "; thresholds: OK to ",
                          scorecard_number(arena, input->amber.amount), ", WARNING to ",
                          scorecard_number(arena, input->red.amount));
    case RAG_RULE_IMPROVED:
        return arena_join(arena, polarity, "; OK to ", tolerance_text(arena, &input->amber),
                          ", beyond WARNING while improving, else ALERT");
    case RAG_RULE_TOLERANCE:
        break;
    }
    return arena_join(arena, polarity, "; amber ", tolerance_text(arena, &input->amber),
                      ", red ", tolerance_text(arena, &input->red));
}

static const char *rule_text(const struct material *material)
{
    const struct definition *definition = &material->definition;
    if (material->member->indicator->data_only) return "data only: shown without a status";
    if (material->input.polarity == RAG_POLARITY_NONE)
        return "no polarity: neither way is better, shown without a status";
    if (definition_fault(definition)[0] != '\0')
        return definition->rule == RAG_RULE_THRESHOLDS
                   ? "the indicator's thresholds are missing or cannot be read"
                   : "the indicator's tolerances cannot be read";
    const char *text = judging_text(material);
    if (definition->from_period[0] == '\0') return text;
    return arena_join(material->card->call->arena, text, "; as defined from ",
                      definition->from_period);
}

/* ---- the status ---- */

static Provost__V1__RagStatus status_of(enum rag_status status)
{
    switch (status) {
    case RAG_UNKNOWN:
        break;
    case RAG_OK:
        return PROVOST__V1__RAG_STATUS__RAG_STATUS_OK;
    case RAG_WARNING:
        return PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING;
    case RAG_ALERT:
        return PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT;
    case RAG_DATA_ONLY:
        return PROVOST__V1__RAG_STATUS__RAG_STATUS_DATA_ONLY;
    case RAG_NO_TARGET:
        return PROVOST__V1__RAG_STATUS__RAG_STATUS_NO_TARGET;
    }
    return PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN;
}

static void set_unknown(Provost__V1__ScorecardRow *row, const char *reason)
{
    row->status = PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN;
    row->status_reason = (char *)reason;
}

/* Nothing was said, or an empty cell: then the indicator's life may tell why. */
static const char *missing_reason(const struct material *material)
{
    const Provost__V1__Observation *observation = material->figure->observation;
    const char *name = rag_reason_name(RAG_REASON_NO_VALUE);
    bool silent = observation == NULL ||
                  observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED ||
                  observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK;
    if (!silent && observation->state != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE)
        return enum_short_name(&provost__v1__value_state__descriptor, observation->state);
    if (observation != NULL &&
        observation->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED)
        return "REJECTED";
    if (silent && material->member->indicator->lifecycle ==
                      PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_UNDER_DEVELOPMENT)
        return enum_short_name(&provost__v1__value_state__descriptor,
                               PROVOST__V1__VALUE_STATE__VALUE_STATE_UNDER_DEVELOPMENT);
    return name;
}

/* The trends stand in the row already: one rule reads them. */
static void add_status(struct material *material, Provost__V1__ScorecardRow *row)
{
    struct arena *arena = material->card->call->arena;
    struct rag_input *input = &material->input;
    input->improved =
        row->short_trend->direction == PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING;
    row->rule = (char *)rule_text(material);
    if (!input->data_only && !input->has_value) {
        set_unknown(row, missing_reason(material));
        return;
    }
    const char *fault = definition_fault(&material->definition);
    bool rated = input->has_target || input->rule == RAG_RULE_THRESHOLDS;
    if (!input->data_only && rated && fault[0] != '\0') {
        set_unknown(row, fault);
        return;
    }
    struct rag_result result = rag_judge(input);
    row->status = status_of(result.status);
    row->status_reason = (char *)rag_reason_name(result.reason);
    if (result.has_shortfall) row->shortfall = scorecard_number(arena, result.shortfall);
    if (result.has_percent)
        row->shortfall_percent = scorecard_number(arena, result.shortfall_percent);
}

/* ---- the row ---- */

static void add_indicator(const struct scorecard_member *member, Provost__V1__ScorecardRow *row)
{
    const Provost__V1__Indicator *indicator = member->indicator;
    row->indicator = (char *)member->name;
    row->title = indicator->title;
    row->code = indicator->code;
    row->objectives = member->objectives;
    row->n_objectives = member->objective_count;
    row->objective_titles = member->titles;
    row->n_objective_titles = member->objective_count;
    row->unit = indicator->unit;
    row->decimals = indicator->decimals;
}

/* The marks of a figure; one that waits for approval is provisional. */
static void add_marks(struct arena *arena, const Provost__V1__Observation *observation,
                      Provost__V1__ScorecardRow *row)
{
    row->flags = observation->flags;
    row->n_flags = observation->n_flags;
    row->workflow = observation->workflow;
    if (!approval_is_awaited(observation)) return;
    row->flags = arena_alloc(arena, (observation->n_flags + 1) * sizeof *row->flags);
    row->flags[0] = PROVOST__V1__VALUE_FLAG__VALUE_FLAG_PROVISIONAL;
    row->n_flags = 1;
    for (size_t i = 0; i < observation->n_flags; i++)
        if (observation->flags[i] != PROVOST__V1__VALUE_FLAG__VALUE_FLAG_PROVISIONAL)
            row->flags[row->n_flags++] = observation->flags[i];
}

static void add_observation(struct arena *arena, const Provost__V1__Observation *observation,
                            Provost__V1__ScorecardRow *row)
{
    if (observation == NULL) return;
    row->value_state = observation->state;
    row->value = observation->value;
    row->value_verbatim = observation->verbatim;
    row->numerator = observation->numerator;
    row->denominator = observation->denominator;
    add_marks(arena, observation, row);
}

/* How the figure came about; formula figures name what they were made from. */
static void add_origin(const struct material *material, Provost__V1__ScorecardRow *row)
{
    const Provost__V1__Observation *observation = material->figure->observation;
    if (observation == NULL || row->value_rule[0] != '\0' ||
        observation->state != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE)
        return;
    row->value_rule = (char *)"submitted";
    if (strcmp(observation->source_system, FORMULAS_SOURCE) != 0) return;
    struct arena *arena = material->card->call->arena;
    const char *formula = material->definition.formula;
    row->value_rule = arena_printf(arena, "formula: %s", formula);
    row->n_inputs = formulas_inputs(formula, &material->card->period, observation->breakdown,
                                    arena, &row->inputs);
}

static struct status read_material(struct material *material)
{
    const struct scorecard *card = material->card;
    struct status st = card->source->figure(card, &material->figure);
    if (status_is_ok(st))
        st = scorecard_find_target(card, material->member->id, &material->target);
    if (!status_is_ok(st)) return st;
    material->definition = definition_at(material->member->indicator, &card->period);
    prepare_input(material);
    return st;
}

static struct status add_trends(const struct material *material, Provost__V1__ScorecardRow *row)
{
    const struct rag_input *input = &material->input;
    struct trend_rule rule = {
        .polarity = definition_polarity(material->definition.polarity),
        .has_range = input->has_target && input->polarity == RAG_POLARITY_RANGE,
        .low = input->target,
        .high = input->target_high,
        .materiality = material->definition.materiality,
    };
    return scorecard_add_trends(material->card, material->member, material->figure, &rule, row);
}

static bool is_shown(const struct material *material)
{
    return material->figure->point.has_value ||
           material->member->indicator->lifecycle !=
               PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_RETIRED;
}

struct status scorecard_make_row(const struct scorecard *card,
                                 const struct scorecard_member *member,
                                 Provost__V1__ScorecardRow **out_row)
{
    struct material material = {.card = card, .member = member};
    struct status st = read_material(&material);
    if (!status_is_ok(st)) return st;
    *out_row = NULL;
    if (!is_shown(&material)) return status_ok();
    Provost__V1__ScorecardRow *row = arena_alloc(card->call->arena, sizeof *row);
    provost__v1__scorecard_row__init(row);
    add_indicator(member, row);
    row->polarity = material.definition.polarity;
    add_observation(card->call->arena, material.figure->observation, row);
    add_origin(&material, row);
    if (material.target != NULL) scorecard_show_target(material.target, &material.input, row);
    st = add_trends(&material, row);
    if (!status_is_ok(st)) return st;
    add_status(&material, row);
    *out_row = row;
    return st;
}
