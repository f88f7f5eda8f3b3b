#include "domain/trend.h"

#define PERCENT_DECIMALS 4

/* Figures are compared `count`-fold, so that a mean stays the sum of its parts. */
struct comparison {
    struct decimal current; /* count x current */
    struct decimal sum;     /* sum of the comparators */
    size_t count;
};

static struct trend_result unknown(enum trend_reason reason)
{
    return (struct trend_result){.direction = TREND_UNKNOWN, .reason = reason};
}

static bool has_polarity(const struct trend_rule *rule)
{
    if (rule->polarity == RAG_POLARITY_RANGE) return rule->has_range;
    return rule->polarity != RAG_POLARITY_NONE;
}

/* How far `figure` (count-fold) lies outside the range, count-fold. */
static enum decimal_error distance(const struct trend_rule *rule, struct decimal figure,
                                   size_t count, struct decimal *out_distance)
{
    struct decimal times = decimal_from_int((int64_t)count), low, high;
    enum decimal_error error = decimal_mul(rule->low, times, &low);
    if (error == DECIMAL_OK) error = decimal_mul(rule->high, times, &high);
    if (error != DECIMAL_OK) return error;
    if (decimal_compare(figure, low) < 0) return decimal_sub(low, figure, out_distance);
    if (decimal_compare(figure, high) > 0) return decimal_sub(figure, high, out_distance);
    *out_distance = decimal_from_int(0);
    return DECIMAL_OK;
}

/* The change, count-fold, positive when better (without polarity: when higher). */
static enum decimal_error find_change(const struct trend_rule *rule,
                                      const struct comparison *pair, struct decimal *out_change)
{
    if (rule->polarity == RAG_POLARITY_MIN)
        return decimal_sub(pair->sum, pair->current, out_change);
    if (rule->polarity != RAG_POLARITY_RANGE || !rule->has_range)
        return decimal_sub(pair->current, pair->sum, out_change);
    struct decimal before, now;
    enum decimal_error error = distance(rule, pair->sum, pair->count, &before);
    if (error == DECIMAL_OK) error = distance(rule, pair->current, pair->count, &now);
    return error == DECIMAL_OK ? decimal_sub(before, now, out_change) : error;
}

static enum trend_direction direction_of(const struct trend_rule *rule, struct decimal change,
                                         bool material)
{
    if (!material) return TREND_NO_CHANGE;
    bool up = decimal_sign(change) > 0;
    if (has_polarity(rule)) return up ? TREND_IMPROVING : TREND_GETTING_WORSE;
    return up ? TREND_INCREASING : TREND_DECREASING;
}

static void add_percent(struct trend_result *result, const struct trend_rule *rule,
                        struct decimal change, struct decimal sum)
{
    struct decimal hundredfold;
    if (rule->polarity == RAG_POLARITY_RANGE && rule->has_range) return;
    if (decimal_mul(change, decimal_from_int(100), &hundredfold) != DECIMAL_OK) return;
    result->has_percent = decimal_div(hundredfold, decimal_abs(sum), PERCENT_DECIMALS,
                                      &result->change_percent) == DECIMAL_OK;
}

/* The change of one figure, not of `count`. */
static enum decimal_error single_change(struct decimal change, size_t count,
                                        struct decimal *out_change)
{
    int scale = change.scale + 4 < DECIMAL_MAX_SCALE ? change.scale + 4 : DECIMAL_MAX_SCALE;
    if (count > 1)
        return decimal_div(change, decimal_from_int((int64_t)count), scale, out_change);
    *out_change = change;
    return DECIMAL_OK;
}

