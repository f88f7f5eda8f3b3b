#include "common/fields.h"
#include "common/time_text.h"
#include "support/arena_fixture.h"

#include <google/rpc/error_details.pb-c.h>
#include <grpc/reflection/v1/reflection.pb-c.h>
#include <provost/v1/change_log.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DESC(name) (&provost__v1__##name##__descriptor)

static const ProtobufCFieldDescriptor *field_of(const ProtobufCMessage *msg, const char *name)
{
    const ProtobufCFieldDescriptor *fd = fields_find(msg->descriptor, name);

    assert_non_null(fd);
    return fd;
}

static void shapes_follow_from_descriptors(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *desc;
        const char *name;
        enum field_shape shape, item_shape;
    } cases[] = {
        {DESC(indicator), "title", FIELD_TEXT, FIELD_TEXT},
        {DESC(indicator), "decimals", FIELD_INT, FIELD_INT},
        {DESC(indicator), "data_only", FIELD_BOOL, FIELD_BOOL},
        {DESC(indicator), "unit", FIELD_ENUM, FIELD_ENUM},
        {DESC(indicator), "aliases", FIELD_LIST, FIELD_TEXT},
        {DESC(observation), "flags", FIELD_LIST, FIELD_ENUM},
        {DESC(action), "deadlines", FIELD_LIST, FIELD_MESSAGE},
        {DESC(resource), "create_time", FIELD_TIME, FIELD_TIME},
        {DESC(resource), "revision", FIELD_INT, FIELD_INT},
        {DESC(resource), "indicator", FIELD_MESSAGE, FIELD_MESSAGE},
        {DESC(patch), "update_mask", FIELD_MESSAGE, FIELD_MESSAGE},
        {DESC(change), "leaf_hash", FIELD_BYTES, FIELD_BYTES},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const ProtobufCFieldDescriptor *fd = fields_find(cases[i].desc, cases[i].name);

        assert_non_null(fd);
        assert_int_equal(field_shape(fd), cases[i].shape);
        assert_int_equal(field_item_shape(fd), cases[i].item_shape);
    }
}

static void fields_are_found_in_both_cases(void **state)
{
    (void)state;
    assert_ptr_equal(fields_find(DESC(indicator), "tolerance_red"),
                     fields_find(DESC(indicator), "toleranceRed"));
    assert_non_null(fields_find(DESC(indicator), "toleranceRed"));
    assert_null(fields_find(DESC(indicator), "ToleranceRed"));
    assert_null(fields_find(DESC(indicator), "tolerancered"));
    assert_null(fields_find(DESC(indicator), "toleranceRe"));
    assert_null(fields_find(DESC(indicator), "toleranceRedx"));
    assert_null(fields_find(DESC(indicator), "toleranceRed_"));
    assert_null(fields_find(DESC(indicator), ""));
    assert_null(fields_find(DESC(indicator), "_"));
}

static void every_field_is_found_by_its_name_at_its_index(void **state)
{
    const ProtobufCMessageDescriptor *desc = DESC(indicator);

    (void)state;
    for (unsigned i = 0; i < desc->n_fields; i++)
        assert_int_equal(field_index(desc, fields_find(desc, desc->fields[i].name)), i);
}

static void a_new_message_has_nothing_set(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(indicator), *state);

    for (unsigned i = 0; i < msg->descriptor->n_fields; i++)
        assert_false(field_is_set(msg, &msg->descriptor->fields[i]));
    assert_string_equal(field_get_text(msg, field_of(msg, "title")), "");
    assert_int_equal(field_get_int(msg, field_of(msg, "unit")), 0);
    assert_int_equal(field_get_count(msg, field_of(msg, "aliases")), 0);
}

