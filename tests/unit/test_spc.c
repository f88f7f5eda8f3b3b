#include "domain/spc.h"

#include "common/arena.h"
#include "support/arena_fixture.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#define MOST_POINTS 64

struct series {
    struct decimal points[MOST_POINTS];
    struct spc_input input;
};

static void fill_series(struct series *series, const int *numbers, size_t count)
{
    *series = (struct series){.input = {.count = count, .polarity = RAG_POLARITY_MAX}};
    for (size_t i = 0; i < count; i++)
        series->points[i] = decimal_from_int(numbers[i]);
    series->input.points = series->points;
}

static void assert_rounded(struct decimal value, const char *text)
{
    char shown[DECIMAL_TEXT_SIZE];
    decimal_format_rounded(value, 4, shown);
    assert_string_equal(shown, text);
}

static const int vector[] = {1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1};

static void the_vector_has_its_limits_with_and_without_screening(void **state)
{
    struct series series;
    fill_series(&series, vector, 18);
    struct spc_result result = spc_analyse(&series.input, *state);
    assert_int_equal(result.reason, SPC_REASON_NONE);
    assert_false(result.trial);
    assert_rounded(result.mean, "1.9444");
    assert_rounded(result.lower, "-3.0626");
    assert_rounded(result.upper, "6.9515");
    assert_int_equal(result.dropped, 0);
    series.input.screened = true;
    result = spc_analyse(&series.input, *state);
    assert_rounded(result.mean, "1.9444");
    assert_rounded(result.mean_range, "1.0000");
    assert_rounded(result.lower, "-0.7156");
    assert_rounded(result.upper, "4.6044");
    assert_rounded(result.near_upper, "3.7178"); /* 1.9444 + 2/3 x 2.66 */
    assert_int_equal(result.dropped, 2);
}

static void point_5_of_the_vector_is_special_in_both(void **state)
{
    struct series series;
    fill_series(&series, vector, 18);
    for (int screened = 0; screened < 2; screened++) {
        series.input.screened = screened;
        struct spc_result result = spc_analyse(&series.input, *state);
        for (size_t i = 0; i < 18; i++)
            assert_int_equal(result.marks[i].special, i == 4 ? SPC_OUTSIDE : SPC_COMMON);
        assert_int_equal(result.marks[4].side, SPC_SIDE_HIGH);
        assert_int_equal(result.variation, SPC_VARIATION_COMMON_CAUSE);
    }
}

static void limits_are_kept_to_12_decimals(void **state)
{
    struct series series;
    char shown[DECIMAL_TEXT_SIZE];
    fill_series(&series, vector, 18);
    struct spc_result result = spc_analyse(&series.input, *state);
    decimal_format(result.mean, shown);
    assert_string_equal(shown, "1.944444444444");
    decimal_format(result.upper, shown); /* 1.944444444444 + 5.007058823529 */
    assert_string_equal(shown, "6.951503267973");
}

static void fewer_than_13_points_give_trial_limits(void **state)
{
    struct series series;
    fill_series(&series, vector, 12);
    assert_true(spc_analyse(&series.input, *state).trial);
    fill_series(&series, vector, 13);
    assert_false(spc_analyse(&series.input, *state).trial);
    fill_series(&series, vector, 18);
    series.input.baseline = 12;
    assert_true(spc_analyse(&series.input, *state).trial);
    fill_series(&series, vector, 1);
    assert_int_equal(spc_analyse(&series.input, *state).reason, SPC_REASON_TOO_FEW);
    fill_series(&series, vector, 0);
    assert_int_equal(spc_analyse(&series.input, *state).reason, SPC_REASON_TOO_FEW);
}

static void equal_points_have_nothing_special_and_survive_screening(void **state)
{
    static const int same[15] = {3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3};
    struct series series;
    fill_series(&series, same, 15);
    series.input.screened = true;
    struct spc_result result = spc_analyse(&series.input, *state);
    assert_int_equal(result.reason, SPC_REASON_NONE);
    assert_int_equal(result.dropped, 0);
    assert_rounded(result.upper, "3.0000");
    for (size_t i = 0; i < 15; i++)
        assert_int_equal(result.marks[i].special, SPC_COMMON);
}

