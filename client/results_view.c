#include "client/results_view.h"

#include "client/moment.h"
#include "client/say.h"
#include "common/fields.h"
#include "common/time_text.h"

enum { WARNINGS_SHOWN = 20 };

struct results results_of_apply(const Provost__V1__ApplyResponse *response)
{
    return (struct results){.message = &response->base,
                            .items = response->results,
                            .n_items = response->n_results,
                            .seq = response->seq,
                            .commit_time = response->commit_time,
                            .validated_only = response->validated_only};
}

struct results results_of_submit(const Provost__V1__SubmitObservationsResponse *response)
{
    return (struct results){.message = &response->base,
                            .items = response->results,
                            .n_items = response->n_results,
                            .seq = response->seq,
                            .commit_time = response->commit_time,
                            .validated_only = response->validated_only};
}

const char *results_summary(const struct results *results, struct arena *arena)
{
    if (results->validated_only) return "dry run: nothing was written";
    if (results->commit_time == NULL)
        return arena_printf(arena, "nothing changed; the register stands at seq %lld",
                            (long long)results->seq);
    return arena_printf(arena, "change %lld, %s", (long long)results->seq,
                        moment_show(timestamp_to_us(results->commit_time), arena));
}

static void say_warning(const Provost__V1__MutationResult *item,
                        const Provost__V1__Warning *warning)
{
    say("warning: %s%s%s: %s", item->name, warning->field[0] != '\0' ? " " : "", warning->field,
        warning->message[0] != '\0' ? warning->message : warning->reason);
}

void results_say_warnings(const struct results *results, size_t limit)
{
    size_t n = 0;

    for (size_t i = 0; i < results->n_items; i++)
        for (size_t at = 0; at < results->items[i]->n_warnings; at++)
            if (n++ < limit) say_warning(results->items[i], results->items[i]->warnings[at]);
    if (n > limit) say("warning: and %zu more", n - limit);
}

static const char *outcome_name(int outcome)
{
    const char *name = enum_short_name(&provost__v1__outcome__descriptor, outcome);

    return name != NULL ? name : "";
}

static const char *join_fields(const Provost__V1__MutationResult *item, const char *separator,
                               struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < item->n_changed_fields; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? separator : "",
                            item->changed_fields[i]);
    return text;
}

static const struct grid_column row_columns[] = {
    {"name", NULL, 0},
    {"outcome", NULL, 0},
    {"revision", NULL, GRID_RIGHT},
    {"changed_fields", NULL, GRID_WRAP},
};

static void fill_rows(const struct view *view, struct grid *grid)
{
    const struct results *results = view->context;

    grid_set_columns(grid, row_columns, 4);
    for (size_t i = 0; i < results->n_items; i++) {
        const Provost__V1__MutationResult *item = results->items[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = item->name;
        row[1].text = outcome_name((int)item->outcome);
        if (item->resource != NULL)
            row[2].text =
                arena_printf(grid->arena, "%lld", (long long)item->resource->revision);
        row[3].text = join_fields(item, ",", grid->arena);
    }
}

static const struct grid_column table_columns[] = {
    {"name", NULL, 0},
    {"outcome", NULL, 0},
    {"changed_fields", "Fields", GRID_WRAP},
};

static void fill_table(const struct view *view, struct grid *grid)
{
    const struct results *results = view->context;

    grid_set_columns(grid, table_columns, 3);
    for (size_t i = 0; i < results->n_items; i++) {
        const Provost__V1__MutationResult *item = results->items[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = item->name;
        row[1].text = outcome_name((int)item->outcome);
        row[2].text = join_fields(item, ", ", grid->arena);
    }
    grid_note(grid, "%s", results_summary(results, grid->arena));
}

enum exit_code results_show(struct session *session, const struct results *results)
{
    results_say_warnings(results, WARNINGS_SHOWN);
    return session_show(session, &(struct view){.message = results->message,
                                                .fill_rows = fill_rows,
                                                .fill_table = fill_table,
                                                .context = results});
}
