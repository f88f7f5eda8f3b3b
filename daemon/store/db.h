/* One database connection: the only file that calls SQLite, but for what lies under it (page_cache.h, wal_file.h).
 *
 * The interface is kept to what SQLite 3.40 and PostgreSQL 15 share: statements with parameters
 * $1..$n that first appear in order, rows, transactions, savepoints. A connection and its
 * statements belong to one thread at a time.
 *
 * Failing functions return false and leave code and text with the connection; db_status makes a
 * status of them. Every statement is reset by db_done or by the step that ends or fails.
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "common/arena.h"
#include "common/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct stmt;

enum db_mode {
    DB_WRITER,   /* creates the file when missing; does all writes */
    DB_BACKFILL, /* checkpoints beside the writer (backfill.h) and does nothing else */
    DB_READER,   /* read-only, never checkpoints */
    DB_COPY,     /* makes a backup's file: unsynced until db_copy_seal, used by nobody else */
};

/* What kind of failure the connection last had. */
enum db_failure {
    DB_FINE,
    DB_FULL,  /* no room: nothing was written, may be tried again later */
    DB_BUSY,  /* somebody else holds the file's lock: nothing was written, try again */
    DB_IO,    /* an I/O error: what is on disk is unknown until the next start */
    DB_OTHER, /* anything else: a defect or a damaged file */
};

/* Opens `path` with the policy pragmas (synchronous=FULL, WAL, no mmap, defensive ...). */
struct status db_open(const char *path, enum db_mode mode, struct arena *arena,
                      struct db **out_db) MUST_CHECK;

/* Closes; NULL allowed. */
void db_close(struct db *db);

enum db_failure db_failure(const struct db *db);
/* Text of the last failure; lives until the next one. */
const char *db_error(const struct db *db);
/* The failure as a status, text copied to the arena. */
struct status db_status(const struct db *db, struct arena *arena);
/* The status of what an I/O error has left undone or unknown. */
struct status db_lost(struct arena *arena);

/* Runs statements without parameters or rows. */
bool db_exec(struct db *db, const char *sql);

/* The prepared form of `sql`, kept by the connection. Identity is the address: `sql` must stay
 * where it is and as it is as long as the connection lives. NULL on failure. */
struct stmt *db_statement(struct db *db, const char *sql);

/* Parameters, from 1. Texts and bytes must stay until the statement is done. */
void stmt_bind_int(struct stmt *stmt, int at, int64_t value);
void stmt_bind_text(struct stmt *stmt, int at, const char *text);
void stmt_bind_blob(struct stmt *stmt, int at, const void *bytes, size_t size);
void stmt_bind_null(struct stmt *stmt, int at);

enum step { STEP_ROW, STEP_DONE, STEP_FAILED };
/* The next row. After DONE or FAILED the statement is reset. */
enum step stmt_step(struct stmt *stmt);
/* For statements that give no rows: true when done. */
bool stmt_run(struct stmt *stmt);
/* Gives up the remaining rows. */
void stmt_done(struct stmt *stmt);

/* Columns of the present row, from 0. Texts and bytes live until the next step. */
int64_t stmt_int(struct stmt *stmt, int column);
const char *stmt_text(struct stmt *stmt, int column); /* "" for NULL */
/* The same, but NULL for NULL. */
const char *stmt_text_or_null(struct stmt *stmt, int column);
const void *stmt_blob(struct stmt *stmt, int column, size_t *out_size);
bool stmt_is_null(struct stmt *stmt, int column);
enum column_type { COLUMN_NULL, COLUMN_INT, COLUMN_TEXT, COLUMN_BLOB };
enum column_type stmt_type(struct stmt *stmt, int column);
int stmt_columns(struct stmt *stmt);
const char *stmt_column_name(struct stmt *stmt, int column);
/* Copies into the arena; "" is shared and static. */
char *stmt_text_dup(struct stmt *stmt, int column, struct arena *arena);
void *stmt_blob_dup(struct stmt *stmt, int column, struct arena *arena, size_t *out_size);

/* From here on a COMMIT leaves the flush of the log to db_flush_log. False on failure. */
bool db_flush_apart(struct db *db);
/* Flushes what is committed to the disk; true also when nothing was. Any one thread at a time, while
 * another uses the connection; a failure is not kept with it. */
bool db_flush_log(struct db *db);
/* Commits of this connection that changed something. */
uint64_t db_commits(const struct db *db);
/* Pages in the write-ahead log after this connection's last commit. */
int64_t db_wal_pages(const struct db *db);
/* Copies committed pages into the database file as far as readers allow; never waits. With
 * `truncate` waits for readers and empties the log. */
bool db_checkpoint(struct db *db, bool truncate);
/* Flushes the database file: a checkpoint does that itself only when it has copied the whole log. */
bool db_flush_file(struct db *db);
/* Gives the memory of cached pages back to the system: what is at rest should not hold it. */
void db_release_memory(struct db *db);
/* Writes the whole file anew, so that nothing is left of what was deleted or overwritten. Takes the
 * time and the room of a copy; readers go on. Not in a transaction. `beats` grows while it works. */
bool db_vacuum(struct db *db, _Atomic uint64_t *beats);
/* Size of the database file in bytes. */
int64_t db_file_bytes(struct db *db);
/* True while a transaction is open: an error may have rolled it back. */
bool db_in_transaction(const struct db *db);
/* Number of statements with rows still open; must be 0 at the end of a transaction. */
int db_open_statements(const struct db *db);

/* ---- copying a database while it is written to ---- */

/* A copy under way: pages go from one connection to the other in steps. What `from` itself commits
 * between the steps goes into the copy too, so that it holds the newest commit at its end; other
 * connections must not write. Failures are kept with `to`. */
struct db_copy;

/* NULL on failure. */
struct db_copy *db_copy_start(struct db *from, struct db *to);
/* Copies up to `pages` pages: ROW while there are more, DONE with the last. Not while `from` is in
 * a transaction. */
enum step db_copy_step(struct db_copy *copy, int pages);
/* Ends it, done or not; NULL allowed. */
void db_copy_end(struct db_copy *copy);
/* Makes the finished copy one plain file without a log beside it. Syncing is the caller's. */
bool db_copy_seal(struct db *to);

#endif
