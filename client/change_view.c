#include "client/change_view.h"

#include "client/moment.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <string.h>

enum { FIELDS_SHOWN = 3, RESOURCE_COLUMN = 4 };

static const char *outcome_name(const Provost__V1__ChangeItem *item)
{
    const char *name = enum_short_name(&provost__v1__outcome__descriptor, (int)item->outcome);

    return name != NULL ? name : "";
}

static bool wants_field(const struct change_view *what, const Provost__V1__FieldChange *field)
{
    return what->field == NULL || strcmp(what->field, field->field) == 0;
}

static bool wants_item(const struct change_view *what, const Provost__V1__ChangeItem *item)
{
    size_t length = what->resource != NULL ? strlen(what->resource) : 0;

    if (length > 0 && (strncmp(item->resource, what->resource, length) != 0 ||
                       (item->resource[length] != '\0' && item->resource[length] != '/' &&
                        what->resource[length - 1] != '/')))
        return false;
    for (size_t i = 0; i < item->n_fields; i++)
        if (wants_field(what, item->fields[i])) return true;
    return what->field == NULL;
}

/* One line of the log taken apart: a field (or NULL) of an item of a change. */
struct entry {
    const Provost__V1__Change *change;
    const Provost__V1__ChangeItem *item;
    const Provost__V1__FieldChange *field;
};

typedef void (*entry_fn)(const struct entry *entry, struct grid *grid);

static void each_entry(const struct change_view *what, entry_fn visit, struct grid *grid)
{
    for (size_t i = 0; i < what->n_changes; i++) {
        const Provost__V1__Change *change = what->changes[i];

        for (size_t at = 0; at < change->n_items; at++) {
            const Provost__V1__ChangeItem *item = change->items[at];

            if (!wants_item(what, item)) continue;
            if (item->n_fields == 0) visit(&(struct entry){change, item, NULL}, grid);
            for (size_t f = 0; f < item->n_fields; f++)
                if (wants_field(what, item->fields[f]))
                    visit(&(struct entry){change, item, item->fields[f]}, grid);
        }
    }
}

static const struct grid_column row_columns[] = {
    {"seq", NULL, GRID_RIGHT}, {"time", NULL, 0},         {"principal", NULL, 0},
    {"service", NULL, 0},      {"on_behalf_of", NULL, 0}, {"resource", NULL, 0},
    {"outcome", NULL, 0},      {"field", NULL, 0},        {"before", NULL, 0},
    {"after", NULL, 0},        {"reason", NULL, 0},       {"method", NULL, 0},
    {"request_id", NULL, 0},   {"auth_method", NULL, 0},
};

static const char *number(int64_t value, struct arena *arena)
{
    return arena_printf(arena, "%lld", (long long)value);
}

static void add_row(const struct entry *entry, struct grid *grid)
{
    const Provost__V1__Change *change = entry->change;
    struct grid_cell *row = grid_add_row(grid);

    row[0].text = number(change->seq, grid->arena);
    row[1].text =
        change->time == NULL ? "" : time_to_text(timestamp_to_us(change->time), grid->arena);
    row[2].text = change->principal;
    row[3].text = change->service;
    row[4].text = change->on_behalf_of;
    row[5].text = entry->item->resource;
    row[6].text = outcome_name(entry->item);
    if (entry->field != NULL) {
        row[7].text = entry->field->field;
        row[8].text = entry->field->before;
        row[9].text = entry->field->after;
    }
    row[10].text = change->reason;
    row[11].text = change->method;
    row[12].text = change->request_id;
    row[13].text = change->auth_method;
}

void change_view_rows(const struct view *view, struct grid *grid)
{
    grid_set_columns(grid, row_columns, sizeof row_columns / sizeof row_columns[0]);
    each_entry(view->context, add_row, grid);
}

/* "anna for B. Smith" */
static const char *who(const Provost__V1__Change *change, struct arena *arena)
{
    if (change->on_behalf_of[0] == '\0') return change->principal;
    return arena_printf(arena, "%s for %s", change->principal, change->on_behalf_of);
}

static const char *when(const Provost__V1__Change *change, struct arena *arena)
{
    return change->time == NULL ? "" : moment_show(timestamp_to_us(change->time), arena);
}

/* "value 98.7 -> 99" */
static const char *field_step(const struct view *view, const Provost__V1__FieldChange *field,
                              struct arena *arena)
{
    const char *arrow = style_symbol(view->style, "→", "->");

    if (field->before[0] == '\0')
        return arena_printf(arena, "%s %s %s", field->field, arrow, field->after);
    return arena_printf(arena, "%s %s %s %s", field->field, field->before, arrow,
                        field->after[0] == '\0' ? "(empty)" : field->after);
}

