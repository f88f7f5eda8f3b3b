#include "service/scorecard_target.h"

#include "service/definition.h"

/* ---- which one ---- */

/* The lower the better; -1 is never taken. */
static int rank_of(Provost__V1__TargetKind kind)
{
    static const int rank_table[] = {
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_UNSPECIFIED] = 0,
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET] = 0,
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_INTERIM] = 1,
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_FINAL] = 2,
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_FORECAST] = -1,
        [PROVOST__V1__TARGET_KIND__TARGET_KIND_BASELINE] = 3,
    };
    size_t index = (size_t)kind;
    return index < sizeof rank_table / sizeof *rank_table ? rank_table[index] : -1;
}

static bool counts(const Provost__V1__Target *target)
{
    struct decimal number;
    return target != NULL && rank_of(target->kind) >= 0 &&
           target->state == PROVOST__V1__VALUE_STATE__VALUE_STATE_VALUE &&
           decimal_parse(target->value, &number) == DECIMAL_OK;
}

const Provost__V1__Target *scorecard_better_target(const Provost__V1__Target *one,
                                                   const Provost__V1__Target *other)
{
    if (!counts(one)) return counts(other) ? other : NULL;
    if (!counts(other)) return one;
    return rank_of(other->kind) <= rank_of(one->kind) ? other : one;
}

static enum scan_verdict visit_target(void *data, const struct version *version)
{
    const Provost__V1__Target **best = data;
    const Provost__V1__Target *target = (const void *)version->body;
    if (scorecard_better_target(target, *best) != target) return SCAN_SKIP;
    *best = target;
    return SCAN_KEEP;
}

struct status scorecard_find_target(const struct scorecard *card, const char *indicator,
                                    const Provost__V1__Target **out_target)
{
    bool given = false;
    struct status st = card->source->target(card, indicator, &given, out_target);
    if (!status_is_ok(st) || given) return st;
    struct scan scan = {
        .kind = &catalog_of_desc(&provost__v1__target__descriptor)->kind,
        .prefix = scorecard_id(card->call->arena, indicator, card->period_id),
    };
    *out_target = NULL;
    return moment_scan(card->call, &card->moment, &scan, visit_target, out_target);
}

/* ---- what it means ---- */

enum rag_polarity scorecard_polarity(Provost__V1__Polarity polarity)
{
    return definition_polarity(polarity);
}

enum rag_polarity scorecard_target_polarity(Provost__V1__TargetOperator op,
                                            enum rag_polarity otherwise)
{
    switch ((int)op) {
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST:
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_MORE_THAN:
        return RAG_POLARITY_MAX;
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_MOST:
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN:
        return RAG_POLARITY_MIN;
    case PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_RANGE:
        return RAG_POLARITY_RANGE;
    default:
        return otherwise;
    }
}

void scorecard_apply_target(const Provost__V1__Target *target, struct rag_input *input)
{
    Provost__V1__TargetOperator op = target->operator_;
    input->has_target = decimal_parse(target->value, &input->target) == DECIMAL_OK;
    input->target_high = input->target; /* a range of one number when there is no upper end */
    if (*target->value_high != '\0')
        (void)decimal_parse(target->value_high, &input->target_high);
    input->strict = op == PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_LESS_THAN ||
                    op == PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_MORE_THAN;
    if (input->polarity != RAG_POLARITY_NONE)
        input->polarity = scorecard_target_polarity(op, input->polarity);
}

/* The operator that was said, or the one that follows from the polarity. */
static Provost__V1__TargetOperator operator_shown(const Provost__V1__Target *target,
                                                  const struct rag_input *input)
{
    if (target->operator_ != PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_UNSPECIFIED)
        return target->operator_;
    switch (input->polarity) {
    case RAG_POLARITY_MAX:
        return PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_LEAST;
    case RAG_POLARITY_MIN:
        return PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_AT_MOST;
    case RAG_POLARITY_RANGE:
        return PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_RANGE;
    case RAG_POLARITY_NONE:
        break;
    }
    return PROVOST__V1__TARGET_OPERATOR__TARGET_OPERATOR_UNSPECIFIED;
}

void scorecard_show_target(const Provost__V1__Target *target, const struct rag_input *input,
                           Provost__V1__ScorecardRow *row)
{
    row->target = target->value;
    row->target_high = target->value_high;
    row->target_operator = operator_shown(target, input);
    row->target_kind = target->kind == PROVOST__V1__TARGET_KIND__TARGET_KIND_UNSPECIFIED
                           ? PROVOST__V1__TARGET_KIND__TARGET_KIND_TARGET
                           : target->kind;
}
