/* GetTree: the golden thread. */
#include "common/reasons.h"
#include "service/ask.h"
#include "service/performance.h"

#include "provost/v1/performance.pb-c.h"

/* "DEPTH RELATION NAME[*]" a line each; "*" was shown before. */
static const char *tree(struct register_fixture *f, const char *json)
{
    Provost__V1__GetTreeResponse *out =
        ask(f, performance_get_tree, &provost__v1__get_tree_request__descriptor, json);
    const char *text = "";
    for (size_t i = 0; i < out->n_nodes; i++)
        text = arena_printf(&f->arena, "%s%d %s %s%s\n", text, out->nodes[i]->depth,
                            out->nodes[i]->relation, out->nodes[i]->name,
                            out->nodes[i]->repeated_node ? "*" : "");
    return arena_printf(&f->arena, "%s%s", text, out->truncated ? "cut\n" : "");
}

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    const char *const first[] = {
        "plans/sdg",       "plan",         "\"title\":\"SDG\"", "plans/p",         "plan",
        "\"title\":\"P\"", "indicators/i", "indicator",         "\"title\":\"I\"", NULL};
    const char *const second[] = {"objectives/goal",
                                  "objective",
                                  "\"title\":\"Goal\",\"plan\":\"plans/sdg\"",
                                  "objectives/o",
                                  "objective",
                                  "\"title\":\"O\",\"plan\":\"plans/p\",\"code\":\"1\"",
                                  "actions/a",
                                  "action",
                                  "\"title\":\"A\",\"plan\":\"plans/p\"",
                                  "actions/loose",
                                  "action",
                                  "\"title\":\"L\",\"plan\":\"plans/p\"",
                                  NULL};
    const char *const third[] = {
        "actions/part", "action",
        "\"title\":\"Part\",\"plan\":\"plans/p\",\"parent\":\"actions/a\"", NULL};
    create_all(*state, first);
    create_all(*state, second);
    create_all(*state, third);
    link_to(*state, "objectives/o", "CONTRIBUTES", "objectives/goal");
    link_to(*state, "actions/a", "DELIVERS", "objectives/o");
    link_to(*state, "indicators/i", "MEASURES", "objectives/o");
    link_to(*state, "indicators/i", "MEASURES", "actions/a");
    return 0;
}

static void from_a_framework_goal_down_to_indicators(void **state)
{
    assert_string_equal(tree(*state, "{\"root\":\"objectives/goal\"}"),
                        "0  objectives/goal\n"
                        "1 CONTRIBUTES objectives/o\n"
                        "2 DELIVERS actions/a\n"
                        "3 CHILD actions/part\n"
                        "3 MEASURES indicators/i\n"
                        "2 MEASURES indicators/i*\n");
}

static void loose_actions_hang_on_their_plan(void **state)
{
    const char *text = tree(*state, "{\"root\":\"plans/p\"}");
    assert_non_null(strstr(text, "1 CHILD objectives/o\n"));
    assert_non_null(strstr(text, "1 CHILD actions/loose\n"));
    assert_null(strstr(text, "1 CHILD actions/a\n"));
}

static void a_circle_ends(void **state)
{
    link_to(*state, "objectives/goal", "CONTRIBUTES", "objectives/o");
    assert_non_null(strstr(tree(*state, "{\"root\":\"objectives/goal\",\"depth\":12}"),
                           "2 CONTRIBUTES objectives/goal*\n"));
}

static void depth_cuts_off_and_says_so(void **state)
{
    assert_string_equal(tree(*state, "{\"root\":\"objectives/goal\",\"depth\":1}"),
                        "0  objectives/goal\n1 CONTRIBUTES objectives/o\ncut\n");
}

static void indicators_show_their_status(void **state)
{
    struct register_fixture *f = *state;
    figure(f, "i", "2020/21", "80");
    target(f, "i", "2020/21", "90");
    Provost__V1__GetTreeResponse *out =
        ask(f, performance_get_tree, &provost__v1__get_tree_request__descriptor,
            "{\"root\":\"objectives/o\",\"period\":\"2020/21\"}");
    for (size_t i = 0; i < out->n_nodes; i++)
        if (strcmp(out->nodes[i]->name, "indicators/i") == 0)
            assert_int_equal(out->nodes[i]->status, PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT);
    assert_int_equal(out->seq, register_seq(f));
}

static void other_roots_are_refused(void **state)
{
    struct register_fixture *f = *state;
    assert_null(register_read(f, performance_get_tree,
                              &provost__v1__get_tree_request__descriptor,
                              "{\"root\":\"indicators/i\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SCOPE_INVALID, "root", NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(from_a_framework_goal_down_to_indicators),
        TEST(loose_actions_hang_on_their_plan),
        TEST(a_circle_ends),
        TEST(depth_cuts_off_and_says_so),
        TEST(indicators_show_their_status),
        TEST(other_roots_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
