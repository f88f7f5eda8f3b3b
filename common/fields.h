/* The descriptor walker: what is the same for every message is done here, and this is the only
 * code that touches field offsets, but for the one that writes answers (pack.h).
 *
 * A field is a (message, ProtobufCFieldDescriptor) pair; `fd` must belong to the message's own
 * descriptor. Getters and setters are by shape: asking a field for another shape, or a
 * descriptor shape that the register's .proto files cannot have (proto2 labels, floats), ends
 * the process. Nothing is ever freed; strings, bytes and submessages that are set must live as
 * long as the message, normally in the same arena. All functions are reentrant.
 */
#ifndef COMMON_FIELDS_H
#define COMMON_FIELDS_H

#include "common/arena.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_shape {
    FIELD_TEXT,
    FIELD_INT, /* every width and signedness; unsigned 64 bits only up to INT64_MAX */
    FIELD_BOOL,
    FIELD_ENUM,
    FIELD_TIME, /* a google.protobuf.Timestamp, seen as microseconds since 1970 */
    FIELD_BYTES,
    FIELD_MESSAGE,
    FIELD_LIST, /* any repeated field */
};

/* Messages nest at most this deep, in memory, on the wire and in JSON. */
enum { FIELDS_MAX_DEPTH = 16 };

/* What a field holds. */
enum field_shape field_shape(const ProtobufCFieldDescriptor *fd);

/* What one element of a FIELD_LIST holds; for other fields the same as field_shape. */
enum field_shape field_item_shape(const ProtobufCFieldDescriptor *fd);

/* The smallest and the largest value that a FIELD_INT (or a list of it) can store. */
void field_int_range(const ProtobufCFieldDescriptor *fd, int64_t *out_min, int64_t *out_max);

/* The field called `name`, in snake_case or lowerCamelCase; NULL if there is none. */
const ProtobufCFieldDescriptor *fields_find(const ProtobufCMessageDescriptor *desc,
                                            const char *name);

/* Place of `fd` in desc->fields: index of the flags that diff and mask give. */
size_t field_index(const ProtobufCMessageDescriptor *desc, const ProtobufCFieldDescriptor *fd);

/* True for a member of a oneof. */
bool field_is_oneof(const ProtobufCFieldDescriptor *fd);

/* The value differs from the default (a message: is present; a list: has elements). For a
 * member of a oneof: it is the case, whatever its value. */
bool field_is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd);

/* Same value, deeply; an absent message differs from an empty one. `a` and `b` have the same
 * descriptor. Messages deeper than FIELDS_MAX_DEPTH are never equal. */
bool field_equal(const ProtobufCMessage *a, const ProtobufCMessage *b,
                 const ProtobufCFieldDescriptor *fd);

/* Shallow: strings, lists and submessages are shared afterwards. Copying a member of a oneof
 * that is not the case in `from` clears it in `to`. */
void field_copy(ProtobufCMessage *to, const ProtobufCMessage *from,
                const ProtobufCFieldDescriptor *fd);

/* Back to the default. Clearing a member of a oneof that is not the case does nothing. */
void field_clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd);

/* FIELD_TEXT: never NULL, "" when not set. */
const char *field_get_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd);

/* FIELD_INT, FIELD_BOOL (0 or 1), FIELD_ENUM; FIELD_TIME as microseconds since 1970, 0 when
 * absent, cut to the years 0001..9999. */
int64_t field_get_int(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd);

/* FIELD_BYTES: {0, NULL} when not set. */
ProtobufCBinaryData field_get_bytes(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd);

/* FIELD_MESSAGE and FIELD_TIME: NULL when absent. */
ProtobufCMessage *field_get_message(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd);

/* Setters. In a oneof they also make the field the case. `text` is not copied. An int is cut to
 * the field's width: check field_int_range before. FIELD_TIME always becomes present; only it
 * uses `arena` (which may be NULL for the others). `sub` NULL clears the field. */
void field_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                    const char *text);
void field_set_int(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, int64_t value,
                   struct arena *arena);
void field_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                     ProtobufCBinaryData bytes);
void field_set_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                       ProtobufCMessage *sub);

