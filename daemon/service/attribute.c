#include "service/attribute.h"

#include "common/fields.h"
#include "common/names.h"
#include "service/catalog.h"

#include <stdio.h>
#include <string.h>

#define PATH_MAX_BYTES 100

/* ---- finding ---- */

/* What the register knows of a resource besides its body. */
static const struct {
    const char *name;
    enum attribute_source source;
    enum attribute_type type;
} envelope_table[] = {
    {"name", ATTRIBUTE_NAME, ATTRIBUTE_TEXT},
    {"revision", ATTRIBUTE_REVISION, ATTRIBUTE_INT},
    {"create_time", ATTRIBUTE_CREATE_TIME, ATTRIBUTE_TIME},
    {"createTime", ATTRIBUTE_CREATE_TIME, ATTRIBUTE_TIME},
    {"update_time", ATTRIBUTE_UPDATE_TIME, ATTRIBUTE_TIME},
    {"updateTime", ATTRIBUTE_UPDATE_TIME, ATTRIBUTE_TIME},
};

unsigned attribute_flags(const struct kind *kind, const char *field)
{
    const struct catalog_field *policy = catalog_of_kind(kind)->fields;
    while (policy->name != NULL && strcmp(policy->name, field) != 0)
        policy++;
    return policy->flags;
}

/* Texts that are understood as numbers together with others, which the catalog cannot say. */
static const struct {
    const char *collection;
    const char *field;
} figure_table[] = {
    {"targets", "value"},
    {"targets", "value_high"},
    {"observations", "value"},
};

static enum attribute_type text_type(const struct kind *kind, const char *field)
{
    unsigned flags = attribute_flags(kind, field);
    if ((flags & CATALOG_DECIMAL) != 0) return ATTRIBUTE_DECIMAL;
    if ((flags & CATALOG_PERIOD) != 0) return ATTRIBUTE_PERIOD;
    for (size_t i = 0; i < sizeof figure_table / sizeof *figure_table; i++)
        if (strcmp(figure_table[i].collection, kind->collection) == 0 &&
            strcmp(figure_table[i].field, field) == 0)
            return ATTRIBUTE_DECIMAL;
    return ATTRIBUTE_TEXT;
}

/* `kind` NULL: of a message inside a body, of which the catalog says nothing. */
static enum attribute_type type_of(const struct kind *kind, const ProtobufCFieldDescriptor *fd)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        return kind != NULL ? text_type(kind, fd->name) : ATTRIBUTE_TEXT;
    case FIELD_INT:
        return ATTRIBUTE_INT;
    case FIELD_BOOL:
        return ATTRIBUTE_BOOL;
    case FIELD_ENUM:
        return ATTRIBUTE_ENUM;
    case FIELD_TIME:
        return ATTRIBUTE_TIME;
    case FIELD_BYTES:
    case FIELD_MESSAGE:
    case FIELD_LIST:
        break;
    }
    return ATTRIBUTE_OTHER;
}

static bool find_envelope(const char *path, struct attribute *out_attribute)
{
    for (size_t i = 0; i < sizeof envelope_table / sizeof *envelope_table; i++) {
        if (strcmp(envelope_table[i].name, path) != 0) continue;
        *out_attribute = (struct attribute){.source = envelope_table[i].source,
                                            .type = envelope_table[i].type};
        return true;
    }
    return false;
}

static bool is_list(const ProtobufCFieldDescriptor *fd)
{
    return field_shape(fd) == FIELD_LIST;
}

static bool find_subfield(const char *name, struct attribute *attribute)
{
    if (field_item_shape(attribute->field) != FIELD_MESSAGE) return false;
    attribute->subfield = fields_find(field_message_type(attribute->field), name);
    if (attribute->subfield == NULL) return false;
    attribute->type = type_of(NULL, attribute->subfield);
    attribute->many = attribute->many || is_list(attribute->subfield);
    return true;
}

bool attribute_find(const struct kind *kind, const char *path, struct attribute *out_attribute)
{
    char first[PATH_MAX_BYTES];
    struct attribute found = {.source = ATTRIBUTE_OF_BODY};
    const char *dot = strchr(path, '.');
    size_t size = dot != NULL ? (size_t)(dot - path) : strlen(path);
    if (size >= sizeof first) return false;
    memcpy(first, path, size);
    first[size] = '\0';
    found.field = fields_find(kind->desc, first);
    if (found.field == NULL) return find_envelope(path, out_attribute);
    found.type = type_of(kind, found.field);
    found.many = is_list(found.field);
    if (dot != NULL && !find_subfield(dot + 1, &found)) return false;
    *out_attribute = found;
    return true;
}

const ProtobufCEnumDescriptor *attribute_enum(const struct attribute *attribute)
{
    return field_enum_type(attribute->subfield != NULL ? attribute->subfield
                                                       : attribute->field);
}

