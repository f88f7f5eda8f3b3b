/* The reading half of json.h, over jansson's tree. */
#include "common/field_text.h"
#include "common/fields.h"
#include "common/json.h"
#include "common/json_place.h"
#include "common/mask.h"
#include "common/utf8.h"
#include "common/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static struct json_place place_of_field(const struct json_place *up, const char *name)
{
    return (struct json_place){.up = up, .name = name, .depth = up->depth, .arena = up->arena};
}

static struct json_place place_of_item(const struct json_place *up, size_t index)
{
    return (struct json_place){
        .up = up, .index = index, .depth = up->depth, .arena = up->arena};
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
                              const struct json_place *place, int64_t *out_number)
{
    int64_t number;
    int64_t min;
    int64_t max;

    field_int_range(fd, &min, &max);
    if (read_integer(json, &number) && number >= min && number <= max) {
        *out_number = number;
        return status_ok();
    }
    return json_refuse(
        place, json,
        arena_printf(place->arena, "a whole number from %" PRId64 " to %" PRId64, min, max));
}

static struct status read_enum(const ProtobufCEnumDescriptor *desc, const json_t *json,
                               const struct json_place *place, int64_t *out_number)
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
    st = json_refuse(place, json,
                     arena_printf(place->arena, "one of %s", enum_names(desc, place->arena)));
    st.reason = REASON_ENUM_VALUE_UNKNOWN;
    return st;
}

static struct status read_text(const json_t *json, const struct json_place *place,
                               const char **out_text)
{
    if (!json_is_string(json)) return json_refuse(place, json, "a string");
    *out_text = arena_strdup(place->arena, json_string_value(json));
    return status_ok();
}

static struct status read_bool(const json_t *json, const struct json_place *place,
                               int64_t *out_number)
{
    if (!json_is_boolean(json)) return json_refuse(place, json, "true or false");
    *out_number = json_is_true(json);
    return status_ok();
}

/* --- Values. NOLINTBEGIN(misc-no-recursion): FIELDS_MAX_DEPTH bounds read_message. --- */

static struct status read_message(const ProtobufCMessageDescriptor *desc, const json_t *json,
                                  const struct json_place *place, ProtobufCMessage **out_msg);

static struct status read_value(const ProtobufCFieldDescriptor *fd, const json_t *json,
                                const struct json_place *place, struct field_value *out_value)
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
        return json_read_time(json, place, &out_value->number);
    case FIELD_BYTES:
        return json_read_bytes(json, place, &out_value->bytes);
    case FIELD_MESSAGE:
        return read_message(field_message_type(fd), json, place, &out_value->message);
    case FIELD_LIST:
        break;
    }
    abort();
}

static struct status read_list(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                               const json_t *json, const struct json_place *place)
{
    if (!json_is_array(json)) return json_refuse(place, json, "a list");
    field_list_reserve(msg, fd, json_array_size(json), place->arena);
    for (size_t i = 0; i < json_array_size(json); i++) {
        struct json_place here = place_of_item(place, i);
        struct field_value value = {0};
        struct status st = read_value(fd, json_array_get(json, i), &here, &value);

        if (!status_is_ok(st)) return st;
        field_list_set_value(msg, fd, i, &value, place->arena);
    }
    return status_ok();
}

static struct status read_field(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                const json_t *json, const struct json_place *place)
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
                                 const struct json_place *place, bool *seen)
{
    const ProtobufCFieldDescriptor *fd = fields_find(msg->descriptor, key);
    struct json_place here = place_of_field(place, fd == NULL ? key : fd->name);

    if (fd == NULL)
        return mask_unknown_field(msg->descriptor, key, json_place_text(&here), place->arena);
    if (is_taken(msg, fd, seen)) {
        const char *path = json_place_text(&here);

        return status_invalid(place->arena, REASON_JSON_INVALID, path,
                              "%s: is given twice, or besides another of which only one may be",
                              path);
    }
    seen[field_index(msg->descriptor, fd)] = true;
    return read_field(msg, fd, json, &here);
}

static struct status read_members(ProtobufCMessage *msg, const json_t *json,
                                  const struct json_place *place)
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
                                  const struct json_place *place, ProtobufCMessage **out_msg)
{
    const struct json_well_known *known = json_find_well_known(desc);
    struct json_place here = *place;

    if (here.depth++ == FIELDS_MAX_DEPTH) return json_refuse(place, json, "nested less deeply");
    *out_msg = message_new(desc, place->arena);
    if (known != NULL) return known->read(*out_msg, json, place);
    if (!json_is_object(json)) return json_refuse(place, json, "an object");
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
    struct json_place whole = {.arena = arena};
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
    struct json_place whole = {.arena = arena};
    struct json_place here = place_of_field(&whole, fd->name);
    ProtobufCMessage *scratch = message_copy(msg, arena);
    json_t *json;
    struct status st = parse(text, strlen(text), arena, &json);

    if (!status_is_ok(st))
        return status_invalid(arena, st.reason, fd->name, "%s: %s", fd->name, st.message);
    st = read_field(scratch, fd, json, &here);
    if (status_is_ok(st)) field_copy(msg, scratch, fd);
    json_decref(json);
    return st;
}
