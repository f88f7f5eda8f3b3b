#include "common/pack.h"

#include "common/arena.h"

#include <stdlib.h>
#include <string.h>

enum { VARINT_MAX_BYTES = 10, HEAD_MAX_BYTES = 2 * VARINT_MAX_BYTES /* tag and length */ };

/* ---- room ---- */

void packer_init(struct packer *packer, size_t max_bytes)
{
    packer->bytes = packer->first;
    packer->end = packer->at = packer->first + sizeof packer->first;
    packer->max_bytes = max_bytes;
    packer->is_full = false;
}

static bool is_owned(const struct packer *packer)
{
    return packer->bytes != packer->first;
}

void packer_release(struct packer *packer)
{
    if (is_owned(packer)) free(packer->bytes);
}

size_t packer_size(const struct packer *packer)
{
    return (size_t)(packer->end - packer->at);
}

/* A larger room, with what is packed at its end. */
static void grow(struct packer *packer, size_t more)
{
    size_t used = packer_size(packer);
    size_t capacity = 2 * (size_t)(packer->end - packer->bytes) + more;
    uint8_t *bytes = xmalloc(capacity), *end = bytes + capacity;
    memcpy(end - used, packer->at, used);
    packer_release(packer);
    packer->bytes = bytes;
    packer->end = end;
    packer->at = end - used;
}

/* Where `size` bytes end that are to be put, with room for a head in front of them; NULL when they are
 * too many. */
static inline uint8_t *room(struct packer *packer, size_t size)
{
    if (packer_size(packer) + size > packer->max_bytes) packer->is_full = true;
    if (packer->is_full) return NULL;
    if ((size_t)(packer->at - packer->bytes) < size + HEAD_MAX_BYTES)
        grow(packer, size + HEAD_MAX_BYTES);
    return packer->at;
}

/* ---- pieces, each ending where the one behind it begins ---- */

static uint8_t *put_long_varint(uint8_t *end, uint64_t number)
{
    size_t size = 1;
    for (uint64_t rest = number; rest >= 0x80; rest >>= 7)
        size++;
    uint8_t *begin = end - size;
    for (uint8_t *at = begin; at < end; at++, number >>= 7)
        *at = (uint8_t)(number | 0x80);
    end[-1] &= 0x7f;
    return begin;
}

/* Most have one byte; tags of fields from 16 on have two. */
static inline uint8_t *put_varint(uint8_t *end, uint64_t number)
{
    if (number >= 0x4000) return put_long_varint(end, number);
    *--end = (uint8_t)(number >= 0x80 ? number >> 7 : number);
    if (number >= 0x80) *--end = (uint8_t)(number | 0x80);
    return end;
}

static inline uint8_t *put_tag(uint8_t *end, uint32_t id, ProtobufCWireType type)
{
    return put_varint(end, (uint64_t)id << 3 | type);
}

/* Bytes with their length. */
static uint8_t *put_sized(uint8_t *end, const void *bytes, size_t size)
{
    if (size > 0) memcpy(end - size, bytes, size);
    return put_varint(end - size, size);
}

/* A bool, enum or integer as it is sent; negative ones have ten bytes, whatever their width. */
static inline uint64_t number_at(const void *value, ProtobufCType type)
{
    switch ((int)type) {
    case PROTOBUF_C_TYPE_BOOL:
        return *(const protobuf_c_boolean *)value != 0;
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_INT32:
        return (uint64_t)(int64_t) * (const int32_t *)value;
    case PROTOBUF_C_TYPE_UINT32:
        return *(const uint32_t *)value;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return *(const uint64_t *)value;
    default:
        abort();
    }
}

/* ---- fields ---- */

/* NOLINTBEGIN(misc-no-recursion): messages of the .proto files do not contain themselves. */

static void put_fields(struct packer *packer, const ProtobufCMessage *msg);

