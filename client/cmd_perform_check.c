/* check, tree: a plan before it is published, and the golden thread. */
#include "client/figure_text.h"
#include "client/message_rows.h"
#include "client/output_layout.h"
#include "client/perform.h"
#include "common/fields.h"

#include <provost/v1/performance.pb-c.h>
#include <string.h>

/* ---- check ---- */

struct check_flags {
    const char *period;
    const char *date;
    bool strict;
};

static const struct flag check_flag_table[] = {
    {"period", 'p', "PERIOD", "the period reported; else figures are left out", flag_set_text,
     offsetof(struct check_flags, period)},
    {"date", 0, "DATE", "the day it is told for; else today", flag_set_text,
     offsetof(struct check_flags, date)},
    {"strict", 0, NULL, "end with 1 when anything was found", flag_set_bool,
     offsetof(struct check_flags, strict)},
    {0},
};

static void fill_check_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__CheckPlanResponse *check = view->context;

    message_rows_columns(&provost__v1__finding__descriptor, grid);
    for (size_t i = 0; i < check->n_findings; i++)
        message_rows_add(&check->findings[i]->base, grid);
}

static const struct grid_column check_columns[] = {
    {"level", "", 0},
    {"finding", NULL, GRID_TIGHT},
    {"where", NULL, GRID_TIGHT},
    {"what", "What is there", GRID_TIGHT},
    {"message", "What to do", GRID_WRAP},
};

static void fill_check(const struct view *view, struct grid *grid)
{
    const Provost__V1__CheckPlanResponse *check = view->context;

    grid_set_columns(grid, check_columns, sizeof check_columns / sizeof check_columns[0]);
    for (size_t i = 0; i < check->n_findings; i++) {
        const Provost__V1__Finding *finding = check->findings[i];
        struct grid_cell *row = grid_add_row(grid);
        bool grave = finding->level == PROVOST__V1__FINDING_LEVEL__FINDING_LEVEL_ERROR;

        row[0].text = grave ? "error" : "warning";
        row[0].tone = grave ? TONE_BAD : TONE_WARNING;
        row[1].text = figure_words(finding->reason, grid->arena);
        row[2].text = arena_printf(grid->arena, "%s %s", finding->resource, finding->field);
        row[3].text = finding->value;
        row[4].text =
            finding->other[0] == '\0'
                ? finding->message
                : arena_printf(grid->arena, "%s (%s)", finding->message, finding->other);
    }
    if (check->n_findings == 0)
        grid_note(grid, "nothing to correct in %d resource%s", check->checked,
                  check->checked == 1 ? "" : "s");
    else
        grid_note(grid, "%d error%s, %d warning%s in %d resource%s", check->errors,
                  check->errors == 1 ? "" : "s", check->warnings,
                  check->warnings == 1 ? "" : "s", check->checked,
                  check->checked == 1 ? "" : "s");
    grid_note(grid, "as of seq %lld", (long long)check->seq);
}

static enum exit_code run_check(struct session *session, const struct command_input *input)
{
    const struct check_flags *flags = input->flags;
    Provost__V1__CheckPlanRequest request = PROVOST__V1__CHECK_PLAN_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.plan = arena_text(session->arena, input->words[0]);
    request.period = arena_text(session->arena, flags->period);
    request.date = arena_text(session->arena, flags->date);
    code = perform_call(session, "CheckPlan", &request.base,
                        arena_printf(session->arena, "check %s", input->words[0]), &message);
    if (code != EXIT_CODE_OK) return code;
    code = session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_check_rows,
                                                .fill_table = fill_check,
                                                .context = message});
    if (code != EXIT_CODE_OK || !flags->strict) return code;
    return ((const Provost__V1__CheckPlanResponse *)(const void *)message)->n_findings > 0
               ? EXIT_CODE_FAILURE
               : EXIT_CODE_OK;
}

