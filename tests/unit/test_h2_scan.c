#include "net/h2_scan.h"

#include <nghttp2/nghttp2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BYTES_MAX = 1 << 16 };

#define HEAD(size, type, stream) 0, 0, size, type, 0, 0, 0, 0, stream
#define RESET(stream) HEAD(4, NGHTTP2_RST_STREAM, stream), 0, 0, 0, 8
#define HEADERS(stream) HEAD(3, NGHTTP2_HEADERS, stream), 1, 2, 3

struct fixture {
    struct h2_scan scan;
    uint8_t out[BYTES_MAX];
    size_t out_bytes;
    unsigned dropped;
};

static void start(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    h2_scan_init(&fixture->scan);
}

static void give(struct fixture *fixture, const void *input, size_t size)
{
    const uint8_t *bytes = input;
    /* On the heap, so that reading past its end is seen. */
    uint8_t *copy = malloc(size + 1);
    const uint8_t *at = copy;

    memcpy(copy, bytes, size);
    while (size > 0) {
        size_t before = size;
        struct h2_piece piece = h2_scan_next(&fixture->scan, &at, &size);

        assert_true(size < before);
        assert_true(piece.size <= H2_SCAN_PIECE_BYTES);
        if (piece.size > 0) memcpy(fixture->out + fixture->out_bytes, piece.bytes, piece.size);
        fixture->out_bytes += piece.size;
        fixture->dropped += piece.dropped_reset;
    }
    free(copy);
}

static void give_magic(struct fixture *fixture)
{
    give(fixture, NGHTTP2_CLIENT_MAGIC, NGHTTP2_CLIENT_MAGIC_LEN);
    fixture->out_bytes = 0;
}

/* Cut at every place, the same comes out. */
static void check(const uint8_t *input, size_t size, const uint8_t *want, size_t want_bytes,
                  unsigned dropped)
{
    for (size_t cut = 0; cut <= size; cut++) {
        struct fixture *fixture = malloc(sizeof *fixture);

        start(fixture);
        give_magic(fixture);
        give(fixture, input, cut);
        give(fixture, input + cut, size - cut);
        assert_int_equal(fixture->out_bytes, want_bytes);
        assert_memory_equal(fixture->out, want, want_bytes);
        assert_int_equal(fixture->dropped, dropped);
        free(fixture);
    }
}

static void test_what_is_in_order_goes_on_unchanged(void **state)
{
    static const uint8_t frames[] = {
        HEAD(0, NGHTTP2_SETTINGS, 0), HEADERS(1), RESET(1), HEADERS(3),
        HEAD(1, NGHTTP2_DATA, 3),     7,          RESET(3)};

    (void)state;
    check(frames, sizeof frames, frames, sizeof frames, 0);
}

static void test_a_reset_before_its_stream_is_left_out(void **state)
{
    static const uint8_t frames[] = {HEADERS(1), RESET(3), RESET(5),
                                     HEADERS(7), RESET(7), RESET(9)};
    static const uint8_t want[] = {HEADERS(1), HEADERS(7), RESET(7)};

    (void)state;
    check(frames, sizeof frames, want, sizeof want, 3);
}

static void test_a_reset_before_all_streams_is_left_out_where_more_follows(void **state)
{
    static const uint8_t frames[] = {RESET(1), HEADERS(3)};
    struct fixture *fixture = malloc(sizeof *fixture);

    (void)state;
    start(fixture);
    give_magic(fixture);
    give(fixture, frames, sizeof frames);
    assert_int_equal(fixture->out_bytes, 12);
    assert_int_equal(fixture->dropped, 1);
    free(fixture);
}

static void test_a_reset_alone_is_judged_by_nghttp2(void **state)
{
    static const uint8_t reset[] = {RESET(1)};

    (void)state;
    check(reset, sizeof reset, reset, sizeof reset, 0);
}

static void test_a_reset_of_no_client_stream_or_of_a_wrong_size_goes_on(void **state)
{
    static const uint8_t frames[] = {
        HEADERS(1), RESET(2), RESET(0), HEAD(5, NGHTTP2_RST_STREAM, 9), 0, 0, 0, 8, 8};

    (void)state;
    check(frames, sizeof frames, frames, sizeof frames, 0);
}

static void test_long_frames_come_in_pieces(void **state)
{
    static uint8_t frames[40000];
    static const uint8_t head[] = {0, 0x40, 0, NGHTTP2_DATA, 0, 0, 0, 0, 1};
    struct fixture *fixture = malloc(sizeof *fixture);

    (void)state;
    memset(frames, NGHTTP2_RST_STREAM, sizeof frames); /* a payload that looks like heads */
    memcpy(frames, head, sizeof head);
    memcpy(frames + sizeof head + 0x4000, head, sizeof head);
    start(fixture);
    give_magic(fixture);
    give(fixture, frames, 2 * (sizeof head + 0x4000));
    assert_int_equal(fixture->out_bytes, 2 * (sizeof head + 0x4000));
    assert_memory_equal(fixture->out, frames, fixture->out_bytes);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_in_order_goes_on_unchanged),
        cmocka_unit_test(test_a_reset_before_its_stream_is_left_out),
        cmocka_unit_test(test_a_reset_before_all_streams_is_left_out_where_more_follows),
        cmocka_unit_test(test_a_reset_alone_is_judged_by_nghttp2),
        cmocka_unit_test(test_a_reset_of_no_client_stream_or_of_a_wrong_size_goes_on),
        cmocka_unit_test(test_long_frames_come_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
