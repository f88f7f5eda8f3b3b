#include "rpc/wire_status.h"

#include "common/base64.h"
#include "common/grpc_frame.h"
#include "common/reasons.h"

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <stdio.h>
#include <string.h>

enum { DETAILS_MAX = 8, TYPE_URL_MAX_BYTES = 128 };

/* The parts of a google.rpc.Status while it is put together; all on the stack, because the
 * call's arena may belong to another thread. */
struct details {
    Google__Protobuf__Any any[DETAILS_MAX];
    Google__Protobuf__Any *list[DETAILS_MAX];
    char type_urls[DETAILS_MAX][TYPE_URL_MAX_BYTES];
    size_t count;
};

static void add_detail(struct details *details, const char *type_name, const void *bytes,
                       size_t size)
{
    size_t i = details->count;

    if (i == DETAILS_MAX || size > WIRE_STATUS_DETAILS_MAX_BYTES) return;
    snprintf(details->type_urls[i], TYPE_URL_MAX_BYTES, "type.googleapis.com/%s", type_name);
    google__protobuf__any__init(&details->any[i]);
    details->any[i].type_url = details->type_urls[i];
    details->any[i].value = (ProtobufCBinaryData){size, (uint8_t *)(uintptr_t)bytes};
    details->list[i] = &details->any[i];
    details->count++;
}

/* Packs into `scratch` of WIRE_STATUS_DETAILS_MAX_BYTES and adds it, unless it is too large. */
static void add_message(struct details *details, const ProtobufCMessage *message,
                        uint8_t *scratch)
{
    size_t size = protobuf_c_message_get_packed_size(message);

    if (size > WIRE_STATUS_DETAILS_MAX_BYTES) return;
    protobuf_c_message_pack(message, scratch);
    add_detail(details, message->descriptor->name, scratch, size);
}

static void add_error_info(struct details *details, const struct status *status,
                           uint8_t *scratch)
{
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;

    if (status->reason == NULL) return;
    info.reason = (char *)(uintptr_t)status->reason;
    info.domain = (char *)(uintptr_t)REASON_DOMAIN;
    add_message(details, &info.base, scratch);
}

static void add_bad_request(struct details *details, const struct status *status,
                            uint8_t *scratch)
{
    Google__Rpc__BadRequest__FieldViolation violation =
        GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;
    Google__Rpc__BadRequest__FieldViolation *violations[] = {&violation};
    Google__Rpc__BadRequest request = GOOGLE__RPC__BAD_REQUEST__INIT;

    if (status->field == NULL) return;
    violation.field = (char *)(uintptr_t)status->field;
    violation.description = (char *)(uintptr_t)(status->message ? status->message : "");
    request.n_field_violations = 1;
    request.field_violations = violations;
    add_message(details, &request.base, scratch);
}

static void encode_details(const struct status *status, struct wire_status *out_wire)
{
    uint8_t info_bytes[WIRE_STATUS_DETAILS_MAX_BYTES];
    uint8_t request_bytes[WIRE_STATUS_DETAILS_MAX_BYTES];
    uint8_t packed[WIRE_STATUS_DETAILS_MAX_BYTES];
    struct details details = {.count = 0};
    Google__Rpc__Status wire = GOOGLE__RPC__STATUS__INIT;

    add_error_info(&details, status, info_bytes);
    add_bad_request(&details, status, request_bytes);
    for (const struct status_detail *extra = status->details; extra; extra = extra->next)
        add_detail(&details, extra->type_name, extra->bytes, extra->size);
    wire.code = (int)status->code;
    wire.message = (char *)(uintptr_t)(status->message ? status->message : "");
    wire.details = details.list;
    wire.n_details = details.count;
    while (google__rpc__status__get_packed_size(&wire) > sizeof packed && wire.n_details > 0)
        wire.n_details--;
    if (wire.n_details == 0 || google__rpc__status__get_packed_size(&wire) > sizeof packed)
        return;

    size_t size = google__rpc__status__pack(&wire, packed);

    out_wire->details_size = base64_encode(packed, size, false, out_wire->details);
}

void wire_status_encode(struct status status, struct wire_status *out_wire)
{
    int code_size =
        snprintf(out_wire->code, sizeof out_wire->code, "%u", (unsigned)status.code % 100);

    out_wire->code_size = (size_t)code_size;
    out_wire->message_size = 0;
    out_wire->details_size = 0;
    if (status.code == GRPC_OK) return;
    if (status.message != NULL)
        out_wire->message_size =
            grpc_message_encode(status.message, out_wire->message, sizeof out_wire->message);
    encode_details(&status, out_wire);
}
