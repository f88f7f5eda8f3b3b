#include "domain/spc.h"

#include "common/arena.h"

static const struct decimal limit_factor = {266, 2};   /* 2.66 */
static const struct decimal screen_factor = {3267, 3}; /* 3.267 */

/* ---- limits ---- */

/* Moving ranges not dropped: their sum and number. */
struct ranges {
    struct decimal sum;
    size_t count;
};

static enum decimal_error moving_range(const struct spc_input *input, size_t index,
                                       struct decimal *out_range)
{
    enum decimal_error error =
        decimal_sub(input->points[index], input->points[index - 1], out_range);
    if (error == DECIMAL_OK) *out_range = decimal_abs(*out_range);
    return error;
}

/* Whether range >= 3.267 x sum / count, multiplied out. */
static enum decimal_error is_dropped(struct decimal range, const struct ranges *all,
                                     bool *out_dropped)
{
    struct decimal left, right;
    enum decimal_error error = decimal_mul(range, decimal_from_int((int64_t)all->count), &left);
    if (error == DECIMAL_OK) error = decimal_mul(all->sum, screen_factor, &right);
    if (error == DECIMAL_OK) *out_dropped = decimal_compare(left, right) >= 0;
    return error;
}

/* Sums the ranges of the baseline; without those that `screen` (NULL: none) has dropped. */
static enum decimal_error sum_ranges(const struct spc_input *input, size_t baseline,
                                     const struct ranges *screen, struct ranges *out_ranges)
{
    struct ranges ranges = {decimal_from_int(0), 0};
    enum decimal_error error = DECIMAL_OK;
    for (size_t i = 1; i < baseline && error == DECIMAL_OK; i++) {
        struct decimal range;
        bool dropped = false;
        error = moving_range(input, i, &range);
        if (error == DECIMAL_OK && screen != NULL) error = is_dropped(range, screen, &dropped);
        if (error != DECIMAL_OK || dropped) continue;
        error = decimal_add(ranges.sum, range, &ranges.sum);
        ranges.count++;
    }
    *out_ranges = ranges;
    return error;
}

static enum decimal_error find_ranges(const struct spc_input *input, struct spc_result *result,
                                      struct ranges *out_ranges)
{
    struct ranges all;
    enum decimal_error error = sum_ranges(input, result->baseline, NULL, &all);
    *out_ranges = all;
    if (error == DECIMAL_OK && input->screened && !decimal_is_zero(all.sum))
        error = sum_ranges(input, result->baseline, &all, out_ranges);
    result->dropped = all.count - out_ranges->count;
    return error;
}

/* sum x factor / count, rounded once. */
static enum decimal_error scaled_mean(struct decimal sum, struct decimal factor, size_t count,
                                      struct decimal *out_value)
{
    struct decimal times;
    enum decimal_error error = decimal_mul(sum, factor, &times);
    if (error != DECIMAL_OK) return error;
    return decimal_div(times, decimal_from_int((int64_t)count), SPC_DECIMALS, out_value);
}

/* mean +- spread. */
static enum decimal_error set_around(struct decimal mean, struct decimal spread,
                                     struct decimal *out_lower, struct decimal *out_upper)
{
    enum decimal_error error = decimal_sub(mean, spread, out_lower);
    return error == DECIMAL_OK ? decimal_add(mean, spread, out_upper) : error;
}

static enum decimal_error find_limits(const struct spc_input *input, struct spc_result *result)
{
    struct decimal sum = decimal_from_int(0), one = decimal_from_int(1), spread, near;
    struct ranges ranges = {sum, 0};
    enum decimal_error error = DECIMAL_OK;
    for (size_t i = 0; i < result->baseline && error == DECIMAL_OK; i++)
        error = decimal_add(sum, input->points[i], &sum);
    if (error == DECIMAL_OK) error = scaled_mean(sum, one, result->baseline, &result->mean);
    if (error == DECIMAL_OK) error = find_ranges(input, result, &ranges);
    if (error == DECIMAL_OK)
        error = scaled_mean(ranges.sum, one, ranges.count, &result->mean_range);
    if (error == DECIMAL_OK)
        error = scaled_mean(ranges.sum, limit_factor, ranges.count, &spread);
    if (error == DECIMAL_OK) error = decimal_add(ranges.sum, ranges.sum, &sum);
    if (error == DECIMAL_OK) error = scaled_mean(sum, limit_factor, 3 * ranges.count, &near);
    if (error == DECIMAL_OK)
        error = set_around(result->mean, spread, &result->lower, &result->upper);
    if (error == DECIMAL_OK)
        error = set_around(result->mean, near, &result->near_lower, &result->near_upper);
    return error;
}

