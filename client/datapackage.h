/* The description of a bundle, datapackage.json: Data Package and Table Schema v1 of
 * Frictionless Data, made from the descriptors and one small table of what they cannot carry.
 */
#ifndef CLIENT_DATAPACKAGE_H
#define CLIENT_DATAPACKAGE_H

#include "client/export.h"
#include "common/buf.h"

/* Appends the description of what is exported: no times and no log position, so that equal
 * registers have equal descriptions. */
void datapackage_write(const struct export *export, struct buf *buf);

/* The collections a field refers to, one space between them ("posts organisations"); NULL when
 * it is no reference. `kind` is a member of Resource.body. */
const char *datapackage_references(const char *kind, const char *field);

#endif
