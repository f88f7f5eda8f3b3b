#include "store/db.h"

#include "common/reasons.h"
#include "store/page_cache.h"
#include "store/wal_file.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Policy, all in one place. FULL: a commit is on disk when it returns, until db_flush_apart. No
 * mmap: an I/O error must be an error, not a signal. Checkpoints are made between batches (writer.c) and
 * beside them (backfill.c). References between tables are checked in backups and on demand (copy_check.c): to
 * look for the row again from which an id was just taken was a twentieth of each write. */
static const char pragmas_all[] = "PRAGMA mmap_size = 0;"
                                  "PRAGMA foreign_keys = OFF;"
                                  "PRAGMA trusted_schema = OFF;"
                                  "PRAGMA temp_store = MEMORY;"
                                  "PRAGMA cell_size_check = ON;";
static const char pragmas_writer[] = "PRAGMA journal_mode = WAL;"
                                     "PRAGMA synchronous = FULL;"
                                     "PRAGMA cache_size = -32768;"
                                     "PRAGMA wal_autocheckpoint = 0;"
                                     "PRAGMA journal_size_limit = 201326592;"
                                     "PRAGMA secure_delete = ON;";
static const char pragmas_backfill[] = "PRAGMA journal_mode = WAL;" /* opens the log */
                                       "PRAGMA synchronous = FULL;"
                                       "PRAGMA wal_autocheckpoint = 0;";
/* Nobody reads a copy before it is finished, synced and renamed (backup.c). */
static const char pragmas_copy[] = "PRAGMA journal_mode = MEMORY;"
                                   "PRAGMA synchronous = OFF;"
                                   "PRAGMA cache_size = -8192;";
static const char pragmas_reader[] = "PRAGMA query_only = ON;"
                                     "PRAGMA cache_size = -24576;";

enum {
    STATEMENT_SLOTS = 1024,
    BUSY_MS = 2000,
    LOOKASIDE_BYTES = 2048, /* a cursor of our widest tables fits */
    LOOKASIDE_SLOTS = 64,
};

struct stmt {
    sqlite3_stmt *handle;
    struct db *db;
    const char *sql; /* identity */
    bool busy;       /* has rows open */
};

struct db {
    sqlite3 *handle;
    struct stmt slots[STATEMENT_SLOTS]; /* open addressing by address of the SQL text */
    int statements;
    int busy_statements;
    int64_t wal_pages;
    uint64_t commits;
    sqlite3_file *log; /* the WAL, once something was committed */
    enum db_failure failure;
    char error[256];
};

static enum db_failure failure_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return DB_FULL;
    case SQLITE_IOERR:
        return DB_IO;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return DB_BUSY;
    default:
        return DB_OTHER;
    }
}

static const char *pragmas_of(enum db_mode mode)
{
    switch (mode) {
    case DB_WRITER:
        return pragmas_writer;
    case DB_BACKFILL:
        return pragmas_backfill;
    case DB_READER:
        return pragmas_reader;
    case DB_COPY:
        return pragmas_copy;
    }
    abort();
}

/* Keeps code and text where they arose: a later call would overwrite SQLite's own. */
static void keep_failure(struct db *db)
{
    db->failure = failure_of(sqlite3_extended_errcode(db->handle));
    sqlite3_snprintf(sizeof db->error, db->error, "%s (SQLite code %d)",
                     sqlite3_errmsg(db->handle), sqlite3_extended_errcode(db->handle));
}

static void keep_code(struct db *db, int code)
{
    db->failure = failure_of(code);
    sqlite3_snprintf(sizeof db->error, db->error, "%s (SQLite code %d)", sqlite3_errstr(code),
                     code);
}

static int on_wal(void *data, sqlite3 *handle, const char *name, int pages)
{
    struct db *db = data;
    db->wal_pages = pages;
    db->commits++;
    if (!db->log)
        (void)sqlite3_file_control(handle, name, SQLITE_FCNTL_JOURNAL_POINTER, &db->log);
    return SQLITE_OK;
}

