/* RegisterService.Apply: mutations become items (service/write.h). */
#include "service/apply.h"
#include "common/fields.h"
#include "common/mask.h"
#include "common/reasons.h"
#include "service/register.h"
#include "service/resource.h"

#include <string.h>

static struct status empty_mutation(const struct write_item *item, const char *what)
{
    return status_invalid(item->what.arena, REASON_MUTATION_EMPTY,
                          place_envelope(item->what.arena, &item->what.place, ""),
                          "there is no %s", what);
}

/* The body and its kind; `envelope` is where the resource stands in the mutation. */
static struct status open_resource(struct write_item *item, const char *envelope,
                                   const Provost__V1__Resource *resource,
                                   const ProtobufCMessage **out_body)
{
    item->what.place.envelope = envelope;
    if (resource == NULL) return empty_mutation(item, "resource");
    *out_body = resource_body(resource, &item->what.row);
    if (*out_body == NULL)
        return empty_mutation(item, "body: set one of organisation, post, plan, ...");
    item->what.place.member = item->what.row->member->name;
    return status_ok();
}

static struct status open_create(struct write_request *request, struct write_item *item,
                                 const Provost__V1__Resource *resource)
{
    const ProtobufCMessage *body = NULL;
    item->op = WRITE_CREATE;
    struct status st = open_resource(item, "create", resource, &body);
    if (!status_is_ok(st)) return st;
    write_open_body(item, item->what.row, body, NULL);
    return write_open_name(request, item, resource->name);
}

/* Fields of Resource itself, which the register sets. */
static bool is_output_only(const char *path)
{
    static const char *const paths[] = {"name",        "revision",   "create_time",
                                        "update_time", "createTime", "updateTime"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (strcmp(path, paths[i]) == 0) return true;
    return false;
}

/* Which fields the patch touches: NULL `mask` is all. NULL with *out_status set when it cannot
 * be told. */
static const bool *resolve_mask(const struct write_item *item,
                                const Google__Protobuf__FieldMask *mask,
                                struct status *out_status)
{
    struct arena *arena = item->what.arena;
    struct place place = item->what.place;
    place.envelope = "patch";
    const char *field = place_envelope(arena, &place, "update_mask");
    size_t count = mask == NULL ? 0 : mask->n_paths;
    for (size_t i = 0; i < count; i++)
        if (is_output_only(mask->paths[i])) {
            *out_status = status_invalid(arena, REASON_FIELD_OUTPUT_ONLY, field,
                                         "%s is set by the register and cannot be changed",
                                         mask->paths[i]);
            return NULL;
        }
    bool *touched = NULL;
    *out_status = mask_resolve(item->what.row->kind.desc, count == 0 ? NULL : mask->paths,
                               count, arena, &touched);
    if (status_is_ok(*out_status)) return touched;
    out_status->field = field;
    return NULL;
}

static struct status open_patch(struct write_request *request, struct write_item *item,
                                const Provost__V1__Patch *patch)
{
    const ProtobufCMessage *body = NULL;
    item->op = WRITE_PATCH;
    struct status st = open_resource(item, "patch.resource", patch->resource, &body);
    if (!status_is_ok(st)) return st;
    const bool *touched = resolve_mask(item, patch->update_mask, &st);
    if (touched == NULL) return st;
    item->base_seq = patch->base_seq;
    item->allow_missing = patch->allow_missing;
    /* What may become a new resource, or tells the name, is brought into canonical form whole. */
    bool is_whole = patch->allow_missing || patch->resource->name[0] == '\0';
    write_open_body(item, item->what.row, body, is_whole ? NULL : touched);
    st = write_open_name(request, item, patch->resource->name);
    memcpy(item->what.touched, touched, item->what.row->kind.desc->n_fields * sizeof(bool));
    return st;
}

static struct status open_delete(struct write_request *request, struct write_item *item,
                                 const Provost__V1__Delete *deletion)
{
    item->op = WRITE_DELETE;
    item->what.place.envelope = "delete";
    item->base_seq = deletion->base_seq;
    item->allow_missing = deletion->allow_missing;
    return write_open_deletion(request, item, deletion->name);
}

static struct status open_mutation(struct write_request *request, struct write_item *item,
                                   const Provost__V1__Mutation *mutation)
{
    switch (mutation->operation_case) {
    case PROVOST__V1__MUTATION__OPERATION_CREATE:
        return open_create(request, item, mutation->create);
    case PROVOST__V1__MUTATION__OPERATION_PATCH:
        return open_patch(request, item, mutation->patch);
    case PROVOST__V1__MUTATION__OPERATION_DELETE:
        return open_delete(request, item, mutation->delete_);
    case PROVOST__V1__MUTATION__OPERATION__NOT_SET:
    default: /* protobuf-c's enum has a hidden member */
        return empty_mutation(item, "operation: set create, patch or delete");
    }
}

struct status apply_open(struct write_request *request, Provost__V1__Mutation *const *mutations)
{
    struct status st = status_ok();
    for (size_t i = 0; status_is_ok(st) && i < request->count; i++)
        st = open_mutation(request, &request->items[i], mutations[i]);
    return st;
}

static struct status answer(struct write_request *request, ProtobufCMessage **out_response)
{
    struct write_answer done;
    struct status st = write_run(request, &done);
    if (!status_is_ok(st)) return st;
    Provost__V1__ApplyResponse *response = arena_alloc(request->call->arena, sizeof *response);
    provost__v1__apply_response__init(response);
    response->seq = done.seq;
    response->commit_time = done.commit_time;
    response->n_results = done.n_results;
    response->results = done.results;
    response->validated_only = request->validate_only;
    if (done.approval_id != NULL) response->approval_id = (char *)done.approval_id;
    st = write_end(request, &response->base);
    if (status_is_ok(st)) *out_response = &response->base;
    return st;
}

struct status register_apply(struct handler_call *call, const ProtobufCMessage *request_message,
                             ProtobufCMessage **out_response)
{
    const Provost__V1__ApplyRequest *apply = (const Provost__V1__ApplyRequest *)request_message;
    struct write_request request = {
        .call = call,
        .list = "mutations",
        .count = apply->n_mutations,
        .count_max = APPLY_MUTATIONS_MAX,
        .reason = apply->reason,
        .validate_only = apply->validate_only,
        .approval_id = apply->approval_id,
        .request_id = {.id = apply->request_id},
    };
    ProtobufCMessage *kept;
    struct status st =
        write_begin(&request, request_message, &provost__v1__apply_response__descriptor, &kept);
    if (!status_is_ok(st)) return st;
    if (kept != NULL) {
        *out_response = kept;
        return st;
    }
    st = apply_open(&request, apply->mutations);
    return status_is_ok(st) ? answer(&request, out_response) : st;
}
