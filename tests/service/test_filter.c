#include "service/filter.h"

#include "common/json.h"
#include "common/reasons.h"
#include "service/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One resource of each of three kinds, to be asked. */
struct sample {
    struct arena arena;
    struct version action;
    struct version indicator;
    struct version observation;
};

static struct version make(struct arena *arena, const char *collection, const char *id,
                           const char *json)
{
    struct version version = {.kind = &catalog_find(collection)->kind,
                              .id = id,
                              .from_seq = 7,
                              .to_seq = SEQ_OPEN,
                              .create_us = INT64_C(1617235200000000),
                              .update_us = INT64_C(1617235200000000)};
    struct status st =
        json_decode(version.kind->desc, json, strlen(json), arena, &version.body);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    return version;
}

static int setup(void **state)
{
    struct sample *sample = calloc(1, sizeof *sample);
    arena_init(&sample->arena, 0);
    sample->action =
        make(&sample->arena, "actions", "bsl",
             "{\"title\":\"British Sign Language Plan\",\"plan\":\"plans/cex-2021-24\","
             "\"leads\":[\"posts/cpm\",\"posts/chief\"],\"tags\":[\"Equality\"],"
             "\"deadlines\":[{\"verbatim\":\"October 2021\",\"kind\":\"MONTH\","
             "\"latest\":\"2021-10-31\"},{\"verbatim\":\"2024\",\"latest\":\"2024-12-31\"}],"
             "\"status\":\"IN_PROGRESS\",\"progress\":40,\"benefitAmount\":\"-1.159\"}");
    sample->indicator =
        make(&sample->arena, "indicators", "foi-cex",
             "{\"title\":\"FOI within 10 days\",\"code\":\"1.10\",\"unit\":\"PERCENT\","
             "\"polarity\":\"MAX\",\"dataOnly\":true,\"decimals\":1}");
    sample->observation =
        make(&sample->arena, "observations", "foi-cex/2020-21",
             "{\"indicator\":\"indicators/foi-cex\",\"period\":\"2020-21\","
             "\"state\":\"VALUE\",\"value\":\"98.70\",\"flags\":[\"PROVISIONAL\"]}");
    *state = sample;
    return 0;
}

static int teardown(void **state)
{
    struct sample *sample = *state;
    arena_release(&sample->arena);
    free(sample);
    return 0;
}

static bool matches(struct sample *sample, const struct version *version, const char *text)
{
    const struct filter *filter;
    struct status st = filter_compile(&sample->arena, version->kind, text, &filter);
    if (!status_is_ok(st)) fail_msg("%s: %s", text, st.message);
    return filter_matches(filter, version);
}

#define assert_match(which, text) assert_true(matches(sample, &sample->which, text))
#define assert_no_match(which, text) assert_false(matches(sample, &sample->which, text))

/* The message of the refusal. */
static const char *refusal(struct sample *sample, const struct version *version,
                           const char *text)
{
    const struct filter *filter = NULL;
    struct status st = filter_compile(&sample->arena, version->kind, text, &filter);
    if (status_is_ok(st)) fail_msg("was taken: %s", text);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.field, "filter");
    assert_null(filter);
    return st.message;
}

#define assert_refused(which, text, part)                                                      \
    assert_non_null(strstr(refusal(sample, &sample->which, text), part))

static void test_empty_filter_lets_everything_through(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "");
    assert_match(action, " \t\n ");
}

static void test_text_equals_exactly(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "plan = \"plans/cex-2021-24\"");
    assert_match(action, "plan=plans/cex-2021-24");
    assert_match(action, "plan = 'plans/cex-2021-24'");
    assert_no_match(action, "plan = \"plans/CEX-2021-24\"");
    assert_no_match(action, "plan = \"plans/cex\"");
    assert_match(action, "plan != \"plans/cex\"");
    assert_match(action, "code = \"\"");
    assert_no_match(action, "code != \"\"");
}

static void test_stars_stand_for_any_text(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "title = \"British*\"");
    assert_match(action, "title = \"*Plan\"");
    assert_match(action, "title = \"*Sign*\"");
    assert_match(action, "title = *Sign*");
    assert_match(action, "title = *");
    assert_no_match(action, "title = \"Sign*\"");
    assert_no_match(action, "title = \"*Sign\"");
    assert_no_match(action, "title = \"British\\*\"");
    assert_match(action, "title != \"Sign*\"");
    assert_match(action, "title = \"**\"");
}

