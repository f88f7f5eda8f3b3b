/* Lines of money that are part of a total and do not add up to it. */
#include "service/check.h"

#include "domain/reconcile.h"

#include <string.h>

static struct reconcile_figure figure_of(const Provost__V1__BudgetLine *line)
{
    struct reconcile_figure figure = {.has_value = false};
    figure.has_value = decimal_parse(line->amount, &figure.value) == DECIMAL_OK;
    return figure;
}

/* The lines that name a total; returns how many. */
static size_t parts_of(const struct check *check, const char *total,
                       struct reconcile_figure *parts)
{
    size_t count = 0;
    for (size_t i = 0; i < check->money.count; i++) {
        const Provost__V1__BudgetLine *line = (const void *)check->money.items[i].body;
        if (strcmp(line->total, total) == 0) parts[count++] = figure_of(line);
    }
    return count;
}

static void check_total(struct check *check, const struct version *version,
                        struct reconcile_figure *parts)
{
    struct arena *arena = check->call->arena;
    const Provost__V1__BudgetLine *line = (const void *)version->body;
    const char *name = check_name(check, version);
    size_t count = parts_of(check, name, parts);
    if (count == 0) return;
    struct reconcile_result result =
        reconcile_sum(parts, count, figure_of(line), decimal_from_int(0));
    if (result.outcome != RECONCILE_DIFFERS) return;
    struct check_finding finding = {
        .level = CHECK_ERROR,
        .reason = "TOTAL_DIFFERS",
        .resource = name,
        .field = "amount",
        .value = line->amount,
        .message = arena_printf(arena, "its %zu lines add up to %s, which is %s off", count,
                                scorecard_number(arena, result.left),
                                scorecard_number(arena, decimal_abs(result.difference))),
    };
    check_add(check, &finding);
}

/* Only lines that another one names as its total: found by their names, so that the cost is not
 * that of comparing all with all. */
void check_money(struct check *check)
{
    struct arena *arena = check->call->arena;
    struct name_map totals = {0};
    struct reconcile_figure *parts = arena_alloc(arena, check->money.count * sizeof *parts);
    for (size_t i = 0; i < check->money.count; i++) {
        const Provost__V1__BudgetLine *line = (const void *)check->money.items[i].body;
        if (*line->total != '\0') (void)name_map_add(arena, &totals, line->total, NULL);
    }
    for (size_t i = 0; i < check->money.count; i++)
        if (name_map_has(&totals, check_name(check, &check->money.items[i])))
            check_total(check, &check->money.items[i], parts);
}
