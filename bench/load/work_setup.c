/* Makes the register that is measured: a plan, indicators with targets, ten years of figures. Each is a
 * work with an end (--requests); a request makes BATCH resources. */
#include "work.h"

#include "provost/v1/register.pb-c.h"

static Provost__V1__Resource *new_resource(struct arena *arena, char *name)
{
    Provost__V1__Resource *resource = arena_alloc(arena, sizeof *resource);
    provost__v1__resource__init(resource);
    resource->name = name;
    return resource;
}

static Provost__V1__Mutation *creation(struct arena *arena, Provost__V1__Resource *resource)
{
    Provost__V1__Mutation *mutation = arena_alloc(arena, sizeof *mutation);
    provost__v1__mutation__init(mutation);
    mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_CREATE;
    mutation->create = resource;
    return mutation;
}

static Provost__V1__ApplyRequest *apply_request(struct arena *arena, size_t count,
                                                struct ask *out_ask)
{
    Provost__V1__ApplyRequest *request = arena_alloc(arena, sizeof *request);
    provost__v1__apply_request__init(request);
    request->n_mutations = count;
    request->mutations = arena_alloc(arena, count * sizeof *request->mutations);
    request->reason = (char *)"a register to measure";
    *out_ask = (struct ask){path_apply, &request->base, NULL};
    return request;
}

/* The council, which the principal that is measured writes for, and its departments. */
static Provost__V1__Mutation *new_organisation(struct arena *arena, const char *id,
                                               const char *parent)
{
    Provost__V1__Resource *resource =
        new_resource(arena, arena_printf(arena, "organisations/%s", id));
    Provost__V1__Organisation *organisation = arena_alloc(arena, sizeof *organisation);
    provost__v1__organisation__init(organisation);
    organisation->title = (char *)id;
    organisation->parent = (char *)parent;
    resource->body_case = PROVOST__V1__RESOURCE__BODY_ORGANISATION;
    resource->organisation = organisation;
    return creation(arena, resource);
}

static void make_organisations(struct lane *lane, const struct scale *scale,
                               struct arena *arena, struct ask *out_ask)
{
    Provost__V1__ApplyRequest *request = apply_request(arena, 1 + DEPARTMENTS, out_ask);
    (void)lane, (void)scale;
    request->mutations[0] = new_organisation(arena, "council", "");
    for (uint64_t i = 0; i < DEPARTMENTS; i++)
        request->mutations[i + 1] =
            new_organisation(arena, department(i), "organisations/council");
}

/* The plan and the objective that the indicators measure. */
static void make_plan(struct lane *lane, const struct scale *scale, struct arena *arena,
                      struct ask *out_ask)
{
    Provost__V1__Resource *of_plan = new_resource(arena, (char *)"plans/bench");
    Provost__V1__Resource *of_objective = new_resource(arena, (char *)"objectives/bench");
    Provost__V1__Plan *plan = arena_alloc(arena, sizeof *plan);
    Provost__V1__Objective *objective = arena_alloc(arena, sizeof *objective);
    (void)lane, (void)scale;
    provost__v1__plan__init(plan);
    provost__v1__objective__init(objective);
    plan->title = (char *)"A plan to measure";
    plan->owner = (char *)"organisations/council";
    of_plan->body_case = PROVOST__V1__RESOURCE__BODY_PLAN;
    of_plan->plan = plan;
    objective->title = (char *)"An objective to measure";
    objective->plan = (char *)"plans/bench";
    of_objective->body_case = PROVOST__V1__RESOURCE__BODY_OBJECTIVE;
    of_objective->objective = objective;
    Provost__V1__ApplyRequest *request = apply_request(arena, 2, out_ask);
    request->mutations[0] = creation(arena, of_plan);
    request->mutations[1] = creation(arena, of_objective);
}

