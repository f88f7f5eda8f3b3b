/* gRPC's framing and the texts around it, both ends.
 *
 * Checks: the same messages come out wherever the bytes are cut; a deframer never holds more than
 * its limit; a timeout written and read again is the same or the next longer; percent-encoding
 * and base64 give back what went in, and what base64 takes is its only spelling. */
#include "fuzz/fuzz.h"

#include "common/base64.h"
#include "common/buf.h"
#include "common/grpc_frame.h"
#include "common/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_BYTES = 1000 };

/* Everything a deframer said: sizes, flags, bytes, and how it ended. */
static void deframe(const uint8_t *bytes, size_t size, const uint8_t *cuts, size_t cut_count,
                    struct buf *out_said)
{
    struct grpc_deframer deframer;
    size_t cut = 0;
    enum grpc_deframe result = GRPC_DEFRAME_MORE;

    grpc_deframer_init(&deframer, LIMIT_BYTES);
    while (size > 0 && result <= GRPC_DEFRAME_MESSAGE) {
        size_t wanted = cut_count == 0 ? size : (size_t)cuts[cut++ % cut_count] + 1;
        size_t step = wanted < size ? wanted : size;
        const uint8_t *at = bytes;

        bytes += step;
        size -= step;
        do {
            struct grpc_message message;

            result = grpc_deframer_feed(&deframer, &at, &step, &message);
            if (result != GRPC_DEFRAME_MESSAGE) break;
            FUZZ_CHECK(message.size <= LIMIT_BYTES);
            buf_add(out_said, &message.size, sizeof message.size);
            buf_add(out_said, &message.compressed, sizeof message.compressed);
            if (message.size > 0) buf_add(out_said, message.bytes, message.size);
        } while (true);
    }
    result =
        result == GRPC_DEFRAME_MORE ? result + 8 * grpc_deframer_is_partial(&deframer) : result;
    buf_add(out_said, &result, sizeof result);
    grpc_deframer_release(&deframer);
}

static void check_cuts(const uint8_t *bytes, size_t size, const uint8_t *cuts, size_t cut_count)
{
    struct buf whole;
    struct buf cut;

    buf_init(&whole, SIZE_MAX);
    buf_init(&cut, SIZE_MAX);
    deframe(bytes, size, NULL, 0, &whole);
    deframe(bytes, size, cuts, cut_count, &cut);
    FUZZ_CHECK(whole.size == cut.size && memcmp(whole.data, cut.data, cut.size) == 0);
    buf_release(&whole);
    buf_release(&cut);
}

static void check_timeout(const uint8_t *bytes, size_t size)
{
    char text[GRPC_TIMEOUT_TEXT_BYTES];
    uint64_t first = 0;
    uint64_t again = 0;

    if (!grpc_timeout_parse((const char *)bytes, size, &first)) return;
    grpc_timeout_format(first, text);
    FUZZ_CHECK(grpc_timeout_parse(text, strlen(text), &again));
    FUZZ_CHECK(again == first || (first > 99999999 && again / 1000 == first / 1000) ||
               (first > UINT64_C(99999999000) && again / 60000 == first / 60000) ||
               first > UINT64_C(5999999940000));
}

static void check_percent(const uint8_t *bytes, size_t size, struct arena *arena)
{
    char *text = fuzz_text(bytes, size, arena);
    size_t room = 3 * strlen(text) + 1;
    char *encoded = arena_alloc(arena, room);
    char *decoded = arena_alloc(arena, room);
    size_t length = grpc_message_encode(text, encoded, room);

    FUZZ_CHECK(length == strlen(encoded));
    FUZZ_CHECK(grpc_message_decode(encoded, length, decoded) <= length);
    if (utf8_is_text(text, strlen(text))) FUZZ_SAME(text, decoded);
    for (size_t i = 0; i < length; i++)
        FUZZ_CHECK(encoded[i] >= 0x20 && encoded[i] <= 0x7e);
    /* A buffer too small cuts and never overruns. */
    char *small = malloc(8);
    FUZZ_CHECK(small != NULL && grpc_message_encode(text, small, 8) < 8);
    free(small);
    grpc_message_decode((const char *)bytes, size, arena_alloc(arena, size + 1));
}

static void check_base64(const uint8_t *bytes, size_t size, struct arena *arena)
{
    uint8_t *decoded = arena_alloc(arena, base64_decoded_size_max(size) + 1);
    char *encoded = arena_alloc(arena, base64_encoded_size(size, true) + 1);
    size_t decoded_size = 0;
    bool padded = size > 0 && bytes[size - 1] == '=';

    if (base64_decode((const char *)bytes, size, decoded, &decoded_size)) {
        size_t length = base64_encode(decoded, decoded_size, padded, encoded);

        FUZZ_CHECK(length == size && memcmp(encoded, bytes, size) == 0);
    }
    FUZZ_CHECK(base64_encode(bytes, size, true, encoded) == base64_encoded_size(size, true));
    decoded = arena_alloc(arena, base64_decoded_size_max(strlen(encoded)) + 1);
    FUZZ_CHECK(base64_decode(encoded, strlen(encoded), decoded, &decoded_size));
    FUZZ_CHECK(decoded_size == size && (size == 0 || memcmp(decoded, bytes, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct fuzz_input input = {bytes, size};
    uint8_t what = fuzz_take_byte(&input);
    struct arena arena;

    arena_init(&arena, SIZE_MAX);
    if (what % 4 == 0 && input.size > 4)
        check_cuts(input.bytes + 4, input.size - 4, input.bytes, 4);
    if (what % 4 == 1) check_timeout(input.bytes, input.size);
    if (what % 4 == 2) check_percent(input.bytes, input.size, &arena);
    if (what % 4 == 3) check_base64(input.bytes, input.size, &arena);
    arena_release(&arena);
    return 0;
}
