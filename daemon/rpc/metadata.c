#include "rpc/metadata.h"

#include "common/base64.h"
#include "common/grpc_frame.h"
#include "common/reasons.h"
#include "common/utf8.h"
#include "rpc/trace_context.h"

#include <string.h>

struct field_context {
    struct metadata *metadata;
    struct arena *arena;
    const struct header_field *field;
};

void metadata_init(struct metadata *metadata, const char *const *keep)
{
    *metadata = (struct metadata){.path = "",
                                  .service = "",
                                  .on_behalf_of = "",
                                  .trace_id = "",
                                  .error = status_ok(),
                                  .keep = keep};
}

static void refuse(struct field_context *context, const char *why)
{
    if (!status_is_ok(context->metadata->error)) return;
    context->metadata->error = status_error(
        context->arena, GRPC_INVALID_ARGUMENT, REASON_METADATA_INVALID, NULL,
        "metadata %.*s %s", (int)context->field->name_size, context->field->name, why);
}

static bool value_is(const struct header_field *field, const char *text)
{
    return field->value_size == strlen(text) &&
           memcmp(field->value, text, field->value_size) == 0;
}

static void take_method(struct field_context *context)
{
    context->metadata->is_post = value_is(context->field, "POST");
}

static void take_path(struct field_context *context)
{
    context->metadata->path =
        arena_strndup(context->arena, context->field->value, context->field->value_size);
    context->metadata->path_size = context->field->value_size;
}

/* Exactly application/grpc, then an end, a codec we speak, or a parameter. */
static void take_content_type(struct field_context *context)
{
    static const char grpc[] = "application/grpc";
    static const char proto[] = "+proto";
    const char *value = context->field->value;
    size_t size = context->field->value_size;

    if (size < sizeof grpc - 1 || memcmp(value, grpc, sizeof grpc - 1) != 0) return;
    value += sizeof grpc - 1;
    size -= sizeof grpc - 1;
    if (size >= sizeof proto - 1 && memcmp(value, proto, sizeof proto - 1) == 0) {
        value += sizeof proto - 1;
        size -= sizeof proto - 1;
    }
    context->metadata->is_grpc = size == 0 || *value == ';';
}

static void take_timeout(struct field_context *context)
{
    struct metadata *metadata = context->metadata;

    metadata->has_timeout = grpc_timeout_parse(
        context->field->value, context->field->value_size, &metadata->timeout_ms);
    if (!metadata->has_timeout)
        refuse(context, "must be one to eight digits and a unit out of H M S m u n");
}

static void take_encoding(struct field_context *context)
{
    context->metadata->encoding = value_is(context->field, "identity") ? ENCODING_IDENTITY
                                  : value_is(context->field, "gzip")   ? ENCODING_GZIP
                                                                       : ENCODING_UNKNOWN;
}

/* A list, "identity, deflate, gzip". */
static void take_accept_encoding(struct field_context *context)
{
    static const char gzip[] = {'g', 'z', 'i', 'p'};
    const char *at = context->field->value;
    const char *end = at + context->field->value_size;

    while (at < end) {
        const char *comma = memchr(at, ',', (size_t)(end - at));
        const char *stop = comma ? comma : end;

        while (at < stop && *at == ' ')
            at++;
        while (stop > at && stop[-1] == ' ')
            stop--;
        if (stop - at == sizeof gzip && memcmp(at, gzip, sizeof gzip) == 0)
            context->metadata->accepts_gzip = true;
        at = comma ? comma + 1 : end;
    }
}

/* Control characters: C0, DEL, and C1 as UTF-8 writes them. */
static bool is_control(const char *text)
{
    unsigned char first = (unsigned char)text[0];

    return first < 0x20 || first == 0x7f || (first == 0xc2 && (unsigned char)text[1] < 0xa0);
}

static bool is_printable(const char *text, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t step = utf8_char_size(text + i, size - i);

        if (step == 0 || is_control(text + i)) return false;
        i += step;
    }
    return true;
}

static const char *declared_text(struct field_context *context, const char *text, size_t size)
{
    if (size > METADATA_DECLARED_MAX_BYTES) {
        refuse(context, "is longer than 200 bytes");
        return "";
    }
    if (!is_printable(text, size)) {
        refuse(context, "must be UTF-8 without control characters");
        return "";
    }
    return arena_strndup(context->arena, text, size);
}

static const char *declared_plain(struct field_context *context)
{
    return declared_text(context, context->field->value, context->field->value_size);
}

