/* Roles and what they allow: the whole table, and what narrows it. */
#include "service/rights.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const of_team[] = {"organisations/team", "organisations/dept",
                                      "organisations/council"};
static const char *const of_other[] = {"organisations/other", "organisations/council"};
static const struct lineage team = {of_team, 3};
static const struct lineage other = {of_other, 2};
static const struct lineage nobody = {NULL, 0};

static struct rights of(const struct rights_grant *grant)
{
    return (struct rights){.grants = grant, .count = 1, .organisation = ""};
}

static void every_role_satisfies_what_it_should(void **state)
{
    /* Rows: held; columns: asked for, viewer to admin. */
    static const bool expected[ROLES][ROLES] = {
        [ROLE_VIEWER] = {[ROLE_VIEWER] = true},
        [ROLE_CONTRIBUTOR] = {[ROLE_VIEWER] = true, [ROLE_CONTRIBUTOR] = true},
        [ROLE_APPROVER] =
            {[ROLE_VIEWER] = true, [ROLE_CONTRIBUTOR] = true, [ROLE_APPROVER] = true},
        [ROLE_AUDITOR] = {[ROLE_VIEWER] = true, [ROLE_AUDITOR] = true},
        [ROLE_ADMIN] = {[ROLE_VIEWER] = true,
                        [ROLE_CONTRIBUTOR] = true,
                        [ROLE_APPROVER] = true,
                        [ROLE_AUDITOR] = true,
                        [ROLE_ADMIN] = true},
    };
    (void)state;
    for (int have = -1; have <= ROLES; have++)
        for (int need = ROLE_UNSET; need < ROLES; need++) {
            bool want = have > 0 && have < ROLES && expected[have][need];
            if (role_satisfies((enum role)have, (enum role)need) != want)
                fail_msg("held %d, asked for %d", have, need);
        }
    for (int have = ROLE_VIEWER; have < ROLES; have++) {
        assert_true(role_satisfies((enum role)have, ROLE_SIGNED_IN));
        assert_false(role_satisfies((enum role)have, ROLE_REDEEMER));
        assert_false(role_satisfies((enum role)have, ROLE_UNSET));
    }
}

static void who_has_nothing_may_nothing(void **state)
{
    const struct rights none = {.organisation = ""};
    (void)state;
    for (int i = 0; i < 2; i++) {
        const struct rights *rights = i == 0 ? NULL : &none;
        assert_false(rights_hold(rights, ROLE_VIEWER, false));
        assert_false(rights_see_all(rights));
        assert_false(rights_may_read(rights, &team));
        assert_false(rights_may_write(rights, &team, GROUP_REPORTING));
        assert_false(rights_may_write(rights, &nobody, 0));
    }
}

static void a_grant_reaches_down_and_not_up_or_aside(void **state)
{
    static const struct rights_grant grant = {ROLE_CONTRIBUTOR, GROUP_REPORTING,
                                              "organisations/dept"};
    static const char *const of_dept[] = {"organisations/dept", "organisations/council"};
    static const char *const of_council[] = {"organisations/council"};
    static const char *const of_namesake[] = {"organisations/dept-2"};
    struct rights rights = of(&grant);
    (void)state;
    assert_true(rights_may_write(&rights, &team, GROUP_REPORTING));
    assert_true(rights_may_write(&rights, &(struct lineage){of_dept, 2}, GROUP_REPORTING));
    assert_false(rights_may_write(&rights, &(struct lineage){of_council, 1}, GROUP_REPORTING));
    assert_false(rights_may_write(&rights, &(struct lineage){of_namesake, 1}, GROUP_REPORTING));
    assert_false(rights_may_write(&rights, &other, GROUP_REPORTING));
    assert_false(rights_may_read(&rights, &other));
    assert_false(rights_may_write(&rights, &nobody, 0)); /* what is nobody's */
    assert_true(rights_hold(&rights, ROLE_CONTRIBUTOR, false));
    assert_false(rights_hold(&rights, ROLE_VIEWER, true));
    assert_false(rights_see_all(&rights));
}

static void groups_of_fields_are_all_needed(void **state)
{
    static const struct rights_grant grants[] = {
        {ROLE_CONTRIBUTOR, GROUP_REPORTING, "organisations/dept"},
        {ROLE_CONTRIBUTOR, GROUP_DEFINITIONS, "organisations/team"},
        {ROLE_VIEWER, GROUPS_ALL, ""}, /* groups of who does not write say nothing */
    };
    const struct rights rights = {.grants = grants, .count = 3, .organisation = ""};
    static const char *const of_dept[] = {"organisations/dept"};
    const struct lineage dept = {of_dept, 1};
    (void)state;
    assert_true(rights_may_write(&rights, &team, GROUP_REPORTING | GROUP_DEFINITIONS));
    assert_false(rights_may_write(&rights, &dept, GROUP_REPORTING | GROUP_DEFINITIONS));
    assert_false(rights_may_write(&rights, &team, GROUP_APPROVAL));
    assert_true(rights_may_write(&rights, &dept, 0));
    assert_false(rights_may_write(&rights, &other, 0));
    assert_true(rights_may_read(&rights, &other));
}

