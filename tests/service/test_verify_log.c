/* VerifyLog: every edit of the database file is named. */
#include "common/reasons.h"
#include "service/redact.h"
#include "service/verify_log.h"
#include "support/register_fixture.h"

#include "provost/v1/change_log.pb-c.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define CELL "observations/foi/2020-21"
static int plans = 20; /* or more than a tile of the tree */

/* Changes: 1 indicator; 2 figure, 3 its note, 4 figure revised with a reason; then plans, and
 * the last of them deleted. */
static int setup(void **state)
{
    if (register_setup(state) != 0) return -1;
    struct register_fixture *f = *state;
    register_must_apply(f, "{\"create\":{\"name\":\"indicators/foi\",\"indicator\":{"
                           "\"title\":\"FOI\"}}}");
    register_submit_json(f, "{\"submissions\":[{\"indicator\":\"foi\",\"period\":\"2020-21\","
                            "\"value\":\"5\"}]}");
    register_must_apply(f, "{\"patch\":{\"resource\":{\"name\":\"" CELL "\",\"observation\":{"
                           "\"note\":\"n\"}},\"updateMask\":\"note\"}}");
    register_submit_json(f, "{\"revise\":true,\"reason\":\"Late returns\",\"submissions\":[{"
                            "\"indicator\":\"foi\",\"period\":\"2020-21\",\"value\":\"6\"}]}");
    for (int i = 0; i < plans; i++)
        register_must_apply(f, arena_printf(&f->arena,
                                            "{\"create\":{\"name\":\"plans/p%d\","
                                            "\"plan\":{\"title\":\"P\"}}}",
                                            i));
    register_must_apply(f, "{\"delete\":{\"name\":\"plans/p0\"}}");
    return 0;
}

/* What somebody with the file does. */
static void tamper(struct register_fixture *f, const char *sql)
{
    sqlite3 *db;
    char *error = NULL;
    assert_int_equal(sqlite3_open(arena_printf(&f->arena, "%s/register.db", f->dir), &db),
                     SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &error) != SQLITE_OK) fail_msg("%s: %s", sql, error);
    assert_int_not_equal(sqlite3_total_changes(db), 0);
    sqlite3_close(db);
}

static Provost__V1__VerifyLogResponse *verify(struct register_fixture *f, const char *json)
{
    return (Provost__V1__VerifyLogResponse *)register_read(
        f, change_log_verify_log, &provost__v1__verify_log_request__descriptor, json);
}

static void a_sound_log_has_no_faults(void **state)
{
    struct register_fixture *f = *state;
    Provost__V1__VerifyLogResponse *response = verify(f, "{}");
    if (response->n_faults) fail_msg("%s", response->faults[0]->message);
    assert_int_equal(response->checked, plans + 5);
    assert_int_equal(response->next_seq, 0);
    assert_true(response->root_matches);
    response = verify(f, "{\"fromSeq\":\"3\",\"toSeq\":\"10\"}");
    assert_int_equal(response->checked, 8);
    assert_int_equal(response->n_faults, 0);
    assert_false(response->root_matches);
}

static void a_range_must_be_in_the_log(void **state)
{
    struct register_fixture *f = *state;
    assert_null(verify(f, "{\"toSeq\":\"9999\"}"));
    register_assert_failed(f, GRPC_OUT_OF_RANGE, REASON_SEQ_INVALID, "to_seq", NULL);
    assert_null(verify(f, "{\"fromSeq\":\"-1\"}"));
    register_assert_failed(f, GRPC_INVALID_ARGUMENT, REASON_SEQ_INVALID, "from_seq", NULL);
}

enum { NEWEST = 0 };

static int setup_tiles(void **state)
{
    plans = 300;
    return setup(state);
}

static int teardown_tiles(void **state)
{
    plans = 20;
    return register_teardown(state);
}

static void the_tree_is_checked_tile_by_tile(void **state)
{
    struct register_fixture *f = *state;
    assert_int_equal(verify(f, "{}")->n_faults, 0);
    tamper(f, "UPDATE log_tile SET hashes = zeroblob(8192)");
    Provost__V1__VerifyLogResponse *response = verify(f, "{}");
    assert_string_equal(response->faults[0]->reason, "TILE_CHANGED");
    assert_string_equal(response->faults[1]->reason, "ENTRY_CHANGED");
    tamper(f, "DELETE FROM log_tile");
    assert_string_equal(verify(f, "{}")->faults[0]->reason, "TILE_CHANGED");
}

