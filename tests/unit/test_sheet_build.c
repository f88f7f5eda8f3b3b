/* Rows become resources; docs/import.md says what the code knows. */
#include "client/collection.h"
#include "client/import_table.h"
#include "client/read_file.h"
#include "common/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct table_import import;
    struct sheet_known known;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    f->import.path = "test.tsv";
    sheet_known_init(&f->known, &f->arena);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_release(&f->arena);
    free(f);
    return 0;
}

static void take(struct fixture *f, const char *text)
{
    assert_true(status_is_ok(import_table_read(&f->import, text, strlen(text), &f->arena)));
    f->import.build = (struct sheet_build){
        .arena = &f->arena, .plan = "plans/p", .known = &f->known, .tables = &f->import.tables};
    sheet_build(&f->import.build);
}

/* Puts a resource into the register that the import finds. */
static ProtobufCMessage *there_is(struct fixture *f, const char *name, const char *title)
{
    Provost__V1__Resource *resource = collection_new_resource(
        collection_find(name), arena_strdup(&f->arena, name), &f->arena);
    ProtobufCMessage *body = collection_body(resource);

    field_set_text(body, fields_find(body->descriptor, "title"),
                   arena_strdup(&f->arena, title));
    if (fields_find(body->descriptor, "plan") != NULL)
        field_set_text(body, fields_find(body->descriptor, "plan"), "plans/p");
    sheet_known_add(&f->known, resource);
    return body;
}

static const struct sheet_item *item(const struct fixture *f, const char *key)
{
    const struct sheet_item *found = sheet_draft_find(&f->import.build.draft, key);

    if (found == NULL) print_message("no item %s\n", key);
    assert_non_null(found);
    return found;
}

static bool has_item(const struct fixture *f, const char *key)
{
    return sheet_draft_find(&f->import.build.draft, key) != NULL;
}

static size_t count(const struct fixture *f, const char *member)
{
    size_t n = 0;

    for (size_t i = 0; i < f->import.build.draft.n; i++)
        n += strcmp(f->import.build.draft.items[i]->member->name, member) == 0;
    return n;
}

static void has_text(const struct fixture *f, const char *key, const char *field,
                     const char *text)
{
    assert_string_equal(sheet_item_get(item(f, key), field), text);
}

static void a_measure_is_indicator_benchmark_and_link(void **state)
{
    struct fixture *f = *state;
    const struct sheet_item *measure;

    take(f, "### Help businesses thrive\n\n### Population Outcomes\n\n"
            "Measure No.\tMeasure\tBenchmark Position\tPerformance Trajectory\n"
            "<u>HB 6a</u>\tRoads\t<b>Below Average except unclassified roads</b>\tDeclining\n"
            "Vul 10b\tFalls\tN/A\tN/a - New measure");
    measure = item(f, "indicators/hb-6a");
    has_text(f, "indicators/hb-6a", "code", "HB 6a");
    has_text(f, "indicators/vul-10b", "code", "Vul 10b");
    assert_int_equal(measure->resource->indicator->class_,
                     PROVOST__V1__INDICATOR_CLASS__INDICATOR_CLASS_POPULATION_OUTCOME);
    has_text(f, "benchmarks|indicators/hb-6a||average", "position_verbatim",
             "<b>Below Average except unclassified roads</b>");
    has_text(f, "benchmarks|indicators/vul-10b||average", "trajectory_verbatim",
             "N/a - New measure");
    has_text(f, "objectives/help-businesses-thrive", "title", "Help businesses thrive");
    assert_true(
        has_item(f, "links/measures/indicators/hb-6a/objectives/help-businesses-thrive"));
}

static void figures_are_sent_as_written(void **state)
{
    struct fixture *f = *state;
    const struct sheet_item *blank;

    take(f, "Indicator\tBaseline 2019/20\tTarget Baseline 2019/20\t2020/21\tTarget 2021/22\n"
            "% on time\t68,740\t-\t\tUnder development\n");
    has_text(f, "observations|indicators/on-time|2019 20|", "verbatim", "68,740");
    has_text(f, "targets|indicators/on-time|2019 20|BASELINE", "verbatim", "-");
    has_text(f, "targets|indicators/on-time|2021 22|TARGET", "verbatim", "Under development");
    has_text(f, "targets|indicators/on-time|2021 22|TARGET", "period", "2021/22");
    blank = item(f, "observations|indicators/on-time|2020 21|");
    assert_true(blank->is_blank);
    assert_int_equal(blank->resource->observation->state,
                     PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK);
    assert_true(has_item(f, "links/measures/indicators/on-time/plans/p"));
}