/* ---- naming them all ---- */

static const char *add_subfields(struct arena *arena, const char *list,
                                 const ProtobufCFieldDescriptor *fd)
{
    const ProtobufCMessageDescriptor *desc = field_message_type(fd);
    for (unsigned i = 0; i < desc->n_fields; i++)
        list = arena_printf(arena, "%s, %s.%s", list, fd->name, desc->fields[i].name);
    return list;
}

const char *attribute_names(struct arena *arena, const struct kind *kind)
{
    const char *list = "name";
    for (unsigned i = 0; i < kind->desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &kind->desc->fields[i];
        list = arena_printf(arena, "%s, %s", list, fd->name);
        if (field_item_shape(fd) == FIELD_MESSAGE) list = add_subfields(arena, list, fd);
    }
    return arena_printf(arena, "%s, revision, create_time, update_time", list);
}

/* ---- values ---- */

/* The callback and what is shown to it. */
struct viewer {
    enum attribute_type type;
    attribute_fn *each;
    void *data;
};

static bool show_text(const struct viewer *viewer, const char *text)
{
    return viewer->each(viewer->data, &(struct attribute_value){text, 0});
}

static bool show_number(const struct viewer *viewer, int64_t number)
{
    return viewer->each(viewer->data, &(struct attribute_value){"", number});
}

static bool show_single(const struct viewer *viewer, const ProtobufCMessage *message,
                        const ProtobufCFieldDescriptor *fd)
{
    switch (viewer->type) {
    case ATTRIBUTE_TEXT:
    case ATTRIBUTE_DECIMAL:
    case ATTRIBUTE_PERIOD:
        return show_text(viewer, field_get_text(message, fd));
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_ENUM:
    case ATTRIBUTE_TIME:
        return show_number(viewer, field_get_int(message, fd));
    case ATTRIBUTE_OTHER:
        break;
    }
    return field_is_set(message, fd) && show_number(viewer, 1);
}

static bool show_element(const struct viewer *viewer, const ProtobufCMessage *message,
                         const ProtobufCFieldDescriptor *fd, size_t i)
{
    switch (viewer->type) {
    case ATTRIBUTE_TEXT:
    case ATTRIBUTE_DECIMAL:
    case ATTRIBUTE_PERIOD:
        return show_text(viewer, field_list_text(message, fd, i));
    case ATTRIBUTE_INT:
    case ATTRIBUTE_BOOL:
    case ATTRIBUTE_ENUM:
    case ATTRIBUTE_TIME:
        return show_number(viewer, field_list_int(message, fd, i));
    case ATTRIBUTE_OTHER:
        break;
    }
    return show_number(viewer, 1);
}

static bool show_field(const struct viewer *viewer, const ProtobufCMessage *message,
                       const ProtobufCFieldDescriptor *fd)
{
    if (!is_list(fd)) return show_single(viewer, message, fd);
    size_t count = field_get_count(message, fd);
    for (size_t i = 0; i < count; i++)
        if (show_element(viewer, message, fd, i)) return true;
    return false;
}

/* The subfield in the message, or in each message of the list, that the field holds. */
static bool show_nested(const struct viewer *viewer, const ProtobufCMessage *message,
                        const struct attribute *attribute)
{
    const ProtobufCFieldDescriptor *fd = attribute->field;
    if (!is_list(fd)) {
        const ProtobufCMessage *inner = field_get_message(message, fd);
        return inner != NULL && show_field(viewer, inner, attribute->subfield);
    }
    size_t count = field_get_count(message, fd);
    for (size_t i = 0; i < count; i++)
        if (show_field(viewer, field_list_message(message, fd, i), attribute->subfield))
            return true;
    return false;
}

static bool show_name(const struct viewer *viewer, const struct version *version)
{
    char name[NAME_MAX_BYTES + 1];
    snprintf(name, sizeof name, "%s/%s", version->kind->collection, version->id);
    return show_text(viewer, name);
}

bool attribute_any(const struct attribute *attribute, const struct version *version,
                   attribute_fn *each, void *data)
{
    struct viewer viewer = {attribute->type, each, data};
    switch (attribute->source) {
    case ATTRIBUTE_NAME:
        return show_name(&viewer, version);
    case ATTRIBUTE_REVISION:
        return show_number(&viewer, version->from_seq);
    case ATTRIBUTE_CREATE_TIME:
        return show_number(&viewer, version->create_us);
    case ATTRIBUTE_UPDATE_TIME:
        return show_number(&viewer, version->update_us);
    case ATTRIBUTE_OF_BODY:
        break;
    }
    if (attribute->subfield != NULL) return show_nested(&viewer, version->body, attribute);
    return show_field(&viewer, version->body, attribute->field);
}
