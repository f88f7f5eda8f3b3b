/* Links: which collections a kind joins, many to many, deliberately none; codes within a plan.
 */
#include "service/model_test.h"

static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    MUST_APPLY(*state, PLAN_P, CREATE("plans/q", "plan", "\"title\":\"Q\""),
               CREATE("organisations/a", "organisation", "\"title\":\"A\""),
               CREATE("organisations/b", "organisation", "\"title\":\"B\""),
               CREATE("posts/m", "post", "\"title\":\"M\""),
               CREATE("objectives/o", "objective",
                      "\"title\":\"O\","
                      "\"plan\":\"plans/p\""),
               CREATE("actions/x", "action", "\"title\":\"X\",\"plan\":\"plans/p\""),
               CREATE("risks/r", "risk", "\"title\":\"R\""),
               CREATE("indicators/i", "indicator", "\"title\":\"I\",\"code\":\"EP 21a\""),
               CREATE("indicators/j", "indicator", "\"title\":\"J\",\"code\":\"ep21A\""));
    return 0;
}

static void sensible_links_are_taken(void **state)
{
    MUST_APPLY(*state, LINK("CONTRIBUTES", "plans/p", "plans/q"),
               LINK("CONTRIBUTES", "objectives/o", "plans/q"),
               LINK("DELIVERS", "actions/x", "objectives/o"),
               LINK("MITIGATES", "actions/x", "risks/r"),
               LINK("MEASURES", "indicators/i", "actions/x"),
               LINK("RESPONSIBLE_PRIMARY", "organisations/a", "objectives/o"),
               LINK("RESPONSIBLE_PRIMARY", "organisations/b", "objectives/o"),
               LINK("RESPONSIBLE_SECONDARY", "risks/r", "posts/m"),
               LINK("IMPACT_NEGATIVE", "actions/x", "objectives/o"),
               LINK("EVIDENCE", "indicators/i", "risks/r"),
               LINK("REPLACES", "indicators/j", "indicators/i"),
               LINK("PART_OF", "risks/r", "plans/p"));
}

static void others_are_refused_with_what_is_allowed(void **state)
{
    struct register_fixture *f = *state;
    static const char *const links[] = {
        LINK("DELIVERS", "indicators/i", "objectives/o"),
        LINK("MEASURES", "actions/x", "objectives/o"),
        LINK("MITIGATES", "actions/x", "objectives/o"),
        LINK("RESPONSIBLE_PRIMARY", "organisations/a", "posts/m"),
        LINK("REPLACES", "indicators/j", "plans/p"),
        LINK("IMPACT_NEUTRAL", "actions/x", "risks/r"),
    };
    for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
        register_apply_json(f, arena_printf(&f->arena, "{\"mutations\":[%s]}", links[i]));
        register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_LINK_INVALID,
                               "mutations[0].create.link.kind", "it joins [");
    }
    APPLY(f, LINK("CONTRIBUTES", "plans/p", "plans/p"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_LINK_INVALID, NULL, "itself");
}

static void deliberately_not_linked_can_be_said(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, "{\"create\":{\"link\":{\"kind\":\"LINK_KIND_MEASURES\",\"from\":"
                  "\"indicators/i\",\"none\":true,\"qualifier\":\"not ours\"}}}");
    assert_field(f, "links/measures/indicators/i/none", "none", "true");
    register_apply_json(f, "{\"mutations\":[{\"create\":{\"link\":{\"kind\":\"LINK_KIND_"
                           "MEASURES\",\"from\":\"plans/p\",\"none\":true}}}]}");
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_LINK_INVALID, NULL, "nothing");
}

static void an_end_of_a_link_stays(void **state)
{
    struct register_fixture *f = *state;
    MUST_APPLY(f, LINK("MITIGATES", "actions/x", "risks/r"));
    APPLY(f, "{\"delete\":{\"name\":\"risks/r\"}}");
    register_assert_failed(f, GRPC_FAILED_PRECONDITION, REASON_IN_USE, NULL,
                           "links/mitigates/actions/x/risks/r");
}

static void two_codes_of_one_plan_are_noticed(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, LINK("MEASURES", "indicators/i", "objectives/o"));
    assert_null(warning_of(response, 0, REASON_DUPLICATE_CODE));
    response = MUST_APPLY(f, LINK("MEASURES", "indicators/j", "plans/p"));
    const Provost__V1__Warning *warning = warning_of(response, 0, REASON_DUPLICATE_CODE);
    assert_non_null(warning);
    assert_non_null(strstr(warning->message, "indicators/i of the same plan"));
    response = MUST_APPLY(f, PATCH("indicators/j", "indicator", "\"code\":\"EP 22\"", "code"));
    assert_null(warning_of(response, 0, REASON_DUPLICATE_CODE));
    response = MUST_APPLY(f, PATCH("indicators/j", "indicator", "\"code\":\"EP21 A\"", "code"));
    assert_non_null(warning_of(response, 0, REASON_DUPLICATE_CODE));
}

static void codes_of_different_plans_may_be_the_same(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response =
        MUST_APPLY(f, LINK("MEASURES", "indicators/i", "plans/p"),
                   LINK("MEASURES", "indicators/j", "plans/q"));
    assert_null(warning_of(response, 0, REASON_DUPLICATE_CODE));
    assert_null(warning_of(response, 1, REASON_DUPLICATE_CODE));
}

static bool is_doubled(const Provost__V1__ApplyResponse *response, size_t i)
{
    return warning_of(response, i, REASON_DUPLICATE_CODE) != NULL;
}

static void two_codes_of_any_kind_are_noticed(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__ApplyResponse *response = MUST_APPLY(
        f,
        CREATE("actions/one", "action",
               "\"title\":\"One\",\"plan\":\"plans/p\",\"code\":\"HB 1\""),
        CREATE("actions/two", "action",
               "\"title\":\"Two\",\"plan\":\"plans/p\",\"code\":\"hb1\""),
        CREATE("objectives/one", "objective",
               "\"title\":\"One\",\"plan\":\"plans/p\",\"code\":\"HB 1\""),
        CREATE("risks/one", "risk",
               "\"title\":\"One\",\"plans\":[\"plans/q\",\"plans/p\"],\"code\":\"R1\""));
    assert_true(is_doubled(response, 0) && is_doubled(response, 1));
    assert_false(is_doubled(response, 2) || is_doubled(response, 3));
    response = MUST_APPLY(f,
                          CREATE("risks/two", "risk",
                                 "\"title\":\"Two\",\"plans\":[\"plans/p\"],\"code\":\"r 1\""),
                          CREATE("actions/three", "action",
                                 "\"title\":\"Three\",\"plan\":\"plans/p\",\"code\":\"HB1\","
                                 "\"parent\":\"actions/one\""),
                          PATCH("actions/two", "action", "\"progress\":5", "progress"));
    assert_true(is_doubled(response, 0));
    assert_false(is_doubled(response, 1)); /* below a parent numbers begin anew */
    assert_false(is_doubled(response, 2)); /* nobody touched the code */
    response = MUST_APPLY(f, PATCH("actions/two", "action", "\"code\":\"HB 2\"", "code"));
    assert_false(is_doubled(response, 0));
}

#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LINK_TEST(sensible_links_are_taken),
        LINK_TEST(others_are_refused_with_what_is_allowed),
        LINK_TEST(deliberately_not_linked_can_be_said),
        LINK_TEST(an_end_of_a_link_stays),
        LINK_TEST(two_codes_of_one_plan_are_noticed),
        LINK_TEST(codes_of_different_plans_may_be_the_same),
        LINK_TEST(two_codes_of_any_kind_are_noticed),
    };
    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
