#include "common/field_text.h"
#include "common/fields.h"
#include "common/wire.h"
#include "support/arena_fixture.h"

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

/* Reads `text` into field `name` of a new message and gives the canonical text back. */
static const char *canonical(const ProtobufCMessageDescriptor *desc, const char *name,
                             const char *text, struct arena *arena)
{
    ProtobufCMessage *msg = message_new(desc, arena);
    const ProtobufCFieldDescriptor *fd = fields_find(desc, name);
    struct status st = field_from_text(msg, fd, text, arena);

    if (!status_is_ok(st)) print_error("%s\n", st.message);
    assert_true(status_is_ok(st));
    return field_to_text(msg, fd, arena);
}

static struct status refused(const ProtobufCMessageDescriptor *desc, const char *name,
                             const char *text, struct arena *arena)
{
    ProtobufCMessage *msg = message_new(desc, arena);
    struct status st = field_from_text(msg, fields_find(desc, name), text, arena);

    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_true(message_equal(msg, message_new(desc, arena)));
    return st;
}

static void canonical_texts_come_back_unchanged(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *desc;
        const char *field, *text;
    } cases[] = {
        {DESC(indicator), "title", "FOI within 20 days"},
        {DESC(indicator), "decimals", "-7"},
        {DESC(indicator), "unit", "PERCENT"},
        {DESC(indicator), "data_only", "true"},
        {DESC(indicator), "aliases", "[\"a\",\"b \\\"c\\\"\"]"},
        {DESC(observation), "flags", "[\"VALUE_FLAG_BREAK\"]"},
        {DESC(resource), "revision", "-9223372036854775808"},
        {DESC(resource), "create_time", "2021-04-01T09:30:00.500Z"},
        {DESC(resource), "note", "{\"subject\":\"plans/x\"}"},
        {DESC(change), "leaf_hash", "AAEC"},
        {DESC(action), "deadlines", "[{\"verbatim\":\"Autumn 2021\",\"statutory\":true},{}]"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_string_equal(canonical(cases[i].desc, cases[i].field, cases[i].text, *state),
                            cases[i].text);
}

static void other_spellings_become_canonical(void **state)
{
    assert_string_equal(canonical(DESC(indicator), "unit", "yes-no", *state), "YES_NO");
    assert_string_equal(canonical(DESC(indicator), "unit", "unit_days", *state), "DAYS");
    assert_string_equal(canonical(DESC(indicator), "unit", "unspecified", *state), "");
    assert_string_equal(canonical(DESC(indicator), "data_only", "Yes", *state), "true");
    assert_string_equal(canonical(DESC(indicator), "data_only", "no", *state), "");
    assert_string_equal(canonical(DESC(indicator), "decimals", "007", *state), "7");
    assert_string_equal(canonical(DESC(indicator), "decimals", "0", *state), "");
    assert_string_equal(canonical(DESC(resource), "create_time", "2021-04-01", *state),
                        "2021-04-01T00:00:00Z");
}

static void a_text_that_is_no_array_is_the_only_element(void **state)
{
    assert_string_equal(canonical(DESC(indicator), "aliases", "a; b", *state), "[\"a; b\"]");
    assert_string_equal(canonical(DESC(observation), "flags", "estimated", *state),
                        "[\"VALUE_FLAG_ESTIMATED\"]");
    assert_string_equal(canonical(DESC(action), "deadlines", "{\"label\":\"x\"}", *state),
                        "[{\"label\":\"x\"}]");
    assert_string_equal(canonical(DESC(indicator), "aliases", " [ ]", *state), "");
}

static void empty_text_clears(void **state)
{
    const ProtobufCMessageDescriptor *desc = DESC(indicator);
    ProtobufCMessage *msg = message_new(desc, *state);

    for (unsigned i = 0; i < desc->n_fields; i++) {
        assert_string_equal(field_to_text(msg, &desc->fields[i], *state), "");
        assert_true(status_is_ok(field_from_text(msg, &desc->fields[i], "", *state)));
    }
    assert_true(message_equal(msg, message_new(desc, *state)));
    field_set_text(msg, fields_find(desc, "title"), "x");
    assert_true(status_is_ok(field_from_text(msg, fields_find(desc, "title"), "", *state)));
    assert_false(field_is_set(msg, fields_find(desc, "title")));
}

static void refusals_say_what_is_allowed(void **state)
{
    struct status st = refused(DESC(target), "kind", "goal", *state);

    assert_string_equal(st.field, "kind");
    assert_string_equal(st.reason, REASON_ENUM_VALUE_UNKNOWN);
    assert_string_equal(
        st.message, "kind: \"goal\" is not one of TARGET, INTERIM, FINAL, FORECAST, BASELINE");
    st = refused(DESC(indicator), "decimals", "2147483648", *state);
    assert_string_equal(st.reason, REASON_VALUE_INVALID);
    assert_string_equal(st.message, "decimals: \"2147483648\" is not a whole number from "
                                    "-2147483648 to 2147483647");
}

static void wrong_texts_are_refused(void **state)
{
    static const struct {
        const char *field, *text;
    } cases[] = {
        {"decimals", " 1"},    {"decimals", "1 "},
        {"decimals", "+1"},    {"decimals", "1.0"},
        {"decimals", "-"},     {"decimals", "0x1"},
        {"data_only", "ja"},   {"data_only", "2"},
        {"unit", "1"},         {"aliases", "[1]"},
        {"aliases", "[\"a\""}, {"unit", "PERCENT "},
        {"aliases", "[null]"}, {"decimals", "99999999999999999999"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        refused(DESC(indicator), cases[i].field, cases[i].text, *state);
    refused(DESC(resource), "create_time", "April", *state);
    refused(DESC(resource), "note", "text", *state);
    refused(DESC(change), "leaf_hash", "A", *state);
}

static void a_text_member_of_a_message_is_copied(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(note), *state);
    const ProtobufCFieldDescriptor *fd = fields_find(DESC(note), "text");
    char text[] = "abc";

    assert_true(status_is_ok(field_from_text(msg, fd, text, *state)));
    text[0] = 'z';
    assert_string_equal(field_to_text(msg, fd, *state), "abc");
}

static void an_enum_value_without_a_name_is_its_number(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(note), *state);
    const ProtobufCFieldDescriptor *fd = fields_find(DESC(note), "kind");

    field_set_int(msg, fd, -5, NULL);
    assert_string_equal(field_to_text(msg, fd, *state), "-5");
}

static void random_texts_do_no_harm(void **state)
{
    static const char alphabet[] = "[]{}\"0123-:TZaA_e \xC3";
    const ProtobufCMessageDescriptor *descs[] = {DESC(indicator), DESC(action), DESC(resource),
                                                 DESC(change)};

    srand(13);
    for (int round = 0; round < 40000; round++) {
        const ProtobufCMessageDescriptor *desc = descs[rand() % 4];
        const ProtobufCFieldDescriptor *fd = &desc->fields[(unsigned)rand() % desc->n_fields];
        ProtobufCMessage *msg = message_new(desc, *state);
        ProtobufCMessage *back = message_new(desc, *state);
        char text[12] = "";

        for (int i = rand() % 11; i > 0; i--)
            text[i - 1] = alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        text[strcspn(text, "\xC3")] = '\0';
        if (status_is_ok(field_from_text(msg, fd, text, *state))) {
            const char *canon = field_to_text(msg, fd, *state);

            assert_true(status_is_ok(field_from_text(back, fd, canon, *state)));
            assert_string_equal(field_to_text(back, fd, *state), canon);
        }
        arena_release(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(canonical_texts_come_back_unchanged, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(other_spellings_become_canonical, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_text_that_is_no_array_is_the_only_element,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(empty_text_clears, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(refusals_say_what_is_allowed, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(wrong_texts_are_refused, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_text_member_of_a_message_is_copied, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_enum_value_without_a_name_is_its_number, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_texts_do_no_harm, arena_setup, arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
