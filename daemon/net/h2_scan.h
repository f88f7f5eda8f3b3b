/* Looks at the heads of frames before nghttp2 does, for what nghttp2 1.52 cannot be told.
 *
 * A reset of a stream that was never begun is an error of the connection (RFC 9113 5.1), and
 * nghttp2 ends it, with all the other calls on it. gRPC's C core, and with it Python, C++, Ruby and
 * PHP, sends one whenever a call is cancelled after its stream has got a number and before its
 * HEADERS have left (grpc/grpc#19655, #38758). Such a reset is left out where it can only be that: other
 * streams were begun before it, or more follows at once. Alone it is the error it is.
 *
 * Also cuts what came into pieces, so that a peer can be sent away in the middle of them.
 */
#ifndef NET_H2_SCAN_H
#define NET_H2_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { H2_SCAN_PIECE_BYTES = 4 << 10 };

/* Embedded by its owner; fields are the module's own. */
struct h2_scan {
    size_t payload_bytes; /* of the present frame, still to come */
    bool is_dropping;     /* that payload is left out */
    uint8_t head[9];      /* the beginning of a head, kept until it is whole */
    uint8_t head_bytes;
    int32_t last_stream_id; /* begun by the client, 0: none */
};

struct h2_piece {
    const uint8_t *bytes; /* points into the input or into the scan; until the next call */
    size_t size;
    bool dropped_reset; /* one was left out before this piece */
};

/* Before the connection preface. */
void h2_scan_init(struct h2_scan *scan);

/* The next piece for nghttp2, of at most H2_SCAN_PIECE_BYTES; moves *bytes and *size past it. It is
 * empty where there is nothing to hand on, although bytes may be left. */
struct h2_piece h2_scan_next(struct h2_scan *scan, const uint8_t **bytes, size_t *size);

#endif