static void what_is_there_is_found_by_its_wording(void **state)
{
    struct fixture *f = *state;
    ProtobufCMessage *body =
        there_is(f, "indicators/stage1", "Complaints within timescale (Council)");

    field_set_text(body, fields_find(body->descriptor, "code"), "CP 1");
    there_is(f, "objectives/x", "Jobs and Homes");
    take(f, "Priority\tIndicator\t2020/21\njobs & homes\tComplaints within timescales "
            "(Council)\t5\nJobs and Homes\tOther words\t6\n");
    assert_true(item(f, "indicators/stage1")->exists);
    has_text(f, "indicators/stage1", "title", "");
    assert_string_equal(item(f, "indicators/stage1")->resource->indicator->aliases[0],
                        "Complaints within timescales (Council)");
    assert_true(has_item(f, "links/measures/indicators/stage1/objectives/x"));
    assert_int_equal(count(f, "objective"), 0);
    assert_int_equal(count(f, "indicator"), 2);
}

static void codes_go_before_titles_and_running_numbers_do_not_count(void **state)
{
    struct fixture *f = *state;
    ProtobufCMessage *body = there_is(f, "indicators/old", "Old words");

    field_set_text(body, fields_find(body->descriptor, "code"), "EP 3");
    sheet_known_add_key(&f->known, "indicators/old", "", true, "EP 3");
    take(f, "No.\tIndicator\t2020/21\nep3\tNew words\t5\n1\tFirst\t6\n\n"
            "## Next\n\nNo.\tIndicator\t2020/21\n1\tSecond\t7\n");
    assert_true(item(f, "indicators/old")->exists);
    assert_true(has_item(f, "indicators/first"));
    assert_true(has_item(f, "indicators/second"));
}

static void one_title_with_two_codes_is_two_items(void **state)
{
    struct fixture *f = *state;
    ProtobufCMessage *body = there_is(f, "indicators/old", "Homes");

    field_set_text(body, fields_find(body->descriptor, "code"), "HO 1");
    take(f, "Code\tIndicator\t2020/21\nHO 2\tHomes\t5\n\tHomes\t6\n");
    assert_false(item(f, "indicators/ho-2")->exists);
    assert_true(item(f, "indicators/old")->exists);
}

static void what_is_only_matched_has_an_empty_mask(void **state)
{
    struct fixture *f = *state;

    there_is(f, "indicators/a", "Alpha");
    take(f, "Indicator\t2020/21\nAlpha\t5\n");
    /* Such an item is never sent: an empty mask would mean all fields. */
    assert_int_equal(item(f, "indicators/a")->mask->n_paths, 0);
}

static void merged_priorities_link_to_both(void **state)
{
    struct fixture *f = *state;

    there_is(f, "objectives/a", "Reputation");
    there_is(f, "objectives/b", "Place to be");
    take(f, "Strategic Priority\tAction\tBy when\nReputation/ Place to be\tOne\tTBC\n"
            "Place to be and Reputation\tTwo\tTBC\nJobs / Homes\tThree\tTBC\n");
    assert_true(has_item(f, "links/delivers/actions/one/objectives/a"));
    assert_true(has_item(f, "links/delivers/actions/one/objectives/b"));
    assert_true(has_item(f, "links/delivers/actions/two/objectives/a"));
    has_text(f, "objectives/jobs-homes", "title", "Jobs / Homes");
    assert_int_equal(count(f, "objective"), 1);
}

static void the_plan_may_be_named_as_the_priority(void **state)
{
    struct fixture *f = *state;

    there_is(f, "plans/p", "All Service Plan");
    take(f, "Strategic Priority\tIndicator\t2020/21\nAll Service Plan\tOne\t5\n\n"
            "Strategic Priority\tAction\tBy when\nAll Service Plan\tTwo\tTBC\n");
    assert_true(has_item(f, "links/measures/indicators/one/plans/p"));
    assert_int_equal(count(f, "objective"), 0);
    assert_int_equal(count(f, "link"), 1);
}

static void an_action_split_over_pages_has_two_posts_and_two_deadlines(void **state)
{
    struct fixture *f = *state;
    const Provost__V1__Action *action;

    take(f, "Strategic Priority\tWhat will we do?\tWho is leading this?\tBy when\n"
            "Fame/ Place\tFirst\tHead of Chief Executive's Service\tTBC\n"
            "Fame/\tApply for the\tHead of Chief Executive's\tInternal - x\n\n"
            "Strategic Priority\tWhat will we do?\tWho is leading this?\tBy when\n"
            "Place\tAwards\tService Corporate Planning Officer\tExternal - y\n"
            "Fame/ Place\tLast\tCorporate Planning Officer\tMay 2021");
    action = item(f, "actions/apply-for-the-awards")->resource->action;
    assert_int_equal(count(f, "action"), 3);
    assert_int_equal(count(f, "post"), 2);
    assert_int_equal(action->n_leads, 2);
    assert_string_equal(action->leads[0], "posts/head-of-chief-executives-service");
    assert_string_equal(action->leads[1], "posts/corporate-planning-officer");
    assert_string_equal(action->deadline_verbatim, "Internal - x\nExternal - y");
}

