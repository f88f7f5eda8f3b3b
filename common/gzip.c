#include "common/gzip.h"

#include <zlib.h>

/* zlib: add 16 to the window bits to read and write gzip's header. */
enum { GZIP_WINDOW_BITS = MAX_WBITS + 16, STEP_BYTES = 16 << 10, LEVEL = 1, MEMORY_LEVEL = 8 };

/* Room for one more step at the end of `out`; 0 when the limit is reached. */
static size_t make_room(struct buf *out)
{
    size_t step = out->limit_bytes - out->size;

    if (step > STEP_BYTES) step = STEP_BYTES;
    return step > 0 && buf_reserve(out, step) != NULL ? step : 0;
}

/* At the limit a text that is over is still allowed: one byte of room tells. */
static int inflate_past_limit(z_stream *stream)
{
    uint8_t beyond;
    int got;

    stream->next_out = &beyond;
    stream->avail_out = 1;
    got = inflate(stream, Z_NO_FLUSH);
    stream->next_out = NULL;
    return got;
}

/* Inflates up to the end of a member. */
static enum gzip_result inflate_member(z_stream *stream, struct buf *out)
{
    for (;;) {
        size_t room = make_room(out);
        int got;

        if (room == 0) {
            got = inflate_past_limit(stream);
            if (stream->avail_out == 0) return GZIP_TOO_LARGE;
        } else {
            stream->next_out = out->data + out->size;
            stream->avail_out = (uInt)room;
            got = inflate(stream, Z_NO_FLUSH);
            out->size += room - stream->avail_out;
        }
        if (got == Z_STREAM_END) return GZIP_OK;
        if (got != Z_OK || (stream->avail_in == 0 && stream->avail_out > 0))
            return GZIP_DAMAGED;
    }
}

enum gzip_result gzip_inflate(const uint8_t *bytes, size_t size, struct buf *out)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)size};
    enum gzip_result result;

    if (size == 0 || inflateInit2(&stream, GZIP_WINDOW_BITS) != Z_OK) return GZIP_DAMAGED;
    do
        result = inflate_member(&stream, out);
    while (result == GZIP_OK && stream.avail_in > 0 && inflateReset(&stream) == Z_OK);
    inflateEnd(&stream);
    return result;
}

size_t gzip_announced_bytes(const uint8_t *bytes, size_t size)
{
    /* Header and trailer; and what deflate makes of one byte at most. */
    enum { FRAME_BYTES = 18, RATIO_MAX = 1032 };
    const uint8_t *end = bytes + size;

    if (size < FRAME_BYTES || bytes[0] != 0x1f || bytes[1] != 0x8b) return 0;
    size_t announced =
        (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    return announced / RATIO_MAX <= size ? announced : 0;
}

size_t gzip_deflate(const uint8_t *bytes, size_t size, uint8_t *out_bytes)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)bytes,
                       .avail_in = (uInt)size,
                       .next_out = out_bytes,
                       .avail_out = (uInt)size};
    size_t written = 0;

    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return 0;
    if (deflate(&stream, Z_FINISH) == Z_STREAM_END) written = size - stream.avail_out;
    deflateEnd(&stream);
    return written;
}
