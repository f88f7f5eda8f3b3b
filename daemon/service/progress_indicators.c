/* % improving or maintained, % on target. */
#include "service/progress.h"

#include "common/fields.h"
#include "domain/share.h"
#include "service/asked.h"
#include "service/figures.h"

#include <string.h>

/* The rows that a measure is made from. */
struct rows {
    struct scorecard card;
    struct scorecard_member *members;
    Provost__V1__ScorecardRow **rows; /* NULL where there is none */
    const char **absences;            /* why: "RETIRED" without a figure, "CIRCULAR" */
    size_t count;
};

/* ---- reading ---- */

/* The indicator with another materiality, whatever its definitions say. */
static const Provost__V1__Indicator *with_materiality(struct arena *arena,
                                                      const Provost__V1__Indicator *indicator,
                                                      const char *materiality)
{
    Provost__V1__Indicator *copy =
        (Provost__V1__Indicator *)(void *)message_copy(&indicator->base, arena);
    copy->trend_materiality = (char *)materiality;
    copy->definitions = arena_alloc(arena, copy->n_definitions * sizeof(*copy->definitions));
    for (size_t i = 0; i < copy->n_definitions; i++) {
        copy->definitions[i] = (Provost__V1__IndicatorDefinition *)(void *)message_copy(
            &indicator->definitions[i]->base, arena);
        copy->definitions[i]->trend_materiality = (char *)"";
    }
    return copy;
}

static struct status read_row(struct progress *progress, struct rows *rows, size_t i)
{
    bool leaves = false;
    struct status st = status_ok();
    rows->absences[i] = "RETIRED";
    if (progress->leaves_out != NULL)
        st = progress->leaves_out(progress, &rows->members[i], &leaves);
    if (leaves) rows->absences[i] = "CIRCULAR";
    if (!status_is_ok(st) || leaves) return st;
    return figures_row_of(&rows->card, &rows->members[i], false, &rows->rows[i]);
}

static struct status read_rows(struct progress *progress, struct rows *rows)
{
    struct arena *arena = progress->call->arena;
    const char *materiality = progress->in->trend_materiality;
    struct status st = scope_members(&progress->scope, &rows->members, &rows->count);
    if (!status_is_ok(st)) return st;
    rows->rows = arena_zalloc(arena, rows->count * sizeof(Provost__V1__ScorecardRow *) + 1);
    rows->absences = arena_alloc(arena, (rows->count + 1) * sizeof(char *));
    for (size_t i = 0; status_is_ok(st) && i < rows->count; i++) {
        struct scorecard_member *member = &rows->members[i];
        if (*materiality != '\0')
            member->indicator = with_materiality(arena, member->indicator, materiality);
        st = read_row(progress, rows, i);
    }
    return st;
}

static bool has_value(const Provost__V1__ScorecardRow *row)
{
    return row->value_state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE;
}

/* Why there is no figure: as was said, else as the status has it. */
static const char *missing_reason(const Provost__V1__ScorecardRow *row)
{
    if (row->value_state != PROVOST__V1__VALUE_STATE__VALUE_STATE_UNSPECIFIED)
        return enum_short_name(&provost__v1__value_state__descriptor, row->value_state);
    return *row->status_reason != '\0' ? row->status_reason : "NO_VALUE";
}

/* ---- improving or maintained ---- */

static enum trend_direction direction_of(Provost__V1__TrendDirection direction)
{
    switch ((int)direction) {
    case PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING:
        return TREND_IMPROVING;
    case PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_NO_CHANGE:
        return TREND_NO_CHANGE;
    case PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_GETTING_WORSE:
        return TREND_GETTING_WORSE;
    case PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_INCREASING:
        return TREND_INCREASING;
    case PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_DECREASING:
        return TREND_DECREASING;
    default:
        return TREND_UNKNOWN;
    }
}

static enum share_policy policy_of(Provost__V1__DenominatorPolicy policy)
{
    switch ((int)policy) {
    case PROVOST__V1__DENOMINATOR_POLICY__DENOMINATOR_POLICY_WITH_VALUE:
        return SHARE_WITH_VALUE;
    case PROVOST__V1__DENOMINATOR_POLICY__DENOMINATOR_POLICY_ALL:
        return SHARE_ALL;
    default:
        return SHARE_COMPARABLE;
    }
}