static void set_limits(sqlite3 *handle)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 64 << 20},    {SQLITE_LIMIT_SQL_LENGTH, 100000},
        {SQLITE_LIMIT_COLUMN, 100},         {SQLITE_LIMIT_EXPR_DEPTH, 20},
        {SQLITE_LIMIT_COMPOUND_SELECT, 10}, {SQLITE_LIMIT_ATTACHED, 0},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 10},   {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(handle, limits[i].id, limits[i].value);
}

static void set_guards(sqlite3 *handle, enum db_mode mode)
{
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    if (mode == DB_READER || mode == DB_BACKFILL)
        sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}

/* Counting its own memory costs SQLite a mutex in every allocation, and nobody reads the count. */
static void configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    page_cache_install();
}

/* For who cannot open a file. */
static const char *advice(const struct db *db)
{
    return db->failure == DB_OTHER ? "; if it is damaged, restore a backup (provostd --restore)"
                                   : "";
}

struct status db_open(const char *path, enum db_mode mode, struct arena *arena,
                      struct db **out_db)
{
    int flags =
        mode == DB_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct db *db = xcalloc(1, sizeof *db);
    (void)pthread_once(&once, configure);
    int code = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX,
                               mode == DB_WRITER ? wal_file_vfs() : NULL);
    bool fine = code == SQLITE_OK;
    if (fine) {
        sqlite3_extended_result_codes(db->handle, 1);
        sqlite3_busy_timeout(db->handle, BUSY_MS);
        sqlite3_db_config(db->handle, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_BYTES,
                          LOOKASIDE_SLOTS);
        set_limits(db->handle);
        set_guards(db->handle, mode);
        fine = db_exec(db, pragmas_all) && db_exec(db, pragmas_of(mode));
        /* After the pragmas: wal_autocheckpoint works through the same hook and clears it. */
        sqlite3_wal_hook(db->handle, on_wal, db);
    } else {
        keep_failure(db);
    }
    if (fine) {
        *out_db = db;
        return status_ok();
    }
    struct status st = status_error(arena, GRPC_INTERNAL, REASON_STORE_FAILED, NULL,
                                    "cannot open %s: %s%s", path, db->error, advice(db));
    db_close(db);
    return st;
}

void db_close(struct db *db)
{
    if (!db) return;
    for (int i = 0; i < STATEMENT_SLOTS; i++)
        sqlite3_finalize(db->slots[i].handle);
    sqlite3_close(db->handle);
    free(db);
}

enum db_failure db_failure(const struct db *db)
{
    return db->failure;
}

const char *db_error(const struct db *db)
{
    return db->error;
}

struct status db_lost(struct arena *arena)
{
    return status_error(arena, GRPC_UNAVAILABLE, REASON_STORE_FAILED, NULL,
                        "the register's disk failed; the daemon stops and recovers. Send the "
                        "request again with the same request_id");
}

struct status db_status(const struct db *db, struct arena *arena)
{
    switch (db->failure) {
    case DB_FULL:
        return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_DISK_FULL, NULL,
                            "the register's disk is full; nothing was written. Reads go on; "
                            "try again when the administrator has made room");
    case DB_IO:
        return db_lost(arena);
    case DB_BUSY:
        return status_error(
            arena, GRPC_UNAVAILABLE, REASON_STORE_BUSY, NULL,
            "another program holds the register's database: nothing was written, "
            "try again; never open the live file with other tools");
    case DB_FINE:
    case DB_OTHER:
        break;
    }
    return status_error(arena, GRPC_INTERNAL, REASON_STORE_FAILED, NULL,
                        "the register's database refused: %s", db->error);
}

bool db_exec(struct db *db, const char *sql)
{
    if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK) return true;
    keep_failure(db);
    return false;
}

static struct stmt *find_slot(struct db *db, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) * 11400714819323198485ull >> 54;
    while (db->slots[at].sql && db->slots[at].sql != sql)
        at = (at + 1) % STATEMENT_SLOTS;
    return &db->slots[at];
}

