/* Benchmarks: what the words of a document say, and what is kept of those that say nothing. */
#include "service/model_test.h"

#define IND CREATE("indicators/ep-21a", "indicator", "\"title\":\"Roads\"")
#define BENCHMARK(fields)                                                                      \
    "{\"create\":{\"benchmark\":{\"indicator\":\"indicators/ep-21a\",\"period\":\"2010/"       \
    "11\"," fields "}}}"
#define NAME "benchmarks/ep-21a/2010-11/average"

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    MUST_APPLY(*state, IND);
    return 0;
}

static void words_are_understood_and_kept(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(
        f, BENCHMARK("\"positionVerbatim\":\"<b>Below Average</b> except unclassified roads\","
                     "\"trajectoryVerbatim\":\"Not Available - new measure\""));
    assert_field(f, NAME, "position", "BELOW");
    assert_field(f, NAME, "position_qualifier", "except unclassified roads");
    assert_field(f, NAME, "position_verbatim",
                 "<b>Below Average</b> except unclassified roads");
    assert_field(f, NAME, "trajectory", "NOT_AVAILABLE");
    assert_field(f, NAME, "trajectory_reason", "new measure");
}

static void what_is_not_understood_is_kept_with_a_warning(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, BENCHMARK("\"positionVerbatim\":\"somewhere or other\""));
    assert_non_null(warning_of(response, 0, REASON_NOT_UNDERSTOOD));
    assert_field(f, NAME, "position", "");
    assert_field(f, NAME, "position_verbatim", "somewhere or other");
}

static void a_judgement_against_its_words_is_refused(void **state)
{
    struct register_fixture *f = *state;
    APPLY(f, BENCHMARK("\"trajectoryVerbatim\":\"Improving\",\"trajectory\":"
                       "\"TRAJECTORY_DECLINING\""));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_VERBATIM_CONTRADICTS,
                           "mutations[0].create.benchmark.trajectory", "Improving");
}

static void a_new_judgement_drops_words_that_say_otherwise(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, BENCHMARK("\"trajectoryVerbatim\":\"Improving\""));
    MUST_APPLY(f,
               PATCH(NAME, "benchmark", "\"trajectory\":\"TRAJECTORY_STABLE\"", "trajectory"));
    assert_field(f, NAME, "trajectory", "STABLE");
    assert_field(f, NAME, "trajectory_verbatim", "");
}

static void figures_are_decimals(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, BENCHMARK("\"value\":\"1,234.50\",\"groupValues\":[\"1,000\",\"7\"]"));
    assert_field(f, NAME, "value", "1234.50");
    assert_field(f, NAME, "group_values", "[\"1000\",\"7\"]");
    APPLY(f, BENCHMARK("\"comparator\":\"Family Group 3\",\"groupValues\":[\"7\","
                       "\"n/a\"]"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_DECIMAL_INVALID,
                           "mutations[0].create.benchmark.group_values[1]", NULL);
}

static void an_indicator_with_a_benchmark_stays(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, BENCHMARK("\"value\":\"1\""));
    APPLY(f, "{\"delete\":{\"name\":\"indicators/ep-21a\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL, NAME);
}

#define BENCHMARK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCHMARK_TEST(words_are_understood_and_kept),
        BENCHMARK_TEST(what_is_not_understood_is_kept_with_a_warning),
        BENCHMARK_TEST(a_judgement_against_its_words_is_refused),
        BENCHMARK_TEST(a_new_judgement_drops_words_that_say_otherwise),
        BENCHMARK_TEST(figures_are_decimals),
        BENCHMARK_TEST(an_indicator_with_a_benchmark_stays),
    };
    return cmocka_run_group_tests_name("benchmark", tests, NULL, NULL);
}
