#include "client/output.h"
#include "client/output_layout.h"

#include <locale.h>
#include <provost/v1/register.pb-c.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    char *text;
    struct style style;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    setlocale(LC_CTYPE, "C.UTF-8");
    arena_init(&f->arena, SIZE_MAX);
    f->style.has_utf8 = true;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    arena_release(&f->arena);
    free(f->text);
    free(f);
    return 0;
}

static const struct grid_column columns[] = {
    {"name", NULL, 0},
    {"value_state", NULL, GRID_RIGHT},
    {"note", NULL, GRID_WRAP},
};

static void fill(const struct view *view, struct grid *grid)
{
    struct grid_cell *row;

    (void)view;
    grid_set_columns(grid, columns, 3);
    row = grid_add_row(grid);
    row[0].text = "a,\"b\"";
    row[1].text = "68740";
    row[2].text = "tab\there\nline\\";
    row = grid_add_row(grid);
    row[0].text = "\033[31mred";
    row[2].text = "the quick brown fox jumps over the lazy dog";
}

static const char *show(struct fixture *f, const char *way)
{
    Provost__V1__Warning message = PROVOST__V1__WARNING__INIT;
    struct view view = {.message = &message.base, .fill_rows = fill, .style = &f->style};
    size_t size;
    FILE *out;
    struct status st;

    free(f->text);
    out = open_memstream(&f->text, &size);
    st = output_find(way)->write(&view, &f->arena, out);
    fclose(out);
    assert_true(status_is_ok(st));
    return f->text;
}

static void csv_has_a_header_and_quotes_what_must_be(void **state)
{
    assert_string_equal(show(*state, "csv"),
                        "name,value_state,note\n"
                        "\"a,\"\"b\"\"\",68740,\"tab\there\nline\\\"\n"
                        "\033[31mred,,the quick brown fox jumps over the lazy dog\n");
}

static void plain_is_a_line_a_row(void **state)
{
    assert_string_equal(show(*state, "plain"),
                        "a,\"b\"\t68740\ttab\\there\\nline\\\\\n"
                        "\033[31mred\t\tthe quick brown fox jumps over the lazy dog\n");
}

static void json_is_the_message_with_its_defaults(void **state)
{
    assert_non_null(strstr(show(*state, "json"), "\"reason\": \"\""));
}

static void a_table_has_titles_and_harmless_texts(void **state)
{
    const char *text = show(*state, "table");

    assert_non_null(strstr(text, "Value state"));
    assert_non_null(strstr(text, "\\x1b"));
    assert_null(strchr(text, '\033'));
}

static void a_table_wraps_between_words_to_its_width(void **state)
{
    struct fixture *f = *state;
    const char *text;

    f->style.width = 50;
    text = show(f, "table");
    assert_null(strstr(text, "quick brown fox jumps over"));
    assert_non_null(strstr(text, "brown"));
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 50);
}

static void unknown_ways_are_not_found(void **state)
{
    (void)state;
    assert_null(output_find("xml"));
    assert_null(output_find(""));
}

static void wrapping_keeps_every_word(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(layout_wrap("aa bb cc", 5, &f->arena), "aa bb\ncc");
    assert_string_equal(layout_wrap("aa bb cc", 2, &f->arena), "aa\nbb\ncc");
    assert_string_equal(layout_wrap("abcdef", 4, &f->arena), "abcd\nef");
    assert_string_equal(layout_wrap("a\n\nb", 9, &f->arena), "a\nb");
    assert_string_equal(layout_wrap("", 9, &f->arena), "");
    assert_string_equal(layout_wrap("\u00e9\u00e9 \u00e9\u00e9", 2, &f->arena),
                        "\u00e9\u00e9\n\u00e9\u00e9");
    assert_int_equal(layout_width("\u00e9\xff"), 5);
}

