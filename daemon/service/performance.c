#include "service/performance.h"

#include "common/reasons.h"
#include "service/excerpt.h"
#include "service/reading.h"
#include "service/scorecard.h"

#include "provost/v1/performance.pb-c.h"

#include <string.h>

/* A scorecard is of a plan or an objective that exists. */
static struct status read_scope(struct scorecard *card, const char *scope)
{
    struct handler_call *call = card->call;
    const struct catalog_row *row = NULL;
    struct status st = reading_name(call->arena, "scope", scope, &row);
    if (!status_is_ok(st)) return st;
    if (row->kind.desc != &provost__v1__plan__descriptor &&
        row->kind.desc != &provost__v1__objective__descriptor)
        return status_invalid(call->arena, REASON_SCOPE_INVALID, "scope",
                              "\"%s\" is neither a plan nor an objective; a scorecard is of "
                              "\"plans/...\" or \"objectives/...\"",
                              scope);
    return reading_existing(call, "scope", scope, &card->moment, &card->scope);
}

static struct status read_period(struct scorecard *card, const char *text)
{
    const char *why;
    if (!period_parse(text, &card->period, &why))
        return status_invalid(card->call->arena, REASON_PERIOD_INVALID, "period",
                              "\"%s\" is %s", excerpt(card->call->arena, text), why);
    period_format_id(&card->period, card->period_id);
    return status_ok();
}

struct status performance_get_scorecard(struct handler_call *call,
                                        const ProtobufCMessage *request,
                                        ProtobufCMessage **out_response)
{
    const Provost__V1__GetScorecardRequest *in = (const void *)request;
    Provost__V1__GetScorecardResponse *out = NULL;
    struct scorecard card = {.call = call};
    struct status st = read_period(&card, in->period);
    if (status_is_ok(st))
        st = moment_resolve(call, in->as_of_seq, in->as_of_time, &card.moment);
    if (status_is_ok(st)) st = read_scope(&card, in->scope);
    if (status_is_ok(st)) st = scorecard_make(&card, &out);
    if (!status_is_ok(st)) return st;
    *out_response = &out->base;
    return status_ok();
}
