#include "common/gzip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_BYTES = 40000, LIMIT_BYTES = 50000 };

/* "hi", and an empty text, as gzip(1) writes them. */
static const uint8_t hi[] = {0x1f, 0x8b, 8, 0,    0,    0,    0,    0, 0, 3, 0xcb,
                             0xc8, 4,    0, 0xac, 0x2a, 0x93, 0xd8, 2, 0, 0, 0};
static const uint8_t nothing[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3,
                                  3,    0,    0, 0, 0, 0, 0, 0, 0, 0};

static size_t deflate_text(uint8_t *text, uint8_t *out_bytes)
{
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (uint8_t)(i % 100 * (i / 1000));
    return gzip_deflate(text, TEXT_BYTES, out_bytes);
}

static void what_was_deflated_inflates_to_the_same(void **state)
{
    static uint8_t text[TEXT_BYTES], small[TEXT_BYTES];
    size_t size = deflate_text(text, small);
    struct buf out;

    (void)state;
    assert_in_range(size, 20, TEXT_BYTES - 1);
    buf_init(&out, LIMIT_BYTES);
    assert_int_equal(gzip_inflate(small, size, &out), GZIP_OK);
    assert_int_equal(out.size, TEXT_BYTES);
    assert_memory_equal(out.data, text, TEXT_BYTES);
    buf_release(&out);
}

static void what_it_announces_is_believed_where_it_can_be(void **state)
{
    static uint8_t text[TEXT_BYTES], small[TEXT_BYTES];
    size_t size = deflate_text(text, small);

    (void)state;
    assert_int_equal(gzip_announced_bytes(small, size), TEXT_BYTES);
    assert_int_equal(gzip_announced_bytes(small, 17), 0);
    small[size - 1] = 0xff;
    assert_int_equal(gzip_announced_bytes(small, size), 0);
    small[0] = 0;
    assert_int_equal(gzip_announced_bytes(small, size), 0);
}

static void what_would_grow_is_not_deflated(void **state)
{
    uint8_t out[8];

    (void)state;
    assert_int_equal(gzip_deflate((const uint8_t *)"12345678", 8, out), 0);
}

static void the_limit_is_exact(void **state)
{
    static uint8_t text[TEXT_BYTES], small[TEXT_BYTES];
    size_t size = deflate_text(text, small);
    struct buf out;

    (void)state;
    buf_init(&out, TEXT_BYTES);
    assert_int_equal(gzip_inflate(small, size, &out), GZIP_OK);
    buf_release(&out);
    buf_init(&out, TEXT_BYTES - 1);
    assert_int_equal(gzip_inflate(small, size, &out), GZIP_TOO_LARGE);
    assert_in_range(out.capacity, 0, 2 * TEXT_BYTES);
    buf_release(&out);
}

static void members_in_a_row_are_one_text(void **state)
{
    uint8_t bytes[2 * sizeof hi + sizeof nothing];
    struct buf out;

    (void)state;
    memcpy(bytes, hi, sizeof hi);
    memcpy(bytes + sizeof hi, nothing, sizeof nothing);
    memcpy(bytes + sizeof hi + sizeof nothing, hi, sizeof hi);
    buf_init(&out, 100);
    assert_int_equal(gzip_inflate(bytes, sizeof bytes, &out), GZIP_OK);
    assert_int_equal(out.size, 4);
    assert_memory_equal(out.data, "hihi", 4);
    buf_release(&out);
}

static void an_empty_text_fits_into_nothing(void **state)
{
    struct buf out;

    (void)state;
    buf_init(&out, 0);
    assert_int_equal(gzip_inflate(nothing, sizeof nothing, &out), GZIP_OK);
    assert_int_equal(out.size, 0);
    buf_release(&out);
}

static void any_cut_and_any_wrong_checksum_is_damage(void **state)
{
    uint8_t bytes[sizeof hi + 1];
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    for (size_t size = 0; size < sizeof hi; size++) {
        buf_clear(&out);
        assert_int_equal(gzip_inflate(hi, size, &out), GZIP_DAMAGED);
    }
    memcpy(bytes, hi, sizeof hi);
    bytes[14] ^= 1;
    assert_int_equal(gzip_inflate(bytes, sizeof hi, &out), GZIP_DAMAGED);
    bytes[14] ^= 1;
    bytes[sizeof hi] = 'x';
    assert_int_equal(gzip_inflate(bytes, sizeof bytes, &out), GZIP_DAMAGED);
    buf_release(&out);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_deflated_inflates_to_the_same),
        cmocka_unit_test(what_it_announces_is_believed_where_it_can_be),
        cmocka_unit_test(what_would_grow_is_not_deflated),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(members_in_a_row_are_one_text),
        cmocka_unit_test(an_empty_text_fits_into_nothing),
        cmocka_unit_test(any_cut_and_any_wrong_checksum_is_damage),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