/* ---- special causes ---- */

/* A later rule never overwrites an earlier one. */
static void mark_point(struct spc_mark *mark, enum spc_special special, enum spc_side side)
{
    if (mark->special == SPC_COMMON) *mark = (struct spc_mark){special, side};
}

static enum spc_side side_of(struct decimal value, struct decimal line)
{
    int order = decimal_compare(value, line);
    return order > 0 ? SPC_SIDE_HIGH : order < 0 ? SPC_SIDE_LOW : SPC_SIDE_NONE;
}

static enum spc_side outside(const struct spc_result *result, struct decimal value)
{
    if (decimal_compare(value, result->upper) > 0) return SPC_SIDE_HIGH;
    return decimal_compare(value, result->lower) < 0 ? SPC_SIDE_LOW : SPC_SIDE_NONE;
}

/* On which side it lies between near limit and limit. */
static enum spc_side near_limit(const struct spc_result *result, struct decimal value)
{
    if (outside(result, value) != SPC_SIDE_NONE) return SPC_SIDE_NONE;
    if (decimal_compare(value, result->near_upper) > 0) return SPC_SIDE_HIGH;
    return decimal_compare(value, result->near_lower) < 0 ? SPC_SIDE_LOW : SPC_SIDE_NONE;
}

static void mark_outside(const struct spc_input *input, const struct spc_result *result,
                         struct spc_mark *marks)
{
    for (size_t i = 0; i < input->count; i++) {
        enum spc_side side = outside(result, input->points[i]);
        if (side != SPC_SIDE_NONE) mark_point(&marks[i], SPC_OUTSIDE, side);
    }
}

/* Marks the run of `size` points that ends before `end`, or its newest point if the others are
 * marked already; nothing while the run is short. */
static void mark_run(struct spc_mark *marks, size_t end, size_t size, struct spc_mark mark)
{
    if (size < SPC_RUN || mark.side == SPC_SIDE_NONE) return;
    for (size_t i = size == SPC_RUN ? end - size : end - 1; i < end; i++)
        mark_point(&marks[i], mark.special, mark.side);
}

static void mark_trends(const struct spc_input *input, struct spc_mark *marks)
{
    enum spc_side run_side = SPC_SIDE_NONE;
    size_t size = 1;
    for (size_t i = 1; i < input->count; i++) {
        enum spc_side side = side_of(input->points[i], input->points[i - 1]);
        size = side == run_side && side != SPC_SIDE_NONE ? size + 1 : 2;
        run_side = side;
        mark_run(marks, i + 1, size, (struct spc_mark){SPC_TREND, side});
    }
}

static void mark_near_limits(const struct spc_input *input, const struct spc_result *result,
                             struct spc_mark *marks)
{
    enum spc_side sides[3]; /* of the three newest points */
    for (size_t i = 0; i < input->count; i++) {
        size_t high = 0, low = 0;
        sides[i % 3] = near_limit(result, input->points[i]);
        for (size_t j = 0; j < 3 && i >= 2; j++) {
            high += sides[j] == SPC_SIDE_HIGH;
            low += sides[j] == SPC_SIDE_LOW;
        }
        enum spc_side side = high >= 2  ? SPC_SIDE_HIGH
                             : low >= 2 ? SPC_SIDE_LOW
                                        : SPC_SIDE_NONE;
        for (size_t j = 0; j < 3 && side != SPC_SIDE_NONE; j++)
            if (sides[(i - j) % 3] == side) mark_point(&marks[i - j], SPC_NEAR_LIMIT, side);
    }
}

