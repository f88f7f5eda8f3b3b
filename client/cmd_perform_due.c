/* due, risks: what is to be done, and what may go wrong. */
#include "client/figure_text.h"
#include "client/message_rows.h"
#include "client/paging.h"
#include "client/perform.h"

#include <provost/v1/performance.pb-c.h>
#include <string.h>

/* ---- due ---- */

struct due_flags {
    const char *date;
    int64_t days;
    bool overdue;
};

static const struct flag due_flag_table[] = {
    {"date", 0, "DATE", "the day it is told for; else today", flag_set_text,
     offsetof(struct due_flags, date)},
    {"days", 0, "N", "how many days ahead to look (30)", flag_set_positive,
     offsetof(struct due_flags, days)},
    {"overdue", 0, NULL, "only what is overdue", flag_set_bool,
     offsetof(struct due_flags, overdue)},
    {0},
};

static void fill_due_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__ListDueResponse *due = view->context;

    message_rows_columns(&provost__v1__due_item__descriptor, grid);
    for (size_t i = 0; i < due->n_items; i++)
        message_rows_add(&due->items[i]->base, grid);
}

static const struct grid_column due_columns[] = {
    {"due", NULL, GRID_TIGHT}, {"what", NULL, 0},         {"item", NULL, GRID_WRAP},
    {"period", NULL, 0},       {"who", NULL, GRID_TIGHT}, {"deadline", NULL, GRID_TIGHT},
};

static const char *owners_of(const Provost__V1__DueItem *item, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < item->n_owners; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "", item->owners[i]);
    return text;
}

/* What to type for the first item, by what it asks for. */
static void note_next(const Provost__V1__ListDueResponse *due, struct grid *grid)
{
    const Provost__V1__DueItem *item;
    const char *slash;

    if (due->n_items == 0) return;
    item = due->items[0];
    slash = strchr(item->name, '/');
    if (slash == NULL) return;
    if (strcmp(item->what, "SUBMIT") == 0)
        grid_note(grid, "for the first: provost submit %s %s FIGURE", slash + 1, item->period);
    else if (strcmp(item->what, "APPROVE") == 0)
        grid_note(grid, "for the first: provost approve %s %s", slash + 1, item->period);
    else if (strcmp(item->what, "COMPLETE") == 0)
        grid_note(grid, "for the first: provost set %s completed_on=DATE", item->name);
    else if (strcmp(item->what, "REVIEW") == 0)
        grid_note(grid, "for the first: provost get %s", item->name);
}

static void fill_due(const struct view *view, struct grid *grid)
{
    const Provost__V1__ListDueResponse *due = view->context;

    grid_set_columns(grid, due_columns, sizeof due_columns / sizeof due_columns[0]);
    for (size_t i = 0; i < due->n_items; i++) {
        const Provost__V1__DueItem *item = due->items[i];
        struct grid_cell *row = grid_add_row(grid);

        row[0].text =
            item->overdue ? arena_printf(grid->arena, "%s overdue", item->due) : item->due;
        row[0].tone = item->overdue ? TONE_BAD : TONE_PLAIN;
        row[1].text = figure_words(item->what, grid->arena);
        row[2].text = item->title[0] != '\0' ? item->title : item->name;
        row[3].text = item->period;
        row[4].text = owners_of(item, grid->arena);
        row[5].text = item->verbatim;
    }
    grid_drop_empty(grid);
    if (due->total == 0)
        grid_note(grid, "nothing is due; --days looks further ahead");
    else
        grid_note(grid, "%d in all, %d of them overdue", due->total, due->overdue);
    note_next(due, grid);
    grid_note(grid, "as of seq %lld", (long long)due->seq);
}

static enum exit_code run_due(struct session *session, const struct command_input *input)
{
    const struct due_flags *flags = input->flags;
    Provost__V1__ListDueRequest request = PROVOST__V1__LIST_DUE_REQUEST__INIT;
    struct session_call call = {
        .service = &provost__v1__performance_service__descriptor,
        .method = "ListDue",
        .request = &request.base,
        .failure.doing = "list what is due",
    };
    ProtobufCMessage *message;
    enum exit_code code;

    request.scope = arena_text(session->arena, input->n_words > 0 ? input->words[0] : NULL);
    request.date = arena_text(session->arena, flags->date);
    request.days_ahead = flags->days > INT32_MAX ? INT32_MAX : (int32_t)flags->days;
    request.overdue_only = flags->overdue;
    code = paging_run(session, &call, "items", 0, &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_due_rows,
                                                .fill_table = fill_due,
                                                .context = message});
}

const struct command command_due = {
    .name = "due",
    .usage = "[SCOPE] [--date DATE] [--days N] [--overdue]",
    .summary = "List what is to be submitted, completed or reviewed, by whom and when",
    .examples = "provost due\n"
                "provost due plans/cex-2021-24 --days 60\n"
                "provost due organisations/cex --overdue\n",
    .flags = due_flag_table,
    .flags_size = sizeof(struct due_flags),
    .max_words = 1,
    .run = run_due,
};

/* ---- risks ---- */

struct risks_flags {
    const char *score;
};

static const struct flag risks_flag_table[] = {
    {"score", 0, "SCORE", "current (default), original or target", flag_set_text,
     offsetof(struct risks_flags, score)},
    {0},
};

