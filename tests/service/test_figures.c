/* How figures are read, many at once: nothing that lies between is missed or taken for another. */
#include "model_test.h"

static void an_indicator(struct register_fixture *f, const char *fields)
{
    MUST_APPLY(f, PLAN_P,
               arena_printf(&f->arena,
                            CREATE("indicators/i", "indicator", "\"title\":\"I\",%s"), fields),
               LINK("MEASURES", "indicators/i", "plans/p"));
}

static void said(struct register_fixture *f, const char *period, const char *breakdown,
                 const char *cell)
{
    const char *mutation = arena_printf(
        &f->arena,
        "{\"patch\":{\"resource\":{\"observation\":{\"indicator\":\"indicators/i\","
        "\"period\":\"%s\",\"breakdown\":\"%s\",\"verbatim\":\"%s\"}},\"allowMissing\":true}}",
        period, breakdown, cell);
    MUST_APPLY(f, mutation);
}

static const Provost__V1__ScorecardRow *row_in(struct register_fixture *f, const char *period)
{
    return row_of(scorecard_at(f, period, 0), "i");
}

/* October 2009 is "2009-m10", behind all other months of that year, for "2009-10" is a year. */
static void a_year_has_all_its_months_whatever_their_ids(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"MONTHLY\",\"rollUp\":\"SUM\"");
    for (int month = 0; month < 12; month++)
        said(f,
             arena_printf(&f->arena, "%d-m%02d", month < 9 ? 2009 : 2010, (month + 3) % 12 + 1),
             "", "10");
    const Provost__V1__ScorecardRow *row = row_in(f, "2009/10");
    assert_string_equal(row->value, "120");
    assert_int_equal(row->n_inputs, 12);
    assert_string_equal(row_in(f, "2009-m11")->short_trend->against_period, "2009-m10");
    assert_string_equal(row_in(f, "2010-01")->long_trend->against_period, "2009-09");
}

static void the_turn_of_the_century_is_a_year_like_others(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"ANNUAL\"");
    said(f, "1998/99", "", "1");
    said(f, "1999/00", "", "2");
    said(f, "2000/01", "", "4");
    const Provost__V1__Trend *trend = row_in(f, "2000/01")->short_trend;
    assert_string_equal(trend->against_period, "1999-00");
    assert_string_equal(trend->change, "2");
}

/* Its months are read as numbers alone. */
static void a_year_of_its_own_is_shown_as_it_was_written(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"MONTHLY\",\"rollUp\":\"SUM\"");
    said(f, "2020-05", "", "7");
    said(f, "2020/21", "", "1,200");
    said(f, "2021-05", "", "9");
    const Provost__V1__ScorecardRow *row = row_in(f, "2020/21");
    assert_string_equal(row->value, "1200");
    assert_string_equal(row->value_verbatim, "1,200");
    assert_string_equal(row->value_rule, "submitted");
    assert_string_equal(row_in(f, "2021/22")->value_verbatim, "");
}

static void breakdowns_are_kept_apart(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"MONTHLY\"");
    said(f, "2021-04", "area=north", "3");
    said(f, "2021-04", "", "10");
    said(f, "2021-05", "area=north", "4");
    said(f, "2021-05", "area=south", "5");
    said(f, "2021-05", "", "12");
    said(f, "2021-06", "area=north", "6");
    assert_string_equal(row_in(f, "2021-05")->value, "12");
    assert_string_equal(row_in(f, "2021-05")->short_trend->change, "2");
    assert_string_equal(row_in(f, "2021-06")->value, "");
    Provost__V1__GetIndicatorSeriesResponse *series =
        (void *)register_read(f, performance_get_indicator_series,
                              &provost__v1__get_indicator_series_request__descriptor,
                              "{\"indicator\":\"indicators/i\",\"breakdown\":\"area=north\"}");
    assert_non_null(series);
    assert_int_equal(series->n_points, 3);
    assert_string_equal(series->points[1]->row->value, "4");
    assert_string_equal(series->points[2]->row->short_trend->against_value, "4");
}

static void the_past_is_read_as_it_was(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"MONTHLY\"");
    said(f, "2021-04", "", "10");
    said(f, "2021-05", "", "12");
    int64_t before = register_seq(f);
    MUST_APPLY(f, "{\"delete\":{\"name\":\"observations/i/2021-04\"}}");
    const Provost__V1__ScorecardRow *then = row_of(scorecard_at(f, "2021-05", before), "i");
    assert_string_equal(then->short_trend->change, "2");
    assert_string_equal(row_in(f, "2021-05")->short_trend->change, "");
}

/* Also where another target of the period has a better name. */
static void a_series_has_the_targets_that_count(void **state)
{
    struct register_fixture *f = *state;
    an_indicator(f, "\"frequency\":\"MONTHLY\"");
    said(f, "2021-04", "", "10");
    said(f, "2021-05", "", "10");
    MUST_APPLY(f, TARGET("i", "2021-05", "11"),
               "{\"create\":{\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2021-04\","
               "\"kind\":\"FORECAST\",\"verbatim\":\"7\"}}}",
               "{\"create\":{\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2021-04\","
               "\"kind\":\"FINAL\",\"verbatim\":\"8\"}}}",
               "{\"create\":{\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2021-04\","
               "\"kind\":\"INTERIM\",\"verbatim\":\"9\"}}}");
    Provost__V1__GetIndicatorSeriesResponse *series =
        (void *)register_read(f, performance_get_indicator_series,
                              &provost__v1__get_indicator_series_request__descriptor,
                              "{\"indicator\":\"indicators/i\"}");
    assert_non_null(series);
    assert_string_equal(series->points[0]->row->target, "9");
    assert_string_equal(series->points[1]->row->target, "11");
    assert_string_equal(row_in(f, "2021-04")->target, "9");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_year_has_all_its_months_whatever_their_ids),
        TEST(the_turn_of_the_century_is_a_year_like_others),
        TEST(a_year_of_its_own_is_shown_as_it_was_written),
        TEST(breakdowns_are_kept_apart),
        TEST(the_past_is_read_as_it_was),
        TEST(a_series_has_the_targets_that_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
