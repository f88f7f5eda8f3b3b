/* series: an indicator over time. */
#include "client/figure_text.h"
#include "client/message_rows.h"
#include "client/output_layout.h"
#include "client/perform.h"
#include "common/decimal.h"
#include "common/fields.h"

#include <provost/v1/performance.pb-c.h>
#include <string.h>

enum { FEW_POINTS = 4 }; /* a series shorter than this is told where more may be */

struct series_flags {
    const char *from;
    const char *to;
    const char *granularity;
    const char *breakdown;
    bool screen;
    bool partial;
};

static const struct flag series_flag_table[] = {
    {"from", 0, "PERIOD", "first period shown", flag_set_text,
     offsetof(struct series_flags, from)},
    {"to", 0, "PERIOD", "last period shown", flag_set_text, offsetof(struct series_flags, to)},
    {"granularity", 'g', "SORT", "year, half, quarter, month, calendar-year; else as submitted",
     flag_set_text, offsetof(struct series_flags, granularity)},
    {"breakdown", 0, "PART", "a part of the whole: area=lochee", flag_set_text,
     offsetof(struct series_flags, breakdown)},
    {"screen", 0, NULL, "process limits without large moving ranges", flag_set_bool,
     offsetof(struct series_flags, screen)},
    {"partial", 0, NULL, "roll up what there is where figures are missing", flag_set_bool,
     offsetof(struct series_flags, partial)},
    {0},
};

/* ---- for programs ---- */

static void fill_series_rows(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetIndicatorSeriesResponse *series = view->context;

    message_rows_columns(&provost__v1__series_point__descriptor, grid);
    for (size_t i = 0; i < series->n_points; i++)
        message_rows_add(&series->points[i]->base, grid);
}

/* ---- the line of the figures ---- */

/* The figures' least and greatest; false when fewer than two points have one. */
static bool find_bounds(const Provost__V1__GetIndicatorSeriesResponse *series,
                        struct decimal *low, struct decimal *high)
{
    size_t count = 0;

    for (size_t i = 0; i < series->n_points; i++) {
        struct decimal value;

        if (decimal_parse(series->points[i]->row->value, &value) != DECIMAL_OK) continue;
        if (count == 0 || decimal_compare(value, *low) < 0) *low = value;
        if (count == 0 || decimal_compare(value, *high) > 0) *high = value;
        count++;
    }
    return count > 1;
}

/* The step (0 to `steps` - 1) of a value between the bounds; the middle when they are equal. */
static int step_of(struct decimal value, struct decimal low, struct decimal high, int steps)
{
    struct decimal above, range, product, step;

    if (decimal_sub(value, low, &above) != DECIMAL_OK ||
        decimal_sub(high, low, &range) != DECIMAL_OK || decimal_is_zero(range) ||
        decimal_mul(above, decimal_from_int(steps - 1), &product) != DECIMAL_OK ||
        decimal_div(product, range, 0, &step) != DECIMAL_OK)
        return steps / 2;
    return (int)step.coefficient;
}

static const char *spark_of(const struct style *style, int step)
{
    static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const plain[] = {"_", ".", "-", "~", "=", "+", "*", "#"};

    return style_symbol(style, blocks[step], plain[step]);
}

static bool has_figure(const Provost__V1__SeriesPoint *point)
{
    struct decimal value;

    return decimal_parse(point->row->value, &value) == DECIMAL_OK;
}

/* The points drawn: from the first figure to the last, and no more than a line holds. */
static void find_span(const Provost__V1__GetIndicatorSeriesResponse *series,
                      const struct style *style, size_t *out_first, size_t *out_end)
{
    size_t first = 0;
    size_t end = series->n_points;

    while (end > 0 && !has_figure(series->points[end - 1]))
        end--;
    while (first < end && !has_figure(series->points[first]))
        first++;
    if (style->width > 0 && end - first > (size_t)style->width)
        first = end - (size_t)style->width;
    *out_first = first;
    *out_end = end;
}

/* A step for each figure, a dot for each gap between them; "" for fewer than two figures. */
static const char *sparkline(const Provost__V1__GetIndicatorSeriesResponse *series,
                             const struct style *style, struct arena *arena)
{
    struct decimal low, high;
    const char *line = "";
    size_t first, end;

    if (!find_bounds(series, &low, &high)) return "";
    find_span(series, style, &first, &end);
    for (size_t i = first; i < end; i++) {
        struct decimal value;
        bool has = decimal_parse(series->points[i]->row->value, &value) == DECIMAL_OK;

        line = arena_printf(arena, "%s%s", line,
                            has ? spark_of(style, step_of(value, low, high, 8))
                                : style_symbol(style, "·", ":"));
    }
    return line;
}

