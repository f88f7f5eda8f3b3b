#include "domain/formula.h"

#include "common/arena.h"
#include "support/arena_fixture.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static struct formula read_formula(struct arena *arena, const char *text)
{
    struct formula formula;
    struct formula_error error = {0, NULL};
    if (!formula_parse(text, arena, &formula, &error))
        fail_msg("'%s': column %d: %s", text, error.column, error.message);
    return formula;
}

static void assert_printed(struct arena *arena, const char *text, const char *canonical)
{
    struct formula formula = read_formula(arena, text);
    char *shown = formula_print(&formula, arena);
    assert_string_equal(shown, canonical);
    struct formula again = read_formula(arena, shown);
    assert_string_equal(formula_print(&again, arena), canonical);
    assert_int_equal(again.reference_count, formula.reference_count);
}

static void formulas_are_printed_in_one_canonical_way(void **state)
{
    assert_printed(*state, "1+2*3", "1 + 2 * 3");
    assert_printed(*state, " ( 1 + 2 ) * 3 ", "(1 + 2) * 3");
    assert_printed(*state, "1-(2-3)", "1 - (2 - 3)");
    assert_printed(*state, "(1-2)-3", "1 - 2 - 3");
    assert_printed(*state, "6/(3/2)", "6 / (3 / 2)");
    assert_printed(*state, "-(1+2)", "-(1 + 2)");
    assert_printed(*state, "2*-3", "2 * -3");
    assert_printed(*state, "--4.50", "--4.50");
    assert_printed(*state, "((foi-cex))", "indicators/foi-cex");
    assert_printed(*state, "indicators/foi-cex@prev * 100", "indicators/foi-cex@prev * 100");
    assert_printed(*state, "if(a<=b+1,a,0)",
                   "if(indicators/a <= indicators/b + 1, "
                   "indicators/a, 0)");
    assert_printed(*state, "sum(a, b) / max ( 1 , min(c) )",
                   "sum(indicators/a, indicators/b) / max(1, min(indicators/c))");
    assert_printed(*state, "indicators/9a - x", "indicators/9a - indicators/x");
}

static void a_hyphen_belongs_to_the_id_unless_spaces_part_it(void **state)
{
    assert_int_equal(read_formula(*state, "foi-cex").reference_count, 1);
    assert_int_equal(read_formula(*state, "foi - cex").reference_count, 2);
    assert_int_equal(read_formula(*state, "foi- cex").reference_count, 2);
}

static void references_are_listed_once_with_their_periods(void **state)
{
    struct formula formula = read_formula(
        *state, "foi-cex + foi-cex@prev + indicators/foi-cex + x@2021-22.q1 + x@same-last-year"
                " + x@2021-22.q1");
    assert_int_equal(formula.reference_count, 4);
    assert_string_equal(formula.references[0].indicator, "foi-cex");
    assert_int_equal(formula.references[0].shift, FORMULA_CURRENT);
    assert_int_equal(formula.references[0].column, 1);
    assert_int_equal(formula.references[1].shift, FORMULA_PREVIOUS);
    assert_int_equal(formula.references[1].column, 11);
    assert_int_equal(formula.references[2].shift, FORMULA_FIXED);
    assert_int_equal(formula.references[2].period.kind, PERIOD_QUARTER);
    assert_int_equal(formula.references[3].shift, FORMULA_SAME_LAST_YEAR);
}

static void references_mean_periods_seen_from_the_one_computed(void **state)
{
    static const char *const expected[] = {"2021-22.q1", "2020-21.q4", "2020-21.q1", "2019-20"};
    struct formula formula =
        read_formula(*state, "sum(a, a@prev, a@same-last-year, a@2019-20)");
    struct period current, period;
    char id[PERIOD_TEXT_SIZE];
    assert_true(period_parse("2021-22.q1", &current, NULL));
    for (size_t i = 0; i < 4; i++) {
        assert_true(formula_reference_period(&formula.references[i], &current, &period));
        period_format_id(&period, id);
        assert_string_equal(id, expected[i]);
    }
}