static struct trend_result judge(const struct trend_rule *rule, const struct comparison *pair)
{
    struct trend_result result = {.comparators = pair->count, .sum = pair->sum};
    struct rag_tolerance materiality = rule->materiality;
    struct decimal times = decimal_from_int((int64_t)pair->count), change;
    bool within = false;
    if (decimal_sign(materiality.amount) < 0) return unknown(TREND_REASON_BAD_MATERIALITY);
    enum decimal_error error = find_change(rule, pair, &change);
    /* An absolute tolerance is of one figure, ours are count-fold; percent is of the sum
     * anyway. */
    if (error == DECIMAL_OK && !materiality.percent)
        error = decimal_mul(materiality.amount, times, &materiality.amount);
    if (error == DECIMAL_OK)
        error = rag_within(decimal_abs(change), materiality, pair->sum, &within);
    if (error == DECIMAL_OK) error = single_change(change, pair->count, &result.change);
    if (error != DECIMAL_OK) return unknown(TREND_REASON_OVERFLOW);
    result.direction = direction_of(rule, change, !within);
    add_percent(&result, rule, change, pair->sum);
    return result;
}

struct trend_result trend_short(const struct trend_rule *rule,
                                const struct trend_point *current,
                                const struct trend_point *comparator, bool break_between)
{
    if (!current->has_value) return unknown(TREND_REASON_NO_VALUE);
    if (!comparator->has_value) return unknown(TREND_REASON_NO_COMPARATOR);
    if (break_between || current->is_break) return unknown(TREND_REASON_BREAK);
    return judge(rule, &(struct comparison){current->value, comparator->value, 1});
}

/* How many periods are looked at. */
static size_t periods_of(const struct trend_past *past)
{
    size_t wanted = past->wanted == 0 ? TREND_LONG_COMPARATORS : past->wanted;
    if (wanted > TREND_LONG_MAXIMUM) wanted = TREND_LONG_MAXIMUM;
    return wanted < past->count ? wanted : past->count;
}

/* Sums the comparators; sets whether the series is broken between them or before the current.
 */
static enum decimal_error sum_up(const struct trend_point *current,
                                 const struct trend_past *past, struct comparison *pair,
                                 bool *out_broken)
{
    const struct trend_point *preceding = past->points;
    size_t count = periods_of(past);
    bool break_seen = current->is_break;
    enum decimal_error error = DECIMAL_OK;
    *out_broken = false;
    for (size_t i = 0; i < count && error == DECIMAL_OK; i++) {
        if (preceding[i].has_value) {
            if (break_seen) *out_broken = true;
            error = decimal_add(pair->sum, preceding[i].value, &pair->sum);
            pair->count++;
        }
        if (preceding[i].is_break) break_seen = true;
    }
    return error;
}

struct trend_result trend_long(const struct trend_rule *rule, const struct trend_point *current,
                               const struct trend_past *past)
{
    struct comparison pair = {.sum = decimal_from_int(0)};
    bool broken;
    if (!current->has_value) return unknown(TREND_REASON_NO_VALUE);
    enum decimal_error error = sum_up(current, past, &pair, &broken);
    if (pair.count < TREND_LONG_MINIMUM) return unknown(TREND_REASON_NO_COMPARATOR);
    if (broken) return unknown(TREND_REASON_BREAK);
    if (error == DECIMAL_OK)
        error =
            decimal_mul(current->value, decimal_from_int((int64_t)pair.count), &pair.current);
    if (error != DECIMAL_OK) return unknown(TREND_REASON_OVERFLOW);
    return judge(rule, &pair);
}

bool trend_is_maintained(enum trend_direction direction)
{
    return direction == TREND_IMPROVING || direction == TREND_NO_CHANGE;
}

const char *trend_direction_name(enum trend_direction direction)
{
    static const char *const names[] = {"UNKNOWN",       "IMPROVING",  "NO_CHANGE",
                                        "GETTING_WORSE", "INCREASING", "DECREASING"};
    return names[direction];
}

const char *trend_reason_name(enum trend_reason reason)
{
    static const char *const names[] = {"",      "NO_VALUE",        "NO_COMPARATOR",
                                        "BREAK", "BAD_MATERIALITY", "OVERFLOW"};
    return names[reason];
}
