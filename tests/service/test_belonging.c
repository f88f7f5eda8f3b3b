/* Whom resources belong to, which group their fields are of, and what is seen of them. */
#include "common/fields.h"
#include "service/belonging.h"
#include "service/field_groups.h"
#include "service/sight.h"
#include "store/txn.h"
#include "support/register_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    int failed = register_setup(state);
    register_must_apply(
        *state,
        "{\"create\":{\"name\":\"organisations/council\",\"organisation\":{\"title\":\"C\"}}},"
        "{\"create\":{\"name\":\"organisations/dept\",\"organisation\":{\"title\":\"D\","
        "\"parent\":\"organisations/council\"}}},"
        "{\"create\":{\"name\":\"organisations/other\",\"organisation\":{\"title\":\"O\"}}},"
        "{\"create\":{\"name\":\"plans/p\",\"plan\":{\"title\":\"P\","
        "\"owner\":\"organisations/council\"}}},"
        "{\"create\":{\"name\":\"plans/hidden\",\"plan\":{\"title\":\"H\","
        "\"owner\":\"organisations/other\",\"visibility\":\"INTERNAL\"}}},"
        "{\"create\":{\"name\":\"objectives/o\",\"objective\":{\"title\":\"O\","
        "\"plan\":\"plans/p\"}}},"
        "{\"create\":{\"name\":\"indicators/i\",\"indicator\":{\"title\":\"I\","
        "\"owner\":\"organisations/dept\"}}},"
        "{\"create\":{\"name\":\"indicators/measured\",\"indicator\":{\"title\":\"I\","
        "\"scopeOrganisation\":\"organisations/other\"}}},"
        "{\"create\":{\"name\":\"indicators/free\",\"indicator\":{\"title\":\"I\"}}},"
        "{\"create\":{\"name\":\"observations/i/2020-21\",\"observation\":{\"indicator\":"
        "\"indicators/i\",\"period\":\"2020-21\",\"value\":\"5\"}}},"
        "{\"create\":{\"name\":\"actions/led\",\"action\":{\"title\":\"A\",\"plan\":\"plans/"
        "p\","
        "\"leads\":[\"organisations/dept\",\"organisations/other\"]}}},"
        "{\"create\":{\"name\":\"actions/plain\",\"action\":{\"title\":\"A\","
        "\"plan\":\"plans/p\"}}},"
        "{\"create\":{\"name\":\"actions/of-hidden\",\"action\":{\"title\":\"A\","
        "\"plan\":\"plans/hidden\"}}},"
        "{\"create\":{\"name\":\"notes/n\",\"note\":{\"subject\":\"actions/of-hidden\","
        "\"text\":\"N\"}}},"
        "{\"create\":{\"name\":\"links/measures/indicators/i/objectives/o\",\"link\":{"
        "\"from\":\"indicators/i\",\"to\":\"objectives/o\",\"kind\":\"MEASURES\"}}}");
    return failed;
}

/* What a read job asks. */
struct question {
    struct store_job job;
    struct arena arena;
    const char *name;
    const struct rights *rights; /* NULL: whom it belongs to */
    char owners[300];
    bool seen;
};

static struct status run(struct store_job *job, struct txn *txn)
{
    struct question *question = (struct question *)job;
    struct belonging belonging;
    struct sight sight;
    if (question->rights != NULL) {
        sight_init(&sight, question->rights);
        question->seen = sight_sees(&sight, txn, question->name);
        assert_int_equal(sight.base.hid, !question->seen);
        sight_release(&sight);
        return status_ok();
    }
    struct status st = belonging_of_name(txn, &question->arena, question->name, &belonging);
    for (size_t i = 0; i < belonging.count; i++)
        for (size_t j = 0; j < belonging.lineages[i].count; j++)
            snprintf(question->owners + strlen(question->owners), 60, "%s%s",
                     j > 0   ? "<"
                     : i > 0 ? " "
                             : "",
                     belonging.lineages[i].names[j] + strlen("organisations/"));
    return st;
}

static void done(struct store_job *job)
{
    (void)job;
}

static void ask(struct register_fixture *f, struct question *question)
{
    arena_init(&question->arena, SIZE_MAX);
    question->job = (struct store_job){.arena = &question->arena, .run = run, .done = done};
    store_run_read(f->store, &question->job);
    if (!status_is_ok(question->job.status)) fail_msg("%s", question->job.status.message);
    arena_release(&question->arena);
}

