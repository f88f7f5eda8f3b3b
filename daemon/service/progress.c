/* PerformanceService.GetProgress: measures of the register itself (MODEL.md section 7). */
#include "service/progress.h"

#include "common/reasons.h"
#include "service/asked.h"
#include "service/definition.h"
#include "service/excerpt.h"
#include "service/performance.h"

#include <stdlib.h>
#include <string.h>

void progress_reserve(struct progress *progress, size_t count)
{
    progress->out->members =
        arena_alloc(progress->call->arena, count * sizeof(Provost__V1__ProgressMember *));
}

Provost__V1__ProgressMember *progress_add(struct progress *progress, const char *name,
                                          const char *title)
{
    Provost__V1__ProgressMember *member = arena_alloc(progress->call->arena, sizeof *member);
    provost__v1__progress_member__init(member);
    member->name = (char *)name;
    member->title = (char *)title;
    progress->out->members[progress->out->n_members++] = member;
    return member;
}

/* ---- what was left out ---- */

static Provost__V1__ProgressExclusion *
find_exclusion(const Provost__V1__GetProgressResponse *out, const char *reason)
{
    for (size_t i = 0; i < out->n_exclusions; i++)
        if (strcmp(out->exclusions[i]->reason, reason) == 0) return out->exclusions[i];
    return NULL;
}

static void add_exclusions(struct progress *progress)
{
    struct arena *arena = progress->call->arena;
    Provost__V1__GetProgressResponse *out = progress->out;
    out->exclusions =
        arena_alloc(arena, out->n_members * sizeof(Provost__V1__ProgressExclusion *));
    for (size_t i = 0; i < out->n_members; i++) {
        if (out->members[i]->included) continue;
        Provost__V1__ProgressExclusion *exclusion =
            find_exclusion(out, out->members[i]->reason);
        if (exclusion == NULL) {
            exclusion = arena_alloc(arena, sizeof *exclusion);
            provost__v1__progress_exclusion__init(exclusion);
            exclusion->reason = out->members[i]->reason;
            out->exclusions[out->n_exclusions++] = exclusion;
        }
        exclusion->count++;
    }
}

/* ---- the whole ---- */

static struct status measure(struct progress *progress)
{
    switch ((int)progress->in->measure) {
    case PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_IMPROVING_OR_MAINTAINED:
    case PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ON_TARGET:
        return progress_of_indicators(progress);
    case PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_ON_SCHEDULE:
    case PROVOST__V1__PROGRESS_MEASURE__PROGRESS_MEASURE_ACTIONS_COMPLETED:
        return progress_of_actions(progress);
    default:
        return status_invalid(progress->call->arena, REASON_MEASURE_REQUIRED, "measure",
                              "measure is not said; give IMPROVING_OR_MAINTAINED, ON_TARGET, "
                              "ACTIONS_ON_SCHEDULE or ACTIONS_COMPLETED");
    }
}

struct status progress_make(struct progress *progress)
{
    struct status st = measure(progress);
    if (status_is_ok(st)) add_exclusions(progress);
    return st;
}

static struct status check_materiality(const struct progress *progress)
{
    const char *text = progress->in->trend_materiality;
    struct rag_tolerance tolerance;
    if (*text == '\0' || definition_read_tolerance(text, &tolerance)) return status_ok();
    return status_invalid(progress->call->arena, REASON_TOLERANCE_INVALID, "trend_materiality",
                          "\"%s\" is no materiality; write \"5%%\" or \"2\"",
                          excerpt(progress->call->arena, text));
}

/* What the measure has no use for is read all the same, so that a slip in it shows. */
static struct status check_asked(const struct progress *progress)
{
    const Provost__V1__GetProgressRequest *in = progress->in;
    struct period period;
    int32_t day;
    struct status st = status_ok();
    if (*in->period != '\0')
        st = asked_period(progress->call->arena, "period", in->period, &period);
    if (status_is_ok(st)) st = asked_day(progress->call, &progress->moment, in->date, &day);
    return status_is_ok(st) ? check_materiality(progress) : st;
}

static struct status open_progress(struct progress *progress)
{
    static const unsigned allowed =
        SCOPE_PLAN | SCOPE_OBJECTIVE | SCOPE_ORGANISATION | SCOPE_TAG;
    const Provost__V1__GetProgressRequest *in = progress->in;
    struct status st =
        moment_resolve(progress->call, in->as_of_seq, in->as_of_time, &progress->moment);
    if (status_is_ok(st)) st = check_asked(progress);
    if (!status_is_ok(st)) return st;
    progress->derived = derived_new(progress->call, &progress->moment);
    return scope_open(progress->call, &progress->moment, in->scope, allowed, &progress->scope);
}

struct status performance_get_progress(struct handler_call *call,
                                       const ProtobufCMessage *request,
                                       ProtobufCMessage **out_response)
{
    struct progress progress = {.call = call, .in = (const void *)request};
    Provost__V1__GetProgressResponse *out = arena_alloc(call->arena, sizeof *out);
    provost__v1__get_progress_response__init(out);
    progress.out = out;
    struct status st = open_progress(&progress);
    if (status_is_ok(st)) st = progress_make(&progress);
    if (!status_is_ok(st)) return st;
    out->scope = (char *)progress.scope.name;
    out->title = (char *)progress.scope.title;
    out->seq = progress.moment.seq;
    *out_response = &out->base;
    return status_ok();
}
