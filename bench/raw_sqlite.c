/* The ceiling of the store: SQLite alone doing the unit of a submission, in groups. The unit is an upsert
 * of one of many figures, a row of the log, a counter and a SHA-256; synchronous=FULL, WAL, as the
 * daemon's writer has it.
 *
 *   raw_sqlite FILE GROUP SECONDS [FIGURES_A_UNIT [FIGURES]]
 *
 * Prints one JSON object.
 */
#include "common/arena.h"
#include "common/sha256.h"

#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRANSACTIONS_MAX = 1 << 22 };

struct raw {
    sqlite3 *db;
    struct sha256 *hasher;
    sqlite3_stmt *begin, *commit, *upsert, *log, *counter;
    unsigned group, figures_a_unit;
    uint64_t figures, random, seq;
    uint32_t *transactions_us;
    size_t transaction_count;
};

static void check(struct raw *raw, int code)
{
    if (code == SQLITE_OK || code == SQLITE_DONE || code == SQLITE_ROW) return;
    fprintf(stderr, "raw_sqlite: %s\n", sqlite3_errmsg(raw->db));
    exit(1);
}

static uint64_t random_below(struct raw *raw, uint64_t below)
{
    raw->random ^= raw->random >> 12;
    raw->random ^= raw->random << 25;
    raw->random ^= raw->random >> 27;
    return (raw->random * UINT64_C(2685821657736338717) >> 11) % below;
}

static sqlite3_stmt *prepare(struct raw *raw, const char *sql)
{
    sqlite3_stmt *stmt;
    check(raw, sqlite3_prepare_v3(raw->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL));
    return stmt;
}

