/* What protobuf-c does not check when it unpacks: it copies a string with its NUL bytes and so
 * cuts it silently, takes any bytes for UTF-8 and any number for an enum. */
#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Reasons given here. */
#define REASON_TEXT_INVALID "TEXT_INVALID"             /* not UTF-8, or with a NUL */
#define REASON_TEXT_TOO_LONG "TEXT_TOO_LONG"           /* over TEXT_MAX_BYTES */
#define REASON_ENUM_VALUE_UNKNOWN "ENUM_VALUE_UNKNOWN" /* not a value of the enum */

enum { TEXT_MAX_BYTES = 65536 };

/* Walks the serialised `bytes` of a message along its descriptor, before they are unpacked.
 * INVALID_ARGUMENT, naming the path ("mutations[0].create.indicator.title"): a string that is
 * not UTF-8, has a NUL or is over TEXT_MAX_BYTES; an enum value that does not exist. INTERNAL,
 * MESSAGE_UNDECODABLE: bytes that are not such a message, or nest deeper than FIELDS_MAX_DEPTH.
 * Unknown fields are skipped. Allocates only for a failure. */
struct status fields_validate_wire(const ProtobufCMessageDescriptor *desc, const uint8_t *bytes,
                                   size_t size, struct arena *arena) MUST_CHECK;

#endif
