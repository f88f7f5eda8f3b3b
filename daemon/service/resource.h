/* A version of the store as the Resource message that clients see, and the way back. For times
 * see common/time_text.h. */
#ifndef SERVICE_RESOURCE_H
#define SERVICE_RESOURCE_H

#include "common/arena.h"
#include "service/catalog.h"
#include "store/txn.h"

#include "provost/v1/resources.pb-c.h"

/* "indicators/foi-cex" from kind and id; in the arena. */
char *resource_name(struct arena *arena, const struct kind *kind, const char *id);

/* The part of a name behind its collection: "foi-cex"; "" when there is none. Points into
 * `name`. */
const char *resource_id(const char *name);

/* The message of a version. Shares the version's body and lives in `arena`. */
Provost__V1__Resource *resource_from_version(struct arena *arena,
                                             const struct version *version);

/* Puts a body into the oneof. `row` must be the body's. */
void resource_set_body(Provost__V1__Resource *resource, const struct catalog_row *row,
                       ProtobufCMessage *body);

/* The body in the oneof and its row; NULL (and *out_row NULL) when none is set. */
ProtobufCMessage *resource_body(const Provost__V1__Resource *resource,
                                const struct catalog_row **out_row);

#endif
