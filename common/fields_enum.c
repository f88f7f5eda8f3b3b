/* Names of enum values: the part of fields.h that needs no message. */
#include "common/fields.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

/* Bytes of what all the enum's names begin with: "VALUE_STATE_". */
static size_t enum_prefix_size(const ProtobufCEnumDescriptor *desc)
{
    static const char suffix[] = "UNSPECIFIED";
    const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(desc, 0);
    size_t length = zero == NULL ? 0 : strlen(zero->name);
    size_t suffix_length = sizeof suffix - 1;

    if (length < suffix_length) return 0;
    if (strcmp(zero->name + length - suffix_length, suffix) != 0) return 0;
    return length - suffix_length;
}

const char *enum_full_name(const ProtobufCEnumDescriptor *desc, int64_t value)
{
    const ProtobufCEnumValue *found;

    if (value < INT_MIN || value > INT_MAX) return NULL;
    found = protobuf_c_enum_descriptor_get_value(desc, (int)value);
    return found == NULL ? NULL : found->name;
}

const char *enum_short_name(const ProtobufCEnumDescriptor *desc, int64_t value)
{
    const char *name = enum_full_name(desc, value);
    const char *zero = enum_full_name(desc, 0);
    size_t prefix = enum_prefix_size(desc);

    if (name == NULL) return NULL;
    if (value == 0 && prefix > 0) return "";
    return prefix > 0 && zero != NULL && strncmp(name, zero, prefix) == 0 ? name + prefix
                                                                          : name;
}

/* Equal, with lower case, '-' and ' ' in `text` taken for what a name has instead. */
static bool enum_name_matches(const char *name, const char *text)
{
    for (; *name != '\0' && *text != '\0'; name++, text++) {
        char c = *text == '-' || *text == ' ' ? '_' : (char)toupper((unsigned char)*text);

        if (c != *name) return false;
    }
    return *name == *text;
}

bool enum_from_name(const ProtobufCEnumDescriptor *desc, const char *name, int *out_value)
{
    size_t prefix = enum_prefix_size(desc);

    for (unsigned i = 0; i < desc->n_values; i++) {
        const ProtobufCEnumValue *value = &desc->values[i];

        if (!enum_name_matches(value->name, name) &&
            !(strlen(value->name) > prefix && enum_name_matches(value->name + prefix, name)))
            continue;
        *out_value = value->value;
        return true;
    }
    return false;
}

const char *enum_names(const ProtobufCEnumDescriptor *desc, struct arena *arena)
{
    const char *names = "";

    for (unsigned i = 0; i < desc->n_values; i++) {
        const char *name = enum_short_name(desc, desc->values[i].value);

        if (name == NULL || *name == '\0') continue;
        names = *names == '\0' ? name : arena_printf(arena, "%s, %s", names, name);
    }
    return names;
}

const char *enum_choices(const ProtobufCEnumDescriptor *desc, struct arena *arena)
{
    char *names = arena_strdup(arena, enum_names(desc, arena));

    for (char *at = names; *at != '\0'; at++)
        *at = *at == '_' ? '-' : (char)tolower((unsigned char)*at);
    return names;
}

bool enum_is_known(const ProtobufCEnumDescriptor *desc, int64_t value)
{
    return enum_full_name(desc, value) != NULL;
}