/* FIELD_LIST: number of elements, and the i-th; `i` below the count is the caller's promise. */
size_t field_get_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd);
const char *field_list_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                            size_t i);
int64_t field_list_int(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                       size_t i);
ProtobufCBinaryData field_list_bytes(const ProtobufCMessage *msg,
                                     const ProtobufCFieldDescriptor *fd, size_t i);
ProtobufCMessage *field_list_message(const ProtobufCMessage *msg,
                                     const ProtobufCFieldDescriptor *fd, size_t i);

/* A new list of `n` elements in place of the old one: texts "", numbers 0, messages NULL until
 * they are set, which the caller must do before the message is used. */
void field_list_reserve(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t n,
                        struct arena *arena);
void field_list_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                         const char *text);
void field_list_set_int(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                        int64_t value, struct arena *arena);
void field_list_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                          ProtobufCBinaryData bytes);
void field_list_set_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                            ProtobufCMessage *sub);

/* One value of any shape but FIELD_LIST, for code that is the same for all shapes. Which part
 * is in use follows from field_item_shape. */
struct field_value {
    int64_t number;            /* FIELD_INT, FIELD_BOOL, FIELD_ENUM, FIELD_TIME */
    const char *text;          /* FIELD_TEXT */
    ProtobufCBinaryData bytes; /* FIELD_BYTES */
    ProtobufCMessage *message; /* FIELD_MESSAGE; when read also FIELD_TIME */
};

/* What the getters and setters above do, for any shape but FIELD_LIST. */
struct field_value field_get_value(const ProtobufCMessage *msg,
                                   const ProtobufCFieldDescriptor *fd);
void field_set_value(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                     const struct field_value *value, struct arena *arena);

/* The same for the i-th element of a FIELD_LIST. */
struct field_value field_list_value(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd, size_t i);
void field_list_set_value(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                          const struct field_value *value, struct arena *arena);

/* Descriptor of the messages in a FIELD_MESSAGE, FIELD_TIME or a list of them. */
const ProtobufCMessageDescriptor *field_message_type(const ProtobufCFieldDescriptor *fd);

/* Descriptor of the values of a FIELD_ENUM or a list of it. */
const ProtobufCEnumDescriptor *field_enum_type(const ProtobufCFieldDescriptor *fd);

/* An empty message, all fields default. */
ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *desc, struct arena *arena);

/* Shallow copy: strings, lists and submessages are shared. */
ProtobufCMessage *message_copy(const ProtobufCMessage *msg, struct arena *arena);

/* A copy that shares nothing; NULL when it is more than the arena may hold. */
ProtobufCMessage *message_copy_deep(const ProtobufCMessage *msg, struct arena *arena);

/* Same type and field_equal in every field; unknown fields do not count. Both may be NULL. */
bool message_equal(const ProtobufCMessage *a, const ProtobufCMessage *b);

/* The field that the message's oneof holds, NULL when none. protobuf-c does not keep the names
 * of oneofs: `oneof_name` is for the reader, and a message with two oneofs ends the process. */
const ProtobufCFieldDescriptor *message_oneof_case(const ProtobufCMessage *msg,
                                                   const char *oneof_name);

/* The name of a value without the enum's prefix (that of its zero value "..._UNSPECIFIED"):
 * "VALUE" for VALUE_STATE_VALUE; "" for 0; NULL when the enum has no such value. Static. */
const char *enum_short_name(const ProtobufCEnumDescriptor *desc, int64_t value);

/* The full name, "VALUE_STATE_VALUE"; NULL when the enum has no such value. Static. */
const char *enum_full_name(const ProtobufCEnumDescriptor *desc, int64_t value);

/* The value of a full or short name in any case, with '-' and ' ' as '_'; false if none. */
bool enum_from_name(const ProtobufCEnumDescriptor *desc, const char *name, int *out_value);

/* The short names of all values but 0, for a refusal: "VALUE, BLANK, DASH". In `arena`. */
const char *enum_names(const ProtobufCEnumDescriptor *desc, struct arena *arena);

/* The same as command lines write them: "value, under-development". */
const char *enum_choices(const ProtobufCEnumDescriptor *desc, struct arena *arena);

/* True when the enum has such a value. */
bool enum_is_known(const ProtobufCEnumDescriptor *desc, int64_t value);

#endif
