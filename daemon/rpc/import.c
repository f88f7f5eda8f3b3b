#include "rpc/import.h"

#include "common/arena.h"
#include "common/fields.h"
#include "common/reasons.h"
#include "rpc/call.h"
#include "rpc/dispatch.h"
#include "rpc/stream_job.h"
#include "service/import.h"

#include <inttypes.h>
#include <string.h>

typedef Provost__V1__ImportObservationsResponse import_response;
typedef Provost__V1__ImportObservationsRequest import_request;
typedef Provost__V1__ImportRowResult row_result;

/* One call; lives in the call's arena. What `chunk` points to lives in the job's arena. */
struct import {
    Provost__V1__ImportHeader *header; /* NULL until it came */
    Provost__V1__ImportRow **rows;     /* chunk.rows, to be filled */
    bool *wrong;                       /* chunk.wrong, the same */
    struct status *faults;             /* why, where `wrong` */
    struct import_chunk chunk;         /* the store thread's while a job is under way */
    size_t rows_max;                   /* of a chunk */
    size_t bytes;                      /* of this one */
    import_response *written;          /* what the job under way has done */
    import_response answer;            /* so far */
    size_t companions;                 /* results for rows refused with their chunk */
};

static bool is_whole(const struct import *import)
{
    return import->header->atomicity == PROVOST__V1__IMPORT_ATOMICITY__IMPORT_ATOMICITY_WHOLE;
}

/* --- answers --- */

static char *keep_text(struct call *call, const char *text)
{
    return arena_strdup(&call->arena, text != NULL ? text : "");
}

/* A new result, or NULL when there are enough of them. */
static row_result *add_result(struct call *call, const char *key, int64_t row)
{
    struct import *import = call->stream_state;
    row_result *result;

    if (import->answer.n_results == IMPORT_RESULTS_MAX) return NULL;
    result = arena_alloc(&call->arena, sizeof *result);
    provost__v1__import_row_result__init(result);
    result->key = keep_text(call, key);
    result->row = row;
    import->answer.results[import->answer.n_results++] = result;
    return result;
}

static void add_refusal(struct call *call, size_t index, const struct status *status)
{
    struct import *import = call->stream_state;
    row_result *result =
        add_result(call, import->rows[index]->key, import->chunk.first_row + (int64_t)index);

    if (result == NULL) return;
    result->code = (int32_t)status->code;
    result->reason = keep_text(call, status->reason);
    result->field = keep_text(call, import_field_at_fault(status));
    result->message = keep_text(call, status->message);
}

/* A row that is right by itself. Such results may not crowd out those that say what is wrong.
 */
static void add_companion(struct call *call, size_t index)
{
    static const struct status refused = {
        .code = GRPC_FAILED_PRECONDITION,
        .reason = REASON_CHUNK_REFUSED,
        .message = "refused because another row of its chunk is wrong"};
    struct import *import = call->stream_state;

    if (import->companions == IMPORT_COMPANIONS_MAX) return;
    import->companions++;
    add_refusal(call, index, &refused);
}

static void add_written(struct call *call, const import_response *written)
{
    struct import *import = call->stream_state;
    import_response *answer = &import->answer;

    answer->rows += written->rows;
    answer->created += written->created;
    answer->updated += written->updated;
    answer->unchanged += written->unchanged;
    if (written->seq > answer->seq) answer->seq = written->seq;
    for (size_t i = 0; i < written->n_results; i++) {
        const row_result *from = written->results[i];
        row_result *result = add_result(call, from->key, from->row);

        if (result == NULL) return;
        result->outcome = from->outcome;
        result->reason = keep_text(call, from->reason);
        result->field = keep_text(call, from->field);
        result->message = keep_text(call, from->message);
        result->resource = keep_text(call, from->resource);
    }
}

/* `for_all` is the reason for every row; NULL: each wrong row has its own. */
static void add_refused_chunk(struct call *call, const struct status *for_all)
{
    struct import *import = call->stream_state;

    import->answer.rows += (int64_t)import->chunk.count;
    import->answer.refused += (int64_t)import->chunk.count;
    for (size_t i = 0; i < import->chunk.count; i++) {
        if (for_all != NULL)
            add_refusal(call, i, for_all);
        else if (import->wrong[i])
            add_refusal(call, i, &import->faults[i]);
        else
            add_companion(call, i);
    }
}

/* --- chunks --- */

static void start_chunk(struct call *call)
{
    struct import *import = call->stream_state;
    struct arena *arena = &call->job_arena;

    import->chunk.number++;
    import->chunk.wrong_count = 0;
    import->bytes = 0;
    import->rows = arena_alloc(arena, import->rows_max * sizeof *import->rows);
    import->wrong = arena_zalloc(arena, import->rows_max * sizeof *import->wrong);
    import->faults = arena_alloc(arena, import->rows_max * sizeof *import->faults);
    import->chunk.rows = import->rows;
    import->chunk.wrong = import->wrong;
}

static void on_written(struct call *call, struct status status);

/* Writer thread. */
static struct status run_chunk(struct call *call, struct handler_call *handler)
{
    struct import *import = call->stream_state;

    return import_write_chunk(handler, &import->chunk, &import->written);
}

static const struct stream_job_ops chunk_ops = {
    .writes = true, .run = run_chunk, .done = on_written};

static void finish(struct call *call)
{
    struct import *import = call->stream_state;

    if (import->answer.seq == 0)
        import->answer.seq =
            (int64_t)store_seq(dispatch_get_options(call->setup.dispatch)->store);
    if (call_send(call, &import->answer.base)) call_finish(call, status_ok());
}