static void a_token_only_narrows(void **state)
{
    static const struct rights_grant grant = {ROLE_ADMIN, GROUPS_ALL, ""};
    struct rights rights = of(&grant);
    (void)state;
    assert_true(rights_hold(&rights, ROLE_ADMIN, true));
    assert_true(rights_may_write(&rights, &nobody, GROUPS_ALL));
    rights.organisation = "organisations/dept";
    assert_false(rights_hold(&rights, ROLE_ADMIN, true));
    assert_false(rights_see_all(&rights));
    assert_true(rights_hold(&rights, ROLE_ADMIN, false));
    assert_true(rights_may_write(&rights, &team, GROUPS_ALL));
    assert_false(rights_may_write(&rights, &other, GROUP_REPORTING));
    assert_false(rights_may_read(&rights, &other));
    assert_false(rights_may_write(&rights, &nobody, 0));
    rights.organisation = "";
    rights.read_only = true;
    assert_true(rights_hold(&rights, ROLE_AUDITOR, true));
    assert_true(rights_may_read(&rights, &nobody));
    assert_false(rights_hold(&rights, ROLE_ADMIN, false));
    assert_false(rights_hold(&rights, ROLE_CONTRIBUTOR, false));
    assert_false(rights_may_write(&rights, &team, 0));
}

static void who_acts_for_another_may_what_both_may(void **state)
{
    static const struct rights_grant all = {ROLE_ADMIN, GROUPS_ALL, ""};
    static const struct rights_grant some = {ROLE_CONTRIBUTOR, GROUP_REPORTING,
                                             "organisations/dept"};
    struct rights person = of(&some), service = of(&all);
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct rights first = i == 0 ? service : person, second = i == 0 ? person : service;
        first.also = &second;
        assert_true(rights_may_write(&first, &team, GROUP_REPORTING));
        assert_false(rights_may_write(&first, &team, GROUP_DEFINITIONS));
        assert_false(rights_may_write(&first, &other, GROUP_REPORTING));
        assert_false(rights_may_read(&first, &other));
        assert_false(rights_see_all(&first));
        assert_false(rights_hold(&first, ROLE_ADMIN, false));
        assert_true(rights_hold(&first, ROLE_CONTRIBUTOR, false));
    }
}

static void roles_write_what_they_are_for_unless_told(void **state)
{
    (void)state;
    assert_int_equal(rights_default_groups(ROLE_CONTRIBUTOR), GROUP_REPORTING);
    assert_int_equal(rights_default_groups(ROLE_APPROVER), GROUPS_ALL);
    assert_int_equal(rights_default_groups(ROLE_ADMIN), GROUPS_ALL);
    assert_int_equal(rights_default_groups(ROLE_VIEWER), 0);
    assert_int_equal(rights_default_groups(ROLE_AUDITOR), 0);
    assert_string_equal(role_name(ROLE_AUDITOR), "auditor");
    assert_string_equal(role_name(ROLE_ANYONE), "");
}

static void who_sees_the_same_may_share_an_answer(void **state)
{
    static const struct rights_grant grants[] = {
        {ROLE_VIEWER, 0, ""},
        {ROLE_APPROVER, GROUPS_ALL, ""},
        {ROLE_AUDITOR, 0, ""},
        {ROLE_ADMIN, GROUPS_ALL, ""},
        {ROLE_ADMIN, GROUPS_ALL, "organisations/team"},
        {ROLE_ADMIN, GROUPS_ALL, "organisations/other"},
    };
    static const bool expected[6][6] = {
        {true, true}, {true, true}, {false, false, true, true}, {false, false, true, true},
        {[4] = true}, {[5] = true}};
    (void)state;
    for (int i = 0; i < 6; i++)
        for (int k = 0; k < 6; k++) {
            const struct rights_grant copy = grants[k];
            const struct rights a = of(&grants[i]), b = of(&copy);
            if (rights_see_the_same(&a, &b) != expected[i][k]) fail_msg("grants %d, %d", i, k);
            assert_false(rights_see_the_same(&a, NULL));
        }
}

static void what_narrows_one_keeps_an_answer_apart(void **state)
{
    static const struct rights_grant wide = {ROLE_ADMIN, GROUPS_ALL, ""};
    const struct rights all = of(&wide);
    struct rights narrow = of(&wide), second = of(&wide);
    (void)state;
    narrow.organisation = "organisations/team";
    second.organisation = "organisations/other";
    assert_false(rights_see_the_same(&all, &narrow));
    assert_false(rights_see_the_same(&narrow, &second));
    second.organisation = "organisations/team";
    assert_true(rights_see_the_same(&narrow, &second));

    second = all;
    second.also = &narrow;
    assert_false(rights_see_the_same(&all, &second));
    assert_false(rights_see_the_same(&narrow, &second));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_satisfies_what_it_should),
        cmocka_unit_test(who_has_nothing_may_nothing),
        cmocka_unit_test(a_grant_reaches_down_and_not_up_or_aside),
        cmocka_unit_test(groups_of_fields_are_all_needed),
        cmocka_unit_test(a_token_only_narrows),
        cmocka_unit_test(who_acts_for_another_may_what_both_may),
        cmocka_unit_test(roles_write_what_they_are_for_unless_told),
        cmocka_unit_test(who_sees_the_same_may_share_an_answer),
        cmocka_unit_test(what_narrows_one_keeps_an_answer_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
