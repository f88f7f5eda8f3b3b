/* Whom a resource belongs to: the organisations that answer for it, found along its references
 * (an observation's indicator, that one's owner, the owner's organisation and all above it).
 *
 * | kind | belongs to |
 * |---|---|
 * | organisation | itself; post: its organisation |
 * | plan | its owner; objective, reporting period, decision: its plan |
 * | indicator | its owner, else the organisation it measures |
 * | target, observation, benchmark | its indicator |
 * | action | its leads, each of them; else its plan |
 * | risk | its owner, else its plans |
 * | link | where it starts; note, budget line: its subject |
 *
 * What belongs to nobody belongs to whoever has the whole register. It is always the present
 * state that counts, of deleted resources the last one.
 */
#ifndef SERVICE_BELONGING_H
#define SERVICE_BELONGING_H

#include "common/status.h"
#include "service/catalog.h"
#include "service/rights.h"

struct arena;
struct txn;

enum { BELONGING_OWNERS_MAX = 16, BELONGING_LEVELS_MAX = 64 };

/* One lineage per organisation that answers for it, any of which counts. */
struct belonging {
    struct lineage lineages[BELONGING_OWNERS_MAX];
    size_t count;
};

/* The belonging of a body of the row's kind under the name, which need not be in the register. In
 * `arena`. */
struct status belonging_of_body(struct txn *txn, struct arena *arena,
                                const struct catalog_row *row, const char *name,
                                const ProtobufCMessage *body,
                                struct belonging *out_belonging) MUST_CHECK;

/* The same of a resource by its name; nobody's when it never was. */
struct status belonging_of_name(struct txn *txn, struct arena *arena, const char *name,
                                struct belonging *out_belonging) MUST_CHECK;

/* The body that a name stands for now, or stood for last; NULL when it never was. */
struct status belonging_latest(struct txn *txn, struct arena *arena, const char *name,
                               const ProtobufCMessage **out_body) MUST_CHECK;

bool belonging_may_read(const struct belonging *belonging, const struct rights *rights);
bool belonging_may_write(const struct belonging *belonging, const struct rights *rights,
                         unsigned groups);

/* The fields of a kind that say whom it belongs to, in order of precedence, NULL-terminated. */
const char *const *belonging_fields(const struct catalog_row *row);

#endif
