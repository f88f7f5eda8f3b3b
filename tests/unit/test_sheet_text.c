#include "client/sheet_amount.h"
#include "client/sheet_decode.h"
#include "client/sheet_matrix.h"
#include "client/sheet_period.h"
#include "client/sheet_read.h"
#include "client/sheet_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    struct sheet sheet;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
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

static void read_text(struct fixture *f, const char *text, bool is_csv)
{
    struct status st = sheet_read(text, strlen(text), is_csv, &f->arena, &f->sheet);

    assert_true(status_is_ok(st));
}

static void markup_is_cleaned_and_each_change_told(void **state)
{
    struct fixture *f = *state;
    unsigned changes = 0;

    assert_string_equal(sheet_clean(&f->arena, "<b>Below Average</b>", &changes),
                        "Below Average");
    assert_int_equal(changes, SHEET_CHANGED_TAGS);
    assert_string_equal(sheet_clean(&f->arena, "## **Work**  with\xC2\xA0us<br/>all", &changes),
                        "Work with us all");
    assert_int_equal(changes, SHEET_CHANGED_TAGS | SHEET_CHANGED_MARKS | SHEET_CHANGED_SPACES);
    assert_string_equal(sheet_clean(&f->arena, "a &amp; b", &changes), "a & b");
    assert_string_equal(sheet_clean(&f->arena, "less than <10% and x<y>z", NULL),
                        "less than <10% and x<y>z");
    assert_string_equal(sheet_change_name(SHEET_CHANGED_TAGS), "markup tags removed");
    assert_null(sheet_change_name(1024));
    assert_true(sheet_is_blank(" \t<b></b>\xC2\xA0&nbsp;"));
    assert_false(sheet_is_blank("-"));
}

static void same(struct fixture *f, const char *a, const char *b)
{
    assert_string_equal(sheet_fold(&f->arena, a), sheet_fold(&f->arena, b));
}

static void spellings_fold_to_one_key(void **state)
{
    struct fixture *f = *state;

    same(f, "Service Manager \xE2\x80\x93 Performance & Transformation",
         "service manager - performance and transformation");
    same(f, "extended timescales (Council)", "Extended Timescale Council");
    same(f, "Council\xE2\x80\x99s  reputation/ Dundee", "Council's reputation / Dundee");
    same(f, "\xC3\x89TAT", "\xC3\xA9tat");
    same(f, "**Tackling** inequality", "tackling inequality");
    assert_string_not_equal(sheet_fold(&f->arena, "1.5 days"),
                            sheet_fold(&f->arena, "15 days"));
    assert_string_not_equal(sheet_fold(&f->arena, "% of x"), sheet_fold(&f->arena, "of x"));
}

static void ids_are_cut_between_words(void **state)
{
    struct fixture *f = *state;
    const char *long_text = "Work in partnership with the Improvement Service and many others "
                            "to deliver commitments for all";

    assert_string_equal(sheet_slug(&f->arena, "EP 21a", 60), "ep-21a");
    assert_string_equal(
        sheet_slug(&f->arena, "Caf\xC3\xA9's <b>best</b> \xE2\x80\x93 100%", 60),
        "cafes-best-100");
    assert_string_equal(sheet_slug(&f->arena, "\xE2\x9C\x93", 60), "");
    assert_true(strlen(sheet_slug(&f->arena, long_text, 60)) <= 60);
    assert_string_equal(sheet_slug(&f->arena, long_text, 30), "work-in-partnership-with-the");
}

static void a_text_that_stops_in_the_middle_is_seen(void **state)
{
    (void)state;
    assert_true(sheet_ends_open("the Council's reputation/"));
    assert_true(sheet_ends_open("in particular the "));
    assert_true(sheet_ends_open("(for example"));
    assert_false(sheet_ends_open("by the end of March"));
    assert_false(sheet_ends_open(""));
    assert_true(sheet_starts_low(" dialogue and media"));
    assert_false(sheet_starts_low("External"));
}

