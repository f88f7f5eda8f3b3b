/* Finding tables and putting their rows in order. */
#include "client/sheet_find.h"
#include "client/sheet_join.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct sheet_headers *headers;
    struct sheet sheet;
    struct sheet_tables tables;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    f->headers = sheet_headers_new(&f->arena);
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

static void take_csv(struct fixture *f, const char *text, bool is_csv)
{
    assert_true(status_is_ok(sheet_read(text, strlen(text), is_csv, &f->arena, &f->sheet)));
    sheet_find(&f->sheet, f->headers, &f->arena, &f->tables);
    sheet_join(&f->tables, &f->arena);
}

static void take(struct fixture *f, const char *text)
{
    take_csv(f, text, false);
}

static const struct sheet_table *table_of(const struct fixture *f, size_t t,
                                          enum sheet_kind kind)
{
    assert_true(t < f->tables.n);
    assert_int_equal(f->tables.items[t]->header.kind, kind);
    return f->tables.items[t];
}

/* The i-th row that is an item. */
static const struct sheet_row *item(const struct sheet_table *table, size_t i)
{
    for (size_t r = 0; r < table->n_rows; r++)
        if (!table->rows[r].is_gone && i-- == 0) return &table->rows[r];
    return NULL;
}

static void has_items(const struct sheet_table *table, size_t n)
{
    assert_non_null(n == 0 ? &table->line : (const void *)item(table, n - 1));
    assert_null(item(table, n));
}

static void has_cell(const struct sheet_table *table, size_t row, size_t column,
                     const char *text)
{
    assert_non_null(item(table, row));
    assert_string_equal(item(table, row)->cells[column].text, text);
}

static void has_fields(const struct sheet_table *table, const char *names)
{
    char text[500] = "";
    size_t length = 0;

    for (size_t i = 0; i < table->header.n_columns; i++)
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "%s%s", i > 0 ? " " : "",
                             sheet_field_name(table->header.columns[i].field));
    assert_string_equal(text, names);
}

static void wide_periods_are_figures_and_targets(void **state)
{
    struct fixture *f = *state;

    take(f, "Strategic Priority\tIndicator Title\tBaseline 2019/20\tTarget Baseline 2019/20\t"
            "2020/21\tTarget 2020/21\tTarget 2021/22\t2022/23\tFrequency\n"
            "A\tB\t1\t2\t3\t4\t5\t6\tMonthly");
    has_fields(table_of(f, 0, SHEET_INDICATORS),
               "priority title value baseline-target value target target target frequency");
    has_items(f->tables.items[0], 1);
    assert_true(f->tables.items[0]->header.columns[7].is_guess);
}

static void bare_years_that_take_turns_with_targets_are_figures(void **state)
{
    struct fixture *f = *state;

    take(f,
         "Indicator\t2019/20\tTarget 2019/20\t2020/21\tTarget 2020/21\t2021/22\nA\t1\t2\t3\t4"
         "\t5\n");
    has_fields(table_of(f, 0, SHEET_INDICATORS), "title value target value target value");
}

static void headings_are_known_as_councils_word_them(void **state)
{
    struct fixture *f = *state;

    take(f,
         "What will we do?\tWhen will we do it by?\tIs it resourced?\t"
         "Which Priority does it link to?\tWho is leading this?\nA\tB\tC\tD\tE\n\n"
         "Measure No.\tMeasure\tBenchmark Position\tPerformance Trajectory (last 12 months)\n"
         "EP 1\tX\tAverage\tStable\n\n"
         "Workstreams\tLead\tTimescales\nA\tB\tC\n\n"
         "Strategies in place\tOutcomes\tEnd Date\tReview Dates\nA\tB\tC\tD\n\n"
         "Risk\tCause\tLikelihood\tImpact\tRisk Owner\nA\tB\t1\t2\tC\n");
    has_fields(table_of(f, 0, SHEET_ACTIONS), "title deadline resourced priority lead");
    has_fields(table_of(f, 1, SHEET_INDICATORS), "code title position trajectory");
    has_fields(table_of(f, 2, SHEET_ACTIONS), "title lead deadline");
    has_fields(table_of(f, 3, SHEET_STRATEGIES), "title summary end review");
    has_fields(table_of(f, 4, SHEET_RISKS), "title cause likelihood impact lead");
}

