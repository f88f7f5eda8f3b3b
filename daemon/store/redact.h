/* Erasure: a value and its salt go from every place of the database, and the log says so.
 *
 * 1. What is erased is a run: the versions from the change that brought a value in up to, and
 * not with, the next that changed the field. The columns become empty.
 * 2. Of the version that brought it in the seed goes, since it would give the salt back; the
 * salts of its other fields move to version_salt. Entries and items stay as they are: every
 * proof holds.
 * 3. Kept answers that were made while the value was there and name the resource become empty.
 * 4. All is one change whose items say what was erased (log_write.h), and rows of `redaction`.
 * 5. After the commit the writer rebuilds the file and empties the write-ahead log before it
 * answers (writer.c): overwritten bytes stay in unused parts of pages otherwise. The row in
 *    erasure_pending makes the next start do it if this one cannot.
 */
#ifndef STORE_REDACT_H
#define STORE_REDACT_H

#include "store/txn.h"

/* Numbers as in the .proto's RedactTarget; they are stored. */
enum redact_target { REDACT_FIELD = 1, REDACT_REASON = 2, REDACT_ACTOR = 3 };

/* What to erase. */
struct redaction {
    enum redact_target target;
    int64_t change_seq;      /* that brought it in */
    const struct kind *kind; /* REDACT_FIELD only, as the next */
    const char *id;
    const char *field;
    const char *const *along; /* other fields of the kind that say the same, NULL-terminated;
                                 may be NULL. Erased where they stand in that version too */
    const char *requester;    /* who asked; the change is by who approved */
};

/* Erases; the change's author and reason are those of txn_set_change_by. NOT_FOUND when there
 * is no such change, resource or field in it; FAILED_PRECONDITION when nothing is there to
 * erase, or it was erased. *out_erased counts values and texts. */
struct status txn_redact(struct txn *txn, const struct redaction *what, struct arena *arena,
                         int64_t *out_erased) MUST_CHECK;

/* Sets out_flags[i] for each field of the kind whose value in the version of `from_seq` was
 * erased, and *out_any when there is one. */
struct status txn_redacted_fields(struct txn *txn, const struct kind *kind, const char *id,
                                  int64_t from_seq, bool *out_flags, bool *out_any) MUST_CHECK;

/* Who asked for the redaction of that seq; "" once that name was erased. */
struct status txn_redaction_requester(struct txn *txn, int64_t seq, struct arena *arena,
                                      const char **out_requester) MUST_CHECK;

/* The redactions behind a seq, the oldest first, one per field: what a register restored from a
 * backup of that seq must erase again, with txn_redact in this order (FAILED_PRECONDITION
 * ALREADY_REDACTED and NOT_FOUND may be passed over). A field's `along` is NULL: each has its
 * own. Targets of changes behind `seq` are left out: the backup does not have them. */
struct status txn_redactions_after(struct txn *txn, int64_t seq, struct arena *arena,
                                   struct redaction **out_redactions,
                                   size_t *out_count) MUST_CHECK;

/* ---- requests that wait for a second person ---- */

struct redact_request {
    const char *id;           /* 32 hex digits; set by txn_add_redact_request */
    const char *principal;    /* who asked, */
    const char *on_behalf_of; /* and for whom */
    enum redact_target target;
    int64_t change_seq;
    const char *resource, *field, *reason;
    int64_t expire_us;
};

/* Adds one under a new random id, in the arena; forgets those that have expired by `now_us`.
 * RESOURCE_EXHAUSTED when too many wait. */
struct status txn_add_redact_request(struct txn *txn, struct redact_request *request,
                                     int64_t now_us, struct arena *arena) MUST_CHECK;

struct status txn_find_redact_request(struct txn *txn, const char *id, struct arena *arena,
                                      struct redact_request *out_request,
                                      bool *out_found) MUST_CHECK;

struct status txn_drop_redact_request(struct txn *txn, const char *id) MUST_CHECK;

#endif
