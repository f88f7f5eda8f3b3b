/* Reading entry and items bytes, whose layout stands in log_write.h. Nothing is believed: bytes
 * that do not fit end the reading. */
#ifndef STORE_LOG_ENTRY_H
#define STORE_LOG_ENTRY_H

#include "common/arena.h"
#include "common/sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry; texts live in the arena, hashes point into the bytes. */
struct log_entry {
    const uint8_t *register_uuid; /* 16 bytes */
    uint32_t epoch;
    int64_t seq;
    int64_t time_us;
    const uint8_t *who;
    const char *auth_method, *service, *method, *request_id, *trace_id;
    const uint8_t *why;
    uint32_t item_count;
    const uint8_t *items_hash;
};

/* False when the bytes are not an entry of version 1, or texts hold a NUL. */
bool log_entry_parse(const void *bytes, size_t size, struct arena *arena,
                     struct log_entry *out_entry);

/* Where a reader of items bytes stands. */
struct log_items {
    const uint8_t *at, *end;
};

/* One item. */
struct log_items_item {
    unsigned op;
    const char *name; /* of the resource; in the arena */
    int64_t previous_seq;
    unsigned field_count;
    const uint8_t *fields; /* 36 bytes each */
};

/* The next item; false at the end or where bytes do not fit: then items->at is not items->end.
 */
bool log_items_next(struct log_items *items, struct arena *arena,
                    struct log_items_item *out_item);

/* Number and hash of an item's i-th field. */
uint32_t log_items_number(const struct log_items_item *item, unsigned i);
const uint8_t *log_items_hash(const struct log_items_item *item, unsigned i);

#endif
