#include "common/names.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void good_names_pass(void **state)
{
    static const char *const names[] = {
        "indicators/foi-cex",
        "observations/foi-cex/2021-22.q1",
        "observations/x/2021-22/age=16-24,sex=f",
        "links/measures/indicators/foi-cex/objectives/cex-fairness",
        "a/b",
        "notes/~1_2",
        "notes/.a/b./...",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(status_is_ok(name_check(*state, "name", names[i])));
}

static void bad_names_are_refused_with_the_field(void **state)
{
    static const char *const names[] = {
        "",
        "indicators",
        "/indicators/x",
        "indicators/",
        "indicators//x",
        "Indicators/x",
        "indicators/x y",
        "indicators/\xC3\xA9",
        "/",
        "//",
        "indicators/x?",
        "indicators/x\n",
        "indicators/..",
        "indicators/../x",
        "indicators/x/.",
    };

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct status st = name_check(*state, "from", names[i]);

        assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
        assert_string_equal(st.reason, REASON_NAME_INVALID);
        assert_string_equal(st.field, "from");
        assert_non_null(strstr(st.message, names[i]));
    }
}

static void two_hundred_bytes_are_the_limit(void **state)
{
    char name[300] = "a/";

    memset(name + 2, 'x', 198);
    assert_true(status_is_ok(name_check(*state, "name", name)));
    name[200] = 'x';
    assert_false(status_is_ok(name_check(*state, "name", name)));
}

static void a_long_name_is_not_cut_inside_a_character(void **state)
{
    char name[300] = "x";
    struct status st;

    for (int i = 0; i < 140; i++)
        memcpy(name + 1 + 2 * i, "\xC3\xA9", 2);
    st = name_check(*state, "name", name);
    assert_non_null(strstr(st.message, "\xC3\xA9\" is over 200 bytes"));
}

static void a_name_splits_at_the_first_slash(void **state)
{
    size_t length = 99;

    (void)state;
    assert_true(name_split("observations/foi/2021", &length));
    assert_int_equal(length, 12);
    assert_false(name_split("observations", &length));
    assert_false(name_split("/x", &length));
    assert_false(name_split("x/", &length));
    assert_int_equal(length, 12);
}

static void codes_fold_to_one_key(void **state)
{
    assert_string_equal(code_fold(*state, "cex 9"), "CEX9");
    assert_string_equal(code_fold(*state, " C\tEX\xC2\xA0"
                                          "9 "),
                        "CEX9");
    assert_string_equal(code_fold(*state, "\xC3\xA9x"), "\xC3\xA9X");
    assert_string_equal(code_fold(*state, ""), "");
    assert_string_equal(code_fold(*state, "\xC2"), "\xC2");
}

static void numbers_sort_as_numbers(void **state)
{
    static const char *const order[] = {
        "", "1", "9", "10", "A", "a", "a1", "a02", "a2", "a2b", "a10", "HB 9", "hb 10", "HB 11",
    };
    size_t n = sizeof order / sizeof order[0];

    (void)state;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            int expected = i < j ? -1 : i > j;
            int got = text_compare_natural(order[i], order[j]);

            assert_int_equal(got < 0 ? -1 : got > 0, expected);
        }
}

static void numbers_of_any_length_compare(void **state)
{
    (void)state;
    assert_true(text_compare_natural("x99999999999999999999998", "x99999999999999999999999") <
                0);
    assert_true(text_compare_natural("x100000000000000000000000", "x99999999999999999999999") >
                0);
}

static void the_natural_order_is_total(void **state)
{
    static const char alphabet[] = "019aA \xC3";
    char texts[3][5];

    (void)state;
    srand(3);
    for (int round = 0; round < 200000; round++) {
        const char *a = texts[0];
        const char *b = texts[1];
        const char *c = texts[2];

        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 5; j++)
                texts[i][j] = j == 4 ? '\0' : alphabet[(size_t)rand() % sizeof alphabet];
        assert_true((text_compare_natural(a, b) == 0) == (strcmp(a, b) == 0));
        assert_true((text_compare_natural(a, b) < 0) == (text_compare_natural(b, a) > 0));
        if (text_compare_natural(a, b) < 0 && text_compare_natural(b, c) < 0)
            assert_true(text_compare_natural(a, c) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_names_pass, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bad_names_are_refused_with_the_field, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(two_hundred_bytes_are_the_limit, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_long_name_is_not_cut_inside_a_character, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_name_splits_at_the_first_slash, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(codes_fold_to_one_key, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(numbers_sort_as_numbers, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(numbers_of_any_length_compare, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_natural_order_is_total, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
