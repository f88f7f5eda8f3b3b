#include "common/arena.h"
#include "common/sha256.h"
#include "support/arena_fixture.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *hex(const uint8_t hash[SHA256_BYTES])
{
    static char text[2 * SHA256_BYTES + 1];

    for (size_t i = 0; i < SHA256_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", hash[i]);
    return text;
}

static void published_vectors_come_out(void **state)
{
    struct sha256 *hasher = sha256_new();
    uint8_t hash[SHA256_BYTES];

    (void)state;
    sha256_begin(hasher);
    sha256_end(hasher, hash);
    assert_string_equal(hex(hash),
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256_begin(hasher);
    sha256_add(hasher, "abc", 3);
    sha256_end(hasher, hash);
    assert_string_equal(hex(hash),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_free(hasher);
}

static void pieces_and_restarts_give_the_same_hash(void **state)
{
    struct sha256 *hasher = sha256_new();
    uint8_t hash[SHA256_BYTES];

    (void)state;
    for (int i = 0; i < 1000; i++) {
        sha256_begin(hasher);
        sha256_add(hasher, "forgotten", 9);
        sha256_begin(hasher);
        sha256_add(hasher, "a", 1);
        sha256_add(hasher, NULL, 0);
        sha256_add(hasher, "bc", 2);
        sha256_end(hasher, hash);
        assert_string_equal(hex(hash),
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
    sha256_free(hasher);
    sha256_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(published_vectors_come_out, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(pieces_and_restarts_give_the_same_hash, arena_setup,
                                        arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