struct stmt *db_statement(struct db *db, const char *sql)
{
    struct stmt *stmt = find_slot(db, sql);
    if (stmt->sql) return stmt;
    assert(db->statements < STATEMENT_SLOTS / 2);
    if (sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt->handle,
                           NULL) != SQLITE_OK) {
        keep_failure(db);
        return NULL;
    }
    stmt->sql = sql;
    stmt->db = db;
    db->statements++;
    return stmt;
}

/* A bind can only fail for want of memory or by a wrong index: both are defects here. */
static void check_bind(int code)
{
    if (code != SQLITE_OK) abort();
}

void stmt_bind_int(struct stmt *stmt, int at, int64_t value)
{
    check_bind(sqlite3_bind_int64(stmt->handle, at, value));
}

void stmt_bind_text(struct stmt *stmt, int at, const char *text)
{
    check_bind(sqlite3_bind_text(stmt->handle, at, text, -1, SQLITE_STATIC));
}

void stmt_bind_blob(struct stmt *stmt, int at, const void *bytes, size_t size)
{
    check_bind(sqlite3_bind_blob64(stmt->handle, at, size ? bytes : "", size, SQLITE_STATIC));
}

void stmt_bind_null(struct stmt *stmt, int at)
{
    check_bind(sqlite3_bind_null(stmt->handle, at));
}

static void set_busy(struct stmt *stmt, bool busy)
{
    if (stmt->busy != busy) stmt->db->busy_statements += busy ? 1 : -1;
    stmt->busy = busy;
}

enum step stmt_step(struct stmt *stmt)
{
    int code = sqlite3_step(stmt->handle);
    if (code == SQLITE_ROW) {
        set_busy(stmt, true);
        return STEP_ROW;
    }
    if (code != SQLITE_DONE) keep_failure(stmt->db);
    stmt_done(stmt);
    return code == SQLITE_DONE ? STEP_DONE : STEP_FAILED;
}

bool stmt_run(struct stmt *stmt)
{
    enum step step = stmt_step(stmt);
    if (step == STEP_ROW) stmt_done(stmt);
    return step != STEP_FAILED;
}

void stmt_done(struct stmt *stmt)
{
    sqlite3_reset(stmt->handle);
    set_busy(stmt, false);
}

int64_t stmt_int(struct stmt *stmt, int column)
{
    return sqlite3_column_int64(stmt->handle, column);
}

const char *stmt_text_or_null(struct stmt *stmt, int column)
{
    return (const char *)sqlite3_column_text(stmt->handle, column);
}

const char *stmt_text(struct stmt *stmt, int column)
{
    const char *text = stmt_text_or_null(stmt, column);
    return text ? text : "";
}

const void *stmt_blob(struct stmt *stmt, int column, size_t *out_size)
{
    const void *bytes = sqlite3_column_blob(stmt->handle, column);
    *out_size = (size_t)sqlite3_column_bytes(stmt->handle, column);
    return bytes ? bytes : "";
}