static void faults_are_told_with_their_column(void **state)
{
    static const struct {
        const char *text;
        int column;
        const char *part;
    } rows[] = {
        {"", 1, "too early"},
        {"1 +", 4, "too early"},
        {"1 2", 3, "operator or the end"},
        {"(1 + 2", 7, "operator or )"},
        {"a + Foi", 5, "expected a number"},
        {"a@2021/22", 7, "financial year as 2021-22"},
        {"a/b", 2, "spaces around /"},
        {"a@", 3, "neither prev"},
        {"a@2021-13", 3, "neither prev"},
        {"avg(a)", 1, "the functions are"},
        {"if(a, 1, 2)", 5, "comparison"},
        {"if(a > 1, 2)", 4, "two results"},
        {"a > 1", 3, "operator or the end"},
        {"sum()", 5, "expected a number"},
        {"sum(a b)", 7, "expected , or )"},
        {"1.", 1, "12 or 0.5"},
        {"2x", 1, "indicators/"},
        {"007", 1, "not a decimal"},
        {"1 + 1234567890123456789012345678901234567", 5, "36 digits"},
        {"indicators/", 1, "expected an indicator"},
        {"\xff", 1, "expected a number"},
    };
    struct formula formula;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct formula_error error = {0, NULL};
        assert_false(formula_parse(rows[i].text, *state, &formula, &error));
        if (error.column != rows[i].column || strstr(error.message, rows[i].part) == NULL)
            fail_msg("'%s': column %d: %s", rows[i].text, error.column, error.message);
    }
}

static void length_depth_and_height_are_bounded(void **state)
{
    char text[FORMULA_MAX_BYTES + 2];
    struct formula formula;
    struct formula_error error;
    memset(text, ' ', sizeof text);
    text[0] = '1';
    text[FORMULA_MAX_BYTES + 1] = '\0';
    assert_false(formula_parse(text, *state, &formula, &error));
    text[FORMULA_MAX_BYTES] = '\0';
    assert_true(formula_parse(text, *state, &formula, &error));
    memset(text, '(', FORMULA_MAX_BYTES);
    assert_false(formula_parse(text, *state, &formula, &error));
    assert_string_equal(error.message, "too many parentheses inside each other");
    memset(text, '-', FORMULA_MAX_BYTES);
    assert_false(formula_parse(text, *state, &formula, &error));
    for (size_t i = 0; i < FORMULA_MAX_BYTES; i++)
        text[i] = i % 2 == 0 ? '1' : '+';
    assert_false(formula_parse(text, *state, &formula, &error));
    assert_non_null(strstr(error.message, "in a row"));
    text[2 * FORMULA_MAX_HEIGHT - 1] = '\0';
    assert_true(formula_parse(text, *state, &formula, &error));
    for (size_t i = 3; i < FORMULA_MAX_BYTES - 1; i++)
        text[i] = i % 2 == 0 ? ',' : '1';
    memcpy(text, "sum(", 4);
    memcpy(text + FORMULA_MAX_BYTES - 2, "1)", 3);
    text[4] = '1';
    for (size_t i = 5; i < FORMULA_MAX_BYTES - 1; i++)
        text[i] = i % 2 == 1 ? ',' : '1';
    memcpy(text + FORMULA_MAX_BYTES - 1, ")", 2);
    assert_true(formula_parse(text, *state, &formula, &error));
}

/* ---- computing ---- */

/* Figures by id; anything else, and "none" with or without period, is missing. */
static bool look_up(void *context, const struct formula_reference *reference,
                    struct decimal *out_value)
{
    static const struct {
        const char *id;
        const char *value;
    } figures[] = {{"six", "6"},
                   {"nine", "9"},
                   {"zero", "0"},
                   {"half", "0.50"},
                   {"big", "999999999999999999999999999999999999"}};
    (*(int *)context)++;
    if (reference->shift == FORMULA_PREVIOUS) return false;
    for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++)
        if (strcmp(reference->indicator, figures[i].id) == 0) {
            *out_value = dec(figures[i].value);
            return true;
        }
    return false;
}

static struct formula_result evaluate(struct arena *arena, const char *text,
                                      enum formula_nulls nulls)
{
    int asked = 0;
    const struct formula_source source = {look_up, &asked};
    struct formula formula = read_formula(arena, text);
    return formula_evaluate(&formula, nulls, &source);
}

static void assert_value(struct arena *arena, const char *text, const char *value)
{
    struct formula_result result = evaluate(arena, text, FORMULA_NULLS_STRICT);
    if (!result.has_value) fail_msg("'%s': %s", text, formula_reason_name(result.reason));
    assert_decimal(result.value, value);
}

