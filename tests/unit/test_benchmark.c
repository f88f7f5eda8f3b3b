#include "domain/benchmark.h"

#include "common/arena.h"
#include "support/arena_fixture.h"
#include "support/decimal_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void ranks_are_shared_and_quartiles_follow(void **state)
{
    const struct decimal values[] = {dec("10"), dec("30"), dec("30.0"), dec("20"), dec("5")};
    static const struct {
        size_t own, rank, sharing, quartile;
    } rows[] = {{1, 1, 1, 1}, {2, 1, 1, 1}, {3, 3, 0, 3}, {0, 4, 0, 4}, {4, 5, 0, 4}};
    struct benchmark_rank rank;
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_true(benchmark_rank(RAG_POLARITY_MAX, values, 5, rows[i].own, &rank));
        assert_int_equal(rank.rank, rows[i].rank);
        assert_int_equal(rank.sharing, rows[i].sharing);
        assert_int_equal(rank.quartile, rows[i].quartile);
        assert_int_equal(rank.of, 5);
    }
    assert_true(benchmark_rank(RAG_POLARITY_MIN, values, 5, 4, &rank));
    assert_int_equal(rank.rank, 1);
    assert_false(benchmark_rank(RAG_POLARITY_NONE, values, 5, 4, &rank));
}

static void the_32_councils_make_four_quartiles_of_eight(void **state)
{
    struct decimal values[32];
    struct benchmark_rank rank;
    (void)state;
    for (int i = 0; i < 32; i++)
        values[i] = decimal_from_int(i);
    for (size_t i = 0; i < 32; i++) {
        assert_true(benchmark_rank(RAG_POLARITY_MIN, values, 32, i, &rank));
        assert_int_equal(rank.quartile, i / 8 + 1);
    }
}

static void mean_and_median_are_of_the_comparators(void **state)
{
    const struct decimal values[] = {dec("3"), dec("1"), dec("2.5"), dec("10")};
    struct decimal result = dec("0");
    assert_true(benchmark_mean(values, 4, &result));
    assert_decimal(result, "4.125");
    assert_true(benchmark_median(values, 4, *state, &result));
    assert_decimal(result, "2.75");
    assert_true(benchmark_median(values, 3, *state, &result));
    assert_decimal(result, "2.5");
    assert_false(benchmark_mean(values, 0, &result));
    assert_false(benchmark_median(values, 0, *state, &result));
}

static void a_position_is_seen_from_the_average(void **state)
{
    struct rag_tolerance two_percent = {dec("2"), true}, none = {dec("0"), false};
    (void)state;
    assert_int_equal(benchmark_compare(dec("51"), dec("50"), two_percent), BENCHMARK_AVERAGE);
    assert_int_equal(benchmark_compare(dec("51.1"), dec("50"), two_percent), BENCHMARK_ABOVE);
    assert_int_equal(benchmark_compare(dec("48"), dec("50"), two_percent), BENCHMARK_BELOW);
    assert_int_equal(benchmark_compare(dec("50.0"), dec("50"), none), BENCHMARK_AVERAGE);
}

static void teenage_conceptions_above_average_are_worse(void **state)
{
    struct benchmark_text text = benchmark_parse_position("<b>Above Average</b>", *state);
    assert_int_equal(benchmark_judge(text.position, RAG_POLARITY_MIN), BENCHMARK_WORSE);
    assert_int_equal(benchmark_judge(text.position, RAG_POLARITY_MAX), BENCHMARK_BETTER);
    assert_int_equal(benchmark_judge(text.position, RAG_POLARITY_NONE), BENCHMARK_NOT_JUDGED);
    assert_int_equal(benchmark_judge(BENCHMARK_AVERAGE, RAG_POLARITY_MIN), BENCHMARK_SAME);
    assert_int_equal(benchmark_judge(BENCHMARK_BELOW, RAG_POLARITY_MIN), BENCHMARK_BETTER);
    assert_int_equal(benchmark_judge(BENCHMARK_POSITION_UNKNOWN, RAG_POLARITY_MIN),
                     BENCHMARK_NOT_JUDGED);
}

static void assert_qualifier(const char *found, const char *expected)
{
    if (expected == NULL)
        assert_null(found);
    else
        assert_string_equal(found, expected);
}

