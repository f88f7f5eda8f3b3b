#include "client/change_view.h"

#include "common/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Change 7: made actions/a1 and changed two fields of indicators/foi. */
struct fixture {
    struct arena arena;
    Provost__V1__FieldChange fields[3];
    Provost__V1__FieldChange *field_list[3];
    Provost__V1__ChangeItem items[2];
    Provost__V1__ChangeItem *item_list[2];
    Provost__V1__Change change;
    Provost__V1__Change *changes;
    struct change_view what;
    struct grid grid;
    struct style style;
};

static void set_field(struct fixture *f, size_t i, const char *name, const char *before,
                      const char *after)
{
    f->fields[i] = (Provost__V1__FieldChange)PROVOST__V1__FIELD_CHANGE__INIT;
    f->fields[i].field = arena_strdup(&f->arena, name);
    f->fields[i].before = arena_strdup(&f->arena, before);
    f->fields[i].after = arena_strdup(&f->arena, after);
    f->field_list[i] = &f->fields[i];
}

static void set_item(struct fixture *f, size_t i, const char *name,
                     Provost__V1__Outcome outcome)
{
    f->items[i] = (Provost__V1__ChangeItem)PROVOST__V1__CHANGE_ITEM__INIT;
    f->items[i].resource = arena_strdup(&f->arena, name);
    f->items[i].outcome = outcome;
    f->item_list[i] = &f->items[i];
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    arena_init(&f->arena, SIZE_MAX);
    set_field(f, 0, "title", "", "Report");
    set_field(f, 1, "code", "A", "B");
    set_field(f, 2, "unit", "DAYS", "");
    set_item(f, 0, "actions/a1", PROVOST__V1__OUTCOME__OUTCOME_CREATED);
    f->items[0].fields = f->field_list;
    f->items[0].n_fields = 1;
    set_item(f, 1, "indicators/foi", PROVOST__V1__OUTCOME__OUTCOME_UPDATED);
    f->items[1].fields = f->field_list + 1;
    f->items[1].n_fields = 2;
    f->change = (Provost__V1__Change)PROVOST__V1__CHANGE__INIT;
    f->change.seq = 7;
    f->change.principal = arena_strdup(&f->arena, "anna");
    f->change.on_behalf_of = arena_strdup(&f->arena, "B. Smith");
    f->change.items = f->item_list;
    f->change.n_items = 2;
    f->changes = &f->change;
    f->what = (struct change_view){.changes = &f->changes, .n_changes = 1, .seq = 9};
    grid_init(&f->grid, &f->arena);
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

static void fill(struct fixture *f, void (*fill_grid)(const struct view *, struct grid *))
{
    struct view view = {.context = &f->what, .style = &f->style};

    fill_grid(&view, &f->grid);
}

/* The text under a column's name. */
static const char *cell(const struct fixture *f, size_t row, const char *name)
{
    for (size_t i = 0; i < f->grid.n_columns; i++)
        if (strcmp(f->grid.columns[i].name, name) == 0) return grid_text(&f->grid.rows[row][i]);
    return NULL;
}

static void programs_get_a_row_a_field_with_everything_in_it(void **state)
{
    struct fixture *f = *state;

    fill(f, change_view_rows);
    assert_int_equal(f->grid.n_rows, 3);
    assert_string_equal(cell(f, 1, "seq"), "7");
    assert_string_equal(cell(f, 1, "principal"), "anna");
    assert_string_equal(cell(f, 1, "on_behalf_of"), "B. Smith");
    assert_string_equal(cell(f, 1, "resource"), "indicators/foi");
    assert_string_equal(cell(f, 1, "outcome"), "UPDATED");
    assert_string_equal(cell(f, 1, "before"), "A");
    assert_string_equal(cell(f, 1, "after"), "B");
    assert_string_equal(cell(f, 2, "field"), "unit");
}

static void rows_keep_to_the_resource_and_field_asked_for(void **state)
{
    struct fixture *f = *state;

    f->what.resource = "indicators";
    f->what.field = "unit";
    fill(f, change_view_rows);
    assert_int_equal(f->grid.n_rows, 1);
    assert_string_equal(cell(f, 0, "field"), "unit");
}

static void a_name_is_not_matched_by_one_that_only_begins_like_it(void **state)
{
    struct fixture *f = *state;

    f->what.resource = "indicators/fo";
    fill(f, change_view_rows);
    assert_int_equal(f->grid.n_rows, 0);
}

static void people_get_a_line_a_change(void **state)
{
    struct fixture *f = *state;

    fill(f, change_view_log);
    assert_int_equal(f->grid.n_rows, 1);
    assert_string_equal(cell(f, 0, "principal"), "anna for B. Smith");
    assert_string_equal(cell(f, 0, "what"), "actions/a1 created: Report, and 1 more resource");
    assert_null(cell(f, 0, "reason")); /* nobody gave one */
}

static void the_line_is_about_what_was_asked_for(void **state)
{
    struct fixture *f = *state;

    f->what.resource = "indicators/foi";
    fill(f, change_view_log);
    assert_string_equal(
        cell(f, 0, "what"),
        "indicators/foi: code A -> B; unit DAYS -> (empty), and 1 more resource");
}

static void a_history_does_not_repeat_the_name(void **state)
{
    struct fixture *f = *state;

    f->what.is_history = true;
    fill(f, change_view_fields);
    assert_null(cell(f, 0, "resource"));
    assert_string_equal(cell(f, 1, "seq"), "7");
    assert_string_equal(cell(f, 2, "seq"), "");
}

static void what_was_erased_is_told_apart_from_what_is_empty(void **state)
{
    struct fixture *f = *state;

    set_field(f, 1, "code", "", "");
    f->fields[1].before_redacted = f->fields[1].after_redacted = true;
    f->change.actor_redacted = f->change.reason_redacted = true;
    f->change.on_behalf_of = arena_strdup(&f->arena, "");
    fill(f, change_view_rows);
    assert_string_equal(cell(f, 1, "before"), "[erased]");
    assert_string_equal(cell(f, 1, "after"), "[erased]");
    assert_string_equal(cell(f, 1, "principal"), "[erased]");
    assert_string_equal(cell(f, 1, "reason"), "[erased]");
    assert_string_equal(cell(f, 1, "erased"), "before after actor reason");
    assert_string_equal(cell(f, 2, "before"), "DAYS");
    assert_string_equal(cell(f, 2, "after"), "");
    assert_string_equal(cell(f, 2, "erased"), "actor reason");
}

static void the_line_of_a_change_shows_what_was_erased(void **state)
{
    struct fixture *f = *state;

    set_field(f, 1, "code", "A", "");
    f->fields[1].after_redacted = true;
    f->what.resource = "indicators/foi";
    f->change.actor_redacted = f->change.reason_redacted = true;
    f->change.on_behalf_of = arena_strdup(&f->arena, "");
    fill(f, change_view_log);
    assert_string_equal(cell(f, 0, "principal"), "[erased]");
    assert_string_equal(cell(f, 0, "reason"), "[erased]");
    assert_string_equal(
        cell(f, 0, "what"),
        "indicators/foi: code A -> [erased]; unit DAYS -> (empty), and 1 more resource");
}

static void a_new_resource_is_known_by_its_title_even_if_it_was_erased(void **state)
{
    struct fixture *f = *state;

    set_field(f, 0, "title", "", "");
    f->fields[0].after_redacted = true;
    fill(f, change_view_log);
    assert_string_equal(cell(f, 0, "what"),
                        "actions/a1 created: [erased], and 1 more resource");
}

/* The change becomes an erasure of two fields of indicators/foi, which change 3 had set. */
static void make_erasure(struct fixture *f)
{
    set_field(f, 1, "code", "", "");
    set_field(f, 2, "unit", "", "");
    for (size_t i = 1; i <= 2; i++)
        f->fields[i].before_redacted = f->fields[i].after_redacted = true;
    f->items[1].outcome = PROVOST__V1__OUTCOME__OUTCOME_REDACTED;
    f->items[1].previous_revision = 3;
    f->items[1].requested_by = arena_strdup(&f->arena, "carl");
    f->item_list[0] = &f->items[1];
    f->change.n_items = 1;
}

static void an_erasure_is_no_deletion(void **state)
{
    struct fixture *f = *state;

    make_erasure(f);
    fill(f, change_view_log);
    assert_string_equal(
        cell(f, 0, "what"),
        "indicators/foi: code, unit erased, as change 3 had it; asked for by carl");
}

static void of_an_erasure_who_asked_is_shown(void **state)
{
    struct fixture *f = *state;

    make_erasure(f);
    fill(f, change_view_fields);
    assert_string_equal(cell(f, 0, "outcome"), "ERASED");
    assert_string_equal(cell(f, 0, "principal"), "anna for B. Smith");
    assert_string_equal(cell(f, 0, "requested_by"), "carl");
    assert_string_equal(cell(f, 0, "after"), "[erased]");
}

static void programs_get_the_outcome_of_an_erasure_as_the_api_names_it(void **state)
{
    struct fixture *f = *state;

    make_erasure(f);
    fill(f, change_view_rows);
    assert_string_equal(cell(f, 0, "outcome"), "REDACTED");
    assert_string_equal(cell(f, 0, "requested_by"), "carl");
}

static void a_change_without_its_fields_says_so(void **state)
{
    struct fixture *f = *state;

    f->change.fields_omitted = true;
    f->items[0].n_fields = f->items[1].n_fields = 0;
    f->what.resource = "indicators";
    f->what.field = "unit";
    fill(f, change_view_log);
    assert_string_equal(cell(f, 0, "what"), "indicators/foi updated, and 1 more resource");
    assert_int_equal(f->grid.n_notes, 2);
    assert_non_null(strstr(f->grid.notes[0], "change 7 is too large"));
}

static void rows_of_a_change_without_its_fields_say_so(void **state)
{
    struct fixture *f = *state;

    f->change.fields_omitted = true;
    f->items[0].n_fields = f->items[1].n_fields = 0;
    fill(f, change_view_rows);
    assert_int_equal(f->grid.n_rows, 2);
    assert_string_equal(cell(f, 0, "fields_omitted"), "true");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(programs_get_a_row_a_field_with_everything_in_it),
        TEST(rows_keep_to_the_resource_and_field_asked_for),
        TEST(a_name_is_not_matched_by_one_that_only_begins_like_it),
        TEST(people_get_a_line_a_change),
        TEST(the_line_is_about_what_was_asked_for),
        TEST(a_history_does_not_repeat_the_name),
        TEST(what_was_erased_is_told_apart_from_what_is_empty),
        TEST(the_line_of_a_change_shows_what_was_erased),
        TEST(a_new_resource_is_known_by_its_title_even_if_it_was_erased),
        TEST(an_erasure_is_no_deletion),
        TEST(of_an_erasure_who_asked_is_shown),
        TEST(programs_get_the_outcome_of_an_erasure_as_the_api_names_it),
        TEST(a_change_without_its_fields_says_so),
        TEST(rows_of_a_change_without_its_fields_say_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
