#include "domain/rag.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct rag_input input_of(enum rag_polarity polarity, const char *value,
                                 const char *target)
{
    struct rag_input input = {.polarity = polarity,
                              .has_value = value != NULL,
                              .has_target = target != NULL,
                              .amber = rag_default_amber(),
                              .red = rag_default_red()};
    if (value != NULL) input.value = dec(value);
    if (target != NULL) input.target = dec(target);
    return input;
}

static enum rag_status status_of(enum rag_polarity polarity, const char *value,
                                 const char *target)
{
    struct rag_input input = input_of(polarity, value, target);
    return rag_judge(&input).status;
}

static void assert_percent(const struct rag_result *result, const char *percent)
{
    char shown[DECIMAL_TEXT_SIZE];
    assert_true(result->has_percent);
    decimal_format(result->shortfall_percent, shown);
    assert_string_equal(shown, percent);
}

static const struct {
    enum rag_polarity polarity;
    const char *value, *target, *percent;
    enum rag_status status;
} dundee_table[] = {
    {RAG_POLARITY_MAX, "73", "70", "-4.2857", RAG_OK},
    {RAG_POLARITY_MAX, "55", "75", "26.6667", RAG_ALERT},
    {RAG_POLARITY_MAX, "60769", "45000", "-35.0422", RAG_OK},
    {RAG_POLARITY_MAX, "45000", "50000", "10.0000", RAG_ALERT},
    {RAG_POLARITY_MAX, "98.7", "100", "1.3000", RAG_WARNING},
    {RAG_POLARITY_MAX, "100", "90", "-11.1111", RAG_OK},
    {RAG_POLARITY_MAX, "77.3", "90", "14.1111", RAG_ALERT},
    {RAG_POLARITY_MIN, "4.69", "4.5", "4.2222", RAG_WARNING},
};

static void dundee_is_rated_three_ok_two_warning_three_alert(void **state)
{
    int counts[6] = {0};
    (void)state;
    for (size_t i = 0; i < sizeof dundee_table / sizeof dundee_table[0]; i++) {
        struct rag_input input =
            input_of(dundee_table[i].polarity, dundee_table[i].value, dundee_table[i].target);
        struct rag_result result = rag_judge(&input);
        assert_int_equal(result.status, dundee_table[i].status);
        assert_percent(&result, dundee_table[i].percent);
        counts[result.status]++;
    }
    assert_int_equal(counts[RAG_OK], 3);
    assert_int_equal(counts[RAG_WARNING], 2);
    assert_int_equal(counts[RAG_ALERT], 3);
}

static void smartcards_meet_their_target_and_then_have_none(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MAX, "68740", "68740");
    struct rag_result result = rag_judge(&input);
    (void)state;
    assert_int_equal(result.status, RAG_OK);
    assert_percent(&result, "0.0000");
    assert_int_equal(status_of(RAG_POLARITY_MAX, "66342", NULL), RAG_NO_TARGET);
}

static void engagement_is_a_warning_exactly_on_a_ten_percent_boundary(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MAX, "45000", "50000");
    (void)state;
    input.red.amount = dec("10");
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("44999.999999999999");
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
}

static void year_to_date_sickness_over_its_profile_is_an_alert(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MIN, "2.40", "2.25");
    struct rag_result result = rag_judge(&input);
    (void)state;
    assert_int_equal(result.status, RAG_ALERT);
    assert_percent(&result, "6.6667");
}

static void comparison_is_unrounded(void **state)
{
    (void)state;
    /* 5 % of 3 is 0.15; a shortfall of 0.150000001 rounds to 5.0000 % and is still an alert. */
    assert_int_equal(status_of(RAG_POLARITY_MAX, "2.85", "3"), RAG_WARNING);
    assert_int_equal(status_of(RAG_POLARITY_MAX, "2.849999999", "3"), RAG_ALERT);
}

static void absolute_tolerances_are_in_the_unit_of_the_indicator(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MIN, "12", "10");
    (void)state;
    input.amber = (struct rag_tolerance){dec("1"), false};
    input.red = (struct rag_tolerance){dec("2"), false};
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("11");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
    input.value = dec("12.01");
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
}

static void a_range_is_missed_on_either_side(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_RANGE, "10", "10");
    (void)state;
    input.target_high = dec("20");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
    input.value = dec("9.5"); /* 5 % under the low end */
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("9.4");
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
    input.value = dec("21"); /* 5 % over the high end */
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("21.1");
    struct rag_result result = rag_judge(&input);
    assert_int_equal(result.status, RAG_ALERT);
    assert_percent(&result, "5.5000");
    input.target_high = dec("9");
    assert_int_equal(rag_judge(&input).reason, RAG_REASON_BAD_RANGE);
}

