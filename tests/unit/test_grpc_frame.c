#include "common/grpc_frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t two_messages[] = {0, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0};

/* Feeds `bytes` in pieces of `step` and returns the messages' bodies joined by '|'. */
static void feed_all(size_t step, char *out_text)
{
    struct grpc_deframer deframer;
    struct grpc_message message;

    grpc_deframer_init(&deframer, 100);
    for (size_t at = 0; at < sizeof two_messages; at += step) {
        const uint8_t *next = two_messages + at;
        size_t left = sizeof two_messages - at < step ? sizeof two_messages - at : step;

        while (left > 0) {
            if (grpc_deframer_feed(&deframer, &next, &left, &message) != GRPC_DEFRAME_MESSAGE)
                break;
            if (message.size > 0) memcpy(out_text, message.bytes, message.size);
            out_text += message.size;
            *out_text++ = '|';
        }
    }
    *out_text = '\0';
    assert_false(grpc_deframer_is_partial(&deframer));
    grpc_deframer_release(&deframer);
}

static void messages_are_the_same_however_they_are_cut(void **state)
{
    char text[32];

    (void)state;
    for (size_t step = 1; step <= sizeof two_messages; step++) {
        feed_all(step, text);
        assert_string_equal(text, "abc||");
    }
}

static void a_message_that_lies_whole_is_not_copied(void **state)
{
    struct grpc_deframer deframer;
    struct grpc_message message;
    const uint8_t *next = two_messages;
    size_t left = sizeof two_messages;

    (void)state;
    grpc_deframer_init(&deframer, 100);
    assert_int_equal(grpc_deframer_feed(&deframer, &next, &left, &message),
                     GRPC_DEFRAME_MESSAGE);
    assert_ptr_equal(message.bytes, two_messages + GRPC_PREFIX_BYTES);
    assert_int_equal(left, 5);
    grpc_deframer_release(&deframer);
}

static void a_size_over_the_limit_is_refused_by_its_prefix(void **state)
{
    static const uint8_t prefix[] = {0, 0xff, 0xff, 0xff, 0xff};
    struct grpc_deframer deframer;
    struct grpc_message message;
    const uint8_t *next = prefix;
    size_t left = sizeof prefix;

    (void)state;
    grpc_deframer_init(&deframer, GRPC_MESSAGE_MAX_BYTES);
    assert_int_equal(grpc_deframer_feed(&deframer, &next, &left, &message),
                     GRPC_DEFRAME_TOO_LARGE);
    assert_int_equal(grpc_deframer_announced(&deframer), 0xffffffff);
    assert_null(deframer.body.data);
    grpc_deframer_release(&deframer);
}

static void a_flag_over_one_is_refused(void **state)
{
    static const uint8_t prefix[] = {2, 0, 0, 0, 0};
    struct grpc_deframer deframer;
    struct grpc_message message;
    const uint8_t *next = prefix;
    size_t left = sizeof prefix;

    (void)state;
    grpc_deframer_init(&deframer, 10);
    assert_int_equal(grpc_deframer_feed(&deframer, &next, &left, &message),
                     GRPC_DEFRAME_BAD_FLAG);
    grpc_deframer_release(&deframer);
}

static void timeouts_are_understood_in_every_unit(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } cases[] = {
        {"1H", 3600000}, {"2M", 120000},
        {"3S", 3000},    {"4m", 4},
        {"5000u", 5},    {"1u", 1},
        {"1n", 1},       {"0n", 0},
        {"0S", 0},       {"99999999H", 359999996400000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t ms = 77;

        assert_true(grpc_timeout_parse(cases[i].text, strlen(cases[i].text), &ms));
        assert_int_equal(ms, cases[i].ms);
    }
}

static void other_timeouts_are_refused(void **state)
{
    static const char *const cases[] = {"", "S", "1", "123456789S", "-1S", "1 S", "1s", "1.5S"};
    uint64_t ms;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(grpc_timeout_parse(cases[i], strlen(cases[i]), &ms));
}

static void a_written_timeout_reads_back(void **state)
{
    static const uint64_t cases[] = {0, 1, 60000, 99999999, 100000000, 86400000000};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[GRPC_TIMEOUT_TEXT_BYTES];
        uint64_t ms;

        grpc_timeout_format(cases[i], text);
        assert_true(grpc_timeout_parse(text, strlen(text), &ms));
        assert_int_equal(ms, cases[i]);
    }
}

static void messages_survive_percent_encoding(void **state)
{
    static const char *const cases[] = {"", "plain text", "100% \t\r\n",
                                        "caf\xc3\xa9 \xf0\x9f\x98\x88"};
    char encoded[200];
    char decoded[200];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t size = grpc_message_encode(cases[i], encoded, sizeof encoded);

        assert_int_equal(size, strlen(encoded));
        for (size_t j = 0; j < size; j++)
            assert_in_range(encoded[j], 0x20, 0x7e);
        grpc_message_decode(encoded, size, decoded);
        assert_string_equal(decoded, cases[i]);
    }
}

static void encoding_stops_before_a_character_that_does_not_fit(void **state)
{
    char encoded[8]; /* room for one %XX%XX and not for a third escape */

    (void)state;
    assert_int_equal(grpc_message_encode("\xc3\xa9\xc3\xa9", encoded, sizeof encoded), 6);
    assert_string_equal(encoded, "%C3%A9");
}

static void broken_escapes_are_left_as_they_are(void **state)
{
    static const char text[] = "%zz 50% %4";
    char decoded[sizeof text];

    (void)state;
    grpc_message_decode(text, sizeof text - 1, decoded);
    assert_string_equal(decoded, text);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_are_the_same_however_they_are_cut),
        cmocka_unit_test(a_message_that_lies_whole_is_not_copied),
        cmocka_unit_test(a_size_over_the_limit_is_refused_by_its_prefix),
        cmocka_unit_test(a_flag_over_one_is_refused),
        cmocka_unit_test(timeouts_are_understood_in_every_unit),
        cmocka_unit_test(other_timeouts_are_refused),
        cmocka_unit_test(a_written_timeout_reads_back),
        cmocka_unit_test(messages_survive_percent_encoding),
        cmocka_unit_test(encoding_stops_before_a_character_that_does_not_fit),
        cmocka_unit_test(broken_escapes_are_left_as_they_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
