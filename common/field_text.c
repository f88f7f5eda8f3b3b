#include "common/field_text.h"

#include "common/base64.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "common/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_BYTES = 80 };

/* --- To text. --- */

static const char *bytes_to_text(ProtobufCBinaryData bytes, struct arena *arena)
{
    char *text = arena_alloc(arena, base64_encoded_size(bytes.len, true) + 1);

    base64_encode(bytes.data, bytes.len, true, text);
    return text;
}

static const char *enum_to_text(const ProtobufCEnumDescriptor *desc, int64_t value,
                                struct arena *arena)
{
    const char *name = enum_short_name(desc, value);

    return name != NULL ? name : arena_printf(arena, "%" PRId64, value);
}

static const char *json_to_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                struct arena *arena)
{
    char *text;

    /* What was read through our own limits can be written within them. */
    if (!status_is_ok(json_encode_field(msg, fd, 0, arena, &text))) abort();
    return text;
}

const char *field_to_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                          struct arena *arena)
{
    if (!field_is_set(msg, fd)) return "";
    switch (field_shape(fd)) {
    case FIELD_TEXT:
        return field_get_text(msg, fd);
    case FIELD_INT:
        return arena_printf(arena, "%" PRId64, field_get_int(msg, fd));
    case FIELD_BOOL:
        return field_get_int(msg, fd) != 0 ? "true" : "";
    case FIELD_ENUM:
        return enum_to_text(field_enum_type(fd), field_get_int(msg, fd), arena);
    case FIELD_TIME:
        return time_to_text(field_get_int(msg, fd), arena);
    case FIELD_BYTES:
        return bytes_to_text(field_get_bytes(msg, fd), arena);
    case FIELD_MESSAGE:
    case FIELD_LIST:
        return json_to_text(msg, fd, arena);
    }
    abort();
}

/* --- From text. Each reader is false when the text is no such value. --- */

static bool read_int(const ProtobufCFieldDescriptor *fd, const char *text, int64_t *out_number)
{
    int64_t min;
    int64_t max;
    long long number;
    char *end;

    field_int_range(fd, &min, &max);
    if (*text != '-' && (*text < '0' || *text > '9')) return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || number < min || number > max) return false;
    *out_number = number;
    return true;
}

static bool read_bool(const char *text, int64_t *out_number)
{
    static const struct {
        const char *word;
        bool value;
    } word_table[] = {
        {"true", true},   {"yes", true}, {"1", true},
        {"false", false}, {"no", false}, {"0", false},
    };

    for (size_t i = 0; i < sizeof word_table / sizeof word_table[0]; i++) {
        if (strcasecmp(word_table[i].word, text) != 0) continue;
        *out_number = word_table[i].value;
        return true;
    }
    return false;
}

static bool read_enum(const ProtobufCEnumDescriptor *desc, const char *text,
                      int64_t *out_number)
{
    int value;

    if (!enum_from_name(desc, text, &value)) return false;
    *out_number = value;
    return true;
}

static bool read_bytes(const char *text, struct arena *arena, ProtobufCBinaryData *out_bytes)
{
    size_t size = strlen(text);

    out_bytes->data = arena_alloc(arena, base64_decoded_size_max(size));
    return base64_decode(text, size, out_bytes->data, &out_bytes->len);
}

/* Any shape but messages and lists, which are JSON. */
static bool read_value(const ProtobufCFieldDescriptor *fd, const char *text,
                       struct arena *arena, struct field_value *out_value)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        out_value->text = arena_strdup(arena, text);
        return true;
    case FIELD_INT:
        return read_int(fd, text, &out_value->number);
    case FIELD_BOOL:
        return read_bool(text, &out_value->number);
    case FIELD_ENUM:
        return read_enum(field_enum_type(fd), text, &out_value->number);
    case FIELD_TIME:
        return time_parse(text, &out_value->number);
    case FIELD_BYTES:
        return read_bytes(text, arena, &out_value->bytes);
    case FIELD_MESSAGE:
    case FIELD_LIST:
        break;
    }
    abort();
}

/* What would have been right, for a refusal. */
static const char *wanted(const ProtobufCFieldDescriptor *fd, struct arena *arena)
{
    int64_t min;
    int64_t max;

    switch (field_item_shape(fd)) {
    case FIELD_INT:
        field_int_range(fd, &min, &max);
        return arena_printf(arena, "a whole number from %" PRId64 " to %" PRId64, min, max);
    case FIELD_BOOL:
        return "true or false";
    case FIELD_ENUM:
        return arena_printf(arena, "one of %s", enum_names(field_enum_type(fd), arena));
    case FIELD_TIME:
        return "a date (2021-04-01) or time (2021-04-01T09:30:00Z)";
    case FIELD_BYTES:
        return "base64";
    case FIELD_TEXT:
    case FIELD_MESSAGE:
    case FIELD_LIST:
        break;
    }
    abort();
}

static struct status refuse(const ProtobufCFieldDescriptor *fd, const char *text,
                            struct arena *arena)
{
    const char *reason =
        field_item_shape(fd) == FIELD_ENUM ? REASON_ENUM_VALUE_UNKNOWN : REASON_VALUE_INVALID;

    return status_invalid(arena, reason, fd->name, "%s: \"%.*s\" is not %s", fd->name,
                          (int)utf8_fit(text, SHOWN_BYTES), text, wanted(fd, arena));
}

static struct status single_from_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                      const char *text, struct arena *arena)
{
    struct field_value value = {0};

    if (field_item_shape(fd) == FIELD_MESSAGE) return json_decode_field(msg, fd, text, arena);
    if (!read_value(fd, text, arena, &value)) return refuse(fd, text, arena);
    field_set_value(msg, fd, &value, arena);
    return status_ok();
}

static struct status list_from_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                    const char *text, struct arena *arena)
{
    struct field_value value = {0};

    if (text[strspn(text, " \t\r\n")] == '[') return json_decode_field(msg, fd, text, arena);
    if (field_item_shape(fd) == FIELD_MESSAGE)
        return json_decode_field(msg, fd, arena_printf(arena, "[%s]", text), arena);
    if (!read_value(fd, text, arena, &value)) return refuse(fd, text, arena);
    field_list_reserve(msg, fd, 1, arena);
    field_list_set_value(msg, fd, 0, &value, arena);
    return status_ok();
}

struct status field_from_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                              const char *text, struct arena *arena)
{
    if (*text == '\0') {
        field_clear(msg, fd);
        return status_ok();
    }
    if (field_shape(fd) == FIELD_LIST) return list_from_text(msg, fd, text, arena);
    return single_from_text(msg, fd, text, arena);
}
