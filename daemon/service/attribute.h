/* What filters and orders name: a field of a kind's body ("title", "deadlines.latest"), or what
 * the register itself knows of a resource ("name", "revision", "create_time", "update_time"; a
 * field of the body of the same name comes first).
 *
 * Fields are found by their names in snake_case or lowerCamelCase, one message deep. Pure
 * functions, any thread.
 */
#ifndef SERVICE_ATTRIBUTE_H
#define SERVICE_ATTRIBUTE_H

#include "common/arena.h"
#include "common/status.h"
#include "store/txn.h"

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

enum attribute_type {
    ATTRIBUTE_TEXT,
    ATTRIBUTE_DECIMAL, /* a text that holds an exact number, or "" */
    ATTRIBUTE_PERIOD,  /* a text that holds a period's id, or "" */
    ATTRIBUTE_INT,
    ATTRIBUTE_BOOL,
    ATTRIBUTE_ENUM,
    ATTRIBUTE_TIME,  /* microseconds since 1970 */
    ATTRIBUTE_OTHER, /* a message or bytes: only present or not */
};

enum attribute_source {
    ATTRIBUTE_OF_BODY,
    ATTRIBUTE_NAME,
    ATTRIBUTE_REVISION,
    ATTRIBUTE_CREATE_TIME,
    ATTRIBUTE_UPDATE_TIME,
};

struct attribute {
    enum attribute_source source;
    enum attribute_type type;
    bool many;                                /* a list stands on the way to it */
    const ProtobufCFieldDescriptor *field;    /* ATTRIBUTE_OF_BODY: of the body, else NULL */
    const ProtobufCFieldDescriptor *subfield; /* of the message in `field`, else NULL */
};

/* One value of an attribute. */
struct attribute_value {
    const char *text; /* TEXT, DECIMAL, PERIOD: never NULL; else "" */
    int64_t number;   /* INT, BOOL, ENUM, TIME; OTHER: 1 */
};

/* Finds `path` in `kind`; false when there is no such attribute. */
bool attribute_find(const struct kind *kind, const char *path, struct attribute *out_attribute);

/* What the catalog says of a field of a kind's body (enum catalog_flag); 0 for nothing. */
unsigned attribute_flags(const struct kind *kind, const char *field);

/* The attributes that a kind has, "name, title, deadlines.latest, ...", for messages. */
const char *attribute_names(struct arena *arena, const struct kind *kind);

/* The enum behind an ATTRIBUTE_ENUM. */
const ProtobufCEnumDescriptor *attribute_enum(const struct attribute *attribute);

/* Shows each value of the attribute in a version, and ends with true as soon as `each` says
 * true; a list without elements and an absent message show nothing. The value is there only
 * during the call of `each`. */
typedef bool attribute_fn(void *data, const struct attribute_value *value);
bool attribute_any(const struct attribute *attribute, const struct version *version,
                   attribute_fn *each, void *data);

#endif