static void a_heading_over_two_rows_is_read_as_one(void **state)
{
    struct fixture *f = *state;

    take(f,
         "Performance\t\tTarget\tTarget\nIndicator\t2020/21\t2021/22\t2022/23\nA\t1\t2\t3\n");
    has_fields(table_of(f, 0, SHEET_INDICATORS), "title value target target");
    has_items(f->tables.items[0], 1);
    take(f, "\t\tTargets\t\nIndicator\tFrequency\t2021/22\t2022/23\nA\tB\t1\t2\n");
    has_fields(table_of(f, 0, SHEET_INDICATORS), "title frequency target target");
    take(f, "Indicator\tFrequency\tTargets\t\nFoo\t\t2021/22\t2022/23\nA\tB\t1\t2\n");
    assert_int_equal(f->tables.n, 1);
}

static void a_repeated_heading_goes_on(void **state)
{
    struct fixture *f = *state;

    take(f, "Action\tLead\nA\tX\n\n12\n\nAction\tLead\nB\tY");
    assert_int_equal(f->tables.n, 1);
    has_items(f->tables.items[0], 2);
    has_cell(f->tables.items[0], 1, 0, "B");
    assert_int_equal(f->tables.n_understood, 4);
}

static void a_row_that_goes_on_over_the_page_is_joined(void **state)
{
    struct fixture *f = *state;

    take(f, "Strategies in place\tOutcomes\tEnd Date\nPlan A\tinformed and how we are using\t"
            "2021\n\n\nStrategies in place\tOutcomes\tEnd Date\n\tdialogue and media.\t\n"
            "Plan B\tx\t2022\n");
    has_items(table_of(f, 0, SHEET_STRATEGIES), 2);
    has_cell(f->tables.items[0], 0, 1, "informed and how we are using dialogue and media.");
}

static void a_row_split_in_two_with_parts_of_every_cell_is_joined(void **state)
{
    struct fixture *f = *state;

    take(f, "Strategic Priority\tWhat will we do?\tWho is leading this?\tBy when\n"
            "Promoting reputation/ The place to be\tFirst\tNEC Manager\tTBC\n"
            "Promoting reputation/\tApply for awards, in particular the\tHead of Chief\t"
            "Internal - one\n\n\n"
            "Strategic Priority\tWhat will we do?\tWho is leading this?\tBy when\n"
            "The place to be\tNational Awards\tOfficer\tExternal - two\n"
            "General\tLast\tX\tY");
    has_items(table_of(f, 0, SHEET_ACTIONS), 3);
    has_cell(f->tables.items[0], 1, 0, "Promoting reputation/ The place to be");
    has_cell(f->tables.items[0], 1, 1, "Apply for awards, in particular the National Awards");
    has_cell(f->tables.items[0], 1, 2, "Head of Chief\nOfficer");
    has_cell(f->tables.items[0], 1, 3, "Internal - one\nExternal - two");
    has_cell(f->tables.items[0], 2, 3, "Y");
}

static void rows_of_a_new_page_are_not_joined_without_reason(void **state)
{
    struct fixture *f = *state;

    take(f, "Priority\tAction\tLead\nJobs\tOne\tX\n\nPriority\tAction\tLead\nHomes\tTwo\tY\n");
    has_items(table_of(f, 0, SHEET_ACTIONS), 2);
}

static void empty_grouping_cells_are_filled(void **state)
{
    struct fixture *f = *state;

    take(f, "Priority\tAction\tLead\nJobs\tOne\tX\n\tTwo\t\nHomes\tThree\tY\n");
    has_items(table_of(f, 0, SHEET_ACTIONS), 3);
    has_cell(f->tables.items[0], 1, 0, "Jobs");
    has_cell(f->tables.items[0], 1, 2, "");
}

static void section_rows_stand_over_the_rows_below(void **state)
{
    struct fixture *f = *state;

    take(f, "Measure No.\tMeasure\tBenchmark\nHousing\t\t\nPopulation Outcomes\t\t\n1\tA\tx\n"
            "Process measures\t\t\n2\tB\ty\nRoads\tRoads\tRoads\n3\tC\tz\n"
            "* provisional figures\t\t\n");
    has_items(table_of(f, 0, SHEET_INDICATORS), 3);
    assert_string_equal(item(f->tables.items[0], 0)->section, "Housing");
    assert_string_equal(item(f->tables.items[0], 0)->context->class_name, "POPULATION_OUTCOME");
    assert_string_equal(item(f->tables.items[0], 1)->context->class_name, "PROCESS");
    assert_string_equal(item(f->tables.items[0], 2)->section, "Roads");
}

