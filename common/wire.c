#include "common/wire.h"

#include "common/arena.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "common/utf8.h"

#include <string.h>

enum { VARINT_MAX_BYTES = 10, FIELD_ID_MAX = (1 << 29) - 1 };

/* Bytes not yet read. */
struct cursor {
    const uint8_t *at;
    const uint8_t *end;
};

/* One field as it lies on the wire. */
struct wire_field {
    uint32_t id;
    unsigned wire_type;
    uint64_t number;      /* VARINT */
    const uint8_t *bytes; /* LENGTH_PREFIXED */
    size_t size;
};

/* A message being walked. */
struct frame {
    const ProtobufCMessageDescriptor *desc;
    const uint8_t *begin;
    struct cursor rest;
    const ProtobufCFieldDescriptor *fd; /* the field at hand */
    const uint8_t *field_begin;
};

struct walk {
    struct frame frame_stack[FIELDS_MAX_DEPTH];
    int depth;
    size_t packed_index; /* of the element at hand, in a packed list */
    struct arena *arena;
};

/* --- Reading. False: the bytes are no message. --- */

static bool take_varint(struct cursor *in, uint64_t *out_number)
{
    uint64_t number = 0;

    for (int i = 0; i < VARINT_MAX_BYTES && in->at < in->end; i++) {
        uint8_t byte = *in->at++;

        number |= (uint64_t)(byte & 0x7F) << (7 * i);
        if (byte >= 0x80) continue;
        *out_number = number;
        return true;
    }
    return false;
}

static bool take_bytes(struct cursor *in, uint64_t size, struct wire_field *out_field)
{
    if (size > (size_t)(in->end - in->at)) return false;
    out_field->bytes = in->at;
    out_field->size = (size_t)size;
    in->at += size;
    return true;
}

static bool take_field(struct cursor *in, struct wire_field *out_field)
{
    uint64_t tag;

    *out_field = (struct wire_field){.bytes = in->at};
    if (!take_varint(in, &tag)) return false;
    if (tag >> 3 == 0 || tag >> 3 > FIELD_ID_MAX) return false;
    out_field->id = (uint32_t)(tag >> 3);
    out_field->wire_type = (unsigned)(tag & 7);
    switch (out_field->wire_type) {
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return take_varint(in, &out_field->number);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        return take_bytes(in, 8, out_field);
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return take_varint(in, &out_field->number) &&
               take_bytes(in, out_field->number, out_field);
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return take_bytes(in, 4, out_field);
    }
    return false; /* groups, which proto3 does not have */
}

static unsigned expected_wire_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return PROTOBUF_C_WIRE_TYPE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return PROTOBUF_C_WIRE_TYPE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return PROTOBUF_C_WIRE_TYPE_VARINT;
}

