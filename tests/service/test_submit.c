/* SubmitObservations: departments' figures. */
#include "common/reasons.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define SUBMIT(fields)                                                                         \
    "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020/21\"," fields "}]}"
#define CELL "observations/foi/2020-21"

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    register_must_apply(
        *state, "{\"create\":{\"name\":\"indicators/foi\",\"indicator\":{\"title\":\"FOI\","
                "\"unit\":\"UNIT_PERCENT\"}}},{\"create\":{\"name\":\"indicators/count\","
                "\"indicator\":{\"title\":\"Count\",\"unit\":\"UNIT_NUMBER\"}}}");
    return 0;
}

static Provost__V1__MutationResult *must_submit(struct register_fixture *f, const char *json)
{
    Provost__V1__SubmitObservationsResponse *response = register_submit_json(f, json);
    if (response == NULL) fail_msg("%s: %s", f->status.reason, f->status.message);
    return response->results[0];
}

static void a_figure_is_understood_and_kept(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__MutationResult *result =
        must_submit(f, SUBMIT("\"value\":\"98.7%\",\"note\":\"n\",\"flags\":[\"BREAK\"]"));
    assert_int_equal(result->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    assert_string_equal(result->name, CELL);
    assert_string_equal(result->resource->observation->value, "98.7");
    assert_string_equal(register_field(f, CELL, "verbatim"), "98.7%");
    assert_string_equal(register_field(f, CELL, "state"), "VALUE");
    assert_string_equal(register_field(f, CELL, "flags"), "[\"VALUE_FLAG_BREAK\"]");
    assert_string_equal(register_field(f, CELL, "indicator"), "indicators/foi");
}

static void the_same_figure_again_is_no_change(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"98.7%\",\"flags\":[\"PROVISIONAL\"]"));
    int64_t seq = register_seq(f);
    assert_int_equal(must_submit(f, SUBMIT("\"value\":\" 98.7 \""))->outcome,
                     PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
    assert_int_equal(register_seq(f), seq);
    assert_string_equal(register_field(f, CELL, "verbatim"), "98.7%");
}

static void another_figure_is_refused_with_the_one_that_is_there(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"98.7\""));
    f->caller.principal = "bob";
    register_submit_json(f, SUBMIT("\"value\":\"97\""));
    register_assert_failed(f, GRPC_ABORTED, REASON_FIGURE_EXISTS, "submissions[0].value",
                           "alice");
    Provost__V1__ConflictDetail *detail = register_conflict(f);
    assert_int_equal(detail->n_conflicts, 2);
    assert_string_equal(detail->conflicts[0]->field, "value");
    assert_string_equal(detail->conflicts[0]->present_value, "98.7");
    assert_string_equal(detail->conflicts[0]->principal, "alice");
    assert_int_equal(detail->conflicts[0]->seq, 2);
    assert_string_equal(register_field(f, CELL, "value"), "98.7");
}

static void base_seq_replaces_a_figure_not_changed_since(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"98.7\""));
    assert_int_equal(must_submit(f, SUBMIT("\"value\":\"97\",\"baseSeq\":\"2\""))->outcome,
                     PROVOST__V1__OUTCOME__OUTCOME_UPDATED);
    register_submit_json(f, SUBMIT("\"value\":\"96\",\"baseSeq\":\"2\""));
    register_assert_failed(f, GRPC_ABORTED, REASON_CONFLICT, "submissions[0].base_seq", NULL);
    register_submit_json(f, SUBMIT("\"value\":\"96\",\"baseSeq\":\"9\""));
    register_assert_failed(f, GRPC_OUT_OF_RANGE, REASON_BASE_SEQ_FUTURE,
                           "submissions[0].base_seq", NULL);
}

static void revise_needs_a_reason(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"98.7\""));
    register_submit_json(f, "{\"revise\":true,\"reason\":\" \",\"submissions\":[{\"indicator\":"
                            "\"foi\",\"period\":\"2020-21\",\"value\":\"97\"}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_REASON_REQUIRED, "reason", NULL);
    must_submit(f, "{\"revise\":true,\"reason\":\"recount\",\"submissions\":[{\"indicator\":"
                   "\"foi\",\"period\":\"2020-21\",\"value\":\"97\"}]}");
    assert_string_equal(register_field(f, CELL, "value"), "97");
}

