/* The log as a file that scripts/verify-log checks without the register: a header and a line of
 * JSON per change. The format stands in that script, whose --write-export makes the same bytes from
 * the database file.
 *
 * The salts go with it: who has the file can open what the log commits to.
 */
#ifndef STORE_LOG_EXPORT_H
#define STORE_LOG_EXPORT_H

#include "common/buf.h"
#include "store/txn.h"

/* Adds the header of a log that ends where the transaction sees it end. */
struct status txn_export_header(struct txn *txn, struct arena *arena,
                                struct buf *out) MUST_CHECK;

/* Adds the line of a change; nothing where the log has a gap, which the check will name. What
 * cannot be read of its items is left out likewise. RESOURCE_EXHAUSTED past the limit of `out`. */
struct status txn_export_change(struct txn *txn, int64_t seq, struct arena *arena,
                                struct buf *out) MUST_CHECK;

/* Whether a change behind `seq` erased something: lines of changes up to `seq` made before and
 * after it do not belong together. */
struct status txn_erased_since(struct txn *txn, int64_t seq, struct arena *arena,
                               bool *out_erased) MUST_CHECK;

#endif
