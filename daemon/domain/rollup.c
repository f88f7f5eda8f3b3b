#include "domain/rollup.h"

/* Drops trailing zeros of a quotient: they claim a precision nobody measured. */
static struct decimal trim(struct decimal value)
{
    while (value.scale > 0 && value.coefficient % 10 == 0) {
        value.coefficient /= 10;
        value.scale--;
    }
    return value;
}

static enum decimal_error divide(struct decimal a, struct decimal b, struct decimal *out_value)
{
    enum decimal_error error = decimal_div(a, b, ROLLUP_DECIMALS, out_value);
    if (error == DECIMAL_OK) *out_value = trim(*out_value);
    return error;
}

static void finish(struct rollup_result *result, enum decimal_error error)
{
    result->has_value = error == DECIMAL_OK;
    if (error == DECIMAL_DIVISION_BY_ZERO)
        result->reason = ROLLUP_REASON_DIV0;
    else if (error != DECIMAL_OK)
        result->reason = ROLLUP_REASON_OVERFLOW;
}

/* Whether the child has what the method works on. */
static bool is_usable(const struct rollup_child *child, enum rollup_method method)
{
    return child->has_value && (method != ROLLUP_RATIO || child->has_parts);
}

static void add_ratio(struct rollup_result *result, const struct rollup_rule *rule,
                      const struct rollup_child *children)
{
    struct decimal top = decimal_from_int(0), bottom = decimal_from_int(0), times;
    enum decimal_error error = DECIMAL_OK;
    for (size_t i = 0; i < result->expected && error == DECIMAL_OK; i++) {
        if (!is_usable(&children[i], ROLLUP_RATIO)) continue;
        error = decimal_add(top, children[i].numerator, &top);
        if (error == DECIMAL_OK) error = decimal_add(bottom, children[i].denominator, &bottom);
    }
    result->has_parts = error == DECIMAL_OK;
    result->numerator = top;
    result->denominator = bottom;
    if (error == DECIMAL_OK) error = decimal_mul(top, decimal_from_int(rule->per), &times);
    if (error == DECIMAL_OK) error = divide(times, bottom, &result->value);
    finish(result, error);
}

static void add_sum(struct rollup_result *result, const struct rollup_child *children)
{
    struct decimal sum = decimal_from_int(0);
    enum decimal_error error = DECIMAL_OK;
    for (size_t i = 0; i < result->expected && error == DECIMAL_OK; i++)
        if (children[i].has_value) error = decimal_add(sum, children[i].value, &sum);
    result->value = sum;
    if (error == DECIMAL_OK && result->method == ROLLUP_MEAN)
        error = divide(sum, decimal_from_int((int64_t)result->used), &result->value);
    finish(result, error);
}

/* LAST, MIN, MAX: one child stands for all. */
static void add_chosen(struct rollup_result *result, const struct rollup_child *children)
{
    const struct rollup_child *chosen = NULL;
    int sign = result->method == ROLLUP_MAX ? 1 : -1;
    for (size_t i = 0; i < result->expected; i++) {
        const struct rollup_child *child = &children[i];
        if (!child->has_value) continue;
        if (chosen == NULL || result->method == ROLLUP_LAST ||
            decimal_compare(child->value, chosen->value) * sign > 0)
            chosen = child;
    }
    if (chosen == NULL) return; /* check sees to it that one is there */
    result->has_value = true;
    result->value = chosen->value;
    result->has_parts = chosen->has_parts;
    result->numerator = chosen->numerator;
    result->denominator = chosen->denominator;
}

static bool lacks_parts(const struct rollup_child *children, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (children[i].has_value && !children[i].has_parts) return true;
    return false;
}

/* The method as it applies to the rule's unit. */
static enum rollup_method method_for(const struct rollup_rule *rule)
{
    bool averaged = rule->method == ROLLUP_SUM || rule->method == ROLLUP_MEAN;
    return rule->is_share && averaged ? ROLLUP_RATIO : rule->method;
}

/* What forbids a figure before anything is computed. */
static enum rollup_reason check(const struct rollup_rule *rule,
                                const struct rollup_result *result,
                                const struct rollup_child *children)
{
    bool needs_parts =
        result->method == ROLLUP_RATIO || (rule->is_share && result->method != ROLLUP_LAST);
    if (result->method == ROLLUP_NONE) return ROLLUP_REASON_NO_METHOD;
    if (needs_parts && lacks_parts(children, result->expected)) return ROLLUP_REASON_NO_PARTS;
    if (result->used == 0) return ROLLUP_REASON_INCOMPLETE;
    bool whole = result->method == ROLLUP_LAST ? children[result->expected - 1].has_value
                                               : result->used == result->expected;
    if (rule->completeness == ROLLUP_STRICT && !whole) return ROLLUP_REASON_INCOMPLETE;
    return ROLLUP_REASON_NONE;
}

struct rollup_result rollup_apply(const struct rollup_rule *rule,
                                  const struct rollup_child *children, size_t count)
{
    struct rollup_result result = {.method = method_for(rule), .expected = count};
    for (size_t i = 0; i < count; i++)
        result.used += is_usable(&children[i], result.method);
    result.reason = check(rule, &result, children);
    if (result.reason != ROLLUP_REASON_NONE) return result;
    result.partial = result.used < count;
    if (result.method == ROLLUP_RATIO)
        add_ratio(&result, rule, children);
    else if (result.method == ROLLUP_SUM || result.method == ROLLUP_MEAN)
        add_sum(&result, children);
    else
        add_chosen(&result, children);
    return result;
}

struct rollup_result rollup_to_date(const struct rollup_rule *rule,
                                    const struct rollup_child *children, size_t count,
                                    const struct period *through)
{
    struct period year;
    size_t first = 0, end = 0;
    if (!period_of_day(PERIOD_YEAR, through->end_day, &year))
        return (struct rollup_result){.reason = ROLLUP_REASON_INCOMPLETE};
    while (first < count && children[first].period.start_day < year.start_day)
        first++;
    for (end = first; end < count && children[end].period.end_day <= through->end_day;)
        end++;
    return rollup_apply(rule, children + first, end - first);
}

bool rollup_target_at(const struct rollup_profile *profile, int part,
                      struct decimal *out_target)
{
    struct decimal times;
    if (part < 1 || part > profile->parts) return false;
    if (profile->listed != NULL) {
        *out_target = profile->listed[part - 1];
        return true;
    }
    return decimal_mul(profile->annual, decimal_from_int(part), &times) == DECIMAL_OK &&
           divide(times, decimal_from_int(profile->parts), out_target) == DECIMAL_OK;
}

const char *rollup_method_name(enum rollup_method method)
{
    static const char *const names[] = {"none", "sum", "mean", "last", "min", "max", "ratio"};
    return names[method];
}

const char *rollup_reason_name(enum rollup_reason reason)
{
    static const char *const names[] = {"",          "INCOMPLETE", "NO_PARTS",
                                        "NO_METHOD", "DIV0",       "OVERFLOW"};
    return names[reason];
}
