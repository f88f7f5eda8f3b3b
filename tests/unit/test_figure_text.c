#include "client/figure_text.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct style plain = {.has_utf8 = false};
static const struct style rich = {.has_utf8 = true};

static void thousands_are_set_apart_and_digits_kept(void **state)
{
    assert_string_equal(figure_grouped("68740", *state), "68,740");
    assert_string_equal(figure_grouped("-1234567.50", *state), "-1,234,567.50");
    assert_string_equal(figure_grouped("999", *state), "999");
    assert_string_equal(figure_grouped("", *state), "");
    assert_string_equal(figure_grouped("TBC", *state), "TBC");
    assert_string_equal(figure_grouped("1e5", *state), "1e5");
}

static void a_figure_carries_its_unit(void **state)
{
    assert_string_equal(
        figure_with_unit("98.7", PROVOST__V1__UNIT__UNIT_PERCENT, &rich, *state), "98.7%");
    assert_string_equal(figure_with_unit("-1250", PROVOST__V1__UNIT__UNIT_MONEY, &rich, *state),
                        "-£1,250");
    assert_string_equal(figure_with_unit("1250", PROVOST__V1__UNIT__UNIT_MONEY, &plain, *state),
                        "GBP 1,250");
    assert_string_equal(figure_with_unit("1", PROVOST__V1__UNIT__UNIT_YES_NO, &rich, *state),
                        "yes");
    assert_string_equal(figure_with_unit("", PROVOST__V1__UNIT__UNIT_PERCENT, &rich, *state),
                        "");
}

static void without_a_figure_the_reason_stands_in_brackets(void **state)
{
    Provost__V1__ScorecardRow row = PROVOST__V1__SCORECARD_ROW__INIT;

    assert_string_equal(figure_value(&row, &rich, *state), "(no figure)");
    row.value_state = PROVOST__V1__VALUE_STATE__VALUE_STATE_UNDER_DEVELOPMENT;
    assert_string_equal(figure_value(&row, &rich, *state), "(under development)");
    row.value_state = (Provost__V1__ValueState)99;
    assert_string_equal(figure_value(&row, &rich, *state), "(no figure)");
}

static void a_target_says_how_it_is_to_be_met_where_that_is_not_plain(void **state)
{
    Provost__V1__ScorecardRow row = PROVOST__V1__SCORECARD_ROW__INIT;

    assert_string_equal(figure_target(&row, &rich, *state), "");
    row.target = arena_strdup(*state, "90");
    row.unit = PROVOST__V1__UNIT__UNIT_PERCENT;
    row.polarity = PROVOST__V1__POLARITY__POLARITY_MAX;
    row.target_operator = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST;
    assert_string_equal(figure_target(&row, &rich, *state), "90%");
    row.polarity = PROVOST__V1__POLARITY__POLARITY_MIN;
    assert_string_equal(figure_target(&row, &rich, *state), "≥ 90%");
    assert_string_equal(figure_target(&row, &plain, *state), ">= 90%");
    row.target_operator = PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN;
    row.target_kind = PROVOST__V1__TARGET_KIND__TARGET_KIND_INTERIM;
    assert_string_equal(figure_target(&row, &rich, *state), "< 90% (interim)");
    row.target_high = arena_strdup(*state, "95");
    row.target_kind = PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET;
    assert_string_equal(figure_target(&row, &rich, *state), "90% to 95%");
}

static void a_shortfall_shows_its_per_cent_rounded_half_up(void **state)
{
    Provost__V1__ScorecardRow row = PROVOST__V1__SCORECARD_ROW__INIT;

    assert_string_equal(figure_shortfall(&row, *state), "");
    row.shortfall = arena_strdup(*state, "20");
    assert_string_equal(figure_shortfall(&row, *state), "20");
    row.shortfall_percent = arena_strdup(*state, "26.6500");
    assert_string_equal(figure_shortfall(&row, *state), "20 (26.7%)");
    row.shortfall = arena_strdup(*state, "-15769");
    row.shortfall_percent = arena_strdup(*state, "-35.0422");
    assert_string_equal(figure_shortfall(&row, *state), "-15,769 (-35.0%)");
}

static void a_status_is_a_symbol_and_a_word_never_colour_alone(void **state)
{
    enum tone tone;

    assert_string_equal(
        figure_status(PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT, &rich, *state, &tone),
        "✖ ALERT");
    assert_int_equal(tone, TONE_BAD);
    assert_string_equal(
        figure_status(PROVOST__V1__RAG_STATUS__RAG_STATUS_OK, &plain, *state, &tone), "+ OK");
    assert_string_equal(figure_status((Provost__V1__RagStatus)77, &plain, *state, &tone), "");
}

static void a_trend_without_a_direction_is_empty(void **state)
{
    Provost__V1__Trend trend = PROVOST__V1__TREND__INIT;
    enum tone tone;

    assert_string_equal(figure_trend(NULL, &rich, *state, &tone), "");
    assert_string_equal(figure_trend(&trend, &rich, *state, &tone), "");
    trend.direction = PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE;
    assert_string_equal(figure_trend(&trend, &rich, *state, &tone), "↘ getting worse");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(thousands_are_set_apart_and_digits_kept),
        TEST(a_figure_carries_its_unit),
        TEST(without_a_figure_the_reason_stands_in_brackets),
        TEST(a_target_says_how_it_is_to_be_met_where_that_is_not_plain),
        TEST(a_shortfall_shows_its_per_cent_rounded_half_up),
        TEST(a_status_is_a_symbol_and_a_word_never_colour_alone),
        TEST(a_trend_without_a_direction_is_empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
