/* Base64 with the alphabet for URLs and without padding (RFC 4648 section 5), as tokens and JSON
 * Web Keys have it. Decoding is strict: one text per value. */
#ifndef COMMON_BASE64URL_H
#define COMMON_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Writes (size * 8 + 5) / 6 characters, without a NUL; returns their number. */
size_t base64url_encode(const void *bytes, size_t size, char *out_text);

/* `out_bytes` has room for size * 3 / 4. False: a foreign character, padding, an impossible
 * length, or left-over bits that are not zero. */
bool base64url_decode(const char *text, size_t size, uint8_t *out_bytes, size_t *out_size);

#endif
