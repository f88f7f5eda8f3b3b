/* One redaction under way: for the redact*.c files of the store only. */
#ifndef STORE_REDACT_IMPL_H
#define STORE_REDACT_IMPL_H

#include "store/redact.h"
#include "store/txn_impl.h"

struct eraser {
    struct txn *txn;
    const struct redaction *what;
    struct arena *arena;
    uint8_t salt[SALT_BYTES]; /* of the requester's name */
    int64_t erased;
};

/* One erased value, from the change that brought it in to the one that took it away. */
struct redact_row {
    const char *kind; /* collection, "changes" */
    const char *id;
    const char *field;
    int64_t from_seq, until_seq;
};

/* Writes the row of `redaction`. */
struct status redact_add_row(struct eraser *eraser, const struct redact_row *row) MUST_CHECK;

/* Adds the item of the change; `fields` has one flag per field of the kind. */
struct status redact_add_item(struct eraser *eraser, const struct kind *kind, const char *id,
                              int64_t from_seq, const bool *fields) MUST_CHECK;

/* FAILED_PRECONDITION: erased already, or nothing there. */
struct status redact_nothing(struct eraser *eraser, const char *kind, const char *id,
                             const char *field) MUST_CHECK;

/* The two targets that are of the log itself. */
struct status redact_reason(struct eraser *eraser) MUST_CHECK;
struct status redact_actor(struct eraser *eraser) MUST_CHECK;

#endif
