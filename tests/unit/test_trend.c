#include "domain/trend.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static struct trend_point point(const char *value)
{
    struct trend_point result = {.has_value = value != NULL};
    if (value != NULL) result.value = dec(value);
    return result;
}

static struct trend_rule rule_of(enum rag_polarity polarity, const char *materiality,
                                 bool percent)
{
    return (struct trend_rule){.polarity = polarity,
                               .materiality = {dec(materiality), percent}};
}

static struct trend_result compare(const struct trend_rule *rule, const char *now,
                                   const char *before)
{
    struct trend_point current = point(now), comparator = point(before);
    return trend_short(rule, &current, &comparator, false);
}

static void assert_figure(struct decimal value, const char *text)
{
    char shown[DECIMAL_TEXT_SIZE];
    decimal_format(value, shown);
    assert_string_equal(shown, text);
}

static const struct {
    enum rag_polarity polarity;
    const char *before, *now;
    enum trend_direction plain, material; /* m = 0 and m = 5 % */
} dundee_table[] = {
    {RAG_POLARITY_MAX, "51", "55", TREND_IMPROVING, TREND_IMPROVING},
    {RAG_POLARITY_MAX, "51313", "60769", TREND_IMPROVING, TREND_IMPROVING},
    {RAG_POLARITY_MAX, "93.8", "98.7", TREND_IMPROVING, TREND_IMPROVING},
    {RAG_POLARITY_MAX, "66.7", "100", TREND_IMPROVING, TREND_IMPROVING},
    {RAG_POLARITY_MIN, "7.63", "4.69", TREND_IMPROVING, TREND_IMPROVING},
    {RAG_POLARITY_MAX, "68740", "66342", TREND_GETTING_WORSE, TREND_NO_CHANGE},
    {RAG_POLARITY_MAX, "78.7", "77.3", TREND_GETTING_WORSE, TREND_NO_CHANGE},
};

static void dundee_has_five_of_seven_improving_and_seven_of_seven_maintained(void **state)
{
    int plain_count = 0, material_count = 0;
    (void)state;
    for (size_t i = 0; i < sizeof dundee_table / sizeof dundee_table[0]; i++) {
        struct trend_rule plain = rule_of(dundee_table[i].polarity, "0", false);
        struct trend_rule material = rule_of(dundee_table[i].polarity, "5", true);
        struct trend_result result =
            compare(&plain, dundee_table[i].now, dundee_table[i].before);
        assert_int_equal(result.direction, dundee_table[i].plain);
        plain_count += trend_is_maintained(result.direction);
        result = compare(&material, dundee_table[i].now, dundee_table[i].before);
        assert_int_equal(result.direction, dundee_table[i].material);
        material_count += trend_is_maintained(result.direction);
    }
    assert_int_equal(plain_count, 5);
    assert_int_equal(material_count, 7);
}

static void change_is_signed_so_that_positive_is_better(void **state)
{
    struct trend_rule max = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_rule min = rule_of(RAG_POLARITY_MIN, "0", false);
    (void)state;
    struct trend_result result = compare(&max, "66342", "68740");
    assert_figure(result.change, "-2398");
    assert_figure(result.change_percent, "-3.4885");
    result = compare(&max, "77.3", "78.7");
    assert_figure(result.change_percent, "-1.7789");
    result = compare(&min, "4.69", "7.63");
    assert_figure(result.change, "2.94");
}

static void a_change_on_the_materiality_is_no_change(void **state)
{
    struct trend_rule absolute = rule_of(RAG_POLARITY_MAX, "2", false);
    struct trend_rule percent = rule_of(RAG_POLARITY_MAX, "5", true);
    (void)state;
    assert_int_equal(compare(&absolute, "12", "10").direction, TREND_NO_CHANGE);
    assert_int_equal(compare(&absolute, "12.01", "10").direction, TREND_IMPROVING);
    assert_int_equal(compare(&percent, "95", "100").direction, TREND_NO_CHANGE);
    assert_int_equal(compare(&percent, "94.999999", "100").direction, TREND_GETTING_WORSE);
}

static void without_polarity_it_only_rises_or_falls(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_NONE, "0", false);
    (void)state;
    assert_int_equal(compare(&rule, "12", "10").direction, TREND_INCREASING);
    assert_int_equal(compare(&rule, "8", "10").direction, TREND_DECREASING);
    assert_int_equal(compare(&rule, "10.0", "10").direction, TREND_NO_CHANGE);
}

static void with_a_range_nearer_is_better(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_RANGE, "0", false);
    (void)state;
    assert_int_equal(compare(&rule, "12", "10").direction, TREND_INCREASING);
    rule.has_range = true;
    rule.low = dec("10");
    rule.high = dec("20");
    assert_int_equal(compare(&rule, "9", "25").direction, TREND_IMPROVING);
    assert_int_equal(compare(&rule, "22", "9").direction, TREND_GETTING_WORSE);
    assert_int_equal(compare(&rule, "11", "19").direction, TREND_NO_CHANGE);
}

static void a_missing_figure_gives_unknown_with_the_reason(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    (void)state;
    assert_int_equal(compare(&rule, NULL, "10").reason, TREND_REASON_NO_VALUE);
    assert_int_equal(compare(&rule, "10", NULL).reason, TREND_REASON_NO_COMPARATOR);
    assert_int_equal(compare(&rule, "10", NULL).direction, TREND_UNKNOWN);
    rule.materiality.amount = dec("-1");
    assert_int_equal(compare(&rule, "10", "9").reason, TREND_REASON_BAD_MATERIALITY);
}

