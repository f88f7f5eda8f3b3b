#include "common/base64.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/mask.h"
#include "common/wire.h"
#include "support/arena_fixture.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
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

static ProtobufCMessage *read_ok(const ProtobufCMessageDescriptor *desc, const char *text,
                                 struct arena *arena)
{
    ProtobufCMessage *msg = NULL;
    struct status st = json_decode(desc, text, strlen(text), arena, &msg);

    if (!status_is_ok(st)) print_error("%s\n", st.message);
    assert_true(status_is_ok(st));
    return msg;
}

static const char *written(const ProtobufCMessage *msg, unsigned flags, struct arena *arena)
{
    char *text = NULL;

    assert_true(status_is_ok(json_encode(msg, flags, arena, &text)));
    return text;
}

/* What comes of reading `text` and writing it again. */
static const char *again(const ProtobufCMessageDescriptor *desc, const char *text,
                         struct arena *arena)
{
    return written(read_ok(desc, text, arena), 0, arena);
}

static struct status refused(const ProtobufCMessageDescriptor *desc, const char *text,
                             struct arena *arena)
{
    ProtobufCMessage *msg = NULL;
    struct status st = json_decode(desc, text, strlen(text), arena, &msg);

    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_null(msg);
    return st;
}

static void expect_refusal(struct status st, const char *reason, const char *field,
                           const char *message)
{
    assert_string_equal(st.reason, reason);
    if (field == NULL)
        assert_null(st.field);
    else
        assert_string_equal(st.field, field);
    if (message != NULL) assert_string_equal(st.message, message);
}

static void an_empty_message_is_empty_braces(void **state)
{
    assert_string_equal(written(message_new(DESC(indicator), *state), 0, *state), "{}");
    assert_string_equal(written(message_new(DESC(indicator), *state), JSON_INDENT, *state),
                        "{}\n");
}

static void each_type_has_its_form(void **state)
{
    static const char text[] =
        "{\"name\":\"indicators/foi\",\"revision\":\"9007199254740993\","
        "\"createTime\":\"2021-04-01T08:30:00.250Z\",\"indicator\":{\"title\":\"FOI\","
        "\"aliases\":[\"a\",\"b\"],\"unit\":\"UNIT_PERCENT\",\"decimals\":-2,"
        "\"toleranceRed\":\"5%\",\"dataOnly\":true}}";

    assert_string_equal(again(DESC(resource), text, *state), text);
}

static void defaults_are_printed_on_demand(void **state)
{
    assert_string_equal(written(message_new(DESC(resource), *state), JSON_DEFAULTS, *state),
                        "{\"name\":\"\",\"revision\":\"0\"}");
    assert_string_equal(written(message_new(DESC(deadline), *state), JSON_DEFAULTS, *state),
                        "{\"verbatim\":\"\",\"kind\":\"DEADLINE_KIND_UNSPECIFIED\","
                        "\"earliest\":\"\",\"latest\":\"\","
                        "\"recurrence\":\"FREQUENCY_UNSPECIFIED\",\"label\":\"\","
                        "\"statutory\":false}");
    assert_non_null(
        strstr(written(message_new(DESC(observation), *state), JSON_DEFAULTS, *state),
               "\"flags\":[]"));
}

static void indented_text_is_for_people(void **state)
{
    ProtobufCMessage *msg = read_ok(
        DESC(action), "{\"tags\":[\"x\"],\"deadlines\":[{\"label\":\"y\"},{}]}", *state);

    assert_string_equal(written(msg, JSON_INDENT, *state), "{\n"
                                                           "  \"tags\": [\n"
                                                           "    \"x\"\n"
                                                           "  ],\n"
                                                           "  \"deadlines\": [\n"
                                                           "    {\n"
                                                           "      \"label\": \"y\"\n"
                                                           "    },\n"
                                                           "    {}\n"
                                                           "  ]\n"
                                                           "}\n");
}

static void strings_are_escaped(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(note), *state);

    ((Provost__V1__Note *)msg)->text = arena_strdup(*state, "\"\\/\n\r\t\b\f\x01\x7F \xC2\xA3");
    assert_string_equal(written(msg, 0, *state),
                        "{\"text\":\"\\\"\\\\/\\n\\r\\t\\b\\f\\u0001\x7F \xC2\xA3\"}");
    assert_true(message_equal(read_ok(DESC(note), written(msg, 0, *state), *state), msg));
}

