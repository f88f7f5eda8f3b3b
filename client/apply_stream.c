#include "client/apply_stream.h"

#include "client/progress.h"
#include "client/say.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRIES = 3, PAUSE_MS = 300, TIMEOUT_S = 600, SCRATCH_BYTES = 64 << 20 };

/* One run. */
struct sending {
    struct session *session;
    const struct apply_stream *stream;
    size_t *starts; /* index of the first mutation of each part sent */
    size_t n_parts;
    size_t next;       /* mutation */
    size_t n_answered; /* mutations whose results came */
    struct arena part; /* memory of the message that is out */
    struct progress progress;
    Provost__V1__ApplyResponse *answer;
};

/* --- parts --- */

static size_t weight_of(const Provost__V1__Mutation *mutation)
{
    return protobuf_c_message_get_packed_size(&mutation->base) + APPLY_ANSWER_EXTRA_BYTES;
}

size_t apply_stream_part_size(const struct apply_stream *stream, size_t first,
                              struct arena *scratch)
{
    size_t bytes = 0;
    size_t n = 0;

    for (; first + n < stream->count && n < APPLY_PART_MUTATIONS_MAX; n++) {
        struct arena_mark mark = arena_mark(scratch);

        bytes += weight_of(stream->mutation(stream->context, first + n, scratch));
        arena_rewind(scratch, mark);
        if (bytes > APPLY_PART_BYTES_MAX && n > 0) break;
    }
    return n;
}

static void renew(struct arena *arena)
{
    arena_release(arena);
    arena_init(arena, SCRATCH_BYTES);
}

static void pack(struct sending *sending, const Provost__V1__ApplyStreamRequest *request,
                 const void **out_bytes, size_t *out_size)
{
    uint8_t *bytes;

    *out_size = protobuf_c_message_get_packed_size(&request->base);
    bytes = arena_alloc(&sending->part, *out_size + 1);
    protobuf_c_message_pack(&request->base, bytes);
    *out_bytes = bytes;
}

static void note_start(struct sending *sending)
{
    if (sending->n_parts % 64 == 0) /* the first is made at 0 */
        sending->starts =
            xrealloc(sending->starts, (sending->n_parts + 64) * sizeof *sending->starts);
    sending->starts[sending->n_parts++] = sending->next;
}

static bool next_message(void *context, const void **out_bytes, size_t *out_size)
{
    struct sending *sending = context;
    const struct apply_stream *stream = sending->stream;
    Provost__V1__ApplyStreamRequest request = PROVOST__V1__APPLY_STREAM_REQUEST__INIT;
    Provost__V1__ApplyStreamPart part = PROVOST__V1__APPLY_STREAM_PART__INIT;
    size_t n;

    renew(&sending->part);
    n = apply_stream_part_size(stream, sending->next, &sending->part);
    if (n == 0) return false;
    part.mutations = arena_alloc(&sending->part, n * sizeof(Provost__V1__Mutation *));
    for (; part.n_mutations < n; part.n_mutations++)
        part.mutations[part.n_mutations] = (Provost__V1__Mutation *)(uintptr_t)stream->mutation(
            stream->context, sending->next + part.n_mutations, &sending->part);
    note_start(sending);
    sending->next += n;
    request.part_case = PROVOST__V1__APPLY_STREAM_REQUEST__PART_MUTATIONS;
    request.mutations = &part;
    pack(sending, &request, out_bytes, out_size);
    progress_show(&sending->progress, sending->next);
    return true;
}

/* --- the answer --- */

static bool on_message(void *context, const void *bytes, size_t size)
{
    struct sending *sending = context;
    Provost__V1__ApplyStreamResponse *response = provost__v1__apply_stream_response__unpack(
        arena_allocator(sending->session->arena), size, bytes);

    if (response == NULL) return false;
    for (size_t i = 0; i < response->n_results && sending->n_answered < sending->stream->count;
         i++)
        sending->stream->on_result(sending->stream->context, sending->n_answered++,
                                   response->results[i]);
    sending->answer->seq = response->seq;
    sending->answer->validated_only = response->validated_only;
    if (response->commit_time != NULL) sending->answer->commit_time = response->commit_time;
    return true;
}

