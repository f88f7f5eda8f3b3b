/* Writing formulas. The tree is at most FORMULA_MAX_HEIGHT high. */
#include "common/arena.h"
#include "common/buf.h"
#include "domain/formula.h"

/* Binding strength: what binds less than its place asks for goes into parentheses. */
enum strength { STRENGTH_SUM = 1, STRENGTH_PRODUCT, STRENGTH_UNARY, STRENGTH_PRIMARY };

struct shape {
    const char *mark; /* between operands, or the function's name */
    enum strength strength;
};

static const struct shape shape_table[] = {
    [FORMULA_NUMBER] = {"", STRENGTH_PRIMARY},
    [FORMULA_REFERENCE] = {"", STRENGTH_PRIMARY},
    [FORMULA_NEGATE] = {"-", STRENGTH_UNARY},
    [FORMULA_ADD] = {" + ", STRENGTH_SUM},
    [FORMULA_SUBTRACT] = {" - ", STRENGTH_SUM},
    [FORMULA_MULTIPLY] = {" * ", STRENGTH_PRODUCT},
    [FORMULA_DIVIDE] = {" / ", STRENGTH_PRODUCT},
    [FORMULA_LESS] = {" < ", STRENGTH_SUM},
    [FORMULA_LESS_EQUAL] = {" <= ", STRENGTH_SUM},
    [FORMULA_GREATER] = {" > ", STRENGTH_SUM},
    [FORMULA_GREATER_EQUAL] = {" >= ", STRENGTH_SUM},
    [FORMULA_EQUAL] = {" = ", STRENGTH_SUM},
    [FORMULA_NOT_EQUAL] = {" != ", STRENGTH_SUM},
    [FORMULA_SUM] = {"sum", STRENGTH_PRIMARY},
    [FORMULA_MEAN] = {"mean", STRENGTH_PRIMARY},
    [FORMULA_MIN] = {"min", STRENGTH_PRIMARY},
    [FORMULA_MAX] = {"max", STRENGTH_PRIMARY},
    [FORMULA_IF] = {"if", STRENGTH_PRIMARY},
};

static void print_reference(struct buf *out, const struct formula_reference *reference)
{
    char id[PERIOD_TEXT_SIZE] = "";
    const char *period = id;
    if (reference->shift == FORMULA_PREVIOUS) period = "prev";
    if (reference->shift == FORMULA_SAME_LAST_YEAR) period = "same-last-year";
    if (reference->shift == FORMULA_FIXED) period_format_id(&reference->period, id);
    (void)buf_printf(out, "indicators/%s%s%s", reference->indicator,
                     reference->shift == FORMULA_CURRENT ? "" : "@", period);
}

/* What the place of an argument asks for. The right operand binds closer: "a - (b - c)". */
static enum strength place_of(enum formula_kind kind, bool first)
{
    if (kind >= FORMULA_LESS) return STRENGTH_SUM; /* comparisons and calls */
    return first ? shape_table[kind].strength : shape_table[kind].strength + 1;
}

/* A node in a place that asks for `least`.
 * NOLINTNEXTLINE(misc-no-recursion): the parser bounds the height of the tree */
static void print_node(struct buf *out, const struct formula *formula,
                       const struct formula_node *node, enum strength least)
{
    const struct shape *shape = &shape_table[node->kind];
    bool call = node->kind >= FORMULA_SUM, wrapped = call || shape->strength < least;
    char number[DECIMAL_TEXT_SIZE];
    if (call) (void)buf_add_string(out, shape->mark);
    if (wrapped) (void)buf_add_string(out, "(");
    if (node->kind == FORMULA_NUMBER) {
        (void)decimal_format(node->number, number);
        (void)buf_add_string(out, number);
    } else if (node->kind == FORMULA_REFERENCE) {
        print_reference(out, &formula->references[node->reference]);
    } else if (node->kind == FORMULA_NEGATE) {
        (void)buf_add_string(out, "-");
    }
    for (const struct formula_node *argument = node->arguments; argument != NULL;
         argument = argument->next) {
        bool first = argument == node->arguments;
        if (!first) (void)buf_add_string(out, call ? ", " : shape->mark);
        print_node(out, formula, argument, place_of(node->kind, first));
    }
    if (wrapped) (void)buf_add_string(out, ")");
}

char *formula_print(const struct formula *formula, struct arena *arena)
{
    struct buf out;
    buf_init(&out, (size_t)64 * FORMULA_MAX_BYTES);
    print_node(&out, formula, formula->root, STRENGTH_SUM);
    char *text = arena_strndup(arena, out.data == NULL ? "" : (const char *)out.data, out.size);
    buf_release(&out);
    return text;
}