static void bytes_that_are_not_utf8_become_replacement_characters(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(note), *state);

    ((Provost__V1__Note *)msg)->text = arena_strdup(*state, "a\xFF\xC3\"\xED\xA0\x80z\xE2\x82");
    assert_string_equal(written(msg, 0, *state),
                        "{\"text\":\"a\xEF\xBF\xBD\xEF\xBF\xBD\\\"\xEF\xBF\xBD\xEF\xBF\xBD"
                        "\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

static void many_spellings_are_read(void **state)
{
    assert_string_equal(again(DESC(indicator), "{\"tolerance_red\":\"5%\"}", *state),
                        "{\"toleranceRed\":\"5%\"}");
    assert_string_equal(again(DESC(indicator), "{\"unit\":\"percent\"}", *state),
                        "{\"unit\":\"UNIT_PERCENT\"}");
    assert_string_equal(again(DESC(indicator), "{\"unit\":1,\"decimals\":\"3\"}", *state),
                        "{\"unit\":\"UNIT_PERCENT\",\"decimals\":3}");
    assert_string_equal(again(DESC(indicator), "{\"decimals\":3.0}", *state),
                        "{\"decimals\":3}");
    assert_string_equal(again(DESC(resource), "{\"revision\":12}", *state),
                        "{\"revision\":\"12\"}");
    assert_string_equal(
        again(DESC(resource), "{\"createTime\":\"2021-04-01T00:00:00+01:00\"}", *state),
        "{\"createTime\":\"2021-03-31T23:00:00Z\"}");
    assert_string_equal(
        again(DESC(indicator), "{\"title\":null,\"aliases\":null,\"unit\":null}", *state),
        "{}");
    assert_string_equal(again(DESC(indicator), " \n{ } ", *state), "{}");
    assert_string_equal(again(DESC(observation), "{\"flags\":[\"BREAK\",2]}", *state),
                        "{\"flags\":[\"VALUE_FLAG_BREAK\",\"VALUE_FLAG_ESTIMATED\"]}");
}

static void bytes_are_base64_in_either_alphabet(void **state)
{
    static const char text[] = "{\"leafHash\":\"+/8=\"}";

    assert_string_equal(again(DESC(change), text, *state), text);
    assert_string_equal(again(DESC(change), "{\"leafHash\":\"-_8\"}", *state), text);
    expect_refusal(refused(DESC(change), "{\"leafHash\":\"+/8*\"}", *state),
                   REASON_VALUE_INVALID, "leaf_hash", "leaf_hash: \"+/8*\" is not base64");
    expect_refusal(refused(DESC(change), "{\"leafHash\":3}", *state), REASON_VALUE_INVALID,
                   "leaf_hash", NULL);
}

static void field_masks_are_one_string(void **state)
{
    static const char text[] = "{\"updateMask\":\"title,toleranceRed\"}";
    Provost__V1__Patch *patch = (Provost__V1__Patch *)read_ok(DESC(patch), text, *state);

    assert_int_equal(patch->update_mask->n_paths, 2);
    assert_string_equal(patch->update_mask->paths[1], "tolerance_red");
    assert_string_equal(written(&patch->base, 0, *state), text);
    assert_string_equal(again(DESC(patch), "{\"updateMask\":\"\"}", *state),
                        "{\"updateMask\":\"\"}");
    assert_string_equal(again(DESC(patch), "{\"updateMask\":\"*\"}", *state),
                        "{\"updateMask\":\"*\"}");
}

static void durations_have_a_unit(void **state)
{
    static const char *const same[] = {"\"0s\"", "\"1.500s\"", "\"-0.000001s\"",
                                       "\"3.000000001s\"", "\"315576000000s\""};
    static const char *const bad[] = {"\"1\"",
                                      "\"s\"",
                                      "\"1.s\"",
                                      "\"1.0000000001s\"",
                                      "\"+1s\"",
                                      "1",
                                      "\"9999999999999s\"",
                                      "\"--1s\"",
                                      "\"1s \""};
    const ProtobufCMessageDescriptor *desc = &google__protobuf__duration__descriptor;

    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_string_equal(again(desc, same[i], *state), same[i]);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        refused(desc, bad[i], *state);
}

static void a_wild_duration_is_still_written(void **state)
{
    Google__Protobuf__Duration duration = GOOGLE__PROTOBUF__DURATION__INIT;

    duration.seconds = INT64_MIN;
    duration.nanos = INT32_MIN;
    assert_string_equal(written(&duration.base, 0, *state),
                        "\"-9223372036854775808.147483648s\"");
}

static void an_any_keeps_its_bytes(void **state)
{
    static const char text[] = "{\"code\":3,\"details\":[{\"@type\":\"type.googleapis.com/x\","
                               "\"value\":\"AAE=\"}]}";

    assert_string_equal(again(&google__rpc__status__descriptor, text, *state), text);
    refused(&google__rpc__status__descriptor, "{\"details\":[{\"@type\":\"x\"}]}", *state);
    refused(&google__rpc__status__descriptor, "{\"details\":[3]}", *state);
}

static void an_unknown_enum_value_is_its_number(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(note), *state);

    field_set_int(msg, fields_find(msg->descriptor, "kind"), 99, NULL);
    assert_string_equal(written(msg, 0, *state), "{\"kind\":99}");
}

