/* Collections and the bodies of their resources, found in the descriptor of Resource: the
 * client has no list of kinds of its own. */
#ifndef CLIENT_COLLECTION_H
#define CLIENT_COLLECTION_H

#include "common/arena.h"
#include "common/status.h"

#include <protobuf-c/protobuf-c.h>
#include <provost/v1/resources.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

/* "indicators" of the member `indicator` of Resource.body. In `arena`. */
const char *collection_name(const ProtobufCFieldDescriptor *member, struct arena *arena);

/* The members of Resource.body, in the order in which kinds may refer to each other; NULL
 * behind the last. `i` counts from 0. */
const ProtobufCFieldDescriptor *collection_member(size_t i);

/* The member for the collection that a name begins with ("indicators/foi-cex", "indicators");
 * NULL if there is none. */
const ProtobufCFieldDescriptor *collection_find(const char *name);

/* The same, or INVALID_ARGUMENT with the collections there are. */
struct status collection_require(const char *name, struct arena *arena,
                                 const ProtobufCFieldDescriptor **out_member) MUST_CHECK;

/* A resource with an empty body. `name` is shared. */
Provost__V1__Resource *collection_new_resource(const ProtobufCFieldDescriptor *member,
                                               const char *name, struct arena *arena);

/* The body of a resource, NULL when it has none. */
ProtobufCMessage *collection_body(const Provost__V1__Resource *resource);

#endif
