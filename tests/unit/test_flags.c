#include "client/flags.h"
#include "common/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct own {
    const char *filter;
    int64_t limit;
    int64_t depth;
    bool dry_run;
    struct flag_list marks;
};

struct common {
    const char *output;
    const char *filter;
};

static const struct flag own_table[] = {
    {"filter", 'f', "F", "", flag_set_text, offsetof(struct own, filter)},
    {"limit", 0, "N", "", flag_set_count, offsetof(struct own, limit)},
    {"dry-run", 0, NULL, "", flag_set_bool, offsetof(struct own, dry_run)},
    {"depth", 0, "N", "", flag_set_positive, offsetof(struct own, depth)},
    {"flag", 0, "M", "", flag_add_text, offsetof(struct own, marks)},
    {0},
};

static const struct flag common_table[] = {
    {"output", 'o', "F", "", flag_set_text, offsetof(struct common, output)},
    {"filter", 0, "F", "", flag_set_text, offsetof(struct common, filter)},
    {0},
};

struct fixture {
    struct arena arena;
    struct own own;
    struct common common;
    struct flag_parser parser;
    struct flag_words words;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    f->parser = (struct flag_parser){
        .arena = &f->arena, .own = {own_table, &f->own}, .common = {common_table, &f->common}};
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

static const char *parse(struct fixture *f, const char *line)
{
    char program[] = "provost";
    char *argv[32] = {program};
    int argc = 1;
    char *save;

    for (char *word = strtok_r(arena_strdup(&f->arena, line), " ", &save); word != NULL;
         word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    return flags_parse(&f->parser, argc, argv, &f->words);
}

static void values_come_behind_or_in_the_same_word(void **state)
{
    struct fixture *f = *state;

    assert_null(parse(f, "list -ojson --limit 5 --filter=a=b indicators"));
    assert_string_equal(f->common.output, "json");
    assert_string_equal(f->own.filter, "a=b");
    assert_int_equal(f->own.limit, 5);
    assert_int_equal(f->words.n, 2);
    assert_string_equal(f->words.words[1], "indicators");
}

static void a_flag_of_the_command_hides_the_common_one_of_its_name(void **state)
{
    struct fixture *f = *state;

    assert_null(parse(f, "--filter x"));
    assert_string_equal(f->own.filter, "x");
    assert_null(f->common.filter);
}

static void dashes_and_negative_numbers_are_words(void **state)
{
    struct fixture *f = *state;

    assert_null(parse(f, "submit foi -5 - -.5 -- --limit"));
    assert_int_equal(f->words.n, 6);
    assert_string_equal(f->words.words[2], "-5");
    assert_string_equal(f->words.words[3], "-");
    assert_string_equal(f->words.words[5], "--limit");
}

static void a_repeated_flag_gathers_its_values(void **state)
{
    struct fixture *f = *state;

    assert_null(parse(f, "--flag a --flag b --dry-run"));
    assert_int_equal(f->own.marks.n, 2);
    assert_string_equal(f->own.marks.values[0], "a");
    assert_string_equal(f->own.marks.values[1], "b");
    assert_true(f->own.dry_run);
}

static void what_is_wrong_is_said_with_what_was_probably_meant(void **state)
{
    struct fixture *f = *state;

    assert_non_null(strstr(parse(f, "--limt 3"), "--limit"));
    assert_non_null(strstr(parse(f, "--limit x"), "whole number"));
    assert_non_null(strstr(parse(f, "--depth 0"), "\"0\" is too little"));
    assert_non_null(strstr(parse(f, "--depth x"), "whole number"));
    assert_null(parse(f, "--depth 1"));
    assert_int_equal(f->own.depth, 1);
    assert_non_null(strstr(parse(f, "--limit 99999999999999999999"), "too large"));
    assert_non_null(strstr(parse(f, "--limit"), "needs a value"));
    assert_non_null(strstr(parse(f, "--dry-run=yes"), "takes no value"));
    assert_non_null(strstr(parse(f, "-z"), "unknown option -z"));
    assert_non_null(parse(f, "--=x"));
}

static void distance_counts_swapped_neighbours_as_one(void **state)
{
    (void)state;
    assert_int_equal(suggest_distance("list", "list"), 0);
    assert_int_equal(suggest_distance("lsit", "list"), 1);
    assert_int_equal(suggest_distance("", "abc"), 3);
    assert_int_equal(suggest_distance("kitten", "sitting"), 3);
    assert_true(suggest_distance("a",
                                 "0123456789012345678901234567890123456789012345678901234567"
                                 "890123456789") > 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_behind_or_in_the_same_word, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_flag_of_the_command_hides_the_common_one_of_its_name,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(dashes_and_negative_numbers_are_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_repeated_flag_gathers_its_values, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_said_with_what_was_probably_meant,
                                        set_up, tear_down),
        cmocka_unit_test(distance_counts_swapped_neighbours_as_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