static void refusals_name_path_value_and_what_is_allowed(void **state)
{
    expect_refusal(
        refused(DESC(apply_request),
                "{\"mutations\":[{},{\"create\":{\"indicator\":{\"decimals\":\"x\"}}}]}",
                *state),
        REASON_VALUE_INVALID, "mutations[1].create.indicator.decimals",
        "mutations[1].create.indicator.decimals: \"x\" is not a whole number from -2147483648 "
        "to "
        "2147483647");
    expect_refusal(refused(DESC(indicator), "{\"aliases\":[\"a\",4]}", *state),
                   REASON_VALUE_INVALID, "aliases[1]", "aliases[1]: 4 is not a string");
    expect_refusal(refused(DESC(target), "{\"kind\":\"goal\"}", *state),
                   REASON_ENUM_VALUE_UNKNOWN, "kind",
                   "kind: \"goal\" is not one of TARGET, INTERIM, FINAL, FORECAST, BASELINE");
    expect_refusal(refused(DESC(indicator), "{\"titel\":\"a\"}", *state), REASON_UNKNOWN_FIELD,
                   "titel", "Indicator has no field \"titel\"; did you mean \"title\"?");
    expect_refusal(refused(DESC(indicator), "[]", *state), REASON_VALUE_INVALID, NULL,
                   "the message: [] is not an object");
}

