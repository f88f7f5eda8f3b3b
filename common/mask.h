/* Update masks: which fields of a body a patch touches. */
#ifndef COMMON_MASK_H
#define COMMON_MASK_H

#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>

/* Reasons given here. */
#define REASON_UNKNOWN_FIELD "UNKNOWN_FIELD" /* the message has no field of that name */

/* One flag per desc->fields index, in `arena`, for the named top-level fields (snake or camel
 * case). No paths, or the single path "*", is all of them. INVALID_ARGUMENT, UNKNOWN_FIELD on
 * "update_mask" for a path that is no field, with the name that was probably meant. */
struct status mask_resolve(const ProtobufCMessageDescriptor *body, char *const *paths,
                           size_t n_paths, struct arena *arena, bool **out_selected) MUST_CHECK;

/* Copies the selected fields, shallow; those not set in `from` become unset in `to`. */
void mask_apply(ProtobufCMessage *to, const ProtobufCMessage *from, const bool *selected);

/* The name of the field of `desc` that `name` most resembles, NULL when none is near. */
const char *mask_suggest(const ProtobufCMessageDescriptor *desc, const char *name);

/* A refusal of `name`, blamed on `field`: UNKNOWN_FIELD with what was probably meant, or, when
 * they are few, all that there is. */
struct status mask_unknown_field(const ProtobufCMessageDescriptor *desc, const char *name,
                                 const char *field, struct arena *arena) MUST_CHECK;

#endif
