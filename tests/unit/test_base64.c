#include "common/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *plain, *padded, *unpadded;
} rfc_table[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
};
enum { ROWS = sizeof rfc_table / sizeof rfc_table[0] };

static void the_rfc_vectors_are_encoded(void **state)
{
    char text[16];

    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        size_t size = strlen(rfc_table[i].plain);

        assert_int_equal(base64_encode(rfc_table[i].plain, size, true, text),
                         base64_encoded_size(size, true));
        assert_string_equal(text, rfc_table[i].padded);
        assert_int_equal(base64_encode(rfc_table[i].plain, size, false, text),
                         base64_encoded_size(size, false));
        assert_string_equal(text, rfc_table[i].unpadded);
    }
}

static void check_decodes(const char *text, const char *plain)
{
    uint8_t bytes[32];
    size_t size;

    assert_true(base64_decoded_size_max(strlen(text)) >= strlen(plain));
    assert_true(base64_decode(text, strlen(text), bytes, &size));
    assert_int_equal(size, strlen(plain));
    assert_memory_equal(bytes, plain, size);
}

static void padded_and_unpadded_are_decoded(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS; i++) {
        check_decodes(rfc_table[i].padded, rfc_table[i].plain);
        check_decodes(rfc_table[i].unpadded, rfc_table[i].plain);
    }
}

static void what_is_not_base64_is_refused(void **state)
{
    static const char *const cases[] = {
        "Z", "Zg=", "Zm9v=", "Zg==Zg==", "Z!==", "Zh", "====", "-_"};
    uint8_t bytes[16];
    size_t size;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_false(base64_decode(cases[i], strlen(cases[i]), bytes, &size));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rfc_vectors_are_encoded),
        cmocka_unit_test(padded_and_unpadded_are_decoded),
        cmocka_unit_test(what_is_not_base64_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
