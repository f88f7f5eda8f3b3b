/* Base64 with the standard alphabet (RFC 4648 section 4), as gRPC's "-bin" metadata uses it. */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that `size` bytes become, without a NUL. */
size_t base64_encoded_size(size_t size, bool padded);

/* Bytes that `size` characters become at most. */
size_t base64_decoded_size_max(size_t size);

/* Writes base64_encoded_size characters and a NUL to `out_text`; returns their number. */
size_t base64_encode(const void *bytes, size_t size, bool padded, char *out_text);

/* Padded or not. False, and `out_bytes` undefined, when the text is not base64: a foreign
 * character, an impossible length, or left-over bits that are not zero. `out_bytes` has room
 * for base64_decoded_size_max(size). */
bool base64_decode(const char *text, size_t size, uint8_t *out_bytes, size_t *out_size);

#endif
