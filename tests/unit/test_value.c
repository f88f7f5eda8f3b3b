#include "domain/value.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct value read_value(const char *text)
{
    struct value value;
    enum value_state state = value_parse(text, &value);
    assert_int_equal(state, value.state);
    return value;
}

static void assert_number(const char *text, const char *number, enum value_unit unit)
{
    struct value value = read_value(text);
    char shown[DECIMAL_TEXT_SIZE];
    if (value.state != VALUE_STATE_VALUE) fail_msg("'%s' was not understood", text);
    decimal_format(value.number, shown);
    assert_string_equal(shown, number);
    assert_int_equal(value.unit, unit);
    assert_null(value.reason);
}

static void assert_refused(const char *text)
{
    struct value value = read_value(text);
    if (value.state != VALUE_STATE_UNKNOWN)
        fail_msg("'%s' was taken as %s", text, value_state_name(value.state));
    assert_non_null(value.reason);
}

static void assert_state(const char *text, enum value_state state)
{
    struct value value = read_value(text);
    if (value.state != state)
        fail_msg("'%s' was taken as %s", text, value_state_name(value.state));
    assert_null(value.reason);
}

static void plain_numbers_keep_their_scale(void **state)
{
    (void)state;
    assert_number("1.31m", "1310000", VALUE_UNIT_NONE);
    assert_number("310K", "310000", VALUE_UNIT_NONE);
    assert_number("£82.4m", "82400000", VALUE_UNIT_GBP);
    assert_number("€1.2bn", "1200000000", VALUE_UNIT_NONE);
    assert_number("£1.2345678m", "1234567.8", VALUE_UNIT_GBP);
    assert_number("48.9%*", "48.9", VALUE_UNIT_PERCENT);
    assert_number("12 †", "12", VALUE_UNIT_NONE);
    assert_number("87%¹", "87", VALUE_UNIT_PERCENT);
    assert_number("3 (r)", "3", VALUE_UNIT_NONE);
    assert_number("$1,204", "1204", VALUE_UNIT_NONE);
    assert_number("A$51,204.33", "51204.33", VALUE_UNIT_NONE);
    assert_number("76% (±4%)", "76", VALUE_UNIT_PERCENT);
    assert_number("Not achieved – 92.3%", "92.3", VALUE_UNIT_PERCENT);
    assert_number("Achieved: 98%", "98", VALUE_UNIT_PERCENT);
    assert_number("Nil", "0", VALUE_UNIT_NONE);
    assert_number("4.69", "4.69", VALUE_UNIT_NONE);
    assert_number("4.50", "4.50", VALUE_UNIT_NONE);
    assert_number("4", "4", VALUE_UNIT_NONE);
    assert_number("-3.2", "-3.2", VALUE_UNIT_NONE);
    assert_number("+3.2", "3.2", VALUE_UNIT_NONE);
    assert_number(".5", "0.5", VALUE_UNIT_NONE);
    assert_number("-0.0", "0.0", VALUE_UNIT_NONE);
    assert_number("007", "7", VALUE_UNIT_NONE);
}

static void thousands_separators_are_taken_out(void **state)
{
    (void)state;
    assert_number("68,740", "68740", VALUE_UNIT_NONE);
    assert_number("1,234,567.80", "1234567.80", VALUE_UNIT_NONE);
}

static void misplaced_separators_are_refused(void **state)
{
    static const char *const texts[] = {"1,2,3",  "12,34",  "1234,567", "1,2345", ",123",
                                        "1,,234", "1,234,", "1.234,5",  "1,23"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i]);
}

static void percent_marks_are_seen(void **state)
{
    (void)state;
    assert_number("63%", "63", VALUE_UNIT_PERCENT);
    assert_number("93.8 %", "93.8", VALUE_UNIT_PERCENT);
    assert_number("10 per cent", "10", VALUE_UNIT_PERCENT);
    assert_number("-5%", "-5", VALUE_UNIT_PERCENT);
}

static void money_is_exact_and_parentheses_mean_less_than_nothing(void **state)
{
    (void)state;
    assert_number("£1,159", "1159", VALUE_UNIT_GBP);
    assert_number("(£1.159)", "-1.159", VALUE_UNIT_GBP);
    assert_number("-£5", "-5", VALUE_UNIT_GBP);
    assert_number("£-5", "-5", VALUE_UNIT_GBP);
    assert_number("(1,159)", "-1159", VALUE_UNIT_NONE);
    assert_refused("£5%");
    assert_refused("(-5)");
    assert_refused("(£5");
}