static void a_strict_target_met_only_by_equality_is_a_warning(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MIN, "10", "10");
    (void)state;
    assert_int_equal(rag_judge(&input).status, RAG_OK);
    input.strict = true;
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.red = rag_default_amber(); /* also without any tolerance */
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("9.99");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
    input.value = dec("10.5");
    input.amber = (struct rag_tolerance){dec("1"), false}; /* never better than equality */
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
}

static void a_percent_tolerance_on_a_zero_target_is_unknown(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MIN, "2", "0");
    struct rag_result result = rag_judge(&input);
    (void)state;
    assert_int_equal(result.status, RAG_UNKNOWN);
    assert_int_equal(result.reason, RAG_REASON_ZERO_TARGET);
    assert_true(result.has_shortfall && !result.has_percent);
    input.red = (struct rag_tolerance){dec("2"), false};
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("3");
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
}

static void a_negative_target_takes_its_percent_of_the_magnitude(void **state)
{
    (void)state;
    assert_int_equal(status_of(RAG_POLARITY_MAX, "-10.5", "-10"), RAG_WARNING);
    assert_int_equal(status_of(RAG_POLARITY_MAX, "-10.6", "-10"), RAG_ALERT);
    assert_int_equal(status_of(RAG_POLARITY_MAX, "-9", "-10"), RAG_OK);
}

static void what_cannot_be_judged_says_why(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MAX, NULL, "10");
    (void)state;
    assert_int_equal(rag_judge(&input).reason, RAG_REASON_NO_VALUE);
    input = input_of(RAG_POLARITY_NONE, "9", "10");
    assert_int_equal(rag_judge(&input).reason, RAG_REASON_NO_POLARITY);
    input = input_of(RAG_POLARITY_MAX, "9", "10");
    input.red.amount = dec("-1");
    assert_int_equal(rag_judge(&input).reason, RAG_REASON_BAD_TOLERANCE);
    input = input_of(RAG_POLARITY_MAX, "999999999999999999999999999999999999", "0.1");
    assert_int_equal(rag_judge(&input).reason, RAG_REASON_OVERFLOW);
    assert_int_equal(rag_judge(&input).status, RAG_UNKNOWN);
}

static void data_only_comes_before_everything(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MAX, NULL, NULL);
    (void)state;
    assert_int_equal(rag_judge(&input).status, RAG_NO_TARGET);
    input.data_only = true;
    assert_int_equal(rag_judge(&input).status, RAG_DATA_ONLY);
}

static void one_councils_rule_reads_the_trend(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MAX, "89", "100");
    (void)state;
    input.rule = RAG_RULE_IMPROVED;
    input.amber = (struct rag_tolerance){dec("10"), true};
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
    input.improved = true;
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("90");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
}

static void absolute_thresholds_need_no_target(void **state)
{
    struct rag_input input = input_of(RAG_POLARITY_MIN, "4", NULL);
    (void)state;
    input.rule = RAG_RULE_THRESHOLDS;
    input.amber.amount = dec("4");
    input.red.amount = dec("6");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
    input.value = dec("6.0");
    assert_int_equal(rag_judge(&input).status, RAG_WARNING);
    input.value = dec("6.1");
    assert_int_equal(rag_judge(&input).status, RAG_ALERT);
    input.polarity = RAG_POLARITY_MAX;
    input.amber.amount = dec("6.1");
    assert_int_equal(rag_judge(&input).status, RAG_OK);
}

static void names_are_those_of_the_model(void **state)
{
    (void)state;
    assert_string_equal(rag_status_name(RAG_NO_TARGET), "NO_TARGET");
    assert_string_equal(rag_status_name(RAG_WARNING), "WARNING");
    assert_string_equal(rag_reason_name(RAG_REASON_ZERO_TARGET), "ZERO_TARGET");
    assert_string_equal(rag_reason_name(RAG_REASON_OVERFLOW), "OVERFLOW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dundee_is_rated_three_ok_two_warning_three_alert),
        cmocka_unit_test(smartcards_meet_their_target_and_then_have_none),
        cmocka_unit_test(engagement_is_a_warning_exactly_on_a_ten_percent_boundary),
        cmocka_unit_test(year_to_date_sickness_over_its_profile_is_an_alert),
        cmocka_unit_test(comparison_is_unrounded),
        cmocka_unit_test(absolute_tolerances_are_in_the_unit_of_the_indicator),
        cmocka_unit_test(a_range_is_missed_on_either_side),
        cmocka_unit_test(a_strict_target_met_only_by_equality_is_a_warning),
        cmocka_unit_test(a_percent_tolerance_on_a_zero_target_is_unknown),
        cmocka_unit_test(a_negative_target_takes_its_percent_of_the_magnitude),
        cmocka_unit_test(what_cannot_be_judged_says_why),
        cmocka_unit_test(data_only_comes_before_everything),
        cmocka_unit_test(one_councils_rule_reads_the_trend),
        cmocka_unit_test(absolute_thresholds_need_no_target),
        cmocka_unit_test(names_are_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