static void periods_are_found_in_headings(void **state)
{
    static const struct {
        const char *heading, *label, *rest;
    } cases[] = {
        {"Target Baseline 2019/20", "2019/20", "Target Baseline"},
        {"2020/21", "2020/21", ""},
        {"Q1 2021/22 Actual", "Q1 2021/22", "Actual"},
        {"Budget 2021 \xE2\x80\x93 22 (\xC2\xA3m)", "2021-22", "Budget \xC2\xA3m"},
        {"Q2 Actual 2023/24", "Q2 2023/24", "Actual"},
        {"2023/24 (Quarter 3) Target", "2023/24 Quarter 3", "Target"},
        {"Value at 31 March 2020", "at 31 March 2020", "Value"},
        {"Apr-21", "Apr-21", ""},
        {"Performance Trajectory (last 12 months)", NULL,
         "Performance Trajectory (last 12 months)"},
        {"% of 16-17 year olds", NULL, "% of 16-17 year olds"},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sheet_period period = sheet_period_find(cases[i].heading, &f->arena);

        if (cases[i].label == NULL)
            assert_null(period.label);
        else
            assert_string_equal(period.label, cases[i].label);
        assert_string_equal(period.rest, cases[i].rest);
    }
    assert_false(sheet_period_find("Q2", &f->arena).has_year);
    assert_int_equal(sheet_period_year("Q1 2021/22"), 2021);
}

static void lines_are_rows_prose_and_rules(void **state)
{
    struct fixture *f = *state;

    read_text(f, "Title\r\n\r\nA\tB\r\n---\t---\r\n1\t2", false);
    assert_int_equal(f->sheet.n_lines, 5);
    assert_int_equal(f->sheet.lines[0].kind, SHEET_LINE_PROSE);
    assert_int_equal(f->sheet.lines[1].kind, SHEET_LINE_BLANK);
    assert_int_equal(f->sheet.lines[2].kind, SHEET_LINE_ROW);
    assert_int_equal(f->sheet.lines[3].kind, SHEET_LINE_RULE);
    assert_int_equal(f->sheet.lines[4].line, 5);
    assert_string_equal(f->sheet.lines[4].cells[1], "2");
}

static void a_quoted_cell_may_have_line_ends(void **state)
{
    struct fixture *f = *state;

    read_text(f, "a\t\"one\ntwo \"\"2\"\"\"\tc\n\"x\ny\"\tz\n\"Said\" he\tq\n", false);
    assert_int_equal(f->sheet.n_lines, 3);
    assert_string_equal(f->sheet.lines[0].cells[1], "one\ntwo \"2\"");
    assert_string_equal(f->sheet.lines[1].cells[0], "x\ny");
    assert_int_equal(f->sheet.lines[1].line, 3);
    assert_string_equal(f->sheet.lines[2].cells[0], "\"Said\" he");
    read_text(f, "\"A quote opens prose\nand does not close\nA\tB\n", false);
    assert_int_equal(f->sheet.n_lines, 3);
}

static void pipes_and_csv_are_rows_too(void **state)
{
    struct fixture *f = *state;

    read_text(f, "| a | b \\| c |  |\n|---|:-:|---|\nx | y | z\n", false);
    assert_int_equal(f->sheet.lines[0].n_cells, 3);
    assert_string_equal(f->sheet.lines[0].cells[1], "b | c");
    assert_int_equal(f->sheet.lines[1].kind, SHEET_LINE_RULE);
    assert_int_equal(f->sheet.lines[2].n_cells, 3);
    read_text(f, "a,\"b, c\"\n1,2\n", true);
    assert_string_equal(f->sheet.lines[0].cells[1], "b, c");
    read_text(f, "a;b\n1,5;2\n", true);
    assert_string_equal(f->sheet.lines[1].cells[0], "1,5");
    read_text(f, "a\tb\n", true);
    assert_string_equal(f->sheet.format, "tabs");
}

