#include "store/answers.h"

#include "common/arena.h"
#include "store/txn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 65536 }; /* twice the tail, so that a search is short */

static const int64_t kept_us = INT64_C(86400000000) * ANSWERS_KEPT_DAYS;

struct slot {
    int64_t key;
    int64_t number; /* 0: free */
};

struct answers {
    struct db *db;
    struct sha256 *hasher;
    int64_t next;      /* number of the next answer: never one that was used */
    int64_t oldest_us; /* when the oldest was given; INT64_MAX for none */
    bool is_tidied;    /* the present batch moved or removed some */
    size_t count;
    struct slot slots[SLOTS];
};

/* ---- the tail ---- */

/* The principal's end stands between: "a" and "bc" are not "ab" and "c". */
static int64_t key_of(struct answers *answers, const char *principal, const char *request_id)
{
    uint8_t hash[SHA256_BYTES];
    int64_t key;
    sha256_begin(answers->hasher);
    sha256_add(answers->hasher, principal, strlen(principal) + 1);
    sha256_add(answers->hasher, request_id, strlen(request_id));
    sha256_end(answers->hasher, hash);
    memcpy(&key, hash, sizeof key);
    return key;
}

/* Where a key stands, or would. */
static struct slot *find_slot(struct answers *answers, int64_t key)
{
    size_t at = (uint64_t)key % SLOTS;
    while (answers->slots[at].number != 0 && answers->slots[at].key != key)
        at = (at + 1) % SLOTS;
    return &answers->slots[at];
}

static void remember(struct answers *answers, int64_t key, int64_t number)
{
    struct slot *slot = find_slot(answers, key);
    if (slot->number == 0) answers->count++;
    assert(answers->count < SLOTS);
    *slot = (struct slot){key, number};
}

static void forget_all(struct answers *answers)
{
    memset(answers->slots, 0, sizeof answers->slots);
    answers->count = 0;
}

/* ---- from the tail into the index ---- */

static int compare_slots(const void *left, const void *right)
{
    const struct slot *a = left, *b = right;
    return (a->key > b->key) - (a->key < b->key);
}

static bool insert_key(struct answers *answers, const struct slot *slot)
{
    static const char sql[] = "INSERT INTO request_answer_key (key, number) VALUES ($1, $2)\n"
                              "ON CONFLICT (key, number) DO NOTHING";
    struct stmt *stmt = db_statement(answers->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, slot->key);
    stmt_bind_int(stmt, 2, slot->number);
    return stmt_run(stmt);
}

static bool set_mark(struct answers *answers)
{
    static const char sql[] = "UPDATE request_answer_mark SET indexed = $1";
    struct stmt *stmt = db_statement(answers->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, answers->next - 1);
    return stmt_run(stmt);
}

static bool move_tail(struct answers *answers)
{
    struct slot *sorted = xcalloc(answers->count + 1, sizeof *sorted);
    size_t count = 0;
    bool fine = true;
    for (size_t i = 0; i < SLOTS; i++)
        if (answers->slots[i].number != 0) sorted[count++] = answers->slots[i];
    qsort(sorted, count, sizeof *sorted, compare_slots);
    for (size_t i = 0; fine && i < count; i++)
        fine = insert_key(answers, &sorted[i]);
    free(sorted);
    if (fine) fine = set_mark(answers);
    if (fine) forget_all(answers);
    return fine;
}

/* ---- reading the tail ---- */

static bool read_ends(struct answers *answers, int64_t *out_indexed)
{
    static const char sql[] =
        "SELECT m.indexed, coalesce((SELECT max(number) FROM request_answer), 0),\n"
        "       coalesce((SELECT time_us FROM request_answer ORDER BY number LIMIT 1), $1)\n"
        "FROM request_answer_mark m";
    struct stmt *stmt = db_statement(answers->db, sql);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, INT64_MAX);
    if (stmt_step(stmt) != STEP_ROW) return false;
    *out_indexed = stmt_int(stmt, 0);
    int64_t last = stmt_int(stmt, 1);
    answers->oldest_us = stmt_int(stmt, 2);
    answers->next = (last > *out_indexed ? last : *out_indexed) + 1;
    stmt_done(stmt);
    return true;
}