static void several_posts_in_a_cell_are_told_apart(void **state)
{
    struct fixture *f = *state;

    there_is(f, "posts/sm", "Service Manager - Performance & Transformation");
    take(f, "Action\tLead Officer\nOne\tService Manager \xE2\x80\x93 Performance & "
            "Transformation\nTwo\tHead of Housing &amp; Head of Finance\nThree\tTBC\n"
            "Four\tHead of Planning and Building Standards\n");
    assert_string_equal(item(f, "actions/one")->resource->action->leads[0], "posts/sm");
    assert_int_equal(item(f, "actions/two")->resource->action->n_leads, 2);
    assert_int_equal(item(f, "actions/three")->resource->action->n_leads, 0);
    assert_int_equal(item(f, "actions/four")->resource->action->n_leads, 1);
}

static void two_actions_may_share_their_words(void **state)
{
    struct fixture *f = *state;

    take(f, "Priority\tAction\tBy when\nA\tReview\t2021\nB\tReview\t2022\nC\tReview\t2022\n");
    assert_int_equal(count(f, "action"), 2);
    has_text(f, "actions/p-review", "deadline_verbatim", "2022");
}

static void resourcing_status_and_progress_are_read(void **state)
{
    struct fixture *f = *state;
    const Provost__V1__Action *one;

    take(f,
         "Action\tIs it resourced?\tStatus\tProgress\nOne\tYes - within existing budgets\tIn "
         "progress\t50%\nTwo\tNo\tGreen\thalf way\n");
    one = item(f, "actions/one")->resource->action;
    assert_int_equal(one->resourced, PROVOST__V1__RESOURCED__RESOURCED_WITHIN_EXISTING_BUDGETS);
    assert_int_equal(one->status, PROVOST__V1__ACTION_STATUS__ACTION_STATUS_IN_PROGRESS);
    assert_int_equal(one->progress, 50);
    assert_string_equal(one->resourced_note, "Yes - within existing budgets");
    has_text(f, "notes/two-status", "text", "Status: Green");
    has_text(f, "notes/two-progress", "text", "Progress: half way");
}

static void a_strategy_contributes_to_the_plan(void **state)
{
    struct fixture *f = *state;

    there_is(f, "plans/city", "City Plan");
    take(f, "Strategies in place\tOutcomes\tEnd Date\tReview Dates\nCity Plan\tVision\t2027\t"
            "Annual\nGaelic Plan 2020 \xE2\x80\x93 2025\tSupport\tSep 2026\tFive years\n");
    assert_true(item(f, "plans/city")->exists);
    has_text(f, "plans/city", "end_verbatim", "2027");
    has_text(f, "plans/gaelic-plan-2020-2025", "review_verbatim", "Five years");
    assert_true(has_item(f, "links/contributes/plans/gaelic-plan-2020-2025/plans/p"));
}

static void money_keeps_its_scale_and_words(void **state)
{
    struct fixture *f = *state;
    const Provost__V1__BudgetLine *line;

    take(f, "Capital programme (\xC2\xA3m)\n\nService\t2020/21 Actual\t2021/22 Budget\n"
            "Roads\t2.0\t(\xC2\xA3"
            "1.159)\nTotal\t2.0\t(1.159)\n");
    line = item(f, "budget-lines/p-roads-2021-22-budget")->resource->budget_line;
    assert_string_equal(line->verbatim, "(\xC2\xA3"
                                        "1.159)");
    assert_string_equal(line->period, "2021/22");
    assert_int_equal(line->scale, PROVOST__V1__MONEY_SCALE__MONEY_SCALE_MILLION);
    assert_int_equal(line->category, PROVOST__V1__BUDGET_CATEGORY__BUDGET_CATEGORY_CAPITAL);
    assert_int_equal(line->basis, PROVOST__V1__BUDGET_BASIS__BUDGET_BASIS_BUDGET);
    assert_int_equal(count(f, "budget_line"), 2);
}

static void a_matrix_makes_links(void **state)
{
    struct fixture *f = *state;

    there_is(f, "objectives/safe", "Safe");
    there_is(f, "organisations/nhs", "NHS");
    take(f, "Outcome\tCouncil\tNHS\nSafe\tP\tS\nWell\tP\tP\n\n"
            "Impact\n\nOutcome\tAge\tSex\nSafe\t+\t0\nWell\t-\t\n");
    assert_true(has_item(f, "links/responsible-primary/organisations/council/objectives/safe"));
    assert_true(has_item(f, "links/responsible-secondary/organisations/nhs/objectives/safe"));
    assert_true(has_item(f, "links/responsible-primary/organisations/nhs/objectives/well"));
    assert_true(has_item(f, "links/impact-positive/objectives/safe/objectives/age"));
    assert_true(has_item(f, "links/impact-neutral/objectives/safe/objectives/sex"));
    assert_true(has_item(f, "links/impact-negative/objectives/well/objectives/age"));
}