/* ---- for people ---- */

static const struct grid_column series_columns[] = {
    {"period", NULL, 0},
    {"value", NULL, GRID_RIGHT | GRID_TIGHT},
    {"target", NULL, GRID_RIGHT | GRID_TIGHT},
    {"status", NULL, 0},
    {"trend", NULL, GRID_TIGHT},
    {"to_date", "Year to date", GRID_RIGHT | GRID_TIGHT},
    {"mark", "Process", GRID_TIGHT},
    {"note", NULL, GRID_WRAP},
};

/* A sign per special cause, with its word. */
static const char *mark_of(const Provost__V1__SeriesPoint *point, const struct style *style,
                           struct arena *arena)
{
    static const struct {
        const char *utf8;
        const char *ascii;
        const char *word;
    } marks[] = {
        {"", "", ""},
        {"◆", "!", "outside"},
        {"↗", "/", "run of 7"},
        {"◇", "?", "near limit"},
        {"▬", "=", "shift of 7"},
    };
    const char *text = "";

    for (size_t i = 0; i < point->n_special_causes; i++) {
        size_t cause = (size_t)point->special_causes[i];

        if (cause < sizeof marks / sizeof marks[0])
            text = arena_printf(arena, "%s%s%s %s", text, i > 0 ? ", " : "",
                                style_symbol(style, marks[cause].utf8, marks[cause].ascii),
                                marks[cause].word);
    }
    return text;
}

static const char *note_of(const Provost__V1__ScorecardRow *row, struct arena *arena)
{
    const char *reason = figure_reason(row, arena);

    if (row->n_inputs == 0) return reason;
    return arena_printf(arena, "%s%s%s", row->value_rule, reason[0] != '\0' ? "; " : "",
                        reason);
}

static void add_point(const struct view *view, const Provost__V1__SeriesPoint *point,
                      struct grid *grid)
{
    struct arena *arena = grid->arena;
    const Provost__V1__ScorecardRow *item = point->row;
    struct grid_cell *row = grid_add_row(grid);

    row[0].text = point->period_label;
    row[1].text = figure_value(item, view->style, arena);
    row[2].text = figure_target(item, view->style, arena);
    row[3].text = figure_status(item->status, view->style, arena, &row[3].tone);
    row[4].text = figure_trend(item->short_trend, view->style, arena, &row[4].tone);
    row[5].text =
        point->target_to_date[0] == '\0'
            ? figure_grouped(point->year_to_date, arena)
            : arena_printf(arena, "%s of %s", point->year_to_date, point->target_to_date);
    row[6].text = mark_of(point, view->style, arena);
    row[7].text = note_of(item, arena);
}

static const char *why_no_limits(const Provost__V1__ProcessControl *control,
                                 struct arena *arena)
{
    if (strcmp(control->reason, "TOO_FEW") == 0)
        return arena_printf(arena, "too few figures (%d)", control->points);
    return figure_words(control->reason, arena);
}

static void note_control(const Provost__V1__ProcessControl *control, struct grid *grid)
{
    const char *variation, *assurance;

    if (control == NULL || control->points == 0) return;
    if (control->reason[0] != '\0') {
        grid_note(grid, "no process limits: %s", why_no_limits(control, grid->arena));
        return;
    }
    variation = enum_short_name(&provost__v1__variation__descriptor, control->variation);
    assurance = enum_short_name(&provost__v1__assurance__descriptor, control->assurance);
    grid_note(grid, "process limits %s to %s, mean %s, of %d points%s%s: %s%s%s",
              control->lower, control->upper, control->mean, control->points,
              control->trial ? ", on trial" : "", control->screened ? ", screened" : "",
              figure_words(variation == NULL ? "" : variation, grid->arena),
              assurance != NULL && assurance[0] != '\0' ? "; against the target " : "",
              figure_words(assurance == NULL ? "" : assurance, grid->arena));
}

static const char *word(const ProtobufCEnumDescriptor *desc, int value, struct arena *arena)
{
    const char *name = enum_short_name(desc, value);

    return name == NULL ? "" : figure_words(name, arena);
}

