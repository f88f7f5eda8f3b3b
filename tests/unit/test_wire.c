#include "common/fields.h"
#include "common/reasons.h"
#include "common/utf8.h"
#include "common/wire.h"
#include "support/arena_fixture.h"

#include <google/rpc/error_details.pb-c.h>
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

static struct status check(const ProtobufCMessageDescriptor *desc, const char *bytes,
                           size_t size, struct arena *arena)
{
    /* A copy of exactly that size, so that the sanitizer sees every step past the end. */
    return fields_validate_wire(desc, arena_memdup(arena, bytes, size), size, arena);
}

static void expect_fault(struct status st, const char *reason, const char *field)
{
    assert_false(status_is_ok(st));
    assert_string_equal(st.reason, reason);
    if (field == NULL)
        assert_null(st.field);
    else
        assert_string_equal(st.field, field);
}

/* ApplyRequest with one good mutation and one that creates an indicator with this title. */
static size_t pack_request(const char *title, size_t title_size, uint8_t out_wire[200])
{
    const uint8_t head[] = {0x0A, 0x00,
                            0x0A, (uint8_t)(title_size + 6),
                            0x0A, (uint8_t)(title_size + 4),
                            0x72, (uint8_t)(title_size + 2),
                            0x0A, (uint8_t)title_size};

    memcpy(out_wire, head, sizeof head);
    memcpy(out_wire + sizeof head, title, title_size);
    return sizeof head + title_size;
}

static struct status check_title(const char *title, size_t size, struct arena *arena)
{
    uint8_t wire[200];
    size_t wire_size = pack_request(title, size, wire);

    return check(DESC(apply_request), (const char *)wire, wire_size, arena);
}

static void a_good_message_passes(void **state)
{
    uint8_t wire[200];
    size_t size = pack_request("FOI \xC2\xA3", 6, wire);

    assert_non_null(
        protobuf_c_message_unpack(DESC(apply_request), arena_allocator(*state), size, wire));
    assert_true(status_is_ok(check(DESC(apply_request), (char *)wire, size, *state)));
    assert_true(status_is_ok(check(DESC(apply_request), "", 0, *state)));
    assert_true(status_is_ok(fields_validate_wire(DESC(apply_request), NULL, 0, *state)));
}

static void bad_text_is_named_by_its_path(void **state)
{
    static const char path[] = "mutations[1].create.indicator.title";
    static const struct {
        const char *text;
        size_t size;
    } bad[] = {
        {"a\0b", 3},         {"\0", 1},           {"\x80", 1},
        {"\xC0\x80", 2},     {"\xED\xA0\x80", 3}, {"\xF4\x90\x80\x80", 4},
        {"\xC3", 1},         {"\xE2\x82", 2},     {"\xF8\x88\x80\x80\x80", 5},
        {"abcdefgh\xFF", 9},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct status st = check_title(bad[i].text, bad[i].size, *state);

        assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
        expect_fault(st, REASON_TEXT_INVALID, path);
    }
}

static void the_longest_text_passes_and_one_byte_more_does_not(void **state)
{
    char *wire = arena_alloc(*state, TEXT_MAX_BYTES + 5);

    memcpy(wire, "\x0A\x80\x80\x04", 4);
    memset(wire + 4, 'x', TEXT_MAX_BYTES + 1);
    assert_true(status_is_ok(check(DESC(note), wire, TEXT_MAX_BYTES + 4, *state)));
    wire[1] = (char)0x81;
    expect_fault(check(DESC(note), wire, TEXT_MAX_BYTES + 5, *state), REASON_TEXT_TOO_LONG,
                 "subject");
}

static void elements_of_lists_are_counted(void **state)
{
    static const char aliases[] = "\x12\x01"
                                  "a\x12\x01"
                                  "b\x0A\x01t\x12\x01\xFF";

    expect_fault(check(DESC(indicator), aliases, sizeof aliases - 1, *state),
                 REASON_TEXT_INVALID, "aliases[2]");
}

