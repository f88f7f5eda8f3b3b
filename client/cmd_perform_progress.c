/* progress: measures of the register itself. */
#include "client/figure_text.h"
#include "client/message_rows.h"
#include "client/perform.h"
#include "client/say.h"
#include "common/fields.h"

#include <provost/v1/performance.pb-c.h>
#include <string.h>

struct progress_flags {
    const char *measure;
    const char *period;
    const char *date;
    const char *policy;
    const char *rule;
    const char *materiality;
};

static const struct flag progress_flag_table[] = {
    {"measure", 'm', "MEASURE",
     "improving-or-maintained, on-target, actions-on-schedule, actions-completed",
     flag_set_text, offsetof(struct progress_flags, measure)},
    {"period", 'p', "PERIOD", "for measures of indicators", flag_set_text,
     offsetof(struct progress_flags, period)},
    {"date", 0, "DATE", "for measures of actions; else today", flag_set_text,
     offsetof(struct progress_flags, date)},
    {"policy", 0, "POLICY", "what stands under the line: comparable, with-value, all",
     flag_set_text, offsetof(struct progress_flags, policy)},
    {"rule", 0, "RULE", "for actions: due, progress", flag_set_text,
     offsetof(struct progress_flags, rule)},
    {"materiality", 0, "AMOUNT", "the change that counts: \"5%\", \"2\"; else each indicator's",
     flag_set_text, offsetof(struct progress_flags, materiality)},
    {0},
};

static void fill_progress_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetProgressResponse *progress = view->context;

    message_rows_columns(&provost__v1__progress_member__descriptor, grid);
    for (size_t i = 0; i < progress->n_members; i++)
        message_rows_add(&progress->members[i]->base, grid);
}

static const struct grid_column progress_columns[] = {
    {"item", NULL, GRID_WRAP}, {"counts", NULL, 0}, {"reason", NULL, 0},
    {"standing", NULL, 0},     {"due", NULL, 0},    {"progress", NULL, GRID_RIGHT},
};

/* "INVALID" and "TBC" are kinds of deadlines, and say little alone. */
static const char *reason_of(const char *reason, struct arena *arena)
{
    if (strcmp(reason, "INVALID") == 0) return "deadline not understood";
    if (strcmp(reason, "TBC") == 0) return "deadline to be confirmed";
    if (strcmp(reason, "NONE") == 0) return "no deadline";
    return figure_words(reason, arena);
}

static void add_member(const struct view *view, const Provost__V1__ProgressMember *member,
                       struct grid *grid)
{
    struct grid_cell *row = grid_add_row(grid);
    const char *standing =
        enum_short_name(&provost__v1__action_progress__descriptor, member->action_progress);

    row[0].text = member->title[0] != '\0' ? member->title : member->name;
    row[1].text = !member->included ? "left out"
                  : member->counted ? style_symbol(view->style, "✓ yes", "yes")
                                    : style_symbol(view->style, "✗ no", "no");
    row[1].tone = !member->included ? TONE_FAINT : member->counted ? TONE_GOOD : TONE_BAD;
    row[2].text = reason_of(member->reason, grid->arena);
    row[3].text = figure_words(standing == NULL ? "" : standing, grid->arena);
    row[4].text = member->due;
    if (member->progress > 0) row[5].text = arena_printf(grid->arena, "%d%%", member->progress);
}

static void fill_progress(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetProgressResponse *progress = view->context;
    const Provost__V1__Share *share = progress->share;

    grid->heading = arena_printf(grid->arena, "%s, %s: %d of %d%s%s%s",
                                 progress->title[0] != '\0' ? progress->title : progress->scope,
                                 progress->at, share->count, share->denominator,
                                 share->percent[0] != '\0' ? " (" : "", share->percent,
                                 share->percent[0] != '\0' ? " %)" : "");
    grid_set_columns(grid, progress_columns,
                     sizeof progress_columns / sizeof progress_columns[0]);
    for (size_t i = 0; i < progress->n_members; i++)
        add_member(view, progress->members[i], grid);
    grid_drop_empty(grid);
    if (progress->n_members == 0) grid_note(grid, "nothing to count here");
    grid_note(grid, "rule: %s", share->rule);
    for (size_t i = 0; i < progress->n_exclusions; i++)
        grid_note(grid, "left out, %s: %d",
                  reason_of(progress->exclusions[i]->reason, grid->arena),
                  progress->exclusions[i]->count);
    grid_note(grid, "as of seq %lld", (long long)progress->seq);
}