static void headings_of_a_document_are_the_context(void **state)
{
    struct fixture *f = *state;

    take(f, "## Appendix\n\n### **Help businesses thrive**\n\n#### Population Outcomes\n\n"
            "Measure No.\tMeasure\tBenchmark\nHB 1\tA\tx\n\n### Process\n\n"
            "Measure No.\tMeasure\tBenchmark\n-----\t---\t----\n\n\nHB 2\tB\ty");
    assert_int_equal(f->tables.n, 2);
    assert_string_equal(item(f->tables.items[0], 0)->context->heading,
                        "Help businesses thrive");
    assert_string_equal(item(f->tables.items[1], 0)->context->heading,
                        "Help businesses thrive");
    assert_string_equal(item(f->tables.items[1], 0)->context->class_name, "PROCESS");
    has_cell(f->tables.items[1], 0, 0, "HB 2");
}

static void totals_are_checked_and_no_items(void **state)
{
    struct fixture *f = *state;

    take(f, "Revenue budget (\xC2\xA3m)\n\nService\t2020/21 Actual\t2021/22 Budget\tTotal\n"
            "Housing\t1.5\t(\xC2\xA3"
            "1.159)\t0.341\nRoads\t2.0\t3\t6\nTotal\t3.5\t1.9\t\n");
    has_items(table_of(f, 0, SHEET_MONEY), 2);
    has_fields(f->tables.items[0], "title amount amount total");
    assert_int_equal(f->tables.totals.n, 3);
    assert_string_equal(f->tables.totals.items[0].why, "does not agree: the sum is 5.0");
    assert_string_equal(f->tables.totals.items[1].why, "agrees with the sum");
    assert_string_equal(f->tables.totals.items[2].why, "does not agree: the sum is 1.841");
}

static void a_matrix_is_recognised_by_its_marks(void **state)
{
    struct fixture *f = *state;

    take(f,
         "Outcome\tCouncil\tNHS\tPolice\nSafe\tP\tS\t\nWell\t\xE2\x9C\x93\t\t\xE2\x97\x8F\n\n"
         "Impact on groups\n\nProposal\tAge\tSex\nOne\t+\t0\nTwo\t-\t+\n");
    has_fields(table_of(f, 0, SHEET_RESPONSIBILITY), "title mark mark mark");
    has_fields(table_of(f, 1, SHEET_IMPACT), "title mark mark");
}

static void a_form_is_a_row(void **state)
{
    struct fixture *f = *state;

    take(f, "What will we do?\tOpen a hub\nWhen will we do it by?\tJune 2022\n"
            "Is it resourced?\tYes\nWhat will we do?\tClose a depot\n"
            "When will we do it by?\t2023\nIs it resourced?\tNo\n");
    has_fields(table_of(f, 0, SHEET_ACTIONS), "title deadline resourced");
    assert_true(f->tables.items[0]->is_form);
    has_items(f->tables.items[0], 2);
    has_cell(f->tables.items[0], 1, 1, "2023");
    take(f, "What will we do?\tA\tBy when\tB\nIs it resourced?\tC\tPriority\tD\n");
    has_fields(table_of(f, 0, SHEET_ACTIONS), "title deadline resourced priority");
}

static void unknown_headings_make_a_stranger(void **state)
{
    struct fixture *f = *state;

    take(f, "Foo\tBar\tBaz\n1\tb\tc\nx\ty\tz\n");
    assert_int_equal(f->tables.n, 0);
    assert_int_equal(f->tables.n_strangers, 1);
    assert_string_equal(f->tables.strangers[0].headers[1], "Bar");
    take(f, "FOREWORD\t3\nSTRUCTURE\t4\nWHAT WE DO\t\n");
    assert_int_equal(f->tables.n_strangers, 0);
    assert_int_equal(f->tables.n_understood, 6);
}

static void a_mapping_file_makes_headings_known(void **state)
{
    static const char map[] = "header,kind,field,period\n# a remark\nFoo,actions,title\n"
                              "Bar,actions,deadline\nBaz,,ignore\n";
    struct fixture *f = *state;
    struct status st;

    assert_true(status_is_ok(sheet_headers_add_map(f->headers, map, strlen(map))));
    take(f, "foo\tBAR\tBaz\n1\tb\tc\nx\ty\tz\n");
    has_fields(table_of(f, 0, SHEET_ACTIONS), "title deadline ignore");
    st = sheet_headers_add_map(f->headers, "a,b,c\n", 6);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    st = sheet_headers_add_map(f->headers, "a,any,nonsense\n", 15);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    st = sheet_headers_add_map(f->headers, "a\n", 2);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
}