static void go_on(struct call *call)
{
    struct import *import = call->stream_state;

    import->chunk.first_row += (int64_t)import->chunk.count;
    import->chunk.count = 0;
    import->rows = NULL;
    call_reset_job_arena(call);
    if (call_input_is_over(call))
        finish(call);
    else
        call_take_next(call);
}

/* Looks what else is wrong, unless enough is known. True when it does. */
static bool look_further(struct call *call, size_t index, struct status status)
{
    struct import *import = call->stream_state;

    import->wrong[index] = true;
    import->faults[index] = status;
    import->chunk.wrong_count++;
    if (import->chunk.wrong_count == import->chunk.count ||
        import->chunk.wrong_count == IMPORT_WRONG_PER_CHUNK_MAX ||
        call->job_arena.used_bytes > IMPORT_LOOKING_BYTES)
        return false;
    stream_job_start(call, &chunk_ops);
    return true;
}

/* Failures that are about the chunk as a whole, and not about the register or the daemon. */
static bool is_chunks_own(const struct status *status)
{
    return strcmp(status->reason, REASON_REQUEST_ID_REUSED) == 0 ||
           strcmp(status->reason, REASON_ANSWER_REDACTED) == 0 ||
           strcmp(status->reason, REASON_RESPONSE_TOO_LARGE) == 0;
}

static void on_written(struct call *call, struct status status)
{
    struct import *import = call->stream_state;
    size_t fault = import_row_at_fault(&import->chunk, &status);

    if (!status_is_ok(status) && fault < import->chunk.count) {
        if (look_further(call, fault, status)) return;
        add_refused_chunk(call, NULL);
    } else if (!status_is_ok(status) && is_chunks_own(&status)) {
        add_refused_chunk(call, &status);
    } else if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    } else if (import->chunk.wrong_count > 0) {
        add_refused_chunk(call, NULL);
    } else {
        add_written(call, import->written);
    }
    go_on(call);
}

/* --- the stream --- */

static void refuse(struct call *call, const char *field, const char *message)
{
    call_finish(call, (struct status){.code = GRPC_INVALID_ARGUMENT,
                                      .reason = REASON_MESSAGE_COUNT,
                                      .field = field,
                                      .message = message});
}

static void refuse_too_much(struct call *call)
{
    call_finish(call, (struct status){.code = GRPC_RESOURCE_EXHAUSTED,
                                      .reason = REASON_MESSAGE_TOO_LARGE,
                                      .field = "row",
                                      .message = "an import as a whole has at most 10,000 rows "
                                                 "and 8 MiB; import it in chunks"});
}

static void take_header(struct call *call, const import_request *request)
{
    struct import *import;
    struct status status;

    if (request->part_case != PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__PART_HEADER) {
        refuse(call, "header", "the first message must be the header");
        return;
    }
    status = import_check_header(&call->arena, request->header);
    if (!status_is_ok(status)) {
        call_finish(call, status);
        return;
    }
    import = arena_zalloc(&call->arena, sizeof *import);
    import->header =
        (Provost__V1__ImportHeader *)message_copy_deep(&request->header->base, &call->arena);
    if (import->header == NULL) {
        refuse_too_much(call);
        return;
    }
    import->chunk = (struct import_chunk){.header = import->header, .first_row = 1};
    import->rows_max = request->header->chunk_rows > 0 ? (size_t)request->header->chunk_rows
                                                       : IMPORT_CHUNK_ROWS;
    if (is_whole(import)) import->rows_max = IMPORT_WHOLE_ROWS_MAX;
    provost__v1__import_observations_response__init(&import->answer);
    import->answer.results =
        arena_alloc(&call->arena, IMPORT_RESULTS_MAX * sizeof *import->answer.results);
    call->stream_state = import;
    call_take_next(call);
}

/* NULL, or what is wrong with a message that should be a row. */
static const char *find_row_fault(const import_request *request)
{
    if (request->part_case != PROVOST__V1__IMPORT_OBSERVATIONS_REQUEST__PART_ROW)
        return "behind the header only rows may come";
    if (request->row->submission == NULL) return "a row has no submission";
    if (strlen(request->row->key) > IMPORT_KEY_MAX_BYTES) return "a row's key is over 64 bytes";
    return NULL;
}

static void take_row(struct call *call, const import_request *request)
{
    struct import *import = call->stream_state;
    const char *fault = find_row_fault(request);
    ProtobufCMessage *copy;
    bool full;

    if (fault != NULL) {
        refuse(call, "row", fault);
        return;
    }
    if (import->rows == NULL) start_chunk(call);
    if (import->chunk.count == import->rows_max) {
        refuse_too_much(call);
        return;
    }
    copy = message_copy_deep(&request->row->base, &call->job_arena);
    import->rows[import->chunk.count++] = (Provost__V1__ImportRow *)copy;
    import->bytes += call->request_bytes;
    if (copy == NULL || (is_whole(import) && import->bytes > IMPORT_WHOLE_BYTES)) {
        refuse_too_much(call);
        return;
    }
    full = import->chunk.count == import->rows_max || import->bytes >= IMPORT_CHUNK_BYTES;
    if (full && !is_whole(import))
        stream_job_start(call, &chunk_ops); /* the next row is taken when it is written */
    else
        call_take_next(call);
}

static void on_message(struct call *call, const ProtobufCMessage *message)
{
    if (call->stream_state == NULL)
        take_header(call, (const import_request *)message);
    else
        take_row(call, (const import_request *)message);
}

static void on_half_close(struct call *call)
{
    struct import *import = call->stream_state;

    if (import == NULL)
        refuse(call, "header", "the stream ended without a header");
    else if (import->chunk.count > 0)
        stream_job_start(call, &chunk_ops);
    else
        finish(call);
}

const struct stream_ops import_ops = {
    .on_message = on_message,
    .on_half_close = on_half_close,
};