static void mark_sides(const struct spc_input *input, const struct spc_result *result,
                       struct spc_mark *marks)
{
    enum spc_side run_side = SPC_SIDE_NONE;
    size_t size = 0;
    for (size_t i = 0; i < input->count; i++) {
        enum spc_side side = side_of(input->points[i], result->mean);
        size = side == run_side ? size + 1 : 1;
        run_side = side;
        mark_run(marks, i + 1, size, (struct spc_mark){SPC_ONE_SIDE, side});
    }
}

/* ---- icons ---- */

static enum spc_variation variation_of(enum rag_polarity polarity, struct spc_mark latest)
{
    if (latest.special == SPC_COMMON) return SPC_VARIATION_COMMON_CAUSE;
    if (polarity != RAG_POLARITY_MAX && polarity != RAG_POLARITY_MIN)
        return SPC_VARIATION_NEUTRAL;
    bool good = (latest.side == SPC_SIDE_HIGH) == (polarity == RAG_POLARITY_MAX);
    return good ? SPC_VARIATION_IMPROVEMENT : SPC_VARIATION_CONCERN;
}

static enum spc_assurance assurance_of(const struct spc_input *input,
                                       const struct spc_result *result)
{
    bool range = input->polarity == RAG_POLARITY_RANGE;
    bool from_low = input->polarity == RAG_POLARITY_MAX || range;
    bool from_high = input->polarity == RAG_POLARITY_MIN || range;
    struct decimal high = range ? input->target_high : input->target;
    if (!input->has_target || (!from_low && !from_high)) return SPC_ASSURANCE_NONE;
    bool fails = (from_low && decimal_compare(result->upper, input->target) < 0) ||
                 (from_high && decimal_compare(result->lower, high) > 0);
    bool passes = (!from_low || decimal_compare(result->lower, input->target) >= 0) &&
                  (!from_high || decimal_compare(result->upper, high) <= 0);
    return fails ? SPC_ASSURANCE_FAIL : passes ? SPC_ASSURANCE_PASS : SPC_ASSURANCE_HIT_OR_MISS;
}

struct spc_result spc_analyse(const struct spc_input *input, struct arena *arena)
{
    struct spc_result result = {.baseline = input->baseline};
    if (result.baseline == 0 || result.baseline > input->count) result.baseline = input->count;
    if (result.baseline < 2) {
        result.reason = SPC_REASON_TOO_FEW;
        return result;
    }
    result.trial = result.baseline < SPC_FIRM_POINTS;
    if (find_limits(input, &result) != DECIMAL_OK)
        return (struct spc_result){.reason = SPC_REASON_OVERFLOW};
    struct spc_mark *marks = arena_zalloc(arena, input->count * sizeof *marks);
    mark_outside(input, &result, marks);
    mark_trends(input, marks);
    mark_near_limits(input, &result, marks);
    mark_sides(input, &result, marks);
    result.marks = marks;
    result.variation = variation_of(input->polarity, marks[input->count - 1]);
    result.assurance = assurance_of(input, &result);
    return result;
}

/* ---- names ---- */

const char *spc_special_name(enum spc_special special)
{
    static const char *const names[] = {"COMMON", "OUTSIDE", "TREND", "NEAR_LIMIT", "ONE_SIDE"};
    return names[special];
}

const char *spc_side_name(enum spc_side side)
{
    static const char *const names[] = {"", "HIGH", "LOW"};
    return names[side];
}

const char *spc_variation_name(enum spc_variation variation)
{
    static const char *const names[] = {"COMMON_CAUSE", "IMPROVEMENT", "CONCERN", "NEUTRAL"};
    return names[variation];
}

const char *spc_assurance_name(enum spc_assurance assurance)
{
    static const char *const names[] = {"", "CONSISTENTLY_PASS", "HIT_OR_MISS",
                                        "CONSISTENTLY_FAIL"};
    return names[assurance];
}

const char *spc_reason_name(enum spc_reason reason)
{
    static const char *const names[] = {"", "TOO_FEW", "OVERFLOW"};
    return names[reason];
}
