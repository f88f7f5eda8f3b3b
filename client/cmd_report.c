/* scorecard, status: what is derived, and how the daemon is. */
#include "client/command.h"
#include "client/figure_text.h"
#include "client/message_rows.h"
#include "client/moment.h"
#include "client/say.h"
#include "common/field_text.h"
#include "common/fields.h"

#include <provost/v1/admin.pb-c.h>
#include <provost/v1/performance.pb-c.h>

struct scorecard_flags {
    const char *period;
};

static const struct flag scorecard_flag_table[] = {
    {"period", 'p', "PERIOD", "\"2020-21\", \"2020/21\", \"Q1 2021/22\"", flag_set_text,
     offsetof(struct scorecard_flags, period)},
    {0},
};

static void fill_scorecard_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetScorecardResponse *card = view->context;

    message_rows_columns(&provost__v1__scorecard_row__descriptor, grid);
    for (size_t i = 0; i < card->n_rows; i++)
        message_rows_add(&card->rows[i]->base, grid);
}

/* Why there is no status, and what is special about the figure. */
static const char *note_of(const Provost__V1__ScorecardRow *row, struct arena *arena)
{
    const char *note = figure_reason(row, arena);

    for (size_t i = 0; i < row->n_flags; i++) {
        const char *flag =
            enum_short_name(&provost__v1__value_flag__descriptor, (int)row->flags[i]);

        if (flag != NULL)
            note = arena_printf(arena, "%s%s%s", note, note[0] != '\0' ? ", " : "",
                                figure_words(flag, arena));
    }
    return note;
}

static const struct grid_column scorecard_columns[] = {
    {"indicator", NULL, GRID_WRAP},
    {"value", NULL, GRID_RIGHT | GRID_TIGHT},
    {"target", NULL, GRID_RIGHT | GRID_TIGHT},
    {"status", NULL, 0},
    {"shortfall", NULL, GRID_RIGHT | GRID_TIGHT},
    {"trend", NULL, GRID_TIGHT},
    {"note", NULL, GRID_TIGHT},
};

static void add_scorecard_row(const struct view *view, const Provost__V1__ScorecardRow *item,
                              struct grid *grid)
{
    struct grid_cell *row = grid_add_row(grid);
    struct arena *arena = grid->arena;

    row[0].text = item->code[0] == '\0' ? item->title
                                        : arena_printf(arena, "%s %s", item->code, item->title);
    row[1].text = figure_value(item, view->style, arena);
    row[2].text = figure_target(item, view->style, arena);
    row[3].text = figure_status(item->status, view->style, arena, &row[3].tone);
    row[4].text = figure_shortfall(item, arena);
    row[5].text = figure_trend(item->short_trend, view->style, arena, &row[5].tone);
    row[6].text = note_of(item, arena);
}

static void note_share(struct grid *grid, const char *what, const Provost__V1__Share *share)
{
    if (share == NULL) return;
    if (share->percent[0] == '\0')
        grid_note(grid, "%s %d of %d", what, share->count, share->denominator);
    else
        grid_note(grid, "%s %d of %d (%s %%)", what, share->count, share->denominator,
                  share->percent);
}

static void fill_scorecard(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetScorecardResponse *card = view->context;
    const Provost__V1__StatusCounts *counts = card->counts;

    grid->heading =
        arena_printf(grid->arena, "%s, %s", card->title[0] != '\0' ? card->title : card->scope,
                     card->period_label);
    grid_set_columns(grid, scorecard_columns,
                     sizeof scorecard_columns / sizeof scorecard_columns[0]);
    for (size_t i = 0; i < card->n_rows; i++)
        add_scorecard_row(view, card->rows[i], grid);
    if (counts != NULL)
        grid_note(grid, "%d OK, %d warning, %d alert, %d no target, %d unknown, %d data only",
                  counts->ok, counts->warning, counts->alert, counts->no_target,
                  counts->unknown, counts->data_only);
    note_share(grid, "on target", card->on_target);
    note_share(grid, "improving or maintained", card->improving_or_maintained);
    grid_note(grid, "as of seq %lld", (long long)card->seq);
}

