#include "common/csv.h"
#include "support/arena_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct csv_table read_ok(struct arena *arena, const char *text, char separator)
{
    struct csv_table table;
    struct status st = csv_read(text, strlen(text), separator, arena, &table);

    if (!status_is_ok(st)) print_error("%s\n", st.message);
    assert_true(status_is_ok(st));
    return table;
}

/* The table on one line: "line:cell|cell;line:cell". */
static const char *flat(struct arena *arena, const char *text, char separator)
{
    struct csv_table table = read_ok(arena, text, separator);
    const char *all = "";

    for (size_t i = 0; i < table.n_rows; i++) {
        all = arena_printf(arena, "%s%s%zu:", all, i == 0 ? "" : ";", table.rows[i].line);
        for (size_t j = 0; j < table.rows[i].n_cells; j++)
            all = arena_printf(arena, "%s%s%s", all, j == 0 ? "" : "|", table.rows[i].cells[j]);
    }
    return all;
}

static void expect_fault(struct arena *arena, const char *text, size_t size, const char *line)
{
    struct csv_table table;
    struct status st = csv_read(text, size, ',', arena, &table);

    assert_int_equal(st.code, GRPC_INVALID_ARGUMENT);
    assert_string_equal(st.reason, REASON_CSV_INVALID);
    assert_int_equal(strncmp(st.message, line, strlen(line)), 0);
}

static void plain_rows(void **state)
{
    assert_string_equal(flat(*state, "a,b\nc,d\n", ','), "1:a|b;2:c|d");
    assert_string_equal(flat(*state, "a,b\nc,d", ','), "1:a|b;2:c|d");
    assert_string_equal(flat(*state, "a,b\r\nc,d\r\n", ','), "1:a|b;2:c|d");
    assert_string_equal(flat(*state, "a,b\rc,d\r", ','), "1:a|b;2:c|d");
    assert_string_equal(flat(*state, "a;b\nc;d", ';'), "1:a|b;2:c|d");
    assert_string_equal(flat(*state, "", ','), "");
}

static void empty_cells_stay_and_empty_lines_go(void **state)
{
    assert_string_equal(flat(*state, ",\n\n\r\na,,\n\n", ','), "1:|;4:a||");
    assert_string_equal(flat(*state, "\"\"\nx", ','), "1:;2:x");
    assert_string_equal(flat(*state, "a,", ','), "1:a|");
}

static void spaces_belong_to_cells(void **state)
{
    assert_string_equal(flat(*state, " a , b \n", ','), "1: a | b ");
    assert_string_equal(flat(*state, " \n", ','), "1: ");
}

static void quoted_cells(void **state)
{
    assert_string_equal(flat(*state, "\"a,b\",\"c \"\"d\"\"\"\n", ','), "1:a,b|c \"d\"");
    assert_string_equal(flat(*state, "\"a\nb\",c\nd,e\n", ','), "1:a\nb|c;3:d|e");
    assert_string_equal(flat(*state, "x,\"a\r\n\r\nb\"\r\nd\r\n", ','), "1:x|a\r\n\r\nb;4:d");
    assert_string_equal(flat(*state, "\"\n\"", ','), "1:\n");
    assert_string_equal(flat(*state, "a\n\"\n\"\nb", ','), "1:a;2:\n;4:b");
}

static void a_byte_order_mark_is_dropped(void **state)
{
    assert_string_equal(flat(*state, "\xEF\xBB\xBFname\n", ','), "1:name");
    assert_string_equal(flat(*state, "\xEF\xBB\xBF\"na\"\n", ','), "1:na");
}

static void broken_quoting_names_the_line(void **state)
{
    expect_fault(*state, "a\n\"b\"c\n", 7, "line 2:");
    expect_fault(*state, "a\nb\"c\"\n", 7, "line 2:");
    expect_fault(*state, "a\nb\n\"c\nd\ne\n", 11, "line 3:");
}

static void foreign_characters_name_the_line(void **state)
{
    expect_fault(*state, "a\nb\n\xA3 5", 7, "line 3:");
    expect_fault(*state, "a\n\0", 3, "line 2:");
    expect_fault(*state, "\xFF\xFE", 2, "line 1:");
}

