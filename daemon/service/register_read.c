/* GetResource and BatchGetResources. */
#include "service/register.h"

#include "common/reasons.h"
#include "service/reading.h"
#include "service/resource.h"

#include "provost/v1/register.pb-c.h"

#include <string.h>

enum {
    BATCH_MAX_NAMES = 1000,
    BATCH_MAX_BYTES = (4 << 20) - (4 << 10), /* of a message, with room for its frame */
    MISSING_NAMED = 5,                       /* how many missing ones a refusal names */
};

/* ---- one ---- */

struct status register_get_resource(struct handler_call *call, const ProtobufCMessage *request,
                                    ProtobufCMessage **out_response)
{
    const Provost__V1__GetResourceRequest *in = (const void *)request;
    struct moment moment = {0};
    struct version version;
    struct status st = moment_resolve(call, in->as_of_seq, in->as_of_time, &moment);
    if (status_is_ok(st)) st = reading_existing(call, "name", in->name, &moment, &version);
    if (!status_is_ok(st)) return st;
    Provost__V1__GetResourceResponse *out = arena_alloc(call->arena, sizeof *out);
    provost__v1__get_resource_response__init(out);
    out->resource = resource_from_version(call->arena, &version);
    out->seq = moment.seq;
    *out_response = &out->base;
    return status_ok();
}

/* ---- several ---- */

/* The answer in the making, and which names had nothing behind them. */
struct batch {
    Provost__V1__BatchGetResourcesResponse *out;
    size_t bytes;
    size_t missing_count;
    size_t first_missing[MISSING_NAMED]; /* places in the request */
};

static struct status check_batch(struct handler_call *call, size_t count)
{
    if (count >= 1 && count <= BATCH_MAX_NAMES) return status_ok();
    return status_invalid(call->arena, REASON_NAME_COUNT, "names",
                          "%zu names are given; ask for 1 to %d", count, BATCH_MAX_NAMES);
}

static const char *name_field(struct handler_call *call, size_t place)
{
    return arena_printf(call->arena, "names[%zu]", place);
}

static struct status add_resource(struct handler_call *call, const struct version *version,
                                  struct batch *batch)
{
    Provost__V1__Resource *resource = resource_from_version(call->arena, version);
    batch->bytes += protobuf_c_message_get_packed_size(&resource->base) + 8;
    if (batch->bytes > BATCH_MAX_BYTES)
        return status_error(call->arena, GRPC_RESOURCE_EXHAUSTED, REASON_RESPONSE_TOO_LARGE,
                            "names", "the answer would pass 4 MiB at %s; ask for fewer names",
                            resource->name);
    batch->out->resources[batch->out->n_resources++] = resource;
    return status_ok();
}

static struct status read_one(struct handler_call *call, const char *name, size_t place,
                              const struct moment *moment, struct batch *batch)
{
    struct version version;
    bool found;
    struct status st =
        reading_version(call, name_field(call, place), name, moment, &version, &found);
    if (!status_is_ok(st)) return st;
    if (found) return add_resource(call, &version, batch);
    if (batch->missing_count < MISSING_NAMED)
        batch->first_missing[batch->missing_count] = place;
    batch->missing_count++;
    return status_ok();
}

/* NOT_FOUND with the story of the first missing one and the names of some more. */
static struct status refuse_missing(struct handler_call *call,
                                    const Provost__V1__BatchGetResourcesRequest *in,
                                    const struct moment *moment, const struct batch *batch)
{
    size_t first = batch->first_missing[0];
    struct status st =
        reading_refuse_missing(call, name_field(call, first), in->names[first], moment);
    if (st.code != GRPC_NOT_FOUND || batch->missing_count == 1) return st;
    const char *list = "";
    for (size_t i = 1; i < batch->missing_count && i < MISSING_NAMED; i++)
        list = arena_printf(call->arena, "%s%s%s", list, i == 1 ? "" : ", ",
                            in->names[batch->first_missing[i]]);
    st.message = arena_printf(call->arena, "%s; %zu of %zu names are missing, also %s%s",
                              st.message, batch->missing_count, in->n_names, list,
                              batch->missing_count > MISSING_NAMED ? ", ..." : "");
    return st;
}

static void batch_init(struct handler_call *call, size_t count, struct batch *batch)
{
    *batch = (struct batch){.out = arena_alloc(call->arena, sizeof *batch->out)};
    provost__v1__batch_get_resources_response__init(batch->out);
    batch->out->resources = arena_alloc(call->arena, count * sizeof(Provost__V1__Resource *));
}

struct status register_batch_get_resources(struct handler_call *call,
                                           const ProtobufCMessage *request,
                                           ProtobufCMessage **out_response)
{
    const Provost__V1__BatchGetResourcesRequest *in = (const void *)request;
    struct moment moment = {0};
    struct batch batch;
    struct status st = check_batch(call, in->n_names);
    if (status_is_ok(st)) st = moment_resolve(call, in->as_of_seq, in->as_of_time, &moment);
    if (!status_is_ok(st)) return st;
    batch_init(call, in->n_names, &batch);
    for (size_t i = 0; status_is_ok(st) && i < in->n_names; i++)
        st = read_one(call, in->names[i], i, &moment, &batch);
    if (status_is_ok(st) && batch.missing_count > 0)
        st = refuse_missing(call, in, &moment, &batch);
    if (!status_is_ok(st)) return st;
    batch.out->seq = moment.seq;
    *out_response = &batch.out->base;
    return status_ok();
}
