/* Risks and decisions: scores within the matrix, absent, or off it. */
#include "service/model_test.h"

#define RISK(fields) CREATE("risks/r", "risk", "\"title\":\"R\"" fields)

static void scores_may_be_absent(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, RISK(",\"matrixSize\":4,\"current\":{\"likelihood\":3,\"impact\":4,"
                           "\"scoredOn\":\"2021-04-01\"},\"target\":{\"impact\":2}"));
    assert_int_equal(response->results[0]->n_warnings, 0);
    assert_field(f, "risks/r", "target", "{\"impact\":2}");
    MUST_APPLY(f, CREATE("risks/unscored", "risk", "\"title\":\"U\""));
}

static void a_score_off_the_matrix_is_kept_with_a_warning(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, RISK(",\"matrixSize\":4,\"original\":{\"likelihood\":5,\"impact\":4}"));
    const Provost__V1__Warning *warning = warning_of(response, 0, REASON_OFF_MATRIX);
    assert_non_null(warning);
    assert_string_equal(warning->field, "original.likelihood");
    assert_field(f, "risks/r", "original", "{\"likelihood\":5,\"impact\":4}");
}

static void refused(struct register_fixture *f, const char *risk, const char *reason,
                    const char *field)
{
    register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", risk));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, reason,
                           arena_printf(&f->arena, "mutations[0].create.risk.%s", field), NULL);
}

static void what_is_no_score_is_refused(void **state)
{
    struct register_fixture *f = *state;
    refused(f, RISK(",\"matrixSize\":11"), REASON_NUMBER_OUT_OF_BOUNDS, "matrix_size");
    refused(f, RISK(",\"current\":{\"likelihood\":-1}"), REASON_NUMBER_OUT_OF_BOUNDS,
            "current.likelihood");
    refused(f, RISK(",\"current\":{\"scoredOn\":\"1 April\"}"), REASON_DATE_INVALID,
            "current.scored_on");
    refused(f, RISK(",\"plans\":[\"plans/none\"]"), REASON_UNKNOWN_REFERENCE, "plans[0]");
}

static void a_review_is_a_day_or_how_often(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, RISK(",\"reviewVerbatim\":\"Quarterly\""));
    assert_field(f, "risks/r", "review_frequency", "QUARTERLY");
    assert_field(f, "risks/r", "review_date", "");
    MUST_APPLY(
        f, CREATE("risks/day", "risk", "\"title\":\"D\",\"reviewVerbatim\":\"March 2025\""));
    assert_field(f, "risks/day", "review_date", "2025-03-31");
    Provost__V1__ApplyResponse *response = MUST_APPLY(
        f, CREATE("risks/odd", "risk", "\"title\":\"O\",\"reviewVerbatim\":\"Every meeting\""));
    assert_non_null(warning_of(response, 0, REASON_DEADLINE_NOT_UNDERSTOOD));
    assert_field(f, "risks/odd", "review_verbatim", "Every meeting");
}

static void what_a_risk_refers_to_stays(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, PLAN_P, RISK(",\"plans\":[\"plans/p\"]"));
    APPLY(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL, "risks/r");
}

static void a_decision_has_a_date(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = MUST_APPLY(
        f, PLAN_P,
        CREATE(
            "decisions/d", "decision",
            "\"title\":\"D\",\"plan\":\"plans/p\",\"outcome\":\"DECISION_OUTCOME_APPROVED\""),
        CREATE(
            "decisions/e", "decision",
            "\"title\":\"E\",\"plan\":\"plans/p\",\"outcome\":\"DECISION_OUTCOME_PENDING\""));
    assert_non_null(warning_of(response, 1, REASON_DECISION_WITHOUT_DATE));
    assert_int_equal(response->results[2]->n_warnings, 0);
    APPLY(f, "{\"delete\":{\"name\":\"plans/p\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL, "decisions/d");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(scores_may_be_absent),        TEST(a_score_off_the_matrix_is_kept_with_a_warning),
        TEST(what_is_no_score_is_refused), TEST(what_a_risk_refers_to_stays),
        TEST(a_decision_has_a_date),       TEST(a_review_is_a_day_or_how_often),
    };
    return cmocka_run_group_tests_name("risk", tests, NULL, NULL);
}