static void wrong_types_and_ranges_are_refused(void **state)
{
    static const char *const texts[] = {
        "{\"title\":1}",
        "{\"title\":{}}",
        "{\"aliases\":\"a\"}",
        "{\"aliases\":[null]}",
        "{\"decimals\":2147483648}",
        "{\"decimals\":1.5}",
        "{\"decimals\":1e300}",
        "{\"decimals\":true}",
        "{\"decimals\":\"\"}",
        "{\"decimals\":\" 1\"}",
        "{\"decimals\":\"1 \"}",
        "{\"decimals\":99999999999999999999}",
        "{\"dataOnly\":1}",
        "{\"dataOnly\":\"true\"}",
        "{\"unit\":true}",
        "{\"unit\":99}",
        "{\"unit\":\"\"}",
        "{\"unit\":4294967297}",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused(DESC(indicator), texts[i], *state);
    refused(DESC(resource), "{\"revision\":\"9223372036854775808\"}", *state);
    refused(DESC(resource), "{\"createTime\":\"yesterday\"}", *state);
    refused(DESC(resource), "{\"createTime\":5}", *state);
}

static void a_field_is_given_once(void **state)
{
    expect_refusal(refused(DESC(indicator), "{\"title\":\"a\",\"title\":\"b\"}", *state),
                   REASON_JSON_INVALID, NULL, NULL);
    expect_refusal(
        refused(DESC(indicator), "{\"tolerance_red\":\"1\",\"toleranceRed\":\"2\"}", *state),
        REASON_JSON_INVALID, "tolerance_red", NULL);
    expect_refusal(refused(DESC(resource), "{\"note\":{},\"link\":{}}", *state),
                   REASON_JSON_INVALID, "link", NULL);
    assert_string_equal(again(DESC(resource), "{\"note\":null,\"link\":{}}", *state),
                        "{\"link\":{}}");
}

static void what_is_not_json_is_refused_with_the_place(void **state)
{
    static const char *const texts[] = {"",
                                        "{",
                                        "{\"title\":}",
                                        "{}x",
                                        "nul",
                                        "{\"a\" 1}",
                                        "{\"title\":\"\\u0000\"}",
                                        "{\"title\":\"\\ud800\"}",
                                        "{\"title\":\"\xFF\"}"};
    struct status st = refused(DESC(indicator), "{\n  \"title\" 3}", *state);

    assert_non_null(strstr(st.message, "line 2"));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_refusal(refused(DESC(indicator), texts[i], *state), REASON_JSON_INVALID, NULL,
                       NULL);
}

static void deep_nesting_is_refused(void **state)
{
    char *text = arena_alloc(*state, 200001);

    memset(text, '[', 200000);
    text[200000] = '\0';
    refused(DESC(indicator), text, *state);
}

static void one_field_is_read_and_written_alone(void **state)
{
    ProtobufCMessage *msg = message_new(DESC(action), *state);
    const ProtobufCFieldDescriptor *fd = fields_find(DESC(action), "deadlines");
    char *text = NULL;
    struct status st = json_decode_field(msg, fd, "[{\"label\":\"x\"},{}]", *state);

    assert_true(status_is_ok(st));
    assert_true(status_is_ok(json_encode_field(msg, fd, 0, *state, &text)));
    assert_string_equal(text, "[{\"label\":\"x\"},{}]");
    st = json_decode_field(msg, fd, "[{\"label\":\"y\"},{\"label\":1}]", *state);
    expect_refusal(st, REASON_VALUE_INVALID, "deadlines[1].label", NULL);
    st = json_decode_field(msg, fd, "[", *state);
    expect_refusal(st, REASON_JSON_INVALID, "deadlines", NULL);
    assert_int_equal(field_get_count(msg, fd), 2);
    assert_string_equal(((Provost__V1__Action *)msg)->deadlines[0]->label, "x");
}

static void random_texts_do_no_harm(void **state)
{
    static const char seed[] =
        "{\"mutations\":[{\"patch\":{\"resource\":{\"name\":\"a/b\",\"note\":"
        "{\"kind\":1}},\"updateMask\":\"a,b\",\"baseSeq\":\"1\"}}],"
        "\"validateOnly\":true}";
    static const char alphabet[] = "{}[]\",:0e-\\ntu";

    srand(11);
    for (int round = 0; round < 30000; round++) {
        char *text = arena_memdup(*state, seed, sizeof seed - 1);
        ProtobufCMessage *msg;
        ProtobufCMessage *copy;

        for (int i = rand() % 4; i > 0; i--)
            text[(size_t)rand() % (sizeof seed - 1)] =
                rand() % 8 == 0 ? (char)rand()
                                : alphabet[(size_t)rand() % (sizeof alphabet - 1)];
        if (status_is_ok(
                json_decode(DESC(apply_request), text, sizeof seed - 1, *state, &msg))) {
            copy = read_ok(DESC(apply_request), written(msg, 0, *state), *state);
            assert_true(message_equal(msg, copy));
        }
        arena_release(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_empty_message_is_empty_braces, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(each_type_has_its_form, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(defaults_are_printed_on_demand, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(indented_text_is_for_people, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(strings_are_escaped, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bytes_that_are_not_utf8_become_replacement_characters,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(many_spellings_are_read, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bytes_are_base64_in_either_alphabet, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(field_masks_are_one_string, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(durations_have_a_unit, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_wild_duration_is_still_written, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(an_any_keeps_its_bytes, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(an_unknown_enum_value_is_its_number, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(refusals_name_path_value_and_what_is_allowed,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(wrong_types_and_ranges_are_refused, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_field_is_given_once, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_not_json_is_refused_with_the_place, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(deep_nesting_is_refused, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(one_field_is_read_and_written_alone, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_texts_do_no_harm, arena_setup, arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
