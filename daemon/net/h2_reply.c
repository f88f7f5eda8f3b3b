#include "net/h2_reply.h"

#include "rpc/wire_status.h"

#include <stdio.h>
#include <string.h>

enum {
    FIELDS_MAX = 8,
    PUSHBACK_TEXT_BYTES = 12,
    NO_COPY = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE
};

/* For string literals: nghttp2 may refer to them for ever. */
#define CONSTANT(field_name, field_value)                                                      \
    {                                                                                          \
        .name = (uint8_t *)(uintptr_t)(field_name), .namelen = sizeof(field_name) - 1,         \
        .value = (uint8_t *)(uintptr_t)(field_value), .valuelen = sizeof(field_value) - 1,     \
        .flags = NO_COPY                                                                       \
    }

static const nghttp2_nv header_nv[] = {
    CONSTANT(":status", "200"),
    CONSTANT("content-type", "application/grpc"),
};

enum { HEADERS = sizeof header_nv / sizeof header_nv[0] };

static const nghttp2_nv gzip_nv[] = {CONSTANT("grpc-encoding", "gzip")};
static const nghttp2_nv ok_nv[] = {CONSTANT("grpc-status", "0")};

/* A list being put together; values are copied by nghttp2 when it is submitted. */
struct field_list {
    nghttp2_nv fields[FIELDS_MAX];
    size_t count;
};

static void add(struct field_list *list, const struct header_field *field)
{
    if (field->value_size == 0) return;
    list->fields[list->count++] = (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)field->name,
        .namelen = field->name_size,
        .value = (uint8_t *)(uintptr_t)field->value,
        .valuelen = field->value_size,
    };
}

static void add_status(struct field_list *list, const struct call *call,
                       const struct wire_status *wire)
{
    add(list, &(struct header_field){"grpc-status", 11, wire->code, wire->code_size});
    add(list, &(struct header_field){"grpc-message", 12, wire->message, wire->message_size});
    add(list, &(struct header_field){"grpc-status-details-bin", 23, wire->details,
                                     wire->details_size});
    if (call->extra_trailer != NULL) add(list, call->extra_trailer);
    if (call->custom_trailer != NULL) add(list, call->custom_trailer);
}

/* How long the client's library shall wait before it retries. The text must live until the list
 * is submitted. */
static void add_pushback(struct field_list *list, const struct call *call,
                         char text[PUSHBACK_TEXT_BYTES])
{
    int size;

    if (call->retry_after_ms == 0) return;
    size = snprintf(text, PUSHBACK_TEXT_BYTES, "%u", (unsigned)call->retry_after_ms);
    add(list, &(struct header_field){"grpc-retry-pushback-ms", 22, text, (size_t)size});
}

int h2_reply_headers(nghttp2_session *session, int32_t stream_id, const struct call *call,
                     const nghttp2_data_provider *body)
{
    struct field_list list = {.count = 0};

    if (!call->output_gzip && call->custom_header == NULL)
        return nghttp2_submit_response(session, stream_id, header_nv, HEADERS, body);
    memcpy(list.fields, header_nv, sizeof header_nv);
    list.count = HEADERS;
    if (call->output_gzip) list.fields[list.count++] = gzip_nv[0];
    if (call->custom_header != NULL) add(&list, call->custom_header);
    return nghttp2_submit_response(session, stream_id, list.fields, list.count, body);
}

int h2_reply_trailers(nghttp2_session *session, int32_t stream_id, const struct call *call)
{
    struct field_list list = {.count = 0};
    struct wire_status wire;

    char pushback[PUSHBACK_TEXT_BYTES];

    if (call->status.code == GRPC_OK && call->custom_trailer == NULL)
        return nghttp2_submit_trailer(session, stream_id, ok_nv, 1);
    wire_status_encode(call->status, &wire);
    add_status(&list, call, &wire);
    add_pushback(&list, call, pushback);
    return nghttp2_submit_trailer(session, stream_id, list.fields, list.count);
}

int h2_reply_trailers_only(nghttp2_session *session, int32_t stream_id, const struct call *call)
{
    struct field_list list = {.count = 0};
    struct wire_status wire;
    char http_status[8];
    char pushback[PUSHBACK_TEXT_BYTES];

    snprintf(http_status, sizeof http_status, "%d", call->http_status % 1000);
    wire_status_encode(call->status, &wire);
    add(&list, &(struct header_field){":status", 7, http_status, strlen(http_status)});
    list.fields[list.count++] = header_nv[1];
    if (call->custom_header != NULL) add(&list, call->custom_header);
    add_status(&list, call, &wire);
    add_pushback(&list, call, pushback);
    return nghttp2_submit_response(session, stream_id, list.fields, list.count, NULL);
}
