/* Writing the change log: the writer thread's view of the head, and one change record at a time.
 *
 * Entry bytes, version 1. Integers are big-endian; str8/str16/str32 are a length of that many bits
 * and the bytes. The stored bytes are the leaf; nothing is ever serialised again from columns.
 *
 *   u8      1, the version
 *   16      register id (UUID bytes)
 *   u32     epoch
 *   u64     seq
 *   u64     time, microseconds since 1970 UTC
 *   32      who: SHA-256("provost/v1/actor" || salt || str16 principal || str16 on_behalf_of)
 *   str8    auth_method      str16   service (declared)
 *   str8    method           str8    request_id       str8   trace_id
 *   32      why: SHA-256("provost/v1/reason" || salt || reason); zeros without a reason
 *   u32     number of items
 *   32      SHA-256 of the items bytes
 *
 * Items bytes, one after another:
 *
 *   u8      operation: 1 create, 2 update, 3 delete, 4 redact
 *   str16   resource name; of a redaction also "changes/SEQ"
 *   u64     previous_seq: from_seq of the version it replaced or closed, 0 for none; of a redaction
 *           the change that had brought in what was erased
 *   u16     number of fields; per field in the order of the .proto:
 *     u32   field number
 *     32    SHA-256("provost/v1/field" || salt || field number u32 || value as text)
 *           where salt = SHA-256("provost/v1/salt" || seed of the version || field number u32)
 *
 * Of a redaction the 32 bytes of a field are not about its value but about who asked for it:
 * SHA-256("provost/v1/requester" || salt || principal); who approved it made the change. Its fields
 * are those of the resource's kind, or of "changes/SEQ" those of provost.v1.Change: "reason" (9), or
 * "principal" (3), which stands for both names.
 *
 * Salts are 32 random bytes; values are guessable, so without salts the hashes would give them
 * away. Erasing a value and its salt leaves every hash, and so every proof, as it was (DESIGN.md
 * section 7). The seed of a version gives the salts of all its fields: when one value is erased the
 * seed becomes NULL, and the salts of the other fields move to the table version_salt. A value's
 * text is that of common/field_text.h, empty for a field that was cleared.
 *
 * A restored register begins a new epoch (epoch.h): seq goes on, the tree begins anew, and the
 * first entry of the epoch has no items; its reason names the last checkpoint known of the log
 * before. Every entry says which epoch it was made in.
 */
#ifndef STORE_LOG_WRITE_H
#define STORE_LOG_WRITE_H

#include "common/buf.h"
#include "common/sha256.h"
#include "store/answers.h"
#include "store/commit.h"
#include "store/db.h"
#include "store/tiles.h"
#include "store/tree.h"
#include "store/txn.h"

enum { SHAPE_SLOTS = 1024, ACTOR_SLOTS = 1024 };

/* Where the log stands: the one row of log_head. */
struct log_head {
    char register_id[37];
    uint8_t register_uuid[16];
    uint32_t epoch;
    int64_t epoch_first_seq; /* seq of leaf 0 */
    int64_t seq;
    int64_t time_us;
    struct tree tree;
};

/* One item of a draft, in the order it was done. */
struct draft_item {
    int64_t shape;
    char *id; /* owned */
    int64_t previous_seq;
};

/* The change a write job is making; kept from job to job for its memory. */
struct change_draft {
    int64_t seq; /* 0: nothing changed yet */
    int64_t time_us;
    struct buf items;
    bool key_added; /* a log key was recorded */
    struct draft_item *rows;
    size_t count, room;
};

struct log_writer {
    struct db *db;
    struct log_head head;
    struct tiles tiles; /* of head.tree */
    struct sha256 *hasher;
    struct answers *answers; /* owned; of the same batches */
    unsigned bench_without;  /* store/bench.h */
    bool key_added;          /* a job of the present batch recorded a log key */
    bool access_changed;     /* one changed who may do what */
    bool torn;      /* head and tiles may be ahead of the database: only log_load mends it */
    bool learned;   /* cached ids were made by the present job */
    bool scrub_due; /* erased bytes may still stand in the files (writer.c) */
    uint64_t scrub_not_before_us;
    struct {
        int64_t id; /* 0: free */
        uint64_t key;
        char *text;
    } shapes[SHAPE_SLOTS];
    struct {
        int64_t id;
        uint64_t key;
        char *text;
        uint8_t commitment[SHA256_BYTES];
    } actors[ACTOR_SLOTS];
    uint8_t random[4096];
    size_t random_left;
};

/* Reads the head, or makes it in a new register. DATA_LOSS when the root is not the frontier's. */
struct status log_head_load(struct db *db, struct sha256 *hasher, struct arena *arena,
                            struct log_head *out_head) MUST_CHECK;
struct status log_head_create(struct db *db, struct sha256 *hasher,
                              struct arena *arena) MUST_CHECK;

/* Fills `size` bytes from the operating system's generator. */
void log_random(struct log_writer *log, uint8_t *out_bytes, size_t size);

void draft_init(struct change_draft *draft);
void draft_clear(struct change_draft *draft);
void draft_release(struct change_draft *draft);

/* Gives the draft its seq and time, unless it has them. */
void log_start(struct log_writer *log, struct change_draft *draft);

/* What happened to one resource. `seed` is the new version's (NULL for a delete); of a redaction the
 * salt of the requester's name. */
struct log_item {
    const struct kind *kind;
    const char *id;
    enum change_op op;
    int64_t previous_seq;
    const ProtobufCMessage *body; /* after; NULL for a delete and a redaction */
    const bool *changed;          /* one per field of the kind; NULL for a delete */
    const uint8_t *seed;
    const char *requester; /* of a redaction */
};
struct status log_add_item(struct log_writer *log, struct change_draft *draft,
                           const struct log_item *item, struct arena *arena) MUST_CHECK;

/* Writes the change and its items, and takes the leaf into the tree. */
struct status log_finish(struct log_writer *log, struct change_draft *draft,
                         const struct change_by *by, struct arena *arena) MUST_CHECK;

/* Reads head and tiles; inside a write transaction, since missing tiles are made. */
struct status log_load(struct log_writer *log, struct arena *arena) MUST_CHECK;

/* Writes the head row. */
bool log_store_head(struct log_writer *log);

/* Forgets cached ids: after a job or batch that made some was undone. */
void log_forget(struct log_writer *log);

#endif
