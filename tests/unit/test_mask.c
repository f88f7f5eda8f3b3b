#include "common/fields.h"
#include "common/mask.h"
#include "support/arena_fixture.h"

#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const ProtobufCMessageDescriptor *const desc = &provost__v1__indicator__descriptor;

static size_t count(const bool *selected)
{
    size_t n = 0;

    for (unsigned i = 0; i < desc->n_fields; i++)
        n += selected[i];
    return n;
}

static void no_path_and_the_star_are_all_fields(void **state)
{
    char star[] = "*";
    char *paths[] = {star};
    bool *selected;

    assert_true(status_is_ok(mask_resolve(desc, NULL, 0, *state, &selected)));
    assert_int_equal(count(selected), desc->n_fields);
    assert_true(status_is_ok(mask_resolve(desc, paths, 1, *state, &selected)));
    assert_int_equal(count(selected), desc->n_fields);
}

static void paths_select_their_fields(void **state)
{
    char title[] = "title";
    char camel[] = "toleranceRed";
    char *paths[] = {title, camel, title};
    bool *selected;

    assert_true(status_is_ok(mask_resolve(desc, paths, 3, *state, &selected)));
    assert_int_equal(count(selected), 2);
    assert_true(selected[field_index(desc, fields_find(desc, "title"))]);
    assert_true(selected[field_index(desc, fields_find(desc, "tolerance_red"))]);
}

static void an_unknown_path_is_refused_with_a_suggestion(void **state)
{
    char path[] = "tolerence_red";
    char *paths[] = {path};
    bool *selected = NULL;
    struct status st = mask_resolve(desc, paths, 1, *state, &selected);

    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.reason, REASON_UNKNOWN_FIELD);
    assert_string_equal(st.field, "update_mask");
    assert_string_equal(st.message, "Indicator has no field \"tolerence_red\"; did you mean "
                                    "\"tolerance_red\"?");
    assert_null(selected);
}

static void odd_paths_are_refused(void **state)
{
    static const char *const odd[] = {"",  "*x",       ".",           "title.x",
                                      "_", "\xC3\xA9", "deadlines[0]"};
    char star[] = "*";
    char title[] = "title";
    char *mixed[] = {star, title};
    bool *selected;

    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char *path = arena_strdup(*state, odd[i]);

        assert_false(status_is_ok(mask_resolve(desc, &path, 1, *state, &selected)));
    }
    assert_false(status_is_ok(mask_resolve(desc, mixed, 2, *state, &selected)));
}

static void suggestions_are_near_or_none(void **state)
{
    char longest[1000];

    (void)state;
    assert_string_equal(mask_suggest(desc, "titel"), "title");
    assert_string_equal(mask_suggest(desc, "ToleranceAmber"), "tolerance_amber");
    assert_string_equal(mask_suggest(desc, "rollup"), "roll_up");
    assert_null(mask_suggest(desc, "xyzzy"));
    assert_null(mask_suggest(desc, ""));
    assert_null(mask_suggest(desc, "q"));
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(mask_suggest(desc, longest));
}

static void a_small_message_shows_all_its_fields(void **state)
{
    struct status st =
        mask_unknown_field(&provost__v1__note__descriptor, "zzzzz", "body.zzzzz", *state);

    assert_string_equal(st.field, "body.zzzzz");
    assert_string_equal(
        st.message,
        "Note has no field \"zzzzz\"; it has: subject, period, kind, text, visibility");
}

static void applying_copies_only_what_is_selected(void **state)
{
    ProtobufCMessage *from = message_new(desc, *state);
    ProtobufCMessage *to = message_new(desc, *state);
    char title[] = "title";
    char unit[] = "unit";
    char *paths[] = {title, unit};
    bool *selected;

    field_set_text(from, fields_find(desc, "title"), "new");
    field_set_text(from, fields_find(desc, "code"), "new");
    field_set_text(to, fields_find(desc, "code"), "old");
    field_set_int(to, fields_find(desc, "unit"), 3, NULL);
    assert_true(status_is_ok(mask_resolve(desc, paths, 2, *state, &selected)));
    mask_apply(to, from, selected);
    assert_string_equal(field_get_text(to, fields_find(desc, "title")), "new");
    assert_string_equal(field_get_text(to, fields_find(desc, "code")), "old");
    assert_int_equal(field_get_int(to, fields_find(desc, "unit")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_path_and_the_star_are_all_fields, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(paths_select_their_fields, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_path_is_refused_with_a_suggestion,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(odd_paths_are_refused, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(suggestions_are_near_or_none, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_small_message_shows_all_its_fields, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(applying_copies_only_what_is_selected, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
