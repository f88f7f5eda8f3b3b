#include "client/failure.h"

#include "client/moment.h"
#include "common/buf.h"
#include "common/time_text.h"

#include <google/rpc/error_details.pb-c.h>
#include <google/rpc/status.pb-c.h>
#include <provost/v1/register.pb-c.h>
#include <string.h>

enum { TEXT_MAX_BYTES = 256 << 10 };

static const enum exit_code exit_code_table[] = {
    [GRPC_OK] = EXIT_CODE_OK,
    [GRPC_CANCELLED] = EXIT_CODE_FAILURE,
    [GRPC_UNKNOWN] = EXIT_CODE_FAILURE,
    [GRPC_INVALID_ARGUMENT] = EXIT_CODE_FAILURE,
    [GRPC_DEADLINE_EXCEEDED] = EXIT_CODE_UNAVAILABLE,
    [GRPC_NOT_FOUND] = EXIT_CODE_NOT_FOUND,
    [GRPC_ALREADY_EXISTS] = EXIT_CODE_CONFLICT,
    [GRPC_PERMISSION_DENIED] = EXIT_CODE_DENIED,
    [GRPC_RESOURCE_EXHAUSTED] = EXIT_CODE_FAILURE,
    [GRPC_FAILED_PRECONDITION] = EXIT_CODE_CONFLICT,
    [GRPC_ABORTED] = EXIT_CODE_CONFLICT,
    [GRPC_OUT_OF_RANGE] = EXIT_CODE_FAILURE,
    [GRPC_UNIMPLEMENTED] = EXIT_CODE_FAILURE,
    [GRPC_INTERNAL] = EXIT_CODE_FAILURE,
    [GRPC_UNAVAILABLE] = EXIT_CODE_UNAVAILABLE,
    [GRPC_DATA_LOSS] = EXIT_CODE_FAILURE,
    [GRPC_UNAUTHENTICATED] = EXIT_CODE_DENIED,
};

enum exit_code failure_exit_code(enum grpc_code code)
{
    if ((size_t)code >= sizeof exit_code_table / sizeof exit_code_table[0])
        return EXIT_CODE_FAILURE;
    return exit_code_table[code];
}

const char *failure_field_name(const char *field_path, struct arena *arena)
{
    const char *dot = strrchr(field_path, '.');
    const char *name = dot != NULL ? dot + 1 : field_path;

    return arena_strndup(arena, name, strcspn(name, "["));
}

/* A text under way. */
struct writer {
    struct buf text;
    struct arena *arena;
    const struct failure_context *context;
    const char *message; /* of the reply */
    bool with_details;
};

static const char *locate(const struct writer *writer, const char *field_path)
{
    const struct failure_context *context = writer->context;
    const char *place = NULL;

    if (context->locate != NULL)
        place = context->locate(context->context, field_path, writer->arena);
    return place != NULL ? place : arena_printf(writer->arena, "field %s", field_path);
}

static void *unpack(const ProtobufCMessageDescriptor *type, const Google__Protobuf__Any *any,
                    struct arena *arena)
{
    return protobuf_c_message_unpack(type, arena_allocator(arena), any->value.len,
                                     any->value.data);
}

static void write_violations(struct writer *writer, const Google__Protobuf__Any *any)
{
    const Google__Rpc__BadRequest *bad =
        unpack(&google__rpc__bad_request__descriptor, any, writer->arena);

    for (size_t i = 0; bad != NULL && i < bad->n_field_violations; i++) {
        const Google__Rpc__BadRequest__FieldViolation *violation = bad->field_violations[i];

        if (violation->field[0] == '\0') continue;
        if (bad->n_field_violations == 1 &&
            strcmp(violation->description, writer->message) == 0)
            buf_printf(&writer->text, "\n  in %s", locate(writer, violation->field));
        else
            buf_printf(&writer->text, "\n  in %s: %s", locate(writer, violation->field),
                       violation->description);
    }
}

/* "anna (service finance, for B. Smith)" */
static const char *who_changed(const Provost__V1__FieldConflict *conflict, struct arena *arena)
{
    const char *service = conflict->service;
    const char *person = conflict->on_behalf_of;

    if (service[0] == '\0' && person[0] == '\0') return conflict->principal;
    return arena_printf(arena, "%s (%s%s%s%s%s)", conflict->principal,
                        service[0] != '\0' ? "service " : "", service,
                        service[0] != '\0' && person[0] != '\0' ? ", " : "",
                        person[0] != '\0' ? "for " : "", person);
}

