/* A growing run of bytes with a limit given at birth: past it, appends fail and say so. */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data; /* owned; NULL while empty */
    size_t size;   /* bytes in use */
    size_t capacity;
    size_t limit_bytes; /* the size it may never pass */
    bool failed;        /* an append did not fit; everything after it was dropped too */
};

/* Prepares an empty buffer; allocates nothing. */
void buf_init(struct buf *buf, size_t limit_bytes);

/* Frees the bytes; the buffer is empty and usable again. */
void buf_release(struct buf *buf);

/* Forgets the contents and the failure, keeps the memory. */
void buf_clear(struct buf *buf);

/* Room for `size` more bytes at the end, NULL past the limit. The caller writes there and adds
 * to `size` itself. */
uint8_t *buf_reserve(struct buf *buf, size_t size);

/* Append; false past the limit (also sets `failed`). */
bool buf_add(struct buf *buf, const void *bytes, size_t size);
bool buf_add_u8(struct buf *buf, uint8_t value);
bool buf_add_u16(struct buf *buf, uint16_t value); /* big-endian, as are the next two */
bool buf_add_u32(struct buf *buf, uint32_t value);
bool buf_add_u64(struct buf *buf, uint64_t value);
bool buf_add_string(struct buf *buf, const char *string); /* without the NUL */
bool buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Drops the first `size` bytes. */
void buf_drop_front(struct buf *buf, size_t size);

#endif