/* "parts[2].mutations[17].patch..." in the user's words. */
static const char *locate(const void *context, const char *field_path, struct arena *arena)
{
    const struct sending *sending = context;
    unsigned long part, at;
    char *end;

    if (strncmp(field_path, "parts[", 6) != 0) return NULL;
    part = strtoul(field_path + 6, &end, 10);
    if (part >= sending->n_parts || strncmp(end, "].mutations[", 12) != 0) return NULL;
    at = strtoul(end + 12, &end, 10);
    if (*end != ']' || at >= sending->stream->count - sending->starts[part]) return NULL;
    return sending->stream->locate(sending->stream->context, sending->starts[part] + at,
                                   end + 1, arena);
}

static Provost__V1__ApplyStreamHeader make_header(struct sending *sending)
{
    const struct apply_stream *stream = sending->stream;
    struct arena *arena = sending->session->arena;
    Provost__V1__ApplyStreamHeader header = PROVOST__V1__APPLY_STREAM_HEADER__INIT;

    header.request_id = arena_strdup(arena, stream->id);
    header.reason = arena_strdup(arena, stream->reason != NULL ? stream->reason : "");
    header.validate_only = stream->validate_only;
    return header;
}

static void send_once(struct sending *sending, const struct session_call *call,
                      struct channel_reply *out_reply)
{
    struct session *session = sending->session;
    int64_t timeout_s =
        session->options->timeout_s != 0 ? session->options->timeout_s : TIMEOUT_S;
    const struct session_stream stream = {
        .call = *call,
        .next_message = next_message,
        .on_message = on_message,
        .context = sending,
        .timeout_ms = (uint64_t)timeout_s * 1000,
    };

    sending->n_parts = sending->next = sending->n_answered = 0;
    progress_begin(&sending->progress, sending->stream->phase, sending->stream->count);
    session_stream(session, &stream, session->arena, out_reply);
    progress_end(&sending->progress);
    if (out_reply->code == GRPC_OK && sending->n_answered < sending->stream->count)
        *out_reply = (struct channel_reply){.code = GRPC_INTERNAL,
                                            .message = "the server did not answer for all",
                                            .is_local = true};
}

static void pause_before_try(int attempt)
{
    long ms = (long)PAUSE_MS * attempt;

    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void say_outcome(const struct sending *sending, const struct channel_reply *reply)
{
    if (sending->stream->validate_only) return;
    if (sending->n_parts == 0)
        say("  Nothing was sent.");
    else if (reply->is_local || reply->code == GRPC_DEADLINE_EXCEEDED)
        say("  It is not known whether it was written; all of it, or nothing. Repeat with "
            "--request-id %s, which never does it twice",
            sending->stream->id);
    else
        say("  Nothing was written.");
}

enum exit_code apply_stream_run(struct session *session, const struct apply_stream *stream,
                                Provost__V1__ApplyResponse *out_answer)
{
    struct sending sending = {.session = session, .stream = stream, .answer = out_answer};
    Provost__V1__ApplyStreamRequest request = PROVOST__V1__APPLY_STREAM_REQUEST__INIT;
    Provost__V1__ApplyStreamHeader header = make_header(&sending);
    struct session_call call = {
        .service = &provost__v1__register_service__descriptor,
        .method = "ApplyStream",
        .request = &request.base,
        .failure = {.doing = stream->doing, .locate = locate, .context = &sending},
    };
    struct channel_reply reply;

    request.part_case = PROVOST__V1__APPLY_STREAM_REQUEST__PART_HEADER;
    request.header = &header;
    arena_init(&sending.part, SCRATCH_BYTES);
    for (int attempt = 1;; attempt++) {
        send_once(&sending, &call, &reply);
        if (reply.code != GRPC_UNAVAILABLE || attempt == TRIES) break;
        pause_before_try(attempt);
    }
    if (reply.code != GRPC_OK) {
        session_say_refusal(session, &call, &reply);
        say_outcome(&sending, &reply);
    }
    arena_release(&sending.part);
    free(sending.starts);
    return failure_exit_code(reply.code);
}