static void limits_on_columns_and_cells(void **state)
{
    size_t size = 2 * (CSV_MAX_CELLS + 2);
    char *text = arena_alloc(*state, size);
    struct csv_table table;

    memset(text, ',', size);
    assert_true(status_is_ok(csv_read(text, CSV_MAX_COLUMNS - 1, ',', *state, &table)));
    assert_int_equal(table.rows[0].n_cells, CSV_MAX_COLUMNS);
    assert_string_equal(csv_read(text, CSV_MAX_COLUMNS, ',', *state, &table).reason,
                        REASON_CSV_TOO_LARGE);
    for (size_t i = 0; i < size; i += 2)
        memcpy(text + i, "a\n", 2);
    assert_true(status_is_ok(csv_read(text, 2 * CSV_MAX_CELLS, ',', *state, &table)));
    assert_int_equal(table.n_rows, CSV_MAX_CELLS);
    assert_string_equal(csv_read(text, size, ',', *state, &table).reason, REASON_CSV_TOO_LARGE);
}

static void pasted_text_may_hold_quotes(void **state)
{
    assert_string_equal(flat(*state, "5\" pipe\tx\n", '\t'), "1:5\" pipe|x");
    assert_string_equal(flat(*state, "\"Best\" value\tx\n", '\t'), "1:\"Best\" value|x");
    assert_string_equal(flat(*state, "\"Best\tx\n", '\t'), "1:\"Best|x");
    assert_string_equal(flat(*state, "say \"no\"\tx", '\t'), "1:say \"no\"|x");
    assert_string_equal(flat(*state, "\"a\nb \"\"c\"\"\"\tx\ny\tz", '\t'),
                        "1:a\nb \"c\"|x;3:y|z");
    assert_string_equal(flat(*state, "a,b\t\"q\"\r\n\r\n\tz\r\n", '\t'), "1:a,b|q;3:|z");
    assert_string_equal(flat(*state, "\"", '\t'), "1:\"");
}

static void what_is_written_is_read_back(void **state)
{
    const char *const cells[] = {"plain", "a,b",      "say \"x\"", "two\nlines",
                                 "",      " spaced ", "\r",        "\xC2\xA3"};
    const char *const empty[] = {""};
    struct csv_table table;
    struct buf buf;

    buf_init(&buf, 10000);
    csv_write_row(&buf, cells, 8);
    csv_write_row(&buf, empty, 1);
    assert_memory_equal(buf.data, "plain,\"a,b\",\"say \"\"x\"\"\",", 24);
    assert_true(status_is_ok(csv_read((char *)buf.data, buf.size, ',', *state, &table)));
    assert_int_equal(table.n_rows, 2);
    assert_int_equal(table.rows[0].n_cells, 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(table.rows[0].cells[i], cells[i]);
    assert_int_equal(table.rows[1].n_cells, 1);
    assert_string_equal(table.rows[1].cells[0], "");
    buf_release(&buf);
}

static void a_mark_in_the_first_cell_is_kept(void **state)
{
    const char *const cells[] = {"\xEF\xBB\xBFs", "b"};
    struct csv_table table;
    struct buf buf;

    buf_init(&buf, 100);
    csv_write_row(&buf, cells, 2);
    assert_true(status_is_ok(csv_read((char *)buf.data, buf.size, ',', *state, &table)));
    assert_string_equal(table.rows[0].cells[0], cells[0]);
    buf_release(&buf);
}

static void random_files_do_no_harm(void **state)
{
    static const char alphabet[] = "\",\t\r\nab \xC2\xA3";

    srand(5);
    for (int round = 0; round < 30000; round++) {
        char text[24];
        size_t size = (size_t)rand() % sizeof text;
        char *exact;
        struct csv_table table;
        struct status st;

        for (size_t i = 0; i < size; i++)
            text[i] = alphabet[(size_t)rand() % (sizeof alphabet - (rand() % 9 != 0))];
        exact = arena_memdup(*state, text, size);
        st = csv_read(exact, size, round % 2 ? '\t' : ',', *state, &table);
        if (status_is_ok(st))
            for (size_t i = 0; i < table.n_rows; i++)
                assert_true(table.rows[i].n_cells > 0 && table.rows[i].line > 0 &&
                            table.rows[i].line <= size);
        arena_release(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_rows, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(empty_cells_stay_and_empty_lines_go, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(spaces_belong_to_cells, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(quoted_cells, arena_setup, arena_teardown),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_is_dropped, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(broken_quoting_names_the_line, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(foreign_characters_name_the_line, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(limits_on_columns_and_cells, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(pasted_text_may_hold_quotes, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_back, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(a_mark_in_the_first_cell_is_kept, arena_setup,
                                        arena_teardown),
        cmocka_unit_test_setup_teardown(random_files_do_no_harm, arena_setup, arena_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