/* A list of numbers may come packed or not, whatever the .proto says. */
static bool is_packed(const ProtobufCFieldDescriptor *fd, const struct wire_field *field)
{
    return fd->label == PROTOBUF_C_LABEL_REPEATED &&
           field->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
           expected_wire_type(fd->type) != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

/* --- Naming the culprit. --- */

/* Elements of the list at hand that came before this one. */
static size_t index_in_list(const struct frame *frame)
{
    struct cursor in = {frame->begin, frame->field_begin};
    struct wire_field field;
    size_t index = 0;

    while (in.at < in.end && take_field(&in, &field))
        index += field.id == frame->fd->id;
    return index;
}

static const char *path_of(const struct walk *walk)
{
    const char *path = "";

    for (int i = 0; i < walk->depth; i++) {
        const struct frame *frame = &walk->frame_stack[i];

        path = arena_printf(walk->arena, "%s%s%s", path, i == 0 ? "" : ".", frame->fd->name);
        if (frame->fd->label != PROTOBUF_C_LABEL_REPEATED) continue;
        path = arena_printf(walk->arena, "%s[%zu]", path,
                            index_in_list(frame) + walk->packed_index);
    }
    return path;
}

static struct status malformed(const struct walk *walk)
{
    return status_error(walk->arena, GRPC_INTERNAL, REASON_MESSAGE_UNDECODABLE, NULL,
                        "the bytes are not a %s message, or nest deeper than %d",
                        walk->frame_stack[0].desc->name, FIELDS_MAX_DEPTH);
}

/* --- Checking. --- */

static struct status check_text(const struct walk *walk, const struct wire_field *field)
{
    const char *text = (const char *)field->bytes;
    const char *path;

    if (field->size <= TEXT_MAX_BYTES && utf8_is_text(text, field->size)) return status_ok();
    path = path_of(walk);
    if (field->size > TEXT_MAX_BYTES)
        return status_invalid(walk->arena, REASON_TEXT_TOO_LONG, path,
                              "%s has %zu bytes; a text has at most %d", path, field->size,
                              TEXT_MAX_BYTES);
    if (memchr(text, '\0', field->size) != NULL)
        return status_invalid(walk->arena, REASON_TEXT_INVALID, path,
                              "%s has a NUL character at byte %zu", path,
                              (size_t)((const char *)memchr(text, '\0', field->size) - text));
    return status_invalid(walk->arena, REASON_TEXT_INVALID, path,
                          "%s is not UTF-8: see byte %zu", path,
                          utf8_valid_prefix(text, field->size));
}

static struct status check_enum(const struct walk *walk, uint64_t number)
{
    const ProtobufCFieldDescriptor *fd = walk->frame_stack[walk->depth - 1].fd;
    int32_t value = (int32_t)(uint32_t)number; /* as protobuf-c reads it */
    const char *path;

    if (enum_is_known(fd->descriptor, value)) return status_ok();
    path = path_of(walk);
    return status_invalid(walk->arena, REASON_ENUM_VALUE_UNKNOWN, path,
                          "%s has the value %d, which %s does not have", path, value,
                          field_enum_type(fd)->short_name);
}

static struct status check_packed_enum(struct walk *walk, const struct wire_field *field)
{
    struct cursor in = {field->bytes, field->bytes + field->size};
    struct status st = status_ok();

    for (; in.at < in.end && status_is_ok(st); walk->packed_index++) {
        uint64_t number;

        if (!take_varint(&in, &number)) return malformed(walk);
        st = check_enum(walk, number);
        if (!status_is_ok(st)) return st;
    }
    walk->packed_index = 0;
    return st;
}

/* Goes down into a message; the loop goes on there. */
static struct status enter(struct walk *walk, const ProtobufCMessageDescriptor *desc,
                           const uint8_t *bytes, size_t size)
{
    struct frame *frame = &walk->frame_stack[walk->depth];

    if (walk->depth == FIELDS_MAX_DEPTH) return malformed(walk);
    walk->depth++;
    frame->desc = desc;
    frame->begin = bytes;
    frame->rest = (struct cursor){bytes, size == 0 ? bytes : bytes + size};
    return status_ok();
}

static struct status check_field(struct walk *walk, const struct wire_field *field)
{
    const ProtobufCFieldDescriptor *fd = walk->frame_stack[walk->depth - 1].fd;

    if (is_packed(fd, field))
        return fd->type == PROTOBUF_C_TYPE_ENUM ? check_packed_enum(walk, field) : status_ok();
    if (field->wire_type != expected_wire_type(fd->type)) return malformed(walk);
    if (fd->type == PROTOBUF_C_TYPE_STRING) return check_text(walk, field);
    if (fd->type == PROTOBUF_C_TYPE_ENUM) return check_enum(walk, field->number);
    if (fd->type == PROTOBUF_C_TYPE_MESSAGE)
        return enter(walk, fd->descriptor, field->bytes, field->size);
    return status_ok();
}

/* The next field of the innermost message, or back to the one around it. */
static struct status step(struct walk *walk)
{
    struct frame *frame = &walk->frame_stack[walk->depth - 1];
    struct wire_field field;

    if (frame->rest.at == frame->rest.end) {
        walk->depth--;
        return status_ok();
    }
    frame->field_begin = frame->rest.at;
    if (!take_field(&frame->rest, &field)) return malformed(walk);
    frame->fd = protobuf_c_message_descriptor_get_field(frame->desc, field.id);
    return frame->fd == NULL ? status_ok() : check_field(walk, &field);
}

struct status fields_validate_wire(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                                   size_t size, struct arena *arena)
{
    struct walk walk = {.depth = 0, .arena = arena};
    struct status st = enter(&walk, desc, bytes, size);

    while (walk.depth > 0 && status_is_ok(st))
        st = step(&walk);
    return st;
}