/* Answers after `number`, as many as the tail has room for; *out_last is the last one read. */
static bool read_some(struct answers *answers, int64_t after, int64_t *out_last)
{
    static const char sql[] = "SELECT number, principal, request_id FROM request_answer\n"
                              "WHERE number > $1 ORDER BY number LIMIT $2";
    struct stmt *stmt = db_statement(answers->db, sql);
    enum step step;
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, after);
    stmt_bind_int(stmt, 2, ANSWERS_TAIL_MAX);
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        *out_last = stmt_int(stmt, 0);
        remember(answers, key_of(answers, stmt_text(stmt, 1), stmt_text(stmt, 2)), *out_last);
    }
    return step == STEP_DONE;
}

static bool read_tail(struct answers *answers)
{
    int64_t indexed;
    forget_all(answers);
    if (!read_ends(answers, &indexed)) return false;
    int64_t end = answers->next;
    for (int64_t last = indexed; last < end - 1;) {
        int64_t before = last;
        if (answers->count >= ANSWERS_TAIL_MAX && !move_tail(answers)) return false;
        if (!read_some(answers, before, &last)) return false;
        if (last == before) break; /* the rest was pruned or erased */
    }
    return true;
}

static struct status load(struct answers *answers, struct arena *arena)
{
    bool fine = db_exec(answers->db, "BEGIN IMMEDIATE") && read_tail(answers) &&
                db_exec(answers->db, "COMMIT");
    if (fine) return status_ok();
    struct status st = db_status(answers->db, arena);
    if (db_in_transaction(answers->db)) (void)db_exec(answers->db, "ROLLBACK");
    return st;
}

struct status answers_reload(struct answers *answers, struct arena *arena)
{
    if (!answers->is_tidied) return status_ok();
    answers->is_tidied = false;
    return load(answers, arena);
}

struct status answers_open(struct db *db, struct sha256 *hasher, struct arena *arena,
                           struct answers **out_answers)
{
    struct answers *answers = xcalloc(1, sizeof *answers);
    answers->db = db;
    answers->hasher = hasher;
    struct status st = load(answers, arena);
    if (status_is_ok(st))
        *out_answers = answers;
    else
        answers_free(answers);
    return st;
}

void answers_free(struct answers *answers)
{
    free(answers);
}

/* ---- old ones ---- */

/* The oldest answers that are too old, at most ANSWERS_PRUNE_MAX. */
struct old_answers {
    struct slot slots[ANSWERS_PRUNE_MAX];
    size_t count;
    int64_t oldest_us; /* of what stays */
};

static bool find_old(struct answers *answers, int64_t before_us, struct old_answers *old)
{
    static const char sql[] = "SELECT number, principal, request_id, time_us\n"
                              "FROM request_answer ORDER BY number LIMIT $1";
    struct stmt *stmt = db_statement(answers->db, sql);
    enum step step = STEP_FAILED;
    if (!stmt) return false;
    *old = (struct old_answers){.oldest_us = INT64_MAX};
    stmt_bind_int(stmt, 1, ANSWERS_PRUNE_MAX + 1);
    while ((step = stmt_step(stmt)) == STEP_ROW) {
        old->oldest_us = stmt_int(stmt, 3);
        if (old->oldest_us >= before_us || old->count == ANSWERS_PRUNE_MAX) break;
        old->slots[old->count++] = (struct slot){
            key_of(answers, stmt_text(stmt, 1), stmt_text(stmt, 2)), stmt_int(stmt, 0)};
        old->oldest_us = INT64_MAX;
    }
    if (step == STEP_ROW) stmt_done(stmt);
    return step != STEP_FAILED;
}

static bool delete_old(struct answers *answers, struct old_answers *old)
{
    static const char keys[] = "DELETE FROM request_answer_key WHERE key = $1 AND number = $2";
    static const char rows[] = "DELETE FROM request_answer WHERE number <= $1";
    qsort(old->slots, old->count, sizeof *old->slots, compare_slots);
    int64_t last = 0;
    for (size_t i = 0; i < old->count; i++) {
        struct stmt *stmt = db_statement(answers->db, keys);
        if (!stmt) return false;
        stmt_bind_int(stmt, 1, old->slots[i].key);
        stmt_bind_int(stmt, 2, old->slots[i].number);
        if (!stmt_run(stmt)) return false;
        if (old->slots[i].number > last) last = old->slots[i].number;
    }
    struct stmt *stmt = db_statement(answers->db, rows);
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, last);
    return stmt_run(stmt);
}

