#include "service/approval.h"

#include "common/diff.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "service/conflict.h"
#include "service/goals.h"
#include "service/kept.h"
#include "service/resource.h"
#include "service/second_person.h"

#include <assert.h>
#include <string.h>

#define APPROVED PROVOST__V1__WORKFLOW__WORKFLOW_APPROVED
#define REJECTED PROVOST__V1__WORKFLOW__WORKFLOW_REJECTED
#define SUBMITTED PROVOST__V1__WORKFLOW__WORKFLOW_SUBMITTED
#define UNSAID PROVOST__V1__WORKFLOW__WORKFLOW_UNSPECIFIED

/* A plan that asked for approval before the request. */
struct asking_plan {
    const char *name;
    struct asking_plan *next;
};

/* What an approval is of. */
static const char *const figure_fields[] = {
    "state", "value", "numerator", "denominator", "flags", "verbatim", "available_from", NULL};

/* ---- what a figure is ---- */

static bool is_of_figure(const char *field)
{
    for (const char *const *f = figure_fields; *f != NULL; f++)
        if (strcmp(*f, field) == 0) return true;
    return false;
}

/* Marks the fields of the figure among those of an observation. */
static void mark_figure(bool *marks)
{
    const ProtobufCMessageDescriptor *desc = &provost__v1__observation__descriptor;
    for (unsigned i = 0; i < desc->n_fields; i++)
        marks[i] = is_of_figure(desc->fields[i].name);
}

bool approval_is_other_figure(const ProtobufCMessage *before, const ProtobufCMessage *after)
{
    bool changed[CATALOG_FIELDS_MAX] = {false};
    if (before == NULL) return true;
    diff_fields(before, after, changed);
    for (unsigned i = 0; i < after->descriptor->n_fields; i++)
        if (changed[i] && is_of_figure(after->descriptor->fields[i].name)) return true;
    return false;
}

bool approval_is_judgement(const ProtobufCMessage *before, const ProtobufCMessage *after)
{
    bool changed[CATALOG_FIELDS_MAX] = {false};
    if (before == NULL || after->descriptor != &provost__v1__observation__descriptor)
        return false;
    diff_fields(before, after, changed);
    for (unsigned i = 0; i < after->descriptor->n_fields; i++)
        if (changed[i] && strcmp(after->descriptor->fields[i].name, "workflow") != 0)
            return false;
    return true;
}

const Provost__V1__Observation *approval_in_force(struct arena *arena,
                                                  const Provost__V1__Observation *said)
{
    if (said == NULL || said->workflow != REJECTED) return said;
    Provost__V1__Observation *left =
        (Provost__V1__Observation *)message_copy(&said->base, arena);
    for (const char *const *f = figure_fields; *f != NULL; f++)
        field_clear(&left->base, fields_find(left->base.descriptor, *f));
    return left;
}

bool approval_is_awaited(const Provost__V1__Observation *said)
{
    return said != NULL && said->workflow == SUBMITTED;
}

/* ---- who asks for it ---- */

struct plan_visit {
    struct arena *arena;
    struct asking_plan *first;
};

static enum scan_verdict visit_plan(void *data, const struct version *version)
{
    struct plan_visit *visit = data;
    struct asking_plan *plan = arena_alloc(visit->arena, sizeof *plan);
    *plan = (struct asking_plan){resource_name(visit->arena, version->kind, version->id),
                                 visit->first};
    visit->first = plan;
    return SCAN_KEEP;
}

static const struct kind *plans(void)
{
    return &catalog_of_desc(&provost__v1__plan__descriptor)->kind;
}

static struct status list_plans(struct txn *txn, struct arena *arena, const void **out_plans)
{
    struct plan_visit visit = {.arena = arena};
    const struct scan scan = {
        .kind = plans(), .as_of = AS_OF_NOW, .column = "approval_required", .value = "1"};
    struct status st = txn_scan(txn, &scan, arena, visit_plan, &visit);
    *out_plans = visit.first;
    return st;
}

struct status approval_begin(struct approval *approval)
{
    const struct kept_source source = {KEPT_ASKING_PLANS, plans(), list_plans};
    const struct lookup *lookup = approval->lookup;
    const void *found = NULL;
    struct status st = kept_get(lookup->txn, &source, lookup->arena, &found);
    approval->plans = found;
    return st;
}

bool approval_is_asked_by(const struct approval *approval, const char *plan)
{
    for (const struct asking_plan *p = approval->plans; p != NULL; p = p->next)
        if (strcmp(p->name, plan) == 0) return true;
    return false;
}

/* *out_plan: one that asks for approval of the indicator's figures, or NULL. */
static struct status find_asking(const struct approval *approval, const char *indicator,
                                 const char **out_plan)
{
    const struct goal *goals = NULL;
    *out_plan = NULL;
    if (approval->plans == NULL) return status_ok();
    struct status st = goals_find(approval->lookup, indicator, &goals);
    for (; status_is_ok(st) && goals != NULL && *out_plan == NULL; goals = goals->next) {
        const char *plan = "";
        st = goals_plan_of(approval->lookup, goals->name, &plan);
        for (const struct asking_plan *p = approval->plans; p != NULL; p = p->next)
            if (strcmp(p->name, plan) == 0) *out_plan = p->name;
    }
    return st;
}

