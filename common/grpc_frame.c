#include "common/grpc_frame.h"

#include <stdio.h>
#include <string.h>

void grpc_prefix_write(uint8_t out_prefix[GRPC_PREFIX_BYTES], bool compressed, uint32_t size)
{
    out_prefix[0] = compressed;
    out_prefix[1] = (uint8_t)(size >> 24);
    out_prefix[2] = (uint8_t)(size >> 16);
    out_prefix[3] = (uint8_t)(size >> 8);
    out_prefix[4] = (uint8_t)size;
}

static uint32_t prefix_size(const uint8_t prefix[GRPC_PREFIX_BYTES])
{
    return (uint32_t)prefix[1] << 24 | (uint32_t)prefix[2] << 16 | (uint32_t)prefix[3] << 8 |
           prefix[4];
}

void grpc_deframer_init(struct grpc_deframer *deframer, uint32_t limit_bytes)
{
    deframer->prefix_bytes = 0;
    deframer->limit_bytes = limit_bytes;
    deframer->delivered = false;
    buf_init(&deframer->body, limit_bytes);
}

void grpc_deframer_release(struct grpc_deframer *deframer)
{
    buf_release(&deframer->body);
}

/* Fills the prefix; true when it is whole. */
static bool take_prefix(struct grpc_deframer *deframer, const uint8_t **bytes, size_t *size)
{
    size_t take = GRPC_PREFIX_BYTES - deframer->prefix_bytes;

    if (take > *size) take = *size;
    if (take > 0) memcpy(deframer->prefix + deframer->prefix_bytes, *bytes, take);
    deframer->prefix_bytes += take;
    *bytes += take;
    *size -= take;
    return deframer->prefix_bytes == GRPC_PREFIX_BYTES;
}

static enum grpc_deframe message_done(struct grpc_deframer *deframer, const uint8_t *bytes,
                                      struct grpc_message *out_message)
{
    *out_message = (struct grpc_message){
        .bytes = bytes,
        .size = prefix_size(deframer->prefix),
        .compressed = deframer->prefix[0] == 1,
    };
    deframer->prefix_bytes = 0;
    return GRPC_DEFRAME_MESSAGE;
}

/* The body in pieces: gathers until it is whole. */
static enum grpc_deframe gather(struct grpc_deframer *deframer, const uint8_t **bytes,
                                size_t *size, struct grpc_message *out_message)
{
    size_t missing = prefix_size(deframer->prefix) - deframer->body.size;
    size_t take = missing < *size ? missing : *size;

    if (take > 0 && !buf_add(&deframer->body, *bytes, take)) return GRPC_DEFRAME_TOO_LARGE;
    *bytes += take;
    *size -= take;
    if (take < missing) return GRPC_DEFRAME_MORE;
    deframer->delivered = true;
    return message_done(deframer, deframer->body.data, out_message);
}

enum grpc_deframe grpc_deframer_feed(struct grpc_deframer *deframer, const uint8_t **bytes,
                                     size_t *size, struct grpc_message *out_message)
{
    if (deframer->delivered) buf_release(&deframer->body);
    deframer->delivered = false;
    if (deframer->prefix_bytes < GRPC_PREFIX_BYTES && !take_prefix(deframer, bytes, size))
        return GRPC_DEFRAME_MORE;
    if (deframer->prefix[0] > 1) return GRPC_DEFRAME_BAD_FLAG;

    uint32_t body_bytes = prefix_size(deframer->prefix);

    if (body_bytes > deframer->limit_bytes) return GRPC_DEFRAME_TOO_LARGE;
    if (deframer->body.size > 0 || *size < body_bytes)
        return gather(deframer, bytes, size, out_message);

    const uint8_t *body = *bytes;

    *bytes += body_bytes;
    *size -= body_bytes;
    return message_done(deframer, body, out_message);
}

bool grpc_deframer_is_partial(const struct grpc_deframer *deframer)
{
    return deframer->prefix_bytes > 0;
}

