/* The write-ahead log that is written in large pieces: what reaches the disk, in which order, and what others see.
 * Below it lies a disk that notes what is asked of the log, and can refuse a write. */
#include "store/wal_file.h"

#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

/* ---- the disk ---- */

static struct {
    sqlite3_vfs shim, *real;
    sqlite3_io_methods methods;
    int (*write)(sqlite3_file *, const void *, int, sqlite3_int64);
    int (*sync)(sqlite3_file *, int);
    int writes, largest, syncs, refuse; /* refuse: the writes until one fails; 0: none does */
    bool header_unsynced, wrote_before_sync;
} disk;

static int note_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    disk.writes++;
    if (size > disk.largest) disk.largest = size;
    if (disk.header_unsynced) disk.wrote_before_sync = true;
    if (offset == 0) disk.header_unsynced = true;
    if (disk.refuse > 0 && --disk.refuse == 0) return SQLITE_FULL;
    return disk.write(file, bytes, size, offset);
}

static int note_sync(sqlite3_file *file, int flags)
{
    disk.syncs++;
    disk.header_unsynced = false;
    return disk.sync(file, flags);
}

static int open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *out_flags)
{
    int code = disk.real->xOpen(disk.real, name, file, flags, out_flags);
    (void)vfs;
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_WAL)) return code;
    disk.methods = *file->pMethods;
    disk.write = disk.methods.xWrite;
    disk.sync = disk.methods.xSync;
    disk.methods.xWrite = note_write;
    disk.methods.xSync = note_sync;
    file->pMethods = &disk.methods;
    return code;
}

static int register_disk(void **state)
{
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    disk.shim = *disk.real;
    disk.shim.zName = "noting";
    disk.shim.xOpen = open_file;
    return sqlite3_vfs_register(&disk.shim, 1) != SQLITE_OK || !wal_file_vfs();
}

/* ---- a database with one who writes and one who reads ---- */

struct fixture {
    char dir[TEMP_DIR_BYTES], path[TEMP_DIR_BYTES + 16];
    sqlite3 *writer, *reader;
};

static void run(sqlite3 *db, const char *sql)
{
    char *error = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
}

static sqlite3_int64 ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    sqlite3_int64 value = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
    return value;
}

static void forget(void)
{
    disk.writes = disk.largest = disk.syncs = disk.refuse = 0;
    disk.wrote_before_sync = disk.header_unsynced = false;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f || !temp_dir_make("/tmp", "wal-file", f->dir)) return 1;
    snprintf(f->path, sizeof f->path, "%s/a.db", f->dir);
    *state = f;
    forget();
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    if (sqlite3_open_v2(f->path, &f->writer, flags, wal_file_vfs()) != SQLITE_OK) return 1;
    run(f->writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                   "PRAGMA wal_autocheckpoint = 0;"
                   "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT)");
    return sqlite3_open_v2(f->path, &f->reader, SQLITE_OPEN_READONLY, disk.real->zName);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sqlite3_close(f->reader);
    sqlite3_close(f->writer);
    temp_dir_remove(f->dir);
    free(f);
    return 0;
}

/* About `count` / 4 pages. */
static void add_rows(sqlite3 *db, int count)
{
    char sql[240];
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)\n"
             "INSERT INTO t (text) SELECT hex(zeroblob(450)) || i FROM n",
             count);
    run(db, sql);
}

static void assert_sound(struct fixture *f, sqlite3_int64 rows)
{
    assert_int_equal(ask(f->reader, "SELECT count(*) FROM t"), rows);
    assert_int_equal(ask(f->reader, "SELECT count(*) FROM pragma_integrity_check\n"
                                    "WHERE integrity_check <> 'ok'"),
                     0);
}

/* ---- tests ---- */

static void a_commit_is_a_few_writes(void **state)
{
    struct fixture *f = *state;
    for (int i = 1; i <= 5; i++) {
        forget();
        run(f->writer, "BEGIN");
        add_rows(f->writer, 400);
        assert_int_equal(disk.writes, 0);
        run(f->writer, "COMMIT");
        /* A hundred frames: four pieces, and the header and page that commit. */
        assert_in_range(disk.writes, 3, 8);
        assert_in_range(disk.largest, 100000, 131071);
        assert_sound(f, 400 * i);
    }
}

static void the_next_process_finds_it(void **state)
{
    struct fixture *f = *state;
    add_rows(f->writer, 1000);
    char copy[sizeof f->path + 8], command[5 * sizeof f->path];
    snprintf(copy, sizeof copy, "%s/b.db", f->dir);
    snprintf(command, sizeof command, "cp %s %s && cp %s-wal %s-wal", f->path, copy, f->path,
             copy);
    assert_int_equal(system(command), 0);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(copy, &db), SQLITE_OK);
    assert_int_equal(ask(db, "SELECT count(*) FROM t"), 1000);
    sqlite3_close(db);
}

/* A small cache: pages go to the log before the COMMIT, are read back from it and written again. */
static void what_is_written_early_is_found_again(void **state)
{
    struct fixture *f = *state;
    run(f->writer, "PRAGMA cache_size = 10; BEGIN");
    add_rows(f->writer, 1000);
    run(f->writer, "UPDATE t SET text = text || 'x' WHERE id % 7 = 0; SAVEPOINT s");
    run(f->writer, "UPDATE t SET text = 'lost'; ROLLBACK TO s");
    assert_int_equal(ask(f->writer, "SELECT count(*) FROM t WHERE text LIKE '%x'"), 142);
    assert_int_equal(ask(f->reader, "SELECT count(*) FROM t"), 0);
    run(f->writer, "COMMIT");
    assert_sound(f, 1000);
    assert_int_equal(ask(f->reader, "SELECT count(*) FROM t WHERE text LIKE '%x'"), 142);
    run(f->writer, "BEGIN; DELETE FROM t WHERE id > 500; ROLLBACK");
    add_rows(f->writer, 3);
    assert_sound(f, 1003);
}

static void a_refused_write_is_a_refused_commit(void **state)
{
    struct fixture *f = *state;
    add_rows(f->writer, 10);
    for (int at = 1; at <= 5; at++) {
        run(f->writer, "BEGIN");
        add_rows(f->writer, 400);
        disk.refuse = at;
        assert_int_equal(sqlite3_exec(f->writer, "COMMIT", NULL, NULL, NULL), SQLITE_FULL);
        assert_int_equal(disk.refuse, 0);
        if (!sqlite3_get_autocommit(f->writer)) run(f->writer, "ROLLBACK");
        assert_sound(f, 10);
    }
    add_rows(f->writer, 5);
    assert_sound(f, 15);
}

/* SQLite's order: the log's new header is on disk before any frame that counts under it. */
static void the_header_is_synced_before_frames(void **state)
{
    struct fixture *f = *state;
    for (int i = 1; i <= 3; i++) {
        add_rows(f->writer, 300);
        run(f->writer, "PRAGMA wal_checkpoint(RESTART)");
        forget();
        add_rows(f->writer, 300);
        assert_true(disk.syncs >= 2);
        assert_false(disk.wrote_before_sync);
        assert_sound(f, 600 * i);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_commit_is_a_few_writes),
        TEST(the_next_process_finds_it),
        TEST(what_is_written_early_is_found_again),
        TEST(a_refused_write_is_a_refused_commit),
        TEST(the_header_is_synced_before_frames),
    };
    return cmocka_run_group_tests(tests, register_disk, NULL);
}
