/* One field as one text and back: columns of lists in SQL, the log's before and after, CSV
 * cells, FIELD=VALUE of the client. The text is canonical: equal values give equal texts.
 *
 * TEXT is itself; INT decimal; BOOL "true"; ENUM the short name ("VALUE"); TIME RFC 3339 in
 * UTC; BYTES base64; MESSAGE and LIST compact JSON with the fields that are set, in the order
 * of the .proto. A field that is not set is "".
 */
#ifndef COMMON_FIELD_TEXT_H
#define COMMON_FIELD_TEXT_H

#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>

/* Reasons given here (JSON texts can also give those of json.h). */
#define REASON_VALUE_INVALID "VALUE_INVALID" /* a text that is no value of the field's type */

/* The text of a field, in `arena` or shared with the message. An enum value that the enum does
 * not have is its number. Never NULL. */
const char *field_to_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                          struct arena *arena);

/* Sets the field from a text; "" clears it. Besides the canonical form takes: true, yes, 1,
 * false, no, 0 in any case for BOOL; full names, lower case, '-' and ' ' for ENUM; a date for
 * TIME; for a LIST a text that does not begin with '[' as its only element. INVALID_ARGUMENT
 * with the field, the value and what is allowed; the field is then untouched. */
struct status field_from_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                              const char *text, struct arena *arena) MUST_CHECK;

#endif