uint32_t grpc_deframer_announced(const struct grpc_deframer *deframer)
{
    if (deframer->prefix_bytes < GRPC_PREFIX_BYTES) return 0;
    return prefix_size(deframer->prefix);
}

static const struct timeout_unit {
    char letter;
    uint64_t nanoseconds;
} timeout_unit_table[] = {
    {'H', 3600000000000}, {'M', 60000000000}, {'S', 1000000000},
    {'m', 1000000},       {'u', 1000},        {'n', 1},
};

static const struct timeout_unit *find_unit(char letter)
{
    for (size_t i = 0; i < sizeof timeout_unit_table / sizeof timeout_unit_table[0]; i++)
        if (timeout_unit_table[i].letter == letter) return &timeout_unit_table[i];
    return NULL;
}

bool grpc_timeout_parse(const char *text, size_t size, uint64_t *out_timeout_ms)
{
    enum { DIGITS_MAX = 8 };
    const struct timeout_unit *unit = size > 0 ? find_unit(text[size - 1]) : NULL;
    uint64_t count = 0;

    if (unit == NULL || size < 2 || size > DIGITS_MAX + 1) return false;
    for (size_t i = 0; i + 1 < size; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        count = count * 10 + (uint64_t)(text[i] - '0');
    }
    /* 99999999 hours are 3.6e20 ns, more than 64 bits hold. */
    if (unit->nanoseconds >= 1000000) {
        *out_timeout_ms = count * (unit->nanoseconds / 1000000);
        return true;
    }
    *out_timeout_ms = (count * unit->nanoseconds + 999999) / 1000000;
    return true;
}

void grpc_timeout_format(uint64_t timeout_ms, char out_text[GRPC_TIMEOUT_TEXT_BYTES])
{
    enum { COUNT_MAX = 99999999 };
    static const struct {
        char letter;
        uint64_t ms;
    } units[] = {{'m', 1}, {'S', 1000}, {'M', 60000}, {'H', 3600000}};
    size_t i = 0;

    while (i < 3 && timeout_ms / units[i].ms > COUNT_MAX)
        i++;

    uint64_t count = timeout_ms / units[i].ms;

    if (count > COUNT_MAX) count = COUNT_MAX;
    snprintf(out_text, GRPC_TIMEOUT_TEXT_BYTES, "%u%c", (unsigned)count, units[i].letter);
}

static bool passes_unescaped(unsigned char c)
{
    return c >= 0x20 && c <= 0x7e && c != '%';
}

/* Bytes of the UTF-8 sequence at `text`; 1 for anything that is not one. */
static size_t sequence_size(const char *text)
{
    unsigned char first = (unsigned char)text[0];
    size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

    for (size_t i = 1; i < size; i++)
        if (((unsigned char)text[i] & 0xc0) != 0x80) return 1;
    return size;
}

size_t grpc_message_encode(const char *message, char *out_text, size_t out_size)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t length = 0;

    while (*message != '\0') {
        size_t size = sequence_size(message);
        bool plain = passes_unescaped((unsigned char)*message);

        if (length + (plain ? 1 : 3 * size) >= out_size) break;
        for (size_t i = 0; i < size && !plain; i++) {
            out_text[length++] = '%';
            out_text[length++] = hex[(unsigned char)message[i] >> 4];
            out_text[length++] = hex[(unsigned char)message[i] & 15];
        }
        if (plain) out_text[length++] = *message;
        message += size;
    }
    out_text[length] = '\0';
    return length;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') return digit - '0';
    if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
    if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
    return -1;
}

size_t grpc_message_decode(const char *text, size_t size, char *out_text)
{
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        int high = text[i] == '%' && i + 2 < size ? hex_value(text[i + 1]) : -1;
        int low = high >= 0 ? hex_value(text[i + 2]) : -1;

        if (low < 0) {
            out_text[length++] = text[i];
            continue;
        }
        out_text[length++] = (char)(high << 4 | low);
        i += 2;
    }
    out_text[length] = '\0';
    return length;
}
