#include "client/uuid.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/random.h>

int uuid_new(char out_text[UUID_TEXT_BYTES])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[16];
    char *at = out_text;

    /* Up to 256 bytes come whole or not at all. */
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) return -errno;
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    for (size_t i = 0; i < sizeof bytes; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
        *at++ = hex[bytes[i] >> 4];
        *at++ = hex[bytes[i] & 15];
    }
    *at = '\0';
    return 0;
}
