/* A plan: its period, its ends, its review; and the dates of organisations and posts. */
#include "common/reasons.h"
#include "domain/date.h"
#include "domain/period.h"
#include "service/frequency.h"
#include "service/understand_deadlines.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

static char *day_text(struct arena *arena, int32_t day)
{
    char *text = arena_alloc(arena, DATE_TEXT_SIZE);
    date_format_iso(day, text);
    return text;
}

/* First and last day from the period, unless they were said. The title of a plan and its dates
 * may disagree in a document; both are then kept. */
static void read_period(struct understanding *what, Provost__V1__Plan *plan)
{
    if (!understand_said(what, "period")) return;
    struct period period;
    const char *why;
    if (!period_parse(plan->period, &period, &why)) {
        understand_warn(what, REASON_PERIOD_NOT_UNDERSTOOD, "period",
                        "\"%.80s\" is not understood: %s; it is kept as it is", plan->period,
                        why);
        return;
    }
    if (!understand_said(what, "start_date"))
        plan->start_date = day_text(what->arena, period.start_day);
    if (!understand_said(what, "end_date"))
        plan->end_date = day_text(what->arena, period.end_day);
}

static void warn_reversed(struct understanding *what, const char *field, const char *from,
                          const char *to)
{
    if (from[0] != '\0' && to[0] != '\0' && strcmp(to, from) < 0)
        understand_warn(what, REASON_DATES_REVERSED, field, "it ends on %s, before %s", to,
                        from);
}

static struct status read_ends(struct understanding *what, Provost__V1__Plan *plan)
{
    const Provost__V1__Plan *before = (const Provost__V1__Plan *)what->before;
    const struct deadline_fields fields = {
        .verbatim_field = "end_verbatim",
        .list_field = "ends",
        .verbatim = &plan->end_verbatim,
        .count = &plan->n_ends,
        .list = &plan->ends,
        .verbatim_before = before == NULL ? "" : before->end_verbatim,
        .count_before = before == NULL ? 0 : before->n_ends,
        .list_before = before == NULL ? NULL : before->ends,
    };
    /* An end may well lie after the period in the title: nothing to warn of. */
    const struct deadline_context context = {DATE_NO_DAY, DATE_NO_DAY};
    return understand_deadlines(what, &fields, &context);
}

struct status understand_plan(struct understanding *what)
{
    Provost__V1__Plan *plan = (Provost__V1__Plan *)what->after;
    if (plan->max_priorities < 0)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "max_priorities",
                                 "max_priorities is %d; it cannot be negative",
                                 (int)plan->max_priorities);
    read_period(what, plan);
    warn_reversed(what, "end_date", plan->start_date, plan->end_date);
    if (understand_touched(what, "review_verbatim") &&
        !understand_said(what, "review_frequency"))
        plan->review_frequency = frequency_read(what->arena, plan->review_verbatim);
    return read_ends(what, plan);
}

struct status understand_organisation(struct understanding *what)
{
    const Provost__V1__Organisation *body = (const Provost__V1__Organisation *)what->after;
    warn_reversed(what, "valid_to", body->valid_from, body->valid_to);
    return status_ok();
}

struct status understand_post(struct understanding *what)
{
    const Provost__V1__Post *post = (const Provost__V1__Post *)what->after;
    for (size_t i = 0; i < post->n_holders; i++) {
        const Provost__V1__PostHolder *holder = post->holders[i];
        const char *field = arena_printf(what->arena, "holders[%zu].from", i);
        struct status st = understand_date(what, field, holder->from);
        if (!status_is_ok(st)) return st;
        field = arena_printf(what->arena, "holders[%zu].to", i);
        st = understand_date(what, field, holder->to);
        if (!status_is_ok(st)) return st;
        warn_reversed(what, field, holder->from, holder->to);
    }
    return status_ok();
}
