#include "net/h2_budget.h"

enum {
    TOKENS_MAX = 10000,
    TOKENS_PER_SECOND = 1000,
    TOKENS_PER_ANSWER = 60,
};

static const int64_t cost_table[] = {
    [H2_NUISANCE_CHEAP] = 5, /* 200 a second for ever, 2,000 at once */
    [H2_NUISANCE_PING] = 50, /* 20 a second, 200 at once; clients probe bandwidth with them */
    [H2_NUISANCE_RESET] = 50,
    [H2_NUISANCE_INVALID] = 100, /* 100 at once */
};

void h2_budget_init(struct h2_budget *budget, uint64_t now_ms)
{
    *budget = (struct h2_budget){.tokens = TOKENS_MAX, .filled_ms = now_ms};
}

static void add(struct h2_budget *budget, int64_t tokens)
{
    budget->tokens += tokens;
    if (budget->tokens > TOKENS_MAX) budget->tokens = TOKENS_MAX;
}

bool h2_budget_take(struct h2_budget *budget, enum h2_nuisance nuisance, uint64_t now_ms)
{
    uint64_t elapsed_ms = now_ms - budget->filled_ms;

    if (elapsed_ms > 0) {
        add(budget, (int64_t)(elapsed_ms * TOKENS_PER_SECOND / 1000));
        budget->filled_ms = now_ms;
    }
    budget->tokens -= cost_table[nuisance];
    return budget->tokens >= 0;
}

void h2_budget_credit(struct h2_budget *budget)
{
    add(budget, TOKENS_PER_ANSWER);
}
