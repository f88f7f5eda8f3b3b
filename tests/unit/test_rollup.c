#include "domain/rollup.h"

#include "domain/rag.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct rollup_child parts(const char *numerator, const char *denominator)
{
    struct rollup_child child = {.has_value = true,
                                 .has_parts = true,
                                 .numerator = dec(numerator),
                                 .denominator = dec(denominator)};
    struct decimal times;
    assert_int_equal(decimal_mul(child.numerator, dec("100"), &times), DECIMAL_OK);
    if (decimal_div(times, child.denominator, 1, &child.value) != DECIMAL_OK)
        child.value = dec("0");
    return child;
}

static struct rollup_child figure(const char *value)
{
    struct rollup_child child = {.has_value = value != NULL};
    if (value != NULL) child.value = dec(value);
    return child;
}

static struct rollup_rule rule_of(enum rollup_method method,
                                  enum rollup_completeness completeness)
{
    return (struct rollup_rule){.method = method, .completeness = completeness, .per = 1};
}

static struct rollup_rule percent_of(enum rollup_method method,
                                     enum rollup_completeness completeness)
{
    return (struct rollup_rule){method, completeness, true, 100};
}

static void six_of_nine_and_three_of_three_are_75_percent_never_83(void **state)
{
    const struct rollup_child children[] = {parts("6", "9"), parts("3", "3")};
    static const enum rollup_method methods[] = {ROLLUP_RATIO, ROLLUP_MEAN, ROLLUP_SUM};
    char shown[DECIMAL_TEXT_SIZE];
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct rollup_rule rule = percent_of(methods[i], ROLLUP_STRICT);
        struct rollup_result result = rollup_apply(&rule, children, 2);
        assert_true(result.has_value);
        assert_int_equal(result.method, ROLLUP_RATIO);
        assert_decimal(result.numerator, "9");
        assert_decimal(result.denominator, "12");
        decimal_format_rounded(result.value, 1, shown);
        assert_string_equal(shown, "75.0");
    }
}

static void a_percent_without_its_parts_is_only_rolled_up_last(void **state)
{
    const struct rollup_child children[] = {figure("66.7"), figure("100")};
    (void)state;
    for (enum rollup_method method = ROLLUP_SUM; method <= ROLLUP_RATIO; method++) {
        struct rollup_rule rule = percent_of(method, ROLLUP_PARTIAL);
        struct rollup_result result = rollup_apply(&rule, children, 2);
        assert_int_equal(result.has_value, method == ROLLUP_LAST);
        assert_int_equal(result.reason,
                         method == ROLLUP_LAST ? ROLLUP_REASON_NONE : ROLLUP_REASON_NO_PARTS);
        if (method == ROLLUP_LAST) assert_decimal(result.value, "100");
    }
}