static void test_colon_finds_a_part_without_case(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "title : \"sign\"");
    assert_match(action, "title:PLAN");
    assert_no_match(action, "title : \"signs\"");
}

static void test_colon_star_asks_for_presence(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "title : *");
    assert_no_match(action, "code : *");
    assert_match(action, "deadlines : *");
    assert_match(action, "leads : *");
    assert_no_match(action, "contributors:*");
    assert_no_match(action, "success_criterion : \"*\"");
    assert_match(action, "NOT code:*");
}

static void test_lists_match_by_any_element(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "leads : \"posts/chief\"");
    assert_match(action, "leads = posts/cpm");
    assert_no_match(action, "leads = posts/nobody");
    assert_match(action, "leads != posts/nobody");
    assert_no_match(action, "leads != posts/cpm");
    assert_match(action, "tags : equality");
    assert_match(observation, "flags : PROVISIONAL");
    assert_no_match(observation, "flags = VALUE_FLAG_BREAK");
}

static void test_nested_fields_match_by_any_element(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "deadlines.latest < 2021-12-01");
    assert_match(action, "deadlines.latest >= \"2024-01-01\"");
    assert_no_match(action, "deadlines.latest > 2025-01-01");
    assert_match(action, "deadlines.kind = month");
    assert_match(action, "deadlines.verbatim : october");
}

static void test_fields_go_by_both_spellings(void **state)
{
    struct sample *sample = *state;
    assert_match(indicator, "data_only = true AND dataOnly = true");
    assert_match(action, "benefitAmount < 0 benefit_amount < 0");
}

static void test_decimals_compare_by_value(void **state)
{
    struct sample *sample = *state;
    assert_match(observation, "value = 98.7");
    assert_match(observation, "value : 98.700");
    assert_match(observation, "value > 98.69 AND value < 98.71");
    assert_match(observation, "value > 9.9");
    assert_no_match(observation, "value != 98.7");
    assert_match(action, "benefit_amount = -1.1590");
    assert_match(action, "benefit_amount <= -1.159");
    assert_match(observation, "numerator = \"\"");
    assert_no_match(observation, "numerator < 5");
    assert_no_match(observation, "numerator > -5");
    assert_match(observation, "value != \"\"");
}

static void test_codes_are_texts_not_numbers(void **state)
{
    struct sample *sample = *state;
    assert_match(indicator, "code = 1.10");
    assert_no_match(indicator, "code = 1.1");
}

static void test_enums_by_short_or_full_name(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "status = IN_PROGRESS");
    assert_match(action, "status = ACTION_STATUS_IN_PROGRESS");
    assert_match(action, "status = in-progress");
    assert_match(action, "status : IN_PROGRESS");
    assert_match(action, "status != COMPLETED");
    assert_match(action, "status < COMPLETED");
    assert_match(action, "kind = UNSPECIFIED");
    assert_match(action, "kind = \"\"");
}

static void test_numbers_bools_and_times(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "progress >= 40 AND progress < 41");
    assert_no_match(action, "progress > 40");
    assert_no_match(indicator, "data_only = false");
    assert_match(action, "revision = 7");
    assert_match(action, "update_time >= 2021-04-01T00:00:00Z");
    assert_match(action, "create_time < 2021-04-02");
    assert_match(action, "createTime = \"2021-04-01T01:00:00+01:00\"");
}

static void test_names_are_whole_names(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "name = actions/bsl");
    assert_match(action, "name = \"actions/b*\"");
    assert_match(action, "name : BSL");
    assert_no_match(action, "name = bsl");
}

static void test_periods_by_label(void **state)
{
    struct sample *sample = *state;
    assert_match(observation, "period = 2020-21");
    assert_match(observation, "period = \"2020/21\"");
    assert_match(observation, "period >= 2019/20");
    assert_no_match(observation, "period != 2020/21");
    assert_match(observation, "period : \"2020\"");
    assert_match(observation, "period = 2020*");
}

static void test_or_binds_more_tightly_than_and(void **state)
{
    struct sample *sample = *state;
    assert_no_match(action, "progress = 1 AND progress = 1 OR progress = 40");
    assert_match(action, "(progress = 1 AND progress = 1) OR progress = 40");
    assert_match(action, "progress = 40 OR progress = 1 AND progress = 40");
    assert_no_match(action, "progress = 40 OR progress = 1 AND progress = 2");
}