bool stmt_is_null(struct stmt *stmt, int column)
{
    return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

enum column_type stmt_type(struct stmt *stmt, int column)
{
    switch (sqlite3_column_type(stmt->handle, column)) {
    case SQLITE_NULL:
        return COLUMN_NULL;
    case SQLITE_INTEGER:
        return COLUMN_INT;
    case SQLITE_BLOB:
        return COLUMN_BLOB;
    }
    return COLUMN_TEXT;
}

int stmt_columns(struct stmt *stmt)
{
    return sqlite3_column_count(stmt->handle);
}

const char *stmt_column_name(struct stmt *stmt, int column)
{
    return sqlite3_column_name(stmt->handle, column);
}

char *stmt_text_dup(struct stmt *stmt, int column, struct arena *arena)
{
    return arena_strdup(arena, stmt_text(stmt, column));
}

void *stmt_blob_dup(struct stmt *stmt, int column, struct arena *arena, size_t *out_size)
{
    const void *bytes = stmt_blob(stmt, column, out_size);
    return arena_memdup(arena, bytes, *out_size);
}

bool db_flush_apart(struct db *db)
{
    return db_exec(db, "PRAGMA synchronous = NORMAL");
}

bool db_flush_log(struct db *db)
{
    if (!db->log || !db->log->pMethods) return true;
    return db->log->pMethods->xSync(db->log, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

uint64_t db_commits(const struct db *db)
{
    return db->commits;
}

int64_t db_wal_pages(const struct db *db)
{
    return db->wal_pages;
}

bool db_checkpoint(struct db *db, bool truncate)
{
    int in_log = 0, copied = 0;
    int code = sqlite3_wal_checkpoint_v2(
        db->handle, NULL, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
        &in_log, &copied);
    if (code == SQLITE_OK) {
        /* A log copied in full is begun anew by the next commit. */
        db->wal_pages = in_log > copied ? in_log - copied : 0;
        return true;
    }
    if ((code & 0xff) == SQLITE_BUSY) return true; /* a reader is in the way: next time */
    keep_failure(db);
    return false;
}

bool db_flush_file(struct db *db)
{
    sqlite3_file *file = NULL;
    int code = sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_FILE_POINTER, &file);
    if (code == SQLITE_OK) code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
    if (code == SQLITE_OK) return true;
    keep_code(db, code);
    return false;
}

/* SQLite asks now and then whether to go on. */
static int on_progress(void *data)
{
    _Atomic uint64_t *beats = data;
    atomic_fetch_add(beats, 1);
    return 0;
}

void db_release_memory(struct db *db)
{
    (void)sqlite3_db_release_memory(db->handle);
    (void)malloc_trim(0); /* the pages are single blocks, which free() keeps */
}

bool db_vacuum(struct db *db, _Atomic uint64_t *beats)
{
    enum { STEPS_PER_BEAT = 10000 };
    sqlite3_progress_handler(db->handle, STEPS_PER_BEAT, on_progress, beats);
    /* It attaches its copy as a second database, which may be larger than memory. */
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 1);
    bool fine = db_exec(db, "PRAGMA temp_store = FILE") && db_exec(db, "VACUUM");
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_progress_handler(db->handle, 0, NULL, NULL);
    return sqlite3_exec(db->handle, "PRAGMA temp_store = MEMORY", NULL, NULL, NULL) ==
               SQLITE_OK &&
           fine;
}

int64_t db_file_bytes(struct db *db)
{
    static const char sql[] = "SELECT (SELECT page_count FROM pragma_page_count)\n"
                              "     * (SELECT page_size FROM pragma_page_size)";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt || stmt_step(stmt) != STEP_ROW) return 0;
    int64_t bytes = stmt_int(stmt, 0);
    stmt_done(stmt);
    return bytes;
}

bool db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

int db_open_statements(const struct db *db)
{
    return db->busy_statements;
}

/* ---- copies ---- */

struct db_copy {
    sqlite3_backup *handle;
    struct db *to;
};

struct db_copy *db_copy_start(struct db *from, struct db *to)
{
    struct db_copy *copy = xcalloc(1, sizeof *copy);
    copy->to = to;
    copy->handle = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    if (copy->handle) return copy;
    keep_failure(to);
    free(copy);
    return NULL;
}

enum step db_copy_step(struct db_copy *copy, int pages)
{
    int code = sqlite3_backup_step(copy->handle, pages);
    if (code == SQLITE_OK) return STEP_ROW;
    if (code == SQLITE_DONE) return STEP_DONE;
    keep_code(copy->to, code);
    return STEP_FAILED;
}

void db_copy_end(struct db_copy *copy)
{
    if (!copy) return;
    (void)sqlite3_backup_finish(copy->handle);
    free(copy);
}

bool db_copy_seal(struct db *to)
{
    return db_exec(to, "PRAGMA journal_mode = DELETE");
}
