/* JSON of messages that have a form of their own, and what its refusals say. */
#include "common/base64.h"
#include "common/field_text.h"
#include "common/json_place.h"
#include "common/time_text.h"
#include "common/utf8.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_BYTES = 80, DURATION_MAX_DIGITS = 12 };

const char *json_place_text(const struct json_place *place)
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

struct status json_refuse(const struct json_place *place, const json_t *value,
                          const char *wanted)
{
    const char *path = json_place_text(place);

    return status_invalid(place->arena, REASON_VALUE_INVALID, path, "%s: %s is not %s",
                          path == NULL ? "the message" : path, shown(value, place->arena),
                          wanted);
}

struct status json_read_time(const json_t *json, const struct json_place *place,
                             int64_t *out_us)
{
    if (json_is_string(json) && time_parse(json_string_value(json), out_us)) return status_ok();
    return json_refuse(place, json, "a time such as \"2021-04-01T09:30:00Z\"");
}

struct status json_read_bytes(const json_t *json, const struct json_place *place,
                              ProtobufCBinaryData *out_bytes)
{
    size_t size = json_string_length(json); /* 0 when it is no string */
    uint8_t *bytes = arena_alloc(place->arena, base64_decoded_size_max(size));
    char *text;

    if (!json_is_string(json)) return json_refuse(place, json, "base64 in a string");
    text = arena_strndup(place->arena, json_string_value(json), size);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '-' ? '+' : *c == '_' ? '/' : *c;
    if (!base64_decode(text, size, bytes, &out_bytes->len))
        return json_refuse(place, json, "base64");
    out_bytes->data = bytes;
    return status_ok();
}

/* --- The types. --- */

static struct status read_timestamp_message(ProtobufCMessage *msg, const json_t *json,
                                            const struct json_place *place)
{
    int64_t us = 0;
    struct status st = json_read_time(json, place, &us);

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
                                   const struct json_place *place)
{
    if (json_is_string(json) &&
        parse_duration(json_string_value(json), (Google__Protobuf__Duration *)msg))
        return status_ok();
    return json_refuse(place, json, "a duration such as \"1.5s\"");
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
                                     const struct json_place *place)
{
    Google__Protobuf__FieldMask *mask = (Google__Protobuf__FieldMask *)msg;
    const char *text = json_string_value(json);
    size_t n = 1;

    if (text == NULL)
        return json_refuse(place, json, "a field mask such as \"title,toleranceRed\"");
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
                              const struct json_place *place)
{
    Google__Protobuf__Any *any = (Google__Protobuf__Any *)msg;
    const json_t *type = json_object_get(json, "@type");
    const json_t *value = json_object_get(json, "value");

    if (!json_is_string(type) || !json_is_string(value) || json_object_size(json) != 2)
        return json_refuse(place, json, "an object with \"@type\" and \"value\" (base64)");
    any->type_url = arena_strdup(place->arena, json_string_value(type));
    return json_read_bytes(value, place, &any->value);
}

static const struct json_well_known well_known_table[] = {
    {&google__protobuf__timestamp__descriptor, read_timestamp_message},
    {&google__protobuf__duration__descriptor, read_duration},
    {&google__protobuf__field_mask__descriptor, read_field_mask},
    {&google__protobuf__any__descriptor, read_any},
};

const struct json_well_known *json_find_well_known(const ProtobufCMessageDescriptor *desc)
{
    for (size_t i = 0; i < sizeof well_known_table / sizeof well_known_table[0]; i++)
        if (well_known_table[i].desc == desc) return &well_known_table[i];
    return NULL;
}
