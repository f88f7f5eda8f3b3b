/* The reading half of json.h, over jansson's tree. */
#include "common/base64.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/mask.h"
#include "common/time_text.h"
#include "common/utf8.h"
#include "common/wire.h"

#include <errno.h>
#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES = 80, DURATION_MAX_DIGITS = 12 };

/* Where in the text we are: a chain on the stack from the value at hand up to the whole. */
struct place {
    const struct place *up; /* NULL for the whole text */
    const char *name;       /* of a field; NULL for an element of a list and for the whole */
    size_t index;           /* of an element */
    int depth;              /* of messages above */
    struct arena *arena;
};

static struct place place_of_field(const struct place *up, const char *name)
{
    return (struct place){.up = up, .name = name, .depth = up->depth, .arena = up->arena};
}

static struct place place_of_item(const struct place *up, size_t index)
{
    return (struct place){.up = up, .index = index, .depth = up->depth, .arena = up->arena};
}

/* "mutations[0].create"; NULL for the whole text. */
static const char *place_text(const struct place *place)
{
    const char *text = NULL;

    for (; place->up != NULL; place = place->up) {
        const char *rest = text == NULL ? "" : text;
        const char *dot = *rest == '\0' || *rest == '[' ? "" : ".";

        if (place->name != NULL)
            text = arena_printf(place->arena, "%s%s%s", place->name, dot, rest);
        else
            text = arena_printf(place->arena, "[%zu]%s%s", place->index, dot, rest);
    }
    return text;
}

/* The start of a value as it was written, for a refusal. */
static const char *shown(const json_t *value, struct arena *arena)
{
    char *dump = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *text = "?";

    if (dump == NULL) return text;
    text = arena_printf(arena, "%.*s%s", (int)utf8_fit(dump, SHOWN_BYTES), dump,
                        strlen(dump) > SHOWN_BYTES ? "..." : "");
    free(dump);
    return text;
}

/* The refusal of a value that is not `wanted`. */
static struct status refuse(const struct place *place, const json_t *value, const char *wanted)
{
    const char *path = place_text(place);

    return status_invalid(place->arena, REASON_VALUE_INVALID, path, "%s: %s is not %s",
                          path == NULL ? "the message" : path, shown(value, place->arena),
                          wanted);
}

/* --- Scalars. --- */

static bool read_integer_text(const char *text, int64_t *out_number)
{
    char *end;
    long long number;

    if (*text != '-' && (*text < '0' || *text > '9')) return false;
    errno = 0;
    number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0') return false;
    *out_number = number;
    return true;
}

/* A number with a point or an exponent is an integer when nothing is lost. */
static bool read_real(double real, int64_t *out_number)
{
    const double limit = 9007199254740992.0; /* 2^53 */

    if (!(real >= -limit && real <= limit)) return false;
    if ((double)(int64_t)real != real) return false;
    *out_number = (int64_t)real;
    return true;
}

static bool read_integer(const json_t *json, int64_t *out_number)
{
    if (json_is_integer(json)) {
        *out_number = json_integer_value(json);
        return true;
    }
    if (json_is_real(json)) return read_real(json_real_value(json), out_number);
    return json_is_string(json) && read_integer_text(json_string_value(json), out_number);
}

static struct status read_int(const ProtobufCFieldDescriptor *fd, const json_t *json,
                              const struct place *place, int64_t *out_number)
{
    int64_t number;
    int64_t min;
    int64_t max;

    field_int_range(fd, &min, &max);
    if (read_integer(json, &number) && number >= min && number <= max) {
        *out_number = number;
        return status_ok();
    }
    return refuse(
        place, json,
        arena_printf(place->arena, "a whole number from %" PRId64 " to %" PRId64, min, max));
}

static struct status read_enum(const ProtobufCEnumDescriptor *desc, const json_t *json,
                               const struct place *place, int64_t *out_number)
{
    int value;
    struct status st;

    if (json_is_string(json) && enum_from_name(desc, json_string_value(json), &value)) {
        *out_number = value;
        return status_ok();
    }
    if (json_is_integer(json) && enum_is_known(desc, json_integer_value(json))) {
        *out_number = json_integer_value(json);
        return status_ok();
    }
    st = refuse(place, json,
                arena_printf(place->arena, "one of %s", enum_names(desc, place->arena)));
    st.reason = REASON_ENUM_VALUE_UNKNOWN;
    return st;
}

