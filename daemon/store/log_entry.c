#include "store/log_entry.h"

#include <string.h>

enum { FIELD_BYTES_EACH = 4 + SHA256_BYTES };

/* Bytes not read yet; NULL in `at` once they did not suffice. */
struct cursor {
    const uint8_t *at, *end;
};

static const uint8_t *take(struct cursor *cursor, size_t size)
{
    if (!cursor->at || (size_t)(cursor->end - cursor->at) < size) {
        cursor->at = NULL;
        return NULL;
    }
    const uint8_t *bytes = cursor->at;
    cursor->at += size;
    return bytes;
}

static uint64_t take_number(struct cursor *cursor, size_t size)
{
    const uint8_t *bytes = take(cursor, size);
    uint64_t number = 0;
    for (size_t i = 0; bytes && i < size; i++)
        number = number << 8 | bytes[i];
    return number;
}

/* A text behind a length of `size` bytes. */
static const char *take_text(struct cursor *cursor, size_t size, struct arena *arena)
{
    size_t length = (size_t)take_number(cursor, size);
    const uint8_t *bytes = take(cursor, length);
    if (!bytes || memchr(bytes, 0, length)) {
        cursor->at = NULL;
        return "";
    }
    return arena_strndup(arena, (const char *)bytes, length);
}

bool log_entry_parse(const void *bytes, size_t size, struct arena *arena,
                     struct log_entry *out_entry)
{
    struct cursor cursor = {bytes, (const uint8_t *)bytes + size};
    struct log_entry entry;
    if (take_number(&cursor, 1) != 1) return false;
    entry.register_uuid = take(&cursor, 16);
    entry.epoch = (uint32_t)take_number(&cursor, 4);
    entry.seq = (int64_t)take_number(&cursor, 8);
    entry.time_us = (int64_t)take_number(&cursor, 8);
    entry.who = take(&cursor, SHA256_BYTES);
    entry.auth_method = take_text(&cursor, 1, arena);
    entry.service = take_text(&cursor, 2, arena);
    entry.method = take_text(&cursor, 1, arena);
    entry.request_id = take_text(&cursor, 1, arena);
    entry.trace_id = take_text(&cursor, 1, arena);
    entry.why = take(&cursor, SHA256_BYTES);
    entry.item_count = (uint32_t)take_number(&cursor, 4);
    entry.items_hash = take(&cursor, SHA256_BYTES);
    if (!cursor.at || cursor.at != cursor.end) return false;
    *out_entry = entry;
    return true;
}

bool log_items_next(struct log_items *items, struct arena *arena,
                    struct log_items_item *out_item)
{
    if (items->at == items->end) return false;
    struct cursor cursor = {items->at, items->end};
    struct log_items_item item;
    item.op = (unsigned)take_number(&cursor, 1);
    item.name = take_text(&cursor, 2, arena);
    item.previous_seq = (int64_t)take_number(&cursor, 8);
    item.field_count = (unsigned)take_number(&cursor, 2);
    item.fields = take(&cursor, (size_t)item.field_count * FIELD_BYTES_EACH);
    if (!cursor.at) return false;
    items->at = cursor.at;
    *out_item = item;
    return true;
}

uint32_t log_items_number(const struct log_items_item *item, unsigned i)
{
    const uint8_t *be = item->fields + (size_t)i * FIELD_BYTES_EACH;
    return (uint32_t)be[0] << 24 | (uint32_t)be[1] << 16 | (uint32_t)be[2] << 8 | be[3];
}

const uint8_t *log_items_hash(const struct log_items_item *item, unsigned i)
{
    return item->fields + (size_t)i * FIELD_BYTES_EACH + 4;
}