bool answers_tidy(struct answers *answers, int64_t now_us)
{
    answers->is_tidied = answers->count >= ANSWERS_TAIL_MAX;
    if (answers->is_tidied && !move_tail(answers)) return false;
    if (answers->oldest_us >= now_us - kept_us) return true;
    answers->is_tidied = true;
    struct old_answers old;
    if (!find_old(answers, now_us - kept_us, &old)) return false;
    if (old.count > 0 && !delete_old(answers, &old)) return false;
    answers->oldest_us = old.oldest_us;
    return true;
}

/* ---- one answer ---- */

/* The answer of a number, if it is the one that was asked for. */
static struct status read_answer(struct answers *answers, int64_t number, const char *principal,
                                 const char *request_id, struct arena *arena,
                                 struct kept_answer *out, bool *out_found)
{
    static const char sql[] = "SELECT request_hash, response, seq FROM request_answer\n"
                              "WHERE number = $1 AND principal = $2 AND request_id = $3";
    struct stmt *stmt = db_statement(answers->db, sql);
    if (!stmt) return db_status(answers->db, arena);
    stmt_bind_int(stmt, 1, number);
    stmt_bind_text(stmt, 2, principal);
    stmt_bind_text(stmt, 3, request_id);
    enum step step = stmt_step(stmt);
    if (step == STEP_FAILED) return db_status(answers->db, arena);
    *out_found = step == STEP_ROW;
    if (!*out_found) return status_ok();
    size_t size;
    const void *hash = stmt_blob(stmt, 0, &size);
    memset(out->request_hash, 0, sizeof out->request_hash);
    memcpy(out->request_hash, hash,
           size < sizeof out->request_hash ? size : sizeof out->request_hash);
    out->response = stmt_blob_dup(stmt, 1, arena, &out->response_size);
    out->seq = stmt_int(stmt, 2);
    stmt_done(stmt);
    return status_ok();
}

/* Numbers of the index under a key; more than a few are not there by chance, nor needed. */
struct numbers {
    int64_t items[8];
    size_t count;
};

static bool find_numbers(struct answers *answers, int64_t key, struct numbers *out_numbers)
{
    static const char sql[] = "SELECT number FROM request_answer_key WHERE key = $1\n"
                              "ORDER BY number DESC LIMIT 8";
    struct stmt *stmt = db_statement(answers->db, sql);
    enum step step;
    out_numbers->count = 0;
    if (!stmt) return false;
    stmt_bind_int(stmt, 1, key);
    while ((step = stmt_step(stmt)) == STEP_ROW)
        out_numbers->items[out_numbers->count++] = stmt_int(stmt, 0);
    return step == STEP_DONE;
}

struct status answers_find(struct answers *answers, const char *principal,
                           const char *request_id, struct arena *arena,
                           struct kept_answer *out_answer, bool *out_found)
{
    int64_t key = key_of(answers, principal, request_id);
    const struct slot *slot = find_slot(answers, key);
    struct status st = status_ok();
    *out_found = false;
    if (slot->number != 0)
        st = read_answer(answers, slot->number, principal, request_id, arena, out_answer,
                         out_found);
    if (!status_is_ok(st) || *out_found) return st;
    struct numbers numbers;
    if (!find_numbers(answers, key, &numbers)) return db_status(answers->db, arena);
    for (size_t i = 0; status_is_ok(st) && !*out_found && i < numbers.count; i++)
        st = read_answer(answers, numbers.items[i], principal, request_id, arena, out_answer,
                         out_found);
    return st;
}

struct status answers_keep(struct answers *answers, const char *principal,
                           const char *request_id, const struct kept_answer *answer,
                           int64_t time_us, struct arena *arena)
{
    static const char sql[] =
        "INSERT INTO request_answer (number, principal, request_id, request_hash, response,\n"
        "                            seq, time_us)\n"
        "VALUES ($1, $2, $3, $4, $5, $6, $7)";
    int64_t number = answers->next++;
    struct stmt *stmt = db_statement(answers->db, sql);
    if (!stmt) return db_status(answers->db, arena);
    stmt_bind_int(stmt, 1, number);
    stmt_bind_text(stmt, 2, principal);
    stmt_bind_text(stmt, 3, request_id);
    stmt_bind_blob(stmt, 4, answer->request_hash, sizeof answer->request_hash);
    stmt_bind_blob(stmt, 5, answer->response, answer->response_size);
    stmt_bind_int(stmt, 6, answer->seq);
    stmt_bind_int(stmt, 7, time_us);
    if (!stmt_run(stmt)) return db_status(answers->db, arena);
    remember(answers, key_of(answers, principal, request_id), number);
    if (time_us < answers->oldest_us) answers->oldest_us = time_us;
    return status_ok();
}