static enum exit_code run_scorecard(struct session *session, const struct command_input *input)
{
    const struct scorecard_flags *flags = input->flags;
    Provost__V1__GetScorecardRequest request = PROVOST__V1__GET_SCORECARD_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__performance_service__descriptor,
        .method = "GetScorecard",
        .request = &request.base,
        .failure.doing =
            arena_printf(session->arena, "show the scorecard of %s", input->words[0]),
    };
    ProtobufCMessage *message;
    enum exit_code code;

    if (flags->period == NULL) {
        say_error("scorecard needs a period: provost scorecard %s --period 2020-21",
                  input->words[0]);
        return EXIT_CODE_USAGE;
    }
    request.scope = arena_strdup(session->arena, input->words[0]);
    request.period = arena_strdup(session->arena, flags->period);
    code = session_run(session, &call, &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_scorecard_rows,
                                                .fill_table = fill_scorecard,
                                                .context = message});
}

const struct command command_scorecard = {
    .name = "scorecard",
    .usage = "PLAN --period PERIOD",
    .summary = "Show a plan's indicators with target, status and trend",
    .examples = "provost scorecard plans/cex-2021-24 --period 2020-21\n"
                "provost scorecard objectives/cex-tackling-inequality --period \"Q1 2021/22\"\n"
                "provost --as-of 2021-03-31 -o json scorecard plans/cex-2021-24 -p 2020/21\n",
    .flags = scorecard_flag_table,
    .flags_size = sizeof(struct scorecard_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_scorecard,
};

static const struct grid_column status_columns[] = {
    {"field", NULL, 0},
    {"value", NULL, GRID_WRAP},
};

static void add_status_row(struct grid *grid, const char *name, const char *value)
{
    struct grid_cell *row = grid_add_row(grid);

    row[0] = (struct grid_cell){name, TONE_FAINT};
    row[1].text = value;
}

static void fill_collections(const Provost__V1__GetStatusResponse *status, struct grid *grid)
{
    for (size_t i = 0; i < status->n_collections; i++)
        add_status_row(
            grid, status->collections[i]->collection,
            arena_printf(grid->arena, "%lld", (long long)status->collections[i]->size));
}

static void fill_status(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetStatusResponse *status = view->context;
    const ProtobufCMessageDescriptor *desc = status->base.descriptor;

    grid_set_columns(grid, status_columns, 2);
    grid->is_record = true;
    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];
        const char *text = field_to_text(&status->base, fd, grid->arena);

        if (field_shape(fd) == FIELD_LIST) continue;
        if (field_shape(fd) == FIELD_TIME && field_is_set(&status->base, fd))
            text = moment_show(field_get_int(&status->base, fd), grid->arena);
        if (text[0] == '\0' && field_shape(fd) == FIELD_INT) text = "0";
        if (text[0] == '\0' && field_shape(fd) == FIELD_BOOL) text = "no";
        add_status_row(grid, fd->name, text);
    }
    fill_collections(status, grid);
}

static void fill_status_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetStatusResponse *status = view->context;
    const ProtobufCMessageDescriptor *desc = status->base.descriptor;

    grid_set_columns(grid, status_columns, 2);
    for (unsigned i = 0; i < desc->n_fields; i++)
        if (field_shape(&desc->fields[i]) != FIELD_LIST)
            add_status_row(grid, desc->fields[i].name,
                           field_to_text(&status->base, &desc->fields[i], grid->arena));
    fill_collections(status, grid);
}

static enum exit_code run_status(struct session *session, const struct command_input *input)
{
    Provost__V1__GetStatusRequest request = PROVOST__V1__GET_STATUS_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__admin_service__descriptor,
        .method = "GetStatus",
        .request = &request.base,
        .failure.doing = "ask for the status",
    };
    ProtobufCMessage *message;
    enum exit_code code = session_run(session, &call, &message);

    (void)input;
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_status_rows,
                                                .fill_table = fill_status,
                                                .context = message});
}

const struct command command_status = {
    .name = "status",
    .usage = "",
    .summary = "Show what the daemon and its register are doing",
    .examples =
        "provost status\nprovost --server unix:/run/provost/provost.sock -o json status\n",
    .max_words = 0,
    .run = run_status,
};