/* Of a new resource, what a person knows it by: its figure or its title. */
static const char *known_by(const Provost__V1__ChangeItem *item)
{
    static const char *const fields[] = {"verbatim", "value", "title"};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t at = 0; at < item->n_fields; at++)
            if (strcmp(item->fields[at]->field, fields[i]) == 0) return item->fields[at]->after;
    return "";
}

static const char *made_or_removed(const Provost__V1__ChangeItem *item, struct arena *arena)
{
    const char *known = known_by(item);

    if (item->outcome != PROVOST__V1__OUTCOME__OUTCOME_CREATED)
        return arena_printf(arena, "%s deleted", item->resource);
    return arena_printf(arena, "%s created%s%s", item->resource, known[0] != '\0' ? ": " : "",
                        known);
}

/* What happened to one resource, in a few words. */
static const char *item_text(const struct view *view, const Provost__V1__ChangeItem *item,
                             struct arena *arena)
{
    const char *text = "";

    if (item->outcome != PROVOST__V1__OUTCOME__OUTCOME_UPDATED)
        return made_or_removed(item, arena);
    for (size_t i = 0; i < item->n_fields && i < FIELDS_SHOWN; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? "; " : "",
                            field_step(view, item->fields[i], arena));
    if (item->n_fields > FIELDS_SHOWN)
        text = arena_printf(arena, "%s; and %zu more", text, item->n_fields - FIELDS_SHOWN);
    return arena_printf(arena, "%s: %s", item->resource, text);
}

static const char *what_changed(const struct view *view, const Provost__V1__Change *change,
                                struct arena *arena)
{
    const Provost__V1__ChangeItem *first = NULL;
    size_t others = change->n_items - 1;
    const char *text;

    for (size_t i = 0; i < change->n_items && first == NULL; i++)
        if (wants_item(view->context, change->items[i])) first = change->items[i];
    if (first == NULL) return "";
    text = item_text(view, first, arena);
    if (others == 0) return text;
    return arena_printf(arena, "%s, and %zu more resource%s", text, others,
                        others == 1 ? "" : "s");
}

static void note_count(const struct change_view *what, struct grid *grid)
{
    grid_note(grid, "%zu change%s; the register stands at seq %lld", what->n_changes,
              what->n_changes == 1 ? "" : "s", (long long)what->seq);
}

static const struct grid_column log_columns[] = {
    {"seq", NULL, GRID_RIGHT}, {"time", "When", 0},       {"principal", "Who", 0},
    {"service", NULL, 0},      {"what", NULL, GRID_WRAP}, {"reason", NULL, GRID_WRAP},
};

void change_view_log(const struct view *view, struct grid *grid)
{
    const struct change_view *what = view->context;

    grid_set_columns(grid, log_columns, sizeof log_columns / sizeof log_columns[0]);
    for (size_t i = 0; i < what->n_changes; i++) {
        const Provost__V1__Change *change = what->changes[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = number(change->seq, grid->arena);
        row[1].text = when(change, grid->arena);
        row[2].text = who(change, grid->arena);
        row[3].text = change->service;
        row[4].text = what_changed(view, change, grid->arena);
        row[5].text = change->reason;
    }
    grid_drop_empty(grid);
    note_count(what, grid);
}

static const struct grid_column field_columns[] = {
    {"seq", NULL, GRID_RIGHT},   {"time", "When", 0},           {"principal", "Who", 0},
    {"service", NULL, 0},        {"resource", NULL, GRID_WRAP}, {"outcome", NULL, 0},
    {"field", NULL, 0},          {"before", NULL, GRID_WRAP},   {"after", NULL, GRID_WRAP},
    {"reason", NULL, GRID_WRAP},
};

/* The item that the row above is about: its seq and resource stand at the end of the grid. */
static bool is_continued(const struct entry *entry)
{
    return entry->field != NULL && entry->field != entry->item->fields[0];
}

static void add_field_row(const struct entry *entry, struct grid *grid)
{
    const Provost__V1__Change *change = entry->change;
    struct grid_cell *row = grid_add_row(grid);

    if (!is_continued(entry)) {
        row[0].text = number(change->seq, grid->arena);
        row[1].text = when(change, grid->arena);
        row[2].text = who(change, grid->arena);
        row[3].text = change->service;
        row[RESOURCE_COLUMN].text = entry->item->resource;
        row[5].text = outcome_name(entry->item);
        row[9].text = change->reason;
    }
    if (entry->field == NULL) return;
    row[6].text = entry->field->field;
    row[7].text = entry->field->before;
    row[8].text = entry->field->after;
}

void change_view_fields(const struct view *view, struct grid *grid)
{
    const struct change_view *what = view->context;

    grid_set_columns(grid, field_columns, sizeof field_columns / sizeof field_columns[0]);
    each_entry(what, add_field_row, grid);
    for (size_t row = 0; row < grid->n_rows && what->is_history; row++)
        grid->rows[row][RESOURCE_COLUMN].text = NULL;
    grid_drop_empty(grid);
    note_count(what, grid);
}
