/* Bearer tokens as text, and base64url. */
#include "common/base64url.h"
#include "common/bearer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void make(char text[BEARER_TEXT_BYTES], uint8_t secret[BEARER_SECRET_BYTES])
{
    for (int i = 0; i < BEARER_SECRET_BYTES; i++)
        secret[i] = (uint8_t)(i * 37 + 11);
    bearer_format(secret, text);
}

static void what_is_written_is_read(void **state)
{
    char text[BEARER_TEXT_BYTES];
    uint8_t secret[BEARER_SECRET_BYTES], read[BEARER_SECRET_BYTES];
    (void)state;
    make(text, secret);
    assert_int_equal(strlen(text), BEARER_TEXT_BYTES - 1);
    assert_memory_equal(text, "cpr_", 4);
    assert_true(bearer_parse(text, strlen(text), read));
    assert_memory_equal(read, secret, sizeof secret);
}

static void every_changed_bit_is_refused(void **state)
{
    char text[BEARER_TEXT_BYTES];
    uint8_t secret[BEARER_SECRET_BYTES], read[BEARER_SECRET_BYTES];
    (void)state;
    make(text, secret);
    for (size_t i = 0; i < BEARER_TEXT_BYTES - 1; i++)
        for (int bit = 0; bit < 8; bit++) {
            text[i] = (char)(text[i] ^ 1 << bit);
            assert_false(bearer_parse(text, BEARER_TEXT_BYTES - 1, read));
            text[i] = (char)(text[i] ^ 1 << bit);
        }
}

static void other_lengths_are_refused(void **state)
{
    char text[BEARER_TEXT_BYTES + 1];
    uint8_t secret[BEARER_SECRET_BYTES], read[BEARER_SECRET_BYTES];
    (void)state;
    make(text, secret);
    text[BEARER_TEXT_BYTES] = '\0';
    for (size_t size = 0; size <= BEARER_TEXT_BYTES; size++)
        assert_int_equal(bearer_parse(text, size, read), size == BEARER_TEXT_BYTES - 1);
}

static void the_hash_is_not_the_secret(void **state)
{
    uint8_t secret[BEARER_SECRET_BYTES] = {0}, hash[SHA256_BYTES];
    (void)state;
    bearer_hash(secret, hash);
    static const uint8_t of_zeros[4] = {0x66, 0x68, 0x7a, 0xad}; /* SHA-256 of 32 zero bytes */
    assert_memory_equal(hash, of_zeros, sizeof of_zeros);
}

static void base64url_has_one_text_per_value(void **state)
{
    static const struct {
        const char *text;
        int size; /* -1: refused */
    } cases[] = {{"", 0},    {"Zg", 1},   {"Zm8", 2},   {"Zm9v", 3}, {"Zg==", -1}, {"Z", -1},
                 {"Zh", -1}, {"-_-_", 3}, {"+/+/", -1}, {"Zm9", -1}, {"Zm 9", -1}};
    uint8_t bytes[8];
    size_t size = 0;
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool fine = base64url_decode(cases[i].text, strlen(cases[i].text), bytes, &size);
        assert_int_equal(fine, cases[i].size >= 0);
        if (fine) assert_int_equal(size, cases[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(every_changed_bit_is_refused),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(the_hash_is_not_the_secret),
        cmocka_unit_test(base64url_has_one_text_per_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