/* A baseline of mean 50, mean range 12: limits 18.08 and 81.92, near 28.72 and 71.28. */
static const int steady[] = {44, 56, 44, 56, 44, 56, 44, 56, 44, 56, 44, 56, 44, 56};
#define STEADY 14

static struct spc_result judge_tail(struct arena *arena, const int *tail, size_t count,
                                    enum rag_polarity polarity)
{
    int numbers[MOST_POINTS];
    struct series series;
    for (size_t i = 0; i < STEADY + count; i++)
        numbers[i] = i < STEADY ? steady[i] : tail[i - STEADY];
    fill_series(&series, numbers, STEADY + count);
    series.input.baseline = STEADY;
    series.input.polarity = polarity;
    return spc_analyse(&series.input, arena);
}

static void seven_rising_points_are_special_six_are_not(void **state)
{
    static const int rising[] = {45, 46, 47, 48, 51, 52, 53};
    struct spc_result result = judge_tail(*state, rising, 6, RAG_POLARITY_MAX);
    assert_int_equal(result.marks[STEADY + 5].special, SPC_COMMON);
    result = judge_tail(*state, rising, 7, RAG_POLARITY_MAX);
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(result.marks[STEADY + i].special, SPC_TREND);
    assert_int_equal(result.marks[STEADY - 1].special, SPC_COMMON);
    assert_int_equal(result.variation, SPC_VARIATION_IMPROVEMENT);
    result = judge_tail(*state, rising, 7, RAG_POLARITY_MIN);
    assert_int_equal(result.variation, SPC_VARIATION_CONCERN);
    result = judge_tail(*state, rising, 7, RAG_POLARITY_NONE);
    assert_int_equal(result.variation, SPC_VARIATION_NEUTRAL);
}

static void an_equal_point_breaks_a_rise(void **state)
{
    static const int rising[] = {45, 46, 47, 47, 51, 52, 53, 54};
    struct spc_result result = judge_tail(*state, rising, 8, RAG_POLARITY_MAX);
    assert_int_equal(result.marks[STEADY + 7].special, SPC_COMMON);
}

static void two_of_three_between_the_limits_are_special(void **state)
{
    static const int tail[] = {75, 50, 72, 50, 50, 25, 50, 50, 25};
    struct spc_result result = judge_tail(*state, tail, 9, RAG_POLARITY_MAX);
    assert_int_equal(result.marks[STEADY].special, SPC_NEAR_LIMIT);
    assert_int_equal(result.marks[STEADY].side, SPC_SIDE_HIGH);
    assert_int_equal(result.marks[STEADY + 1].special, SPC_COMMON);
    assert_int_equal(result.marks[STEADY + 2].special, SPC_NEAR_LIMIT);
    assert_int_equal(result.marks[STEADY + 5].special, SPC_COMMON);
    assert_int_equal(result.marks[STEADY + 8].special, SPC_COMMON);
}

static void near_limits_on_different_sides_are_not_special(void **state)
{
    static const int tail[] = {75, 25, 50};
    struct spc_result result = judge_tail(*state, tail, 3, RAG_POLARITY_MAX);
    assert_int_equal(result.marks[STEADY].special, SPC_COMMON);
    assert_int_equal(result.marks[STEADY + 1].special, SPC_COMMON);
}

static void seven_on_one_side_are_special_unless_one_is_the_mean(void **state)
{
    static const int above[] = {44, 51, 55, 52, 54, 51, 56, 53};
    static const int broken[] = {44, 51, 55, 52, 50, 51, 56, 53};
    struct spc_result result = judge_tail(*state, above, 8, RAG_POLARITY_MIN);
    assert_int_equal(result.marks[STEADY].special, SPC_COMMON);
    for (size_t i = 1; i < 8; i++)
        assert_int_equal(result.marks[STEADY + i].special, SPC_ONE_SIDE);
    assert_int_equal(result.variation, SPC_VARIATION_CONCERN);
    result = judge_tail(*state, broken, 8, RAG_POLARITY_MIN);
    assert_int_equal(result.variation, SPC_VARIATION_COMMON_CAUSE);
}