static void put_text(struct packer *packer, uint32_t id, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    uint8_t *at = room(packer, size);
    if (at != NULL)
        packer->at =
            put_tag(put_sized(at, text, size), id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void put_binary(struct packer *packer, uint32_t id, const ProtobufCBinaryData *bytes)
{
    uint8_t *at = room(packer, bytes->len);
    if (at != NULL)
        packer->at = put_tag(put_sized(at, bytes->data, bytes->len), id,
                             PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void put_number(struct packer *packer, uint32_t id, uint64_t number)
{
    uint8_t *at = room(packer, 0);
    if (at != NULL)
        packer->at = put_tag(put_varint(at, number), id, PROTOBUF_C_WIRE_TYPE_VARINT);
}

/* Tag and length of all that was put since `before` bytes were packed. */
static void put_head(struct packer *packer, uint32_t id, size_t before)
{
    uint8_t *at = room(packer, 0);
    if (at != NULL)
        packer->at = put_tag(put_varint(at, packer_size(packer) - before), id,
                             PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
}

static void put_inner(struct packer *packer, uint32_t id, const ProtobufCMessage *msg)
{
    size_t before = packer_size(packer);
    if (msg != NULL) put_fields(packer, msg);
    put_head(packer, id, before);
}

static void put_value(struct packer *packer, const ProtobufCFieldDescriptor *fd,
                      const void *value)
{
    switch ((int)fd->type) {
    case PROTOBUF_C_TYPE_STRING:
        put_text(packer, fd->id, *(const char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        put_binary(packer, fd->id, value);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_inner(packer, fd->id, *(const ProtobufCMessage *const *)value);
        break;
    default:
        put_number(packer, fd->id, number_at(value, fd->type));
        break;
    }
}

static size_t item_bytes(ProtobufCType type)
{
    switch ((int)type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
        return sizeof(int64_t);
    default:
        return sizeof(int32_t); /* bools too */
    }
}

/* Numbers under one head. */
static void put_packed(struct packer *packer, const ProtobufCFieldDescriptor *fd,
                       const char *items, size_t count)
{
    size_t before = packer_size(packer), step = item_bytes(fd->type);
    for (size_t i = count; i > 0; i--) {
        uint8_t *at = room(packer, 0);
        if (at == NULL) return;
        packer->at = put_varint(at, number_at(items + (i - 1) * step, fd->type));
    }
    put_head(packer, fd->id, before);
}

static void put_list(struct packer *packer, const ProtobufCMessage *msg,
                     const ProtobufCFieldDescriptor *fd)
{
    const char *base = (const char *)msg;
    size_t count = *(const size_t *)(const void *)(base + fd->quantifier_offset);
    if (count == 0) return;
    const char *items = *(const char *const *)(const void *)(base + fd->offset);
    if (fd->flags & PROTOBUF_C_FIELD_FLAG_PACKED) {
        put_packed(packer, fd, items, count);
        return;
    }
    for (size_t i = count; i > 0; i--)
        put_value(packer, fd, items + (i - 1) * item_bytes(fd->type));
}

/* The member of a oneof that is the case is put whatever its value, but where there is no pointer,
 * or protobuf-c's own for nothing. */
static void put_case(struct packer *packer, const ProtobufCMessage *msg,
                     const ProtobufCFieldDescriptor *fd, const void *value)
{
    const char *base = (const char *)msg;
    if (*(const uint32_t *)(const void *)(base + fd->quantifier_offset) != fd->id) return;
    if (fd->type == PROTOBUF_C_TYPE_STRING || fd->type == PROTOBUF_C_TYPE_MESSAGE) {
        const void *pointer = *(const void *const *)value;
        if (pointer == NULL || pointer == fd->default_value) return;
    }
    put_value(packer, fd, value);
}

/* What stands for nothing is left out. */
static void put_single(struct packer *packer, const ProtobufCFieldDescriptor *fd,
                       const void *value)
{
    if (fd->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(const char *const *)value;
        if (text != NULL && *text != '\0') put_text(packer, fd->id, text);
    } else if (fd->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *msg = *(const ProtobufCMessage *const *)value;
        if (msg != NULL) put_inner(packer, fd->id, msg);
    } else if (fd->type == PROTOBUF_C_TYPE_BYTES) {
        const ProtobufCBinaryData *bytes = value;
        if (bytes->len > 0) put_binary(packer, fd->id, bytes);
    } else {
        uint64_t number = number_at(value, fd->type);
        if (number != 0) put_number(packer, fd->id, number);
    }
}

static void put_field(struct packer *packer, const ProtobufCMessage *msg,
                      const ProtobufCFieldDescriptor *fd)
{
    const void *value = (const char *)msg + fd->offset;
    if (fd->label == PROTOBUF_C_LABEL_REPEATED)
        put_list(packer, msg, fd);
    else if (fd->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        put_case(packer, msg, fd, value);
    else
        put_single(packer, fd, value);
}

/* As it came. */
static void put_unknown(struct packer *packer, const ProtobufCMessageUnknownField *field)
{
    uint8_t *at = room(packer, field->len);
    if (at == NULL) return;
    if (field->len > 0) memcpy(at - field->len, field->data, field->len);
    packer->at = put_tag(at - field->len, field->tag, field->wire_type);
}

static void put_fields(struct packer *packer, const ProtobufCMessage *msg)
{
    for (unsigned i = msg->n_unknown_fields; i > 0; i--)
        put_unknown(packer, &msg->unknown_fields[i - 1]);
    const ProtobufCFieldDescriptor *fields = msg->descriptor->fields;
    for (unsigned i = msg->descriptor->n_fields; i > 0; i--)
        put_field(packer, msg, &fields[i - 1]);
}

/* NOLINTEND(misc-no-recursion) */

void packer_put_message(struct packer *packer, const ProtobufCMessage *msg)
{
    put_fields(packer, msg);
    (void)room(packer, 0);
}