static void a_break_between_gives_unknown(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_point current = point("12"), before = point("10");
    (void)state;
    assert_int_equal(trend_short(&rule, &current, &before, true).reason, TREND_REASON_BREAK);
    before.is_break = true; /* the comparator begins the new series */
    assert_int_equal(trend_short(&rule, &current, &before, false).direction, TREND_IMPROVING);
    current.is_break = true;
    assert_int_equal(trend_short(&rule, &current, &before, false).reason, TREND_REASON_BREAK);
}

static void a_zero_comparator_has_no_percent(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "5", true);
    (void)state;
    struct trend_result result = compare(&rule, "1", "0");
    assert_int_equal(result.direction, TREND_IMPROVING);
    assert_false(result.has_percent);
    assert_int_equal(compare(&rule, "0.0", "0").direction, TREND_NO_CHANGE);
}

static void the_long_trend_compares_with_the_mean_of_four(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_point current = point("10.5");
    struct trend_point before[] = {point("12"), point("10"), point("10"), point("9"),
                                   point("99")};
    (void)state;
    struct trend_result result =
        trend_long(&rule, &current, &(struct trend_past){before, 5, 0});
    assert_int_equal(result.direction, TREND_IMPROVING);
    assert_int_equal(result.comparators, 4);
    assert_int_equal(decimal_compare(result.change, dec("0.25")), 0);
    assert_figure(result.change_percent, "2.4390");
    rule.materiality = (struct rag_tolerance){dec("0.25"), false};
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 5, 0}).direction,
                     TREND_NO_CHANGE);
}

static void the_long_trend_goes_back_as_far_as_it_is_told(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_point current = point("10.5"), before[TREND_LONG_MAXIMUM + 1];
    (void)state;
    for (size_t i = 0; i < TREND_LONG_MAXIMUM + 1; i++)
        before[i] = point(i < 4 ? "10" : "12");
    struct trend_past past = {before, TREND_LONG_MAXIMUM + 1, 0};
    assert_int_equal(trend_long(&rule, &current, &past).direction, TREND_IMPROVING);
    past.wanted = 12;
    assert_int_equal(trend_long(&rule, &current, &past).comparators, 12);
    assert_int_equal(trend_long(&rule, &current, &past).direction, TREND_GETTING_WORSE);
    past.wanted = 2;
    assert_int_equal(trend_long(&rule, &current, &past).comparators, 2);
    past.wanted = 1000;
    assert_int_equal(trend_long(&rule, &current, &past).comparators, TREND_LONG_MAXIMUM);
    past.count = 3;
    assert_int_equal(trend_long(&rule, &current, &past).comparators, 3);
}

static void a_mean_that_does_not_divide_is_compared_exactly(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_point current = point("0.333333333333333333");
    struct trend_point before[] = {point("1"), point("0"), point("0")};
    (void)state;
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 3, 0}).direction,
                     TREND_GETTING_WORSE);
}

static void the_long_trend_needs_two_comparators(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MIN, "0", false);
    struct trend_point current = point("10");
    struct trend_point before[] = {point("12"), point(NULL), point(NULL), point("14")};
    (void)state;
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 3, 0}).reason,
                     TREND_REASON_NO_COMPARATOR);
    struct trend_result result =
        trend_long(&rule, &current, &(struct trend_past){before, 4, 0});
    assert_int_equal(result.direction, TREND_IMPROVING);
    assert_int_equal(result.comparators, 2);
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 0, 0}).direction,
                     TREND_UNKNOWN);
}

static void a_break_inside_the_long_trend_gives_unknown(void **state)
{
    struct trend_rule rule = rule_of(RAG_POLARITY_MAX, "0", false);
    struct trend_point current = point("10");
    struct trend_point before[] = {point("9"), point("9"), point("9")};
    (void)state;
    before[2].is_break = true; /* the oldest one begins the series */
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 3, 0}).direction,
                     TREND_IMPROVING);
    before[1].is_break = true;
    assert_int_equal(trend_long(&rule, &current, &(struct trend_past){before, 3, 0}).reason,
                     TREND_REASON_BREAK);
}

static void names_are_those_of_the_model(void **state)
{
    (void)state;
    assert_string_equal(trend_direction_name(TREND_GETTING_WORSE), "GETTING_WORSE");
    assert_string_equal(trend_direction_name(TREND_DECREASING), "DECREASING");
    assert_string_equal(trend_reason_name(TREND_REASON_OVERFLOW), "OVERFLOW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dundee_has_five_of_seven_improving_and_seven_of_seven_maintained),
        cmocka_unit_test(change_is_signed_so_that_positive_is_better),
        cmocka_unit_test(a_change_on_the_materiality_is_no_change),
        cmocka_unit_test(without_polarity_it_only_rises_or_falls),
        cmocka_unit_test(with_a_range_nearer_is_better),
        cmocka_unit_test(a_missing_figure_gives_unknown_with_the_reason),
        cmocka_unit_test(a_break_between_gives_unknown),
        cmocka_unit_test(a_zero_comparator_has_no_percent),
        cmocka_unit_test(the_long_trend_compares_with_the_mean_of_four),
        cmocka_unit_test(the_long_trend_goes_back_as_far_as_it_is_told),
        cmocka_unit_test(a_mean_that_does_not_divide_is_compared_exactly),
        cmocka_unit_test(the_long_trend_needs_two_comparators),
        cmocka_unit_test(a_break_inside_the_long_trend_gives_unknown),
        cmocka_unit_test(names_are_those_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
