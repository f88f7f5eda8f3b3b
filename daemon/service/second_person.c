#include "service/second_person.h"

#include "common/fields.h"
#include "common/reasons.h"
#include "service/excerpt.h"
#include "store/txn.h"
#include "store/waiting.h"

#include <string.h>

static const int64_t life_us = INT64_C(7) * 24 * 3600 * 1000000;

static bool is_one_of(const char *name, const char *principal, const char *on_behalf_of)
{
    return name[0] != '\0' && (strcmp(name, principal) == 0 || strcmp(name, on_behalf_of) == 0);
}

bool second_person_is_same(const struct caller *caller, const char *principal,
                           const char *on_behalf_of)
{
    return is_one_of(caller->principal, principal, on_behalf_of) ||
           is_one_of(caller->on_behalf_of, principal, on_behalf_of);
}

static void clear(ProtobufCMessage *message, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(message->descriptor, field);
    if (fd != NULL) field_clear(message, fd);
}

/* Packing what protobuf-c unpacked gives the same bytes for the same request (request_id.c). */
static void digest(struct handler_call *call, const ProtobufCMessage *request,
                   uint8_t out_digest[SHA256_BYTES])
{
    ProtobufCMessage *bare = message_copy(request, call->arena);
    clear(bare, "approval_id");
    clear(bare, "request_id");
    clear(bare, "reason");
    size_t size = protobuf_c_message_get_packed_size(bare);
    uint8_t *bytes = arena_alloc(call->arena, size + 1);
    protobuf_c_message_pack(bare, bytes);
    struct sha256 *hasher = sha256_new();
    sha256_begin(hasher);
    sha256_add(hasher, call->method, strlen(call->method) + 1);
    sha256_add(hasher, bytes, size);
    sha256_end(hasher, out_digest);
    sha256_free(hasher);
}

struct status second_person_ask(struct handler_call *call,
                                const struct second_person_question *question,
                                const char **out_id)
{
    struct waiting waiting = {
        .method = call->method,
        .principal = call->caller->principal,
        .on_behalf_of = call->caller->on_behalf_of,
        .reason = question->reason,
        .expire_us = call->now_us + life_us,
    };
    digest(call, question->request, waiting.digest);
    struct status st = txn_add_waiting(call->txn, &waiting, call->now_us, call->arena);
    if (status_is_ok(st)) *out_id = waiting.id;
    return st;
}

static struct status check(struct handler_call *call,
                           const struct second_person_question *question,
                           const struct waiting *waiting)
{
    uint8_t present[SHA256_BYTES];
    digest(call, question->request, present);
    if (strcmp(waiting->method, call->method) != 0 ||
        memcmp(waiting->digest, present, sizeof present) != 0)
        return status_invalid(
            call->arena, REASON_APPROVAL_MISMATCH, "approval_id",
            "what waits under this id is something else: approve exactly what "
            "was asked for");
    if (!second_person_is_same(call->caller, waiting->principal, waiting->on_behalf_of))
        return status_ok();
    return status_error(call->arena, GRPC_FAILED_PRECONDITION, REASON_SECOND_PERSON_NEEDED,
                        "approval_id", "%s asked for %s: another person must approve it",
                        waiting->principal, question->what);
}

struct status second_person_take(struct handler_call *call,
                                 const struct second_person_question *question, const char *id,
                                 const char **out_requester)
{
    struct waiting waiting;
    bool found = false;
    struct status st = txn_find_waiting(call->txn, id, call->arena, &waiting, &found);
    if (!status_is_ok(st)) return st;
    if (!found || waiting.expire_us <= call->now_us)
        return status_error(call->arena, GRPC_NOT_FOUND, REASON_APPROVAL_UNKNOWN, "approval_id",
                            "nothing waits under \"%s\": it was carried out, is older than 7 "
                            "days, or never was; ask anew without approval_id",
                            excerpt(call->arena, id));
    st = check(call, question, &waiting);
    if (status_is_ok(st)) st = txn_drop_waiting(call->txn, id);
    if (status_is_ok(st)) *out_requester = waiting.principal;
    return st;
}
