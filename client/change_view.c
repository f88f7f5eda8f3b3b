#include "client/change_view.h"

#include "client/moment.h"
#include "common/fields.h"
#include "common/time_text.h"

#include <string.h>

enum { FIELDS_SHOWN = 3, RESOURCE_COLUMN = 4 };

/* Stands where a text was erased; as a value may say the same, rows for programs have a column
 * that tells what was erased. */
static const char erased[] = "[erased]";

static const char *outcome_name(const Provost__V1__ChangeItem *item)
{
    const char *name = enum_short_name(&provost__v1__outcome__descriptor, (int)item->outcome);

    return name != NULL ? name : "";
}

static bool is_erasure(const Provost__V1__ChangeItem *item)
{
    return item->outcome == PROVOST__V1__OUTCOME__OUTCOME_REDACTED;
}

static const char *before_of(const Provost__V1__FieldChange *field)
{
    return field->before_redacted ? erased : field->before;
}

static const char *after_of(const Provost__V1__FieldChange *field)
{
    return field->after_redacted ? erased : field->after;
}

static const char *principal_of(const Provost__V1__Change *change)
{
    return change->actor_redacted ? erased : change->principal;
}

static const char *reason_of(const Provost__V1__Change *change)
{
    return change->reason_redacted ? erased : change->reason;
}

static bool wants_field(const struct change_view *what, const Provost__V1__FieldChange *field)
{
    return what->field == NULL || strcmp(what->field, field->field) == 0;
}

/* Without its fields a change cannot be told by them: the server matched it. */
static bool wants_item(const struct change_view *what, const Provost__V1__Change *change,
                       const Provost__V1__ChangeItem *item)
{
    size_t length = what->resource != NULL ? strlen(what->resource) : 0;

    if (length > 0 && (strncmp(item->resource, what->resource, length) != 0 ||
                       (item->resource[length] != '\0' && item->resource[length] != '/' &&
                        what->resource[length - 1] != '/')))
        return false;
    for (size_t i = 0; i < item->n_fields; i++)
        if (wants_field(what, item->fields[i])) return true;
    return what->field == NULL || (change->fields_omitted && item->n_fields == 0);
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

            if (!wants_item(what, change, item)) continue;
            if (item->n_fields == 0) visit(&(struct entry){change, item, NULL}, grid);
            for (size_t f = 0; f < item->n_fields; f++)
                if (wants_field(what, item->fields[f]))
                    visit(&(struct entry){change, item, item->fields[f]}, grid);
        }
    }
}

static const struct grid_column row_columns[] = {
    {"seq", NULL, GRID_RIGHT}, {"time", NULL, 0},           {"principal", NULL, 0},
    {"service", NULL, 0},      {"on_behalf_of", NULL, 0},   {"resource", NULL, 0},
    {"outcome", NULL, 0},      {"field", NULL, 0},          {"before", NULL, 0},
    {"after", NULL, 0},        {"reason", NULL, 0},         {"method", NULL, 0},
    {"request_id", NULL, 0},   {"auth_method", NULL, 0},    {"requested_by", NULL, 0},
    {"erased", NULL, 0},       {"fields_omitted", NULL, 0},
};

static const char *number(int64_t value, struct arena *arena)
{
    return arena_printf(arena, "%lld", (long long)value);
}

/* What of an entry was erased: "after reason". */
static const char *erased_parts(const struct entry *entry, struct arena *arena)
{
    const Provost__V1__FieldChange *field = entry->field;
    const char *text = arena_printf(arena, "%s%s%s%s",
                                    field != NULL && field->before_redacted ? " before" : "",
                                    field != NULL && field->after_redacted ? " after" : "",
                                    entry->change->actor_redacted ? " actor" : "",
                                    entry->change->reason_redacted ? " reason" : "");

    return text[0] == ' ' ? text + 1 : text;
}

static void add_row(const struct entry *entry, struct grid *grid)
{
    const Provost__V1__Change *change = entry->change;
    struct grid_cell *row = grid_add_row(grid);

    row[0].text = number(change->seq, grid->arena);
    row[1].text =
        change->time == NULL ? "" : time_to_text(timestamp_to_us(change->time), grid->arena);
    row[2].text = principal_of(change);
    row[3].text = change->service;
    row[4].text = change->on_behalf_of;
    row[5].text = entry->item->resource;
    row[6].text = outcome_name(entry->item);
    if (entry->field != NULL) {
        row[7].text = entry->field->field;
        row[8].text = before_of(entry->field);
        row[9].text = after_of(entry->field);
    }
    row[10].text = reason_of(change);
    row[11].text = change->method;
    row[12].text = change->request_id;
    row[13].text = change->auth_method;
    row[14].text = entry->item->requested_by;
    row[15].text = erased_parts(entry, grid->arena);
    row[16].text = change->fields_omitted ? "true" : "";
}

void change_view_rows(const struct view *view, struct grid *grid)
{
    grid_set_columns(grid, row_columns, sizeof row_columns / sizeof row_columns[0]);
    each_entry(view->context, add_row, grid);
}