static void open_database(struct raw *raw, const char *path)
{
    static const char schema[] =
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
        "PRAGMA wal_autocheckpoint = 10000;"
        "CREATE TABLE IF NOT EXISTS figure (id INTEGER PRIMARY KEY, value TEXT, note TEXT,"
        " seq INTEGER);"
        "CREATE TABLE IF NOT EXISTS log (seq INTEGER PRIMARY KEY, time INTEGER, who TEXT,"
        " figure INTEGER, before TEXT, after TEXT, hash BLOB);"
        "CREATE TABLE IF NOT EXISTS counter (one INTEGER PRIMARY KEY, seq INTEGER);"
        "INSERT OR IGNORE INTO counter VALUES (1, 0);";
    check(raw, sqlite3_open_v2(path, &raw->db,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                               NULL));
    check(raw, sqlite3_exec(raw->db, schema, NULL, NULL, NULL));
    raw->begin = prepare(raw, "BEGIN IMMEDIATE");
    raw->commit = prepare(raw, "COMMIT");
    raw->upsert = prepare(raw, "INSERT INTO figure VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO"
                               " UPDATE SET value = ?2, note = ?3, seq = ?4");
    raw->log = prepare(raw, "INSERT INTO log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
    raw->counter = prepare(raw, "UPDATE counter SET seq = ?1");
    sqlite3_stmt *last = prepare(raw, "SELECT seq FROM counter");
    check(raw, sqlite3_step(last));
    raw->seq = (uint64_t)sqlite3_column_int64(last, 0);
    sqlite3_finalize(last);
}

static void step(struct raw *raw, sqlite3_stmt *stmt)
{
    check(raw, sqlite3_step(stmt));
    check(raw, sqlite3_reset(stmt));
}

static uint64_t upsert(struct raw *raw, char *out_value, size_t room)
{
    uint64_t id = random_below(raw, raw->figures);
    snprintf(out_value, room, "%llu.%02llu", (unsigned long long)random_below(raw, 10000),
             (unsigned long long)random_below(raw, 100));
    sqlite3_bind_int64(raw->upsert, 1, (sqlite3_int64)id);
    sqlite3_bind_text(raw->upsert, 2, out_value, -1, SQLITE_STATIC);
    sqlite3_bind_text(raw->upsert, 3, "two late answers were counted", -1, SQLITE_STATIC);
    sqlite3_bind_int64(raw->upsert, 4, (sqlite3_int64)raw->seq);
    step(raw, raw->upsert);
    return id;
}

static void run_unit(struct raw *raw)
{
    char value[32];
    uint8_t hash[SHA256_BYTES];
    struct timespec now;
    uint64_t id = 0;
    raw->seq++;
    for (unsigned i = 0; i < raw->figures_a_unit; i++)
        id = upsert(raw, value, sizeof value);
    clock_gettime(CLOCK_REALTIME, &now);
    sha256_begin(raw->hasher);
    sha256_add(raw->hasher, value, strlen(value));
    sha256_end(raw->hasher, hash);
    sqlite3_bind_int64(raw->log, 1, (sqlite3_int64)raw->seq);
    sqlite3_bind_int64(raw->log, 2, now.tv_sec * 1000000 + now.tv_nsec / 1000);
    sqlite3_bind_text(raw->log, 3, "department-of-roads", -1, SQLITE_STATIC);
    sqlite3_bind_int64(raw->log, 4, (sqlite3_int64)id);
    sqlite3_bind_text(raw->log, 5, "17.20", -1, SQLITE_STATIC);
    sqlite3_bind_text(raw->log, 6, value, -1, SQLITE_STATIC);
    sqlite3_bind_blob(raw->log, 7, hash, sizeof hash, SQLITE_STATIC);
    step(raw, raw->log);
    sqlite3_bind_int64(raw->counter, 1, (sqlite3_int64)raw->seq);
    step(raw, raw->counter);
}

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double run(struct raw *raw, double seconds)
{
    double start = clock_seconds(), now = start;
    while (now - start < seconds && raw->transaction_count < TRANSACTIONS_MAX) {
        double before = now;
        step(raw, raw->begin);
        for (unsigned i = 0; i < raw->group; i++)
            run_unit(raw);
        step(raw, raw->commit);
        now = clock_seconds();
        raw->transactions_us[raw->transaction_count++] = (uint32_t)((now - before) * 1e6);
    }
    return now - start;
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void report(struct raw *raw, double seconds)
{
    size_t count = raw->transaction_count;
    qsort(raw->transactions_us, count, sizeof *raw->transactions_us, compare);
    json_t *answer =
        json_pack("{s:s, s:i, s:i, s:f, s:f, s:I, s:I}", "work", "raw-sqlite", "group",
                  (int)raw->group, "figures_a_unit", (int)raw->figures_a_unit, "seconds",
                  seconds, "rate", (double)count * raw->group / seconds, "p50_us",
                  (json_int_t)raw->transactions_us[count / 2], "p99_us",
                  (json_int_t)raw->transactions_us[count * 99 / 100]);
    if (!answer) abort();
    json_dumpf(answer, stdout, JSON_REAL_PRECISION(6));
    putchar('\n');
    json_decref(answer);
}

int main(int argc, char **argv)
{
    struct raw raw = {.random = 88172645463325252ULL, .figures_a_unit = 1, .figures = 120000};
    if (argc < 4 || argc > 6) {
        fprintf(stderr, "usage: raw_sqlite FILE GROUP SECONDS [FIGURES_A_UNIT [FIGURES]]\n");
        return 2;
    }
    raw.group = (unsigned)strtoul(argv[2], NULL, 10);
    if (argc > 4) raw.figures_a_unit = (unsigned)strtoul(argv[4], NULL, 10);
    if (argc > 5) raw.figures = strtoull(argv[5], NULL, 10);
    raw.transactions_us = xcalloc(TRANSACTIONS_MAX, sizeof *raw.transactions_us);
    raw.hasher = sha256_new();
    open_database(&raw, argv[1]);
    report(&raw, run(&raw, strtod(argv[3], NULL)));
    return 0;
}