static struct status read_time(const json_t *json, const struct place *place, int64_t *out_us)
{
    if (json_is_string(json) && time_parse(json_string_value(json), out_us)) return status_ok();
    return refuse(place, json, "a time such as \"2021-04-01T09:30:00Z\"");
}

/* Also takes the URL-safe alphabet, as the mapping asks. */
static struct status read_bytes(const json_t *json, const struct place *place,
                                ProtobufCBinaryData *out_bytes)
{
    size_t size = json_string_length(json); /* 0 when it is no string */
    uint8_t *bytes = arena_alloc(place->arena, base64_decoded_size_max(size));
    char *text;

    if (!json_is_string(json)) return refuse(place, json, "base64 in a string");
    text = arena_strndup(place->arena, json_string_value(json), size);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    if (!base64_decode(text, size, bytes, &out_bytes->len))
        return refuse(place, json, "base64");
    out_bytes->data = bytes;
    return status_ok();
}

static struct status read_text(const json_t *json, const struct place *place,
                               const char **out_text)
{
    if (!json_is_string(json)) return refuse(place, json, "a string");
    *out_text = arena_strdup(place->arena, json_string_value(json));
    return status_ok();
}

static struct status read_bool(const json_t *json, const struct place *place,
                               int64_t *out_number)
{
    if (!json_is_boolean(json)) return refuse(place, json, "true or false");
    *out_number = json_is_true(json);
    return status_ok();
}

/* --- Messages with a form of their own. --- */

static struct status read_timestamp_message(ProtobufCMessage *msg, const json_t *json,
                                            const struct place *place)
{
    int64_t us = 0;
    struct status st = read_time(json, place, &us);

    if (status_is_ok(st)) timestamp_set((Google__Protobuf__Timestamp *)msg, us);
    return st;
}

/* Digits behind the point, as nanoseconds; moves past them. */
static bool take_nanos(const char **at, int32_t *out_nanos)
{
    size_t n_digits;
    int32_t nanos = 0;

    if (**at == '.') {
        n_digits = strspn(++*at, "0123456789");
        if (n_digits == 0 || n_digits > 9) return false;
        for (size_t i = 0; i < 9; i++)
            nanos = nanos * 10 + (i < n_digits ? (*at)[i] - '0' : 0);
        *at += n_digits;
    }
    *out_nanos = nanos;
    return true;
}

static bool parse_duration(const char *text, Google__Protobuf__Duration *out_duration)
{
    int sign = *text == '-' ? -1 : 1;
    size_t n_digits;
    int64_t seconds = 0;
    int32_t nanos;

    if (sign < 0) text++;
    n_digits = strspn(text, "0123456789");
    if (n_digits == 0 || n_digits > DURATION_MAX_DIGITS) return false;
    for (; n_digits > 0; n_digits--)
        seconds = seconds * 10 + (*text++ - '0');
    if (!take_nanos(&text, &nanos) || strcmp(text, "s") != 0) return false;
    out_duration->seconds = sign * seconds;
    out_duration->nanos = sign * nanos;
    return true;
}

static struct status read_duration(ProtobufCMessage *msg, const json_t *json,
                                   const struct place *place)
{
    if (json_is_string(json) &&
        parse_duration(json_string_value(json), (Google__Protobuf__Duration *)msg))
        return status_ok();
    return refuse(place, json, "a duration such as \"1.5s\"");
}

/* One path of a mask, "toleranceRed", as "tolerance_red". */
static char *snake_case(const char *camel, size_t size, struct arena *arena)
{
    char *snake = arena_alloc(arena, 2 * size + 1);
    char *end = snake;

    for (size_t i = 0; i < size; i++) {
        bool is_upper = camel[i] >= 'A' && camel[i] <= 'Z';

        if (is_upper) *end++ = '_';
        *end++ = is_upper ? (char)(camel[i] - 'A' + 'a') : camel[i];
    }
    *end = '\0';
    return snake;
}