static void make_indicators(struct lane *lane, const struct scale *scale, struct arena *arena,
                            struct ask *out_ask)
{
    Provost__V1__ApplyRequest *request = apply_request(arena, BATCH, out_ask);
    uint64_t first = lane_count(lane, scale) * BATCH;
    for (uint64_t i = 0; i < BATCH; i++) {
        Provost__V1__Resource *resource = new_resource(arena, indicator_name(arena, first + i));
        Provost__V1__Indicator *indicator = arena_alloc(arena, sizeof *indicator);
        provost__v1__indicator__init(indicator);
        indicator->title = arena_printf(arena, "Measure %llu", (unsigned long long)(first + i));
        indicator->owner = arena_printf(arena, "organisations/%s", department(first + i));
        indicator->unit = PROVOST__V1__UNIT__UNIT_NUMBER;
        indicator->frequency = PROVOST__V1__FREQUENCY__FREQUENCY_MONTHLY;
        indicator->roll_up = PROVOST__V1__ROLL_UP__ROLL_UP_SUM;
        indicator->polarity = PROVOST__V1__POLARITY__POLARITY_MAX;
        resource->body_case = PROVOST__V1__RESOURCE__BODY_INDICATOR;
        resource->indicator = indicator;
        request->mutations[i] = creation(arena, resource);
    }
}

static void make_links(struct lane *lane, const struct scale *scale, struct arena *arena,
                       struct ask *out_ask)
{
    Provost__V1__ApplyRequest *request = apply_request(arena, BATCH, out_ask);
    uint64_t first = lane_count(lane, scale) * BATCH;
    for (uint64_t i = 0; i < BATCH; i++) {
        Provost__V1__Resource *resource = new_resource(arena, (char *)"");
        Provost__V1__Link *link = arena_alloc(arena, sizeof *link);
        provost__v1__link__init(link);
        link->from = indicator_name(arena, first + i);
        link->to = (char *)"objectives/bench";
        link->kind = PROVOST__V1__LINK_KIND__LINK_KIND_MEASURES;
        link->position = (int32_t)(first + i + 1);
        resource->body_case = PROVOST__V1__RESOURCE__BODY_LINK;
        resource->link = link;
        request->mutations[i] = creation(arena, resource);
    }
}

/* One target an indicator, for the last month there is history of. */
static void make_targets(struct lane *lane, const struct scale *scale, struct arena *arena,
                         struct ask *out_ask)
{
    Provost__V1__ApplyRequest *request = apply_request(arena, BATCH, out_ask);
    uint64_t first = lane_count(lane, scale) * BATCH;
    for (uint64_t i = 0; i < BATCH; i++) {
        Provost__V1__Resource *resource = new_resource(arena, (char *)"");
        Provost__V1__Target *target = arena_alloc(arena, sizeof *target);
        provost__v1__target__init(target);
        target->indicator = indicator_name(arena, first + i);
        target->period = history_month(arena, HISTORY_MONTHS - 1);
        target->value = (char *)"5000";
        resource->body_case = PROVOST__V1__RESOURCE__BODY_TARGET;
        resource->target = target;
        request->mutations[i] = creation(arena, resource);
    }
}

/* The same month for a hundred indicators, then for the next hundred, then the next month. */
static void make_history(struct lane *lane, const struct scale *scale, struct arena *arena,
                         struct ask *out_ask)
{
    Provost__V1__SubmitObservationsRequest *request = arena_alloc(arena, sizeof *request);
    uint64_t first = lane_count(lane, scale) * BATCH;
    provost__v1__submit_observations_request__init(request);
    request->n_submissions = BATCH;
    request->submissions = arena_alloc(arena, BATCH * sizeof *request->submissions);
    for (uint64_t i = 0; i < BATCH; i++) {
        Provost__V1__Submission *submission = arena_alloc(arena, sizeof *submission);
        provost__v1__submission__init(submission);
        submission->indicator = indicator_name(arena, (first + i) % scale->indicators);
        submission->period = history_month(arena, (first + i) / scale->indicators);
        submission->value =
            arena_printf(arena, "%llu", (unsigned long long)random_below(lane, 10000));
        request->submissions[i] = submission;
    }
    *out_ask = (struct ask){path_submit, &request->base, department(first / BATCH)};
}

const struct work works_setup[] = {
    {"setup-organisations", "a council and its departments, once", make_organisations, NULL},
    {"setup-plan", "the plan and its objective, once", make_plan, NULL},
    {"setup-indicators", "100 indicators a request", make_indicators, NULL},
    {"setup-links", "the objective of 100 indicators a request", make_links, NULL},
    {"setup-targets", "100 targets a request", make_targets, NULL},
    {"setup-history", "100 figures of the ten years a request", make_history, NULL},
    {NULL, NULL, NULL, NULL},
};
