#include "common/diff.h"
#include "common/fields.h"
#include "support/arena_fixture.h"

#include <provost/v1/resources.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static Provost__V1__Indicator *indicator(struct arena *arena, char *title)
{
    ProtobufCMessage *msg = message_new(&provost__v1__indicator__descriptor, arena);

    ((Provost__V1__Indicator *)msg)->title = title;
    return (Provost__V1__Indicator *)msg;
}

/* Index of a field in the flags. */
static size_t at(const char *name)
{
    const ProtobufCMessageDescriptor *desc = &provost__v1__indicator__descriptor;

    return field_index(desc, fields_find(desc, name));
}

static void equal_messages_do_not_differ(void **state)
{
    Provost__V1__Indicator *a = indicator(*state, arena_strdup(*state, "FOI"));
    Provost__V1__Indicator *b = indicator(*state, arena_strdup(*state, "FOI"));
    bool changed[64];

    memset(changed, true, sizeof changed);
    assert_int_equal(diff_fields(&a->base, &b->base, changed), 0);
    for (unsigned i = 0; i < a->base.descriptor->n_fields; i++)
        assert_false(changed[i]);
}

static void each_changed_field_is_flagged(void **state)
{
    Provost__V1__Indicator *a = indicator(*state, arena_strdup(*state, "FOI"));
    Provost__V1__Indicator *b = indicator(*state, arena_strdup(*state, "FoI"));
    char *alias = arena_strdup(*state, "x");
    bool changed[64];

    b->aliases = &alias;
    b->n_aliases = 1;
    b->data_only = 1;
    assert_int_equal(diff_fields(&a->base, &b->base, changed), 3);
    assert_true(changed[at("title")]);
    assert_true(changed[at("aliases")]);
    assert_true(changed[at("data_only")]);
    assert_false(changed[at("unit")]);
}

static void nothing_before_or_after_is_all_default(void **state)
{
    Provost__V1__Indicator *a = indicator(*state, arena_strdup(*state, "FOI"));
    bool changed[64];

    a->unit = PROVOST__V1__UNIT__UNIT_DAYS;
    assert_int_equal(diff_fields(NULL, &a->base, changed), 2);
    assert_true(changed[at("title")]);
    assert_true(changed[at("unit")]);
    assert_int_equal(diff_fields(&a->base, NULL, changed), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(equal_messages_do_not_differ, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(each_changed_field_is_flagged, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(nothing_before_or_after_is_all_default, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
