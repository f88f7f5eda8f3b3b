/* RegisterService.SubmitObservations: figures become items (service/write.h). */
#include "service/submit.h"

#include "common/reasons.h"
#include "service/resource.h"
#include "service/write.h"

#include "provost/v1/resources.pb-c.h"

#include <string.h>

enum { SUBMISSIONS_MAX = 1000 };

/* A bare id as the name it means. */
static char *indicator_name(struct arena *arena, char *text)
{
    if (text[0] == '\0' || strchr(text, '/') != NULL) return text;
    return resource_name(arena, &catalog_of_desc(&provost__v1__indicator__descriptor)->kind,
                         text);
}

/* The observation that a submission says, and which of its fields, by their number in the
 * .proto. A cell is always said, also an empty one. */
static void read_submission(struct arena *arena, const Provost__V1__Submission *submission,
                            Provost__V1__Observation *observation)
{
    provost__v1__observation__init(observation);
    observation->indicator = indicator_name(arena, submission->indicator);
    observation->period = submission->period;
    observation->breakdown = submission->breakdown;
    observation->verbatim = submission->value;
    observation->numerator = submission->numerator;
    observation->denominator = submission->denominator;
    observation->n_flags = submission->n_flags;
    observation->flags = submission->flags;
    observation->note = submission->note;
}

/* Index of `verbatim` among the fields of an observation. */
static size_t verbatim_index(const struct catalog_row *row)
{
    const ProtobufCFieldDescriptor *fd =
        protobuf_c_message_descriptor_get_field_by_name(row->kind.desc, "verbatim");
    return (size_t)(fd - row->kind.desc->fields);
}

static struct status open_submission(struct write_request *request, struct write_item *item,
                                     const Provost__V1__Submission *submission)
{
    const struct catalog_row *row = catalog_of_desc(&provost__v1__observation__descriptor);
    Provost__V1__Observation observation;
    read_submission(request->call->arena, submission, &observation);
    item->op = WRITE_PATCH;
    item->what.place.verbatim = "value";
    item->base_seq = submission->base_seq;
    item->allow_missing = true;
    item->submitted = true;
    write_open_body(item, row, &observation.base, NULL);
    item->what.touched[verbatim_index(row)] = true;
    return write_open_name(request, item, "");
}

static struct status answer(struct write_request *request, ProtobufCMessage **out_response)
{
    struct write_answer done;
    struct status st = write_run(request, &done);
    if (!status_is_ok(st)) return st;
    Provost__V1__SubmitObservationsResponse *response =
        arena_alloc(request->call->arena, sizeof *response);
    provost__v1__submit_observations_response__init(response);
    response->seq = done.seq;
    response->commit_time = done.commit_time;
    response->n_results = done.n_results;
    response->results = done.results;
    response->validated_only = request->validate_only;
    st = write_end(request, &response->base);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

struct status submit_open_items(struct write_request *request,
                                const Provost__V1__SubmitObservationsRequest *submit)
{
    if (submit->revise && submit->reason[strspn(submit->reason, " \t\r\n")] == '\0')
        return status_invalid(request->call->arena, REASON_REASON_REQUIRED, "reason",
                              "revise replaces figures that are there, so it needs a reason");
    for (size_t i = 0; i < request->count; i++) {
        request->items[i].revise = submit->revise;
        struct status st = open_submission(request, &request->items[i], submit->submissions[i]);
        if (!status_is_ok(st)) return st;
    }
    return status_ok();
}

struct status register_submit_observations(struct handler_call *call,
                                           const ProtobufCMessage *request_message,
                                           ProtobufCMessage **out_response)
{
    const Provost__V1__SubmitObservationsRequest *submit =
        (const Provost__V1__SubmitObservationsRequest *)request_message;
    struct write_request request = {
        .call = call,
        .list = "submissions",
        .count = submit->n_submissions,
        .count_max = SUBMISSIONS_MAX,
        .reason = submit->reason,
        .validate_only = submit->validate_only,
        .request_id = {.id = submit->request_id},
    };
    ProtobufCMessage *kept;
    struct status st =
        write_begin(&request, request_message,
                    &provost__v1__submit_observations_response__descriptor, &kept);
    if (!status_is_ok(st)) return st;
    if (kept != NULL) {
        *out_response = kept;
        return st;
    }
    st = submit_open_items(&request, submit);
    return status_is_ok(st) ? answer(&request, out_response) : st;
}
