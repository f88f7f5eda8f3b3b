/* What the daemon understands from verbatim texts, and what it refuses. */
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    register_must_apply(
        *state,
        "{\"create\":{\"name\":\"indicators/i\",\"indicator\":{\"title\":\"I\",\"unit\":"
        "\"UNIT_PERCENT\"}}},{\"create\":{\"name\":\"indicators/yes\",\"indicator\":{\"title\":"
        "\"Y\",\"unit\":\"UNIT_YES_NO\"}}},{\"create\":{\"name\":\"plans/"
        "p\",\"plan\":{\"title\":"
        "\"P\",\"period\":\"2021-24\"}}}");
    return 0;
}

#define OBSERVATION "observations/i/2020-21"

/* One row: fields of a body as JSON, then pairs of field and text expected. */
struct row {
    const char *body;
    const char *expected[10];
};

/* Creates each body anew and compares. */
static void check(struct register_fixture *f, const char *member, const char *common,
                  const char *name, const struct row *row)
{
    register_must_apply(f,
                        arena_printf(&f->arena, "{\"create\":{\"name\":\"%s\",\"%s\":{%s,%s}}}",
                                     name, member, common, row->body));
    for (size_t i = 0; row->expected[i] != NULL; i += 2) {
        const char *text = register_field(f, name, row->expected[i]);
        if (strcmp(text, row->expected[i + 1]) != 0)
            fail_msg("%s: %s is \"%s\", not \"%s\"", row->body, row->expected[i], text,
                     row->expected[i + 1]);
    }
    register_must_apply(f, arena_printf(&f->arena, "{\"delete\":{\"name\":\"%s\"}}", name));
}

