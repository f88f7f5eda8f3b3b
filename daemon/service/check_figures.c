/* The figures of the period reported. */
#include "service/check.h"

#include "domain/reconcile.h"
#include "service/asked.h"
#include "service/resource.h"

#include <string.h>

enum { DUE_DAYS = 30 }; /* as ListDue */

/* One indicator in the period. */
struct reported {
    struct check *check;
    const struct scorecard_member *member;
    const Provost__V1__ScorecardRow *row;
    const char *observation; /* its name */
};

static void add(const struct reported *reported, Provost__V1__FindingLevel level,
                const char *reason, const char *field, const char *message)
{
    struct check_finding finding = {.level = level,
                                    .reason = reason,
                                    .resource = reported->observation,
                                    .field = field,
                                    .value = reported->row->value,
                                    .message = message,
                                    .other = reported->member->name};
    check_add(reported->check, &finding);
}

/* ---- red without a word ---- */

static bool explains(const struct check *check, const Provost__V1__Note *note)
{
    bool is_kind = note->kind == PROVOST__V1__NOTE_KIND__NOTE_KIND_COMMENTARY ||
                   note->kind == PROVOST__V1__NOTE_KIND__NOTE_KIND_CURRENT_POSITION ||
                   note->kind == PROVOST__V1__NOTE_KIND__NOTE_KIND_RECOVERY_PLAN ||
                   note->kind == PROVOST__V1__NOTE_KIND__NOTE_KIND_UNSPECIFIED;
    return is_kind &&
           (*note->period == '\0' || strcmp(note->period, check->card.period_id) == 0);
}

static struct status has_note(struct check *check, const char *subject, bool *out_has)
{
    struct found notes = {0};
    struct found_query query = {.collection = "notes", .column = "subject", .value = subject};
    struct status st = found_scan(check->call, &check->moment, &query, &notes);
    for (size_t i = 0; i < notes.count; i++)
        if (explains(check, (const void *)notes.items[i].body)) *out_has = true;
    return st;
}

static struct status check_red(const struct reported *reported,
                               const Provost__V1__Observation *said)
{
    struct check *check = reported->check;
    if (reported->row->status != PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT) return status_ok();
    bool has = said != NULL && *said->note != '\0';
    struct status st = status_ok();
    if (!has) st = has_note(check, reported->member->name, &has);
    if (status_is_ok(st) && !has) st = has_note(check, reported->observation, &has);
    if (status_is_ok(st) && !has)
        add(reported, CHECK_ERROR, "RED_WITHOUT_COMMENT", "note",
            "the status is ALERT and nobody says why: add a commentary or a recovery plan");
    return st;
}

/* ---- overdue ---- */

static struct status due_day(struct check *check, int32_t *out_day)
{
    struct found found = {0};
    struct arena *arena = check->call->arena;
    const char *id = scorecard_id(arena, resource_id(check->in->plan), check->card.period_id);
    struct status st =
        found_get(check->call, &check->moment,
                  resource_name(arena, &catalog_find("reporting-periods")->kind, id), &found);
    *out_day = check->card.period.end_day + DUE_DAYS;
    if (!status_is_ok(st) || found.count == 0) return st;
    const Provost__V1__ReportingPeriod *said = (const void *)found.items[0].body;
    if (*said->due_date != '\0') *out_day = asked_stored_day(said->due_date);
    return st;
}

/* Whether the indicator is submitted for such a period, or for parts of it. */
static bool is_expected(const struct check *check, const Provost__V1__Indicator *indicator)
{
    enum period_kind kind;
    if (*indicator->formula != '\0' || *indicator->computed != '\0' ||
        indicator->lifecycle ==
            PROVOST__V1__INDICATOR_LIFECYCLE__INDICATOR_LIFECYCLE_UNDER_DEVELOPMENT)
        return false;
    if (!figures_kind_of(indicator->frequency, &kind))
        return indicator->frequency != PROVOST__V1__FREQUENCY__FREQUENCY_OTHER;
    return kind == check->card.period.kind ||
           (indicator->roll_up != PROVOST__V1__ROLL_UP__ROLL_UP_UNSPECIFIED &&
            indicator->roll_up != PROVOST__V1__ROLL_UP__ROLL_UP_NONE &&
            kind > check->card.period.kind);
}

