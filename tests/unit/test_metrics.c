#include "common/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void a_counter_counts(void **state)
{
    uint64_t before = metric_read(METRIC_DENIALS);

    (void)state;
    metric_count(METRIC_DENIALS);
    metric_add(METRIC_DENIALS, 4);
    assert_int_equal(metric_read(METRIC_DENIALS), before + 5);
}

static void a_bound_is_inside_its_bucket(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    histogram_add(&histogram, &histogram_latency_us, 0);
    histogram_add(&histogram, &histogram_latency_us, 100);
    histogram_add(&histogram, &histogram_latency_us, 101);
    assert_int_equal(histogram.buckets[0], 2);
    assert_int_equal(histogram.buckets[1], 1);
    assert_int_equal(histogram.sum, 201);
}

static void what_is_above_all_bounds_is_counted(void **state)
{
    struct histogram histogram = {0};

    (void)state;
    histogram_add(&histogram, &histogram_sizes, UINT32_MAX);
    assert_int_equal(histogram.buckets[histogram_sizes.count], 1);
}

static void bounds_rise(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_HISTOGRAMS; i++) {
        const struct histogram_scale *scale = metric_histogram_table[i].scale;

        assert_in_range(scale->count, 1, HISTOGRAM_BUCKETS_MAX);
        for (size_t j = 1; j < scale->count; j++)
            assert_true(scale->bounds[j - 1] < scale->bounds[j]);
    }
}

/* The listener writes a family's head once, before its first row. */
static void rows_of_a_family_stand_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < METRIC_COUNTERS; i++) {
        const struct metric_row *row = &metric_counter_table[i];

        assert_non_null(row->name);
        assert_non_null(row->help);
        for (size_t j = i + 1; j < METRIC_COUNTERS; j++)
            if (strcmp(metric_counter_table[j].name, row->name) == 0)
                assert_string_equal(metric_counter_table[j - 1].name, row->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_counter_counts),
        cmocka_unit_test(a_bound_is_inside_its_bucket),
        cmocka_unit_test(what_is_above_all_bounds_is_counted),
        cmocka_unit_test(bounds_rise),
        cmocka_unit_test(rows_of_a_family_stand_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