static void setters_write_what_generated_code_reads(void **state)
{
    Provost__V1__Indicator indicator = PROVOST__V1__INDICATOR__INIT;
    ProtobufCMessage *msg = &indicator.base;

    field_set_text(msg, field_of(msg, "title"), "FOI");
    field_set_int(msg, field_of(msg, "unit"), PROVOST__V1__UNIT__UNIT_MONEY, NULL);
    field_set_int(msg, field_of(msg, "decimals"), -3, NULL);
    field_set_int(msg, field_of(msg, "data_only"), 1, NULL);
    field_list_reserve(msg, field_of(msg, "aliases"), 2, *state);
    field_list_set_text(msg, field_of(msg, "aliases"), 1, "b");
    assert_string_equal(indicator.title, "FOI");
    assert_int_equal(indicator.unit, PROVOST__V1__UNIT__UNIT_MONEY);
    assert_int_equal(indicator.decimals, -3);
    assert_int_equal(field_get_int(msg, field_of(msg, "decimals")), -3);
    assert_true(indicator.data_only);
    assert_int_equal(indicator.n_aliases, 2);
    assert_string_equal(indicator.aliases[0], "");
    assert_string_equal(indicator.aliases[1], "b");
}

static void clearing_restores_the_default(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(indicator), *state);
    ProtobufCMessage *empty = message_new(DESC(indicator), *state);

    field_set_text(msg, field_of(msg, "title"), "FOI");
    field_list_reserve(msg, field_of(msg, "aliases"), 1, *state);
    field_set_int(msg, field_of(msg, "unit"), 2, NULL);
    assert_false(message_equal(msg, empty));
    for (unsigned i = 0; i < msg->descriptor->n_fields; i++)
        field_clear(msg, &msg->descriptor->fields[i]);
    assert_true(message_equal(msg, empty));
}

static void a_oneof_holds_one_member(void **state)
{
    Provost__V1__Resource resource = PROVOST__V1__RESOURCE__INIT;
    ProtobufCMessage *msg = &resource.base;
    ProtobufCMessage *note = message_new(DESC(note), *state);

    assert_null(message_oneof_case(msg, "body"));
    field_set_message(msg, field_of(msg, "note"), note);
    assert_int_equal(resource.body_case, PROVOST__V1__RESOURCE__BODY_NOTE);
    assert_ptr_equal(message_oneof_case(msg, "body"), field_of(msg, "note"));
    assert_true(field_is_set(msg, field_of(msg, "note")));
    assert_false(field_is_set(msg, field_of(msg, "link")));
    assert_null(field_get_message(msg, field_of(msg, "link")));
    field_clear(msg, field_of(msg, "link"));
    assert_ptr_equal(resource.note, note);
    field_set_message(msg, field_of(msg, "link"), message_new(DESC(link), *state));
    assert_null(field_get_message(msg, field_of(msg, "note")));
    field_set_message(msg, field_of(msg, "link"), NULL);
    assert_int_equal(resource.body_case, PROVOST__V1__RESOURCE__BODY__NOT_SET);
}

static void a_text_in_a_oneof_is_set_even_when_empty(void **state)
{
    ProtobufCMessage *msg =
        message_new(&grpc__reflection__v1__server_reflection_request__descriptor, *state);
    const ProtobufCFieldDescriptor *by_symbol = field_of(msg, "file_containing_symbol");
    const ProtobufCFieldDescriptor *by_name = field_of(msg, "file_by_filename");

    assert_string_equal(field_get_text(msg, by_symbol), "");
    field_set_text(msg, by_symbol, "");
    assert_true(field_is_set(msg, by_symbol));
    assert_false(field_is_set(msg, by_name));
    assert_string_equal(field_get_text(msg, by_name), "");
    assert_string_equal(field_get_value(msg, by_name).text, "");
}

static void copying_a_oneof_member_carries_or_clears_the_case(void **state)
{
    ProtobufCMessage *from = message_new(DESC(resource), *state);
    ProtobufCMessage *to = message_new(DESC(resource), *state);
    const ProtobufCFieldDescriptor *note = field_of(from, "note");

    field_set_message(from, note, message_new(DESC(note), *state));
    field_copy(to, from, note);
    assert_ptr_equal(field_get_message(to, note), field_get_message(from, note));
    assert_true(message_equal(to, from));
    field_copy(to, from, field_of(from, "link"));
    assert_true(message_equal(to, from));
    field_clear(from, note);
    field_copy(to, from, note);
    assert_null(message_oneof_case(to, "body"));
}