const struct command command_check = {
    .name = "check",
    .usage = "PLAN [--period PERIOD] [--strict]",
    .summary = "Look over a plan before it is published",
    .examples = "provost check plans/cex-2021-24\n"
                "provost check plans/cex-2021-24 --period 2020-21 --strict\n",
    .flags = check_flag_table,
    .flags_size = sizeof(struct check_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_check,
};

/* ---- tree ---- */

struct tree_flags {
    const char *period;
    const char *date;
    int64_t depth;
};

static const struct flag tree_flag_table[] = {
    {"date", 0, "DATE", "the day that statuses of actions are told for; else today",
     flag_set_text, offsetof(struct tree_flags, date)},
    {"period", 'p', "PERIOD", "show the indicators' statuses of this period", flag_set_text,
     offsetof(struct tree_flags, period)},
    {"depth", 0, "N", "how deep (6; at most 12)", flag_set_positive,
     offsetof(struct tree_flags, depth)},
    {0},
};

static void fill_tree_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetTreeResponse *tree = view->context;

    message_rows_columns(&provost__v1__tree_node__descriptor, grid);
    for (size_t i = 0; i < tree->n_nodes; i++)
        message_rows_add(&tree->nodes[i]->base, grid);
}

/* Whether another node follows at `depth` below the same node above. */
static bool is_last(const Provost__V1__GetTreeResponse *tree, size_t at, int depth)
{
    for (size_t i = at + 1; i < tree->n_nodes && tree->nodes[i]->depth >= depth; i++)
        if (tree->nodes[i]->depth == depth) return false;
    return true;
}

/* The lines in front of a node; in front of the further lines of its title. */
static const char *lines_of(const struct view *view, size_t at, bool further,
                            struct arena *arena)
{
    const Provost__V1__GetTreeResponse *tree = view->context;
    const char *lines = "";

    for (int depth = 1; depth <= tree->nodes[at]->depth; depth++) {
        bool last = is_last(tree, at, depth);
        bool own = depth == tree->nodes[at]->depth && !further;
        const char *utf8 = own ? (last ? "└─ " : "├─ ") : (last ? "   " : "│  ");
        const char *ascii = own ? (last ? "`- " : "|- ") : (last ? "   " : "|  ");

        lines = arena_printf(arena, "%s%s", lines, style_symbol(view->style, utf8, ascii));
    }
    return lines;
}

enum {
    TREE_MIN = 30,       /* columns of the screen that the tree gets in any case */
    TREE_TITLE_MIN = 12, /* of them for a title, however deep */
};

static const struct grid_column tree_columns[] = {
    {"tree", "", 0},
    {"relation", "", 0},
    {"status", "", 0},
};

static const char *relation_of(const Provost__V1__TreeNode *node, struct arena *arena)
{
    const char *words =
        strcmp(node->relation, "CHILD") == 0 ? "" : figure_words(node->relation, arena);

    return arena_printf(arena, "%s%s%s%s", words, node->qualifier[0] != '\0' ? ", " : "",
                        node->qualifier, node->repeated_node ? " (shown above)" : "");
}

static void add_node(const struct view *view, size_t at, struct grid *grid)
{
    const Provost__V1__GetTreeResponse *tree = view->context;
    const Provost__V1__TreeNode *node = tree->nodes[at];
    struct grid_cell *row = grid_add_row(grid);
    const char *progress =
        enum_short_name(&provost__v1__action_progress__descriptor, node->action_progress);

    row[0].text =
        arena_printf(grid->arena, "%s%s%s", node->code, node->code[0] != '\0' ? " " : "",
                     node->title[0] != '\0' ? node->title : node->name);
    row[1] = (struct grid_cell){relation_of(node, grid->arena), TONE_FAINT};
    if (node->status != PROVOST__V1__RAG_STATUS__RAG_STATUS_UNSPECIFIED)
        row[2].text = figure_status(node->status, view->style, grid->arena, &row[2].tone);
    else if (progress != NULL)
        row[2].text = figure_words(progress, grid->arena);
}

