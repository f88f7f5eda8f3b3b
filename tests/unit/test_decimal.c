#include "common/decimal.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define NINES_36 "999999999999999999999999999999999999"

static struct decimal dec(const char *text)
{
    struct decimal value = {0, 0};
    assert_int_equal(decimal_parse(text, &value), DECIMAL_OK);
    return value;
}

static void assert_decimal(struct decimal value, const char *text)
{
    char shown[DECIMAL_TEXT_SIZE];
    assert_int_equal(decimal_format(value, shown), strlen(text));
    assert_string_equal(shown, text);
}

static void text_comes_back_verbatim_with_its_scale(void **state)
{
    static const char *const texts[] = {"0",      "0.0",    "-12.50",     "4.50",
                                        "4.5",    "7",      "68740",      "0.001",
                                        "-0.001", NINES_36, "-" NINES_36, "0." NINES_36};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_decimal(dec(texts[i]), texts[i]);
}

static void text_that_is_not_canonical_is_malformed(void **state)
{
    static const char *const texts[] = {
        "",   "-",  "+1",    "1.",  ".5",  "01",  "00",   "-0",        "-0.0", "1,000", "1e3",
        " 1", "1 ", "1.2.3", "--1", "NaN", "0x1", "\xff", "1\xc2\xa0", "1-",   "-.5"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct decimal value = {77, 7};
        assert_int_equal(decimal_parse(texts[i], &value), DECIMAL_MALFORMED);
        assert_true(value.coefficient == 77 && value.scale == 7);
    }
}

static void text_with_forty_digits_is_too_long_and_not_truncated(void **state)
{
    struct decimal value = {77, 7};
    (void)state;
    assert_int_equal(decimal_parse("1234567890123456789012345678901234567890", &value),
                     DECIMAL_TOO_LONG);
    assert_int_equal(decimal_parse("1" NINES_36, &value), DECIMAL_TOO_LONG);
    assert_int_equal(decimal_parse("1." NINES_36, &value), DECIMAL_TOO_LONG);
    assert_int_equal(decimal_parse("0.0" NINES_36, &value), DECIMAL_TOO_LONG);
    assert_true(value.coefficient == 77);
    assert_string_equal(decimal_error_text(DECIMAL_TOO_LONG),
                        "a number of more than 36 digits");
}

static void scales_differ_in_text_and_not_in_comparison(void **state)
{
    (void)state;
    assert_int_equal(decimal_compare(dec("4.50"), dec("4.5")), 0);
    assert_int_equal(decimal_compare(dec("4.51"), dec("4.5")), 1);
    assert_int_equal(decimal_compare(dec("-4.51"), dec("-4.5")), -1);
    assert_int_equal(decimal_compare(dec("0.0"), dec("0")), 0);
}

static void comparison_is_exact_at_both_limits(void **state)
{
    (void)state;
    assert_int_equal(decimal_compare(dec(NINES_36), dec("0." NINES_36)), 1);
    assert_int_equal(decimal_compare(dec("0." NINES_36), dec("1")), -1);
    assert_int_equal(decimal_compare(dec("-" NINES_36), dec("-0." NINES_36)), -1);
}

static void sums_and_differences_keep_the_larger_scale(void **state)
{
    struct decimal result;
    (void)state;
    assert_int_equal(decimal_add(dec("1.5"), dec("2.25"), &result), DECIMAL_OK);
    assert_decimal(result, "3.75");
    assert_int_equal(decimal_add(dec("0.1"), dec("0.2"), &result), DECIMAL_OK);
    assert_decimal(result, "0.3");
    assert_int_equal(decimal_sub(dec("1.50"), dec("1.5"), &result), DECIMAL_OK);
    assert_decimal(result, "0.00");
}

static void products_add_the_scales(void **state)
{
    struct decimal result;
    (void)state;
    assert_int_equal(decimal_mul(dec("-1.5"), dec("2.25"), &result), DECIMAL_OK);
    assert_decimal(result, "-3.375");
}

