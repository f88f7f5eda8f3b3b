#include "service/request_id.h"

#include "common/grpc_frame.h"
#include "common/reasons.h"
#include "common/sha256.h"
#include "store/txn.h"

#include <inttypes.h>
#include <string.h>

enum { REQUEST_ID_MAX = 64 };

struct status request_id_check(struct arena *arena, const char *id)
{
    size_t length = strlen(id);
    for (size_t i = 0; i < length; i++)
        if (id[i] < 0x20 || id[i] > 0x7e)
            return status_invalid(
                arena, REASON_REQUEST_ID_INVALID, "request_id",
                "request_id holds a character that is not printable ASCII, at "
                "byte %zu; best use a UUID",
                i);
    if (length > REQUEST_ID_MAX)
        return status_invalid(arena, REASON_REQUEST_ID_INVALID, "request_id",
                              "request_id has %zu characters; at most %d are allowed", length,
                              REQUEST_ID_MAX);
    return status_ok();
}

/* Packing what protobuf-c unpacked gives the same bytes for the same request within one build
 * of the daemon; unknown fields come last, in their order. For another person it is another
 * request: what one was told may be more than the other is to know. */
static void hash_request(struct handler_call *call, const ProtobufCMessage *request,
                         uint8_t out_hash[SHA256_BYTES])
{
    size_t size = protobuf_c_message_get_packed_size(request);
    uint8_t *bytes = arena_alloc(call->arena, size + 1);
    protobuf_c_message_pack(request, bytes);
    struct sha256 *hasher = txn_hasher(call->txn);
    sha256_begin(hasher);
    sha256_add(hasher, call->method, strlen(call->method) + 1);
    sha256_add(hasher, bytes, size);
    sha256_add(hasher, call->caller->on_behalf_of, strlen(call->caller->on_behalf_of));
    sha256_end(hasher, out_hash);
}

/* Whose answer it is. A token for less than its principal may do has its own: what another of
 * their tokens was told may be more than this one is to know. */
static const char *keeper(struct handler_call *call)
{
    const struct caller *caller = call->caller;
    if (!caller->limited) return caller->principal;
    return arena_printf(call->arena, "%s#%s", caller->principal, caller->token_id);
}

struct status request_id_find(struct handler_call *call, struct request_id *id,
                              const ProtobufCMessage *request,
                              const ProtobufCMessageDescriptor *response_type,
                              ProtobufCMessage **out_response)
{
    *out_response = NULL;
    if (id->id[0] == '\0' || !txn_keeps_answers(call->txn)) return status_ok();
    hash_request(call, request, id->request_hash);
    struct kept_answer answer;
    bool found;
    struct status st =
        txn_find_answer(call->txn, keeper(call), id->id, call->arena, &answer, &found);
    if (!status_is_ok(st) || !found) return st;
    if (memcmp(answer.request_hash, id->request_hash, sizeof id->request_hash) != 0)
        return status_invalid(
            call->arena, REASON_REQUEST_ID_REUSED, "request_id",
            "request_id \"%s\" was used for another request, whose answer is of "
            "position %" PRId64 "; a new request needs a new id",
            id->id, answer.seq);
    if (answer.response_size == 0)
        return status_error(call->arena, GRPC_FAILED_PRECONDITION, REASON_ANSWER_REDACTED,
                            "request_id",
                            "the request with request_id \"%s\" was carried out, at position "
                            "%" PRId64 "; its answer held a value that has been erased since",
                            id->id, answer.seq);
    *out_response = protobuf_c_message_unpack(response_type, arena_allocator(call->arena),
                                              answer.response_size, answer.response);
    if (*out_response == NULL)
        return status_error(call->arena, GRPC_INTERNAL, REASON_HANDLER_FAULT, NULL,
                            "the answer kept for request_id \"%s\" cannot be read", id->id);
    return status_ok();
}

struct status request_id_keep(struct handler_call *call, const struct request_id *id,
                              const ProtobufCMessage *response, int64_t seq)
{
    size_t size = protobuf_c_message_get_packed_size(response);
    if (size > GRPC_MESSAGE_MAX_BYTES)
        return status_error(
            call->arena, GRPC_RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE, NULL,
            "the answer would have %zu bytes, more than the %d that can be sent; "
            "nothing was written; send fewer at a time",
            size, (int)GRPC_MESSAGE_MAX_BYTES);
    if (id->id[0] == '\0' || !txn_keeps_answers(call->txn)) return status_ok();
    uint8_t *bytes = arena_alloc(call->arena, size + 1);
    struct kept_answer answer = {.response = bytes,
                                 .response_size = protobuf_c_message_pack(response, bytes),
                                 .seq = seq};
    memcpy(answer.request_hash, id->request_hash, sizeof answer.request_hash);
    call->packed = response;
    call->packed_bytes = bytes;
    call->packed_size = size;
    return txn_keep_answer(call->txn, keeper(call), id->id, &answer);
}
