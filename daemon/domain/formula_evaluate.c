/* Computing formulas. The tree is at most FORMULA_MAX_HEIGHT high. */
#include "domain/formula.h"

struct evaluation {
    const struct formula *formula;
    const struct formula_source *source;
    enum formula_nulls nulls;
    size_t missing;
    size_t first_missing; /* index of a reference, once `missing` is above 0 */
};

/* A figure, or why there is none. */
struct figure {
    enum formula_reason reason;
    struct decimal value;
};

static struct figure evaluate(struct evaluation *run, const struct formula_node *node);

static struct figure no_figure(enum formula_reason reason)
{
    return (struct figure){.reason = reason};
}

static struct figure figure_of(enum decimal_error error, struct decimal value)
{
    if (error == DECIMAL_DIVISION_BY_ZERO) return no_figure(FORMULA_REASON_DIV0);
    if (error != DECIMAL_OK) return no_figure(FORMULA_REASON_OVERFLOW);
    return (struct figure){.value = decimal_round(value, FORMULA_MAX_DECIMALS)};
}

/* Quotients lose their trailing zeros, or 1 / 2 would be 0.500000000000. */
static struct figure divide(struct decimal a, struct decimal b)
{
    struct decimal quotient = a;
    enum decimal_error error = decimal_div(a, b, FORMULA_DIVISION_DECIMALS, &quotient);
    while (error == DECIMAL_OK && quotient.scale > 0 && quotient.coefficient % 10 == 0) {
        quotient.coefficient /= 10;
        quotient.scale--;
    }
    return figure_of(error, quotient);
}

/* Exact where it fits; else the factor with more decimals gives up one, again and again, as
 * long as it has more than FORMULA_LEAST_DECIMALS. */
static enum decimal_error multiply(struct decimal a, struct decimal b,
                                   struct decimal *out_value)
{
    enum decimal_error error = decimal_mul(a, b, out_value);
    while (error == DECIMAL_OVERFLOW) {
        struct decimal *longer = a.scale >= b.scale ? &a : &b;
        if (longer->scale <= FORMULA_LEAST_DECIMALS) break;
        *longer = decimal_round(*longer, longer->scale - 1);
        error = decimal_mul(a, b, out_value);
    }
    return error;
}

static struct figure calculate(enum formula_kind kind, struct decimal a, struct decimal b)
{
    struct decimal value = a;
    enum decimal_error error = DECIMAL_OK;
    if (kind == FORMULA_DIVIDE) return divide(a, b);
    if (kind == FORMULA_ADD) error = decimal_add(a, b, &value);
    if (kind == FORMULA_SUBTRACT) error = decimal_sub(a, b, &value);
    if (kind == FORMULA_MULTIPLY) error = multiply(a, b, &value);
    return figure_of(error, value);
}

static struct figure look_up(struct evaluation *run, size_t reference)
{
    struct figure figure = {FORMULA_REASON_NONE, {0, 0}};
    const struct formula_source *source = run->source;
    if (source->lookup(source->context, &run->formula->references[reference], &figure.value))
        return figure;
    if (run->missing++ == 0) run->first_missing = reference;
    if (run->nulls == FORMULA_NULLS_ZERO)
        figure.value = decimal_from_int(0);
    else
        figure.reason = FORMULA_REASON_MISSING;
    return figure;
}

/* Which orders a comparison accepts: bit 0 below, bit 1 equal, bit 2 above. */
static const unsigned accepted_table[] = {
    [FORMULA_LESS] = 1,          [FORMULA_LESS_EQUAL] = 3, [FORMULA_GREATER] = 4,
    [FORMULA_GREATER_EQUAL] = 6, [FORMULA_EQUAL] = 2,      [FORMULA_NOT_EQUAL] = 5,
};

