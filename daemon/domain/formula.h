/* Formulas of calculated indicators (MODEL.md section 8): reading, printing, evaluating, and
 * refusing those that depend on themselves.
 *
 *   sum        = product { ("+" | "-") product }
 *   product    = unary { ("*" | "/") unary }
 *   unary      = "-" unary | primary
 *   primary    = number | reference | call | "(" sum ")"
 *   call       = ("sum" | "mean" | "min" | "max") "(" sum { "," sum } ")"
 *              | "if" "(" condition "," sum "," sum ")"
 *   condition  = sum ("<" | "<=" | ">" | ">=" | "=" | "!=") sum
 *   reference  = ["indicators/"] id ["@" period]
 *   period     = "prev" | "same-last-year" | an id or year of domain/period.h ("2021-22.q1")
 *
 * An id is made of a-z, 0-9, '-', '_', '.', '~' and begins with a letter unless "indicators/"
 * stands before it; so "a-b" is one indicator and "a - b" a subtraction. Without a period a
 * reference means the period computed. Spaces count only there. Numbers are plain: 12, 0.5.
 *
 * Arithmetic is exact, but: a quotient is rounded half up to FORMULA_DIVISION_DECIMALS; results
 * with more than FORMULA_MAX_DECIMALS decimals are rounded to those; where a product has more
 * digits than decimal.h allows its factors are first rounded, down to FORMULA_LEAST_DECIMALS.
 * Pure functions; memory only from the arena given; any bytes are safe.
 */
#ifndef DOMAIN_FORMULA_H
#define DOMAIN_FORMULA_H

#include "common/decimal.h"
#include "domain/period.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

#define FORMULA_MAX_BYTES 2000
#define FORMULA_MAX_DEPTH 32 /* parentheses, calls and signs inside each other */
#define FORMULA_MAX_HEIGHT                                                                     \
    200 /* of the tree: operators in a row make it as deep as they are many */
#define FORMULA_DIVISION_DECIMALS 12
#define FORMULA_MAX_DECIMALS 18
#define FORMULA_LEAST_DECIMALS 6

/* Which period of the indicator is meant, seen from the period computed. */
enum formula_shift {
    FORMULA_CURRENT,
    FORMULA_PREVIOUS,
    FORMULA_SAME_LAST_YEAR,
    FORMULA_FIXED, /* `period` */
};

struct formula_reference {
    const char *indicator; /* the id, without "indicators/" */
    enum formula_shift shift;
    struct period period; /* FIXED only */
    int column;           /* where it first stands, from 1, in bytes */
};

enum formula_kind {
    FORMULA_NUMBER,
    FORMULA_REFERENCE,
    FORMULA_NEGATE,
    FORMULA_ADD,
    FORMULA_SUBTRACT,
    FORMULA_MULTIPLY,
    FORMULA_DIVIDE,
    FORMULA_LESS, /* comparisons: only as the first argument of IF */
    FORMULA_LESS_EQUAL,
    FORMULA_GREATER,
    FORMULA_GREATER_EQUAL,
    FORMULA_EQUAL,
    FORMULA_NOT_EQUAL,
    FORMULA_SUM,
    FORMULA_MEAN,
    FORMULA_MIN,
    FORMULA_MAX,
    FORMULA_IF,
};

struct formula_node {
    enum formula_kind kind;
    int height;
    struct decimal number;                /* NUMBER */
    size_t reference;                     /* REFERENCE: index into the formula's references */
    const struct formula_node *arguments; /* first of a list linked by `next` */
    const struct formula_node *next;
};

/* A formula that was read; everything in the arena it was read into. */
struct formula {
    const struct formula_node *root;
    const struct formula_reference *references; /* each (indicator, period) once, in order */
    size_t reference_count;
};

struct formula_error {
    int column; /* from 1, in bytes of the text */
    const char *message;
};

/* Reads `text`. False with `out_error` (its message in `arena`), `out_formula` untouched. */
bool formula_parse(const char *text, struct arena *arena, struct formula *out_formula,
                   struct formula_error *out_error);

/* The canonical text, in `arena`: one space around operators, no needless parentheses, full
 * "indicators/id" names. Reading it gives the same formula. */
char *formula_print(const struct formula *formula, struct arena *arena);

/* The period a reference means when `current` is computed. False outside the supported years.
 */
bool formula_reference_period(const struct formula_reference *reference,
                              const struct period *current, struct period *out_period);

/* What a missing figure does. */
enum formula_nulls {
    FORMULA_NULLS_STRICT = 0, /* the result is UNKNOWN(MISSING) */
    FORMULA_NULLS_SKIP,       /* sum, mean, min and max leave it out; all missing, or missing
                               * beside an operator: as STRICT */
    FORMULA_NULLS_ZERO,       /* it counts as 0, in a mean too */
};

/* Why there is no result. */
enum formula_reason {
    FORMULA_REASON_NONE = 0,
    FORMULA_REASON_MISSING,
    FORMULA_REASON_DIV0,
    FORMULA_REASON_OVERFLOW,
};

struct formula_result {
    bool has_value;
    enum formula_reason reason;
    size_t reference; /* MISSING: the index of the first one missing */
    size_t missing;   /* how many references looked up had no figure, as policy allowed */
    struct decimal value;
};

/* Where figures come from. `lookup` fills `out_value` and returns true, or false when there is
 * none (the state is not VALUE). Asked only for what the result needs: of IF one branch. */
struct formula_source {
    bool (*lookup)(void *context, const struct formula_reference *reference,
                   struct decimal *out_value);
    void *context;
};

struct formula_result formula_evaluate(const struct formula *formula, enum formula_nulls nulls,
                                       const struct formula_source *source);

/* "DIV0", "" for NONE. Static. */
const char *formula_reason_name(enum formula_reason reason);

/* ---- cycles ---- */

#define FORMULA_NO_NODE ((size_t)-1)

/* One reference from a formula to another. */
struct formula_edge {
    size_t node; /* FORMULA_NO_NODE: an indicator without a formula */
    enum formula_shift shift;
};

/* Formulas as a graph of `count` nodes. `edge` gives the `index`-th reference of `node`, false
 * past the last. */
struct formula_graph {
    size_t count;
    bool (*edge)(void *context, size_t node, size_t index, struct formula_edge *out_edge);
    void *context;
};

/* A cycle that would never end: one whose references stay in the period, or one through a FIXED
 * period. Cycles that only ever look back ("total = total@prev + month") end at the first
 * period and are allowed. Returns how many nodes it has, 0 when there is none, and names them
 * in `out_nodes` (in `arena`) in the order of the references. Deterministic. */
size_t formula_find_cycle(const struct formula_graph *graph, struct arena *arena,
                          const size_t **out_nodes);

#endif
