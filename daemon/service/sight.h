/* What a caller sees: everything but what is restricted to organisations on which they hold no
 * role. What they do not see is passed over by every read of the store (store/txn.h, txn_sight),
 * so that no handler can forget it; what writes looks here.
 *
 * A resource is restricted when its visibility is INTERNAL or what it belongs to is restricted: an
 * indicator's figures, a plan's actions, a subject's notes; a link when either end is. Whoever
 * holds a role where a resource belongs sees it in any case, links excepted.
 */
#ifndef SERVICE_SIGHT_H
#define SERVICE_SIGHT_H

#include "common/arena.h"
#include "common/status.h"
#include "service/rights.h"
#include "store/txn.h"

#include <stdbool.h>
#include <stddef.h>

struct sight_memo;

/* Embedded by its owner; fields are the module's own. */
struct sight {
    struct txn_sight base;
    const struct rights *rights;
    struct arena arena; /* not the call's: scans take that back */
    struct sight_memo **slots;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

/* For a caller that does not see all; sight_release when the job ends. */
void sight_init(struct sight *sight, const struct rights *rights);
void sight_release(struct sight *sight);

/* Whether the resource is seen; one that never was is. NULL sees all. When the database fails
 * nothing is seen. */
bool sight_sees(struct sight *sight, struct txn *txn, const char *name);

/* The name, for a text to the caller: "something that you may not see" in place of what is kept
 * from them and stands in their way. */
const char *sight_tell(struct sight *sight, struct txn *txn, const char *name);

#endif
