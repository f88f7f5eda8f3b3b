/* A reporting period: open -> locked -> published, and back to open with a reason. A new one
 * may come in any state, as a bundle brings it. */
#include "common/reasons.h"
#include "service/understand.h"
#include "store/txn.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum state {
    OPEN = PROVOST__V1__PERIOD_STATE__PERIOD_STATE_OPEN,
    LOCKED = PROVOST__V1__PERIOD_STATE__PERIOD_STATE_LOCKED,
    PUBLISHED = PROVOST__V1__PERIOD_STATE__PERIOD_STATE_PUBLISHED,
};

/* The seq of the change under way: a report read there has all that the same request wrote. */
static int64_t change_seq(const struct txn *txn)
{
    return txn_change_seq(txn) != 0 ? txn_change_seq(txn) : txn_seq(txn) + 1;
}

static struct status check_step(const struct understanding *what, int from, int to)
{
    if (from == OPEN && to == PUBLISHED)
        return understand_refuse(what, REASON_PERIOD_STATE_INVALID, "state",
                                 "%s is OPEN: lock it before it is published", what->name);
    if (from == PUBLISHED && to == LOCKED)
        return understand_refuse(what, REASON_PERIOD_STATE_INVALID, "state",
                                 "%s is PUBLISHED: reopen it first, with a reason", what->name);
    return status_ok();
}

/* Why it is opened again: as the field says, or else the request. */
static struct status reopen(const struct understanding *what,
                            Provost__V1__ReportingPeriod *body)
{
    bool said = understand_said(what, "reopen_reason");
    const char *why = said ? body->reopen_reason : what->reason;
    if (why[strspn(why, " \t\r\n")] == '\0')
        return understand_refuse(what, REASON_REASON_REQUIRED, "state",
                                 "%s is opened again, so the request needs a reason",
                                 what->name);
    body->reopen_reason = (char *)why;
    return status_ok();
}

struct status understand_reporting_period(struct understanding *what)
{
    Provost__V1__ReportingPeriod *body = (Provost__V1__ReportingPeriod *)what->after;
    const Provost__V1__ReportingPeriod *before =
        (const Provost__V1__ReportingPeriod *)what->before;
    if (body->state == PROVOST__V1__PERIOD_STATE__PERIOD_STATE_UNSPECIFIED)
        body->state = (Provost__V1__PeriodState)OPEN;
    int from = before == NULL ? 0 : (int)before->state, to = (int)body->state;
    if (from == to) {
        body->published_seq = before->published_seq;
        return status_ok();
    }
    struct status st = check_step(what, from, to);
    if (status_is_ok(st) && to == OPEN && before != NULL) st = reopen(what, body);
    body->published_seq = before == NULL ? 0 : before->published_seq;
    if (to == PUBLISHED) body->published_seq = change_seq(what->lookup->txn);
    return st;
}
