/* A risk: its scores and the matrix they stand in; a score that the matrix does not have is
 * kept with a warning. Also a decision, which is no more than its date. */
#include "common/reasons.h"
#include "domain/date.h"
#include "domain/deadline.h"
#include "domain/risk.h"
#include "service/frequency.h"
#include "service/understand.h"

#include "provost/v1/resources.pb-c.h"

enum { SIZE_NOT_SAID = 5 }; /* what matrix_size 0 means */

static struct status check_level(struct understanding *what, const char *field, int32_t level,
                                 int32_t size)
{
    if (level < 0)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, field,
                                 "%s is %d; levels run from 1, and 0 is not scored", field,
                                 (int)level);
    if (level > size)
        understand_warn(what, REASON_OFF_MATRIX, field,
                        "%s is %d, and the matrix is %d x %d; it is kept and not scored", field,
                        (int)level, (int)size, (int)size);
    return status_ok();
}

static struct status check_score(struct understanding *what, const char *name,
                                 const Provost__V1__RiskScore *score, int32_t size)
{
    if (score == NULL) return status_ok();
    struct arena *arena = what->arena;
    struct status st =
        check_level(what, arena_printf(arena, "%s.likelihood", name), score->likelihood, size);
    if (status_is_ok(st))
        st = check_level(what, arena_printf(arena, "%s.impact", name), score->impact, size);
    if (status_is_ok(st))
        st = understand_date(what, arena_printf(arena, "%s.scored_on", name), score->scored_on);
    return st;
}

/* "March 2025" is a day, "Quarterly" how often; "30 June 2024, then quarterly" both. */
static void read_review(struct understanding *what, Provost__V1__Risk *risk)
{
    const struct deadline_context nothing = {DATE_NO_DAY, DATE_NO_DAY};
    size_t count;
    if (!understand_said(what, "review_verbatim")) return;
    const struct deadline *review =
        deadline_parse(risk->review_verbatim, &nothing, what->arena, &count);
    bool is_day = count == 1 && review->latest != DATE_NO_DAY;
    if (is_day && !understand_said(what, "review_date")) {
        risk->review_date = arena_alloc(what->arena, DATE_TEXT_SIZE);
        date_format_iso(review->latest, risk->review_date);
    }
    if (count == 1 && review->recurrence != DEADLINE_ONCE &&
        !understand_said(what, "review_frequency"))
        risk->review_frequency = frequency_of_recurrence(review->recurrence);
    if (count > 1 || review->kind == DEADLINE_INVALID)
        understand_warn(
            what, REASON_DEADLINE_NOT_UNDERSTOOD, "review_verbatim",
            "\"%.80s\" is not understood as a day or how often; it is kept as it is",
            risk->review_verbatim);
}

struct status understand_risk(struct understanding *what)
{
    Provost__V1__Risk *risk = (Provost__V1__Risk *)what->after;
    read_review(what, risk);
    if (risk->matrix_size < 0 || risk->matrix_size > RISK_MAX_LEVELS)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "matrix_size",
                                 "matrix_size is %d; it must be 1 to %d, or 0 for %d",
                                 (int)risk->matrix_size, RISK_MAX_LEVELS, SIZE_NOT_SAID);
    int32_t size = risk->matrix_size == 0 ? SIZE_NOT_SAID : risk->matrix_size;
    struct status st = check_score(what, "original", risk->original, size);
    if (status_is_ok(st)) st = check_score(what, "current", risk->current, size);
    return status_is_ok(st) ? check_score(what, "target", risk->target, size) : st;
}

struct status understand_decision(struct understanding *what)
{
    const Provost__V1__Decision *decision = (const Provost__V1__Decision *)what->after;
    if (decision->outcome != PROVOST__V1__DECISION_OUTCOME__DECISION_OUTCOME_UNSPECIFIED &&
        decision->outcome != PROVOST__V1__DECISION_OUTCOME__DECISION_OUTCOME_PENDING &&
        decision->date[0] == '\0')
        understand_warn(what, REASON_DECISION_WITHOUT_DATE, "date",
                        "it is decided and does not say when");
    return status_ok();
}
