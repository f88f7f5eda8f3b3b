/* Which fields differ between two versions of a resource. */
#ifndef COMMON_DIFF_H
#define COMMON_DIFF_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* Sets one flag per field of the descriptor and returns how many are set. NULL is a message
 * with all fields at their default (before a create, after a delete); not both may be NULL.
 * Both have the same descriptor. Values are compared deeply. */
size_t diff_fields(const ProtobufCMessage *before, const ProtobufCMessage *after,
                   bool *out_changed);

#endif
