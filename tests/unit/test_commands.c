#include "client/collection.h"
#include "client/commands.h"
#include "client/help.h"
#include "client/resource_view.h"
#include "common/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_command_has_help_that_begins_with_examples(void **state)
{
    (void)state;
    for (const struct command *const *at = commands_table; *at != NULL; at++) {
        char *text = NULL;
        size_t size;
        FILE *out = open_memstream(&text, &size);

        help_command(*at, out);
        fclose(out);
        assert_int_equal(strncmp(text, "Examples:\n  provost", 19), 0);
        assert_non_null(strstr(text, "Usage: provost "));
        assert_non_null((*at)->run);
        assert_ptr_equal(commands_find((*at)->name), *at);
        free(text);
    }
}

static void a_flag_table_fits_into_the_struct_it_fills(void **state)
{
    (void)state;
    for (const struct command *const *at = commands_table; *at != NULL; at++)
        for (const struct flag *flag = (*at)->flags; flag != NULL && flag->name != NULL;
             flag++) {
            assert_true(flag->offset < (*at)->flags_size);
            assert_non_null(flag->help);
            assert_true((flag->argument == NULL) == (flag->set == flag_set_bool));
        }
}

static void no_line_of_the_help_is_wider_than_80(void **state)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    help_program(out);
    fclose(out);
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    free(text);
}

static void a_misspelt_command_is_guessed(void **state)
{
    (void)state;
    assert_string_equal(commands_suggest("scorcard"), "scorecard");
    assert_null(commands_suggest("frobnicate"));
}

static void usual_columns_are_fields_of_their_kind(void **state)
{
    struct arena arena;
    const char *kind;

    (void)state;
    arena_init(&arena, SIZE_MAX);
    for (size_t i = 0; (kind = resource_view_kind(i)) != NULL; i++) {
        char *collection = arena_printf(&arena, "%ss", kind);
        for (char *at = collection; *at != '\0'; at++)
            if (*at == '_') *at = '-';
        const ProtobufCFieldDescriptor *member = collection_find(collection);
        char *fields = arena_strdup(&arena, resource_view_usual_fields(kind));
        char *save;

        assert_non_null(member);
        for (char *name = strtok_r(fields, ",", &save); name != NULL;
             name = strtok_r(NULL, ",", &save))
            assert_non_null(fields_find(field_message_type(member), name));
    }
    for (size_t i = 0; collection_member(i) != NULL; i++)
        assert_non_null(resource_view_usual_fields(collection_member(i)->name));
    arena_release(&arena);
}

static void a_collection_is_found_by_its_name_alone_or_in_a_resource_name(void **state)
{
    (void)state;
    assert_string_equal(collection_find("indicators")->name, "indicator");
    assert_string_equal(collection_find("indicators/foi-cex")->name, "indicator");
    assert_null(collection_find("indicator"));
    assert_null(collection_find("indicatorsx"));
    assert_null(collection_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_help_that_begins_with_examples),
        cmocka_unit_test(a_flag_table_fits_into_the_struct_it_fills),
        cmocka_unit_test(no_line_of_the_help_is_wider_than_80),
        cmocka_unit_test(a_misspelt_command_is_guessed),
        cmocka_unit_test(usual_columns_are_fields_of_their_kind),
        cmocka_unit_test(a_collection_is_found_by_its_name_alone_or_in_a_resource_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
