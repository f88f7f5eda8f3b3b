/* Inside of JSON reading: where in the text a value stands, and the messages that have a form
 * of their own. Only json_read.c and json_well_known.c include this. */
#ifndef COMMON_JSON_PLACE_H
#define COMMON_JSON_PLACE_H

#include "common/arena.h"
#include "common/status.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdint.h>

/* Where in the text we are: a chain on the stack from the value at hand up to the whole. */
struct json_place {
    const struct json_place *up; /* NULL for the whole text */
    const char *name; /* of a field; NULL for an element of a list and for the whole */
    size_t index;     /* of an element */
    int depth;        /* of messages above */
    struct arena *arena;
};

/* "mutations[0].create"; NULL for the whole text. */
const char *json_place_text(const struct json_place *place);

/* The refusal of a value that is not `wanted`. */
struct status json_refuse(const struct json_place *place, const json_t *value,
                          const char *wanted) MUST_CHECK;

/* A time as a string. */
struct status json_read_time(const json_t *json, const struct json_place *place,
                             int64_t *out_us) MUST_CHECK;

/* Base64 in a string; also in the URL-safe alphabet, as the mapping asks. */
struct status json_read_bytes(const json_t *json, const struct json_place *place,
                              ProtobufCBinaryData *out_bytes) MUST_CHECK;

/* A message type that is not read member by member. */
struct json_well_known {
    const ProtobufCMessageDescriptor *desc;
    struct status (*read)(ProtobufCMessage *msg, const json_t *json,
                          const struct json_place *place); /* into an empty message */
};

/* NULL for all other types. */
const struct json_well_known *json_find_well_known(const ProtobufCMessageDescriptor *desc);

#endif
