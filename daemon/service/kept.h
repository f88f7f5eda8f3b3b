/* What write handlers look at in every request and which seldom changes: read once, and again only
 * after a resource of its kind may have changed. The cost of a submission then does not grow with
 * the number of reporting periods or formulas.
 *
 * In a read transaction, and in a job that was handed it and has changed it since, it is made afresh.
 */
#ifndef SERVICE_KEPT_H
#define SERVICE_KEPT_H

#include "store/txn.h"

/* Where each is kept. */
enum kept_part { KEPT_ASKING_PLANS, KEPT_CLOSED_PERIODS, KEPT_FORMULA_USERS, KEPT_PARTS };

/* How it is made. */
struct kept_source {
    enum kept_part part;
    const struct kind *kind; /* it depends on resources of this kind alone */
    /* Makes it, all of it in `arena`; NULL is allowed as what there is. */
    struct status (*make)(struct txn *txn, struct arena *arena, const void **out_made);
};

/* What the source makes of the register as the transaction sees it. It stays as it is until the job
 * ends; `arena` is the job's. The source's status when that fails. Thread of the transaction. */
struct status kept_get(struct txn *txn, const struct kept_source *source, struct arena *arena,
                       const void **out_made) MUST_CHECK;

#endif