static const struct grid_column risk_row_columns[] = {
    {"name", NULL, 0},   {"title", NULL, 0}, {"owner", NULL, 0}, {"likelihood", NULL, 0},
    {"impact", NULL, 0}, {"score", NULL, 0}, {"band", NULL, 0},  {"reason", NULL, 0},
};

static struct grid_cell *add_risk(struct grid *grid, const Provost__V1__RiskPlace *risk)
{
    struct grid_cell *row = grid_add_row(grid);

    row[0].text = risk->name;
    row[1].text = risk->title;
    row[2].text = risk->owner;
    row[7].text = risk->reason;
    return row;
}

static void fill_risk_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetRiskMatrixResponse *matrix = view->context;

    grid_set_columns(grid, risk_row_columns,
                     sizeof risk_row_columns / sizeof risk_row_columns[0]);
    for (size_t i = 0; i < matrix->n_cells; i++) {
        const Provost__V1__RiskCell *cell = matrix->cells[i];

        for (size_t k = 0; k < cell->n_risks; k++) {
            struct grid_cell *row = add_risk(grid, cell->risks[k]);

            row[3].text = arena_printf(grid->arena, "%d", cell->likelihood);
            row[4].text = arena_printf(grid->arena, "%d", cell->impact);
            row[5].text = arena_printf(grid->arena, "%d", cell->score);
            row[6].text = cell->band;
        }
    }
    for (size_t i = 0; i < matrix->n_unscored; i++)
        (void)add_risk(grid, matrix->unscored[i]);
}

static enum tone tone_of(const char *band)
{
    if (strcmp(band, "VERY_HIGH") == 0) return TONE_BAD;
    if (strcmp(band, "HIGH") == 0) return TONE_WARNING;
    return strcmp(band, "LOW") == 0 ? TONE_GOOD : TONE_PLAIN;
}

/* A row per likelihood, the highest on top; a column per impact. */
static void draw_matrix(const Provost__V1__GetRiskMatrixResponse *matrix, struct grid *grid)
{
    int size = matrix->size;
    struct grid_column *columns =
        arena_zalloc(grid->arena, ((size_t)size + 1) * sizeof *columns);

    columns[0] = (struct grid_column){"likelihood", NULL, 0};
    for (int i = 1; i <= size; i++)
        columns[i] = (struct grid_column){"impact", arena_printf(grid->arena, "Impact %d", i),
                                          GRID_RIGHT};
    grid_set_columns(grid, columns, (size_t)size + 1);
    for (int likelihood = size; likelihood >= 1; likelihood--) {
        struct grid_cell *row = grid_add_row(grid);

        row[0].text = arena_printf(grid->arena, "%d", likelihood);
        for (int i = 1; i <= size; i++)
            row[i] = (struct grid_cell){".", TONE_FAINT};
        for (size_t i = 0; i < matrix->n_cells; i++) {
            const Provost__V1__RiskCell *cell = matrix->cells[i];

            if (cell->likelihood != likelihood || cell->impact > size) continue;
            row[cell->impact].text = arena_printf(grid->arena, "%zu", cell->n_risks);
            row[cell->impact].tone = tone_of(cell->band);
        }
    }
}

static void fill_risks(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetRiskMatrixResponse *matrix = view->context;

    grid->heading = arena_printf(grid->arena, "%d risk%s, likelihood by impact", matrix->total,
                                 matrix->total == 1 ? "" : "s");
    if (matrix->n_cells > 0) draw_matrix(matrix, grid);
    if (matrix->total == 0)
        grid_note(grid, "no risks here; a risk register is taken in with: provost import FILE "
                        "--plan PLAN");
    for (size_t i = 0; i < matrix->n_cells; i++) {
        const Provost__V1__RiskCell *cell = matrix->cells[i];

        for (size_t k = 0; k < cell->n_risks; k++)
            grid_note(grid, "%2d %s (%d x %d): %s", cell->score,
                      figure_words(cell->band, grid->arena), cell->likelihood, cell->impact,
                      cell->risks[k]->title);
    }
    if (matrix->n_unscored > 0) grid_note(grid, "unscored: %zu", matrix->n_unscored);
    for (size_t i = 0; i < matrix->n_unscored; i++)
        grid_note(grid, "   %s: %s", figure_words(matrix->unscored[i]->reason, grid->arena),
                  matrix->unscored[i]->title);
    grid_note(grid, "as of seq %lld", (long long)matrix->seq);
}

static enum exit_code run_risks(struct session *session, const struct command_input *input)
{
    const struct risks_flags *flags = input->flags;
    Provost__V1__GetRiskMatrixRequest request = PROVOST__V1__GET_RISK_MATRIX_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;
    int score;

    if (!perform_choice(session, &provost__v1__risk_score_kind__descriptor, "score",
                        flags->score, &score))
        return EXIT_CODE_USAGE;
    request.scope = arena_text(session->arena, input->n_words > 0 ? input->words[0] : NULL);
    request.score = (Provost__V1__RiskScoreKind)score;
    code = perform_call(session, "GetRiskMatrix", &request.base, "show the risks", &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_risk_rows,
                                                .fill_table = fill_risks,
                                                .context = message});
}

const struct command command_risks = {
    .name = "risks",
    .usage = "[SCOPE] [--score current|original|target]",
    .summary = "Show the risk matrix, with the risks that are not scored",
    .examples = "provost risks\nprovost risks plans/cex-2021-24 --score target\n",
    .flags = risks_flag_table,
    .flags_size = sizeof(struct risks_flags),
    .max_words = 1,
    .run = run_risks,
};
