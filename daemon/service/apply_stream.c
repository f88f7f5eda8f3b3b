#include "service/apply_stream.h"

#include "common/reasons.h"
#include "common/sha256.h"
#include "service/apply.h"

#include <string.h>

enum { REASON_MAX_BYTES = 2000 };

struct status apply_stream_check_header(struct arena *arena,
                                        const Provost__V1__ApplyStreamHeader *header)
{
    size_t reason_size = strlen(header->reason);
    if (strlen(header->request_id) > APPLY_STREAM_ID_MAX)
        return status_invalid(arena, REASON_REQUEST_ID_INVALID, "header.request_id",
                              "request_id has %zu characters; for a stream at most %d are "
                              "allowed",
                              strlen(header->request_id), APPLY_STREAM_ID_MAX);
    if (reason_size > REASON_MAX_BYTES)
        return status_invalid(arena, REASON_REASON_INVALID, "header.reason",
                              "reason has %zu bytes; at most %d are kept", reason_size,
                              REASON_MAX_BYTES);
    return request_id_check(arena, header->request_id);
}

/* ---- one part ---- */

/* What one run needs beside the stream. `texts` lives as long as the run. */
struct run {
    const struct apply_stream *stream;
    struct handler_call *call;
    struct write_open_refs open_refs;
    char digest[2 * SHA256_BYTES + 1]; /* of all parts: a reused id is told by any of them */
};

/* What the id of a part is remembered for: the header and the content of the whole stream. */
static Provost__V1__ApplyStreamHeader *identity_of(struct run *run, char *request_id)
{
    Provost__V1__ApplyStreamHeader *identity = arena_alloc(run->call->arena, sizeof *identity);
    *identity = *run->stream->header;
    identity->request_id = request_id;
    identity->reason =
        arena_printf(run->call->arena, "%s\n%s", run->stream->header->reason, run->digest);
    return identity;
}

/* A part's id in the log; it must outlive the part. */
static char *part_id(struct run *run, size_t number)
{
    const char *id = run->stream->header->request_id;
    if (id[0] == '\0' || run->stream->header->validate_only)
        return (char *)protobuf_c_empty_string;
    return arena_printf(run->call->arena, "%s#%zu", id, number);
}

static struct status answer_part(struct write_request *request, size_t number,
                                 bool validated_only, ProtobufCMessage **out_response)
{
    struct write_answer done;
    struct status st = write_run(request, &done);
    if (!status_is_ok(st)) return st;
    Provost__V1__ApplyStreamResponse *response =
        arena_alloc(request->call->arena, sizeof *response);
    provost__v1__apply_stream_response__init(response);
    response->part = (int32_t)number;
    response->seq = validated_only ? request->head_seq : done.seq;
    response->commit_time = validated_only ? NULL : done.commit_time;
    response->n_results = done.n_results;
    response->results = done.results;
    response->validated_only = validated_only;
    st = write_end(request, &response->base);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* Writes a decoded part with `call`, whose arena is the part's own. */
static struct status write_part(struct run *run, struct handler_call *call, size_t number,
                                const Provost__V1__ApplyStreamPart *part,
                                ProtobufCMessage **out_response)
{
    const Provost__V1__ApplyStreamHeader *header = run->stream->header;
    struct write_request request = {
        .call = call,
        .list = arena_printf(call->arena, "parts[%zu].mutations", number),
        .count = part->n_mutations,
        .count_max = APPLY_MUTATIONS_MAX,
        .reason = header->reason,
        /* What a part wrote stays until all are done: the next ones refer to it. */
        .validate_only = false,
        .brief = true,
        .open_refs = &run->open_refs,
        .request_id = {.id = part_id(run, number)},
    };
    struct status st =
        write_begin(&request, &identity_of(run, (char *)request.request_id.id)->base,
                    &provost__v1__apply_stream_response__descriptor, out_response);
    if (!status_is_ok(st) || *out_response != NULL) return st;
    st = apply_open(&request, part->mutations);
    return status_is_ok(st) ? answer_part(&request, number, header->validate_only, out_response)
                            : st;
}

static struct status decode_part(struct run *run, struct arena *arena, size_t number,
                                 const Provost__V1__ApplyStreamPart **out_part)
{
    const struct apply_stream_part *part = &run->stream->parts[number];
    *out_part = (const Provost__V1__ApplyStreamPart *)protobuf_c_message_unpack(
        &provost__v1__apply_stream_part__descriptor, arena_allocator(arena), part->size,
        part->bytes);
    if (*out_part != NULL) return status_ok();
    return status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_MESSAGE_TOO_LARGE,
                        arena_printf(arena, "parts[%zu]", number),
                        "parts[%zu] takes more memory than a message may; send it in smaller "
                        "parts",
                        number);
}