/* Which options a measure has a use for. */
static bool check_use(const struct progress_flags *flags, Provost__V1__ProgressMeasure measure)
{
    bool of_actions =
        measure == PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_ON_SCHEDULE ||
        measure == PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_COMPLETED;
    bool of_trends =
        measure == PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_IMPROVING_OR_MAINTAINED;
    const struct {
        const char *name, *value;
        bool is_used;
        const char *instead;
    } options[] = {
        {"period", flags->period, !of_actions, "; the day is --date DATE"},
        {"date", flags->date, of_actions, "; the period is --period PERIOD"},
        {"rule", flags->rule, of_actions, ""},
        {"policy", flags->policy, of_trends, ""},
        {"materiality", flags->materiality, of_trends, ""},
    };

    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].value == NULL || options[i].is_used) continue;
        say_error("--%s %s: the measure %s has no use for it: leave it out%s", options[i].name,
                  options[i].value, flags->measure, options[i].instead);
        return false;
    }
    if (of_actions || flags->period != NULL) return true;
    say_error("the measure %s needs --period PERIOD: 2020-21, \"Q1 2021/22\"", flags->measure);
    return false;
}

static bool read_choices(struct session *session, const struct progress_flags *flags,
                         Provost__V1__GetProgressRequest *request)
{
    int measure, policy, rule;

    if (flags->measure == NULL) {
        say_error("progress needs a measure: --measure improving-or-maintained, on-target, "
                  "actions-on-schedule or actions-completed");
        return false;
    }
    if (!perform_choice(session, &provost__v1__progress_measure__descriptor, "measure",
                        flags->measure, &measure) ||
        !perform_choice(session, &provost__v1__denominator_policy__descriptor, "policy",
                        flags->policy, &policy) ||
        !perform_choice(session, &provost__v1__schedule_rule__descriptor, "rule", flags->rule,
                        &rule) ||
        !check_use(flags, (Provost__V1__ProgressMeasure)measure))
        return false;
    request->measure = (Provost__V1__ProgressMeasure)measure;
    request->policy = (Provost__V1__DenominatorPolicy)policy;
    request->schedule_rule = (Provost__V1__ScheduleRule)rule;
    return true;
}

static enum exit_code run_progress(struct session *session, const struct command_input *input)
{
    const struct progress_flags *flags = input->flags;
    Provost__V1__GetProgressRequest request = PROVOST__V1__GET_PROGRESS_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    if (!read_choices(session, flags, &request)) return EXIT_CODE_USAGE;
    request.scope = arena_text(session->arena, input->words[0]);
    request.period = arena_text(session->arena, flags->period);
    request.date = arena_text(session->arena, flags->date);
    request.trend_materiality = arena_text(session->arena, flags->materiality);
    code = perform_call(
        session, "GetProgress", &request.base,
        arena_printf(session->arena, "show the progress of %s", input->words[0]), &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_progress_rows,
                                                .fill_table = fill_progress,
                                                .context = message});
}

const struct command command_progress = {
    .name = "progress",
    .usage = "SCOPE --measure MEASURE",
    .summary = "Show how many improve, are on target, on schedule or completed, and which",
    .examples = "provost progress plans/cex-2021-24 -m improving-or-maintained -p 2020-21\n"
                "provost progress plans/cex-2021-24 -m improving-or-maintained -p 2020-21 "
                "--policy all\n"
                "provost progress plans/cex-2021-24 -m improving-or-maintained -p 2020-21 "
                "--materiality 5%\n"
                "provost progress plans/cex-2021-24 -m actions-on-schedule --date 2021-11-30\n",
    .flags = progress_flag_table,
    .flags_size = sizeof(struct progress_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_progress,
};