static const char *declared_base64(struct field_context *context)
{
    enum { TEXT_MAX = METADATA_DECLARED_MAX_BYTES / 3 * 4 + 8 };
    uint8_t bytes[TEXT_MAX];
    size_t size;

    if (context->field->value_size > TEXT_MAX) {
        refuse(context, "is longer than 200 bytes");
        return "";
    }
    if (!base64_decode(context->field->value, context->field->value_size, bytes, &size)) {
        refuse(context, "must be base64");
        return "";
    }
    return declared_text(context, (const char *)bytes, size);
}

/* Not to be copied anywhere else, nor shown. */
static void take_authorization(struct field_context *context)
{
    struct metadata *metadata = context->metadata;

    if (metadata->authorization != NULL) {
        refuse(context, "is given twice; send one");
        return;
    }
    metadata->authorization =
        arena_strndup(context->arena, context->field->value, context->field->value_size);
    metadata->authorization_size = context->field->value_size;
}

static void take_service(struct field_context *context)
{
    context->metadata->service = declared_plain(context);
}

static void take_service_bin(struct field_context *context)
{
    context->metadata->service = declared_base64(context);
}

static void take_on_behalf_of(struct field_context *context)
{
    context->metadata->on_behalf_of = declared_plain(context);
}

static void take_on_behalf_of_bin(struct field_context *context)
{
    context->metadata->on_behalf_of = declared_base64(context);
}

/* A wrong one is ignored: tracing must not break calls. Of two, neither is trusted. */
static void take_traceparent(struct field_context *context)
{
    struct metadata *metadata = context->metadata;
    size_t at;

    metadata->trace_id = "";
    if (metadata->traceparents++ > 0) return;
    if (trace_context_parse(context->field->value, context->field->value_size, &at))
        metadata->trace_id =
            arena_strndup(context->arena, context->field->value + at, TRACE_ID_SIZE);
}

#define NAME(text) (text), sizeof(text) - 1
static const struct {
    const char *name;
    size_t name_size;
    void (*take)(struct field_context *context);
} field_table[] = {
    {NAME(":path"), take_path},
    {NAME(":method"), take_method},
    {NAME("content-type"), take_content_type},
    {NAME("grpc-timeout"), take_timeout},
    {NAME("grpc-encoding"), take_encoding},
    {NAME("grpc-accept-encoding"), take_accept_encoding},
    {NAME("authorization"), take_authorization},
    {NAME("provost-service"), take_service},
    {NAME("provost-service-bin"), take_service_bin},
    {NAME("provost-on-behalf-of"), take_on_behalf_of},
    {NAME("provost-on-behalf-of-bin"), take_on_behalf_of_bin},
    {NAME("traceparent"), take_traceparent},
};
#undef NAME

/* Only names that were asked for: the rest of what clients send is nobody's. */
static void keep_field(struct field_context *context)
{
    struct metadata *metadata = context->metadata;
    const struct header_field *field = context->field;

    for (const char *const *name = metadata->keep; name && *name; name++) {
        struct kept_field *kept;

        if (strlen(*name) != field->name_size ||
            memcmp(*name, field->name, field->name_size) != 0)
            continue;
        kept = arena_alloc(context->arena, sizeof *kept);
        *kept = (struct kept_field){
            .field = {*name, field->name_size,
                      arena_strndup(context->arena, field->value, field->value_size),
                      field->value_size},
            .next = metadata->kept};
        metadata->kept = kept;
        return;
    }
}

const struct header_field *metadata_find(const struct metadata *metadata, const char *name)
{
    for (const struct kept_field *kept = metadata->kept; kept; kept = kept->next)
        if (strcmp(kept->field.name, name) == 0) return &kept->field;
    return NULL;
}

void metadata_add(struct metadata *metadata, struct arena *arena,
                  const struct header_field *field)
{
    struct field_context context = {metadata, arena, field};

    metadata->list_bytes += field->name_size + field->value_size + METADATA_FIELD_OVERHEAD;
    if (metadata_is_too_large(metadata)) return;
    for (size_t i = 0; i < sizeof field_table / sizeof field_table[0]; i++) {
        if (field_table[i].name_size != field->name_size ||
            memcmp(field_table[i].name, field->name, field->name_size) != 0)
            continue;
        field_table[i].take(&context);
        return;
    }
    keep_field(&context);
}

bool metadata_is_too_large(const struct metadata *metadata)
{
    return metadata->list_bytes > METADATA_LIST_MAX_BYTES;
}
