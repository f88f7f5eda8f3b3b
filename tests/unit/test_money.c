#include "domain/money.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void brackets_in_a_million_column_are_minus_1_159_million(void **state)
{
    enum money_scale scale;
    struct money money;
    (void)state;
    assert_true(money_parse_scale("Saving £m", &scale));
    assert_int_equal(money_parse("(£1.159)", scale, &money), VALUE_STATE_VALUE);
    assert_decimal(money.written, "-1.159");
    assert_decimal(money.pounds, "-1159000");
    assert_int_equal(money.scale, MONEY_MILLION);
    assert_false(money.own_scale);
}

static void headers_name_their_scale(void **state)
{
    static const struct {
        const char *text;
        enum money_scale scale;
    } rows[] = {
        {"£000", MONEY_THOUSAND},
        {"2021/22 £'000", MONEY_THOUSAND},
        {"£\u2019000s", MONEY_THOUSAND},
        {"Budget (£000s)", MONEY_THOUSAND},
        {"£k", MONEY_THOUSAND},
        {"£ thousands", MONEY_THOUSAND},
        {"£m", MONEY_MILLION},
        {"Revenue Budget £M", MONEY_MILLION},
        {"(£ million)", MONEY_MILLION},
        {"£millions", MONEY_MILLION},
        {"Amount (£)", MONEY_GBP},
        {"£", MONEY_GBP},
        {"£ gross", MONEY_GBP},
        {"£,000 or so", MONEY_GBP},
        {"Budget £m, Actual £m", MONEY_MILLION},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum money_scale scale;
        assert_true(money_parse_scale(rows[i].text, &scale));
        if (scale != rows[i].scale)
            fail_msg("'%s' is %s", rows[i].text, money_scale_name(scale));
    }
}

static void headers_without_or_with_two_scales_name_none(void **state)
{
    enum money_scale scale = MONEY_THOUSAND;
    (void)state;
    assert_false(money_parse_scale("Budget", &scale));
    assert_false(money_parse_scale("", &scale));
    assert_false(money_parse_scale("£m (last year £000)", &scale));
    assert_int_equal(scale, MONEY_THOUSAND);
}

static void amounts_are_exact_in_pounds(void **state)
{
    static const struct {
        const char *text;
        enum money_scale scale;
        const char *written, *pounds;
    } rows[] = {
        {"£330,774", MONEY_GBP, "330774", "330774"},
        {"£1,234.50", MONEY_GBP, "1234.50", "1234.50"},
        {"12", MONEY_THOUSAND, "12", "12000"},
        {"12.3456", MONEY_THOUSAND, "12.3456", "12345.6"},
        {"£13.264 million", MONEY_GBP, "13.264", "13264000"},
        {"£0.5m", MONEY_THOUSAND, "0.5", "500000"},
        {"(£330k)", MONEY_MILLION, "-330", "-330000"},
        {"-£1.2 million", MONEY_GBP, "-1.2", "-1200000"},
        {"(1,159)", MONEY_THOUSAND, "-1159", "-1159000"},
        {"0.0000001", MONEY_MILLION, "0.0000001", "0.1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct money money;
        if (money_parse(rows[i].text, rows[i].scale, &money) != VALUE_STATE_VALUE)
            fail_msg("'%s': %s", rows[i].text, money.reason);
        assert_decimal(money.written, rows[i].written);
        assert_decimal(money.pounds, rows[i].pounds);
    }
}

static void the_cells_own_scale_goes_first(void **state)
{
    struct money money;
    (void)state;
    (void)money_parse("£330k", MONEY_MILLION, &money);
    assert_true(money.own_scale);
    assert_int_equal(money.scale, MONEY_THOUSAND);
}

static void words_and_blanks_keep_their_state(void **state)
{
    struct money money;
    (void)state;
    assert_int_equal(money_parse("", MONEY_GBP, &money), VALUE_STATE_BLANK);
    assert_int_equal(money_parse("-", MONEY_GBP, &money), VALUE_STATE_DASH);
    assert_int_equal(money_parse("TBC", MONEY_GBP, &money), VALUE_STATE_TBC);
    assert_int_equal(money_parse("N/a", MONEY_GBP, &money), VALUE_STATE_NOT_APPLICABLE);
    (void)money_parse("£2.5m (p)", MONEY_GBP, &money);
    assert_int_equal(money.flags, VALUE_FLAG_PROVISIONAL);
}

static void what_is_not_one_amount_is_refused_with_a_reason(void **state)
{
    static const char *const texts[] = {
        "12%", "£1m - £2m", "up to £5m", "50p",   "about a million",
        "£",   "m",         "£1.2bn",    "1 - 2", "999999999999999999999999999999999999"};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct money money;
        assert_int_equal(money_parse(texts[i], MONEY_MILLION, &money), VALUE_STATE_UNKNOWN);
        assert_non_null(money.reason);
    }
}

static void random_cells_never_crash_the_reader(void **state)
{
    static const char *const parts[] = {"£", "(",    ")", "1",  "000",     ",",
                                        ".", "m",    "k", " ",  "million", "-",
                                        "%", "\xff", "'", "£m", "thousand"};
    (void)state;
    srand(5);
    for (int i = 0; i < 60000; i++) {
        char text[256] = "";
        size_t size = 0;
        for (int j = rand() % 10; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        for (size_t j = 0; i % 3 == 0 && j < size; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        struct money money;
        enum money_scale scale;
        (void)money_parse_scale(text, &scale);
        enum value_state found = money_parse(text, MONEY_THOUSAND, &money);
        assert_int_equal(found == VALUE_STATE_UNKNOWN, money.reason != NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_in_a_million_column_are_minus_1_159_million),
        cmocka_unit_test(headers_name_their_scale),
        cmocka_unit_test(headers_without_or_with_two_scales_name_none),
        cmocka_unit_test(amounts_are_exact_in_pounds),
        cmocka_unit_test(the_cells_own_scale_goes_first),
        cmocka_unit_test(words_and_blanks_keep_their_state),
        cmocka_unit_test(what_is_not_one_amount_is_refused_with_a_reason),
        cmocka_unit_test(random_cells_never_crash_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
