/* What a handler may do with the transaction it is given.
 *
 * A txn is a read snapshot on a reader thread, or one write job's part of the writer's batch. It
 * belongs to the thread that runs the job and dies when the job's `run` returns. Reads in a write
 * transaction see its own writes and those of the jobs before it.
 *
 * Rows are versions (id, from_seq, to_seq, fields): a change closes the current version and
 * inserts the next, so that the present, any past moment, history and before-images are one
 * mechanism (DESIGN.md section 3). Every put and delete also goes into the change record of the
 * transaction; the store writes that record when the job ends well, so that no handler can skip
 * it.
 *
 * Unless said otherwise functions return INTERNAL or UNAVAILABLE when the database fails, and
 * OUT_OF_RANGE where an as-of position is newer than the register.
 */
#ifndef STORE_TXN_H
#define STORE_TXN_H

#include "common/arena.h"
#include "common/status.h"
#include "store/kind.h"

#include <stdbool.h>
#include <stdint.h>

struct txn;

#define SEQ_OPEN INT64_MAX /* to_seq of a current version */
#define AS_OF_NOW 0

/* One version of a resource. Strings and body live in the arena it was read into. */
struct version {
    const struct kind *kind;
    const char *id;         /* without the collection: "foi-cex/2021-22.q1" */
    ProtobufCMessage *body; /* of kind->desc */
    int64_t from_seq;       /* the change that made it: Resource.revision */
    int64_t to_seq;         /* the change that closed it, SEQ_OPEN while current */
    int64_t create_us;      /* when the resource was created, microseconds since 1970 UTC */
    int64_t update_us;      /* when this version was made */
};

/* The log position this transaction sees: newest change, its own included once it has one. */
int64_t txn_seq(const struct txn *txn);

/* True in a write transaction. */
bool txn_is_write(const struct txn *txn);

/* Turns a request's as-of (seq, or time in microseconds, 0 for not given) into a seq to read at:
 * the head when neither is given. OUT_OF_RANGE when beyond the head or negative. A time before the
 * first change gives 0: the empty register. INVALID_ARGUMENT when both are given. */
struct status txn_resolve_as_of(struct txn *txn, int64_t seq, int64_t time_us,
                                struct arena *arena, int64_t *out_seq) MUST_CHECK;

/* What of the register a job sees. Set, every function below that reads resources passes over
 * the versions that `sees` refuses, as if they were not there. Owned by whoever sets it; it lives
 * as long as the job. */
struct txn_sight {
    /* May look at the id alone where the version was read by a view. */
    bool (*sees)(struct txn_sight *sight, struct txn *txn, const struct version *version);
    bool hid; /* something was passed over: set by the store */
};

/* NULL, as at the start of every job: all. Returns the one before. */
struct txn_sight *txn_set_sight(struct txn *txn, struct txn_sight *sight);

/* The version of one resource current at `as_of` (AS_OF_NOW, or a seq). *out_found false when
 * there was none. */
struct status txn_get(struct txn *txn, const struct kind *kind, const char *id, int64_t as_of,
                      struct arena *arena, struct version *out_version,
                      bool *out_found) MUST_CHECK;

/* The present version, kept on this thread from job to job while nothing of its kind changes: for
 * what many requests look at and few change. It must not be changed, and lives until the job
 * ends. */
struct status txn_get_kept(struct txn *txn, const struct kind *kind, const char *id,
                           struct arena *arena, struct version *out_version,
                           bool *out_found) MUST_CHECK;

/* The present version or, of what was deleted, the last. */
struct status txn_get_latest(struct txn *txn, const struct kind *kind, const char *id,
                             struct arena *arena, struct version *out_version,
                             bool *out_found) MUST_CHECK;

/* The version with exactly this from_seq. */
struct status txn_get_version(struct txn *txn, const struct kind *kind, const char *id,
                              int64_t from_seq, struct arena *arena,
                              struct version *out_version, bool *out_found) MUST_CHECK;

/* What a scan does with the row it has just shown. */
enum scan_verdict {
    SCAN_SKIP, /* forget it: its memory is taken back */
    SCAN_KEEP, /* it stays in the arena */
    SCAN_STOP, /* keep it and end the scan */
};
typedef enum scan_verdict scan_fn(void *data, const struct version *version);