static void the_first_rule_that_fits_gives_the_mark(void **state)
{
    static const int rising[] = {51, 55, 60, 65, 72, 80, 95};
    struct spc_result result = judge_tail(*state, rising, 7, RAG_POLARITY_MAX);
    assert_int_equal(result.marks[STEADY + 6].special, SPC_OUTSIDE);
    assert_int_equal(result.marks[STEADY + 5].special, SPC_TREND);
}

static enum spc_assurance assurance(struct arena *arena, enum rag_polarity polarity,
                                    const char *target, const char *high)
{
    struct series series;
    fill_series(&series, steady, STEADY); /* limits 18.08 and 81.92 */
    series.input.polarity = polarity;
    series.input.has_target = true;
    series.input.target = dec(target);
    series.input.target_high = dec(high);
    return spc_analyse(&series.input, arena).assurance;
}

static void assurance_holds_the_limits_against_the_target(void **state)
{
    assert_int_equal(assurance(*state, RAG_POLARITY_MAX, "18.08", "0"), SPC_ASSURANCE_PASS);
    assert_int_equal(assurance(*state, RAG_POLARITY_MAX, "50", "0"), SPC_ASSURANCE_HIT_OR_MISS);
    assert_int_equal(assurance(*state, RAG_POLARITY_MAX, "81.93", "0"), SPC_ASSURANCE_FAIL);
    assert_int_equal(assurance(*state, RAG_POLARITY_MIN, "81.92", "0"), SPC_ASSURANCE_PASS);
    assert_int_equal(assurance(*state, RAG_POLARITY_MIN, "18", "0"), SPC_ASSURANCE_FAIL);
    assert_int_equal(assurance(*state, RAG_POLARITY_RANGE, "10", "90"), SPC_ASSURANCE_PASS);
    assert_int_equal(assurance(*state, RAG_POLARITY_RANGE, "90", "95"), SPC_ASSURANCE_FAIL);
    assert_int_equal(assurance(*state, RAG_POLARITY_RANGE, "1", "10"), SPC_ASSURANCE_FAIL);
    assert_int_equal(assurance(*state, RAG_POLARITY_RANGE, "10", "50"),
                     SPC_ASSURANCE_HIT_OR_MISS);
    assert_int_equal(assurance(*state, RAG_POLARITY_NONE, "10", "50"), SPC_ASSURANCE_NONE);
}

static void figures_too_long_to_compute_with_are_said(void **state)
{
    struct series series;
    fill_series(&series, vector, 2);
    series.points[0] = dec("999999999999999999999999999999999999");
    series.points[1] = dec("-999999999999999999999999999999999999");
    assert_int_equal(spc_analyse(&series.input, *state).reason, SPC_REASON_OVERFLOW);
}

static void spc_names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(spc_special_name(SPC_NEAR_LIMIT), "NEAR_LIMIT");
    assert_string_equal(spc_side_name(SPC_SIDE_LOW), "LOW");
    assert_string_equal(spc_variation_name(SPC_VARIATION_CONCERN), "CONCERN");
    assert_string_equal(spc_assurance_name(SPC_ASSURANCE_HIT_OR_MISS), "HIT_OR_MISS");
    assert_string_equal(spc_reason_name(SPC_REASON_TOO_FEW), "TOO_FEW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_vector_has_its_limits_with_and_without_screening,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(point_5_of_the_vector_is_special_in_both, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(limits_are_kept_to_12_decimals, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(fewer_than_13_points_give_trial_limits, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(equal_points_have_nothing_special_and_survive_screening,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(seven_rising_points_are_special_six_are_not,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_equal_point_breaks_a_rise, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(two_of_three_between_the_limits_are_special,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(near_limits_on_different_sides_are_not_special,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(seven_on_one_side_are_special_unless_one_is_the_mean,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(the_first_rule_that_fits_gives_the_mark, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(assurance_holds_the_limits_against_the_target,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(figures_too_long_to_compute_with_are_said, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(spc_names_are_stable, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