static void cells_of_observations(void **state)
{
    static const struct row rows[] = {
        {"\"verbatim\":\"68,740\"", {"state", "VALUE", "value", "68740", "verbatim", "68,740"}},
        {"\"value\":\"4.50\"", {"state", "VALUE", "value", "4.50", "verbatim", "4.50"}},
        {"\"state\":\"TBC\"", {"state", "TBC", "value", "", "verbatim", "TBC"}},
        {"\"state\":\"SUPPRESSED\"", {"state", "SUPPRESSED", "verbatim", "[c]"}},
        {"\"state\":\"NOT_COLLECTED\"",
         {"state", "NOT_COLLECTED", "verbatim", "Not collected"}},
        {"\"state\":\"NEW_MEASURE\"", {"state", "NEW_MEASURE", "verbatim", "New measure"}},
        {"\"state\":\"NOT_DUE\"", {"state", "NOT_DUE", "verbatim", "Not due"}},
        {"\"state\":\"OVERDUE\"", {"state", "OVERDUE", "verbatim", "Overdue"}},
        {"\"state\":\"DASH\"", {"state", "DASH", "verbatim", "-"}},
        {"\"state\":\"BLANK\"", {"state", "BLANK", "verbatim", ""}},
        {"\"state\":\"NOT_APPLICABLE\"", {"state", "NOT_APPLICABLE", "verbatim", "N/A"}},
        {"\"verbatim\":\"Under Development\"", {"state", "UNDER_DEVELOPMENT"}},
        {"\"state\":\"AVAILABLE_FROM\",\"availableFrom\":\"2022-06-01\"",
         {"state", "AVAILABLE_FROM", "available_from", "2022-06-01", "verbatim",
          "Available from 2022-06-01"}},
        {"\"verbatim\":\"Available June 2022\"",
         {"state", "AVAILABLE_FROM", "available_from", "2022-06-01"}},
        {"\"verbatim\":\"63 (p)\",\"flags\":[\"BREAK\",\"BREAK\"]",
         {"value", "63", "flags", "[\"VALUE_FLAG_PROVISIONAL\",\"VALUE_FLAG_BREAK\"]"}},
        {"\"verbatim\":\"5\",\"value\":\"5.0\",\"state\":\"VALUE\"", {"value", "5"}},
        {"\"note\":\"nothing said\"", {"state", "BLANK", "verbatim", ""}},
        {"\"numerator\":\"9\",\"denominator\":\"12\"",
         {"state", "VALUE", "value", "75", "verbatim", "75"}},
        {"\"numerator\":\"2\",\"denominator\":\"3\"",
         {"state", "VALUE", "value", "66.666666666667"}},
        {"\"numerator\":\"2\",\"denominator\":\"0\"", {"state", "BLANK", "value", ""}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(*state, "observation", "\"indicator\":\"indicators/i\",\"period\":\"2020/21\"",
              OBSERVATION, &rows[i]);
}

static void yes_and_no_are_figures_where_asked_for(void **state)
{
    static const struct row yes = {"\"verbatim\":\"Yes\"", {"value", "1", "verbatim", "Yes"}};
    check(*state, "observation", "\"indicator\":\"indicators/yes\",\"period\":\"2020/21\"",
          "observations/yes/2020-21", &yes);
}

static void cells_of_targets(void **state)
{
    static const struct row rows[] = {
        {"\"verbatim\":\"90%\"", {"state", "VALUE", "value", "90", "operator", ""}},
        {"\"verbatim\":\"<10%\"", {"value", "10", "operator", "LESS_THAN"}},
        {"\"verbatim\":\"4 - 6\"", {"value", "4", "value_high", "6", "operator", "RANGE"}},
        {"\"verbatim\":\"-\"", {"state", "DASH", "value", ""}},
        {"\"verbatim\":\"90%\",\"operator\":\"AT_LEAST\"",
         {"value", "90", "operator", "AT_LEAST", "verbatim", "90%"}},
        {"\"value\":\"90\",\"operator\":\"AT_MOST\"",
         {"value", "90", "operator", "AT_MOST", "verbatim", "<=90"}},
        {"\"value\":\"4\",\"valueHigh\":\"6\"",
         {"value", "4", "value_high", "6", "operator", "RANGE", "verbatim", "4 - 6"}},
        {"\"state\":\"TBC\"", {"state", "TBC", "verbatim", "TBC"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(*state, "target", "\"indicator\":\"indicators/i\",\"period\":\"2020/21\"",
              "targets/i/2020-21", &rows[i]);
}

static void deadlines_of_actions(void **state)
{
    static const struct row rows[] = {
        {"\"deadlineVerbatim\":\"Autumn 2021\"",
         {"deadlines", "[{\"verbatim\":\"Autumn 2021\",\"kind\":\"DEADLINE_KIND_SEASON\","
                       "\"earliest\":\"2021-09-01\",\"latest\":\"2021-11-30\"}]"}},
        {"\"deadlineVerbatim\":\"Throughout the period of the plan\"",
         {"deadlines", "[{\"verbatim\":\"Throughout the period of the "
                       "plan\",\"kind\":\"DEADLINE_KIND_ONGOING\","
                       "\"earliest\":\"2021-04-01\",\"latest\":\"2024-03-31\"}]"}},
        {"\"deadlineVerbatim\":\"30 January 202\"",
         {"deadlines",
          "[{\"verbatim\":\"30 January 202\",\"kind\":\"DEADLINE_KIND_INVALID\"}]"}},
        {"\"deadlineVerbatim\":\"\"", {"deadlines", ""}},
        {"\"deadlines\":[{\"verbatim\":\"30 June 2021\",\"label\":\"Internal\",\"latest\":"
         "\"1999-01-01\"},{\"verbatim\":\"TBC\"}]",
         {"deadline_verbatim", "Internal: 30 June 2021; TBC", "deadlines",
          "[{\"verbatim\":\"30 June 2021\",\"kind\":\"DEADLINE_KIND_EXACT\",\"earliest\":"
          "\"2021-06-30\",\"latest\":\"2021-06-30\",\"label\":\"Internal\"},{\"verbatim\":"
          "\"TBC\","
          "\"kind\":\"DEADLINE_KIND_TBC\"}]"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(*state, "action", "\"title\":\"A\",\"plan\":\"plans/p\"", "actions/a", &rows[i]);
}

/* As a bundle brings them: what the cell gave, beside the cell. */
static void deadlines_beside_their_cell_stay(void **state)
{
    static const char *const cells[] = {
        "June and December 2022", "Internal \u2013 June 2022 External \u2013 apply early"};
    struct register_fixture *f = *state;
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const char *create =
            arena_printf(&f->arena,
                         "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"A\","
                         "\"plan\":\"plans/p\",\"deadlineVerbatim\":\"%s\"",
                         cells[i]);
        register_must_apply(f, arena_printf(&f->arena, "%s}}}", create));
        const char *list = arena_strdup(&f->arena, register_field(f, "actions/a", "deadlines"));
        register_must_apply(f, "{\"delete\":{\"name\":\"actions/a\"}}");
        register_must_apply(f, arena_printf(&f->arena, "%s,\"deadlines\":%s}}}", create, list));
        assert_string_equal(register_field(f, "actions/a", "deadlines"), list);
        assert_string_equal(register_field(f, "actions/a", "deadline_verbatim"), cells[i]);
        register_must_apply(f, "{\"delete\":{\"name\":\"actions/a\"}}");
    }
}

static void plans_and_indicators(void **state)
{
    static const struct row plans[] = {
        {"\"period\":\"2021-24\"", {"start_date", "2021-04-01", "end_date", "2024-03-31"}},
        {"\"period\":\"2021-24\",\"endDate\":\"2025-03-31\"",
         {"start_date", "2021-04-01", "end_date", "2025-03-31"}},
        {"\"period\":\"2009/ 20010\"", {"start_date", "", "period", "2009/ 20010"}},
        {"\"reviewVerbatim\":\"Annually\"", {"review_frequency", "ANNUAL"}},
        {"\"reviewVerbatim\":\"Every Four Years and bi annual progress review\"",
         {"review_frequency", "OTHER"}},
    };
    for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
        check(*state, "plan", "\"title\":\"Q\"", "plans/q", &plans[i]);
    static const struct row indicators[] = {
        {"\"frequencyVerbatim\":\"6 Monthly\"", {"frequency", "SIX_MONTHLY"}},
        {"\"frequencyVerbatim\":\"now and then\"", {"frequency", "OTHER"}},
        {"\"toleranceAmber\":\"2\",\"toleranceRed\":\"10%\"", {"tolerance_amber", "2"}},
    };
    for (size_t i = 0; i < sizeof indicators / sizeof indicators[0]; i++)
        check(*state, "indicator", "\"title\":\"J\"", "indicators/j", &indicators[i]);
}

static void what_contradicts_or_is_not_understood_is_refused(void **state)
{
    struct register_fixture *f = *state;
    static const struct {
        const char *body;
        const char *reason;
        const char *field;
    } rows[] = {
        {"\"observation\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"verbatim\":\"5\","
         "\"value\":\"6\"}",
         REASON_VERBATIM_CONTRADICTS, "observation.value"},
        {"\"observation\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"verbatim\":\"5\","
         "\"state\":\"TBC\"}",
         REASON_VERBATIM_CONTRADICTS, "observation.state"},
        {"\"observation\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"value\":\"TBC\"}",
         REASON_NOT_UNDERSTOOD, "observation.value"},
        {"\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"2020-21\",\"value\":"
         "\"1234567890123456789012345678901234567890\"}",
         REASON_NOT_UNDERSTOOD, "observation.value"},
        {"\"observation\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"state\":\"VALUE\"}",
         REASON_FIELD_REQUIRED, "observation.value"},
        {"\"observation\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"availableFrom\":"
         "\"1 June\"}",
         REASON_DATE_INVALID, "observation.available_from"},
        {"\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"last year\"}",
         REASON_PERIOD_INVALID, "observation.period"},
        {"\"target\":{\"indicator\":\"indicators/"
         "i\",\"period\":\"2020-21\",\"verbatim\":\"<10\","
         "\"operator\":\"AT_LEAST\"}",
         REASON_VERBATIM_CONTRADICTS, "target.operator"},
        {"\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2020-21\",\"value\":\"4\","
         "\"valueHigh\":\"x\"}",
         REASON_NOT_UNDERSTOOD, "target.value_high"},
        {"\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2020-21\",\"value\":\"4\","
         "\"operator\":\"RANGE\"}",
         REASON_VERBATIM_CONTRADICTS, "target.operator"},
        {"\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\",\"toleranceRed\":\"-2\"}",
         REASON_TOLERANCE_INVALID, "indicator.tolerance_red"},
        {"\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\",\"toleranceAmber\":\"6%\"}",
         REASON_TOLERANCE_INVALID, "indicator.tolerance_red"},
        {"\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\",\"decimals\":10}",
         REASON_NUMBER_OUT_OF_BOUNDS, "indicator.decimals"},
        {"\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\",\"frequency\":\"ANNUAL\","
         "\"frequencyVerbatim\":\"Monthly\"}",
         REASON_VERBATIM_CONTRADICTS, "indicator.frequency"},
        {"\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":\"plans/"
         "p\",\"progress\":101}",
         REASON_NUMBER_OUT_OF_BOUNDS, "action.progress"},
        {"\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":\"plans/"
         "p\",\"completedOn\":"
         "\"31/13/2021\"}",
         REASON_DATE_INVALID, "action.completed_on"},
        {"\"name\":\"posts/x\",\"post\":{\"title\":\"X\",\"holders\":[{\"name\":\"N\",\"from\":"
         "\"May\"}]}",
         REASON_DATE_INVALID, "post.holders[0].from"},
    };
    int64_t seq = register_seq(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        register_apply_json(
            f, arena_printf(&f->arena, "{\"mutations\":[{\"create\":{%s}}]}", rows[i].body));
        register_assert_failed(f, GRPC_INVALID_ARGUMENT, rows[i].reason,
                               arena_printf(&f->arena, "mutations[0].create.%s", rows[i].field),
                               NULL);
    }
    assert_int_equal(register_seq(f), seq);
}

/* Patches one masked field of an observation. */
static void patch(struct register_fixture *f, const char *body, const char *mask)
{
    register_must_apply(f, arena_printf(&f->arena,
                                        "{\"patch\":{\"resource\":{\"name\":\"" OBSERVATION
                                        "\",\"observation\":{%s}},"
                                        "\"updateMask\":\"%s\",\"baseSeq\":\"%lld\"}}",
                                        body, mask, (long long)register_seq(f)));
}

static void a_patch_understands_anew_what_it_touches(void **state)
{
    struct register_fixture *f = *state;
    register_must_apply(
        f, "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\",\"period\":"
           "\"2020-21\",\"verbatim\":\"63 (p)\",\"numerator\":\"63\","
           "\"denominator\":\"100\"}}}");
    patch(f, "\"note\":\"n\"", "note");
    assert_string_equal(register_field(f, OBSERVATION, "verbatim"), "63 (p)");
    patch(f, "\"verbatim\":\"64\"", "verbatim");
    assert_string_equal(register_field(f, OBSERVATION, "value"), "64");
    assert_string_equal(register_field(f, OBSERVATION, "flags"), "");
    assert_string_equal(register_field(f, OBSERVATION, "numerator"), "");
    patch(f, "\"value\":\"65\"", "value");
    assert_string_equal(register_field(f, OBSERVATION, "verbatim"), "65");
    patch(f, "\"state\":\"TBC\"", "state");
    assert_string_equal(register_field(f, OBSERVATION, "value"), "");
    assert_string_equal(register_field(f, OBSERVATION, "verbatim"), "TBC");
    patch(f, "\"verbatim\":\"7\"", "verbatim");
    patch(f, "", "value");
    assert_string_equal(register_field(f, OBSERVATION, "state"), "BLANK");
}

static void sending_back_what_was_read_changes_nothing(void **state)
{
    struct register_fixture *f = *state;
    static const char *const creates[] = {
        "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"2020-21\","
        "\"verbatim\":\"63 (p)\",\"flags\":[\"BREAK\"]}}}",
        "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"2019-20\","
        "\"numerator\":\"9\",\"denominator\":\"12\"}}}",
        "{\"create\":{\"observation\":{\"indicator\":\"indicators/i\",\"period\":\"2018-19\","
        "\"verbatim\":\"Available June 2022\"}}}",
        "{\"create\":{\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2018-19\","
        "\"value\":\"4\",\"valueHigh\":\"6\"}}}",
        "{\"create\":{\"name\":\"plans/q\",\"plan\":{\"title\":\"Q\",\"period\":\"2021-24\","
        "\"endVerbatim\":\"April 2021 (current plan) April 2025 (new plan)\"}}}",
        "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":\"plans/p\","
        "\"deadlines\":[{\"verbatim\":\"30 June 2021\",\"label\":\"Internal\"},{\"verbatim\":"
        "\"TBC\",\"statutory\":true}]}}}",
        "{\"create\":{\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\","
        "\"frequencyVerbatim\":\"6 Monthly\"}}}",
    };
    for (size_t i = 0; i < sizeof creates / sizeof creates[0]; i++) {
        Provost__V1__Resource *resource =
            register_must_apply(f, creates[i])->results[0]->resource;
        Provost__V1__Patch as_read = PROVOST__V1__PATCH__INIT;
        as_read.resource = resource;
        Provost__V1__ApplyResponse *response = register_patch(f, &as_read);
        assert_non_null(response);
        if (response->results[0]->outcome != PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED)
            fail_msg("%s: %s changed", creates[i], response->results[0]->changed_fields[0]);
    }
}

static void the_same_import_again_changes_nothing(void **state)
{
    struct register_fixture *f = *state;
    static const char *const resources[] = {
        "\"name\":\"observations/i/2020-21\",\"observation\":{\"indicator\":\"indicators/i\","
        "\"period\":\"2020/21\",\"verbatim\":\"63 (p)\",\"flags\":[\"BREAK\"]}",
        "\"name\":\"observations/i/2019-20\",\"observation\":{\"indicator\":\"indicators/i\","
        "\"period\":\"2019/20\",\"numerator\":\"9\",\"denominator\":\"12\"}",
        "\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2019/"
        "20\",\"verbatim\":\"<10%\"}",
        "\"target\":{\"indicator\":\"indicators/i\",\"period\":\"2018/19\",\"value\":\"10\","
        "\"operator\":\"AT_MOST\"}",
        "\"name\":\"plans/q\",\"plan\":{\"title\":\"Q\",\"period\":\"2021-24\",\"endVerbatim\":"
        "\"April 2021 (current plan) April 2025 (new plan)\",\"reviewVerbatim\":\"Annually\"}",
        "\"name\":\"actions/a\",\"action\":{\"title\":\"A\",\"plan\":\"plans/p\","
        "\"deadlineVerbatim\":\"Internal: 30 June 2021; External: 31 July 2021\"}",
        "\"name\":\"indicators/j\",\"indicator\":{\"title\":\"J\",\"frequencyVerbatim\":\"6 "
        "Monthly\"}",
        "\"link\":{\"from\":\"indicators/i\",\"to\":\"plans/p\",\"kind\":\"MEASURES\"}",
    };
    for (size_t i = 0; i < 2 * sizeof resources / sizeof resources[0]; i++) {
        const char *patch =
            arena_printf(&f->arena, "{\"patch\":{\"resource\":{%s},\"allowMissing\":true}}",
                         resources[i / 2]);
        Provost__V1__MutationResult *result = register_must_apply(f, patch)->results[0];
        assert_int_equal(result->outcome, i % 2 == 0 ? PROVOST__V1__OUTCOME__OUTCOME_CREATED
                                                     : PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
    }
}

static void an_edited_cell_beside_old_deadlines_is_read_anew(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__Resource *resource =
        register_must_apply(f,
                            "{\"create\":{\"name\":\"actions/a\",\"action\":{\"title\":\"A\","
                            "\"plan\":\"plans/p\",\"deadlineVerbatim\":\"October 2021\"}}}")
            ->results[0]
            ->resource;
    resource->action->deadline_verbatim = arena_strdup(&f->arena, "November 2021");
    Provost__V1__Patch edited = PROVOST__V1__PATCH__INIT;
    edited.resource = resource;
    assert_non_null(register_patch(f, &edited));
    assert_non_null(strstr(register_field(f, "actions/a", "deadlines"), "2021-11-30"));
}

static void oddities_are_noticed(void **state)
{
    struct register_fixture *f = *state;
    static const char *const rows[][2] = {
        {"\"status\":\"COMPLETED\"", REASON_COMPLETED_WITHOUT_DATE},
        {"\"deadlineVerbatim\":\"30 June 2020\"", REASON_DEADLINE_OUTSIDE_PLAN},
        {"\"deadlineVerbatim\":\"30 June 2031\"", REASON_DEADLINE_OUTSIDE_PLAN},
        {"\"deadlineVerbatim\":\"30 January 202\"", REASON_DEADLINE_NOT_UNDERSTOOD},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Provost__V1__ApplyResponse *response = register_must_apply(
            f,
            arena_printf(&f->arena,
                         "{\"create\":{\"name\":\"actions/a%zu\",\"action\":{\"title\":\"A\","
                         "\"plan\":\"plans/p\",%s}}}",
                         i, rows[i][0]));
        assert_int_equal(response->results[0]->n_warnings, 1);
        assert_string_equal(response->results[0]->warnings[0]->reason, rows[i][1]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(cells_of_observations),
        TEST(yes_and_no_are_figures_where_asked_for),
        TEST(cells_of_targets),
        TEST(deadlines_of_actions),
        TEST(deadlines_beside_their_cell_stay),
        TEST(plans_and_indicators),
        TEST(what_contradicts_or_is_not_understood_is_refused),
        TEST(a_patch_understands_anew_what_it_touches),
        TEST(sending_back_what_was_read_changes_nothing),
        TEST(the_same_import_again_changes_nothing),
        TEST(an_edited_cell_beside_old_deadlines_is_read_anew),
        TEST(oddities_are_noticed),
    };
    return cmocka_run_group_tests_name("understand", tests, NULL, NULL);
}
