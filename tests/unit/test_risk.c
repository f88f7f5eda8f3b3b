#include "domain/risk.h"

#include "common/arena.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

static const char *const band_names[] = {"low", "medium", "high", "very high"};

/* 5 x 5: medium from 4, high from 10, very high from 16. */
static struct risk_matrix matrix_of(struct arena *arena)
{
    static const int starts[] = {4, 10, 16};
    const struct risk_matrix shape = {.version = "2021",
                                      .likelihoods = 5,
                                      .impacts = 5,
                                      .band_names = band_names,
                                      .band_count = 4};
    return risk_matrix_by_score(&shape, starts, arena);
}

static void a_score_is_likelihood_times_impact_in_its_band(void **state)
{
    struct risk_matrix matrix = matrix_of(*state);
    assert_null(risk_matrix_fault(&matrix));
    static const struct {
        struct risk risk;
        int score, band;
    } rows[] = {{{1, 1}, 1, 0},  {{1, 3}, 3, 0},  {{2, 2}, 4, 1}, {{3, 3}, 9, 1},
                {{2, 5}, 10, 2}, {{5, 5}, 25, 3}, {{4, 4}, 16, 3}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct risk_score score = risk_score(&matrix, rows[i].risk);
        assert_int_equal(score.state, RISK_SCORED);
        assert_int_equal(score.score, rows[i].score);
        assert_int_equal(score.band, rows[i].band);
    }
}

static void a_risk_without_likelihood_or_impact_is_unscored(void **state)
{
    struct risk_matrix matrix = matrix_of(*state);
    static const struct risk risks[] = {{0, 3}, {3, 0}, {0, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct risk_score score = risk_score(&matrix, risks[i]);
        assert_int_equal(score.state, RISK_UNSCORED);
        assert_int_equal(score.score, 0);
        assert_int_equal(score.band, -1);
    }
}

static void levels_the_matrix_does_not_have_are_off_it(void **state)
{
    struct risk_matrix matrix = matrix_of(*state);
    assert_int_equal(risk_score(&matrix, (struct risk){6, 1}).state, RISK_OFF_MATRIX);
    assert_int_equal(risk_score(&matrix, (struct risk){1, -1}).state, RISK_OFF_MATRIX);
}

static void cells_may_have_bands_that_are_no_product(void **state)
{
    static const int bands[] = {0, 1, 2,
                                0, 0, 1}; /* a rare catastrophe is worse than a score */
    const struct risk_matrix matrix = {"v2", 2, 3, bands, band_names, 4};
    (void)state;
    assert_null(risk_matrix_fault(&matrix));
    assert_int_equal(risk_score(&matrix, (struct risk){1, 3}).band, 2);
    assert_int_equal(risk_score(&matrix, (struct risk){2, 3}).band, 1);
}

static void risks_are_placed_with_an_unscored_bucket(void **state)
{
    struct risk_matrix matrix = matrix_of(*state);
    static const struct risk risks[] = {{5, 5}, {0, 0}, {1, 1}, {5, 5}, {9, 9}, {3, 0}};
    struct risk_placement placed = risk_place(&matrix, risks, 6, *state);
    assert_int_equal(placed.cells[24], 2);
    assert_int_equal(placed.cells[0], 1);
    assert_int_equal(placed.bands[3], 2);
    assert_int_equal(placed.bands[0], 1);
    assert_int_equal(placed.scored, 3);
    assert_int_equal(placed.unscored, 2);
    assert_int_equal(placed.off_matrix, 1);
    static const size_t members[] = {2, 0, 3, 1, 5, 4};
    assert_memory_equal(placed.members, members, sizeof members);
}

static void no_risks_are_placed_nowhere(void **state)
{
    struct risk_matrix matrix = matrix_of(*state);
    struct risk_placement placed = risk_place(&matrix, NULL, 0, *state);
    assert_int_equal(placed.scored + placed.unscored + placed.off_matrix, 0);
}

static void an_unsound_matrix_is_told(void **state)
{
    static const int bands[] = {0, 4};
    struct risk_matrix matrix = {"v", 1, 2, bands, band_names, 4};
    (void)state;
    assert_non_null(risk_matrix_fault(&matrix));
    matrix.impacts = 0;
    assert_non_null(risk_matrix_fault(&matrix));
    matrix.impacts = 11;
    assert_non_null(risk_matrix_fault(&matrix));
    matrix.impacts = 1;
    assert_null(risk_matrix_fault(&matrix));
    matrix.band_count = 0;
    assert_non_null(risk_matrix_fault(&matrix));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_score_is_likelihood_times_impact_in_its_band,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_risk_without_likelihood_or_impact_is_unscored,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(levels_the_matrix_does_not_have_are_off_it, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(cells_may_have_bands_that_are_no_product, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(risks_are_placed_with_an_unscored_bucket, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(no_risks_are_placed_nowhere, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_unsound_matrix_is_told, arena_setup, arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
