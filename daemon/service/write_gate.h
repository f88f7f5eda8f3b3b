/* The gate of everything that is written: may this caller write these fields of this resource?
 * Called by write.c for each item of a request; what formulas write in consequence is not asked
 * for. */
#ifndef SERVICE_WRITE_GATE_H
#define SERVICE_WRITE_GATE_H

#include "service/write.h"

/* Before an item is looked at any closer. PERMISSION_DENIED for what belongs to an organisation
 * where the caller writes nothing; for what they do not see, what is said of resources that do
 * not exist. */
struct status write_gate_enter(const struct write_request *request,
                               const struct write_item *item) MUST_CHECK;

/* Once the fields that change are known: item->changed, what.before, what.after. */
struct status write_gate_check(const struct write_request *request,
                               const struct write_item *item) MUST_CHECK;

/* The same for a deletion of `body`. */
struct status write_gate_check_deletion(const struct write_request *request,
                                        const struct write_item *item,
                                        const ProtobufCMessage *body) MUST_CHECK;

#endif
