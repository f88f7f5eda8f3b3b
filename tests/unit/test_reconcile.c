#include "domain/reconcile.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct reconcile_figure figure(const char *value)
{
    struct reconcile_figure figure = {.has_value = value != NULL};
    if (value != NULL) figure.value = dec(value);
    return figure;
}

static void parts_sum_to_their_total_or_the_difference_is_told(void **state)
{
    const struct reconcile_figure parts[] = {figure("1.159"), figure("-0.25"), figure("12")};
    struct decimal none = dec("0");
    (void)state;
    struct reconcile_result result = reconcile_sum(parts, 3, figure("12.909"), none);
    assert_int_equal(result.outcome, RECONCILE_AGREES);
    result = reconcile_sum(parts, 3, figure("13"), none);
    assert_int_equal(result.outcome, RECONCILE_DIFFERS);
    assert_decimal(result.left, "12.909");
    assert_decimal(result.right, "13");
    assert_decimal(result.difference, "-0.091");
}

static void a_tolerance_of_rounding_is_declared_and_said(void **state)
{
    const struct reconcile_figure parts[] = {figure("33.3"), figure("33.3"), figure("33.3")};
    (void)state;
    assert_int_equal(reconcile_sum(parts, 3, figure("100"), dec("0.1")).outcome,
                     RECONCILE_WITHIN);
    assert_int_equal(reconcile_sum(parts, 3, figure("100"), dec("0.09")).outcome,
                     RECONCILE_DIFFERS);
}

static void a_missing_part_leaves_it_open(void **state)
{
    const struct reconcile_figure parts[] = {figure("1"), figure(NULL)};
    (void)state;
    struct reconcile_result result = reconcile_sum(parts, 2, figure("1"), dec("0"));
    assert_int_equal(result.outcome, RECONCILE_UNKNOWN);
    assert_int_equal(result.missing, 1);
    assert_decimal(result.left, "1");
    assert_int_equal(reconcile_sum(parts, 1, figure(NULL), dec("0")).outcome,
                     RECONCILE_UNKNOWN);
    assert_int_equal(reconcile_sum(parts, 0, figure("0"), dec("0")).outcome, RECONCILE_UNKNOWN);
}

static void sums_beyond_the_digits_leave_it_open(void **state)
{
    const char *nines = "999999999999999999999999999999999999";
    const struct reconcile_figure parts[] = {figure(nines), figure(nines)};
    (void)state;
    assert_int_equal(reconcile_sum(parts, 2, figure("1"), dec("0")).outcome, RECONCILE_UNKNOWN);
}

static void a_numerator_must_not_pass_its_denominator(void **state)
{
    (void)state;
    assert_int_equal(reconcile_parts(dec("9"), dec("12")).outcome, RECONCILE_AGREES);
    assert_int_equal(reconcile_parts(dec("12"), dec("12.0")).outcome, RECONCILE_AGREES);
    struct reconcile_result result = reconcile_parts(dec("13"), dec("12"));
    assert_int_equal(result.outcome, RECONCILE_DIFFERS);
    assert_decimal(result.difference, "1");
}

static void a_percentage_lies_in_0_to_100_unless_flagged(void **state)
{
    (void)state;
    assert_int_equal(reconcile_percent(dec("0"), false).outcome, RECONCILE_AGREES);
    assert_int_equal(reconcile_percent(dec("100.0"), false).outcome, RECONCILE_AGREES);
    struct reconcile_result result = reconcile_percent(dec("102.5"), false);
    assert_int_equal(result.outcome, RECONCILE_DIFFERS);
    assert_decimal(result.difference, "2.5");
    assert_int_equal(reconcile_percent(dec("102.5"), true).outcome, RECONCILE_WITHIN);
    result = reconcile_percent(dec("-1"), false);
    assert_int_equal(result.outcome, RECONCILE_DIFFERS);
    assert_decimal(result.right, "0");
}

static void a_stated_count_is_held_against_the_list(void **state)
{
    (void)state;
    assert_int_equal(reconcile_count(31, 31).outcome, RECONCILE_AGREES);
    struct reconcile_result result = reconcile_count(31, 32);
    assert_int_equal(result.outcome, RECONCILE_DIFFERS);
    assert_decimal(result.difference, "-1");
    assert_int_equal(result.count, 31);
}

static void reconcile_names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(reconcile_check_name(RECONCILE_PERCENT), "PERCENT");
    assert_string_equal(reconcile_outcome_name(RECONCILE_WITHIN), "WITHIN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_sum_to_their_total_or_the_difference_is_told),
        cmocka_unit_test(a_tolerance_of_rounding_is_declared_and_said),
        cmocka_unit_test(a_missing_part_leaves_it_open),
        cmocka_unit_test(sums_beyond_the_digits_leave_it_open),
        cmocka_unit_test(a_numerator_must_not_pass_its_denominator),
        cmocka_unit_test(a_percentage_lies_in_0_to_100_unless_flagged),
        cmocka_unit_test(a_stated_count_is_held_against_the_list),
        cmocka_unit_test(reconcile_names_are_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