/* What the columns beside the tree leave it of the screen; 0 for all that it wants. */
static size_t width_of_tree(const struct view *view, const struct grid *grid)
{
    size_t used = 0;

    if (view->style->width == 0) return 0;
    for (size_t column = 1; column < grid->n_columns; column++) {
        size_t widest = 0;

        for (size_t i = 0; i < grid->n_rows; i++) {
            size_t width = layout_width(grid_text(&grid->rows[i][column]));

            if (width > widest) widest = width;
        }
        used += widest + LAYOUT_SEPARATOR_WIDTH;
    }
    if (used + TREE_MIN > (size_t)view->style->width) return TREE_MIN;
    return (size_t)view->style->width - used;
}

/* A title with the lines of the tree in front of each of its own. */
static const char *draw_title(const struct view *view, size_t at, const char *title,
                              size_t width, struct arena *arena)
{
    const char *further = lines_of(view, at, true, arena);
    const char *text = lines_of(view, at, false, arena);
    size_t indent = layout_width(text);

    if (width > 0)
        title = layout_wrap(
            title, width > indent + TREE_TITLE_MIN ? width - indent : TREE_TITLE_MIN, arena);
    for (;;) {
        size_t length = strcspn(title, "\n");

        text = arena_printf(arena, "%s%.*s", text, (int)length, title);
        if (title[length] == '\0') return text;
        title += length + 1;
        text = arena_printf(arena, "%s\n%s", text, further);
    }
}

static void draw_tree(const struct view *view, struct grid *grid)
{
    size_t width = width_of_tree(view, grid);

    for (size_t i = 0; i < grid->n_rows; i++)
        grid->rows[i][0].text =
            draw_title(view, i, grid_text(&grid->rows[i][0]), width, grid->arena);
}

static void fill_tree(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetTreeResponse *tree = view->context;

    grid_set_columns(grid, tree_columns, sizeof tree_columns / sizeof tree_columns[0]);
    grid->is_record = true;
    for (size_t i = 0; i < tree->n_nodes; i++)
        add_node(view, i, grid);
    grid_drop_empty(grid);
    draw_tree(view, grid);
    if (tree->n_nodes == 1)
        grid_note(grid,
                  "nothing below it yet; link what contributes: provost set "
                  "links/contributes/FROM/%s from=FROM to=%s kind=CONTRIBUTES --create",
                  tree->nodes[0]->name, tree->nodes[0]->name);
    if (tree->truncated)
        grid_note(grid, "cut off: there is more below; see more with --depth, or a tree of a "
                        "part");
    grid_note(grid, "as of seq %lld", (long long)tree->seq);
}

static enum exit_code run_tree(struct session *session, const struct command_input *input)
{
    const struct tree_flags *flags = input->flags;
    Provost__V1__GetTreeRequest request = PROVOST__V1__GET_TREE_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.root = arena_text(session->arena, input->words[0]);
    request.period = arena_text(session->arena, flags->period);
    request.date = arena_text(session->arena, flags->date);
    request.depth = flags->depth > INT32_MAX ? INT32_MAX : (int32_t)flags->depth;
    code = perform_call(session, "GetTree", &request.base,
                        arena_printf(session->arena, "show the tree of %s", input->words[0]),
                        &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_tree_rows,
                                                .fill_table = fill_tree,
                                                .context = message});
}

const struct command command_tree = {
    .name = "tree",
    .usage = "ROOT [--period PERIOD] [--date DATE] [--depth N]",
    .summary = "Show the golden thread: what contributes, down to actions and indicators",
    .examples = "provost tree plans/cex-2021-24\n"
                "provost tree objectives/cex-tackling-inequality --period 2020-21\n"
                "provost tree plans/cex-2021-24 --date 2022-03-31\n",
    .flags = tree_flag_table,
    .flags_size = sizeof(struct tree_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_tree,
};
