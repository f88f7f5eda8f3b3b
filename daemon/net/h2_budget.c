#include "net/h2_budget.h"

#include "common/metrics.h"

enum { TRUSTED_FACTOR = 10, MILLI = 1000 };

/* In tokens. WINDOW_UPDATE as Envoy counts it: a client sends about two per DATA frame it gets. */
static const struct {
    int32_t burst;
    int32_t per_second;
    int32_t per_answer;
    int32_t per_data_frame;
    enum metric_counter metric;
} kind_table[H2_NUISANCES] = {
    [H2_PING] = {200, 20, 1, 1, METRIC_ABUSE_PING},
    [H2_SETTINGS] = {100, 5, 0, 0, METRIC_ABUSE_SETTINGS},
    [H2_RESET] = {1000, 33, 1, 0, METRIC_ABUSE_RAPID_RESET},
    [H2_RESET_CAUSED] = {200, 20, 1, 0, METRIC_ABUSE_RESET_CAUSED},
    [H2_INVALID] = {100, 10, 0, 0, METRIC_ABUSE_INVALID_FRAME},
    [H2_EMPTY_DATA] = {100, 10, 1, 0, METRIC_ABUSE_EMPTY_DATA},
    [H2_WINDOW_UPDATE] = {1000, 200, 4, 4, METRIC_ABUSE_WINDOW_UPDATE},
    [H2_PRIORITY] = {200, 20, 2, 0, METRIC_ABUSE_PRIORITY},
    [H2_CONTINUATION] = {200, 20, 2, 0, METRIC_ABUSE_CONTINUATION},
    [H2_UNKNOWN_FRAME] = {100, 10, 1, 0, METRIC_ABUSE_UNKNOWN_FRAME},
    [H2_HEADER_BOMB] = {20, 1, 0, 0, METRIC_ABUSE_HEADER_BOMB},
    [H2_GZIP_BOMB] = {3, 1, 0, 0, METRIC_ABUSE_GZIP_BOMB},
    [H2_REFUSED_CALL] = {20, 1, 0, 0, METRIC_ABUSE_REFUSED_CALL},
};

void h2_budget_init(struct h2_budget *budget, bool trusted, uint64_t now_ms)
{
    *budget = (struct h2_budget){.born_ms = now_ms, .factor = trusted ? TRUSTED_FACTOR : 1};
    for (unsigned i = 0; i < H2_NUISANCES; i++)
        budget->buckets[i].tokens = kind_table[i].burst * budget->factor * MILLI;
}

/* What has come together since the bucket was last looked at, in thousandths. */
static int64_t earned(const struct h2_budget *budget, enum h2_nuisance nuisance,
                      uint32_t now_ms)
{
    const struct h2_bucket *bucket = &budget->buckets[nuisance];
    int64_t elapsed_ms = now_ms - bucket->filled_ms;
    int64_t answers = budget->answers - bucket->answers;
    int64_t data_frames = budget->data_frames - bucket->data_frames;

    return elapsed_ms * kind_table[nuisance].per_second * budget->factor +
           answers * kind_table[nuisance].per_answer * MILLI +
           data_frames * kind_table[nuisance].per_data_frame * MILLI;
}

bool h2_budget_take(struct h2_budget *budget, enum h2_nuisance nuisance, uint64_t now_ms)
{
    struct h2_bucket *bucket = &budget->buckets[nuisance];
    uint32_t age_ms = (uint32_t)(now_ms - budget->born_ms);
    int64_t full = (int64_t)kind_table[nuisance].burst * budget->factor * MILLI;
    int64_t tokens = bucket->tokens + earned(budget, nuisance, age_ms);

    if (tokens > full) tokens = full;
    bucket->filled_ms = age_ms;
    bucket->answers = budget->answers;
    bucket->data_frames = budget->data_frames;
    if (tokens < MILLI) {
        bucket->tokens = (int32_t)tokens;
        return false;
    }
    bucket->tokens = (int32_t)(tokens - MILLI);
    return true;
}

void h2_budget_credit_answer(struct h2_budget *budget)
{
    budget->answers++;
}

void h2_budget_credit_data(struct h2_budget *budget)
{
    budget->data_frames++;
}

const char *h2_nuisance_name(enum h2_nuisance nuisance)
{
    return metric_counter_table[kind_table[nuisance].metric].value;
}

void h2_nuisance_count(enum h2_nuisance nuisance)
{
    metric_count(kind_table[nuisance].metric);
}
