#include "common/base64.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encoded_size(size_t size, bool padded)
{
    size_t rest = size % 3;

    if (rest == 0) return size / 3 * 4;
    return size / 3 * 4 + (padded ? 4 : rest + 1);
}

size_t base64_decoded_size_max(size_t size)
{
    return size / 4 * 3 + 3;
}

size_t base64_encode(const void *bytes, size_t size, bool padded, char *out_text)
{
    const uint8_t *in = bytes;
    char *out = out_text;

    for (; size >= 3; size -= 3, in += 3) {
        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 3) << 4 | in[1] >> 4];
        *out++ = alphabet[(in[1] & 15) << 2 | in[2] >> 6];
        *out++ = alphabet[in[2] & 63];
    }
    if (size > 0) {
        unsigned second = size == 2 ? in[1] : 0;

        *out++ = alphabet[in[0] >> 2];
        *out++ = alphabet[(in[0] & 3) << 4 | second >> 4];
        if (size == 2) *out++ = alphabet[(second & 15) << 2];
        while (padded && (out - out_text) % 4 != 0)
            *out++ = '=';
    }
    *out = '\0';
    return (size_t)(out - out_text);
}

static int digit_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    if (digit == '+') return 62;
    if (digit == '/') return 63;
    return -1;
}

/* Length without the padding, or -1 when there is padding that does not fill a group of four.
 */
static ptrdiff_t unpadded_size(const char *text, size_t size)
{
    size_t padding = 0;

    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    if (padding > 0 && size % 4 != 0) return -1;
    return (ptrdiff_t)(size - padding);
}

bool base64_decode(const char *text, size_t size, uint8_t *out_bytes, size_t *out_size)
{
    ptrdiff_t digits = unpadded_size(text, size);
    unsigned bits = 0;
    unsigned bit_count = 0;
    uint8_t *out = out_bytes;

    if (digits < 0 || digits % 4 == 1) return false;
    for (ptrdiff_t i = 0; i < digits; i++) {
        int value = digit_value(text[i]);

        if (value < 0) return false;
        bits = bits << 6 | (unsigned)value;
        bit_count += 6;
        if (bit_count < 8) continue;
        bit_count -= 8;
        *out++ = (uint8_t)(bits >> bit_count);
        bits &= (1u << bit_count) - 1;
    }
    if (bits != 0) return false;
    *out_size = (size_t)(out - out_bytes);
    return true;
}