static void counts_are_summed_averaged_and_chosen(void **state)
{
    const struct rollup_child children[] = {figure("1.5"), figure("4"), figure("2.00")};
    static const struct {
        enum rollup_method method;
        const char *value;
    } rows[] = {{ROLLUP_SUM, "7.50"},
                {ROLLUP_MEAN, "2.5"},
                {ROLLUP_LAST, "2.00"},
                {ROLLUP_MIN, "1.5"},
                {ROLLUP_MAX, "4"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct rollup_rule rule = rule_of(rows[i].method, ROLLUP_STRICT);
        struct rollup_result result = rollup_apply(&rule, children, 3);
        assert_true(result.has_value);
        assert_false(result.partial);
        assert_decimal(result.value, rows[i].value);
    }
    struct rollup_rule none = rule_of(ROLLUP_NONE, ROLLUP_PARTIAL);
    assert_int_equal(rollup_apply(&none, children, 3).reason, ROLLUP_REASON_NO_METHOD);
}

static void one_missing_child_is_incomplete_or_labelled(void **state)
{
    const struct rollup_child children[] = {figure("1"), figure(NULL), figure("2"),
                                            figure("4")};
    (void)state;
    struct rollup_rule strict = rule_of(ROLLUP_SUM, ROLLUP_STRICT);
    struct rollup_result result = rollup_apply(&strict, children, 4);
    assert_false(result.has_value);
    assert_int_equal(result.reason, ROLLUP_REASON_INCOMPLETE);
    assert_int_equal(result.used, 3);
    assert_int_equal(result.expected, 4);
    struct rollup_rule partial = rule_of(ROLLUP_SUM, ROLLUP_PARTIAL);
    result = rollup_apply(&partial, children, 4);
    assert_true(result.has_value && result.partial);
    assert_int_equal(result.used, 3);
    assert_decimal(result.value, "7");
}

static void last_needs_only_the_last_child(void **state)
{
    struct rollup_child children[] = {figure("1"), figure(NULL), figure("2")};
    struct rollup_rule rule = rule_of(ROLLUP_LAST, ROLLUP_STRICT);
    (void)state;
    assert_decimal(rollup_apply(&rule, children, 3).value, "2");
    children[2] = figure(NULL);
    assert_int_equal(rollup_apply(&rule, children, 3).reason, ROLLUP_REASON_INCOMPLETE);
    rule.completeness = ROLLUP_PARTIAL;
    assert_decimal(rollup_apply(&rule, children, 3).value, "1");
}

static void nothing_at_all_is_incomplete(void **state)
{
    const struct rollup_child children[] = {figure(NULL)};
    (void)state;
    for (enum rollup_method method = ROLLUP_SUM; method <= ROLLUP_RATIO; method++) {
        struct rollup_rule rule = rule_of(method, ROLLUP_PARTIAL);
        assert_int_equal(rollup_apply(&rule, children, 1).reason, ROLLUP_REASON_INCOMPLETE);
        assert_int_equal(rollup_apply(&rule, NULL, 0).reason, ROLLUP_REASON_INCOMPLETE);
    }
}

static void a_ratio_over_zero_and_too_long_sums_are_said(void **state)
{
    const struct rollup_child zero[] = {parts("0", "0")};
    const char *nines = "999999999999999999999999999999999999";
    const struct rollup_child large[] = {figure(nines), figure(nines)};
    struct rollup_rule ratio = percent_of(ROLLUP_RATIO, ROLLUP_STRICT);
    struct rollup_rule sum = rule_of(ROLLUP_SUM, ROLLUP_STRICT);
    (void)state;
    assert_int_equal(rollup_apply(&ratio, zero, 1).reason, ROLLUP_REASON_DIV0);
    assert_int_equal(rollup_apply(&sum, large, 2).reason, ROLLUP_REASON_OVERFLOW);
}

static void year_to_date_begins_in_april_and_ends_with_the_month(void **state)
{
    struct rollup_child children[15];
    struct period month;
    (void)state;
    assert_true(
        period_make(PERIOD_MONTH, 2021, 1, &month)); /* January to March are last year's */
    for (size_t i = 0; i < 15; i++) {
        children[i] = figure("10");
        children[i].period = month;
        assert_true(period_next(&month, &month));
    }
    struct rollup_rule rule = rule_of(ROLLUP_SUM, ROLLUP_STRICT);
    struct rollup_result result = rollup_to_date(&rule, children, 15, &children[8].period);
    assert_int_equal(result.expected, 6); /* April to September */
    assert_decimal(result.value, "60");
    result = rollup_to_date(&rule, children, 15, &children[2].period);
    assert_int_equal(result.expected, 3); /* what is there of 2020/21 */
}

static void half_the_annual_target_is_6_667_percent_passed(void **state)
{
    const struct rollup_profile profile = {dec("4.5"), NULL, 12};
    struct decimal target;
    (void)state;
    assert_true(rollup_target_at(&profile, 6, &target));
    assert_decimal(target, "2.25");
    struct rag_input input = {.has_value = true,
                              .has_target = true,
                              .polarity = RAG_POLARITY_MIN,
                              .value = dec("2.40"),
                              .target = target,
                              .amber = rag_default_amber(),
                              .red = rag_default_red()};
    struct rag_result result = rag_judge(&input);
    assert_int_equal(result.status, RAG_ALERT);
    assert_decimal(result.shortfall_percent, "6.6667");
}

static void a_listed_profile_says_itself_what_is_due(void **state)
{
    const struct decimal listed[] = {dec("10"), dec("15"), dec("60"), dec("100")};
    const struct rollup_profile profile = {dec("100"), listed, 4};
    struct decimal target = dec("0");
    (void)state;
    assert_true(rollup_target_at(&profile, 3, &target));
    assert_decimal(target, "60");
    assert_false(rollup_target_at(&profile, 0, &target));
    assert_false(rollup_target_at(&profile, 5, &target));
    assert_decimal(target, "60");
}

static void rollup_names_are_the_words_of_the_model(void **state)
{
    (void)state;
    assert_string_equal(rollup_method_name(ROLLUP_RATIO), "ratio");
    assert_string_equal(rollup_reason_name(ROLLUP_REASON_NO_PARTS), "NO_PARTS");
    assert_string_equal(rollup_reason_name(ROLLUP_REASON_OVERFLOW), "OVERFLOW");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(six_of_nine_and_three_of_three_are_75_percent_never_83),
        cmocka_unit_test(a_percent_without_its_parts_is_only_rolled_up_last),
        cmocka_unit_test(counts_are_summed_averaged_and_chosen),
        cmocka_unit_test(one_missing_child_is_incomplete_or_labelled),
        cmocka_unit_test(last_needs_only_the_last_child),
        cmocka_unit_test(nothing_at_all_is_incomplete),
        cmocka_unit_test(a_ratio_over_zero_and_too_long_sums_are_said),
        cmocka_unit_test(year_to_date_begins_in_april_and_ends_with_the_month),
        cmocka_unit_test(half_the_annual_target_is_6_667_percent_passed),
        cmocka_unit_test(a_listed_profile_says_itself_what_is_due),
        cmocka_unit_test(rollup_names_are_the_words_of_the_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
