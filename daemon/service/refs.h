/* References between resources: each must point to one that exists, of a collection the catalog
 * allows, and nothing that is pointed to may go. Checked against the outcome of a whole
 * request. */
#ifndef SERVICE_REFS_H
#define SERVICE_REFS_H

#include "service/understand.h"

/* The references of what->after among the `changed` fields exist; INVALID_ARGUMENT,
 * REASON_UNKNOWN_REFERENCE. Its parents do not lead back to it; REASON_PARENT_CIRCLE. `name` is
 * its own. */
struct status refs_check(const struct understanding *what, const bool *changed,
                         const char *name) MUST_CHECK;

/* One resource that the request deleted, and where the request says so. */
struct refs_deletion {
    const struct lookup_entry *entry;
    struct place place;
};

/* Nothing current refers to any of them: FAILED_PRECONDITION, REASON_IN_USE, naming by what.
 * The i-th entry has claimed_by set to its index in the request; `deletions` is in that order.
 */
struct status refs_check_unused(struct lookup *lookup, const struct refs_deletion *deletions,
                                size_t count) MUST_CHECK;

#endif