static struct status read_field_mask(ProtobufCMessage *msg, const json_t *json,
                                     const struct place *place)
{
    Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)msg;
    const char *text = json_string_value(json);
    size_t n = 1;

    if (text == NULL) return refuse(place, json, "a field mask such as \"title,toleranceRed\"");
    if (*text == '\0') return status_ok();
    for (const char *c = text; *c != '\0'; c++)
        n += *c == ',';
    mask->paths = arena_alloc(place->arena, n * sizeof *mask->paths);
    while (mask->n_paths < n) {
        size_t size = strcspn(text, ",");

        mask->paths[mask->n_paths++] = snake_case(text, size, place->arena);
        text += size + (text[size] == ',');
    }
    return status_ok();
}

static struct status read_any(ProtobufCMessage *msg, const json_t *json,
                              const struct place *place)
{
    Google__Protobuf__Any *any = (Google__Protobuf__Any *)msg;
    const json_t *type = json_object_get(json, "@type");
    const json_t *value = json_object_get(json, "value");

    if (!json_is_string(type) || !json_is_string(value) || json_object_size(json) != 2)
        return refuse(place, json, "an object with \"@type\" and \"value\" (base64)");
    any->type_url = arena_strdup(place->arena, json_string_value(type));
    return read_bytes(value, place, &any->value);
}

static const struct well_known {
    const ProtobufCMessageDescriptor *desc;
    struct status (*read)(ProtobufCMessage *msg, const json_t *json, const struct place *place);
} well_known_table[] = {
    {&google__protobuf__timestamp__descriptor, read_timestamp_message},
    {&google__protobuf__duration__descriptor, read_duration},
    {&google__protobuf__field_mask__descriptor, read_field_mask},
    {&google__protobuf__any__descriptor, read_any},
};

static const struct well_known *find_well_known(const ProtobufCMessageDescriptor *desc)
{
    for (size_t i = 0; i < sizeof well_known_table / sizeof well_known_table[0]; i++)
        if (well_known_table[i].desc == desc) return &well_known_table[i];
    return NULL;
}

/* --- Values. NOLINTBEGIN(misc-no-recursion): FIELDS_MAX_DEPTH bounds read_message. --- */

static struct status read_message(const ProtobufCMessageDescriptor *desc, const json_t *json,
                                  const struct place *place, ProtobufCMessage **out_msg);

static struct status read_value(const ProtobufCFieldDescriptor *fd, const json_t *json,
                                const struct place *place, struct field_value *out_value)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        return read_text(json, place, &out_value->text);
    case FIELD_INT:
        return read_int(fd, json, place, &out_value->number);
    case FIELD_BOOL:
        return read_bool(json, place, &out_value->number);
    case FIELD_ENUM:
        return read_enum(field_enum_type(fd), json, place, &out_value->number);
    case FIELD_TIME:
        return read_time(json, place, &out_value->number);
    case FIELD_BYTES:
        return read_bytes(json, place, &out_value->bytes);
    case FIELD_MESSAGE:
        return read_message(field_message_type(fd), json, place, &out_value->message);
    case FIELD_LIST:
        break;
    }
    abort();
}

static struct status read_list(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                               const json_t *json, const struct place *place)
{
    if (!json_is_array(json)) return refuse(place, json, "a list");
    field_list_reserve(msg, fd, json_array_size(json), place->arena);
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct place here = place_of_item(place, i);
        struct field_value value = {0};
        struct status st = read_value(fd, json_array_get(json, i), &here, &value);

        if (!status_is_ok(st)) return st;
        field_list_set_value(msg, fd, i, &value, place->arena);
    }
    return status_ok();
}

static struct status read_field(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                const json_t *json, const struct place *place)
{
    struct field_value value = {0};
    struct status st;

    if (json_is_null(json)) {
        field_clear(msg, fd);
        return status_ok();
    }
    if (field_shape(fd) == FIELD_LIST) return read_list(msg, fd, json, place);
    st = read_value(fd, json, place, &value);
    if (status_is_ok(st)) field_set_value(msg, fd, &value, place->arena);
    return st;
}

