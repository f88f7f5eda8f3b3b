#include "service/definition.h"

#include <string.h>

/* The texts and enums of a definition, gathered from the oldest to the one that holds. */
struct gathered {
    Provost__V1__Polarity polarity;
    Provost__V1__StatusRule rule;
    const char *amber, *red, *materiality;
    const char *threshold_amber, *threshold_red;
    const char *formula, *text;
    const char *from_period, *reason;
};

static struct gathered gather_top(const Provost__V1__Indicator *indicator)
{
    return (struct gathered){
        .polarity = indicator->polarity,
        .rule = indicator->status_rule,
        .amber = indicator->tolerance_amber,
        .red = indicator->tolerance_red,
        .materiality = indicator->trend_materiality,
        .threshold_amber = indicator->threshold_amber,
        .threshold_red = indicator->threshold_red,
        .formula = indicator->formula,
        .text = indicator->definition,
        .from_period = "",
        .reason = "",
    };
}

static void take(const char **text, const char *newer)
{
    if (newer[0] != '\0') *text = newer;
}

static void gather(struct gathered *all, const Provost__V1__IndicatorDefinition *dated)
{
    if (dated->polarity != PROVOST__V1__POLARITY__POLARITY_UNSPECIFIED)
        all->polarity = dated->polarity;
    if (dated->status_rule != PROVOST__V1__STATUS_RULE__STATUS_RULE_UNSPECIFIED)
        all->rule = dated->status_rule;
    take(&all->amber, dated->tolerance_amber);
    take(&all->red, dated->tolerance_red);
    take(&all->materiality, dated->trend_materiality);
    take(&all->threshold_amber, dated->threshold_amber);
    take(&all->threshold_red, dated->threshold_red);
    take(&all->formula, dated->formula);
    take(&all->text, dated->definition);
    all->from_period = dated->from_period;
    all->reason = dated->reason;
}

/* Stored definitions have canonical periods; one that has none holds nowhere. */
static bool holds_from(const Provost__V1__IndicatorDefinition *dated, int32_t day)
{
    struct period from;
    return period_parse(dated->from_period, &from, NULL) && from.start_day <= day;
}

static enum rag_rule rule_of(Provost__V1__StatusRule rule)
{
    if (rule == PROVOST__V1__STATUS_RULE__STATUS_RULE_THRESHOLDS) return RAG_RULE_THRESHOLDS;
    if (rule == PROVOST__V1__STATUS_RULE__STATUS_RULE_IMPROVED) return RAG_RULE_IMPROVED;
    return RAG_RULE_TOLERANCE;
}

bool definition_read_tolerance(const char *text, struct rag_tolerance *tolerance)
{
    char number[DECIMAL_TEXT_SIZE];
    struct decimal amount;
    size_t size = strlen(text);
    if (size == 0) return true;
    if (size >= sizeof number) return false;
    bool percent = text[size - 1] == '%';
    memcpy(number, text, size + 1);
    if (percent) number[size - 1] = '\0';
    if (decimal_parse(number, &amount) != DECIMAL_OK || decimal_sign(amount) < 0) return false;
    *tolerance = (struct rag_tolerance){amount, percent};
    return true;
}

enum rag_polarity definition_polarity(Provost__V1__Polarity polarity)
{
    switch ((int)polarity) {
    case PROVOST__V1__POLARITY__POLARITY_MIN:
        return RAG_POLARITY_MIN;
    case PROVOST__V1__POLARITY__POLARITY_RANGE:
        return RAG_POLARITY_RANGE;
    case PROVOST__V1__POLARITY__POLARITY_NONE:
        return RAG_POLARITY_NONE;
    default:
        return RAG_POLARITY_MAX;
    }
}

static struct definition understand(const struct gathered *all, bool data_only)
{
    struct definition out = {
        .polarity = all->polarity,
        .rule = rule_of(all->rule),
        .amber = rag_default_amber(),
        .red = rag_default_red(),
        .materiality = rag_default_amber(),
        .data_only = data_only || definition_polarity(all->polarity) == RAG_POLARITY_NONE,
        .formula = all->formula,
        .text = all->text,
        .from_period = all->from_period,
        .reason = all->reason,
    };
    out.tolerances_ok = definition_read_tolerance(all->amber, &out.amber);
    out.tolerances_ok &= definition_read_tolerance(all->red, &out.red);
    out.tolerances_ok &= definition_read_tolerance(all->materiality, &out.materiality);
    out.thresholds_ok =
        decimal_parse(all->threshold_amber, &out.threshold_amber) == DECIMAL_OK &&
        decimal_parse(all->threshold_red, &out.threshold_red) == DECIMAL_OK;
    return out;
}

struct definition definition_at(const Provost__V1__Indicator *indicator,
                                const struct period *period)
{
    struct gathered all = gather_top(indicator);
    for (size_t i = 0; i < indicator->n_definitions; i++)
        if (holds_from(indicator->definitions[i], period->start_day))
            gather(&all, indicator->definitions[i]);
    return understand(&all, indicator->data_only != 0);
}

bool definition_breaks_between(const Provost__V1__Indicator *indicator,
                               const struct period *earlier, const struct period *later)
{
    for (size_t i = 0; i < indicator->n_definitions; i++) {
        const Provost__V1__IndicatorDefinition *dated = indicator->definitions[i];
        if (dated->breaks_series && holds_from(dated, later->start_day) &&
            !holds_from(dated, earlier->start_day))
            return true;
    }
    return false;
}

struct rag_input definition_input(const struct definition *definition)
{
    struct rag_input input = {
        .rule = definition->rule,
        .polarity = definition_polarity(definition->polarity),
        .data_only = definition->data_only,
        .amber = definition->amber,
        .red = definition->red,
    };
    /* The .proto lets the red tolerance say what is OK; domain/rag.h calls that amber. */
    if (definition->rule == RAG_RULE_IMPROVED) input.amber = definition->red;
    if (definition->rule != RAG_RULE_THRESHOLDS || !definition->thresholds_ok) return input;
    input.amber = (struct rag_tolerance){definition->threshold_amber, false};
    input.red = (struct rag_tolerance){definition->threshold_red, false};
    return input;
}

const char *definition_fault(const struct definition *definition)
{
    if (definition->rule == RAG_RULE_THRESHOLDS)
        return definition->thresholds_ok ? "" : "BAD_THRESHOLDS";
    return definition->tolerances_ok ? "" : "BAD_TOLERANCE";
}
