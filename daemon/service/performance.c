#include "service/performance.h"

#include "service/asked.h"
#include "service/derived.h"
#include "service/scope.h"
#include "service/scorecard.h"
#include "service/scorecard_children.h"

#include "provost/v1/performance.pb-c.h"

static struct status read_request(struct scorecard *card,
                                  const Provost__V1__GetScorecardRequest *in)
{
    static const unsigned allowed =
        SCOPE_PLAN | SCOPE_OBJECTIVE | SCOPE_ORGANISATION | SCOPE_TAG;
    struct status st = asked_period(card->call->arena, "period", in->period, &card->period);
    if (!status_is_ok(st)) return st;
    period_format_id(&card->period, card->period_id);
    st = moment_resolve(card->call, in->as_of_seq, in->as_of_time, &card->moment);
    if (!status_is_ok(st)) return st;
    card->derived = derived_new(card->call, &card->moment);
    card->with_forecast = in->with_forecast != 0;
    st = scope_open(card->call, &card->moment, in->scope, allowed, card->members);
    card->scope = card->members->version;
    return st;
}

struct status performance_get_scorecard(struct handler_call *call,
                                        const ProtobufCMessage *request,
                                        ProtobufCMessage **out_response)
{
    const Provost__V1__GetScorecardRequest *in = (const void *)request;
    Provost__V1__GetScorecardResponse *out = NULL;
    struct scope scope;
    struct scorecard card = {.call = call, .members = &scope};
    struct status st = read_request(&card, in);
    if (status_is_ok(st)) st = scorecard_make(&card, &out);
    if (status_is_ok(st) && in->with_children) st = scorecard_add_children(&card, out);
    if (!status_is_ok(st)) return st;
    *out_response = &out->base;
    return status_ok();
}