static void a_name_too_long_is_parted_where_it_has_parts(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(layout_wrap("posts/head-of-digital", 14, &f->arena),
                        "posts/head-of-\ndigital");
    assert_string_equal(layout_wrap("x posts/a-b", 9, &f->arena), "x\nposts/a-b");
    assert_string_equal(layout_wrap("on/2024-09-30", 10, &f->arena), "on/\n2024-09-30");
    assert_string_equal(layout_wrap("-", 1, &f->arena), "-");
    assert_string_equal(layout_wrap("/", 1, &f->arena), "/");
}

static void a_paragraph_hangs_and_keeps_its_indent(void **state)
{
    struct fixture *f = *state;

    assert_string_equal(layout_paragraph("  aa bb cc dd ee ff", 16, &f->arena),
                        "  aa bb cc dd\n    ee ff");
    assert_string_equal(layout_paragraph("  as  it is", 80, &f->arena), "  as  it is");
    assert_string_equal(layout_paragraph("no limit at all", 0, &f->arena), "no limit at all");
}

static const struct grid_column names[] = {
    {"name", NULL, 0},
    {"who", NULL, GRID_TIGHT},
    {"text", NULL, GRID_WRAP},
};

static size_t fit(struct fixture *f, size_t width, struct grid *grid)
{
    struct grid_cell *row;
    size_t used = 2 * LAYOUT_SEPARATOR_WIDTH;

    grid_init(grid, &f->arena);
    grid_set_columns(grid, names, 3);
    row = grid_add_row(grid);
    row[0].text = "notes/calls-answered-within-target-polarity";
    row[1].text = "posts/service-manager-performance";
    row[2].text = "some words that may be broken anywhere, as long as they can be read";
    layout_fit(grid, width);
    for (size_t i = 0; i < 3; i++)
        used += layout_width(row[i].text);
    return used;
}

static void names_are_broken_only_where_texts_have_no_room(void **state)
{
    struct grid grid;

    assert_true(fit(*state, 120, &grid) <= 120);
    assert_null(strchr(grid.rows[0][0].text, '\n'));
    assert_null(strchr(grid.rows[0][1].text, '\n'));
    assert_true(layout_width(grid.rows[0][2].text) >= LAYOUT_WRAP_COMFORT);
    assert_true(fit(*state, 70, &grid) <= 70);
    assert_non_null(strchr(grid.rows[0][0].text, '\n'));
    assert_true(layout_width(grid.rows[0][2].text) >= LAYOUT_WRAP_MIN);
    assert_true(fit(*state, 0, &grid) > 120);
}

static void what_cannot_fit_is_left_whole(void **state)
{
    struct fixture *f = *state;
    struct grid grid;

    (void)fit(f, 0, &grid);
    assert_false(layout_fit(&grid, 30));
    assert_null(strchr(grid.rows[0][2].text, '\n'));
    grid.is_record = true;
    assert_true(layout_fit(&grid, 30));
    assert_non_null(strchr(grid.rows[0][2].text, '\n'));
}

static void empty_columns_go_before_a_table_is_too_wide(void **state)
{
    struct fixture *f = *state;
    struct grid grid;
    struct grid_cell *row;

    grid_init(&grid, &f->arena);
    grid_set_columns(&grid, names, 3);
    row = grid_add_row(&grid);
    row[0].text = "abcdefghij";
    row[2].text = "klmnopqrst";
    assert_true(layout_fit(&grid, 22));
    assert_int_equal(grid.n_columns, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(csv_has_a_header_and_quotes_what_must_be),
        TEST(plain_is_a_line_a_row),
        TEST(json_is_the_message_with_its_defaults),
        TEST(a_table_has_titles_and_harmless_texts),
        TEST(a_table_wraps_between_words_to_its_width),
        TEST(unknown_ways_are_not_found),
        TEST(wrapping_keeps_every_word),
        TEST(a_name_too_long_is_parted_where_it_has_parts),
        TEST(a_paragraph_hangs_and_keeps_its_indent),
        TEST(names_are_broken_only_where_texts_have_no_room),
        TEST(what_cannot_fit_is_left_whole),
        TEST(empty_columns_go_before_a_table_is_too_wide),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
