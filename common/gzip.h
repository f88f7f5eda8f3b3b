/* gzip (RFC 1952) of one gRPC message, bounded: what a few bytes inflate to is the peer's choice,
 * so the limit is checked while inflating, not after. Any thread. */
#ifndef COMMON_GZIP_H
#define COMMON_GZIP_H

#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum gzip_result {
    GZIP_OK,
    GZIP_DAMAGED,   /* not gzip, cut short, a wrong checksum, or bytes behind the end */
    GZIP_TOO_LARGE, /* inflates to more than the limit of the buffer */
};

/* Appends the inflated bytes to `out`, never past its limit. Several members in a row are one
 * text, as RFC 1952 says. After a failure the contents of `out` mean nothing. */
enum gzip_result gzip_inflate(const uint8_t *bytes, size_t size, struct buf *out);

/* What the text says at its end that it inflates to (RFC 1952 2.3.1, ISIZE, of its last member), or 0
 * where that cannot be true: nothing is inflated to find out. A liar is found out by gzip_inflate. */
size_t gzip_announced_bytes(const uint8_t *bytes, size_t size);

/* Compresses fast rather than small, into `out_bytes` of `size` bytes at most. 0 when it does not
 * become smaller than that. */
size_t gzip_deflate(const uint8_t *bytes, size_t size, uint8_t *out_bytes);

#endif
