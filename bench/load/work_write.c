/* W1 to W4: what changes the register. */
#include "work.h"

#include "provost/v1/register.pb-c.h"

/* Spreads consecutive numbers over all figures; a prime above any factor of the space. */
static const uint64_t stride = UINT64_C(1000000007);

static char *request_id(const struct lane *lane, const struct scale *scale, struct arena *arena)
{
    return arena_printf(arena, "%s-%llu-%llu", scale->run, (unsigned long long)lane->number,
                        (unsigned long long)lane->step);
}

static char *random_value(struct lane *lane, struct arena *arena)
{
    uint64_t number = random_below(lane, 1000000);
    return arena_printf(arena, "%llu.%02llu", (unsigned long long)(number / 100),
                        (unsigned long long)(number % 100));
}

static Provost__V1__Submission *new_submission(struct arena *arena)
{
    Provost__V1__Submission *submission = arena_alloc(arena, sizeof *submission);
    provost__v1__submission__init(submission);
    return submission;
}

/* New figure `number` of the register's free months. */
static Provost__V1__Submission *new_figure(struct lane *lane, const struct scale *scale,
                                           uint64_t number, struct arena *arena)
{
    uint64_t space = scale->indicators * FREE_MONTHS;
    uint64_t place = (scale->first + number) % space * (stride % space) % space;
    Provost__V1__Submission *submission = new_submission(arena);
    submission->indicator = indicator_name(arena, place % scale->indicators);
    submission->period = free_month(arena, place / scale->indicators);
    submission->value = random_value(lane, arena);
    return submission;
}

static Provost__V1__SubmitObservationsRequest *submit_request(struct lane *lane,
                                                              const struct scale *scale,
                                                              size_t count, struct arena *arena,
                                                              struct ask *out_ask)
{
    Provost__V1__SubmitObservationsRequest *request = arena_alloc(arena, sizeof *request);
    provost__v1__submit_observations_request__init(request);
    request->n_submissions = count;
    request->submissions = arena_alloc(arena, count * sizeof *request->submissions);
    request->request_id = request_id(lane, scale, arena);
    out_ask->path = path_submit;
    out_ask->message = &request->base;
    out_ask->service = department(lane->number);
    return request;
}

static void make_submit_one(struct lane *lane, const struct scale *scale, struct arena *arena,
                            struct ask *out_ask)
{
    Provost__V1__SubmitObservationsRequest *request =
        submit_request(lane, scale, 1, arena, out_ask);
    request->submissions[0] = new_figure(lane, scale, lane_count(lane, scale), arena);
}

static void make_submit_batch(struct lane *lane, const struct scale *scale, struct arena *arena,
                              struct ask *out_ask)
{
    Provost__V1__SubmitObservationsRequest *request =
        submit_request(lane, scale, BATCH, arena, out_ask);
    for (uint64_t i = 0; i < BATCH; i++)
        request->submissions[i] =
            new_figure(lane, scale, lane_count(lane, scale) * BATCH + i, arena);
}

static void make_revise_one(struct lane *lane, const struct scale *scale, struct arena *arena,
                            struct ask *out_ask)
{
    Provost__V1__SubmitObservationsRequest *request =
        submit_request(lane, scale, 1, arena, out_ask);
    Provost__V1__Submission *submission = new_submission(arena);
    submission->indicator = indicator_name(arena, random_below(lane, scale->indicators));
    submission->period = history_month(arena, random_below(lane, HISTORY_MONTHS));
    submission->value = random_value(lane, arena);
    request->submissions[0] = submission;
    request->revise = true;
    request->reason = (char *)"counted again";
}

static bool take_submitted(struct lane *lane, const uint8_t *bytes, size_t size,
                           struct arena *arena)
{
    Provost__V1__SubmitObservationsResponse *response =
        provost__v1__submit_observations_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    if (!response || response->seq <= 0 || response->n_results == 0) return false;
    for (size_t i = 0; i < response->n_results; i++)
        if (response->results[i]->outcome != PROVOST__V1__OUTCOME__OUTCOME_CREATED &&
            response->results[i]->outcome != PROVOST__V1__OUTCOME__OUTCOME_UPDATED)
            return false;
    return true;
}

/* Now and then the other value is the one that is there: then nothing changes. */
static bool take_revised(struct lane *lane, const uint8_t *bytes, size_t size,
                         struct arena *arena)
{
    Provost__V1__SubmitObservationsResponse *response =
        provost__v1__submit_observations_response__unpack(arena_allocator(arena), size, bytes);
    (void)lane;
    return response && response->seq > 0 && response->n_results == 1;
}

/* Each lane has an action of its own, made by its first request. */
static void make_patch_action(struct lane *lane, const struct scale *scale, struct arena *arena,
                              struct ask *out_ask)
{
    static char *fields[] = {(char *)"title", (char *)"plan", (char *)"progress"};
    Provost__V1__ApplyRequest *request = arena_alloc(arena, sizeof *request);
    Provost__V1__Mutation *mutation = arena_alloc(arena, sizeof *mutation);
    Provost__V1__Patch *patch = arena_alloc(arena, sizeof *patch);
    Provost__V1__Resource *resource = arena_alloc(arena, sizeof *resource);
    Provost__V1__Action *action = arena_alloc(arena, sizeof *action);
    Google__Protobuf__FieldMask *mask = arena_alloc(arena, sizeof *mask);
    provost__v1__apply_request__init(request);
    provost__v1__mutation__init(mutation);
    provost__v1__patch__init(patch);
    provost__v1__resource__init(resource);
    provost__v1__action__init(action);
    google__protobuf__field_mask__init(mask);
    action->title = (char *)"Resurface the road";
    action->plan = (char *)"plans/bench";
    action->progress = (int32_t)(lane->step % 100) + 1;
    resource->name = arena_printf(arena, "actions/bench-%s-%llu", scale->run,
                                  (unsigned long long)lane->number);
    resource->body_case = PROVOST__V1__RESOURCE__BODY_ACTION;
    resource->action = action;
    mask->paths = lane->base_seq ? fields + 2 : fields;
    mask->n_paths = lane->base_seq ? 1 : 3;
    patch->resource = resource;
    patch->update_mask = mask;
    patch->base_seq = lane->base_seq;
    patch->allow_missing = lane->base_seq == 0;
    mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation->patch = patch;
    request->mutations = arena_alloc(arena, sizeof *request->mutations);
    request->mutations[0] = mutation;
    request->n_mutations = 1;
    request->request_id = request_id(lane, scale, arena);
    *out_ask = (struct ask){path_apply, &request->base, department(lane->number)};
}

static bool take_applied(struct lane *lane, const uint8_t *bytes, size_t size,
                         struct arena *arena)
{
    Provost__V1__ApplyResponse *response =
        provost__v1__apply_response__unpack(arena_allocator(arena), size, bytes);
    if (!response || response->seq <= lane->base_seq) return false;
    lane->base_seq = response->seq;
    return true;
}

const struct work works_write[] = {
    {"submit-one", "W1: one new observation", make_submit_one, take_submitted},
    {"revise-one", "W2: another value for an observation that is there", make_revise_one,
     take_revised},
    {"patch-action", "W3: one field of an action, with base_seq", make_patch_action,
     take_applied},
    {"submit-batch", "W4: 100 new observations", make_submit_batch, take_submitted},
    {NULL, NULL, NULL, NULL},
};