/* "anna for B. Smith" */
static const char *who(const Provost__V1__Change *change, struct arena *arena)
{
    if (change->on_behalf_of[0] == '\0') return principal_of(change);
    return arena_printf(arena, "%s for %s", principal_of(change), change->on_behalf_of);
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
    const char *before = before_of(field);
    const char *after = after_of(field);

    if (before[0] == '\0') return arena_printf(arena, "%s %s %s", field->field, arrow, after);
    return arena_printf(arena, "%s %s %s %s", field->field, before, arrow,
                        after[0] == '\0' ? "(empty)" : after);
}

/* Of a new resource, what a person knows it by: its figure or its title. */
static const char *known_by(const Provost__V1__ChangeItem *item)
{
    static const char *const fields[] = {"verbatim", "value", "title"};

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        for (size_t at = 0; at < item->n_fields; at++)
            if (strcmp(item->fields[at]->field, fields[i]) == 0)
                return after_of(item->fields[at]);
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

/* "title, note and 3 more" */
static const char *field_names(const Provost__V1__ChangeItem *item, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < item->n_fields && i < FIELDS_SHOWN; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", item->fields[i]->field);
    if (item->n_fields > FIELDS_SHOWN)
        text = arena_printf(arena, "%s and %zu more", text, item->n_fields - FIELDS_SHOWN);
    return text;
}

/* "plans/p: summary erased, as change 3 had it; asked for by anna" */
static const char *erasure_text(const Provost__V1__ChangeItem *item, struct arena *arena)
{
    const char *text = arena_printf(arena, "%s%s%s erased", item->resource,
                                    item->n_fields > 0 ? ": " : "", field_names(item, arena));

    if (item->previous_revision > 0)
        text = arena_printf(arena, "%s, as change %lld had it", text,
                            (long long)item->previous_revision);
    if (item->requested_by[0] == '\0') return text;
    return arena_printf(arena, "%s; asked for by %s", text, item->requested_by);
}

/* What happened to one resource, in a few words. */
static const char *item_text(const struct view *view, const Provost__V1__ChangeItem *item,
                             struct arena *arena)
{
    const char *text = "";

    if (is_erasure(item)) return erasure_text(item, arena);
    if (item->outcome != PROVOST__V1__OUTCOME__OUTCOME_UPDATED)
        return made_or_removed(item, arena);
    if (item->n_fields == 0) return arena_printf(arena, "%s updated", item->resource);
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
    size_t others = change->n_items > 0 ? change->n_items - 1 : 0;
    const char *text;

    for (size_t i = 0; i < change->n_items && first == NULL; i++)
        if (wants_item(view->context, change, change->items[i])) first = change->items[i];
    if (first == NULL) return "";
    text = item_text(view, first, arena);
    if (others == 0) return text;
    return arena_printf(arena, "%s, and %zu more resource%s", text, others,
                        others == 1 ? "" : "s");
}

static void note_omitted(const struct change_view *what, struct grid *grid)
{
    for (size_t i = 0; i < what->n_changes; i++)
        if (what->changes[i]->fields_omitted)
            grid_note(grid,
                      "change %lld is too large to be shown with its fields; \"provost --as-of "
                      "%lld get NAME\" has them",
                      (long long)what->changes[i]->seq, (long long)what->changes[i]->seq);
}

static void note_count(const struct change_view *what, struct grid *grid)
{
    note_omitted(what, grid);
    grid_note(grid, "%zu change%s; the register stands at seq %lld", what->n_changes,
              what->n_changes == 1 ? "" : "s", (long long)what->seq);
}

static const struct grid_column log_columns[] = {
    {"seq", NULL, GRID_RIGHT},     {"time", "When", 0},       {"principal", "Who", GRID_TIGHT},
    {"service", NULL, GRID_TIGHT}, {"what", NULL, GRID_WRAP}, {"reason", NULL, GRID_WRAP},
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
        row[5].text = reason_of(change);
    }
    grid_drop_empty(grid);
    note_count(what, grid);
}

static const struct grid_column field_columns[] = {
    {"seq", NULL, GRID_RIGHT},
    {"time", "When", 0},
    {"principal", "Who", 0},
    {"service", NULL, 0},
    {"resource", NULL, GRID_WRAP},
    {"outcome", NULL, 0},
    {"field", NULL, 0},
    {"before", NULL, GRID_WRAP},
    {"after", NULL, GRID_WRAP},
    {"reason", NULL, GRID_WRAP},
    {"requested_by", "Asked for by", 0},
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
        row[5].text = is_erasure(entry->item) ? "ERASED" : outcome_name(entry->item);
        row[9].text = reason_of(change);
        row[10].text = entry->item->requested_by;
    }
    if (entry->field == NULL) return;
    row[6].text = entry->field->field;
    row[7].text = before_of(entry->field);
    row[8].text = after_of(entry->field);
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
