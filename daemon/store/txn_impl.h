/* What a transaction is made of: for the files of the store only. */
#ifndef STORE_TXN_IMPL_H
#define STORE_TXN_IMPL_H

#include "common/buf.h"
#include "store/log_write.h"
#include "store/table.h"
#include "store/txn.h"
#include "store/version_cache.h"

/* The kinds and their tables; built at open, then read-only and shared by all threads. */
struct schema {
    struct table **tables;
    size_t count;
    _Atomic uint64_t erasures; /* so far: versions read before one may hold what is gone */
};

/* What the log writer knew before a job's first change ended, to go back to. */
struct log_mark {
    struct log_head head;
    struct tiles tiles;
};

struct txn {
    struct db *db;
    const struct schema *schema;
    int64_t seq;             /* newest change it sees */
    struct txn_sight *sight; /* what of the register the job sees; NULL: all */

    /* Write side; log is NULL in a read transaction. */
    struct log_writer *log;
    struct arena *arena; /* the job's */
    struct change_by by; /* set by the handler */
    bool has_by;
    bool wrote;          /* the savepoint is open, where there is one */
    bool unprotected;    /* this job has none: what it wrote is undone with the batch only */
    bool erased;         /* the job removed values: their bytes must leave the file */
    bool access_changed; /* the job changed who may do what (access.h) */
    const char *refusal; /* not NULL: the register is read-only, for this reason */
    struct change_draft draft;
    struct log_mark *mark; /* kept from job to job for its memory */
    bool marked;           /* changes of this job have ended, `mark` is from before */
    uint64_t
        *changes;    /* by table of the schema: versions written, undone ones too; NULL: none */
    uint64_t undone; /* times that any may have gone */
    uint64_t job;    /* number of this one */
    struct txn_memory memory;
    struct version_cache *cache; /* its thread's; NULL: nothing is kept */
};

/* The table of a kind; kinds not opened with the store end the process. */
const struct table *schema_table(const struct schema *schema, const struct kind *kind);
/* By collection, NULL when there is none. */
const struct table *schema_find(const struct schema *schema, const char *collection);

/* Opens the job's savepoint, if it has one, at its first write; false when that fails. */
bool txn_before_write(struct txn *txn);
/* Gives the job's change its seq, unless it has one. */
void txn_start_change(struct txn *txn);

/* A read transaction's snapshot position: reads the head. */
struct status txn_read_head(struct db *db, struct arena *arena, int64_t *out_seq) MUST_CHECK;

/* Runs `expire`, whose parameter is now, and tells what `count` then counts: for tables of requests that
 * wait for a time. */
struct status txn_expire(struct txn *txn, const char *expire, const char *count, int64_t now_us,
                         int64_t *out_rows) MUST_CHECK;

/* Counts a version of `kind` that is written, and versions of any kind that may be gone. */
void txn_note_change(struct txn *txn, const struct kind *kind);
void txn_note_undone(struct txn *txn);
/* Values have gone from versions of any kind, by the change just finished. */
void txn_note_erased(struct txn *txn);

/* In *out_generation what a version of `kind` is kept under, an equal number later telling that
 * it still holds; false when a version read now is not to be kept: a change of the kind is on its
 * way that this snapshot may not show. */
bool txn_kept_generation(const struct txn *txn, const struct kind *kind,
                         uint64_t *out_generation);

/* One write job inside the batch: begin before run; then end, which writes the change record if
 * there is one, or abandon, which undoes what the job wrote. False when that failed, as it does
 * for an unprotected job that wrote: the batch is lost. */
void txn_begin_job(struct txn *txn, struct arena *arena);
void txn_begin_unprotected_job(struct txn *txn, struct arena *arena);
struct status txn_end_job(struct txn *txn) MUST_CHECK;
bool txn_abandon_job(struct txn *txn);
/* Frees what a job's drafts kept. */
void txn_release(struct txn *txn);

#endif