static const char *trend_word(const Provost__V1__ScorecardRow *row)
{
    const Provost__V1__Trend *trend = row->short_trend;
    if (!has_value(row)) return missing_reason(row);
    if (direction_of(trend->direction) == TREND_UNKNOWN) return trend->reason;
    return enum_short_name(&provost__v1__trend_direction__descriptor, trend->direction);
}

static const char *maintained_rule(const struct progress *progress, enum share_policy policy)
{
    static const char *const wholes[] = {
        [SHARE_COMPARABLE] = "those whose short trend can be told",
        [SHARE_WITH_VALUE] = "those with a figure",
        [SHARE_ALL] = "all",
    };
    const char *materiality = progress->in->trend_materiality;
    return arena_printf(progress->call->arena,
                        "indicators whose short trend is IMPROVING or NO_CHANGE, of %s (%s); "
                        "materiality %s",
                        wholes[policy], share_policy_name(policy),
                        *materiality == '\0' ? "of each indicator" : materiality);
}

static void measure_maintained(struct progress *progress, const struct rows *rows)
{
    struct arena *arena = progress->call->arena;
    struct share_member *members = arena_alloc(arena, rows->count * sizeof *members);
    enum share_place *places = arena_alloc(arena, rows->count * sizeof *places);
    enum share_policy policy = policy_of(progress->in->policy);
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        if (rows->rows[i] != NULL)
            members[count++] = (struct share_member){
                has_value(rows->rows[i]), direction_of(rows->rows[i]->short_trend->direction)};
    struct share share = share_maintained(policy, members, count, places);
    count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        Provost__V1__ProgressMember *member =
            progress_add(progress, rows->members[i].name, rows->members[i].indicator->title);
        member->reason = (char *)rows->absences[i];
        if (rows->rows[i] == NULL) continue;
        member->reason = (char *)trend_word(rows->rows[i]);
        member->counted = places[count] == SHARE_COUNTED;
        member->included = member->counted || places[count] == SHARE_NOT_COUNTED;
        count++;
    }
    progress->out->share = asked_share(arena, &share, maintained_rule(progress, policy));
}

/* ---- on target ---- */

static bool is_rated(Provost__V1__RagStatus status)
{
    return status == PROVOST__V1__RAG_STATUS__RAG_STATUS_OK ||
           status == PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING ||
           status == PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT;
}

static const char *status_word(const Provost__V1__ScorecardRow *row)
{
    if (row->status == PROVOST__V1__RAG_STATUS__RAG_STATUS_UNKNOWN)
        return *row->status_reason != '\0' ? row->status_reason : "UNKNOWN";
    return enum_short_name(&provost__v1__rag_status__descriptor, row->status);
}

static void measure_on_target(struct progress *progress, const struct rows *rows)
{
    size_t count = 0, denominator = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const Provost__V1__ScorecardRow *row = rows->rows[i];
        Provost__V1__ProgressMember *member =
            progress_add(progress, rows->members[i].name, rows->members[i].indicator->title);
        member->reason = (char *)(row == NULL ? rows->absences[i] : status_word(row));
        member->included = row != NULL && is_rated(row->status);
        member->counted = row != NULL && row->status == PROVOST__V1__RAG_STATUS__RAG_STATUS_OK;
        denominator += member->included ? 1 : 0;
        count += member->counted ? 1 : 0;
    }
    struct share share = share_of(count, denominator);
    progress->out->share =
        asked_share(progress->call->arena, &share,
                    "indicators that are OK, of those rated OK, WARNING or ALERT");
}

/* ---- the whole ---- */

struct status progress_of_indicators(struct progress *progress)
{
    struct arena *arena = progress->call->arena;
    struct rows rows = {.card = {.call = progress->call,
                                 .moment = progress->moment,
                                 .derived = progress->derived,
                                 .short_only = true}};
    struct status st = asked_period(arena, "period", progress->in->period, &rows.card.period);
    if (!status_is_ok(st)) return st;
    period_format_id(&rows.card.period, rows.card.period_id);
    rows.card.members = &progress->scope;
    st = read_rows(progress, &rows);
    if (!status_is_ok(st)) return st;
    progress_reserve(progress, rows.count);
    if (progress->in->measure == PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ON_TARGET)
        measure_on_target(progress, &rows);
    else
        measure_maintained(progress, &rows);
    progress->out->at = arena_strdup(arena, rows.card.period_id);
    return st;
}
