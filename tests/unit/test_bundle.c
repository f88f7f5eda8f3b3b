#include "client/apply_stream.h"
#include "client/bundle.h"
#include "support/temp_dir.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena arena;
    char directory[TEMP_DIR_BYTES];
    struct bundle bundle;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    if (!temp_dir_make("/tmp", "bundle", f->directory)) return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    temp_dir_remove(f->directory);
    arena_release(&f->arena);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    FILE *file = fopen(arena_printf(&f->arena, "%s/%s", f->directory, name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void read_bundle(struct fixture *f)
{
    bundle_read(f->directory, &f->arena, &f->bundle);
}

static void rows_become_patches_of_all_columns_in_order_of_reference(void **state)
{
    struct fixture *f = *state;
    const Provost__V1__Patch *patch;

    put(f, "indicators.csv", "id,title,unit,toleranceRed\nfoi,\"FOI, 10 days\",percent,\n");
    put(f, "organisations.csv", "id,title\ncex,Chief Executive\n");
    put(f, "datapackage.json", "{}");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 0);
    assert_true(f->bundle.has_package);
    assert_int_equal(f->bundle.n_rows, 2);
    assert_string_equal(bundle_mutation(&f->bundle, 0, &f->arena)->patch->resource->name,
                        "organisations/cex");
    patch = bundle_mutation(&f->bundle, 1, &f->arena)->patch;
    assert_true(patch->allow_missing);
    assert_string_equal(patch->resource->name, "indicators/foi");
    assert_string_equal(patch->resource->indicator->title, "FOI, 10 days");
    assert_int_equal(patch->resource->indicator->unit, PROVOST__V1__UNIT__UNIT_PERCENT);
    assert_int_equal(patch->update_mask->n_paths, 3);
    assert_string_equal(patch->update_mask->paths[2], "tolerance_red");
}

static void a_name_that_the_daemon_derives_is_left_empty(void **state)
{
    struct fixture *f = *state;

    put(f, "targets.csv", "indicator,period,verbatim\nindicators/foi,2021/22,90%\n");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 0);
    assert_string_equal(bundle_mutation(&f->bundle, 0, &f->arena)->patch->resource->name, "");
    assert_string_equal(
        bundle_mutation(&f->bundle, 0, &f->arena)->patch->resource->target->verbatim, "90%");
}

static void an_export_can_be_imported(void **state)
{
    struct fixture *f = *state;

    put(f, "organisations.csv",
        "name,revision,create_time,update_time,title\norganisations/cex,3,,,CEX\n");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 0);
    assert_string_equal(bundle_mutation(&f->bundle, 0, &f->arena)->patch->resource->name,
                        "organisations/cex");
    assert_int_equal(bundle_mutation(&f->bundle, 0, &f->arena)->patch->update_mask->n_paths, 1);
}

static void has_problem(const struct fixture *f, size_t i, const char *place)
{
    assert_true(i < f->bundle.n_problems);
    assert_int_equal(strncmp(f->bundle.problems[i], place, strlen(place)), 0);
}

static void problems_say_file_line_and_column(void **state)
{
    struct fixture *f = *state;

    put(f, "organisations.csv", "id,title,kind\na,\"two\nlines\",TEAM\nb,B,bogus\nc,C\n");
    put(f, "indicators.csv", "id,titel,unit,unit\n");
    put(f, "targets.csv", "name,indicator\nindicators/x,y\n");
    put(f, "indicator.csv", "");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 6);
    has_problem(f, 0, "indicator.csv: ");
    has_problem(f, 1, "organisations.csv:4:3: ");
    has_problem(f, 2, "organisations.csv:5: ");
    has_problem(f, 3, "indicators.csv:1:2: ");
    has_problem(f, 4, "indicators.csv:1:4: ");
    has_problem(f, 5, "targets.csv:2:1: ");
}

static void an_empty_or_missing_folder_is_a_problem(void **state)
{
    struct fixture *f = *state;

    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 1);
    bundle_read("/nonexistent", &f->arena, &f->bundle);
    assert_int_equal(f->bundle.n_problems, 1);
    put(f, "organisations.csv", "");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 1);
}

static void broken_csv_is_a_problem(void **state)
{
    struct fixture *f = *state;

    put(f, "organisations.csv", "id,title\na,\"unclosed\n");
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 1);
    has_problem(f, 0, "organisations.csv: ");
}

static void many_problems_are_counted_and_some_kept(void **state)
{
    struct fixture *f = *state;
    char *text = arena_strdup(&f->arena, "id,kind\n");

    for (int i = 0; i < 50; i++)
        text = arena_printf(&f->arena, "%sx%d,bogus\n", text, i);
    put(f, "organisations.csv", text);
    read_bundle(f);
    assert_int_equal(f->bundle.n_problems, 50);
    assert_non_null(f->bundle.problems[BUNDLE_PROBLEMS_MAX - 1]);
}

static void a_field_path_leads_back_to_its_cell(void **state)
{
    struct fixture *f = *state;

    put(f, "organisations.csv", "id,title\ncex,C\n\nfin,F\n");
    put(f, "indicators.csv", "id,title,unit\nfoi,F,PERCENT\n");
    read_bundle(f);
    assert_string_equal(
        bundle_locate(&f->bundle, 1, ".patch.resource.organisation.title", &f->arena),
        "organisations.csv:4:2 (title)");
    assert_string_equal(
        bundle_locate(&f->bundle, 2, ".patch.resource.indicator.unit", &f->arena),
        "indicators.csv:2:3 (unit)");
    assert_string_equal(bundle_locate(&f->bundle, 0, ".patch.resource.name", &f->arena),
                        "organisations.csv:2");
}

static const Provost__V1__Mutation *row_mutation(void *context, size_t i, struct arena *arena)
{
    struct fixture *f = context;

    return bundle_mutation(&f->bundle, i, arena);
}

static size_t part_size(struct fixture *f, size_t first)
{
    const struct apply_stream stream = {
        .count = f->bundle.n_rows, .mutation = row_mutation, .context = f};

    return apply_stream_part_size(&stream, first, &f->arena);
}

static void a_large_bundle_is_sent_in_parts_that_fit(void **state)
{
    struct fixture *f = *state;
    char *title = arena_alloc(&f->arena, 60001);
    size_t first = 0;
    size_t parts = 0;
    FILE *file = fopen(arena_printf(&f->arena, "%s/organisations.csv", f->directory), "w");

    memset(title, 'x', 60000);
    title[60000] = '\0';
    fputs("id,remit\n", file);
    for (int i = 0; i < 100; i++)
        fprintf(file, "o%d,%s\n", i, title);
    fclose(file);
    read_bundle(f);
    assert_int_equal(f->bundle.n_rows, 100);
    for (; first < f->bundle.n_rows; parts++)
        first += part_size(f, first);
    assert_int_equal(first, 100);
    assert_int_equal(parts, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_become_patches_of_all_columns_in_order_of_reference),
        TEST(a_name_that_the_daemon_derives_is_left_empty),
        TEST(an_export_can_be_imported),
        TEST(problems_say_file_line_and_column),
        TEST(an_empty_or_missing_folder_is_a_problem),
        TEST(broken_csv_is_a_problem),
        TEST(many_problems_are_counted_and_some_kept),
        TEST(a_field_path_leads_back_to_its_cell),
        TEST(a_large_bundle_is_sent_in_parts_that_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