/* NOLINTBEGIN(misc-no-recursion): the parser bounds the height of the tree */
static struct figure evaluate_if(struct evaluation *run, const struct formula_node *node)
{
    const struct formula_node *test = node->arguments;
    const struct formula_node *yes = test->next, *no = yes->next;
    struct figure left = evaluate(run, test->arguments);
    if (left.reason != FORMULA_REASON_NONE) return left;
    struct figure right = evaluate(run, test->arguments->next);
    if (right.reason != FORMULA_REASON_NONE) return right;
    int order = decimal_compare(left.value, right.value);
    return evaluate(run, (accepted_table[test->kind] >> (order + 1) & 1) != 0 ? yes : no);
}

static struct figure combine(enum formula_kind kind, struct decimal so_far, struct decimal next)
{
    int order = decimal_compare(next, so_far);
    if (kind == FORMULA_MIN) return (struct figure){.value = order < 0 ? next : so_far};
    if (kind == FORMULA_MAX) return (struct figure){.value = order > 0 ? next : so_far};
    return calculate(FORMULA_ADD, so_far, next);
}

/* sum, mean, min, max. */
static struct figure evaluate_list(struct evaluation *run, const struct formula_node *node)
{
    struct figure total = no_figure(FORMULA_REASON_MISSING);
    int64_t count = 0;
    for (const struct formula_node *argument = node->arguments; argument != NULL;
         argument = argument->next) {
        struct figure figure = evaluate(run, argument);
        bool skipped =
            figure.reason == FORMULA_REASON_MISSING && run->nulls == FORMULA_NULLS_SKIP;
        if (skipped) continue;
        if (figure.reason != FORMULA_REASON_NONE) return figure;
        total = count++ == 0 ? figure : combine(node->kind, total.value, figure.value);
        if (total.reason != FORMULA_REASON_NONE) return total;
    }
    if (node->kind != FORMULA_MEAN || count == 0) return total;
    return divide(total.value, decimal_from_int(count));
}

static struct figure evaluate(struct evaluation *run, const struct formula_node *node)
{
    if (node->kind == FORMULA_NUMBER) return (struct figure){.value = node->number};
    if (node->kind == FORMULA_REFERENCE) return look_up(run, node->reference);
    if (node->kind == FORMULA_IF) return evaluate_if(run, node);
    if (node->kind >= FORMULA_SUM) return evaluate_list(run, node);
    struct figure left = evaluate(run, node->arguments);
    if (left.reason != FORMULA_REASON_NONE) return left;
    if (node->kind == FORMULA_NEGATE) return (struct figure){.value = decimal_neg(left.value)};
    struct figure right = evaluate(run, node->arguments->next);
    if (right.reason != FORMULA_REASON_NONE) return right;
    return calculate(node->kind, left.value, right.value);
}

/* NOLINTEND(misc-no-recursion) */

struct formula_result formula_evaluate(const struct formula *formula, enum formula_nulls nulls,
                                       const struct formula_source *source)
{
    struct evaluation run = {.formula = formula, .source = source, .nulls = nulls};
    struct figure figure = evaluate(&run, formula->root);
    return (struct formula_result){
        .has_value = figure.reason == FORMULA_REASON_NONE,
        .reason = figure.reason,
        .reference = run.first_missing,
        .missing = run.missing,
        .value = figure.value,
    };
}

bool formula_reference_period(const struct formula_reference *reference,
                              const struct period *current, struct period *out_period)
{
    switch (reference->shift) {
    case FORMULA_CURRENT:
        *out_period = *current;
        return true;
    case FORMULA_PREVIOUS:
        return period_previous(current, out_period);
    case FORMULA_SAME_LAST_YEAR:
        return period_same_last_year(current, out_period);
    case FORMULA_FIXED:
        *out_period = reference->period;
        return true;
    }
    return false;
}

const char *formula_reason_name(enum formula_reason reason)
{
    static const char *const names[] = {"", "MISSING", "DIV0", "OVERFLOW"};
    return names[reason];
}