static void positions_are_read_with_their_qualifier(void **state)
{
    static const struct {
        const char *text;
        enum benchmark_answer answer;
        enum benchmark_position position;
        const char *qualifier;
    } rows[] = {
        {"Above Average", BENCHMARK_STATED, BENCHMARK_ABOVE, NULL},
        {"<b>Below Average</b>", BENCHMARK_STATED, BENCHMARK_BELOW, NULL},
        {"Average", BENCHMARK_STATED, BENCHMARK_AVERAGE, NULL},
        {"Below Average (except unclassified roads)", BENCHMARK_STATED, BENCHMARK_BELOW,
         "except unclassified roads"},
        {"<b>Below Average except unclassified roads</b>", BENCHMARK_STATED, BENCHMARK_BELOW,
         "except unclassified roads"},
        {"Above average (England) (2019)", BENCHMARK_STATED, BENCHMARK_ABOVE,
         "(England) (2019)"},
        {"Above England average", BENCHMARK_STATED, BENCHMARK_ABOVE, "England average"},
        {"Below", BENCHMARK_STATED, BENCHMARK_BELOW, NULL},
        {"Below target", BENCHMARK_INVALID, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"N/A", BENCHMARK_NOT_APPLICABLE, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"<b>N/a</b>", BENCHMARK_NOT_APPLICABLE, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"<b>Tbc</b>", BENCHMARK_TBC, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"Not available", BENCHMARK_NOT_AVAILABLE, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"", BENCHMARK_BLANK, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"\u2013", BENCHMARK_BLANK, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"Top quartile", BENCHMARK_INVALID, BENCHMARK_POSITION_UNKNOWN, NULL},
        {"Averages", BENCHMARK_INVALID, BENCHMARK_POSITION_UNKNOWN, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct benchmark_text found = benchmark_parse_position(rows[i].text, *state);
        assert_int_equal(found.answer, rows[i].answer);
        assert_int_equal(found.position, rows[i].position);
        assert_qualifier(found.qualifier, rows[i].qualifier);
    }
}

static void trajectories_are_judgements_with_their_reason(void **state)
{
    static const struct {
        const char *text;
        enum benchmark_answer answer;
        enum benchmark_trajectory trajectory;
        const char *qualifier;
    } rows[] = {
        {"Improving", BENCHMARK_STATED, BENCHMARK_IMPROVING, NULL},
        {"Stable", BENCHMARK_STATED, BENCHMARK_STABLE, NULL},
        {" **Declining** ", BENCHMARK_STATED, BENCHMARK_DECLINING, NULL},
        {"Not Available \u2013 new measure", BENCHMARK_NOT_AVAILABLE,
         BENCHMARK_TRAJECTORY_UNKNOWN, "new measure"},
        {"N/a \u2013 New measure", BENCHMARK_NOT_APPLICABLE, BENCHMARK_TRAJECTORY_UNKNOWN,
         "New measure"},
        {"New measure", BENCHMARK_NOT_AVAILABLE, BENCHMARK_TRAJECTORY_UNKNOWN, "New measure"},
        {"---", BENCHMARK_BLANK, BENCHMARK_TRAJECTORY_UNKNOWN, NULL},
        {"Improving?", BENCHMARK_STATED, BENCHMARK_IMPROVING, "?"},
        {"Up", BENCHMARK_STATED, BENCHMARK_IMPROVING, NULL},
        {"\u2191", BENCHMARK_STATED, BENCHMARK_IMPROVING, NULL},
        {"\u25b2 5%", BENCHMARK_STATED, BENCHMARK_IMPROVING, "5%"},
        {"\u2193 (improving is up)", BENCHMARK_STATED, BENCHMARK_DECLINING, "improving is up"},
        {"\u25bc", BENCHMARK_STATED, BENCHMARK_DECLINING, NULL},
        {"Down", BENCHMARK_STATED, BENCHMARK_DECLINING, NULL},
        {"\u2192", BENCHMARK_STATED, BENCHMARK_STABLE, NULL},
        {"Same", BENCHMARK_STATED, BENCHMARK_STABLE, NULL},
        {"Getting worse", BENCHMARK_STATED, BENCHMARK_DECLINING, NULL},
        {"up to date", BENCHMARK_INVALID, BENCHMARK_TRAJECTORY_UNKNOWN, NULL},
        {"uphill", BENCHMARK_INVALID, BENCHMARK_TRAJECTORY_UNKNOWN, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct benchmark_course found = benchmark_parse_trajectory(rows[i].text, *state);
        assert_int_equal(found.answer, rows[i].answer);
        assert_int_equal(found.trajectory, rows[i].trajectory);
        assert_qualifier(found.qualifier, rows[i].qualifier);
    }
}

static void random_cells_never_crash_the_readers(void **state)
{
    static const char *const parts[] = {"above ", "average", "(", ")",    "below-",     "n/a",
                                        " - ",    "<b>",     ".", "\xff", "new measure"};
    srand(3);
    for (int i = 0; i < 30000; i++) {
        char text[256] = "";
        size_t size = 0;
        for (int j = rand() % 8; j > 0; j--) {
            const char *part = parts[(size_t)rand() % (sizeof parts / sizeof parts[0])];
            memcpy(text + size, part, strlen(part) + 1);
            size += strlen(part);
        }
        for (size_t j = 0; i % 3 == 0 && j < size; j++)
            if (rand() % 4 == 0) text[j] = (char)(rand() % 255 + 1);
        struct benchmark_text found = benchmark_parse_position(text, *state);
        assert_int_equal(found.answer == BENCHMARK_STATED,
                         found.position != BENCHMARK_POSITION_UNKNOWN);
        (void)benchmark_parse_trajectory(text, *state);
        if (i % 1000 == 0) arena_forget(*state);
    }
}

static void benchmark_names_are_stable(void **state)
{
    (void)state;
    assert_string_equal(benchmark_position_name(BENCHMARK_BELOW), "BELOW");
    assert_string_equal(benchmark_judgement_name(BENCHMARK_WORSE), "WORSE");
    assert_string_equal(benchmark_trajectory_name(BENCHMARK_DECLINING), "DECLINING");
    assert_string_equal(benchmark_answer_name(BENCHMARK_NOT_AVAILABLE), "NOT_AVAILABLE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ranks_are_shared_and_quartiles_follow, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_32_councils_make_four_quartiles_of_eight,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(mean_and_median_are_of_the_comparators, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_position_is_seen_from_the_average, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(teenage_conceptions_above_average_are_worse,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(positions_are_read_with_their_qualifier, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(trajectories_are_judgements_with_their_reason,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(random_cells_never_crash_the_readers, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(benchmark_names_are_stable, arena_setup,
                                        arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
