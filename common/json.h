/* The proto3 JSON mapping over descriptors: lowerCamelCase names, 64-bit integers as strings,
 * enums by their full name, bytes as base64, Timestamp as RFC 3339, Duration as "1.5s",
 * FieldMask as "title,toleranceRed", Any as {"@type", "value"} with the packed bytes in base64.
 */
#ifndef COMMON_JSON_H
#define COMMON_JSON_H

#include "common/arena.h"
#include "common/buf.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>

/* Reasons given here; VALUE_INVALID, ENUM_VALUE_UNKNOWN and UNKNOWN_FIELD also happen. */
#define REASON_JSON_INVALID                                                                    \
    "JSON_INVALID" /* not JSON, a duplicate key, too deep or too long                          \
                    */

enum json_flags {
    JSON_DEFAULTS = 1, /* also print fields at their default and empty lists; absent messages
                          and members of a oneof that are not the case stay away */
    JSON_INDENT = 2,   /* two spaces a level, a line end behind the whole */
};

/* The text of a message, NUL-terminated, in `arena`; texts that are not UTF-8 get U+FFFD for
 * each bad byte, so the output always is. Fields come in the order of the .proto. INTERNAL,
 * JSON_INVALID: deeper than FIELDS_MAX_DEPTH. RESOURCE_EXHAUSTED, JSON_INVALID: over 512 MiB.
 */
struct status json_encode(const ProtobufCMessage *msg, unsigned flags, struct arena *arena,
                          char **out_text) MUST_CHECK;

/* The JSON text of one field's value: what json_encode prints behind the name. */
struct status json_encode_field(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                unsigned flags, struct arena *arena,
                                char **out_text) MUST_CHECK;

/* `text` as a JSON string with its quotes, escaped, at the end of `buf`. */
void json_add_string(struct buf *buf, const char *text);

/* Bytes as a JSON string of padded base64, likewise. */
void json_add_bytes(struct buf *buf, const void *bytes, size_t size);

/* Reads a message. Takes camel and snake names, 64-bit integers as strings or numbers, full and
 * short enum names or numbers, null for "not set". INVALID_ARGUMENT, naming the path
 * ("mutations[0].create.indicator") and the value: an unknown member, a wrong type, a number
 * out of range, a duplicate key, two members of a oneof, nesting deeper than FIELDS_MAX_DEPTH.
 */
struct status json_decode(const ProtobufCMessageDescriptor *desc, const char *text, size_t size,
                          struct arena *arena, ProtobufCMessage **out_msg) MUST_CHECK;

/* Reads the JSON value of one field into `msg`; the field is untouched on failure. */
struct status json_decode_field(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                const char *text, struct arena *arena) MUST_CHECK;

#endif
