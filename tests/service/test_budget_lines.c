/* Budget lines: exact pounds from a cell and its scale. */
#include "service/model_test.h"

#define LINE_WITH(id, fields)                                                                  \
    CREATE("budget-lines/" id, "budgetLine",                                                   \
           "\"title\":\"L\",\"subject\":\"plans/p\",\"period\":\"2021/22\"," fields)
#define LINE(fields) LINE_WITH("l", fields)
#define MILLION "\"scale\":\"MONEY_SCALE_MILLION\""

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    MUST_APPLY(*state, PLAN_P);
    return 0;
}

static void refused(struct register_fixture *f, const char *line, const char *reason,
                    const char *field)
{
    register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", line));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, reason,
                           arena_printf(&f->arena, "mutations[0].create.budget_line.%s", field),
                           NULL);
}

static void brackets_in_a_column_of_millions(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINE(MILLION ",\"verbatim\":\"(\u00a31.159)\""));
    assert_field(f, "budget-lines/l", "amount", "-1159000");
    assert_field(f, "budget-lines/l", "state", "VALUE");
    assert_field(f, "budget-lines/l", "verbatim", "(\u00a31.159)");
    assert_field(f, "budget-lines/l", "period", "2021-22");
}

static void a_scale_in_the_cell_goes_first(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, LINE(MILLION ",\"verbatim\":\"\u00a3330k\""));
    assert_non_null(warning_of(response, 0, REASON_UNIT_MISMATCH));
    assert_field(f, "budget-lines/l", "amount", "330000");
    assert_field(f, "budget-lines/l", "scale", "THOUSAND");
}

static void absence_is_typed(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINE_WITH("a", "\"verbatim\":\"-\""), LINE_WITH("b", "\"verbatim\":\"\""),
               LINE_WITH("c", "\"verbatim\":\"TBC\""),
               LINE_WITH("d", "\"state\":\"VALUE_STATE_TBC\""));
    assert_field(f, "budget-lines/a", "state", "DASH");
    assert_field(f, "budget-lines/b", "state", "BLANK");
    assert_field(f, "budget-lines/c", "state", "TBC");
    assert_field(f, "budget-lines/d", "verbatim", "TBC");
    assert_field(f, "budget-lines/a", "amount", "");
}

static void an_amount_alone_is_in_pounds(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINE("\"amount\":\"1,159\""));
    assert_field(f, "budget-lines/l", "amount", "1159");
    assert_field(f, "budget-lines/l", "state", "VALUE");
}

static void a_new_scale_makes_a_new_amount(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINE("\"verbatim\":\"1.5\""));
    MUST_APPLY(f, PATCH("budget-lines/l", "budgetLine", MILLION, "scale"));
    assert_field(f, "budget-lines/l", "amount", "1500000");
}

static void a_whole_line_goes_in_as_it_came_out(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINE(MILLION ",\"verbatim\":\"(1.159)\",\"amount\":\"-1159000\","
                               "\"state\":\"VALUE_STATE_VALUE\""));
    assert_field(f, "budget-lines/l", "amount", "-1159000");
}

static void what_contradicts_is_refused(void **state)
{
    struct register_fixture *f = *state;
    refused(f, LINE(MILLION ",\"verbatim\":\"1\",\"amount\":\"1\""),
            REASON_VERBATIM_CONTRADICTS, "amount");
    refused(f, LINE("\"verbatim\":\"up to \u00a35m\""), REASON_NOT_UNDERSTOOD, "verbatim");
    refused(f, LINE("\"verbatim\":\"1\",\"date\":\"2021-04-01\""), REASON_VERBATIM_CONTRADICTS,
            "date");
    refused(f,
            CREATE("budget-lines/l", "budgetLine",
                   "\"title\":\"L\",\"subject\":\"plans/p\",\"verbatim\":\"1\""),
            REASON_FIELD_REQUIRED, "period");
}

#define MONEY_TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MONEY_TEST(brackets_in_a_column_of_millions),
        MONEY_TEST(a_scale_in_the_cell_goes_first),
        MONEY_TEST(absence_is_typed),
        MONEY_TEST(an_amount_alone_is_in_pounds),
        MONEY_TEST(a_new_scale_makes_a_new_amount),
        MONEY_TEST(a_whole_line_goes_in_as_it_came_out),
        MONEY_TEST(what_contradicts_is_refused),
    };
    return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
