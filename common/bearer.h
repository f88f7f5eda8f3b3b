/* Bearer tokens as text: "cpr_" and 49 characters of base64url, which are 256 random bits and a
 * checksum, so that a slip of the hand is told from a token that has ended, and scanners for
 * secrets find one. Pure.
 */
#ifndef COMMON_BEARER_H
#define COMMON_BEARER_H

#include "common/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BEARER_PREFIX "cpr_"

enum {
    BEARER_SECRET_BYTES = 32,
    BEARER_TEXT_BYTES = 4 + 43 + 6 + 1, /* with a NUL */
};

/* Writes the text of a secret. */
void bearer_format(const uint8_t secret[BEARER_SECRET_BYTES], char out_text[BEARER_TEXT_BYTES]);

/* Reads exactly what bearer_format writes; false for anything else, and then nothing is said of
 * what was right in it. */
bool bearer_parse(const char *text, size_t size, uint8_t out_secret[BEARER_SECRET_BYTES]);

/* What is stored of a secret: its SHA-256. */
void bearer_hash(const uint8_t secret[BEARER_SECRET_BYTES], uint8_t out_hash[SHA256_BYTES]);

#endif