static void unknown_enum_values_are_refused(void **state)
{
    struct status st = check(DESC(observation), "\x20\x63", 2, *state);

    expect_fault(st, REASON_ENUM_VALUE_UNKNOWN, "state");
    assert_string_equal(st.message, "state has the value 99, which ValueState does not have");
    assert_true(status_is_ok(check(DESC(observation), "\x20\x01", 2, *state)));
    expect_fault(
        check(DESC(observation), "\x20\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11, *state),
        REASON_ENUM_VALUE_UNKNOWN, "state");
    expect_fault(check(DESC(observation), "\x42\x02\x01\x63", 4, *state),
                 REASON_ENUM_VALUE_UNKNOWN, "flags[1]");
    expect_fault(check(DESC(observation), "\x40\x01\x40\x63", 4, *state),
                 REASON_ENUM_VALUE_UNKNOWN, "flags[1]");
}

static void unknown_fields_are_skipped(void **state)
{
    static const char wire[] = "\xF8\x06\x05\xFA\x06\x02\xFF\xFF\xF9\x06"
                               "12345678\xFD\x06"
                               "1234";

    assert_true(status_is_ok(check(DESC(note), wire, sizeof wire - 1, *state)));
}

static void broken_bytes_are_no_message(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } bad[] = {
        {"\x0A", 1}, /* no length */
        {"\x0A\x05"
         "ab",
         4},                                                      /* cut */
        {"\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 11},     /* huge length */
        {"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 12}, /* endless tag */
        {"\x02\x01"
         "a",
         3},             /* field 0 */
        {"\x0B", 1},     /* a group */
        {"\x08\x01", 2}, /* a number for a text */
        {"\x1A\x01"
         "a",
         3}, /* a text for an enum */
        {"\x80", 1},
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct status st = check(DESC(note), bad[i].bytes, bad[i].size, *state);

        assert_int_equal(st.code, GRPC_INTERNAL);
        expect_fault(st, REASON_MESSAGE_UNDECODABLE, NULL);
    }
}

/* What both accept must be whole: a message that passes here and unpacks packs to texts that
 * are valid; and nothing crashes. */
static void random_bytes_do_no_harm(void **state)
{
    uint8_t seed[200];
    size_t size = pack_request("FOI \xC2\xA3", 6, seed);

    srand(17);
    for (int round = 0; round < 100000; round++) {
        uint8_t *wire = arena_memdup(*state, seed, size);
        size_t cut = rand() % 3 == 0 ? (size_t)rand() % (size + 1) : size;
        ProtobufCMessage *msg;

        for (int i = rand() % 4; i > 0; i--)
            wire[(size_t)rand() % size] = (uint8_t)rand();
        wire = arena_memdup(*state, wire, cut);
        if (status_is_ok(fields_validate_wire(DESC(apply_request), wire, cut, *state))) {
            msg = protobuf_c_message_unpack(DESC(apply_request), arena_allocator(*state), cut,
                                            wire);
            if (msg != NULL) {
                size_t packed = protobuf_c_message_get_packed_size(msg);
                uint8_t *out = arena_alloc(*state, packed);

                protobuf_c_message_pack(msg, out);
                assert_true(status_is_ok(
                    fields_validate_wire(DESC(apply_request), out, packed, *state)));
            }
        }
        arena_release(*state);
    }
}

static void utf8_is_judged_as_unicode_says(void **state)
{
    (void)state;
    assert_true(utf8_is_text("", 0));
    assert_true(utf8_is_text(
        "\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF", 17));
    assert_true(utf8_is_text("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF", 8));
    assert_false(utf8_is_text("\xE0\x9F\xBF", 3));
    assert_false(utf8_is_text("\xF0\x8F\xBF\xBF", 4));
    assert_false(utf8_is_text("\xC1\xBF", 2));
    assert_false(utf8_is_text("\xF5\x80\x80\x80", 4));
    assert_int_equal(utf8_valid_prefix("abcdefghij\xC3", 11), 10);
    assert_int_equal(utf8_fit("a\xC3\xA9", 2), 1);
    assert_int_equal(utf8_fit("a\xC3\xA9", 3), 3);
    assert_int_equal(utf8_fit("a\xC3\xA9", 30), 3);
    assert_int_equal(utf8_char_size("", 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_message_passes, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(bad_text_is_named_by_its_path, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(the_longest_text_passes_and_one_byte_more_does_not,
                                        arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(elements_of_lists_are_counted, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(unknown_enum_values_are_refused, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(unknown_fields_are_skipped, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(broken_bytes_are_no_message, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_bytes_do_no_harm, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(utf8_is_judged_as_unicode_says, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
