#include "common/buf.h"

#include "common/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CAPACITY = 256 };

void buf_init(struct buf *buf, size_t limit_bytes)
{
    memset(buf, 0, sizeof *buf);
    buf->limit_bytes = limit_bytes;
}

void buf_release(struct buf *buf)
{
    free(buf->data);
    buf_init(buf, buf->limit_bytes);
}

void buf_clear(struct buf *buf)
{
    buf->size = 0;
    buf->failed = false;
}

/* Makes the capacity at least `needed`, doubling so that appends stay cheap. */
static void grow(struct buf *buf, size_t needed)
{
    size_t capacity = buf->capacity == 0 ? FIRST_CAPACITY : buf->capacity;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    buf->data = xrealloc(buf->data, capacity);
    buf->capacity = capacity;
}

uint8_t *buf_reserve(struct buf *buf, size_t size)
{
    size_t needed;

    if (buf->failed || buf->size > buf->limit_bytes || size > buf->limit_bytes - buf->size ||
        size > SIZE_MAX - 1 - buf->size) {
        buf->failed = true;
        return NULL;
    }
    needed = buf->size + size + 1; /* one more for the NUL that buf_printf writes behind */
    if (needed > buf->capacity) grow(buf, needed);
    return buf->data + buf->size;
}

bool buf_add(struct buf *buf, const void *bytes, size_t size)
{
    uint8_t *end = buf_reserve(buf, size);

    if (end == NULL) return false;
    if (size > 0) memcpy(end, bytes, size);
    buf->size += size;
    return true;
}

/* The low `size` bytes of `value`, most significant first. */
static bool add_big_endian(struct buf *buf, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    return buf_add(buf, bytes, size);
}

bool buf_add_u8(struct buf *buf, uint8_t value)
{
    return buf_add(buf, &value, 1);
}

bool buf_add_u16(struct buf *buf, uint16_t value)
{
    return add_big_endian(buf, value, 2);
}

bool buf_add_u32(struct buf *buf, uint32_t value)
{
    return add_big_endian(buf, value, 4);
}

bool buf_add_u64(struct buf *buf, uint64_t value)
{
    return add_big_endian(buf, value, 8);
}

bool buf_add_string(struct buf *buf, const char *string)
{
    return buf_add(buf, string, strlen(string));
}

bool buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    uint8_t *end;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    end = length < 0 ? NULL : buf_reserve(buf, (size_t)length);
    if (end == NULL) {
        buf->failed = true;
        return false;
    }
    va_start(args, format);
    (void)vsnprintf((char *)end, (size_t)length + 1, format, args);
    va_end(args);
    buf->size += (size_t)length;
    return true;
}

void buf_drop_front(struct buf *buf, size_t size)
{
    if (size >= buf->size) {
        buf->size = 0;
        return;
    }
    memmove(buf->data, buf->data + size, buf->size - size);
    buf->size -= size;
}