static void note_benchmark(const Provost__V1__BenchmarkResult *result, Provost__V1__Unit unit,
                           const struct style *style, struct grid *grid)
{
    struct arena *arena = grid->arena;
    const char *position =
        word(&provost__v1__benchmark_position__descriptor, (int)result->position, arena);
    const char *comparison =
        word(&provost__v1__comparison__descriptor, (int)result->comparison, arena);
    const char *trajectory =
        word(&provost__v1__trajectory__descriptor, (int)result->trajectory, arena);
    const char *text = arena_printf(
        arena, "against %s%s%s: %s%s%s%s",
        result->comparator[0] != '\0' ? result->comparator : "others",
        result->period[0] != '\0' ? " in " : "", result->period, position,
        result->position_qualifier[0] != '\0' ? " " : "", result->position_qualifier,
        comparison[0] != '\0' ? arena_printf(arena, " (%s)", comparison) : "");

    if (result->comparator_value[0] != '\0')
        text = arena_printf(arena, "%s; %s to their %s", text,
                            figure_with_unit(result->value, unit, style, arena),
                            figure_with_unit(result->comparator_value, unit, style, arena));
    if (result->rank > 0)
        text = arena_printf(arena, "%s; rank %d of %d, quartile %d", text, result->rank,
                            result->members, result->quartile);
    if (trajectory[0] != '\0') text = arena_printf(arena, "%s; %s", text, trajectory);
    grid_note(grid, "%s", text);
}

/* "foi-cex" of "indicators/foi-cex", as submit takes it. */
static const char *short_name(const char *name)
{
    const char *slash = strchr(name, '/');

    return slash != NULL ? slash + 1 : name;
}

/* Quarters and halves are shown by themselves; where these are few, whole years may hold the rest. */
static void note_years(const Provost__V1__GetIndicatorSeriesResponse *series, struct grid *grid)
{
    const char *period = series->n_points == 0 ? "" : series->points[0]->period;

    if (series->n_points >= FEW_POINTS || strchr(period, '.') == NULL) return;
    grid_note(grid,
              "only these parts of years have figures; for whole years: provost series %s "
              "--granularity year",
              short_name(series->indicator));
}

static void fill_series(const struct view *view, struct grid *grid)
{
    const Provost__V1__GetIndicatorSeriesResponse *series = view->context;
    const char *line = sparkline(series, view->style, grid->arena);
    const char *one_line = arena_printf(grid->arena, "%s  %s", series->title, line);
    bool fits = view->style->width == 0 || layout_width(one_line) <= (size_t)view->style->width;

    grid->heading = line[0] != '\0' && fits ? one_line : series->title;
    if (line[0] != '\0' && !fits) grid->subheading = line;
    grid_set_columns(grid, series_columns, sizeof series_columns / sizeof series_columns[0]);
    for (size_t i = 0; i < series->n_points; i++)
        add_point(view, series->points[i], grid);
    grid_drop_empty(grid);
    if (series->n_points == 0)
        grid_note(grid, "no figures yet; submit one with: provost submit %s PERIOD FIGURE",
                  short_name(series->indicator));
    note_years(series, grid);
    note_control(series->control, grid);
    for (size_t i = 0; i < series->n_benchmarks; i++)
        note_benchmark(series->benchmarks[i], series->unit, view->style, grid);
    grid_note(grid, "as of seq %lld", (long long)series->seq);
}

static enum exit_code run_series(struct session *session, const struct command_input *input)
{
    const struct series_flags *flags = input->flags;
    Provost__V1__GetIndicatorSeriesRequest request =
        PROVOST__V1__GET_INDICATOR_SERIES_REQUEST__INIT;
    ProtobufCMessage *message;
    enum exit_code code;

    request.indicator = arena_text(session->arena, input->words[0]);
    request.from_period = arena_text(session->arena, flags->from);
    request.to_period = arena_text(session->arena, flags->to);
    request.granularity = arena_text(session->arena, flags->granularity);
    request.breakdown = arena_text(session->arena, flags->breakdown);
    request.screen = flags->screen;
    request.partial = flags->partial;
    code = perform_call(session, "GetIndicatorSeries", &request.base,
                        arena_printf(session->arena, "show the series of %s", input->words[0]),
                        &message);
    if (code != EXIT_CODE_OK) return code;
    return session_show(session, &(struct view){.message = message,
                                                .fill_rows = fill_series_rows,
                                                .fill_table = fill_series,
                                                .context = message});
}

const struct command command_series = {
    .name = "series",
    .usage = "INDICATOR [--from PERIOD] [--to PERIOD]",
    .summary = "Show an indicator over time, with process limits and benchmarks",
    .examples = "provost series foi-cex\n"
                "provost series sickness-cex --granularity year --partial\n"
                "provost -o json series nec-smartcards --from 2018-19 --screen\n",
    .flags = series_flag_table,
    .flags_size = sizeof(struct series_flags),
    .min_words = 1,
    .max_words = 1,
    .run = run_series,
};