/* A field given before, under its other name or as another member of the oneof. */
static bool is_taken(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                     const bool *seen)
{
    const ProtobufCMessageDescriptor *desc = msg->descriptor;

    if (seen[field_index(desc, fd)]) return true;
    for (unsigned i = 0; i < desc->n_fields && field_is_oneof(fd); i++) {
        const ProtobufCFieldDescriptor *other = &desc->fields[i];

        if (field_is_oneof(other) && other->quantifier_offset == fd->quantifier_offset &&
            field_is_set(msg, other))
            return true;
    }
    return false;
}

static struct status read_member(ProtobufCMessage *msg, const char *key, const json_t *json,
                                 const struct place *place, bool *seen)
{
    const ProtobufCFieldDescriptor *fd = fields_find(msg->descriptor, key);
    struct place here = place_of_field(place, fd == NULL ? key : fd->name);

    if (fd == NULL)
        return mask_unknown_field(msg->descriptor, key, place_text(&here), place->arena);
    if (is_taken(msg, fd, seen)) {
        const char *path = place_text(&here);

        return status_invalid(place->arena, REASON_JSON_INVALID, path,
                              "%s: is given twice, or besides another of which only one may be",
                              path);
    }
    seen[field_index(msg->descriptor, fd)] = true;
    return read_field(msg, fd, json, &here);
}

static struct status read_members(ProtobufCMessage *msg, const json_t *json,
                                  const struct place *place)
{
    bool *seen = arena_zalloc(place->arena, msg->descriptor->n_fields * sizeof *seen);
    json_t *object = (json_t *)(uintptr_t)json; /* jansson's iterator does not change it */
    struct status st = status_ok();

    for (void *at = json_object_iter(object); at != NULL && status_is_ok(st);
         at = json_object_iter_next(object, at))
        st =
            read_member(msg, json_object_iter_key(at), json_object_iter_value(at), place, seen);
    return st;
}

static struct status read_message(const ProtobufCMessageDescriptor *desc, const json_t *json,
                                  const struct place *place, ProtobufCMessage **out_msg)
{
    const struct well_known *known = find_well_known(desc);
    struct place here = *place;

    if (here.depth++ == FIELDS_MAX_DEPTH) return refuse(place, json, "nested less deeply");
    *out_msg = message_new(desc, place->arena);
    if (known != NULL) return known->read(*out_msg, json, place);
    if (!json_is_object(json)) return refuse(place, json, "an object");
    return read_members(*out_msg, json, &here);
}

/* NOLINTEND(misc-no-recursion) */

/* --- Whole texts. --- */

static struct status parse(const char *text, size_t size, struct arena *arena,
                           json_t **out_json)
{
    json_error_t error;

    *out_json = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (*out_json != NULL) return status_ok();
    return status_invalid(arena, REASON_JSON_INVALID, NULL,
                          "the text is not JSON: line %d, column %d: %.*s", error.line,
                          error.column, (int)utf8_valid_prefix(error.text, strlen(error.text)),
                          error.text);
}

struct status json_decode(const ProtobufCMessageDescriptor *desc, const char *text, size_t size,
                          struct arena *arena, ProtobufCMessage **out_msg)
{
    struct place whole = {.arena = arena};
    ProtobufCMessage *msg;
    json_t *json;
    struct status st = parse(text, size, arena, &json);

    if (!status_is_ok(st)) return st;
    st = read_message(desc, json, &whole, &msg);
    if (status_is_ok(st)) *out_msg = msg;
    json_decref(json);
    return st;
}

struct status json_decode_field(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                const char *text, struct arena *arena)
{
    struct place whole = {.arena = arena};
    struct place here = place_of_field(&whole, fd->name);
    ProtobufCMessage *scratch = message_copy(msg, arena);
    json_t *json;
    struct status st = parse(text, strlen(text), arena, &json);

    if (!status_is_ok(st)) {
        st.field = fd->name;
        return st;
    }
    st = read_field(scratch, fd, json, &here);
    if (status_is_ok(st)) field_copy(msg, scratch, fd);
    json_decref(json);
    return st;
}
