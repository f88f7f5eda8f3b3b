#include "domain/similarity.h"

#include "common/arena.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void placeholders_are_found_where_they_stand(void **state)
{
    static const struct {
        const char *text;
        enum similarity_placeholder placeholder;
        const char *found;
    } rows[] = {
        {"TBC", SIMILARITY_TO_COME, "TBC"},
        {"Lead officer: tbc.", SIMILARITY_TO_COME, "tbc"},
        {"Dates to be confirmed", SIMILARITY_TO_COME, "to be confirmed"},
        {"See [ADD LINK] for details", SIMILARITY_INSTRUCTION, "[ADD LINK]"},
        {"[insert name of partner]", SIMILARITY_INSTRUCTION, "[insert name of partner]"},
        {"<insert date>", SIMILARITY_INSTRUCTION, "<insert date>"},
        {"Insert the link here", SIMILARITY_INSTRUCTION, "Insert the link"},
        {"by xx March", SIMILARITY_FILLER, "xx"},
        {"a saving of £xxx", SIMILARITY_FILLER, "xxx"},
        {"XX% of", SIMILARITY_FILLER, "XX"},
        {"due dd/mm/yyyy", SIMILARITY_FILLER, "dd/mm/yyyy"},
        {"Owner ???", SIMILARITY_FILLER, "???"},
        {"Lorem ipsum dolor", SIMILARITY_FILLER, "Lorem ipsum"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t start = 0, size = 0;
        if (similarity_find_placeholder(rows[i].text, &start, &size) != rows[i].placeholder)
            fail_msg("'%s'", rows[i].text);
        assert_int_equal(size, strlen(rows[i].found));
        assert_memory_equal(rows[i].text + start, rows[i].found, size);
    }
}

static void ordinary_words_are_no_placeholders(void **state)
{
    static const char *const texts[] = {
        "",
        "Develop and publish Local Child Poverty Action Report",
        "Insert new street lights in the town",
        "Add cycle lanes",
        "Foxx Street and Exxon",
        "<b>Bold</b>",
        "[1] Source: Improvement Service",
        "Is it resourced?",
        "Outbc",
        "Link road",
    };
    size_t start, size;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (similarity_find_placeholder(texts[i], &start, &size) != SIMILARITY_NO_PLACEHOLDER)
            fail_msg("'%s'", texts[i]);
}

static int compare(struct arena *arena, const char *a, const char *b)
{
    struct similarity_title left = similarity_read_title(a, arena);
    struct similarity_title right = similarity_read_title(b, arena);
    int alike = similarity_compare(&left, &right);
    assert_int_equal(alike, similarity_compare(&right, &left));
    return alike;
}

static void titles_alike_but_for_spelling_are_the_same(void **state)
{
    assert_int_equal(compare(*state, "Review the Council\u2019s policies",
                             "review of the Councils Policies"),
                     1000);
    assert_int_equal(compare(*state, "Co-ordinate reports", "Co \u2013 ordinate <b>report</b>"),
                     1000);
    assert_int_equal(compare(*state, "a b", ""), 0);
    assert_int_equal(compare(*state, "of the", "the of"), 0);
}

static void near_duplicates_pass_the_threshold_and_others_do_not(void **state)
{
    assert_in_range(compare(*state, "Develop a new communications strategy for the service",
                            "Develop new communication strategy"),
                    SIMILARITY_ALIKE, 1000);
    assert_in_range(compare(*state, "Review and publish the City Plan",
                            "Review and publish the Council Plan"),
                    0, SIMILARITY_ALIKE - 1);
}

static void other_numbers_make_another_thing(void **state)
{
    assert_int_equal(compare(*state, "Review of the plan 2021", "Review of the plan 2022"), 0);
    assert_int_equal(compare(*state, "Priority 21a", "Priority 21 a"), 0);
    assert_int_equal(compare(*state, "Plan 2021 review", "Review plan 2021"), 1000);
}

static void pairs_come_in_order_and_are_limited(void **state)
{
    static const char *const titles[] = {"Loss of staff", "Budget overspend",
                                         "Loss of the staff", "Staff loss",
                                         "Budget overspends"};
    size_t count;
    struct similarity_pair *pairs =
        similarity_find_pairs(titles, 5, SIMILARITY_ALIKE, 100, *state, &count);
    assert_int_equal(count, 4);
    assert_int_equal(pairs[0].first, 0);
    assert_int_equal(pairs[0].second, 2);
    assert_int_equal(pairs[1].second, 3);
    assert_int_equal(pairs[2].first, 1);
    assert_int_equal(pairs[2].second, 4);
    assert_int_equal(pairs[3].first, 2);
    (void)similarity_find_pairs(titles, 5, SIMILARITY_ALIKE, 2, *state, &count);
    assert_int_equal(count, 2);
    (void)similarity_find_pairs(NULL, 0, SIMILARITY_ALIKE, 2, *state, &count);
    assert_int_equal(count, 0);
}

static void titles_are_held_against_their_period(void **state)
{
    static const struct {
        const char *title, *period;
        enum similarity_years years;
        int first, last;
    } rows[] = {
        {"British Sign Language Plan 2018-2024", "2020-2025", SIMILARITY_CONTRADICT, 2018,
         2024},
        {"The Council Plan 2017 \u2013 2022", "2017-22", SIMILARITY_AGREE, 2017, 2022},
        {"Service Plan 2021-24", "2021-24", SIMILARITY_AGREE, 2021, 2024},
        {"Mainstreaming Outcomes 2021-25", "2021-24", SIMILARITY_CONTRADICT, 2021, 2025},
        {"Operating Plan 2021/22", "2021-22", SIMILARITY_AGREE, 2021, 2022},
        {"Plan 2012 to 2027", "2012-27", SIMILARITY_AGREE, 2012, 2027},
        {"Recovery Plan 2023", "2021-24", SIMILARITY_AGREE, 2023, 2023},
        {"Recovery Plan 2025", "2021-24", SIMILARITY_CONTRADICT, 2025, 2025},
        {"Plan 1999/00", "1999-00", SIMILARITY_AGREE, 1999, 2000},
        {"City Plan", "2021-24", SIMILARITY_NO_YEARS, 0, 0},
        {"C2022 programme 12345", "2021-24", SIMILARITY_NO_YEARS, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct period period;
        int first = 0, last = 0;
        assert_true(period_parse(rows[i].period, &period, NULL));
        if (similarity_compare_years(rows[i].title, &period, &first, &last) != rows[i].years)
            fail_msg("'%s': %d to %d", rows[i].title, first, last);
        assert_int_equal(first, rows[i].first);
        assert_int_equal(last, rows[i].last);
    }
}

static void random_texts_never_crash_the_readers(void **state)
{
    static const char *const parts[] = {"[",    "add",  "]",   "insert ", "link", "xx",
                                        "2021", "-",    "/22", " to ",    "<",    ">",
                                        "s",    "\xff", "??",  "\u2013",  " "};
    struct period period;
    assert_true(period_parse("2021-24", &period, NULL));
    srand(9);
    for (int i = 0; i < 40000; i++) {
        char text[256] = "";
        size_t length = 0, start, size;
        int first, last;
        for (int j = rand() % 12; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + length, part, strlen(part) + 1);
            length += strlen(part);
        }
        for (size_t j = 0; i % 3 == 0 && j < length; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        if (similarity_find_placeholder(text, &start, &size) != SIMILARITY_NO_PLACEHOLDER)
            assert_in_range(start + size, 1, length);
        struct similarity_title title = similarity_read_title(text, *state);
        assert_int_equal(similarity_compare(&title, &title), title.word_count > 0 ? 1000 : 0);
        (void)similarity_compare_years(text, &period, &first, &last);
        if (i % 1000 == 0) arena_forget(*state);
    }
}

static void similarity_names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(similarity_placeholder_name(SIMILARITY_INSTRUCTION), "INSTRUCTION");
    assert_string_equal(similarity_years_name(SIMILARITY_CONTRADICT), "CONTRADICT");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(placeholders_are_found_where_they_stand, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(ordinary_words_are_no_placeholders, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(titles_alike_but_for_spelling_are_the_same, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(near_duplicates_pass_the_threshold_and_others_do_not,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(other_numbers_make_another_thing, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(pairs_come_in_order_and_are_limited, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(titles_are_held_against_their_period, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_texts_never_crash_the_readers, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(similarity_names_are_stable, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
