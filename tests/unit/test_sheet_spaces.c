/* Tables whose columns are apart by spaces. */
#include "client/sheet_spaces.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *convert(void **state, const char *text)
{
    size_t size;
    const char *out = sheet_spaces_to_tabs(text, strlen(text), *state, &size);

    return arena_strndup(*state, out, size);
}

static void columns_become_tabs(void **state)
{
    assert_string_equal(convert(state, "Code  Indicator         2020/21\n"
                                       "A 1   Calls answered    97%\n"
                                       "A 2   Letters answered  \n"),
                        "Code\tIndicator\t2020/21\n"
                        "A 1\tCalls answered\t97%\n"
                        "A 2\tLetters answered\t\n");
}

static void characters_count_and_not_bytes(void **state)
{
    assert_string_equal(convert(state, "Item   Cost    Who\n"
                                       "Caf\u00e9   \u00a312.00  \u00c5sa\n"
                                       "Bar    \u00a3120    Bo\n"),
                        "Item\tCost\tWho\n"
                        "Caf\u00e9\t\u00a312.00\t\u00c5sa\n"
                        "Bar\t\u00a3120\tBo\n");
}

static void a_cell_may_be_missing_and_its_text_go_on_below(void **state)
{
    assert_string_equal(convert(state, "Action           By        Who\n"
                                       "Publish a plan   May 2022  Clerk\n"
                                       "  for the parks                 \n"
                                       "Resurface roads  2023      Roads\n"
                                       "Plant trees                Parks\n"
                                       "Open a school    2024      Head\n"),
                        "Action\tBy\tWho\n"
                        "Publish a plan\tMay 2022\tClerk\n"
                        "for the parks\t\t\n"
                        "Resurface roads\t2023\tRoads\n"
                        "Plant trees\t\tParks\n"
                        "Open a school\t2024\tHead\n");
}

static void rows_may_be_set_apart(void **state)
{
    assert_string_equal(convert(state, "Measure        Target   Q1\n"
                                       "\n"
                                       "Claims (days)  18       21\n"
                                       "\n"
                                       "Changes        5        6.1\n"
                                       "\n"
                                       "Then a line of text.\n"),
                        "Measure\tTarget\tQ1\n"
                        "\n"
                        "Claims (days)\t18\t21\n"
                        "\n"
                        "Changes\t5\t6.1\n"
                        "\n"
                        "Then a line of text.\n");
}

static void stays(void **state, const char *text)
{
    assert_string_equal(convert(state, text), text);
}

static void prose_stays_as_it_is(void **state)
{
    stays(state, "One line.\nAnother  line with  spaces.\nA third.\n");
    stays(state, "");
    stays(state, "\n\n   \n");
    stays(state, "no end");
}

static void prose_set_in_columns_is_no_table(void **state)
{
    stays(state, "The council wants     Our schools are       Roads are kept in\n"
                 "to make the town a    among the best and    good repair by the\n"
                 "better place for      we will keep them     teams who work in\n"
                 "all who live here.    so for years to       every ward of the\n"
                 "It will do so with    come, with the help   town, and bridges\n"
                 "partners and with     of parents, pupils    are looked at each\n"
                 "those who work here.  and their teachers.   spring and autumn.\n");
}

static void two_columns_or_two_lines_are_too_few(void **state)
{
    stays(state, "Name    Value\nCalls   97%\nTrees   12\n");
    stays(state, "Code  Name   Value\nA 1   Calls  97%\n");
}

static void what_has_tabs_or_pipes_is_left_to_others(void **state)
{
    stays(state, "Code\tName   x  Value\nA 1\tCalls  y  97%\nA 2\tTrees  z  12\n");
    stays(state, "| Code  | Name   | Value |\n| A 1   | Calls  | 97%   |\n| A 2   | T | 1 |\n");
}

static void line_ends_and_lines_without_one_are_kept(void **state)
{
    assert_string_equal(convert(state, "A    B    C\r\n1    2    3\r\n4    5    6"),
                        "A\tB\tC\r\n1\t2\t3\r\n4\t5\t6");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, arena_setup, arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(columns_become_tabs),
        TEST(characters_count_and_not_bytes),
        TEST(a_cell_may_be_missing_and_its_text_go_on_below),
        TEST(rows_may_be_set_apart),
        TEST(prose_stays_as_it_is),
        TEST(prose_set_in_columns_is_no_table),
        TEST(two_columns_or_two_lines_are_too_few),
        TEST(what_has_tabs_or_pipes_is_left_to_others),
        TEST(line_ends_and_lines_without_one_are_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