static void a_spreadsheet_with_title_rows_is_read(void **state)
{
    struct fixture *f = *state;

    take_csv(f, "Service plan,,\n,,\nAction,Lead,By when\n\"One, two\",X,2021\n", true);
    has_items(table_of(f, 0, SHEET_ACTIONS), 1);
    has_cell(f->tables.items[0], 0, 0, "One, two");
}

static void a_row_broken_over_lines_is_joined(void **state)
{
    struct fixture *f = *state;

    take(f, "Action\tLead\tBy when\nReview the\nplan\tX\tMay 2021\nTwo\tY\tZ\n");
    has_items(table_of(f, 0, SHEET_ACTIONS), 2);
    take(f, "Action\tOutcome\tLead\tBy when\nOne\tfirst half\nsecond half\tX\t2021\nTwo\n");
    has_cell(f->tables.items[0], 0, 1, "first half\nsecond half");
    has_cell(f->tables.items[0], 0, 3, "2021");
}

static void cells_beyond_the_columns_are_listed(void **state)
{
    struct fixture *f = *state;

    take(f, "Action\tLead\nOne\tX\tstray\nTwo\n");
    has_items(table_of(f, 0, SHEET_ACTIONS), 1);
    assert_int_equal(f->tables.strays.n, 1);
    assert_int_equal(f->tables.strays.items[0].column, 3);
}

/* Any bytes: pieces of tables, cut and mixed. */
static void random_text_is_survived(void **state)
{
    static const char *const pieces[] = {"\t",
                                         "\n",
                                         "\r\n",
                                         "|",
                                         "\"",
                                         "Action",
                                         "Indicator",
                                         "2021/22",
                                         "Target ",
                                         "Lead",
                                         "P",
                                         "+",
                                         "\xC2\xA3",
                                         "<b>",
                                         "**",
                                         "# ",
                                         "the",
                                         "Total",
                                         "\xE2\x9C\x93",
                                         ",",
                                         ";",
                                         "What will we do?",
                                         "By when",
                                         "Is it resourced?",
                                         "---",
                                         "\xF0\x9F\x98\x80",
                                         "x",
                                         "1.5",
                                         "Population Outcomes",
                                         "Q1",
                                         "(",
                                         "&amp;"};
    struct fixture *f = *state;
    unsigned seed = 1;

    for (int round = 0; round < 1500; round++) {
        struct arena arena;
        char text[600];
        size_t size = 0;

        arena_init(&arena, SIZE_MAX);
        for (int i = 0; i < 60; i++) {
            const char *piece;

            seed = seed * 1103515245 + 12345;
            piece = pieces[(seed >> 16) % (sizeof pieces / sizeof pieces[0])];
            if (size + strlen(piece) >= sizeof text) break;
            memcpy(text + size, piece, strlen(piece));
            size += strlen(piece);
        }
        if (status_is_ok(sheet_read(text, size, round % 3 == 0, &arena, &f->sheet))) {
            sheet_find(&f->sheet, f->headers, &f->arena, &f->tables);
            sheet_join(&f->tables, &f->arena);
        }
        arena_release(&arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(wide_periods_are_figures_and_targets),
        TEST(bare_years_that_take_turns_with_targets_are_figures),
        TEST(headings_are_known_as_councils_word_them),
        TEST(a_heading_over_two_rows_is_read_as_one),
        TEST(a_repeated_heading_goes_on),
        TEST(a_row_that_goes_on_over_the_page_is_joined),
        TEST(a_row_split_in_two_with_parts_of_every_cell_is_joined),
        TEST(rows_of_a_new_page_are_not_joined_without_reason),
        TEST(empty_grouping_cells_are_filled),
        TEST(section_rows_stand_over_the_rows_below),
        TEST(headings_of_a_document_are_the_context),
        TEST(totals_are_checked_and_no_items),
        TEST(a_matrix_is_recognised_by_its_marks),
        TEST(a_form_is_a_row),
        TEST(unknown_headings_make_a_stranger),
        TEST(a_mapping_file_makes_headings_known),
        TEST(a_spreadsheet_with_title_rows_is_read),
        TEST(a_row_broken_over_lines_is_joined),
        TEST(cells_beyond_the_columns_are_listed),
        TEST(random_text_is_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