static void times_are_microseconds(void **state)
{
    Provost__V1__Resource resource = PROVOST__V1__RESOURCE__INIT;
    ProtobufCMessage *msg = &resource.base;
    const ProtobufCFieldDescriptor *fd = field_of(msg, "create_time");

    assert_int_equal(field_get_int(msg, fd), 0);
    field_set_int(msg, fd, -1, *state);
    assert_int_equal(resource.create_time->seconds, -1);
    assert_int_equal(resource.create_time->nanos, 999999000);
    assert_int_equal(field_get_int(msg, fd), -1);
    resource.create_time->seconds = INT64_MAX;
    assert_int_equal(field_get_int(msg, fd), TIME_MAX_US);
    resource.create_time->seconds = INT64_MIN;
    resource.create_time->nanos = INT32_MIN;
    assert_int_equal(field_get_int(msg, fd), TIME_MIN_US);
}

static void setting_a_time_does_not_write_into_a_shared_message(void **state)
{
    ProtobufCMessage *a = message_new(DESC(resource), *state);
    const ProtobufCFieldDescriptor *fd = field_of(a, "create_time");
    ProtobufCMessage *b;

    field_set_int(a, fd, 5, *state);
    b = message_copy(a, *state);
    field_set_int(b, fd, 6, *state);
    assert_int_equal(field_get_int(a, fd), 5);
}

static Provost__V1__Action *action_with_deadline(const char *verbatim, struct arena *arena)
{
    ProtobufCMessage *action = message_new(DESC(action), arena);
    ProtobufCMessage *deadline = message_new(DESC(deadline), arena);
    const ProtobufCFieldDescriptor *fd = field_of(action, "deadlines");

    field_set_text(deadline, field_of(deadline, "verbatim"), arena_strdup(arena, verbatim));
    field_list_reserve(action, fd, 1, arena);
    field_list_set_message(action, fd, 0, deadline);
    return (Provost__V1__Action *)action;
}

static void comparison_is_deep(void **state)
{
    Provost__V1__Action *a = action_with_deadline("Autumn 2021", *state);
    Provost__V1__Action *b = action_with_deadline("Autumn 2021", *state);

    assert_true(message_equal(&a->base, &b->base));
    b->deadlines[0]->statutory = 1;
    assert_false(message_equal(&a->base, &b->base));
    assert_false(field_equal(&a->base, &b->base, field_of(&a->base, "deadlines")));
    assert_true(field_equal(&a->base, &b->base, field_of(&a->base, "title")));
    b->n_deadlines = 0;
    assert_false(message_equal(&a->base, &b->base));
    assert_false(message_equal(&a->base, NULL));
    assert_true(message_equal(NULL, NULL));
}

static void an_absent_message_differs_from_an_empty_one(void **state)
{
    ProtobufCMessage *a = message_new(DESC(resource), *state);
    ProtobufCMessage *b = message_new(DESC(resource), *state);

    field_set_int(a, field_of(a, "create_time"), 0, *state);
    assert_false(message_equal(a, b));
}

static void bytes_and_bytes_in_lists(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(change), *state);
    ProtobufCMessage *files =
        message_new(&grpc__reflection__v1__file_descriptor_response__descriptor, *state);
    const ProtobufCFieldDescriptor *fd = field_of(msg, "leaf_hash");
    const ProtobufCFieldDescriptor *list = field_of(files, "file_descriptor_proto");
    uint8_t data[] = {0, 1, 2};

    field_set_bytes(msg, fd, (ProtobufCBinaryData){3, data});
    assert_int_equal(field_get_bytes(msg, fd).len, 3);
    assert_true(field_equal(msg, message_copy(msg, *state), fd));
    field_list_reserve(files, list, 2, *state);
    field_list_set_bytes(files, list, 1, (ProtobufCBinaryData){2, data});
    assert_int_equal(field_list_bytes(files, list, 0).len, 0);
    assert_int_equal(field_list_bytes(files, list, 1).len, 2);
}