static void states_in_words_are_understood_in_any_case(void **state)
{
    static const struct {
        const char *text;
        enum value_state state;
    } rows[] = {
        {"", VALUE_STATE_BLANK},
        {" \t\n", VALUE_STATE_BLANK},
        {"\u00a0", VALUE_STATE_BLANK},
        {"-", VALUE_STATE_DASH},
        {"\u2013", VALUE_STATE_DASH},
        {"\u2014", VALUE_STATE_DASH},
        {"TBC", VALUE_STATE_TBC},
        {"tbc", VALUE_STATE_TBC},
        {"<b>Tbc</b>", VALUE_STATE_TBC},
        {"Under Development", VALUE_STATE_UNDER_DEVELOPMENT},
        {"Under development", VALUE_STATE_UNDER_DEVELOPMENT},
        {"N/A", VALUE_STATE_NOT_APPLICABLE},
        {"n/a", VALUE_STATE_NOT_APPLICABLE},
        {"<b>N/a</b>", VALUE_STATE_NOT_APPLICABLE},
        {"Not applicable", VALUE_STATE_NOT_APPLICABLE},
        {"New measure", VALUE_STATE_NEW_MEASURE},
        {"New indicator", VALUE_STATE_NEW_MEASURE},
        {"N/a \u2013 New measure", VALUE_STATE_NEW_MEASURE},
        {"Not collected", VALUE_STATE_NOT_COLLECTED},
        {"Suppressed", VALUE_STATE_SUPPRESSED},
        {"*", VALUE_STATE_SUPPRESSED},
        {"Not due", VALUE_STATE_NOT_DUE},
        {"Overdue", VALUE_STATE_OVERDUE},
        {"**Overdue**", VALUE_STATE_OVERDUE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_state(rows[i].text, rows[i].state);
}

static void not_applicable_is_not_blank(void **state)
{
    (void)state;
    assert_int_not_equal(read_value("N/a").state, read_value("").state);
    assert_int_not_equal(read_value("-").state, read_value("").state);
}

static void words_may_say_why(void **state)
{
    (void)state;
    assert_state("n/a – annual", VALUE_STATE_NOT_APPLICABLE);
    assert_state("N/A (reported in Q-four)", VALUE_STATE_NOT_APPLICABLE);
    assert_state("TBC - survey in autumn", VALUE_STATE_TBC);
    assert_state("Annual measure", VALUE_STATE_NOT_DUE);
    assert_state("Not due until Q4", VALUE_STATE_NOT_DUE);
    assert_state("New in 2023-24", VALUE_STATE_NEW_MEASURE);
    assert_state("Awaiting data", VALUE_STATE_TBC);
    assert_state("Data not available", VALUE_STATE_NOT_COLLECTED);
    assert_state("No target set", VALUE_STATE_NOT_APPLICABLE);
    assert_refused("n/a (was 45% last year)");
    assert_refused("annual leave taken");
    assert_refused("478 512");
    assert_refused("Achieved");
    assert_refused("87%1");
    assert_refused("± some");
}

static void available_from_carries_its_date(void **state)
{
    int32_t june = 0, third = 0;
    (void)state;
    assert_true(date_from_civil(2022, 6, 1, &june) && date_from_civil(2022, 6, 3, &third));
    assert_state("Available June 2022", VALUE_STATE_AVAILABLE_FROM);
    assert_int_equal(read_value("Available June 2022").available_from, june);
    assert_int_equal(read_value("Available from 3rd June 2022").available_from, third);
    assert_int_equal(read_value("Data available from 03/06/2022").available_from, third);
    assert_int_equal(read_value("7").available_from, DATE_NO_DAY);
    assert_refused("Available soon");
    assert_refused("Available from 31 June 2022");
}

static void operators_of_targets_are_understood(void **state)
{
    static const struct {
        const char *text;
        enum value_operator op;
    } rows[] = {
        {"<10%", VALUE_OPERATOR_LESS},
        {"< 10 %", VALUE_OPERATOR_LESS},
        {"&lt;10%", VALUE_OPERATOR_LESS},
        {"less than 10%", VALUE_OPERATOR_LESS},
        {"Fewer than 10", VALUE_OPERATOR_LESS},
        {"<=10", VALUE_OPERATOR_AT_MOST},
        {"\u226410", VALUE_OPERATOR_AT_MOST},
        {"no more than 10", VALUE_OPERATOR_AT_MOST},
        {"10 or less", VALUE_OPERATOR_AT_MOST},
        {">10", VALUE_OPERATOR_MORE},
        {"more than 10", VALUE_OPERATOR_MORE},
        {">=10", VALUE_OPERATOR_AT_LEAST},
        {"at least 10%", VALUE_OPERATOR_AT_LEAST},
        {"10%+", VALUE_OPERATOR_AT_LEAST},
        {"10", VALUE_OPERATOR_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct value value = read_value(rows[i].text);
        assert_int_equal(value.state, VALUE_STATE_VALUE);
        assert_int_equal(value.op, rows[i].op);
        assert_int_equal(decimal_compare(value.number, decimal_from_int(10)), 0);
    }
}

static void ranges_have_two_ends(void **state)
{
    static const char *const texts[] = {
        "10-15", "10 \u2013 15", "10 to 15", "between 10 and 15", "10%-15%", "10-15%"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct value value = read_value(texts[i]);
        assert_int_equal(value.op, VALUE_OPERATOR_RANGE);
        assert_int_equal(decimal_compare(value.number, decimal_from_int(10)), 0);
        assert_int_equal(decimal_compare(value.range_high, decimal_from_int(15)), 0);
    }
    struct value margin = read_value("+/-1.5%");
    assert_int_equal(margin.op, VALUE_OPERATOR_RANGE);
    assert_int_equal(decimal_sign(margin.number), -1);
    assert_int_equal(decimal_compare(margin.range_high, decimal_neg(margin.number)), 0);
    assert_refused("15-10");
    assert_refused("2020-21");
    assert_refused("between 10");
    assert_refused("10% - £15");
}

static void flags_follow_the_number(void **state)
{
    (void)state;
    assert_int_equal(read_value("63% (provisional)").flags, VALUE_FLAG_PROVISIONAL);
    assert_int_equal(read_value("63%p").flags, VALUE_FLAG_PROVISIONAL);
    assert_int_equal(read_value("63 (p)").flags, VALUE_FLAG_PROVISIONAL);
    assert_int_equal(read_value("63 (estimated)").flags, VALUE_FLAG_ESTIMATED);
    assert_int_equal(read_value("63 [f]").flags, VALUE_FLAG_FORECAST);
    assert_int_equal(read_value("63 (p) (b)").flags, VALUE_FLAG_PROVISIONAL | VALUE_FLAG_BREAK);
    assert_refused("63p");
    assert_refused("63 (p");
}

static void what_is_not_a_value_is_refused_with_a_reason(void **state)
{
    static const char *const texts[] = {"about right", "1.2mx",    "5 days",   "12 34", "1e5",
                                        "--5",         "%",        "£",        "<",     "5.",
                                        "10/12",       "0x10",     "\xff\xfe", "TBC 5", "5 TBC",
                                        "Infinity",    "<script>5"};
    (void)state;
    for (size_t i = 0; i + 1 < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i]);
}

static void forty_digits_are_refused_and_not_truncated(void **state)
{
    (void)state;
    assert_refused("1234567890123456789012345678901234567890");
    assert_string_equal(read_value("1234567890123456789012345678901234567890").reason,
                        "a number of more than 36 digits");
    assert_number("123456789012345678901234567890123456",
                  "123456789012345678901234567890123456", VALUE_UNIT_NONE);
}

static void markup_and_typography_are_cleaned_for_matching(void **state)
{
    char clean[128];
    (void)state;
    assert_true(value_clean_text(" <b>Internal</b> \u2013 \u201cawards\u201d\n**now**&nbsp;",
                                 128, clean));
    assert_string_equal(clean, "Internal - \"awards\" now");
    assert_true(value_clean_text("a ** b <10% </", 128, clean));
    assert_string_equal(clean, "a ** b <10% </");
    assert_false(value_clean_text("abcd", 4, clean));
    assert_number("<b>68,740</b>", "68740", VALUE_UNIT_NONE);
}

static void state_names_come_back(void **state)
{
    (void)state;
    for (int i = VALUE_STATE_VALUE; i <= VALUE_STATE_AVAILABLE_FROM; i++)
        assert_int_equal(value_state_from_name(value_state_name((enum value_state)i)), i);
    assert_int_equal(value_state_from_name("nonsense"), VALUE_STATE_UNKNOWN);
    assert_string_equal(value_state_name(VALUE_STATE_NOT_DUE), "NOT_DUE");
}

static void random_bytes_never_crash_the_parser(void **state)
{
    static const char alphabet[] = "0123456789.,-%()<>=*&;/ \xc2\xa3\xe2\x80\x93petobnd[]";
    (void)state;
    srand(5);
    for (int i = 0; i < 100000; i++) {
        char text[400];
        size_t size = (size_t)rand() % (i % 50 == 0 ? sizeof text : 12);
        for (size_t j = 0; j < size; j++)
            text[j] = i % 2 ? (char)(rand() % 255 + 1)
                            : alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        text[size] = '\0';
        struct value value;
        enum value_state found = value_parse(text, &value);
        assert_true((found == VALUE_STATE_UNKNOWN) == (value.reason != NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_numbers_keep_their_scale),
        cmocka_unit_test(thousands_separators_are_taken_out),
        cmocka_unit_test(misplaced_separators_are_refused),
        cmocka_unit_test(words_may_say_why),
        cmocka_unit_test(percent_marks_are_seen),
        cmocka_unit_test(money_is_exact_and_parentheses_mean_less_than_nothing),
        cmocka_unit_test(states_in_words_are_understood_in_any_case),
        cmocka_unit_test(not_applicable_is_not_blank),
        cmocka_unit_test(available_from_carries_its_date),
        cmocka_unit_test(operators_of_targets_are_understood),
        cmocka_unit_test(ranges_have_two_ends),
        cmocka_unit_test(flags_follow_the_number),
        cmocka_unit_test(what_is_not_a_value_is_refused_with_a_reason),
        cmocka_unit_test(forty_digits_are_refused_and_not_truncated),
        cmocka_unit_test(markup_and_typography_are_cleaned_for_matching),
        cmocka_unit_test(state_names_come_back),
        cmocka_unit_test(random_bytes_never_crash_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
