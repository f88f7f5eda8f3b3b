/* What gRPC puts on the wire besides HTTP/2 itself, for both ends: the message prefix, the
 * timeout, and the text of grpc-message [grpc: doc/PROTOCOL-HTTP2.md]. */
#ifndef COMMON_GRPC_FRAME_H
#define COMMON_GRPC_FRAME_H

#include "common/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GRPC_PREFIX_BYTES = 5,
    GRPC_MESSAGE_MAX_BYTES = 4 << 20, /* what stock clients accept by default */
    GRPC_TIMEOUT_TEXT_BYTES = 12,     /* eight digits, a unit, a NUL, and room */
};

/* One flag byte and a big-endian length. */
void grpc_prefix_write(uint8_t out_prefix[GRPC_PREFIX_BYTES], bool compressed, uint32_t size);

/* One message as it came. */
struct grpc_message {
    const uint8_t *bytes; /* NULL or not, when size is 0 */
    size_t size;
    bool compressed; /* the flag byte said so; the bytes are then as sent */
};

/* Cuts a stream of DATA bytes into messages; DATA boundaries mean nothing. */
struct grpc_deframer {
    uint8_t prefix[GRPC_PREFIX_BYTES];
    size_t prefix_bytes; /* how much of it is here */
    struct buf body;     /* of a message that came in pieces */
    uint32_t limit_bytes;
    bool delivered; /* `body` holds a message that was handed out */
};

enum grpc_deframe {
    GRPC_DEFRAME_MORE,      /* all bytes eaten, no message complete */
    GRPC_DEFRAME_MESSAGE,   /* one message in *out_message; more bytes may be left */
    GRPC_DEFRAME_TOO_LARGE, /* the prefix announces more than the limit; nothing was buffered */
    GRPC_DEFRAME_BAD_FLAG,  /* the flag byte is neither 0 nor 1 */
};

/* Messages over `limit_bytes` are refused when their prefix is read. */
void grpc_deframer_init(struct grpc_deframer *deframer, uint32_t limit_bytes);
void grpc_deframer_release(struct grpc_deframer *deframer);

/* Takes from the front of *bytes up to the end of one message and moves *bytes and *size past
 * it. A message that lies whole in *bytes is not copied: out_message points into it; else it
 * points into the deframer until the next call. */
enum grpc_deframe grpc_deframer_feed(struct grpc_deframer *deframer, const uint8_t **bytes,
                                     size_t *size, struct grpc_message *out_message);

/* True in the middle of a message: the peer may not end its stream here. */
bool grpc_deframer_is_partial(const struct grpc_deframer *deframer);

/* Size that the message now being received has announced, 0 between messages. */
uint32_t grpc_deframer_announced(const struct grpc_deframer *deframer);

/* The value of grpc-timeout in milliseconds, rounded up, so that no positive timeout becomes 0.
 * False when it is not one to eight digits and a unit of H M S m u n. */
bool grpc_timeout_parse(const char *text, size_t size, uint64_t *out_timeout_ms);

/* The other way, NUL-terminated, in the finest unit that takes at most eight digits. */
void grpc_timeout_format(uint64_t timeout_ms, char out_text[GRPC_TIMEOUT_TEXT_BYTES]);

/* Percent-encodes a grpc-message; stops before a character that no longer fits into `out_size`
 * bytes with the NUL, and never inside a UTF-8 sequence. Returns the length. */
size_t grpc_message_encode(const char *message, char *out_text, size_t out_size);

/* The other way; what is not a valid escape stays as it is, so it never fails. `out_text` has
 * room for size + 1 bytes and may be `text`. Returns the length. */
size_t grpc_message_decode(const char *text, size_t size, char *out_text);

#endif
