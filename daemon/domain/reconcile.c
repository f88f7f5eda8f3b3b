#include "domain/reconcile.h"

/* Fills the difference; UNKNOWN when it has too many digits. */
static struct reconcile_result compare(enum reconcile_check check, struct decimal left,
                                       struct decimal right)
{
    struct reconcile_result result = {.check = check, .left = left, .right = right};
    result.outcome = RECONCILE_UNKNOWN;
    if (decimal_sub(left, right, &result.difference) == DECIMAL_OK)
        result.outcome =
            decimal_is_zero(result.difference) ? RECONCILE_AGREES : RECONCILE_DIFFERS;
    return result;
}

struct reconcile_result reconcile_sum(const struct reconcile_figure *parts, size_t count,
                                      struct reconcile_figure total, struct decimal tolerance)
{
    struct decimal sum = decimal_from_int(0);
    enum decimal_error error = DECIMAL_OK;
    size_t present = 0;
    for (size_t i = 0; i < count && error == DECIMAL_OK; i++) {
        if (!parts[i].has_value) continue;
        error = decimal_add(sum, parts[i].value, &sum);
        present++;
    }
    struct decimal right = total.has_value ? total.value : decimal_from_int(0);
    struct reconcile_result result = compare(RECONCILE_SUM, sum, right);
    result.count = present;
    result.missing = count - present;
    bool near = decimal_compare(decimal_abs(result.difference), tolerance) <= 0;
    if (result.outcome == RECONCILE_DIFFERS && near) result.outcome = RECONCILE_WITHIN;
    if (error != DECIMAL_OK || result.missing > 0 || !total.has_value || count == 0)
        result.outcome = RECONCILE_UNKNOWN;
    return result;
}

struct reconcile_result reconcile_parts(struct decimal numerator, struct decimal denominator)
{
    struct reconcile_result result = compare(RECONCILE_PARTS, numerator, denominator);
    bool fits = decimal_compare(numerator, denominator) <= 0;
    result.outcome = fits ? RECONCILE_AGREES : RECONCILE_DIFFERS;
    return result;
}

struct reconcile_result reconcile_percent(struct decimal percent, bool may_pass)
{
    struct decimal bound = decimal_from_int(decimal_sign(percent) < 0 ? 0 : 100);
    struct reconcile_result result = compare(RECONCILE_PERCENT, percent, bound);
    bool inside =
        decimal_sign(percent) >= 0 && decimal_compare(percent, decimal_from_int(100)) <= 0;
    result.outcome = inside     ? RECONCILE_AGREES
                     : may_pass ? RECONCILE_WITHIN
                                : RECONCILE_DIFFERS;
    return result;
}

struct reconcile_result reconcile_count(size_t listed, size_t stated)
{
    struct reconcile_result result = compare(RECONCILE_COUNT, decimal_from_int((int64_t)listed),
                                             decimal_from_int((int64_t)stated));
    result.count = listed;
    return result;
}

const char *reconcile_check_name(enum reconcile_check check)
{
    static const char *const names[] = {"SUM", "PARTS", "PERCENT", "COUNT"};
    return names[check];
}

const char *reconcile_outcome_name(enum reconcile_outcome outcome)
{
    static const char *const names[] = {"AGREES", "WITHIN", "DIFFERS", "UNKNOWN"};
    return names[outcome];
}
