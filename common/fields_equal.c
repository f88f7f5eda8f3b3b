/* Comparison of fields and messages: the part of fields.h that stands on the getters. */
#include "common/fields.h"

#include <stdlib.h>
#include <string.h>

static bool bytes_equal(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* NOLINTBEGIN(misc-no-recursion): `depth` bounds message_equal_within. */

static bool message_equal_within(const ProtobufCMessage *a, const ProtobufCMessage *b,
                                 int depth);

static bool value_equal(enum field_shape shape, const struct field_value *a,
                        const struct field_value *b, int depth)
{
    switch (shape) {
    case FIELD_TEXT:
        return strcmp(a->text, b->text) == 0;
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
        return a->number == b->number;
    case FIELD_BYTES:
        return bytes_equal(a->bytes, b->bytes);
    case FIELD_TIME:
    case FIELD_MESSAGE:
        return message_equal_within(a->message, b->message, depth);
    case FIELD_LIST:
        break;
    }
    abort();
}

static bool list_equal(const ProtobufCMessage *a, const ProtobufCMessage *b,
                       const ProtobufCFieldDescriptor *fd, int depth)
{
    size_t n = field_get_count(a, fd);

    if (n != field_get_count(b, fd)) return false;
    for (size_t i = 0; i < n; i++) {
        struct field_value item_a = field_list_value(a, fd, i);
        struct field_value item_b = field_list_value(b, fd, i);

        if (!value_equal(field_item_shape(fd), &item_a, &item_b, depth)) return false;
    }
    return true;
}

static bool field_equal_within(const ProtobufCMessage *a, const ProtobufCMessage *b,
                               const ProtobufCFieldDescriptor *fd, int depth)
{
    struct field_value value_a;
    struct field_value value_b;

    if (field_shape(fd) == FIELD_LIST) return list_equal(a, b, fd, depth);
    if (field_is_oneof(fd) && field_is_set(a, fd) != field_is_set(b, fd)) return false;
    value_a = field_get_value(a, fd);
    value_b = field_get_value(b, fd);
    return value_equal(field_item_shape(fd), &value_a, &value_b, depth);
}

static bool message_equal_within(const ProtobufCMessage *a, const ProtobufCMessage *b,
                                 int depth)
{
    if (a == NULL || b == NULL) return a == b;
    if (a->descriptor != b->descriptor || depth <= 0) return false;
    for (unsigned i = 0; i < a->descriptor->n_fields; i++)
        if (!field_equal_within(a, b, &a->descriptor->fields[i], depth - 1)) return false;
    return true;
}

/* NOLINTEND(misc-no-recursion) */

bool field_equal(const ProtobufCMessage *a, const ProtobufCMessage *b,
                 const ProtobufCFieldDescriptor *fd)
{
    return field_equal_within(a, b, fd, FIELDS_MAX_DEPTH);
}

bool message_equal(const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    return message_equal_within(a, b, FIELDS_MAX_DEPTH);
}