/* Which rows of a kind. */
struct scan {
    const struct kind *kind;
    int64_t as_of;         /* AS_OF_NOW, or a seq */
    const char *prefix;    /* ids that are this or go on with "/" behind it; NULL for all */
    const char *after_id;  /* ids greater than this, bytewise; NULL from the start */
    const char *column;    /* and a text column that equals `value`; NULL for no such condition.
                             Must be a field of the kind; fast when the schema has an index */
    const char *value;     /* NULL: is set at all */
    const char *before_id; /* and ids less than this; NULL to the end */
    const struct kind_view *view; /* one of the kind's: read only its fields; the others, seqs
                                     and times stay empty. NULL: all. Not together with
                                     `column` */
};

/* Shows the versions current at scan->as_of in bytewise order of id, until SCAN_STOP. */
struct status txn_scan(struct txn *txn, const struct scan *scan, struct arena *arena,
                       scan_fn *each, void *data) MUST_CHECK;

/* As txn_scan, of the present and for scan->prefix or scan->column with its value, one of the two.
 * What it shows is kept, and must not be changed, as with txn_get_kept. By prefix one range is
 * read: for kinds where few other ids begin with the same letters. */
struct status txn_scan_kept(struct txn *txn, const struct scan *scan, struct arena *arena,
                            scan_fn *each, void *data) MUST_CHECK;

/* Shows all versions of one resource with to_seq > since_seq, oldest first. */
struct status txn_scan_versions(struct txn *txn, const struct kind *kind, const char *id,
                                int64_t since_seq, struct arena *arena, scan_fn *each,
                                void *data) MUST_CHECK;

/* What SQLite finds wrong with the database, at most TXN_PROBLEMS_MAX lines into the arena and
 * out_lines; `full` also compares every index with its table, and looks for
 * rows that refer to nothing. */
enum { TXN_PROBLEMS_MAX = 100 };
struct status txn_check_integrity(struct txn *txn, bool full, struct arena *arena,
                                  char **out_lines, size_t *out_count) MUST_CHECK;

/* How many resources of a kind there are now; counted one by one where a sight is set. */
struct status txn_count(struct txn *txn, const struct kind *kind,
                        int64_t *out_count) MUST_CHECK;

/* Who changes the register and why; goes into the change record. Strings must live as long as the
 * transaction; none may be NULL. */
struct change_by {
    const char *principal;
    const char *auth_method;
    const char *service;
    const char *on_behalf_of;
    const char *method;
    const char *request_id;
    const char *reason;
    const char *trace_id; /* 32 hex digits or "" */
};

/* Must come before the first put or delete. */
void txn_set_change_by(struct txn *txn, const struct change_by *by);

/* Creates (`before` NULL) or replaces a resource by `body`. `changed` says per field of
 * kind->desc whether it differs from before; at least one must, or `before` be NULL. A resource
 * may be written once per transaction. *out_version gets the new version (body shared). */
struct status txn_put(struct txn *txn, const struct kind *kind, const char *id,
                      const struct version *before, const ProtobufCMessage *body,
                      const bool *changed, struct version *out_version) MUST_CHECK;

/* Closes the current version. */
struct status txn_delete(struct txn *txn, const struct version *before) MUST_CHECK;

/* Makes a change that touches no resource, only the log itself (a new log key): its reason says
 * what was done. */
struct status txn_record_change(struct txn *txn) MUST_CHECK;

/* Ends the change under way, if there is one, so that what is put next belongs to another: for jobs
 * that do more than one change can hold. All changes of a job become durable, or are undone,
 * together. */
struct status txn_next_change(struct txn *txn) MUST_CHECK;

/* ---- what outlives a job ---- */

/* A number that no earlier answer for `kind` equals once a resource of it may have changed in what
 * this write transaction sees, its own and undone writes included. */
uint64_t txn_generation(const struct txn *txn, const struct kind *kind);

/* A number that no other write job of this store has. */
uint64_t txn_job(const struct txn *txn);

/* A place for what the handlers of write jobs want to find again in the next one; they check by
 * txn_generation whether it still holds. `data` is released with the store. */
struct txn_memory {
    void *data;
    void (*release)(void *data);
};

/* NULL in a read transaction: each starts afresh. */
struct txn_memory *txn_memory(struct txn *txn);

/* The seq and time of this transaction's change; seq 0 while it has changed nothing. */
int64_t txn_change_seq(const struct txn *txn);
int64_t txn_change_time_us(const struct txn *txn);

