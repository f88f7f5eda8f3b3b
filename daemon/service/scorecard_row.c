#include "service/scorecard_row.h"

#include "common/fields.h"
#include "service/scorecard_target.h"
#include "service/scorecard_trend.h"

#include <string.h>

/* What a row is made from. */
struct material {
    const struct scorecard *card;
    const struct scorecard_member *member;
    struct scorecard_figure figure;
    const Provost__V1__Target *target; /* NULL for none */
    struct rag_input input;
    struct rag_tolerance materiality;
    bool tolerances_ok; /* could be read */
};

/* ---- the rule ---- */

/* "2" is absolute, "2%" a percentage; "" leaves the default. False when it is neither. */
static bool read_tolerance(const char *text, struct rag_tolerance *tolerance)
{
    char number[DECIMAL_TEXT_SIZE];
    size_t size = strlen(text);
    if (size == 0) return true;
    if (size >= sizeof number) return false;
    bool percent = text[size - 1] == '%';
    memcpy(number, text, size + 1);
    if (percent) number[size - 1] = '\0';
    tolerance->percent = percent;
    return decimal_parse(number, &tolerance->amount) == DECIMAL_OK;
}

static void read_tolerances(struct material *material)
{
    const Provost__V1__Indicator *indicator = material->member->indicator;
    material->input.amber = rag_default_amber();
    material->input.red = rag_default_red();
    material->materiality = rag_default_amber();
    material->tolerances_ok =
        read_tolerance(indicator->tolerance_amber, &material->input.amber);
    material->tolerances_ok &= read_tolerance(indicator->tolerance_red, &material->input.red);
    material->tolerances_ok &=
        read_tolerance(indicator->trend_materiality, &material->materiality);
}

static void prepare_input(struct material *material)
{
    const Provost__V1__Indicator *indicator = material->member->indicator;
    struct rag_input *input = &material->input;
    *input = (struct rag_input){
        .rule = RAG_RULE_TOLERANCE,
        .polarity = scorecard_polarity(indicator->polarity),
        .data_only = indicator->data_only != 0,
        .has_value = material->figure.point.has_value,
        .value = material->figure.point.value,
    };
    if (input->polarity == RAG_POLARITY_NONE) input->data_only = true;
    read_tolerances(material);
    if (material->target != NULL) scorecard_apply_target(material->target, input);
}

/* "5% of target", "2". */
static const char *tolerance_text(struct arena *arena, const struct rag_tolerance *tolerance)
{
    char text[DECIMAL_TEXT_SIZE];
    decimal_format(tolerance->amount, text);
    return arena_printf(arena, "%s%s", text, tolerance->percent ? "% of target" : "");
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

static const char *rule_text(const struct material *material)
{
    const struct rag_input *input = &material->input;
    struct arena *arena = material->card->call->arena;
    if (material->member->indicator->data_only) return "data only: shown without a status";
    if (input->polarity == RAG_POLARITY_NONE)
        return "no polarity: neither way is better, shown without a status";
    if (!material->tolerances_ok) return "the indicator's tolerances cannot be read";
    return arena_printf(arena, "%s; amber %s, red %s", polarity_text(input),
                        tolerance_text(arena, &input->amber),
                        tolerance_text(arena, &input->red));
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
    const Provost__V1__Observation *observation = material->figure.observation;
    const char *name = rag_reason_name(RAG_REASON_NO_VALUE);
    bool silent = observation == NULL ||
                  observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED ||
                  observation->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK;
    if (!silent && observation->state != PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE)
        return enum_short_name(&provost__v1__value_state__descriptor, observation->state);
    if (silent && material->member->indicator->lifecycle ==
                      PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_UNDER_DEVELOPMENT)
        return enum_short_name(&provost__v1__value_state__descriptor,
                               PROVOST__V1__VALUE_STATE__VALUE_STATE_UNDER_DEVELOPMENT);
    return name;
}

static void add_status(const struct material *material, Provost__V1__ScorecardRow *row)
{
    struct arena *arena = material->card->call->arena;
    const struct rag_input *input = &material->input;
    row->rule = (char *)rule_text(material);
    if (!input->data_only && !input->has_value) {
        set_unknown(row, missing_reason(material));
        return;
    }
    if (!input->data_only && input->has_target && !material->tolerances_ok) {
        set_unknown(row, rag_reason_name(RAG_REASON_BAD_TOLERANCE));
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
    row->polarity = indicator->polarity;
}

static void add_observation(const Provost__V1__Observation *observation,
                            Provost__V1__ScorecardRow *row)
{
    if (observation == NULL) return;
    row->value_state = observation->state;
    row->value = observation->value;
    row->value_verbatim = observation->verbatim;
    row->numerator = observation->numerator;
    row->denominator = observation->denominator;
    row->flags = observation->flags;
    row->n_flags = observation->n_flags;
}

static struct status read_material(struct material *material)
{
    const struct scorecard *card = material->card;
    struct status st =
        scorecard_read_figure(card, material->member->id, card->period_id, &material->figure);
    if (status_is_ok(st))
        st = scorecard_find_target(card, material->member->id, &material->target);
    if (status_is_ok(st)) prepare_input(material);
    return st;
}

static struct status add_trends(const struct material *material, Provost__V1__ScorecardRow *row)
{
    const struct rag_input *input = &material->input;
    struct trend_rule rule = {
        .polarity = scorecard_polarity(material->member->indicator->polarity),
        .has_range = input->has_target && input->polarity == RAG_POLARITY_RANGE,
        .low = input->target,
        .high = input->target_high,
        .materiality = material->materiality,
    };
    return scorecard_add_trends(material->card, material->member, &material->figure, &rule,
                                row);
}

static bool is_shown(const struct material *material)
{
    return material->figure.point.has_value ||
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
    add_observation(material.figure.observation, row);
    if (material.target != NULL) scorecard_show_target(material.target, &material.input, row);
    add_status(&material, row);
    st = add_trends(&material, row);
    if (status_is_ok(st)) *out_row = row;
    return st;
}
