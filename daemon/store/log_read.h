/* Reading the change log: single changes, and queries with bounded work. The functions of
 * store/txn.h that begin with txn_get_change and txn_find_changes live in log_read.c and
 * log_query.c. */
#ifndef STORE_LOG_READ_H
#define STORE_LOG_READ_H

#include "store/txn_impl.h"

/* Seq of the newest change not after a time, 0 when there is none: a binary search, since times
 * never go backwards. */
struct status log_seq_at_time(struct txn *txn, int64_t time_us, struct arena *arena,
                              int64_t *out_seq) MUST_CHECK;

#endif