static const char *copy_text(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strdup(arena, text);
}

/* A status whose texts live in the run's arena. */
static struct status keep_status(struct run *run, struct status st)
{
    struct arena *arena = run->call->arena;
    const struct status_detail *last = NULL;
    if (status_is_ok(st)) return st;
    st.field = copy_text(arena, st.field);
    st.message = copy_text(arena, st.message);
    for (const struct status_detail *detail = st.details; detail != NULL;
         detail = detail->next) {
        struct status_detail *copy = arena_memdup(arena, detail, sizeof *detail);
        copy->bytes = arena_memdup(arena, detail->bytes, detail->size);
        copy->next = last;
        last = copy;
    }
    st.details = last;
    return st;
}

static struct status run_part(struct run *run, size_t number)
{
    struct arena arena;
    struct arena_mark mark = arena_mark(run->call->arena);
    arena_init(&arena, run->stream->decode_max_bytes);
    struct handler_call call = *run->call;
    call.arena = &arena;
    const Provost__V1__ApplyStreamPart *part;
    ProtobufCMessage *response = NULL;
    struct status st = decode_part(run, &arena, number, &part);
    if (status_is_ok(st)) st = write_part(run, &call, number, part, &response);
    if (status_is_ok(st) && !run->stream->on_part(run->stream->context, response))
        st = status_error(&arena, GRPC_RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE, NULL,
                          "the answers have no room; nothing was written; send less at a time");
    if (status_is_ok(st)) st = txn_next_change(call.txn);
    if (status_is_ok(st))
        arena_rewind(run->call->arena, mark); /* what the store used for the part */
    else
        st = keep_status(run, st);
    arena_release(&arena);
    return st;
}

/* ---- all parts ---- */

static void digest_parts(struct run *run)
{
    uint8_t digest[SHA256_BYTES];
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    for (size_t i = 0; i < run->stream->count; i++) {
        const struct apply_stream_part *part = &run->stream->parts[i];
        uint64_t size = part->size;
        sha256_add(hasher, &size, sizeof size);
        sha256_add(hasher, part->bytes, part->size);
    }
    sha256_end(hasher, digest);
    sha256_free(hasher);
    for (size_t i = 0; i < sizeof digest; i++) {
        run->digest[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        run->digest[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
}

static struct status check_open_refs(struct run *run)
{
    struct arena arena;
    arena_init(&arena, run->stream->decode_max_bytes);
    struct status st =
        keep_status(run, write_check_open_refs(&run->open_refs, run->call->txn, &arena));
    arena_release(&arena);
    return st;
}

static struct status run_parts(struct run *run)
{
    for (size_t i = 0; i < run->stream->count; i++) {
        if (run->stream->is_cancelled(run->stream->context))
            return status_error(run->call->arena, GRPC_CANCELLED, REASON_CALL_CANCELLED, NULL,
                                "the call was given up; nothing was written");
        struct status st = run_part(run, i);
        if (!status_is_ok(st)) return st;
    }
    struct status st = check_open_refs(run);
    if (!status_is_ok(st) || !run->stream->header->validate_only) return st;
    return txn_undo(run->call->txn);
}

struct status apply_stream_run(struct handler_call *call, const struct apply_stream *stream)
{
    struct arena refs_arena;
    arena_init(&refs_arena, stream->decode_max_bytes);
    struct run run = {.stream = stream, .call = call, .open_refs = {.arena = &refs_arena}};
    digest_parts(&run);
    struct status st = run_parts(&run);
    arena_release(&refs_arena);
    return st;
}