/* Undo everything the transaction wrote, all its changes, but let it go on and end well: for validate_only and for
 * refusals that must be remembered. */
struct status txn_undo(struct txn *txn) MUST_CHECK;

/* The answer kept for a request id (AIP-155). */
struct kept_answer {
    uint8_t request_hash[32]; /* SHA-256 of method and request, to tell a reused id */
    const void *response;     /* serialised response message */
    size_t response_size;
    int64_t seq;
};

/* The writer's, for handlers that hash on its thread: begun and ended within one call of them. */
struct sha256 *txn_hasher(struct txn *txn);

/* Answers are kept: always, but in a benchmark that leaves it out (store/bench.h). */
bool txn_keeps_answers(const struct txn *txn);

/* Looks up and keeps answers; keys are (principal, request_id). An answer that held a value erased
 * since has response_size 0. Only in a write transaction (store/answers.h). */
struct status txn_find_answer(struct txn *txn, const char *principal, const char *request_id,
                              struct arena *arena, struct kept_answer *out_answer,
                              bool *out_found) MUST_CHECK;
struct status txn_keep_answer(struct txn *txn, const char *principal, const char *request_id,
                              const struct kept_answer *answer) MUST_CHECK;

/* ---- the log ---- */

/* Records a verifier key that signs from a seq on; `endorsement` as signer_stage made it. */
struct status txn_add_log_key(struct txn *txn, int64_t from_seq, const char *verifier_key,
                              const char *endorsement) MUST_CHECK;

/* A key the log was signed with. */
struct log_key {
    int64_t from_seq;
    const char *verifier_key;
    const char *endorsement;
};

/* All of them, the oldest first. */
struct status txn_list_log_keys(struct txn *txn, struct arena *arena, struct log_key **out_keys,
                                size_t *out_count) MUST_CHECK;

enum change_op { CHANGE_CREATE = 1, CHANGE_UPDATE = 2, CHANGE_DELETE = 3, CHANGE_REDACT = 4 };

/* What a change did to one resource. */
struct change_item {
    const struct kind *kind; /* of a redaction also change_kind */
    const char *id;
    enum change_op op;
    int64_t previous_seq;      /* from_seq of the version replaced, 0 for none; of a redaction
                                   the change that had brought in what was erased */
    const char *const *fields; /* names of the fields that changed, as the .proto has them */
    size_t field_count;
};

struct change_record {
    int64_t seq;
    int64_t time_us;
    struct change_by by;
    uint8_t leaf_hash[32];
    const void *entry; /* the bytes the leaf is made of */
    size_t entry_size;
    bool actor_redacted; /* the names in `by` were erased */
    bool reason_redacted;
    const void *items_bytes; /* the bytes whose SHA-256 stands in the entry */
    size_t items_size;
    struct change_item *items;
    size_t item_count;
};

/* One change, complete. */
struct status txn_get_change(struct txn *txn, int64_t seq, struct arena *arena,
                             struct change_record *out_record, bool *out_found) MUST_CHECK;

/* When a change of the log was made, microseconds since 1970 UTC: one indexed read. */
struct status txn_get_change_time(struct txn *txn, int64_t seq, struct arena *arena,
                                  int64_t *out_time_us) MUST_CHECK;

/* Which changes; zero or NULL means any. */
struct change_query {
    const struct kind *kind;
    const char *id;    /* of the kind: this resource, or those below it behind a "/" */
    const char *field; /* name as the .proto has it */
    const char *principal, *service, *on_behalf_of;
    int64_t since_us, until_us;  /* [since, until) */
    int64_t from_seq, to_seq;    /* both inclusive */
    const char *reason_contains; /* ASCII case does not matter */
    bool oldest_first;
    int64_t after_seq; /* go on behind this one, in the order asked for; 0 from the start */
    uint32_t limit;    /* at most this many */
};

/* The seqs of the changes that match, in the order asked for, at most query->limit. The work is
 * bounded: *out_next is where to go on (after_seq of the next call), 0 when the end was reached;
 * fewer than limit, even none, may come before the end. out_seqs lives in the arena. */
struct status txn_find_changes(struct txn *txn, const struct change_query *query,
                               struct arena *arena, int64_t **out_seqs, size_t *out_count,
                               int64_t *out_next) MUST_CHECK;

#endif
