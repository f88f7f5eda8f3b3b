#include "domain/benchmark.h"

#include "common/arena.h"

#include <stdlib.h>
#include <string.h>

bool benchmark_rank(enum rag_polarity polarity, const struct decimal *values, size_t count,
                    size_t own, struct benchmark_rank *out_rank)
{
    if (own >= count) return false;
    if (polarity != RAG_POLARITY_MAX && polarity != RAG_POLARITY_MIN) return false;
    int better = polarity == RAG_POLARITY_MAX ? 1 : -1;
    struct benchmark_rank rank = {.rank = 1, .of = count};
    for (size_t i = 0; i < count; i++) {
        int order = decimal_compare(values[i], values[own]);
        rank.rank += order == better;
        rank.sharing += order == 0 && i != own;
    }
    rank.quartile = (4 * rank.rank + count - 1) / count;
    *out_rank = rank;
    return true;
}

static bool divide(struct decimal sum, size_t count, struct decimal *out_value)
{
    struct decimal value;
    if (decimal_div(sum, decimal_from_int((int64_t)count), BENCHMARK_DECIMALS, &value) !=
        DECIMAL_OK)
        return false;
    while (value.scale > 0 && value.coefficient % 10 == 0) {
        value.coefficient /= 10;
        value.scale--;
    }
    *out_value = value;
    return true;
}

bool benchmark_mean(const struct decimal *values, size_t count, struct decimal *out_mean)
{
    struct decimal sum = decimal_from_int(0);
    for (size_t i = 0; i < count; i++)
        if (decimal_add(sum, values[i], &sum) != DECIMAL_OK) return false;
    return divide(sum, count, out_mean);
}

static int compare_values(const void *a, const void *b)
{
    const struct decimal *left = a, *right = b;
    return decimal_compare(*left, *right);
}

bool benchmark_median(const struct decimal *values, size_t count, struct arena *arena,
                      struct decimal *out_median)
{
    if (count == 0) return false;
    struct decimal *sorted = arena_memdup(arena, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare_values);
    if (count % 2 == 0) return benchmark_mean(&sorted[count / 2 - 1], 2, out_median);
    *out_median = sorted[count / 2];
    return true;
}

enum benchmark_position benchmark_compare(struct decimal value, struct decimal average,
                                          struct rag_tolerance tolerance)
{
    struct decimal apart;
    bool within = false;
    if (decimal_sub(value, average, &apart) != DECIMAL_OK ||
        rag_within(decimal_abs(apart), tolerance, average, &within) != DECIMAL_OK)
        return BENCHMARK_POSITION_UNKNOWN;
    if (within) return BENCHMARK_AVERAGE;
    return decimal_sign(apart) > 0 ? BENCHMARK_ABOVE : BENCHMARK_BELOW;
}

enum benchmark_judgement benchmark_judge(enum benchmark_position position,
                                         enum rag_polarity polarity)
{
    if (polarity != RAG_POLARITY_MAX && polarity != RAG_POLARITY_MIN)
        return BENCHMARK_NOT_JUDGED;
    if (position == BENCHMARK_POSITION_UNKNOWN) return BENCHMARK_NOT_JUDGED;
    if (position == BENCHMARK_AVERAGE) return BENCHMARK_SAME;
    bool high_is_good = polarity == RAG_POLARITY_MAX;
    return (position == BENCHMARK_ABOVE) == high_is_good ? BENCHMARK_BETTER : BENCHMARK_WORSE;
}

const char *benchmark_position_name(enum benchmark_position position)
{
    static const char *const names[] = {"", "ABOVE", "AVERAGE", "BELOW"};
    return names[position];
}

const char *benchmark_judgement_name(enum benchmark_judgement judgement)
{
    static const char *const names[] = {"", "BETTER", "SAME", "WORSE"};
    return names[judgement];
}

const char *benchmark_trajectory_name(enum benchmark_trajectory trajectory)
{
    static const char *const names[] = {"", "IMPROVING", "STABLE", "DECLINING"};
    return names[trajectory];
}

const char *benchmark_answer_name(enum benchmark_answer answer)
{
    static const char *const names[] = {"INVALID", "STATED",         "BLANK",
                                        "TBC",     "NOT_APPLICABLE", "NOT_AVAILABLE"};
    return names[answer];
}
