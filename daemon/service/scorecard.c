#include "service/scorecard.h"

#include "service/figures.h"
#include "service/scope.h"
#include "service/scorecard_members.h"
#include "service/scorecard_period.h"

#include <string.h>

/* ---- for all parts ---- */

char *scorecard_id(struct arena *arena, const char *indicator, const char *period_id)
{
    return arena_join(arena, indicator, "/", period_id);
}

char *scorecard_number(struct arena *arena, struct decimal number)
{
    char text[DECIMAL_TEXT_SIZE];
    int length = decimal_format(number, text);
    return arena_memdup(arena, text, (size_t)length + 1);
}

/* ---- counting ---- */

void scorecard_count(Provost__V1__StatusCounts *counts, Provost__V1__RagStatus status)
{
    switch ((int)status) {
    case PROVOST__V1__RAG_STATUS__RAG_STATUS_OK:
        counts->ok++;
        break;
    case PROVOST__V1__RAG_STATUS__RAG_STATUS_WARNING:
        counts->warning++;
        break;
    case PROVOST__V1__RAG_STATUS__RAG_STATUS_ALERT:
        counts->alert++;
        break;
    case PROVOST__V1__RAG_STATUS__RAG_STATUS_NO_TARGET:
        counts->no_target++;
        break;
    case PROVOST__V1__RAG_STATUS__RAG_STATUS_DATA_ONLY:
        counts->data_only++;
        break;
    default:
        counts->unknown++;
        break;
    }
}

static void add_counts(struct arena *arena, Provost__V1__GetScorecardResponse *out)
{
    out->counts = arena_alloc(arena, sizeof *out->counts);
    provost__v1__status_counts__init(out->counts);
    for (size_t i = 0; i < out->n_rows; i++)
        scorecard_count(out->counts, out->rows[i]->status);
}

/* ---- shares ---- */

/* Per cent to one decimal, "" of nothing. */
static const char *percent_text(struct arena *arena, int32_t count, int32_t denominator)
{
    struct decimal percent;
    if (decimal_div(decimal_from_int((int64_t)count * 100), decimal_from_int(denominator), 1,
                    &percent) != DECIMAL_OK)
        return "";
    return scorecard_number(arena, percent);
}

static Provost__V1__Share *make_share(struct arena *arena, int32_t count, int32_t denominator,
                                      const char *rule)
{
    Provost__V1__Share *share = arena_alloc(arena, sizeof *share);
    provost__v1__share__init(share);
    share->count = count;
    share->denominator = denominator;
    share->percent = (char *)percent_text(arena, count, denominator);
    share->rule = (char *)rule;
    return share;
}

static Provost__V1__Share *make_on_target(struct arena *arena,
                                          const Provost__V1__StatusCounts *counts)
{
    return make_share(arena, counts->ok, counts->ok + counts->warning + counts->alert,
                      "indicators that are OK, of those rated OK, WARNING or ALERT");
}

static bool is_comparable(Provost__V1__TrendDirection direction)
{
    return direction != PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_UNSPECIFIED &&
           direction != PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_UNKNOWN;
}

static bool is_maintained(Provost__V1__TrendDirection direction)
{
    return direction == PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_IMPROVING ||
           direction == PROVOST__V1__TREND_DIRECTION__TREND_DIRECTION_NO_CHANGE;
}

static Provost__V1__Share *make_maintained(struct arena *arena,
                                           const Provost__V1__GetScorecardResponse *out)
{
    int32_t count = 0, denominator = 0;
    for (size_t i = 0; i < out->n_rows; i++) {
        Provost__V1__TrendDirection direction = out->rows[i]->short_trend->direction;
        if (is_comparable(direction)) denominator++;
        if (is_maintained(direction)) count++;
    }
    return make_share(arena, count, denominator,
                      "indicators whose short trend is IMPROVING or NO_CHANGE, of those with a "
                      "comparable figure (COMPARABLE)");
}

static int32_t count_awaited(const Provost__V1__GetScorecardResponse *out)
{
    int32_t count = 0;
    for (size_t i = 0; i < out->n_rows; i++)
        count += out->rows[i]->workflow == PROVOST__V1__WORKFLOW__WORKFLOW_SUBMITTED;
    return count;
}

/* ---- the whole ---- */

static struct status add_rows(const struct scorecard *card,
                              Provost__V1__GetScorecardResponse *out)
{
    struct scorecard_member *members;
    size_t count;
    struct status st = scorecard_find_members(card, &members, &count);
    if (!status_is_ok(st)) return st;
    out->rows = arena_alloc(card->call->arena, count * sizeof(Provost__V1__ScorecardRow *));
    for (size_t i = 0; status_is_ok(st) && i < count; i++) {
        Provost__V1__ScorecardRow *row = NULL;
        st = figures_row_of(card, &members[i], card->with_forecast, &row);
        if (row != NULL) out->rows[out->n_rows++] = row;
    }
    return st;
}

static void add_head(const struct scorecard *card, Provost__V1__GetScorecardResponse *out)
{
    struct arena *arena = card->call->arena;
    char label[PERIOD_TEXT_SIZE];
    period_format_label(&card->period, label);
    out->scope = (char *)card->members->name;
    out->title = (char *)card->members->title;
    out->period = arena_strdup(arena, card->period_id);
    out->period_label = arena_strdup(arena, label);
    out->seq = card->moment.seq;
}

struct status scorecard_make(const struct scorecard *card,
                             Provost__V1__GetScorecardResponse **out_response)
{
    struct arena *arena = card->call->arena;
    Provost__V1__GetScorecardResponse *out = arena_alloc(arena, sizeof *out);
    provost__v1__get_scorecard_response__init(out);
    struct status st = add_rows(card, out);
    if (status_is_ok(st)) st = scorecard_add_period(card, out);
    if (!status_is_ok(st)) return st;
    add_head(card, out);
    add_counts(arena, out);
    out->on_target = make_on_target(arena, out->counts);
    out->improving_or_maintained = make_maintained(arena, out);
    out->awaiting_approval = count_awaited(out);
    *out_response = out;
    return status_ok();
}
