#include "service/import.h"

#include "common/reasons.h"
#include "service/submit.h"
#include "service/write.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

typedef Provost__V1__ImportObservationsResponse import_response;
typedef Provost__V1__SubmitObservationsRequest submit_request;

static const char list_name[] = "rows";

/* ---- the header ---- */

static bool is_printable(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e) return false;
    return true;
}

struct status import_check_header(struct arena *arena, const Provost__V1__ImportHeader *header)
{
    if (strlen(header->import_id) > IMPORT_ID_MAX || !is_printable(header->import_id))
        return status_invalid(
            arena, REASON_REQUEST_ID_INVALID, "import_id",
            "import_id must be at most %d characters of printable ASCII; best "
            "use a UUID",
            IMPORT_ID_MAX);
    if (header->chunk_rows < 0 || header->chunk_rows > IMPORT_CHUNK_ROWS_MAX)
        return status_invalid(arena, REASON_PAGE_SIZE_INVALID, "chunk_rows",
                              "chunk_rows is %" PRId32 "; it must be 0 to %d",
                              header->chunk_rows, IMPORT_CHUNK_ROWS_MAX);
    if (header->revise && header->reason[strspn(header->reason, " \t\r\n")] == '\0')
        return status_invalid(arena, REASON_REASON_REQUIRED, "reason",
                              "revise replaces figures that are there, so it needs a reason");
    return status_ok();
}

/* ---- the write ---- */

/* The rows to be tried, as the request that SubmitObservations would get. */
static submit_request *make_submit(struct arena *arena, const struct import_chunk *chunk)
{
    submit_request *submit = arena_alloc(arena, sizeof *submit);
    provost__v1__submit_observations_request__init(submit);
    submit->submissions = arena_alloc(arena, (chunk->count + 1) * sizeof(void *));
    for (size_t i = 0; i < chunk->count; i++)
        if (!chunk->wrong[i])
            submit->submissions[submit->n_submissions++] = chunk->rows[i]->submission;
    submit->reason = chunk->header->reason;
    submit->revise = chunk->header->revise;
    submit->validate_only = chunk->header->validate_only || chunk->wrong_count > 0;
    submit->request_id = (char *)protobuf_c_empty_string;
    if (chunk->header->import_id[0] != '\0' && !submit->validate_only)
        submit->request_id =
            arena_printf(arena, "%s#%" PRId64, chunk->header->import_id, chunk->number);
    return submit;
}

/* Failures name a row by its place in the stream. */
static void number_rows(struct write_request *request, const struct import_chunk *chunk)
{
    size_t item = 0;
    for (size_t i = 0; i < chunk->count; i++)
        if (!chunk->wrong[i])
            request->items[item++].what.place.index = (size_t)chunk->first_row + i;
}

static void count_outcome(import_response *response, Provost__V1__Outcome outcome)
{
    response->rows++;
    if (outcome == PROVOST__V1__OUTCOME__OUTCOME_CREATED)
        response->created++;
    else if (outcome == PROVOST__V1__OUTCOME__OUTCOME_UPDATED)
        response->updated++;
    else
        response->unchanged++;
}

static Provost__V1__ImportRowResult *tell_warning(struct arena *arena, const char *key,
                                                  int64_t row,
                                                  const Provost__V1__MutationResult *done)
{
    const Provost__V1__Warning *warning = done->warnings[0];
    Provost__V1__ImportRowResult *result = arena_alloc(arena, sizeof *result);
    provost__v1__import_row_result__init(result);
    result->key = (char *)key;
    result->row = row;
    result->outcome = done->outcome;
    result->reason = warning->reason;
    result->field = warning->field;
    result->message = warning->message;
    /* An erasure finds by it the kept answers that quote a value of the figure. */
    result->resource = done->name;
    return result;
}

static import_response *make_response(struct arena *arena, const struct import_chunk *chunk,
                                      const struct write_answer *answer)
{
    import_response *response = arena_alloc(arena, sizeof *response);
    size_t item = 0;
    provost__v1__import_observations_response__init(response);
    response->seq = answer->seq;
    response->results = arena_alloc(arena, (chunk->count + 1) * sizeof(void *));
    for (size_t i = 0; i < chunk->count; i++) {
        if (chunk->wrong[i]) continue;
        const Provost__V1__MutationResult *done = answer->results[item++];
        count_outcome(response, done->outcome);
        if (done->n_warnings > 0)
            response->results[response->n_results++] =
                tell_warning(arena, chunk->rows[i]->key, chunk->first_row + (int64_t)i, done);
    }
    return response;
}

static struct status write_rows(struct write_request *request, const submit_request *submit,
                                const struct import_chunk *chunk,
                                import_response **out_response)
{
    struct write_answer answer = {.n_results = 0};
    number_rows(request, chunk);
    struct status st = submit_open_items(request, submit);
    if (status_is_ok(st)) st = write_run(request, &answer);
    if (!status_is_ok(st)) return st;
    assert(answer.results != NULL);
    import_response *response = make_response(request->call->arena, chunk, &answer);
    st = write_end(request, &response->base);
    if (status_is_ok(st)) *out_response = response;
    return st;
}

struct status import_write_chunk(struct handler_call *call, const struct import_chunk *chunk,
                                 Provost__V1__ImportObservationsResponse **out_response)
{
    submit_request *submit = make_submit(call->arena, chunk);
    struct write_request request = {
        .call = call,
        .list = list_name,
        .count = submit->n_submissions,
        .count_max = IMPORT_WHOLE_ROWS_MAX,
        .reason = submit->reason,
        .validate_only = submit->validate_only,
        .request_id = {.id = submit->request_id},
    };
    ProtobufCMessage *kept;
    struct status st = write_begin(
        &request, &submit->base, &provost__v1__import_observations_response__descriptor, &kept);
    if (!status_is_ok(st)) return st;
    if (kept != NULL) {
        *out_response = (import_response *)kept;
        return st;
    }
    return write_rows(&request, submit, chunk, out_response);
}

/* ---- failures ---- */

/* The number in "rows[NUMBER]..."; 0 for another field. *out_end is behind the bracket. */
static int64_t row_number(const char *field, const char **out_end)
{
    size_t length = sizeof list_name - 1;
    char *end;
    if (field == NULL || strncmp(field, list_name, length) != 0 || field[length] != '[')
        return 0;
    long long number = strtoll(field + length + 1, &end, 10);
    if (*end != ']') return 0;
    *out_end = end + 1;
    return number;
}

size_t import_row_at_fault(const struct import_chunk *chunk, const struct status *status)
{
    const char *end;
    int64_t number = row_number(status->field, &end);
    if (number < chunk->first_row || number >= chunk->first_row + (int64_t)chunk->count)
        return chunk->count;
    return (size_t)(number - chunk->first_row);
}

const char *import_field_at_fault(const struct status *status)
{
    const char *end = "";
    if (status->field == NULL) return "";
    if (row_number(status->field, &end) == 0) return status->field;
    return *end == '.' ? end + 1 : end;
}
