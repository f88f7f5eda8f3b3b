#include "service/proof.h"

#include "common/reasons.h"
#include "common/wire.h"
#include "service/second_person.h"
#include "store/proof.h"
#include "store/signer.h"
#include "store/store.h"
#include "store/txn.h"

#include "provost/v1/admin.pb-c.h"
#include "provost/v1/change_log.pb-c.h"

#include <string.h>

enum { REASON_MAX_BYTES = 2000 };

/* Signs what this read sees, or gets the newer checkpoint there is. */
static struct status sign_present(struct handler_call *call, struct log_position *out_position,
                                  char **out_note, uint64_t *out_size)
{
    struct status st = txn_log_position(call->txn, call->arena, out_position);
    if (!status_is_ok(st)) return st;
    return signer_sign(store_signer(call->store), out_position, call->arena, out_note,
                       out_size);
}

/* ---- the checkpoint ---- */

static struct status add_keys(struct handler_call *call,
                              Provost__V1__GetCheckpointResponse *response)
{
    struct log_key *keys;
    size_t count;
    struct status st = txn_list_log_keys(call->txn, call->arena, &keys, &count);
    if (!status_is_ok(st)) return st;
    response->earlier_keys = arena_alloc(call->arena, (count + 1) * sizeof(char *));
    response->endorsements = arena_alloc(call->arena, (count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            response->endorsements[response->n_endorsements++] = (char *)keys[i].endorsement;
        if (strcmp(keys[i].verifier_key, response->verifier_key) != 0)
            response->earlier_keys[response->n_earlier_keys++] = (char *)keys[i].verifier_key;
    }
    return status_ok();
}

struct status change_log_get_checkpoint(struct handler_call *call,
                                        const ProtobufCMessage *request,
                                        ProtobufCMessage **out_response)
{
    (void)request;
    Provost__V1__GetCheckpointResponse *response = arena_alloc(call->arena, sizeof *response);
    struct log_position position = {.size = 0};
    struct tree_extent extent = {.size = 0};
    uint64_t size = 0;
    provost__v1__get_checkpoint_response__init(response);
    struct status st = sign_present(call, &position, &response->note, &size);
    if (status_is_ok(st)) st = txn_tree_extent(call->txn, call->arena, &extent);
    if (!status_is_ok(st)) return st;
    const char *before = "";
    st = store_note_before(call->store, extent.epoch, call->arena, &before);
    if (!status_is_ok(st)) return st;
    response->previous_epoch_note = (char *)before;
    response->verifier_key = signer_verifier(store_signer(call->store), call->arena);
    response->epoch = (int32_t)extent.epoch;
    response->first_seq = extent.first_seq;
    response->seq = txn_seq(call->txn);
    st = add_keys(call, response);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

/* ---- proofs ---- */

/* Copies a proof's hashes into a list of bytes fields. */
static ProtobufCBinaryData *copy_hashes(const struct proof *proof, struct arena *arena)
{
    ProtobufCBinaryData *list = arena_alloc(arena, (proof->count + 1) * sizeof *list);
    for (size_t i = 0; i < proof->count; i++)
        list[i] = (ProtobufCBinaryData){SHA256_BYTES,
                                        arena_memdup(arena, proof->hashes[i], SHA256_BYTES)};
    return list;
}

/* The size asked for, or that of the present checkpoint; never beyond what this read sees. */
static struct status choose_size(int64_t asked, const struct log_position *position,
                                 const char *field, struct arena *arena, uint64_t *out_size)
{
    if (asked < 0 || (uint64_t)asked > position->size)
        return status_error(arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, field,
                            "%s is %lld, but the tree has %llu leaves", field, (long long)asked,
                            (unsigned long long)position->size);
    *out_size = asked ? (uint64_t)asked : position->size;
    return status_ok();
}

static struct status find_leaf(struct handler_call *call, int64_t seq, uint64_t *out_index,
                               struct change_record *out_record)
{
    struct tree_extent extent = {.size = 0};
    bool found = false;
    struct status st = txn_tree_extent(call->txn, call->arena, &extent);
    if (!status_is_ok(st)) return st;
    st = txn_get_change(call->txn, seq, call->arena, out_record, &found);
    if (!status_is_ok(st)) return st;
    if (!found)
        return status_error(call->arena, GRPC_NOT_FOUND, REASON_RESOURCE_NOT_FOUND,
                            "change_seq", "there is no change %lld; the newest is %lld",
                            (long long)seq, (long long)txn_seq(call->txn));
    if (seq < extent.first_seq)
        return status_error(
            call->arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, "change_seq",
            "change %lld belongs to an earlier epoch of the log; this one begins "
            "with %lld",
            (long long)seq, (long long)extent.first_seq);
    *out_index = (uint64_t)(seq - extent.first_seq);
    return status_ok();
}

struct status change_log_get_inclusion_proof(struct handler_call *call,
                                             const ProtobufCMessage *request_message,
                                             ProtobufCMessage **out_response)
{
    const Provost__V1__GetInclusionProofRequest *request =
        (const Provost__V1__GetInclusionProofRequest *)request_message;
    Provost__V1__GetInclusionProofResponse *response =
        arena_alloc(call->arena, sizeof *response);
    struct proof *proof = arena_alloc(call->arena, sizeof *proof);
    struct log_position position = {.size = 0};
    struct change_record record = {.seq = 0};
    uint64_t index = 0, size = 0, signed_size = 0;
    char *note = NULL;
    struct status st = find_leaf(call, request->change_seq, &index, &record);
    if (status_is_ok(st)) st = sign_present(call, &position, &note, &signed_size);
    if (status_is_ok(st))
        st = choose_size(request->tree_size, &position, "tree_size", call->arena, &size);
    if (status_is_ok(st)) st = txn_inclusion_proof(call->txn, index, size, call->arena, proof);
    if (!status_is_ok(st)) return st;
    provost__v1__get_inclusion_proof_response__init(response);
    response->leaf_index = (int64_t)index;
    response->tree_size = (int64_t)size;
    response->leaf_hash = (ProtobufCBinaryData){
        SHA256_BYTES, arena_memdup(call->arena, record.leaf_hash, SHA256_BYTES)};
    response->n_hashes = proof->count;
    response->hashes = copy_hashes(proof, call->arena);
    response->seq = txn_seq(call->txn);
    if (size == signed_size) response->checkpoint = note;
    *out_response = &response->base;
    return status_ok();
}

struct status change_log_get_consistency_proof(struct handler_call *call,
                                               const ProtobufCMessage *request_message,
                                               ProtobufCMessage **out_response)
{
    const Provost__V1__GetConsistencyProofRequest *request =
        (const Provost__V1__GetConsistencyProofRequest *)request_message;
    Provost__V1__GetConsistencyProofResponse *response =
        arena_alloc(call->arena, sizeof *response);
    struct proof *proof = arena_alloc(call->arena, sizeof *proof);
    struct log_position position = {.size = 0};
    uint64_t old_size = 0, new_size = 0;
    struct status st = txn_log_position(call->txn, call->arena, &position);
    if (status_is_ok(st))
        st = choose_size(request->new_size, &position, "new_size", call->arena, &new_size);
    if (status_is_ok(st) && request->old_size < 1)
        st = status_error(call->arena, GRPC_OUT_OF_RANGE, REASON_TREE_SIZE_INVALID, "old_size",
                          "old_size is %lld: sizes begin at 1", (long long)request->old_size);
    if (!status_is_ok(st)) return st;
    old_size = (uint64_t)request->old_size;
    st = txn_consistency_proof(call->txn, old_size, new_size, call->arena, proof);
    if (!status_is_ok(st)) return st;
    provost__v1__get_consistency_proof_response__init(response);
    response->old_size = (int64_t)old_size;
    response->new_size = (int64_t)new_size;
    response->n_hashes = proof->count;
    response->hashes = copy_hashes(proof, call->arena);
    response->seq = txn_seq(call->txn);
    *out_response = &response->base;
    return status_ok();
}

/* ---- the key ---- */

static struct status check_rotation(struct handler_call *call,
                                    const Provost__V1__RotateLogKeyRequest *request)
{
    size_t size = strlen(request->reason);
    if (size == 0)
        return status_invalid(
            call->arena, REASON_FIELD_REQUIRED, "reason",
            "reason is required and is empty: say why the log key is changed");
    if (size > REASON_MAX_BYTES)
        return status_invalid(call->arena, REASON_TEXT_TOO_LONG, "reason",
                              "reason has %zu bytes, at most %d are kept", size,
                              REASON_MAX_BYTES);
    return status_ok();
}

/* Takes the key into use: the change says who asked and who approved. */
static struct status rotate(struct handler_call *call, const char *reason,
                            const char *requester, Provost__V1__RotateLogKeyResponse *response)
{
    char *verifier = NULL, *endorsement = NULL;
    int64_t seq = txn_seq(call->txn) + 1;
    struct status st =
        signer_stage(store_signer(call->store), seq, call->arena, &verifier, &endorsement);
    if (!status_is_ok(st)) return st;
    struct change_by by = {
        .principal = call->caller->principal,
        .auth_method = call->caller->auth_method,
        .service = call->caller->service,
        .on_behalf_of = call->caller->on_behalf_of,
        .method = call->method,
        .request_id = "",
        .reason = arena_printf(call->arena, "new log key %s, asked for by %s: %s", verifier,
                               requester, reason),
        .trace_id = call->caller->trace_id,
    };
    txn_set_change_by(call->txn, &by);
    st = txn_record_change(call->txn);
    if (status_is_ok(st)) st = txn_add_log_key(call->txn, seq, verifier, endorsement);
    if (!status_is_ok(st)) return st;
    response->verifier_key = verifier;
    response->seq = seq;
    return st;
}

struct status admin_rotate_log_key(struct handler_call *call,
                                   const ProtobufCMessage *request_message,
                                   ProtobufCMessage **out_response)
{
    const Provost__V1__RotateLogKeyRequest *request =
        (const Provost__V1__RotateLogKeyRequest *)request_message;
    const struct second_person_question question = {request_message, request->reason,
                                                    "the change of the log key"};
    Provost__V1__RotateLogKeyResponse *response = arena_alloc(call->arena, sizeof *response);
    const char *id = NULL, *requester = NULL;
    provost__v1__rotate_log_key_response__init(response);
    struct status st = check_rotation(call, request);
    if (!status_is_ok(st)) return st;
    if (request->approval_id[0] == '\0') {
        st = second_person_ask(call, &question, &id);
        response->approval_id = (char *)id;
    } else {
        st = second_person_take(call, &question, request->approval_id, &requester);
        if (status_is_ok(st)) st = rotate(call, request->reason, requester, response);
    }
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}