static void what_is_no_figure_is_filled_freely(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"TBC\""));
    assert_string_equal(register_field(f, CELL, "state"), "TBC");
    must_submit(f, SUBMIT("\"value\":\"55\""));
    assert_string_equal(register_field(f, CELL, "value"), "55");
    register_submit_json(f, SUBMIT("\"value\":\"-\""));
    register_assert_failed(f, GRPC_ABORTED, REASON_FIGURE_EXISTS, NULL, NULL);
}

static void parts_go_with_their_figure(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"numerator\":\"1,500\",\"denominator\":\"2000\""));
    assert_string_equal(register_field(f, CELL, "value"), "75");
    assert_string_equal(register_field(f, CELL, "numerator"), "1500");
    assert_int_equal(must_submit(f, SUBMIT("\"value\":\"75\""))->outcome,
                     PROVOST__V1__OUTCOME__OUTCOME_UNCHANGED);
    must_submit(f, SUBMIT("\"value\":\"80\",\"baseSeq\":\"2\""));
    assert_string_equal(register_field(f, CELL, "numerator"), "");
}

static void a_note_may_be_added_to_a_figure(void **state)
{
    struct register_fixture *f = *state;
    must_submit(f, SUBMIT("\"value\":\"75\""));
    Provost__V1__MutationResult *result =
        must_submit(f, SUBMIT("\"value\":\"75%\",\"note\":\"late returns\""));
    assert_int_equal(result->n_changed_fields, 1);
    assert_string_equal(result->changed_fields[0], "note");
}

static void refusals_name_the_submission(void **state)
{
    struct register_fixture *f = *state;
    static const struct {
        const char *fields;
        const char *reason;
        const char *field;
        const char *message;
    } rows[] = {
        {"\"indicator\":\"foi\",\"period\":\"2009/ 20010\",\"value\":\"1\"",
         REASON_PERIOD_INVALID, "submissions[0].period", "2009/ 20010"},
        {"\"indicator\":\"nope\",\"period\":\"2020-21\",\"value\":\"1\"",
         REASON_UNKNOWN_REFERENCE, "submissions[0].indicator", "indicators/nope"},
        {"\"indicator\":\"plans/x\",\"period\":\"2020-21\",\"value\":\"1\"",
         REASON_UNKNOWN_REFERENCE, "submissions[0].indicator", "plans/x"},
        {"\"period\":\"2020-21\",\"value\":\"1\"", REASON_FIELD_REQUIRED,
         "submissions[0].indicator", NULL},
        {"\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":"
         "\"1234567890123456789012345678901234567890\"",
         REASON_NOT_UNDERSTOOD, "submissions[0].value",
         "1234567890123456789012345678901234567890"},
        {"\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"12 apples\"",
         REASON_NOT_UNDERSTOOD, "submissions[0].value", "12 apples"},
        {"\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"<5\"", REASON_NOT_UNDERSTOOD,
         "submissions[0].value", "<5"},
        {"\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"5\",\"numerator\":\"x\"",
         REASON_DECIMAL_INVALID, "submissions[0].numerator", "x"},
        {"\"indicator\":\"foi\",\"period\":\"2020-21\",\"breakdown\":\"Area 51\"",
         REASON_NOT_UNDERSTOOD, "submissions[0].breakdown", "Area 51"},
    };
    int64_t seq = register_seq(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        register_submit_json(
            f, arena_printf(&f->arena, "{\"submissions\":[{%s}]}", rows[i].fields));
        register_assert_failed(f, GRPC_INVALID_ARGUMENT, rows[i].reason, rows[i].field,
                               rows[i].message);
    }
    assert_int_equal(register_seq(f), seq);
}

static void the_same_cell_twice_is_refused(void **state)
{
    struct register_fixture *f = *state;
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020/21\","
                            "\"value\":\"1\"},{\"indicator\":\"indicators/foi\",\"period\":"
                            "\"2020-21\",\"value\":\"2\"}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_DUPLICATE_RESOURCE,
                           "submissions[1]", NULL);
}