/* ---- a judgement ---- */

/* The newest change of the figure must be somebody else's. */
static struct status check_second_person(const struct approval *approval,
                                         const struct understanding *what,
                                         const struct conflict_question *question)
{
    struct change_record record;
    bool found = false;
    int64_t seq = 0;
    struct status st = conflict_newest_change(question, &seq);
    if (status_is_ok(st)) st = txn_get_change(question->txn, seq, what->arena, &record, &found);
    if (!status_is_ok(st) || !found ||
        !second_person_is_same(approval->caller, record.by.principal, record.by.on_behalf_of))
        return st;
    return status_error(
        what->arena, GRPC_FAILED_PRECONDITION, REASON_SECOND_PERSON_NEEDED,
        place_field(what->arena, &what->place, "workflow"),
        "%s%s%s submitted the figure of %s in change %lld, and %s asks for approval "
        "by someone else: another person must judge it",
        record.by.principal, record.by.on_behalf_of[0] != '\0' ? " for " : "",
        record.by.on_behalf_of, what->name, (long long)seq, approval->judged_plan);
}

static struct status check_judgement(const struct understanding *what, int64_t base_seq,
                                     const char *field)
{
    const Provost__V1__Observation *after = (const Provost__V1__Observation *)what->after;
    if (after->workflow == REJECTED && what->reason[strspn(what->reason, " \t\r\n")] == '\0')
        return understand_refuse(what, REASON_REASON_REQUIRED, "workflow",
                                 "%s is rejected, so the request needs a reason", what->name);
    if (base_seq > 0) return status_ok();
    return status_invalid(what->arena, REASON_BASE_SEQ_INVALID, field,
                          "a figure is judged as it was read: send as base_seq the seq that "
                          "came with %s",
                          what->name);
}

struct status approval_judge(const struct approval *approval, const struct understanding *what,
                             struct lookup_entry *entry, int64_t base_seq, const char *field)
{
    bool figure[CATALOG_FIELDS_MAX] = {false};
    const struct conflict_question question = {
        .txn = what->lookup->txn,
        .arena = what->arena,
        .entry = entry,
        .fields = figure,
        .base_seq = base_seq,
        .field = field,
    };
    assert(approval->judged_plan != NULL);
    mark_figure(figure);
    struct status st = check_judgement(what, base_seq, field);
    if (status_is_ok(st)) st = check_second_person(approval, what, &question);
    return status_is_ok(st) ? conflict_check(&question) : st;
}

/* ---- the workflow of a write ---- */

/* Where no plan asks: what the client says, but an approval of another figure is none. */
static void settle_freely(const struct understanding *what, bool is_other)
{
    Provost__V1__Observation *after = (Provost__V1__Observation *)what->after;
    if (is_other && what->before != NULL && !understand_touched(what, "workflow") &&
        after->workflow != UNSAID)
        after->workflow = SUBMITTED;
}

static void settle_figure(struct understanding *what, const char *plan)
{
    Provost__V1__Observation *after = (Provost__V1__Observation *)what->after;
    if (after->workflow == APPROVED && understand_said(what, "workflow"))
        understand_warn(what, REASON_APPROVAL_NEEDED, "workflow",
                        "%s asks for approval by someone other than who submits: the figure "
                        "is SUBMITTED",
                        plan);
    after->workflow = SUBMITTED;
}

/* True when it is a judgement. */
static bool settle_asked(struct understanding *what, const char *plan, bool is_other)
{
    Provost__V1__Observation *after = (Provost__V1__Observation *)what->after;
    const Provost__V1__Observation *before = (const Provost__V1__Observation *)what->before;
    if (is_other) {
        settle_figure(what, plan);
        return false;
    }
    if (after->workflow == UNSAID) after->workflow = before->workflow;
    return after->workflow != before->workflow && after->workflow != SUBMITTED;
}

/* The same figure again does not undo its rejection. */
static void warn_rejected(struct understanding *what)
{
    const Provost__V1__Observation *before = (const Provost__V1__Observation *)what->before;
    if (before != NULL && before->workflow == REJECTED)
        understand_warn(what, REASON_FIGURE_REJECTED, "workflow",
                        "%s was rejected and is the same still: submit another figure, or set "
                        "workflow to SUBMITTED for it to be looked at again",
                        what->name);
}

struct status approval_settle(struct approval *approval, struct understanding *what)
{
    approval->judged_plan = NULL;
    if (what->row->kind.desc != &provost__v1__observation__descriptor) return status_ok();
    const Provost__V1__Observation *after = (const Provost__V1__Observation *)what->after;
    bool is_other = approval_is_other_figure(what->before, what->after);
    if (!is_other && !understand_touched(what, "workflow")) {
        warn_rejected(what);
        return status_ok();
    }
    const char *plan = NULL;
    struct status st = find_asking(approval, after->indicator, &plan);
    if (!status_is_ok(st)) return st;
    if (plan == NULL)
        settle_freely(what, is_other);
    else if (settle_asked(what, plan, is_other))
        approval->judged_plan = plan;
    return st;
}