static void a_risk_may_have_no_score(void **state)
{
    struct fixture *f = *state;
    const Provost__V1__Risk *risk;

    take(f, "Risk\tCause\tLikelihood\tImpact\tRisk Owner\nFlood\tRain\t4 - Likely\t3\tHead of "
            "Roads\nFire\tHeat\t\tTBC\t\n");
    risk = item(f, "risks/flood")->resource->risk;
    assert_int_equal(risk->current->likelihood, 4);
    assert_int_equal(risk->current->impact, 3);
    assert_string_equal(risk->owner, "posts/head-of-roads");
    assert_string_equal(risk->plans[0], "plans/p");
    assert_null(item(f, "risks/fire")->resource->risk->current);
    has_text(f, "notes/fire-impact", "text", "Impact: TBC");
}

static void every_cell_ends_up_somewhere(void **state)
{
    struct fixture *f = *state;
    struct import_cells cells;
    struct sheet_remarks list = {0};

    take(f, "Foreword\n\nAction\tLead\tColour\nOne\tHead X\tblue\nTwo\tHead "
            "Z\t\tstray\n\nAction\tLead\t"
            "Colour\nThree\tHead Y\t\n");
    cells = import_cells_count(&f->import.tables);
    assert_int_equal(cells.stored, 6);
    assert_int_equal(cells.kept, 1);
    assert_int_equal(cells.unknown, 1);
    assert_int_equal(cells.stored + cells.understood + cells.kept + cells.unknown, 16);
    import_cells_list(&f->import.tables, &f->arena, &list);
    assert_int_equal(list.n, 2);
    assert_int_equal(list.items[0].line, 4);
    assert_int_equal(list.items[0].column, 3);
    has_text(f, "notes/one-colour", "text", "Colour: blue");
}

static void two_figures_for_one_thing_are_told(void **state)
{
    struct fixture *f = *state;

    take(f, "Indicator\t2020/21\nOne\t5\n\n## Again\n\nIndicator\t2020/21\nOne\t6\n");
    has_text(f, "observations|indicators/one|2020 21|", "verbatim", "5");
    has_text(f, "notes/one-2020-21", "text", "2020/21: 6");
}

/* The document is what people go by. */
static void the_manual_lists_all_headings_and_fields(void **state)
{
    struct fixture *f = *state;
    char *manual;
    size_t size;

    assert_int_equal(read_file(IMPORT_MANUAL, 1 << 20, &f->arena, &manual, &size), 0);
    for (size_t i = 0; i < sheet_synonym_count; i++) {
        const struct sheet_synonym *synonym = &sheet_synonym_table[i];
        const char *cell = arena_printf(&f->arena, "`%s`", synonym->header);

        if (strstr(manual, cell) == NULL) print_message("missing: %s\n", cell);
        assert_non_null(strstr(manual, cell));
    }
    for (int field = 1; field < SHEET_FIELDS; field++) {
        const char *line =
            arena_printf(&f->arena, "| `%s` | %s |", sheet_field_name((enum sheet_field)field),
                         sheet_field_help((enum sheet_field)field));

        if (strstr(manual, line) == NULL) print_message("missing: %s\n", line);
        assert_non_null(strstr(manual, line));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_measure_is_indicator_benchmark_and_link),
        TEST(figures_are_sent_as_written),
        TEST(what_is_there_is_found_by_its_wording),
        TEST(codes_go_before_titles_and_running_numbers_do_not_count),
        TEST(one_title_with_two_codes_is_two_items),
        TEST(what_is_only_matched_has_an_empty_mask),
        TEST(merged_priorities_link_to_both),
        TEST(the_plan_may_be_named_as_the_priority),
        TEST(an_action_split_over_pages_has_two_posts_and_two_deadlines),
        TEST(several_posts_in_a_cell_are_told_apart),
        TEST(two_actions_may_share_their_words),
        TEST(resourcing_status_and_progress_are_read),
        TEST(a_strategy_contributes_to_the_plan),
        TEST(money_keeps_its_scale_and_words),
        TEST(a_matrix_makes_links),
        TEST(a_risk_may_have_no_score),
        TEST(every_cell_ends_up_somewhere),
        TEST(two_figures_for_one_thing_are_told),
        TEST(the_manual_lists_all_headings_and_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