static void odd_figures_are_taken_with_a_warning(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__MutationResult *result = must_submit(f, SUBMIT("\"value\":\"120%\""));
    assert_int_equal(result->n_warnings, 1);
    assert_string_equal(result->warnings[0]->reason, REASON_PERCENT_OUT_OF_RANGE);
    result = must_submit(f, "{\"submissions\":[{\"indicator\":\"count\",\"period\":\"2020/21\","
                            "\"value\":\"12%\"}]}");
    assert_string_equal(result->warnings[0]->reason, REASON_UNIT_MISMATCH);
    result = must_submit(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2019/20\","
                            "\"numerator\":\"2\",\"denominator\":\"0\"}]}");
    assert_string_equal(result->warnings[0]->reason, REASON_VALUE_NOT_COMPUTED);
    result = must_submit(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2018/19\","
                            "\"value\":\"90\",\"numerator\":\"4\",\"denominator\":\"3\"}]}");
    assert_string_equal(result->warnings[0]->reason, REASON_NUMERATOR_OVER_DENOMINATOR);
}

static void parts_alone_make_the_percentage(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__MutationResult *result =
        must_submit(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2019/20\","
                       "\"numerator\":\"2\",\"denominator\":\"3\"}]}");
    assert_int_equal(result->n_warnings, 0);
    assert_string_equal(register_field(f, "observations/foi/2019-20", "value"),
                        "66.666666666667");
    assert_string_equal(register_field(f, "observations/foi/2019-20", "state"), "VALUE");
}

static void validate_only_writes_nothing(void **state)
{
    struct register_fixture *f = *state;
    int64_t seq = register_seq(f);
    Provost__V1__SubmitObservationsResponse *response = register_submit_json(
        f,
        "{\"validateOnly\":true,\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020/21\","
        "\"value\":\"5\"}]}");
    assert_true(response->validated_only);
    assert_int_equal(response->results[0]->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    assert_int_equal(register_seq(f), seq);
    assert_null(register_field(f, CELL, "value"));
}

static void many_figures_are_one_change(void **state)
{
    struct register_fixture *f = *state;
    const char *list = "";
    for (int i = 0; i < 100; i++)
        list = arena_printf(&f->arena,
                            "%s%s{\"indicator\":\"foi\",\"period\":\"2020-21\",\"breakdown\":"
                            "\"area=%d\",\"value\":\"%d\"}",
                            list, i == 0 ? "" : ",", i, i);
    int64_t seq = register_seq(f);
    Provost__V1__SubmitObservationsResponse *response =
        register_submit_json(f, arena_printf(&f->arena, "{\"submissions\":[%s]}", list));
    assert_non_null(response);
    assert_int_equal(response->n_results, 100);
    assert_int_equal(response->seq, seq + 1);
}

static void what_a_submission_meets_is_never_out_of_date(void **state)
{
    struct register_fixture *f = *state;
    static const char rates[] =
        "{\"submissions\":[{\"indicator\":\"rates\",\"period\":\"2020/21\","
        "\"value\":\"5\"}]}";
    static const char create[] = "{\"create\":{\"name\":\"indicators/rates\",\"indicator\":{"
                                 "\"title\":\"Rates\",\"unit\":\"UNIT_NUMBER\"}}}";
    register_submit_json(f, rates);
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_REFERENCE,
                           "submissions[0].indicator", "indicators/rates");
    register_must_apply(f, create);
    must_submit(f, rates);
    register_must_apply(f, "{\"delete\":{\"name\":\"observations/rates/2020-21\"}},"
                           "{\"delete\":{\"name\":\"indicators/rates\"}}");
    register_submit_json(f, rates);
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_UNKNOWN_REFERENCE,
                           "submissions[0].indicator", "indicators/rates");
    register_must_apply(f, create);
    assert_int_equal(must_submit(f, rates)->outcome, PROVOST__V1__OUTCOME__OUTCOME_CREATED);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_figure_is_understood_and_kept),
        TEST(what_a_submission_meets_is_never_out_of_date),
        TEST(the_same_figure_again_is_no_change),
        TEST(another_figure_is_refused_with_the_one_that_is_there),
        TEST(base_seq_replaces_a_figure_not_changed_since),
        TEST(revise_needs_a_reason),
        TEST(what_is_no_figure_is_filled_freely),
        TEST(parts_go_with_their_figure),
        TEST(a_note_may_be_added_to_a_figure),
        TEST(refusals_name_the_submission),
        TEST(the_same_cell_twice_is_refused),
        TEST(odd_figures_are_taken_with_a_warning),
        TEST(parts_alone_make_the_percentage),
        TEST(validate_only_writes_nothing),
        TEST(many_figures_are_one_change),
    };
    return cmocka_run_group_tests_name("submit", tests, NULL, NULL);
}
