#include "store/copy_check.h"

#include "common/reasons.h"
#include "store/db.h"
#include "store/txn_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct problems {
    char *lines[TXN_PROBLEMS_MAX];
    size_t count;
};

static struct status find_damage(struct db *db, bool full, struct arena *arena,
                                 struct problems *problems)
{
    static const char quick[] = "PRAGMA quick_check(100)",
                      all[] = "PRAGMA integrity_check(100)";
    struct stmt *stmt = db_statement(db, full ? all : quick);
    if (!stmt) return db_status(db, arena);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW)
        if (problems->count < TXN_PROBLEMS_MAX && strcmp(stmt_text(stmt, 0), "ok") != 0)
            problems->lines[problems->count++] = stmt_text_dup(stmt, 0, arena);
    return step == STEP_FAILED ? db_status(db, arena) : status_ok();
}

/* Rows that refer to one that is not there: nobody looks when they are written (db.c). */
static struct status find_dangling(struct db *db, struct arena *arena,
                                   struct problems *problems)
{
    static const char sql[] = "SELECT \"table\", \"parent\" FROM pragma_foreign_key_check";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    enum step step = STEP_DONE;
    while (problems->count < TXN_PROBLEMS_MAX && (step = stmt_step(stmt)) == STEP_ROW)
        problems->lines[problems->count++] =
            arena_printf(arena, "a row of %s refers to one of %s that is not there",
                         stmt_text(stmt, 0), stmt_text(stmt, 1));
    if (step == STEP_ROW) stmt_done(stmt);
    return step == STEP_FAILED ? db_status(db, arena) : status_ok();
}

static struct status find_problems(struct db *db, bool full, struct arena *arena,
                                   struct problems *problems)
{
    problems->count = 0;
    struct status st = find_damage(db, full, arena, problems);
    return status_is_ok(st) && full ? find_dangling(db, arena, problems) : st;
}

struct status txn_check_integrity(struct txn *txn, bool full, struct arena *arena,
                                  char **out_lines, size_t *out_count)
{
    struct problems problems;
    struct status st = find_problems(txn->db, full, arena, &problems);
    *out_count = problems.count;
    memcpy(out_lines, problems.lines, problems.count * sizeof *out_lines);
    return st;
}

static struct status damaged(struct arena *arena, const char *path, const char *what)
{
    return status_error(arena, GRPC_DATA_LOSS, REASON_STORE_DAMAGED, NULL, "%s is damaged: %s",
                        path, what);
}

static struct status check_pages(struct db *db, const char *path, struct arena *arena)
{
    struct problems problems;
    struct status st = find_problems(db, true, arena, &problems);
    if (status_is_ok(st) && problems.count > 0) st = damaged(arena, path, problems.lines[0]);
    return st;
}

/* Appends the leaves of the epoch's changes, which must follow each other without a gap. */
static struct status read_leaves(struct db *db, struct sha256 *hasher, int64_t first_seq,
                                 struct arena *arena, struct tree *tree)
{
    static const char sql[] = "SELECT seq, entry FROM change WHERE seq >= $1 ORDER BY seq";
    struct stmt *stmt = db_statement(db, sql);
    if (!stmt) return db_status(db, arena);
    stmt_bind_int(stmt, 1, first_seq);
    enum step step;
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        uint8_t leaf[SHA256_BYTES];
        size_t size;
        if (stmt_int(stmt, 0) != first_seq + (int64_t)tree->size) break; /* a gap */
        const void *entry = stmt_blob(stmt, 1, &size);
        tree_hash_leaf(hasher, entry, size, leaf);
        tree_append(tree, hasher, leaf);
    }
    stmt_done(stmt);
    return step == STEP_FAILED ? db_status(db, arena) : status_ok();
}

static struct status check_log(struct db *db, struct sha256 *hasher, const char *path,
                               struct arena *arena, struct copy_facts *facts)
{
    struct log_head head;
    struct tree tree;
    struct status st = log_head_load(db, hasher, arena, &head);
    tree_init(&tree);
    if (status_is_ok(st)) st = read_leaves(db, hasher, head.epoch_first_seq, arena, &tree);
    if (!status_is_ok(st)) return st;
    uint8_t stored[SHA256_BYTES];
    tree_root(&head.tree, hasher, stored);
    tree_root(&tree, hasher, facts->root);
    if (tree.size != head.tree.size || memcmp(stored, facts->root, sizeof stored) != 0)
        return damaged(arena, path, "the tree root recomputed from the log is another one");
    memcpy(facts->register_id, head.register_id, sizeof facts->register_id);
    facts->epoch = head.epoch;
    facts->epoch_first_seq = head.epoch_first_seq;
    facts->seq = head.seq;
    facts->tree_size = tree.size;
    return status_ok();
}

static struct status hash_file(const char *path, struct sha256 *hasher, struct arena *arena,
                               struct copy_facts *facts)
{
    enum { CHUNK = 64 << 10 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : 0;
    if (fd >= 0) {
        struct arena_mark mark = arena_mark(arena);
        uint8_t *chunk = arena_alloc(arena, CHUNK);
        sha256_begin(hasher);
        facts->bytes = 0;
        while ((got = read(fd, chunk, CHUNK)) > 0) {
            sha256_add(hasher, chunk, (size_t)got);
            facts->bytes += got;
        }
        sha256_end(hasher, facts->file_hash);
        arena_rewind(arena, mark);
        close(fd);
    }
    if (got == 0) return status_ok();
    return status_error(arena, GRPC_INTERNAL, REASON_STORE_FAILED, NULL, "cannot read %s: %s",
                        path, strerror(errno));
}

struct status copy_check(const char *path, struct arena *arena, struct copy_facts *out_facts)
{
    struct copy_facts facts = {.epoch = 0};
    struct sha256 *hasher = sha256_new();
    struct db *db = NULL;
    struct status st = hash_file(path, hasher, arena, &facts);
    if (status_is_ok(st)) st = db_open(path, DB_READER, arena, &db);
    if (status_is_ok(st)) st = check_pages(db, path, arena);
    if (status_is_ok(st)) st = check_log(db, hasher, path, arena, &facts);
    db_close(db);
    sha256_free(hasher);
    if (status_is_ok(st)) *out_facts = facts;
    return st;
}
