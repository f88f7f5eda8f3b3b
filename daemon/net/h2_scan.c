#include "net/h2_scan.h"

#include <nghttp2/nghttp2.h>
#include <string.h>

enum { HEAD_BYTES = sizeof((struct h2_scan *)0)->head, RESET_BYTES = 4 };

void h2_scan_init(struct h2_scan *scan)
{
    *scan = (struct h2_scan){.payload_bytes = NGHTTP2_CLIENT_MAGIC_LEN};
}

static size_t length_of(const uint8_t *head)
{
    return (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
}

static int32_t stream_of(const uint8_t *head)
{
    return (int32_t)((uint32_t)(head[5] & 0x7f) << 24 | (uint32_t)head[6] << 16 |
                     (uint32_t)head[7] << 8 | head[8]);
}

/* `behind`: bytes that came after the head. */
static bool is_early_reset(const struct h2_scan *scan, const uint8_t *head, size_t behind)
{
    int32_t stream_id = stream_of(head);

    return head[3] == NGHTTP2_RST_STREAM && length_of(head) == RESET_BYTES &&
           stream_id % 2 == 1 && stream_id > scan->last_stream_id &&
           (scan->last_stream_id > 0 || behind > RESET_BYTES);
}

/* Notes a whole head; false when its frame is to be left out. */
static bool take_head(struct h2_scan *scan, const uint8_t *head, size_t behind)
{
    scan->payload_bytes = length_of(head);
    scan->is_dropping = is_early_reset(scan, head, behind);
    if (head[3] == NGHTTP2_HEADERS && stream_of(head) > scan->last_stream_id)
        scan->last_stream_id = stream_of(head);
    return !scan->is_dropping;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void advance(const uint8_t **bytes, size_t *size, size_t step)
{
    *bytes += step;
    *size -= step;
}

/* Adds to a head that came in parts. */
static struct h2_piece go_on_with_head(struct h2_scan *scan, const uint8_t **bytes,
                                       size_t *size)
{
    size_t step = least(HEAD_BYTES - (size_t)scan->head_bytes, *size);

    memcpy(scan->head + scan->head_bytes, *bytes, step);
    scan->head_bytes = (uint8_t)(scan->head_bytes + step);
    advance(bytes, size, step);
    if (scan->head_bytes < HEAD_BYTES) return (struct h2_piece){.size = 0};
    scan->head_bytes = 0;
    if (!take_head(scan, scan->head, *size)) return (struct h2_piece){.dropped_reset = true};
    return (struct h2_piece){.bytes = scan->head, .size = HEAD_BYTES};
}

/* How much from the start may go on as it is: up to a head that is not whole, or a frame that is left
 * out. Its head is then taken, and *out_dropped true. */
static size_t measure_run(struct h2_scan *scan, const uint8_t *bytes, size_t size,
                          bool *out_dropped)
{
    size_t end = least(size, H2_SCAN_PIECE_BYTES);
    size_t run = 0;

    while (run < end) {
        size_t step = least(scan->payload_bytes, end - run);

        scan->payload_bytes -= step;
        run += step;
        if (run == end || end - run < HEAD_BYTES) break;
        *out_dropped = !take_head(scan, bytes + run, size - run - HEAD_BYTES);
        if (*out_dropped) break;
        run += HEAD_BYTES;
    }
    return run;
}

struct h2_piece h2_scan_next(struct h2_scan *scan, const uint8_t **bytes, size_t *size)
{
    struct h2_piece piece = {.bytes = *bytes};

    if (scan->is_dropping) {
        size_t step = least(scan->payload_bytes, *size);

        advance(bytes, size, step);
        scan->payload_bytes -= step;
        scan->is_dropping = scan->payload_bytes > 0;
        return piece;
    }
    if (scan->head_bytes > 0) return go_on_with_head(scan, bytes, size);
    piece.size = measure_run(scan, *bytes, *size, &piece.dropped_reset);
    advance(bytes, size, piece.size + (piece.dropped_reset ? HEAD_BYTES : 0));
    if (piece.size == 0 && !piece.dropped_reset) return go_on_with_head(scan, bytes, size);
    return piece;
}
