/* GetRiskMatrix. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

static Provost__V1__GetRiskMatrixResponse *matrix(struct register_fixture *f, const char *json)
{
    return ask(f, performance_get_risk_matrix,
               &provost__v1__get_risk_matrix_request__descriptor, json);
}

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const rows[] = {
        "plans/p",
        "plan",
        "\"title\":\"P\"",
        "risks/flood",
        "risk",
        "\"title\":\"Flood\",\"plans\":[\"plans/"
        "p\"],\"current\":{\"likelihood\":4,\"impact\":5},"
        "\"target\":{\"likelihood\":1,\"impact\":3}",
        "risks/fire",
        "risk",
        "\"title\":\"Fire\",\"tags\":[\"Safety\"],\"current\":{\"likelihood\":2,\"impact\":2}",
        "risks/theft",
        "risk",
        "\"title\":\"Theft\",\"current\":{\"likelihood\":2,\"impact\":2}",
        "risks/new",
        "risk",
        "\"title\":\"New\",\"plans\":[\"plans/p\"]",
        "risks/half",
        "risk",
        "\"title\":\"Half\",\"current\":{\"impact\":3}",
        "risks/closed",
        "risk",
        "\"title\":\"Closed\",\"status\":\"CLOSED\",\"current\":{\"likelihood\":5,\"impact\":"
        "5}",
        NULL};
    create_all(*state, rows);
    return 0;
}

static void risks_stand_in_their_cells_the_worst_first(void **state)
{
    const Provost__V1__GetRiskMatrixResponse *out = matrix(*state, "{}");
    assert_int_equal(out->size, 5);
    assert_int_equal(out->total, 5);
    assert_int_equal(out->n_cells, 2);
    assert_int_equal(out->cells[0]->score, 20);
    assert_string_equal(out->cells[0]->band, "VERY_HIGH");
    assert_string_equal(out->cells[0]->risks[0]->name, "risks/flood");
    assert_int_equal(out->cells[1]->n_risks, 2);
    assert_string_equal(out->cells[1]->band, "LOW");
    assert_int_equal(out->seq, register_seq(*state));
}

static void what_is_not_scored_is_never_low(void **state)
{
    const Provost__V1__GetRiskMatrixResponse *out = matrix(*state, "{}");
    assert_int_equal(out->n_unscored, 2);
    assert_string_equal(out->unscored[0]->name, "risks/half");
    assert_string_equal(out->unscored[0]->reason, "NO_LIKELIHOOD");
    assert_string_equal(out->unscored[1]->reason, "NOT_SCORED");
}

static void scopes_and_scores(void **state)
{
    const Provost__V1__GetRiskMatrixResponse *out =
        matrix(*state, "{\"scope\":\"plans/p\",\"score\":\"TARGET\"}");
    assert_int_equal(out->total, 2);
    assert_int_equal(out->cells[0]->score, 3);
    assert_int_equal(matrix(*state, "{\"scope\":\"tag=safety\"}")->total, 1);
    assert_int_equal(matrix(*state, "{\"score\":\"ORIGINAL\"}")->n_unscored, 5);
}

static void a_score_off_its_matrix_is_unscored(void **state)
{
    struct register_fixture *f = *state;
    register_apply_json(f, "{\"mutations\":[{\"create\":{\"name\":\"risks/off\",\"risk\":{"
                           "\"title\":\"Off\",\"tags\":[\"off\"],\"matrixSize\":4,"
                           "\"current\":{\"likelihood\":5,\"impact\":1}}}}]}");
    if (!status_is_ok(f->status)) return; /* the register refuses it already */
    const Provost__V1__GetRiskMatrixResponse *out = matrix(f, "{\"scope\":\"tag=off\"}");
    assert_string_equal(out->unscored[0]->reason, "OFF_MATRIX");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(risks_stand_in_their_cells_the_worst_first),
        TEST(what_is_not_scored_is_never_low),
        TEST(scopes_and_scores),
        TEST(a_score_off_its_matrix_is_unscored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
