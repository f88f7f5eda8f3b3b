/* How an indicator compares with others (MODEL.md section 10). */
#include "service/series.h"

#include "domain/benchmark.h"
#include "service/definition.h"
#include "service/resource.h"

#include <string.h>

/* One comparison in the making. */
struct comparison {
    const Provost__V1__Benchmark *benchmark;
    Provost__V1__BenchmarkResult *result;
    enum rag_polarity polarity;
    bool has_own;
    struct decimal own;
};

/* ---- this council's figure ---- */

static struct status read_own(struct series *series, struct comparison *comparison)
{
    struct period period;
    struct figure figure;
    const char *text = comparison->benchmark->period;
    comparison->polarity = definition_polarity(series->out->polarity);
    if (*text == '\0') { /* undated: the latest figure shown */
        for (size_t i = series->out->n_points; i > 0 && !comparison->has_own; i--) {
            char *value = series->out->points[i - 1]->row->value;
            comparison->has_own = decimal_parse(value, &comparison->own) == DECIMAL_OK;
            if (comparison->has_own) comparison->result->value = value;
        }
        return status_ok();
    }
    if (!period_parse(text, &period, NULL)) return status_ok();
    comparison->polarity =
        definition_polarity(definition_at(series->member.indicator, &period).polarity);
    struct status st = figures_get(&series->figures, &period, &figure);
    if (!status_is_ok(st)) return st;
    comparison->has_own = figure_number(figure.observation, &comparison->own);
    if (comparison->has_own) comparison->result->value = figure.observation->value;
    return st;
}

/* ---- comparing ---- */

/* The group's figures, this council's own behind them. */
static struct decimal *read_group(struct arena *arena, const struct comparison *comparison,
                                  size_t *out_count)
{
    const Provost__V1__Benchmark *benchmark = comparison->benchmark;
    struct decimal *values =
        arena_alloc(arena, (benchmark->n_group_values + 1) * sizeof *values);
    *out_count = 0;
    for (size_t i = 0; i < benchmark->n_group_values; i++)
        if (decimal_parse(benchmark->group_values[i], &values[*out_count]) == DECIMAL_OK)
            (*out_count)++;
    values[*out_count] = comparison->own;
    return values;
}

static void add_rank(struct arena *arena, const struct comparison *comparison)
{
    struct benchmark_rank rank;
    size_t count;
    struct decimal *values = read_group(arena, comparison, &count);
    if (count == 0 || !comparison->has_own) return;
    comparison->result->members = (int32_t)count + 1;
    if (!benchmark_rank(comparison->polarity, values, count + 1, count, &rank)) return;
    comparison->result->rank = (int32_t)rank.rank;
    comparison->result->quartile = (int32_t)rank.quartile;
}

/* Their figure, or the mean of the group's. */
static bool read_theirs(struct arena *arena, const struct comparison *comparison,
                        struct decimal *out_value)
{
    size_t count;
    if (decimal_parse(comparison->benchmark->value, out_value) == DECIMAL_OK) {
        comparison->result->comparator_value = comparison->benchmark->value;
        return true;
    }
    struct decimal *values = read_group(arena, comparison, &count);
    if (!benchmark_mean(values, count, out_value)) return false;
    comparison->result->comparator_value = scorecard_number(arena, *out_value);
    return true;
}

static enum benchmark_position position_of(Provost__V1__BenchmarkPosition position)
{
    switch ((int)position) {
    case PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_ABOVE:
        return BENCHMARK_ABOVE;
    case PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_AVERAGE:
        return BENCHMARK_AVERAGE;
    case PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_BELOW:
        return BENCHMARK_BELOW;
    default:
        return BENCHMARK_POSITION_UNKNOWN;
    }
}

static Provost__V1__BenchmarkPosition shown_position(enum benchmark_position position)
{
    static const Provost__V1__BenchmarkPosition positions[] = {
        [BENCHMARK_POSITION_UNKNOWN] =
            PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_UNSPECIFIED,
        [BENCHMARK_ABOVE] = PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_ABOVE,
        [BENCHMARK_AVERAGE] = PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_AVERAGE,
        [BENCHMARK_BELOW] = PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_BELOW,
    };
    return positions[position];
}

static Provost__V1__Comparison shown_judgement(enum benchmark_judgement judgement)
{
    static const Provost__V1__Comparison comparisons[] = {
        [BENCHMARK_NOT_JUDGED] = PROVOST__V1__COMPARISON__COMPARISON_UNSPECIFIED,
        [BENCHMARK_BETTER] = PROVOST__V1__COMPARISON__COMPARISON_BETTER,
        [BENCHMARK_SAME] = PROVOST__V1__COMPARISON__COMPARISON_SAME,
        [BENCHMARK_WORSE] = PROVOST__V1__COMPARISON__COMPARISON_WORSE,
    };
    return comparisons[judgement];
}

/* A position that somebody judged goes before one that figures give. */
static void add_position(struct arena *arena, const struct comparison *comparison)
{
    Provost__V1__BenchmarkResult *result = comparison->result;
    enum benchmark_position position = position_of(comparison->benchmark->position);
    struct decimal theirs;
    bool has_theirs = read_theirs(arena, comparison, &theirs);
    result->position = comparison->benchmark->position;
    if (result->position == PROVOST__V1__BENCHMARK_POSITION__BENCHMARK_POSITION_UNSPECIFIED &&
        has_theirs && comparison->has_own) {
        struct rag_tolerance none = rag_default_amber();
        position = benchmark_compare(comparison->own, theirs, none);
        result->position = shown_position(position);
    }
    result->comparison = shown_judgement(benchmark_judge(position, comparison->polarity));
}

/* ---- the answer ---- */

static bool is_shown(const struct series *series, const Provost__V1__Benchmark *benchmark)
{
    struct period period;
    if (*benchmark->period == '\0' || series->count == 0) return true;
    if (!period_parse(benchmark->period, &period, NULL)) return true;
    return period.end_day >= series->periods[0].start_day &&
           period.start_day <= series->periods[series->count - 1].end_day;
}

static struct status add_benchmark(struct series *series, const struct version *version)
{
    struct arena *arena = series->call->arena;
    const Provost__V1__Benchmark *benchmark = (const void *)version->body;
    struct comparison comparison = {.benchmark = benchmark};
    Provost__V1__BenchmarkResult *result = arena_alloc(arena, sizeof *result);
    provost__v1__benchmark_result__init(result);
    comparison.result = result;
    result->benchmark = resource_name(arena, version->kind, version->id);
    result->period = benchmark->period;
    result->comparator = benchmark->comparator;
    result->position_qualifier = benchmark->position_qualifier;
    result->trajectory = benchmark->trajectory;
    result->trajectory_reason = benchmark->trajectory_reason;
    struct status st = read_own(series, &comparison);
    add_rank(arena, &comparison);
    add_position(arena, &comparison);
    series->out->benchmarks[series->out->n_benchmarks++] = result;
    return st;
}

struct status series_add_benchmarks(struct series *series)
{
    struct found found = {0};
    struct found_query query = {.collection = "benchmarks", .prefix = series->member.id};
    struct status st = found_scan(series->call, &series->card.moment, &query, &found);
    series->out->benchmarks =
        arena_alloc(series->call->arena, found.count * sizeof(Provost__V1__BenchmarkResult *));
    for (size_t i = 0; status_is_ok(st) && i < found.count; i++)
        if (is_shown(series, (const void *)found.items[i].body))
            st = add_benchmark(series, &found.items[i]);
    return st;
}
