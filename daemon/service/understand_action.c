/* An action: its deadlines in the light of its plan, its progress, its completion. */
#include "common/reasons.h"
#include "domain/date.h"
#include "service/understand_deadlines.h"

#include "provost/v1/resources.pb-c.h"

/* The plan's first and last day. A plan that is not there is refused by the check of
 * references. */
static struct status find_plan(const struct understanding *what, const char *name,
                               struct deadline_context *out_context)
{
    *out_context = (struct deadline_context){DATE_NO_DAY, DATE_NO_DAY};
    const struct catalog_row *row = catalog_of_name(name);
    if (row == NULL || row->kind.desc != &provost__v1__plan__descriptor) return status_ok();
    struct lookup_entry *entry;
    struct status st = lookup_get(what->lookup, row, name, &entry);
    if (status_is_ok(st) && entry->found)
        *out_context = deadline_context_of((const Provost__V1__Plan *)entry->version.body);
    return st;
}

static struct status read_deadlines(struct understanding *what, Provost__V1__Action *action)
{
    const Provost__V1__Action *before = (const Provost__V1__Action *)what->before;
    const struct deadline_fields fields = {
        .verbatim_field = "deadline_verbatim",
        .list_field = "deadlines",
        .verbatim = &action->deadline_verbatim,
        .count = &action->n_deadlines,
        .list = &action->deadlines,
        .verbatim_before = before == NULL ? "" : before->deadline_verbatim,
        .count_before = before == NULL ? 0 : before->n_deadlines,
        .list_before = before == NULL ? NULL : before->deadlines,
    };
    struct deadline_context context;
    struct status st = find_plan(what, action->plan, &context);
    return status_is_ok(st) ? understand_deadlines(what, &fields, &context) : st;
}

struct status understand_action(struct understanding *what)
{
    Provost__V1__Action *action = (Provost__V1__Action *)what->after;
    if (action->progress < 0 || action->progress > 100)
        return understand_refuse(what, REASON_NUMBER_OUT_OF_BOUNDS, "progress",
                                 "progress is %d; it must be 0 to 100 per cent",
                                 (int)action->progress);
    if (action->status == PROVOST__V1__ACTION_STATUS__ACTION_STATUS_COMPLETED &&
        action->completed_on[0] == '\0')
        understand_warn(what, REASON_COMPLETED_WITHOUT_DATE, "completed_on",
                        "the action is completed and does not say when");
    return read_deadlines(what, action);
}