static void results_past_the_limits_overflow_and_leave_the_output(void **state)
{
    struct decimal result = {77, 7};
    (void)state;
    assert_int_equal(decimal_add(dec(NINES_36), dec("1"), &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_add(dec(NINES_36), dec("0.1"), &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_sub(dec("-" NINES_36), dec("1"), &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_mul(dec(NINES_36), dec(NINES_36), &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_mul(dec(NINES_36), dec("10"), &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_div(dec(NINES_36), dec("0.1"), 0, &result), DECIMAL_OVERFLOW);
    assert_int_equal(decimal_div(dec("1"), dec("1"), 37, &result), DECIMAL_OVERFLOW);
    assert_true(result.coefficient == 77 && result.scale == 7);
}

static void division_rounds_half_up_once_at_the_given_scale(void **state)
{
    static const struct {
        const char *a, *b;
        int scale;
        const char *quotient;
    } rows[] = {
        {"1", "3", 4, "0.3333"},
        {"2", "3", 4, "0.6667"},
        {"1", "8", 2, "0.13"},
        {"-1", "8", 2, "-0.13"},
        {"9", "12", 3, "0.750"},
        {"500", "7", 1, "71.4"},
        {"0", "7", 2, "0.00"},
        {"1", "-4", 1, "-0.3"},
        {"1.000000", "8", 2, "0.13"},
        {"0.00000449", "1", 5, "0.00000"},
        {"0.0000050", "1", 5, "0.00001"},
        {"0.4999999", "1", 0, "0"},
        {NINES_36, "3", 0, "333333333333333333333333333333333333"},
        {"1", NINES_36, 36, "0.000000000000000000000000000000000001"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct decimal result;
        assert_int_equal(decimal_div(dec(rows[i].a), dec(rows[i].b), rows[i].scale, &result),
                         DECIMAL_OK);
        assert_decimal(result, rows[i].quotient);
    }
}

static void division_by_zero_is_an_error(void **state)
{
    struct decimal result;
    (void)state;
    assert_int_equal(decimal_div(dec("1"), dec("0.00"), 2, &result), DECIMAL_DIVISION_BY_ZERO);
    assert_int_equal(decimal_div(dec("0"), dec("0"), 2, &result), DECIMAL_DIVISION_BY_ZERO);
}

static void rounding_takes_ties_away_from_zero_and_never_adds_digits(void **state)
{
    (void)state;
    assert_decimal(decimal_round(dec("2.5"), 0), "3");
    assert_decimal(decimal_round(dec("-2.5"), 0), "-3");
    assert_decimal(decimal_round(dec("2.4999"), 0), "2");
    assert_decimal(decimal_round(dec("1.005"), 2), "1.01");
    assert_decimal(decimal_round(dec("-0.04"), 1), "0.0");
    assert_decimal(decimal_round(dec("4.5"), 3), "4.5");
    assert_decimal(decimal_round(dec("99999999999999999999999999999999999.9"), 0),
                   "100000000000000000000000000000000000");
}

static void display_rounds_or_pads_to_the_indicators_decimals(void **state)
{
    char shown[DECIMAL_TEXT_SIZE];
    (void)state;
    decimal_format_rounded(dec("71.4285"), 1, shown);
    assert_string_equal(shown, "71.4");
    decimal_format_rounded(dec("75"), 1, shown);
    assert_string_equal(shown, "75.0");
    decimal_format_rounded(dec("-0.5"), 0, shown);
    assert_string_equal(shown, "-1");
    decimal_format_rounded(dec("0.05"), 4, shown);
    assert_string_equal(shown, "0.0500");
    decimal_format_rounded(dec("-12345678901234567890.5"), 3, shown);
    assert_string_equal(shown, "-12345678901234567890.500");
    decimal_format_rounded(dec("1000000000000000000000.055"), 2, shown);
    assert_string_equal(shown, "1000000000000000000000.06");
    assert_int_equal(decimal_format_rounded(dec("-" NINES_36), 36, shown), 74);
}

static void sign_zero_negation_and_magnitude_agree(void **state)
{
    (void)state;
    assert_int_equal(decimal_sign(dec("-0.1")), -1);
    assert_int_equal(decimal_sign(dec("0.00")), 0);
    assert_int_equal(decimal_sign(dec("3")), 1);
    assert_true(decimal_is_zero(dec("0.00")));
    assert_decimal(decimal_neg(dec("1.50")), "-1.50");
    assert_decimal(decimal_abs(dec("-1.50")), "1.50");
    assert_decimal(decimal_from_int(INT64_MIN), "-9223372036854775808");
}

static int64_t random_number(void)
{
    return (((int64_t)rand() << 20) ^ rand()) % 1000000000000000 - 500000000000000;
}

static void whole_numbers_obey_integer_arithmetic(void **state)
{
    (void)state;
    srand(1);
    for (int i = 0; i < 20000; i++) {
        int64_t a = random_number(), b = random_number() | 1;
        struct decimal x = decimal_from_int(a), y = decimal_from_int(b), result;
        assert_int_equal(decimal_add(x, y, &result), DECIMAL_OK);
        assert_true(result.coefficient == (__int128)a + b);
        assert_int_equal(decimal_mul(x, y, &result), DECIMAL_OK);
        assert_true(result.coefficient == (__int128)a * b);
        assert_int_equal(decimal_compare(x, y), (a > b) - (a < b));
        assert_int_equal(decimal_div(x, y, 0, &result), DECIMAL_OK);
        __int128 rest = a - result.coefficient * b; /* at most half a divisor away */
        assert_true((rest < 0 ? -rest : rest) * 2 <= (b < 0 ? -(__int128)b : b));
    }
}

static void adding_then_subtracting_and_formatting_then_parsing_give_it_back(void **state)
{
    (void)state;
    srand(2);
    for (int i = 0; i < 20000; i++) {
        struct decimal x = {random_number(), rand() % 16}, y = {random_number(), rand() % 16};
        struct decimal sum, back;
        char shown[DECIMAL_TEXT_SIZE];
        assert_int_equal(decimal_add(x, y, &sum), DECIMAL_OK);
        assert_int_equal(decimal_sub(sum, y, &back), DECIMAL_OK);
        assert_int_equal(decimal_compare(back, x), 0);
        decimal_format(x, shown);
        back = dec(shown);
        assert_true(back.coefficient == x.coefficient && back.scale == x.scale);
    }
}

static void random_bytes_never_crash_the_parser(void **state)
{
    static const char alphabet[] = "0123456789.-,%\xff e";
    (void)state;
    srand(3);
    for (int i = 0; i < 50000; i++) {
        char text[64];
        size_t size = (size_t)rand() % 60;
        for (size_t j = 0; j < size; j++)
            text[j] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        text[size] = '\0';
        struct decimal value;
        char shown[DECIMAL_TEXT_SIZE];
        if (decimal_parse(text, &value) != DECIMAL_OK) continue;
        decimal_format(value, shown);
        assert_string_equal(shown, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back_verbatim_with_its_scale),
        cmocka_unit_test(text_that_is_not_canonical_is_malformed),
        cmocka_unit_test(text_with_forty_digits_is_too_long_and_not_truncated),
        cmocka_unit_test(scales_differ_in_text_and_not_in_comparison),
        cmocka_unit_test(comparison_is_exact_at_both_limits),
        cmocka_unit_test(sums_and_differences_keep_the_larger_scale),
        cmocka_unit_test(products_add_the_scales),
        cmocka_unit_test(results_past_the_limits_overflow_and_leave_the_output),
        cmocka_unit_test(division_rounds_half_up_once_at_the_given_scale),
        cmocka_unit_test(division_by_zero_is_an_error),
        cmocka_unit_test(rounding_takes_ties_away_from_zero_and_never_adds_digits),
        cmocka_unit_test(display_rounds_or_pads_to_the_indicators_decimals),
        cmocka_unit_test(sign_zero_negation_and_magnitude_agree),
        cmocka_unit_test(whole_numbers_obey_integer_arithmetic),
        cmocka_unit_test(adding_then_subtracting_and_formatting_then_parsing_give_it_back),
        cmocka_unit_test(random_bytes_never_crash_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