static void too_many_cells_are_refused(void **state)
{
    struct fixture *f = *state;
    char *text = arena_zalloc(&f->arena, 2000);
    struct status st;

    memset(text, '\t', 1000);
    st = sheet_read(text, 1000, false, &f->arena, &f->sheet);
    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
}

static void decodes(struct fixture *f, const char *bytes, size_t size, const char *text,
                    const char *encoding)
{
    struct sheet_text out;

    assert_true(status_is_ok(sheet_decode(bytes, size, &f->arena, &out)));
    assert_string_equal(out.encoding, encoding);
    assert_int_equal(out.size, strlen(text));
    assert_memory_equal(out.bytes, text, out.size);
}

static void encodings_are_told(void **state)
{
    struct fixture *f = *state;

    decodes(f,
            "\xEF\xBB\xBF"
            "a",
            4, "a", "UTF-8");
    decodes(f,
            "2021 \x96 \xA3"
            "5 \x92",
            11,
            "2021 \xE2\x80\x93 \xC2\xA3"
            "5 \xE2\x80\x99",
            "Windows-1252");
    decodes(f,
            "\xFF\xFE"
            "a\0\t\0\x13\x20",
            8, "a\t\xE2\x80\x93", "UTF-16");
    decodes(f, "\xFE\xFF\0a\0b", 6, "ab", "UTF-16");
}

static void what_is_no_text_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } cases[] = {{"", 0},     {" \n\t", 3},    {"PK\003\004", 4}, {"%PDF-1.4", 8},
                 {"a\0b", 3}, {"\x81\x8D", 2}, {"\xFF\xFE", 2},   {"\xD0\xCF\x11\xE0", 4}};
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sheet_text out;
        struct status st = sheet_decode(cases[i].bytes, cases[i].size, &f->arena, &out);

        assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    }
}

static void amounts_are_read_to_check_totals(void **state)
{
    static const struct {
        const char *text, *value;
    } cases[] = {{"(\xC2\xA3"
                  "1.159)",
                  "-1.159"},
                 {"1,234", "1234"},
                 {"-0.50", "-0.50"},
                 {".5", "0.5"},
                 {"007", "7"},
                 {"\xE2\x88\x92"
                  "3",
                  "-3"}};
    struct decimal amount;
    char text[DECIMAL_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(sheet_amount_read(cases[i].text, &amount));
        decimal_format(amount, text);
        assert_string_equal(text, cases[i].value);
    }
    assert_false(sheet_amount_read("TBC", &amount));
    assert_false(sheet_amount_read("", &amount));
    assert_false(sheet_amount_read("1.2.3", &amount));
}

static void marks_are_read(void **state)
{
    (void)state;
    assert_int_equal(sheet_mark_read("P"), SHEET_MARK_PRIMARY);
    assert_int_equal(sheet_mark_read("<b>s</b>"), SHEET_MARK_SECONDARY);
    assert_int_equal(sheet_mark_read("\xE2\x9C\x93"), SHEET_MARK_TICK);
    assert_int_equal(sheet_mark_read("\xE2\x97\x8F"), SHEET_MARK_TICK);
    assert_int_equal(sheet_mark_read("+"), SHEET_MARK_POSITIVE);
    assert_int_equal(sheet_mark_read("\xE2\x80\x93"), SHEET_MARK_NEGATIVE);
    assert_int_equal(sheet_mark_read(" "), SHEET_MARK_EMPTY);
    assert_int_equal(sheet_mark_read("Housing"), SHEET_MARK_NOT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(markup_is_cleaned_and_each_change_told),
        TEST(spellings_fold_to_one_key),
        TEST(ids_are_cut_between_words),
        TEST(a_text_that_stops_in_the_middle_is_seen),
        TEST(periods_are_found_in_headings),
        TEST(lines_are_rows_prose_and_rules),
        TEST(a_quoted_cell_may_have_line_ends),
        TEST(pipes_and_csv_are_rows_too),
        TEST(too_many_cells_are_refused),
        TEST(encodings_are_told),
        TEST(what_is_no_text_is_refused),
        TEST(amounts_are_read_to_check_totals),
        TEST(marks_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