static void write_conflict(struct writer *writer, const Provost__V1__FieldConflict *conflict)
{
    const char *when = conflict->time == NULL
                           ? ""
                           : moment_show(timestamp_to_us(conflict->time), writer->arena);

    buf_printf(&writer->text, "\n  %s: %s is now %s%s%s, changed%s%s by %s in change %lld",
               conflict->resource, conflict->field,
               conflict->present_value[0] == '\0' ? "empty" : "\"", conflict->present_value,
               conflict->present_value[0] == '\0' ? "" : "\"", when[0] == '\0' ? "" : " ", when,
               who_changed(conflict, writer->arena), (long long)conflict->seq);
}

static void write_conflicts(struct writer *writer, const Google__Protobuf__Any *any)
{
    const Provost__V1__ConflictDetail *detail =
        unpack(&provost__v1__conflict_detail__descriptor, any, writer->arena);
    int64_t newest = 0;

    if (detail == NULL || detail->n_conflicts == 0) return;
    for (size_t i = 0; i < detail->n_conflicts; i++) {
        write_conflict(writer, detail->conflicts[i]);
        if (detail->conflicts[i]->seq > newest) newest = detail->conflicts[i]->seq;
    }
    buf_printf(&writer->text,
               "\n  Look at it with \"provost history %s\"; to replace what stands there now, "
               "repeat with --base-seq %lld",
               detail->conflicts[0]->resource, (long long)newest);
}

static void write_error_info(struct writer *writer, const Google__Protobuf__Any *any)
{
    const Google__Rpc__ErrorInfo *info =
        unpack(&google__rpc__error_info__descriptor, any, writer->arena);

    if (info != NULL && writer->with_details)
        buf_printf(&writer->text, "\n  reason %s (domain %s)", info->reason, info->domain);
}

static const struct detail_row {
    const char *type_name;
    void (*write)(struct writer *writer, const Google__Protobuf__Any *any);
} detail_table[] = {
    {"google.rpc.ErrorInfo", write_error_info},
    {"google.rpc.BadRequest", write_violations},
    {"provost.v1.ConflictDetail", write_conflicts},
};

static void write_detail(struct writer *writer, const Google__Protobuf__Any *any)
{
    const char *slash = strrchr(any->type_url, '/');
    const char *type_name = slash != NULL ? slash + 1 : any->type_url;

    for (size_t i = 0; i < sizeof detail_table / sizeof detail_table[0]; i++)
        if (strcmp(detail_table[i].type_name, type_name) == 0)
            detail_table[i].write(writer, any);
}

static const Google__Rpc__Status *unpack_status(const struct channel_reply *reply,
                                                struct arena *arena)
{
    if (reply->details == NULL) return NULL;
    return (const Google__Rpc__Status *)protobuf_c_message_unpack(
        &google__rpc__status__descriptor, arena_allocator(arena), reply->details_bytes,
        reply->details);
}

const char *failure_first_field(const struct channel_reply *reply, struct arena *arena)
{
    const Google__Rpc__Status *status = unpack_status(reply, arena);

    for (size_t i = 0; status != NULL && i < status->n_details; i++) {
        const Google__Protobuf__Any *any = status->details[i];
        const Google__Rpc__BadRequest *bad;

        if (strstr(any->type_url, "google.rpc.BadRequest") == NULL) continue;
        bad = unpack(&google__rpc__bad_request__descriptor, any, arena);
        if (bad != NULL && bad->n_field_violations > 0) return bad->field_violations[0]->field;
    }
    return NULL;
}

static void write_details(struct writer *writer, const struct channel_reply *reply)
{
    const Google__Rpc__Status *status = unpack_status(reply, writer->arena);

    for (size_t i = 0; status != NULL && i < status->n_details; i++)
        write_detail(writer, status->details[i]);
}

const char *failure_text(const struct channel_reply *reply,
                         const struct failure_context *context, bool with_details,
                         struct arena *arena)
{
    struct writer writer = {.arena = arena,
                            .context = context,
                            .message = reply->message,
                            .with_details = with_details};
    const char *text;

    buf_init(&writer.text, TEXT_MAX_BYTES);
    buf_printf(&writer.text, "cannot %s: %s", context->doing,
               reply->message[0] != '\0' ? reply->message : status_code_name(reply->code));
    if (with_details)
        buf_printf(&writer.text, "\n  gRPC status %d %s%s", (int)reply->code,
                   status_code_name(reply->code),
                   reply->is_local ? ", given by the client" : "");
    write_details(&writer, reply);
    text = arena_strndup(arena, writer.text.size > 0 ? (const char *)writer.text.data : "",
                         writer.text.size);
    buf_release(&writer.text);
    return text;
}
