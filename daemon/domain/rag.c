#include "domain/rag.h"

#define PERCENT_DECIMALS 4

struct rag_tolerance rag_default_amber(void)
{
    return (struct rag_tolerance){decimal_from_int(0), false};
}

struct rag_tolerance rag_default_red(void)
{
    return (struct rag_tolerance){decimal_from_int(5), true};
}

enum decimal_error rag_within(struct decimal d, struct rag_tolerance tolerance,
                              struct decimal base, bool *out_within)
{
    struct decimal left = d, right = tolerance.amount;
    enum decimal_error error = DECIMAL_OK;
    if (tolerance.percent) {
        error = decimal_mul(d, decimal_from_int(100), &left);
        if (error == DECIMAL_OK) error = decimal_mul(right, decimal_abs(base), &right);
    }
    if (error == DECIMAL_OK) *out_within = decimal_compare(left, right) <= 0;
    return error;
}

static struct rag_result unknown(enum rag_reason reason)
{
    return (struct rag_result){.status = RAG_UNKNOWN, .reason = reason};
}

/* d of section 5, and the bound it is measured from. */
static enum decimal_error find_shortfall(const struct rag_input *input, struct decimal *out_d,
                                         struct decimal *out_base)
{
    struct decimal low = input->target, high = input->target;
    if (input->polarity == RAG_POLARITY_RANGE) {
        high = input->target_high;
        bool inside =
            decimal_compare(input->value, low) >= 0 && decimal_compare(input->value, high) <= 0;
        if (inside) {
            *out_d = decimal_from_int(0);
            *out_base = low;
            return DECIMAL_OK;
        }
    }
    bool from_low =
        input->polarity == RAG_POLARITY_MAX ||
        (input->polarity == RAG_POLARITY_RANGE && decimal_compare(input->value, low) < 0);
    *out_base = from_low ? low : high;
    return from_low ? decimal_sub(low, input->value, out_d)
                    : decimal_sub(input->value, high, out_d);
}

/* 100 d / |base|; absent when the base is zero or the figure too long. */
static void add_percent(struct rag_result *result, struct decimal base)
{
    struct decimal hundredfold;
    if (decimal_mul(result->shortfall, decimal_from_int(100), &hundredfold) != DECIMAL_OK)
        return;
    result->has_percent = decimal_div(hundredfold, decimal_abs(base), PERCENT_DECIMALS,
                                      &result->shortfall_percent) == DECIMAL_OK;
}

static bool is_percent_of_zero(struct rag_tolerance tolerance, struct decimal base)
{
    return tolerance.percent && !decimal_is_zero(tolerance.amount) && decimal_is_zero(base);
}

/* Everything that makes a judgement impossible before it begins. */
static enum rag_reason check_input(const struct rag_input *input)
{
    if (!input->has_value) return RAG_REASON_NO_VALUE;
    if (input->polarity == RAG_POLARITY_NONE) return RAG_REASON_NO_POLARITY;
    if (input->rule == RAG_RULE_THRESHOLDS)
        return input->polarity == RAG_POLARITY_RANGE ? RAG_REASON_NO_POLARITY : RAG_REASON_NONE;
    if (decimal_sign(input->amber.amount) < 0 || decimal_sign(input->red.amount) < 0)
        return RAG_REASON_BAD_TOLERANCE;
    if (input->polarity == RAG_POLARITY_RANGE &&
        decimal_compare(input->target, input->target_high) > 0)
        return RAG_REASON_BAD_RANGE;
    return RAG_REASON_NONE;
}

static bool reaches(const struct rag_input *input, struct decimal level)
{
    int order = decimal_compare(input->value, level);
    return input->polarity == RAG_POLARITY_MAX ? order >= 0 : order <= 0;
}

/* The status of the levels themselves; no shortfall, as there is no target. */
static struct rag_result judge_thresholds(const struct rag_input *input)
{
    struct rag_result result = {.status = RAG_ALERT};
    if (reaches(input, input->red.amount)) result.status = RAG_WARNING;
    if (reaches(input, input->amber.amount)) result.status = RAG_OK;
    return result;
}

static enum rag_status rate(const struct rag_input *input, struct decimal d, bool within_amber,
                            bool within_red)
{
    if (within_amber) return input->strict && decimal_sign(d) >= 0 ? RAG_WARNING : RAG_OK;
    if (input->strict && decimal_is_zero(d)) return RAG_WARNING;
    if (input->rule == RAG_RULE_IMPROVED) return input->improved ? RAG_WARNING : RAG_ALERT;
    return within_red ? RAG_WARNING : RAG_ALERT;
}

static struct rag_result judge_shortfall(const struct rag_input *input)
{
    struct rag_result result = {.has_shortfall = true};
    struct decimal base;
    bool amber = false, red = false;
    if (find_shortfall(input, &result.shortfall, &base) != DECIMAL_OK)
        return unknown(RAG_REASON_OVERFLOW);
    bool inside_range =
        input->polarity == RAG_POLARITY_RANGE && decimal_is_zero(result.shortfall);
    bool red_counts = input->rule == RAG_RULE_TOLERANCE;
    add_percent(&result, base);
    if (!inside_range && (is_percent_of_zero(input->amber, base) ||
                          (red_counts && is_percent_of_zero(input->red, base)))) {
        result.reason = RAG_REASON_ZERO_TARGET;
        return result;
    }
    if (rag_within(result.shortfall, input->amber, base, &amber) != DECIMAL_OK ||
        rag_within(result.shortfall, input->red, base, &red) != DECIMAL_OK)
        return unknown(RAG_REASON_OVERFLOW);
    result.status = rate(input, result.shortfall, amber, red);
    return result;
}

struct rag_result rag_judge(const struct rag_input *input)
{
    if (input->data_only) return (struct rag_result){.status = RAG_DATA_ONLY};
    if (!input->has_target && input->rule != RAG_RULE_THRESHOLDS)
        return (struct rag_result){.status = RAG_NO_TARGET};
    enum rag_reason reason = check_input(input);
    if (reason != RAG_REASON_NONE) return unknown(reason);
    return input->rule == RAG_RULE_THRESHOLDS ? judge_thresholds(input)
                                              : judge_shortfall(input);
}

const char *rag_status_name(enum rag_status status)
{
    static const char *const names[] = {"UNKNOWN", "OK",        "WARNING",
                                        "ALERT",   "DATA_ONLY", "NO_TARGET"};
    return names[status];
}

const char *rag_reason_name(enum rag_reason reason)
{
    static const char *const names[] = {
        "", "NO_VALUE", "NO_POLARITY", "ZERO_TARGET", "BAD_TOLERANCE", "BAD_RANGE", "OVERFLOW"};
    return names[reason];
}