static void test_not_and_minus_turn_around(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "NOT progress = 1");
    assert_match(action, "-progress = 1");
    assert_no_match(action, "NOT progress = 40 OR progress = 2");
    assert_match(action, "NOT (progress = 1 OR progress = 2)");
    assert_no_match(action, "-(progress = 40)");
    assert_match(action, "NOT(NOT(progress = 40))");
}

static void test_terms_side_by_side_are_and(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "progress=40 title:plan");
    assert_no_match(action, "progress=40 title:plans");
    assert_match(action, "(progress=40)(title:plan)");
}

static void test_quotes_hold_anything(void **state)
{
    struct sample *sample = *state;
    assert_no_match(action, "title = \"a \\\" ) AND ( b\"");
    assert_match(action, "title != \"it's\" AND title != 'say \"x\"'");
    assert_no_match(observation, "breakdown = area=lochee");
}

static void test_refusals_say_where(void **state)
{
    struct sample *sample = *state;
    assert_refused(action, "title", "column 6");
    assert_refused(action, "title = \"a", "column 9: this quote is not closed");
    assert_refused(action, "title = \"\xC3\xA9\xC3\xA9\" AND (progress = 1", "column 31");
    assert_refused(action, "progress = 1)", "column 13: this )");
    assert_refused(action, "progress = 1 AND", "column 17: the filter ends");
    assert_refused(action, "AND progress = 1", "column 5");
    assert_refused(action, "= 3", "column 1");
    assert_refused(action, "progress == 3", "column 11");
    assert_refused(action, "progress = ", "column 12: expected a value");
    assert_refused(action, "progress = 1 and title : a", "capitals");
    assert_refused(action, "()", "column 2");
    assert_refused(action, "title = \"a\\", "not closed");
    assert_refused(action, "NOT", "column 4");
}

static void test_unknown_fields_are_told_with_those_there_are(void **state)
{
    struct sample *sample = *state;
    const char *message = refusal(sample, &sample->action, "progress = 1 AND colour = red");
    assert_non_null(strstr(message, "column 18"));
    assert_non_null(strstr(message, "\"colour\""));
    assert_non_null(strstr(message, "success_criterion"));
    assert_non_null(strstr(message, "deadlines.latest"));
    assert_refused(action, "title.x = 1", "\"title.x\"");
    assert_refused(action, "deadlines. = 1", "\"deadlines.\"");
    assert_refused(action, "deadlines.x = 1", "\"deadlines.x\"");
}

static void test_values_must_fit_the_field(void **state)
{
    struct sample *sample = *state;
    assert_refused(action, "progress = half", "whole number");
    assert_refused(action, "progress = 99999999999999999999", "whole number");
    assert_refused(action, "progress = 4*", "*");
    assert_refused(action, "status = GREEN", "NOT_STARTED, IN_PROGRESS");
    assert_refused(observation, "value > many", "number such as");
    assert_refused(indicator, "data_only = maybe", "true or false");
    assert_refused(indicator, "data_only > false", "= true");
    assert_refused(action, "update_time > soon", "time such as");
    assert_refused(action, "deadlines = x", "name a field of it");
    assert_refused(action, "progress < \"\"", "only goes with = and !=");
}

static void test_refusals_are_short(void **state)
{
    struct sample *sample = *state;
    char text[FILTER_MAX_BYTES] = "progress = ";
    size_t size = strlen(text);
    for (; size < sizeof text - 3; size += 2)
        memcpy(text + size, "\xC3\xA9", 3);
    const char *message = refusal(sample, &sample->action, text);
    assert_true(strlen(message) < 250);
    assert_non_null(strstr(message, "\xC3\xA9...\""));
}

static void test_limits_hold(void **state)
{
    struct sample *sample = *state;
    char text[2 * FILTER_MAX_BYTES] = "";
    memset(text, ' ', FILTER_MAX_BYTES);
    assert_match(action, text);
    text[FILTER_MAX_BYTES] = ' ';
    assert_refused(action, text, "2000 bytes");
    size_t size = 0;
    for (int i = 0; i < FILTER_MAX_TERMS; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "progress=40 ");
    assert_match(action, text);
    (void)snprintf(text + size, sizeof text - size, "progress=40 ");
    assert_refused(action, text, "50 conditions");
}