static void each_edit_is_named(void **state)
{
    static const struct {
        const char *sql;
        const char *reason, *field;
        int64_t seq;
    } rows[] = {
        {"UPDATE observation SET value = '7' WHERE to_seq = 9223372036854775807",
         "VALUE_CHANGED", "value", 4},
        {"UPDATE observation SET value = '7' WHERE from_seq = 3", "VALUE_CHANGED", "value", 3},
        {"UPDATE observation SET note = 'm' WHERE from_seq = 4", "VALUE_CHANGED", "note", 4},
        {"UPDATE observation SET seed = NULL WHERE from_seq = 2", "VALUE_CHANGED", NULL, 2},
        {"UPDATE observation SET state = 'nonsense' WHERE from_seq = 2", "VALUE_CHANGED", NULL,
         2},
        {"UPDATE observation SET update_us = 1 WHERE from_seq = 2", "VALUE_CHANGED",
         "update_time", 2},
        {"UPDATE change_actor SET principal = 'eve'", "ACTOR_CHANGED", "principal", 1},
        {"UPDATE change_actor SET salt = NULL", "ACTOR_CHANGED", "principal", 1},
        {"UPDATE change_actor SET service = 'eve'", "ENTRY_CHANGED", "service", 1},
        {"UPDATE change SET reason = 'lies' WHERE seq = 4", "REASON_CHANGED", "reason", 4},
        {"UPDATE change SET reason = '', reason_salt = NULL WHERE seq = 4", "REASON_CHANGED",
         "reason", 4},
        {"UPDATE change SET time_us = time_us + 1 WHERE seq = 20", "ENTRY_CHANGED", "time", 20},
        {"UPDATE change SET method = '/x' WHERE seq = 20", "ENTRY_CHANGED", "method", 20},
        {"UPDATE change SET entry = (SELECT entry FROM change WHERE seq = 21) WHERE seq = 20",
         "ENTRY_CHANGED", "seq", 20},
        {"UPDATE change SET items = (SELECT items FROM change WHERE seq = 21) WHERE seq = 20",
         "ITEM_CHANGED", NULL, 20},
        {"UPDATE change_item SET id = 'x' WHERE seq = 20", "ITEM_CHANGED", NULL, 20},
        {"UPDATE change_item SET shape = 1 WHERE seq = 20", "ITEM_CHANGED", NULL, 20},
        {"DELETE FROM change_item WHERE seq = 20", "ITEM_CHANGED", NULL, 20},
        {"PRAGMA foreign_keys = OFF; DELETE FROM change_item WHERE seq = 20;"
         "DELETE FROM change WHERE seq = 20",
         "ENTRY_MISSING", NULL, 20},
        {"DELETE FROM plan WHERE from_seq = 20", "VERSION_MISSING", NULL, 20},
        {"UPDATE plan SET to_seq = 9223372036854775807 WHERE id = 'p0'", "VERSION_MISSING",
         NULL, NEWEST},
        {"INSERT INTO plan SELECT 'fake', from_seq, to_seq, create_us, update_us, seed, title,"
         " aliases, tags, kind, owner, period, start_date, end_date, status, review_frequency,"
         " review_verbatim, end_verbatim, ends, max_priorities, summary, approval_required, "
         "visibility "
         "FROM plan"
         " WHERE from_seq = 20",
         "VERSION_UNLOGGED", NULL, NEWEST},
        {"UPDATE log_head SET root = zeroblob(32)", "ROOT_MISMATCH", NULL, NEWEST},
    };
    struct register_fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        tamper(f, arena_printf(&f->arena, "%s", rows[i].sql));
        Provost__V1__VerifyLogResponse *response = verify(f, "{}");
        if (response == NULL) fail_msg("%s: %s", rows[i].sql, f->status.message);
        bool named = false;
        for (size_t k = 0; k < response->n_faults; k++) {
            const Provost__V1__LogFault *fault = response->faults[k];
            named =
                named || (strcmp(fault->reason, rows[i].reason) == 0 &&
                          fault->seq == (rows[i].seq ? rows[i].seq : plans + 5) &&
                          (rows[i].field == NULL || strcmp(fault->field, rows[i].field) == 0));
        }
        if (!named)
            fail_msg("%s: %zu faults, the first %s %s at %lld", rows[i].sql, response->n_faults,
                     response->n_faults ? response->faults[0]->reason : "",
                     response->n_faults ? response->faults[0]->message : "",
                     response->n_faults ? (long long)response->faults[0]->seq : 0);
        void *again = f;
        register_teardown(&again);
        setup(state);
        f = *state;
    }
}

static void an_erasure_is_no_licence(void **state)
{
    struct register_fixture *f = *state;
    static const char what[] = "\"changeSeq\":\"3\",\"target\":\"REDACT_TARGET_FIELD\","
                               "\"resource\":\"" CELL "\",\"field\":\"note\"";
    Provost__V1__RedactChangeResponse *asked =
        (Provost__V1__RedactChangeResponse *)register_write(
            f, change_log_redact_change, &provost__v1__redact_change_request__descriptor,
            arena_printf(&f->arena, "{%s,\"reason\":\"law\"}", what));
    f->caller.principal = "carol";
    assert_non_null(register_write(
        f, change_log_redact_change, &provost__v1__redact_change_request__descriptor,
        arena_printf(&f->arena, "{%s,\"approvalId\":\"%s\"}", what, asked->approval_id)));
    assert_int_equal(verify(f, "{}")->n_faults, 0);
    tamper(f, "UPDATE redaction SET requester = 'eve'");
    Provost__V1__VerifyLogResponse *response = verify(f, "{}");
    assert_int_equal(response->n_faults, 1);
    assert_string_equal(response->faults[0]->reason, "ACTOR_CHANGED");
    tamper(f, "UPDATE observation SET note = 'm' WHERE from_seq >= 3");
    response = verify(f, "{}");
    assert_string_equal(response->faults[0]->reason, "VALUE_CHANGED");
    /* A row alone, without a change that says so, erases nothing. */
    tamper(f, "UPDATE observation SET note = NULL;"
              "INSERT INTO redaction VALUES ('observations', 'foi/2020-21', 'value', 2, 4, 5,"
              " 'alice', NULL);"
              "UPDATE observation SET value = NULL, seed = NULL WHERE from_seq IN (2, 3)");
    response = verify(f, "{}");
    assert_true(response->n_faults > 0);
    assert_int_equal(response->faults[0]->seq, 2);
    assert_string_equal(response->faults[0]->reason, "VALUE_CHANGED");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_log_has_no_faults),
        TEST(a_range_must_be_in_the_log),
        TEST(each_edit_is_named),
        cmocka_unit_test_setup_teardown(the_tree_is_checked_tile_by_tile, setup_tiles,
                                        teardown_tiles),
        TEST(an_erasure_is_no_licence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