static void formulas_are_computed_exactly(void **state)
{
    assert_value(*state, "1 + 2 * 3", "7");
    assert_value(*state, "7 - 4 - 2", "1");
    assert_value(*state, "12 / 3 / 2", "2");
    assert_value(*state, "-six + 1", "-5");
    assert_value(*state, "0.1 + 0.2", "0.3");
    assert_value(*state, "six / nine * 100", "66.666666666700");
    assert_value(*state, "1 / 8", "0.125");
    assert_value(*state, "sum(six, nine, half)", "15.50");
    assert_value(*state, "mean(six, nine)", "7.5");
    assert_value(*state, "min(six, nine) + max(six, nine, 7)", "15");
    assert_value(*state, "if(six < nine, 1, 2)", "1");
    assert_value(*state, "if(six >= nine, 1, 2)", "2");
    assert_value(*state, "if(half = 0.5, 1, 2)", "1");
    assert_value(*state, "if(half != 0.5, 1, if(zero > 0, 2, 3))", "3");
    assert_value(*state, "if(six <= 6, 1, 2) + if(six > 6, 1, 2)", "3");
}

static void division_by_zero_and_overflow_are_unknown(void **state)
{
    assert_int_equal(evaluate(*state, "six / zero", FORMULA_NULLS_STRICT).reason,
                     FORMULA_REASON_DIV0);
    assert_int_equal(evaluate(*state, "1 + six / (nine - 9)", FORMULA_NULLS_ZERO).reason,
                     FORMULA_REASON_DIV0);
    assert_int_equal(evaluate(*state, "big + 1", FORMULA_NULLS_STRICT).reason,
                     FORMULA_REASON_OVERFLOW);
    assert_int_equal(evaluate(*state, "sum(big, 1)", FORMULA_NULLS_STRICT).reason,
                     FORMULA_REASON_OVERFLOW);
    assert_int_equal(evaluate(*state, "big * big", FORMULA_NULLS_STRICT).reason,
                     FORMULA_REASON_OVERFLOW);
    assert_string_equal(formula_reason_name(FORMULA_REASON_DIV0), "DIV0");
}

static void long_products_are_rounded_to_18_decimals(void **state)
{
    assert_value(*state, "(1 / 3) * (1 / 3)", "0.111111111110888889");
    assert_value(*state, "0.123456789012 * 0.1234567", "0.015241567764017780");
}

static void products_too_long_drop_decimals_of_their_factors(void **state)
{
    assert_value(*state, "(10000000000 / 3) * (10000000000 / 7)",
                 "4761904761904761898.57142857142857143");
    assert_int_equal(evaluate(*state, "big / 7 * big", FORMULA_NULLS_STRICT).reason,
                     FORMULA_REASON_OVERFLOW);
}

static void strict_misses_name_the_first_reference(void **state)
{
    struct formula_result result = evaluate(*state, "six + gone + lost", FORMULA_NULLS_STRICT);
    assert_false(result.has_value);
    assert_int_equal(result.reason, FORMULA_REASON_MISSING);
    assert_int_equal(result.reference, 1);
    assert_false(evaluate(*state, "sum(six, six@prev)", FORMULA_NULLS_STRICT).has_value);
}

static void skip_leaves_missing_figures_out_of_lists(void **state)
{
    struct formula_result result =
        evaluate(*state, "mean(six, gone, nine)", FORMULA_NULLS_SKIP);
    assert_decimal(result.value, "7.5");
    assert_int_equal(result.missing, 1);
    assert_decimal(evaluate(*state, "min(gone, 3)", FORMULA_NULLS_SKIP).value, "3");
    assert_int_equal(evaluate(*state, "sum(gone, lost)", FORMULA_NULLS_SKIP).reason,
                     FORMULA_REASON_MISSING);
    assert_int_equal(evaluate(*state, "six + gone", FORMULA_NULLS_SKIP).reason,
                     FORMULA_REASON_MISSING);
    assert_int_equal(evaluate(*state, "sum(six, 1 / zero)", FORMULA_NULLS_SKIP).reason,
                     FORMULA_REASON_DIV0);
}

static void zero_counts_missing_figures_as_nought(void **state)
{
    assert_decimal(evaluate(*state, "mean(six, gone)", FORMULA_NULLS_ZERO).value, "3");
    assert_decimal(evaluate(*state, "six - gone", FORMULA_NULLS_ZERO).value, "6");
    assert_int_equal(evaluate(*state, "six - gone", FORMULA_NULLS_ZERO).missing, 1);
}

static void if_asks_for_one_branch_only(void **state)
{
    int asked = 0;
    const struct formula_source source = {look_up, &asked};
    struct formula formula = read_formula(*state, "if(zero = 0, 1, six / zero)");
    struct formula_result result = formula_evaluate(&formula, FORMULA_NULLS_STRICT, &source);
    assert_decimal(result.value, "1");
    assert_int_equal(asked, 1);
}

/* ---- cycles ---- */

/* Formulas of a small register: node i is indicator 'a' + i. */
struct register_of {
    struct formula formulas[8];
};

