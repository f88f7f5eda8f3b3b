#include "common/utf8.h"

#include <stdint.h>
#include <string.h>

/* By first byte: length, and the range of the second byte (Unicode 15, table 3-7). */
static size_t sequence(unsigned char first, unsigned char *out_low, unsigned char *out_high)
{
    *out_low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    *out_high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    if (first < 0x80) return 1;
    if (first < 0xC2 || first > 0xF4) return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

size_t utf8_char_size(const char *bytes, size_t size)
{
    const unsigned char *in = (const unsigned char *)bytes;
    unsigned char low;
    unsigned char high;
    size_t length = size == 0 ? 0 : sequence(in[0], &low, &high);

    if (length > size) return 0;
    if (length < 2) return length;
    if (in[1] < low || in[1] > high) return 0;
    for (size_t i = 2; i < length; i++)
        if ((in[i] & 0xC0) != 0x80) return 0;
    return length;
}

size_t utf8_valid_prefix(const char *bytes, size_t size)
{
    size_t at = 0;

    while (at < size) {
        uint64_t eight;
        size_t length;

        if (size - at >= sizeof eight) { /* nearly all text is ASCII */
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & UINT64_C(0x8080808080808080)) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        length = utf8_char_size(bytes + at, size - at);
        if (length == 0) return at;
        at += length;
    }
    return at;
}

bool utf8_is_text(const char *bytes, size_t size)
{
    if (size == 0) return true;
    return memchr(bytes, '\0', size) == NULL && utf8_valid_prefix(bytes, size) == size;
}

size_t utf8_fit(const char *text, size_t max_bytes)
{
    return utf8_valid_prefix(text, strnlen(text, max_bytes));
}