static void test_nesting_is_bounded(void **state)
{
    struct sample *sample = *state;
    assert_match(action, "((((((((((progress=40))))))))))");
    assert_refused(action, "(((((((((((progress=40)))))))))))", "10 parentheses");
    assert_match(action, "-(-(-(-(-(-(-(-(-(-(progress=40))))))))))");
    char text[FILTER_MAX_BYTES + 1];
    memset(text, '(', FILTER_MAX_BYTES);
    text[FILTER_MAX_BYTES] = '\0';
    assert_refused(action, text, "10 parentheses");
}

/* Whatever the bytes are, there is an answer. */
static void test_any_bytes_are_safe(void **state)
{
    struct sample *sample = *state;
    static const char alphabet[] = "()-=<>!:*\"'\\ ANDORT.titleprogress140\xC3\xA9";
    unsigned seed = 1;
    for (int i = 0; i < 20000; i++) {
        char text[64];
        size_t size = (size_t)(i % 60);
        const struct filter *filter;
        struct arena arena;
        for (size_t j = 0; j < size; j++) {
            seed = seed * 1103515245u + 12345u;
            text[j] = alphabet[(seed >> 16) % (sizeof alphabet - 1)];
        }
        text[size] = '\0';
        arena_init(&arena, 0);
        if (status_is_ok(filter_compile(&arena, sample->action.kind, text, &filter)))
            (void)filter_matches(filter, &sample->action);
        arena_release(&arena);
    }
}

static struct scan narrowed(struct sample *sample, const char *collection, const char *text)
{
    const struct filter *filter;
    struct scan scan = {.kind = &catalog_find(collection)->kind};
    struct status st = filter_compile(&sample->arena, scan.kind, text, &filter);
    if (!status_is_ok(st)) fail_msg("%s", st.message);
    filter_narrow(filter, &scan);
    return scan;
}

static void test_required_equalities_narrow_the_scan(void **state)
{
    struct sample *sample = *state;
    struct scan scan =
        narrowed(sample, "links", "kind = MEASURES AND to = \"objectives/x\" AND from : \"a\"");
    assert_string_equal(scan.column, "to");
    assert_string_equal(scan.value, "objectives/x");
    scan = narrowed(sample, "observations", "(indicator = indicators/foi) value > 3");
    assert_string_equal(scan.prefix, "foi");
    assert_null(scan.column);
    scan = narrowed(sample, "actions", "name = actions/a");
    assert_string_equal(scan.prefix, "a");
    scan = narrowed(sample, "actions", "plan = plans/p");
    assert_string_equal(scan.column, "plan");
}

static void test_other_conditions_do_not_narrow(void **state)
{
    struct sample *sample = *state;
    static const char *const texts[] = {
        "plan = plans/p OR progress = 1",
        "NOT plan = plans/p",
        "plan != plans/p",
        "plan = plans/*",
        "plan : plans/p",
        "plan = \"\"",
        "title = x",
        "NOT (plan = plans/p)",
        "leads = plan",
        "(plan = plans/p OR plan = plans/q) AND progress = 1",
        "name = plan",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct scan scan = narrowed(sample, "actions", texts[i]);
        assert_null(scan.column);
        assert_null(scan.prefix);
    }
}

int main(void)
{
    catalog_verify();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_empty_filter_lets_everything_through, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_text_equals_exactly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_stars_stand_for_any_text, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colon_finds_a_part_without_case, setup, teardown),
        cmocka_unit_test_setup_teardown(test_colon_star_asks_for_presence, setup, teardown),
        cmocka_unit_test_setup_teardown(test_lists_match_by_any_element, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nested_fields_match_by_any_element, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_fields_go_by_both_spellings, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decimals_compare_by_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_codes_are_texts_not_numbers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_enums_by_short_or_full_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numbers_bools_and_times, setup, teardown),
        cmocka_unit_test_setup_teardown(test_names_are_whole_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_periods_by_label, setup, teardown),
        cmocka_unit_test_setup_teardown(test_or_binds_more_tightly_than_and, setup, teardown),
        cmocka_unit_test_setup_teardown(test_not_and_minus_turn_around, setup, teardown),
        cmocka_unit_test_setup_teardown(test_terms_side_by_side_are_and, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quotes_hold_anything, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_say_where, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_fields_are_told_with_those_there_are,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_values_must_fit_the_field, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals_are_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_limits_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nesting_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_bytes_are_safe, setup, teardown),
        cmocka_unit_test_setup_teardown(test_required_equalities_narrow_the_scan, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_other_conditions_do_not_narrow, setup, teardown),
    };
    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
