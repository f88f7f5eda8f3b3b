/* Kept answers: found from memory, from the index and after a restart; old ones go. */
#include "store/answers.h"

#include "common/arena.h"
#include "store/migrations.h"
#include "store/txn.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define DAY_US INT64_C(86400000000)
#define NOW_US (INT64_C(1000) * DAY_US)

struct fixture {
    char folder[TEMP_DIR_BYTES], path[96];
    struct arena arena;
    struct sha256 *hasher;
    struct db *db;
    struct answers *answers;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!temp_dir_make("/tmp", "answers", f->folder)) return 1;
    snprintf(f->path, sizeof f->path, "%s/register.db", f->folder);
    arena_init(&f->arena, 16 << 20);
    f->hasher = sha256_new();
    *state = f;
    bool fine = status_is_ok(db_open(f->path, DB_WRITER, &f->arena, &f->db)) &&
                status_is_ok(migrations_run(f->db, &f->arena)) &&
                status_is_ok(answers_open(f->db, f->hasher, &f->arena, &f->answers));
    return fine ? 0 : 1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    answers_free(f->answers);
    db_close(f->db);
    sha256_free(f->hasher);
    arena_release(&f->arena);
    bool removed = temp_dir_remove(f->folder);
    free(f);
    return removed ? 0 : 1;
}

static void begin(struct fixture *f)
{
    assert_true(db_exec(f->db, "BEGIN IMMEDIATE"));
}

static void commit(struct fixture *f)
{
    assert_true(db_exec(f->db, "COMMIT"));
}

static void keep(struct fixture *f, const char *principal, const char *id, int64_t seq,
                 int64_t time_us)
{
    struct kept_answer answer = {.response = id, .response_size = strlen(id), .seq = seq};
    assert_true(
        status_is_ok(answers_keep(f->answers, principal, id, &answer, time_us, &f->arena)));
}

/* Seq of the answer, 0 for none. */
static int64_t find(struct fixture *f, const char *principal, const char *id)
{
    struct kept_answer answer;
    bool found;
    assert_true(
        status_is_ok(answers_find(f->answers, principal, id, &f->arena, &answer, &found)));
    if (!found) return 0;
    assert_int_equal(answer.response_size, strlen(id));
    assert_memory_equal(answer.response, id, strlen(id));
    return answer.seq;
}

static void reopen(struct fixture *f)
{
    answers_free(f->answers);
    f->answers = NULL;
    assert_true(status_is_ok(answers_open(f->db, f->hasher, &f->arena, &f->answers)));
}

static int64_t count(struct fixture *f, const char *sql)
{
    struct stmt *stmt = db_statement(f->db, sql);
    assert_int_equal(stmt_step(stmt), STEP_ROW);
    int64_t number = stmt_int(stmt, 0);
    stmt_done(stmt);
    return number;
}

static void keep_many(struct fixture *f, int from, int to, int64_t time_us)
{
    for (int i = from; i < to; i++) {
        char id[32];
        snprintf(id, sizeof id, "id-%d", i);
        keep(f, "a", id, i + 1, time_us);
    }
}

static const char rows[] = "SELECT count(*) FROM request_answer";
static const char keys[] = "SELECT count(*) FROM request_answer_key";

static void an_answer_is_its_principals_and_ids(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep(f, "ab", "c", 7, NOW_US);
    commit(f);
    assert_int_equal(find(f, "ab", "c"), 7);
    assert_int_equal(find(f, "a", "bc"), 0);
    assert_int_equal(find(f, "ab", "C"), 0);
}

static void answers_outlive_a_restart(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, 100, NOW_US);
    commit(f);
    reopen(f);
    assert_int_equal(find(f, "a", "id-0"), 1);
    assert_int_equal(find(f, "a", "id-99"), 100);
    begin(f);
    keep(f, "a", "new", 500, NOW_US);
    commit(f);
    assert_int_equal(find(f, "a", "new"), 500);
}