static void lists_of_enums_and_values_of_any_shape(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(observation), *state);
    const ProtobufCFieldDescriptor *fd = field_of(msg, "flags");
    struct field_value value = {.number = 3};

    field_list_reserve(msg, fd, 2, *state);
    field_list_set_int(msg, fd, 0, 4, NULL);
    field_list_set_value(msg, fd, 1, &value, NULL);
    assert_int_equal(field_list_int(msg, fd, 0), 4);
    assert_int_equal(field_list_value(msg, fd, 1).number, 3);
    assert_int_equal(((Provost__V1__Observation *)msg)->flags[1], 3);
    field_list_reserve(msg, fd, 0, *state);
    assert_int_equal(field_get_count(msg, fd), 0);
}

static void values_survive_a_round_trip_through_the_wire(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(observation), *state);
    ProtobufCMessage *back;
    uint8_t wire[100];
    size_t size;

    field_list_reserve(msg, field_of(msg, "flags"), 2, *state);
    field_list_set_int(msg, field_of(msg, "flags"), 1, 2, NULL);
    field_set_text(msg, field_of(msg, "value"), "68740");
    size = protobuf_c_message_pack(msg, wire);
    back = protobuf_c_message_unpack(DESC(observation), arena_allocator(*state), size, wire);
    assert_true(message_equal(msg, back));
}

static void int_ranges_follow_the_type(void **state)
{
    int64_t min;
    int64_t max;

    (void)state;
    field_int_range(fields_find(DESC(indicator), "decimals"), &min, &max);
    assert_int_equal(min, INT32_MIN);
    assert_int_equal(max, INT32_MAX);
    field_int_range(fields_find(DESC(resource), "revision"), &min, &max);
    assert_true(min == INT64_MIN && max == INT64_MAX);
}

static void enum_names_lose_their_prefix(void **state)
{
    const ProtobufCEnumDescriptor *desc = &provost__v1__value_state__descriptor;

    assert_string_equal(enum_short_name(desc, 1), "VALUE");
    assert_string_equal(enum_short_name(desc, 6), "UNDER_DEVELOPMENT");
    assert_string_equal(enum_short_name(desc, 0), "");
    assert_null(enum_short_name(desc, 99));
    assert_null(enum_short_name(desc, INT64_MAX));
    assert_string_equal(enum_full_name(desc, 1), "VALUE_STATE_VALUE");
    assert_true(enum_is_known(desc, 0));
    assert_false(enum_is_known(desc, -1));
    assert_false(enum_is_known(desc, (INT64_C(1) << 32) + 1));
    assert_string_equal(enum_names(&provost__v1__value_flag__descriptor, *state),
                        "PROVISIONAL, ESTIMATED, FORECAST, BREAK");
}

static void enum_names_are_read_in_many_spellings(void **state)
{
    const ProtobufCEnumDescriptor *desc = &provost__v1__value_state__descriptor;
    static const char *const spellings[] = {"UNDER_DEVELOPMENT", "under development",
                                            "Under-Development",
                                            "VALUE_STATE_UNDER_DEVELOPMENT"};
    int value = 0;

    (void)state;
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        assert_true(enum_from_name(desc, spellings[i], &value));
        assert_int_equal(value, 6);
    }
    assert_true(enum_from_name(desc, "unspecified", &value));
    assert_int_equal(value, 0);
    value = 7;
    assert_false(enum_from_name(desc, "", &value));
    assert_false(enum_from_name(desc, "VALU", &value));
    assert_false(enum_from_name(desc, "VALUES", &value));
    assert_false(enum_from_name(desc, "VALUE_STATE_", &value));
    assert_int_equal(value, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shapes_follow_from_descriptors, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(fields_are_found_in_both_cases, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(every_field_is_found_by_its_name_at_its_index,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_new_message_has_nothing_set, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(setters_write_what_generated_code_reads, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(clearing_restores_the_default, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_oneof_holds_one_member, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_text_in_a_oneof_is_set_even_when_empty, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(copying_a_oneof_member_carries_or_clears_the_case,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(times_are_microseconds, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(setting_a_time_does_not_write_into_a_shared_message,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(comparison_is_deep, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_absent_message_differs_from_an_empty_one,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bytes_and_bytes_in_lists, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(lists_of_enums_and_values_of_any_shape, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(values_survive_a_round_trip_through_the_wire,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(int_ranges_follow_the_type, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(enum_names_lose_their_prefix, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(enum_names_are_read_in_many_spellings, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
