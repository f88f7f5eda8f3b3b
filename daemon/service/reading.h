/* Finding what a read asks for: the moment to read at, and resources by name. */
#ifndef SERVICE_READING_H
#define SERVICE_READING_H

#include "service/catalog.h"
#include "service/handler.h"
#include "store/txn.h"

#include "google/protobuf/timestamp.pb-c.h"

/* The moment that all reads of one call see. */
struct moment {
    int64_t seq;     /* the log position, for the answer */
    int64_t as_of;   /* the same as the store wants it: AS_OF_NOW when it is the head */
    bool is_empty;   /* before the first change: there is nothing to read */
    int64_t time_us; /* when that was, if it was asked for by as_of; 0: the answer is of now */
};

/* From the as_of_seq and as_of_time (NULL when not given) of a request. INVALID_ARGUMENT when
 * both are given or the time is none; OUT_OF_RANGE when newer than the register. */
struct status moment_resolve(struct handler_call *call, int64_t as_of_seq,
                             const Google__Protobuf__Timestamp *as_of_time,
                             struct moment *out_moment) MUST_CHECK;

/* The version of a resource at the moment; *out_found false when there was none. It must not be
 * changed: the present one is kept for other requests (txn_get_kept). */
struct status moment_get(struct handler_call *call, const struct moment *moment,
                         const struct kind *kind, const char *id, struct version *out_version,
                         bool *out_found) MUST_CHECK;

/* Shows what a scan of the moment finds, by prefix or by column; the present versions are kept for
 * other requests and must not be changed (txn_scan_kept). */
struct status moment_scan(struct handler_call *call, const struct moment *moment,
                          const struct scan *scan, scan_fn *each, void *data) MUST_CHECK;

/* The row of the collection that a name, a collection or the beginning of names stands in.
 * INVALID_ARGUMENT blamed on `field`, naming the collections there are. */
struct status reading_collection(struct arena *arena, const char *field, const char *name,
                                 const struct catalog_row **out_row) MUST_CHECK;

/* The row of a complete name: reading_collection and name_check. */
struct status reading_name(struct arena *arena, const char *field, const char *name,
                           const struct catalog_row **out_row) MUST_CHECK;

/* The same by name, which a request gave in `field`.
 * INVALID_ARGUMENT as reading_name. */
struct status reading_version(struct handler_call *call, const char *field, const char *name,
                              const struct moment *moment, struct version *out_version,
                              bool *out_found) MUST_CHECK;

/* The refusal for a name that reading_version did not find: NOT_FOUND, saying whether it never
 * existed, was deleted, or came later, and at which seq. */
struct status reading_refuse_missing(struct handler_call *call, const char *field,
                                     const char *name, const struct moment *moment) MUST_CHECK;

/* reading_version, and reading_refuse_missing when there is none. */
struct status reading_existing(struct handler_call *call, const char *field, const char *name,
                               const struct moment *moment,
                               struct version *out_version) MUST_CHECK;

#endif