static void what_was_undone_is_not_found(void **state)
{
    struct fixture *f = *state;
    begin(f);
    assert_true(db_exec(f->db, "SAVEPOINT job"));
    keep(f, "a", "undone", 7, NOW_US);
    assert_true(db_exec(f->db, "ROLLBACK TO job; RELEASE job"));
    assert_int_equal(find(f, "a", "undone"), 0);
    keep(f, "a", "undone", 8, NOW_US);
    commit(f);
    assert_int_equal(find(f, "a", "undone"), 8);
}

static void a_full_tail_moves_into_the_index(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, ANSWERS_TAIL_MAX, NOW_US);
    commit(f);
    assert_int_equal(count(f, keys), 0);
    begin(f);
    assert_true(answers_tidy(f->answers, NOW_US));
    keep_many(f, ANSWERS_TAIL_MAX, ANSWERS_TAIL_MAX + 10, NOW_US);
    commit(f);
    assert_int_equal(count(f, keys), ANSWERS_TAIL_MAX);
    assert_int_equal(find(f, "a", "id-0"), 1);
    assert_int_equal(find(f, "a", "id-32777"), 32778);
    reopen(f);
    assert_int_equal(find(f, "a", "id-17"), 18);
    assert_int_equal(find(f, "a", "id-32777"), 32778);
    assert_int_equal(find(f, "a", "id-32778"), 0);
}

static void a_move_that_is_rolled_back_is_read_again(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, ANSWERS_TAIL_MAX, NOW_US);
    commit(f);
    begin(f);
    assert_true(answers_tidy(f->answers, NOW_US));
    assert_true(db_exec(f->db, "ROLLBACK"));
    assert_true(status_is_ok(answers_reload(f->answers, &f->arena)));
    assert_int_equal(find(f, "a", "id-5"), 6);
    assert_int_equal(find(f, "a", "id-32767"), 32768);
}

static void more_than_a_tail_is_indexed_when_opened(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, ANSWERS_TAIL_MAX + 900, NOW_US); /* as a register of before has them */
    commit(f);
    reopen(f);
    assert_true(count(f, keys) >= ANSWERS_TAIL_MAX);
    assert_int_equal(find(f, "a", "id-0"), 1);
    assert_int_equal(find(f, "a", "id-33667"), 33668);
}

static void old_answers_go_and_no_others(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, ANSWERS_TAIL_MAX, NOW_US - 8 * DAY_US);
    assert_true(answers_tidy(f->answers, NOW_US - 8 * DAY_US)); /* moves them */
    keep_many(f, ANSWERS_TAIL_MAX, ANSWERS_TAIL_MAX + 300, NOW_US - 8 * DAY_US);
    keep(f, "a", "young", 9, NOW_US - 6 * DAY_US);
    commit(f);
    for (int i = 0; i < ANSWERS_TAIL_MAX / ANSWERS_PRUNE_MAX + 3; i++) {
        int64_t before = count(f, rows);
        begin(f);
        assert_true(answers_tidy(f->answers, NOW_US));
        commit(f);
        assert_true(before - count(f, rows) <= ANSWERS_PRUNE_MAX);
    }
    assert_int_equal(count(f, rows), 1);
    assert_int_equal(count(f, keys), 0);
    assert_int_equal(find(f, "a", "young"), 9);
    assert_int_equal(find(f, "a", "id-0"), 0);
    assert_int_equal(find(f, "a", "id-32800"), 0);
}

static void numbers_are_not_used_again(void **state)
{
    struct fixture *f = *state;
    begin(f);
    keep_many(f, 0, ANSWERS_TAIL_MAX, NOW_US);
    assert_true(answers_tidy(f->answers, NOW_US));
    assert_true(db_exec(f->db, "DELETE FROM request_answer"));
    commit(f);
    reopen(f);
    begin(f);
    keep(f, "a", "next", 3, NOW_US);
    commit(f);
    reopen(f);
    assert_int_equal(find(f, "a", "next"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_is_its_principals_and_ids, setup, teardown),
        cmocka_unit_test_setup_teardown(answers_outlive_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_undone_is_not_found, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_tail_moves_into_the_index, setup, teardown),
        cmocka_unit_test_setup_teardown(a_move_that_is_rolled_back_is_read_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(more_than_a_tail_is_indexed_when_opened, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(old_answers_go_and_no_others, setup, teardown),
        cmocka_unit_test_setup_teardown(numbers_are_not_used_again, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