static bool edge_of(void *context, size_t node, size_t index, struct formula_edge *out_edge)
{
    const struct register_of *all = context;
    const struct formula *formula = &all->formulas[node];
    if (index >= formula->reference_count) return false;
    char id = formula->references[index].indicator[0];
    out_edge->node = id >= 'a' && id < 'a' + 8 ? (size_t)(id - 'a') : FORMULA_NO_NODE;
    out_edge->shift = formula->references[index].shift;
    return true;
}

/* The cycle as text, "bc"; "" without. */
static void assert_cycle(struct arena *arena, const char *const texts[8], const char *expected)
{
    struct register_of all;
    const size_t *nodes = NULL;
    char found[9] = "";
    for (size_t i = 0; i < 8; i++)
        all.formulas[i] = read_formula(arena, texts[i] == NULL ? "1" : texts[i]);
    const struct formula_graph graph = {8, edge_of, &all};
    size_t count = formula_find_cycle(&graph, arena, &nodes);
    for (size_t i = 0; i < count; i++)
        found[i] = (char)('a' + nodes[i]);
    assert_string_equal(found, expected);
}

static void cycles_are_found_and_named(void **state)
{
    assert_cycle(*state, (const char *const[8]){"b + c", "c", "d", "z"}, "");
    assert_cycle(*state, (const char *const[8]){"a + 1"}, "a");
    assert_cycle(*state, (const char *const[8]){"b", "c", "d + e", "b"}, "bcd");
    assert_cycle(*state, (const char *const[8]){"1", "h", NULL, NULL, NULL, NULL, NULL, "b"},
                 "bh");
    assert_cycle(*state, (const char *const[8]){"b@2021-22", "a"}, "ab");
}

static void looking_back_for_ever_ends_and_is_allowed(void **state)
{
    assert_cycle(*state, (const char *const[8]){"a@prev + b"}, "");
    assert_cycle(*state, (const char *const[8]){"b@prev", "a@same-last-year"}, "");
    assert_cycle(*state, (const char *const[8]){"b@prev", "a"}, "");
}

static void a_fixed_period_on_the_way_round_makes_it_endless(void **state)
{
    /* a in 2022/23 needs b in 2021/22, that a in 2021/22, that b in 2020/21, that a in 2021/22
     */
    assert_cycle(*state, (const char *const[8]){"b@prev", "a@2021-22"}, "ab");
    assert_cycle(*state, (const char *const[8]){"a@2021-22"}, "a");
}

static void random_formulas_never_crash_and_round_trip(void **state)
{
    static const char *const parts[] = {"a",   "foi-cex",  "(", ")",     "+",           " - ",
                                        "*",   " / ",      ",", "sum(",  "if(",         "<",
                                        "1",   "0.5",      " ", "@prev", "mean(",       "=",
                                        "max", "@2021-22", "-", "\xff",  "indicators/", ">="};
    struct formula_error error;
    size_t understood = 0;
    srand(11);
    for (int i = 0; i < 60000; i++) {
        char text[512] = "";
        size_t size = 0;
        for (int j = rand() % 16; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        for (size_t j = 0; i % 5 == 0 && j < size; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        struct formula formula;
        if (formula_parse(text, *state, &formula, &error)) {
            char *shown = formula_print(&formula, *state);
            struct formula again = read_formula(*state, shown);
            assert_string_equal(formula_print(&again, *state), shown);
            int asked = 0;
            (void)formula_evaluate(&formula, FORMULA_NULLS_SKIP,
                                   &(struct formula_source){look_up, &asked});
            understood++;
        } else {
            assert_in_range(error.column, 1, size + 1);
        }
        if (i % 1000 == 0) arena_forget(*state);
    }
    assert_in_range(understood, 500, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(formulas_are_printed_in_one_canonical_way, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_hyphen_belongs_to_the_id_unless_spaces_part_it,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(references_are_listed_once_with_their_periods,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(references_mean_periods_seen_from_the_one_computed,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(faults_are_told_with_their_column, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(length_depth_and_height_are_bounded, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(formulas_are_computed_exactly, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(division_by_zero_and_overflow_are_unknown, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(long_products_are_rounded_to_18_decimals, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(products_too_long_drop_decimals_of_their_factors,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(strict_misses_name_the_first_reference, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(skip_leaves_missing_figures_out_of_lists, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(zero_counts_missing_figures_as_nought, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(if_asks_for_one_branch_only, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(cycles_are_found_and_named, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(looking_back_for_ever_ends_and_is_allowed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_fixed_period_on_the_way_round_makes_it_endless,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(random_formulas_never_crash_and_round_trip, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