static void each_kind_belongs_to_who_answers_for_it(void **state)
{
    static const struct {
        const char *name, *owners;
    } cases[] = {
        {"organisations/dept", "dept<council"},
        {"plans/p", "council"},
        {"objectives/o", "council"},
        {"indicators/i", "dept<council"},
        {"indicators/measured", "other"},
        {"indicators/free", ""},
        {"observations/i/2020-21", "dept<council"},
        {"actions/led", "dept<council other"},
        {"actions/plain", "council"},
        {"notes/n", "other"},
        {"links/measures/indicators/i/objectives/o", "dept<council"},
        {"indicators/never", ""},
        {"nonsense", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct question question = {.name = cases[i].name};
        ask(*state, &question);
        if (strcmp(question.owners, cases[i].owners) != 0)
            fail_msg("%s belongs to \"%s\"", cases[i].name, question.owners);
    }
}

/* What was deleted belongs to whom it belonged to last. */
static void what_is_gone_is_still_somebodys(void **state)
{
    struct question question = {.name = "observations/i/2020-21"};
    register_must_apply(*state, "{\"delete\":{\"name\":\"observations/i/2020-21\"}}");
    ask(*state, &question);
    assert_string_equal(question.owners, "dept<council");
}

static void every_kind_has_a_rule(void **state)
{
    size_t count;
    const struct catalog_row *rows = catalog_rows(&count);
    (void)state;
    for (size_t i = 0; i < count; i++)
        for (const char *const *field = belonging_fields(&rows[i]); *field != NULL; field++)
            if (fields_find(rows[i].kind.desc, *field) == NULL)
                fail_msg("%s has no field %s", rows[i].kind.collection, *field);
}

static void what_is_restricted_is_seen_by_its_own(void **state)
{
    static const struct rights_grant dept = {ROLE_APPROVER, GROUPS_ALL, "organisations/dept"};
    static const struct rights_grant other = {ROLE_VIEWER, 0, "organisations/other"};
    static const struct {
        const char *name;
        bool dept, other;
    } cases[] = {
        {"plans/p", true, true},
        {"plans/hidden", false, true},
        {"actions/of-hidden", false, true},
        {"notes/n", false, true},
        {"indicators/free", true, true},
        {"plans/never", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int who = 0; who < 2; who++) {
            const struct rights rights = {
                .grants = who == 0 ? &dept : &other, .count = 1, .organisation = ""};
            struct question question = {.name = cases[i].name, .rights = &rights};
            ask(*state, &question);
            if (question.seen != (who == 0 ? cases[i].dept : cases[i].other))
                fail_msg("%s, case %d", cases[i].name, who);
        }
}

static unsigned group_of(const char *collection, const char *field)
{
    const struct catalog_row *row = catalog_find(collection);
    return field_group_of(row, field_index(row->kind.desc, fields_find(row->kind.desc, field)));
}

static void fields_are_of_their_group(void **state)
{
    (void)state;
    assert_int_equal(group_of("observations", "value"), GROUP_REPORTING);
    assert_int_equal(group_of("observations", "workflow"), GROUP_APPROVAL);
    assert_int_equal(group_of("notes", "text"), GROUP_REPORTING);
    assert_int_equal(group_of("actions", "progress"), GROUP_REPORTING);
    assert_int_equal(group_of("actions", "title"), GROUP_DEFINITIONS);
    assert_int_equal(group_of("objectives", "outcome_status"), GROUP_REPORTING);
    assert_int_equal(group_of("risks", "current"), GROUP_REPORTING);
    assert_int_equal(group_of("risks", "owner"), GROUP_DEFINITIONS);
    assert_int_equal(group_of("reporting-periods", "state"), GROUP_APPROVAL);
    assert_int_equal(group_of("reporting-periods", "plan"), GROUP_DEFINITIONS);
    assert_int_equal(group_of("indicators", "title"), GROUP_DEFINITIONS);
    assert_int_equal(group_of("targets", "value"), GROUP_DEFINITIONS);
    assert_int_equal(group_of("plans", "visibility"), GROUP_DEFINITIONS);
}

/* The groups it takes to set the workflow of a figure; `from` below 0: of a new one. */
static unsigned groups_to_set(int from, Provost__V1__Workflow to)
{
    const struct catalog_row *row = catalog_find("observations");
    Provost__V1__Observation before = PROVOST__V1__OBSERVATION__INIT;
    Provost__V1__Observation after = PROVOST__V1__OBSERVATION__INIT;
    bool changed[CATALOG_FIELDS_MAX] = {false};
    before.workflow = (Provost__V1__Workflow)from;
    after.workflow = to;
    changed[field_index(row->kind.desc, fields_find(row->kind.desc, "workflow"))] = true;
    return field_groups_of(row, from < 0 ? NULL : &before.base, &after.base, changed);
}

static void submitting_takes_no_approver_and_judging_does(void **state)
{
    const Provost__V1__Workflow submitted = PROVOST__V1__WORKFLOW__WORKFLOW_SUBMITTED;
    const Provost__V1__Workflow approved = PROVOST__V1__WORKFLOW__WORKFLOW_APPROVED;
    (void)state;
    assert_int_equal(groups_to_set(-1, submitted), 0);
    assert_int_equal(groups_to_set(-1, approved), GROUP_APPROVAL);
    assert_int_equal(groups_to_set((int)submitted, approved), GROUP_APPROVAL);
    assert_int_equal(groups_to_set((int)approved, submitted), GROUP_APPROVAL);
    assert_string_equal(field_groups_text(GROUP_DEFINITIONS | GROUP_APPROVAL),
                        "definitions and approval");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, register_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_belongs_to_who_answers_for_it),
        TEST(what_is_gone_is_still_somebodys),
        TEST(every_kind_has_a_rule),
        TEST(what_is_restricted_is_seen_by_its_own),
        TEST(fields_are_of_their_group),
        TEST(submitting_takes_no_approver_and_judging_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
