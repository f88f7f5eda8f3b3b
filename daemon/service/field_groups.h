/* Which group a field is of: a department writes how things are, the performance team what they
 * are measured and aimed at, an approver what holds (SECURITY.md). */
#ifndef SERVICE_FIELD_GROUPS_H
#define SERVICE_FIELD_GROUPS_H

#include "service/catalog.h"
#include "service/rights.h"

/* The group of a field of the row's kind, by its place in the descriptor. */
unsigned field_group_of(const struct catalog_row *row, unsigned field);

/* The groups of all fields that `changed` marks. `before` NULL: a new resource. With no field
 * marked: what it takes to write anything of this kind. */
unsigned field_groups_of(const struct catalog_row *row, const ProtobufCMessage *before,
                         const ProtobufCMessage *after, const bool *changed);

/* "definitions and approval". Static. */
const char *field_groups_text(unsigned groups);

#endif