static void check_overdue(const struct reported *reported, int32_t due)
{
    struct check *check = reported->check;
    const Provost__V1__ScorecardRow *row = reported->row;
    bool waits = row->value_state == PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED ||
                 row->value_state == PROVOST__V1__VALUE_STATE__VALUE_STATE_BLANK ||
                 row->value_state == PROVOST__V1__VALUE_STATE__VALUE_STATE_OVERDUE;
    if (!waits || check->day <= due || !is_expected(check, reported->member->indicator)) return;
    add(reported, CHECK_ERROR, "SUBMISSION_OVERDUE", "value",
        arena_printf(check->call->arena, "the figure was due on %s and is not there",
                     asked_day_text(check->call->arena, due)));
}

/* ---- figures that do not go together ---- */

static void check_share(const struct reported *reported)
{
    const Provost__V1__ScorecardRow *row = reported->row;
    const Provost__V1__Indicator *indicator = reported->member->indicator;
    struct decimal numerator, denominator, value;
    bool is_percent = indicator->unit == PROVOST__V1__UNIT__UNIT_PERCENT;
    if (is_percent && !indicator->unbounded &&
        decimal_parse(row->numerator, &numerator) == DECIMAL_OK &&
        decimal_parse(row->denominator, &denominator) == DECIMAL_OK &&
        reconcile_parts(numerator, denominator).outcome == RECONCILE_DIFFERS)
        add(reported, CHECK_WARNING, "NUMERATOR_OVER_DENOMINATOR", "numerator",
            "more are counted than there are");
    if (is_percent && decimal_parse(row->value, &value) == DECIMAL_OK &&
        reconcile_percent(value, indicator->unbounded != 0).outcome == RECONCILE_DIFFERS)
        add(reported, CHECK_WARNING, "PERCENT_OUT_OF_RANGE", "value",
            "a percentage outside 0 to 100");
}

static struct status read_part(const struct reported *reported, const char *name,
                               struct reconcile_figure *out_part)
{
    struct check *check = reported->check;
    struct found found = {0};
    struct figures figures;
    struct figure figure;
    *out_part = (struct reconcile_figure){.has_value = false};
    struct status st = found_get(check->call, &check->moment, name, &found);
    if (!status_is_ok(st) || found.count == 0) return st;
    struct scorecard_member member = scorecard_member_of(check->call->arena, &found.items[0]);
    figures_init(&figures, &check->card, &member);
    st = figures_get(&figures, &check->card.period, &figure);
    if (status_is_ok(st))
        out_part->has_value = figure_number(figure.observation, &out_part->value);
    return st;
}

static struct status check_parts(const struct reported *reported)
{
    struct arena *arena = reported->check->call->arena;
    const Provost__V1__Indicator *indicator = reported->member->indicator;
    struct reconcile_figure total = {.has_value = false};
    struct reconcile_figure *parts = arena_alloc(arena, indicator->n_parts * sizeof *parts);
    struct status st = status_ok();
    if (indicator->n_parts == 0) return st;
    total.has_value = decimal_parse(reported->row->value, &total.value) == DECIMAL_OK;
    for (size_t i = 0; status_is_ok(st) && i < indicator->n_parts; i++)
        st = read_part(reported, indicator->parts[i], &parts[i]);
    if (!status_is_ok(st)) return st;
    struct reconcile_result result =
        reconcile_sum(parts, indicator->n_parts, total, decimal_from_int(0));
    if (result.outcome == RECONCILE_DIFFERS)
        add(reported, CHECK_ERROR, "TOTAL_DIFFERS", "value",
            arena_printf(arena, "its %zu parts add up to %s, not to %s", result.count,
                         scorecard_number(arena, result.left), reported->row->value));
    return st;
}

/* ---- the whole ---- */

static struct status check_member(struct check *check, const struct scorecard_member *member,
                                  int32_t due)
{
    struct arena *arena = check->call->arena;
    struct reported reported = {.check = check, .member = member};
    Provost__V1__ScorecardRow *row = NULL;
    struct figures figures;
    const Provost__V1__Observation *said = NULL;
    figures_init(&figures, &check->card, member);
    struct status st = figures_make_row(&figures, &check->card.period, &row);
    if (status_is_ok(st)) st = figures_in_full(&figures, check->card.period_id, &said);
    if (!status_is_ok(st) || row == NULL) return st;
    reported.row = row;
    reported.observation =
        resource_name(arena, &catalog_find("observations")->kind,
                      scorecard_id(arena, member->id, check->card.period_id));
    check_overdue(&reported, due);
    check_share(&reported);
    st = check_red(&reported, said);
    return status_is_ok(st) ? check_parts(&reported) : st;
}

struct status check_figures(struct check *check)
{
    int32_t due = 0;
    struct status st = due_day(check, &due);
    for (size_t i = 0; status_is_ok(st) && i < check->member_count; i++)
        st = check_member(check, &check->members[i], due);
    return st;
}
