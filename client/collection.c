#include "client/collection.h"

#include "common/buf.h"
#include "common/fields.h"
#include "common/suggest.h"

#include <string.h>

static const ProtobufCMessageDescriptor *const resource_type =
    &provost__v1__resource__descriptor;

const char *collection_name(const ProtobufCFieldDescriptor *member, struct arena *arena)
{
    char *name = arena_printf(arena, "%ss", member->name);

    for (char *at = name; *at != '\0'; at++)
        if (*at == '_') *at = '-';
    return name;
}

const ProtobufCFieldDescriptor *collection_member(size_t i)
{
    for (unsigned at = 0; at < resource_type->n_fields; at++)
        if (field_is_oneof(&resource_type->fields[at]) && i-- == 0)
            return &resource_type->fields[at];
    return NULL;
}

/* `name` begins with the collection of `member`, and either ends there or goes on with '/'. */
static bool is_in(const char *name, const ProtobufCFieldDescriptor *member)
{
    size_t length = strlen(member->name);

    for (size_t i = 0; i < length; i++)
        if (name[i] != (member->name[i] == '_' ? '-' : member->name[i])) return false;
    return name[length] == 's' && (name[length + 1] == '\0' || name[length + 1] == '/');
}

const ProtobufCFieldDescriptor *collection_find(const char *name)
{
    const ProtobufCFieldDescriptor *member;

    for (size_t i = 0; (member = collection_member(i)) != NULL; i++)
        if (is_in(name, member)) return member;
    return NULL;
}

static const char *all_names(struct arena *arena)
{
    const ProtobufCFieldDescriptor *member;
    const char *text = "";

    for (size_t i = 0; (member = collection_member(i)) != NULL; i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "",
                            collection_name(member, arena));
    return text;
}

struct status collection_require(const char *name, struct arena *arena,
                                 const ProtobufCFieldDescriptor **out_member)
{
    const ProtobufCFieldDescriptor *member = collection_find(name);
    const char *word = arena_strndup(arena, name, strcspn(name, "/"));
    struct suggest suggest = {.word = word};

    if (member != NULL) {
        *out_member = member;
        return status_ok();
    }
    for (size_t i = 0; (member = collection_member(i)) != NULL; i++)
        suggest_offer(&suggest, collection_name(member, arena));
    if (suggest.best != NULL)
        return status_invalid(arena, NULL, NULL,
                              "there is no collection \"%s\"; did you mean %s?", word,
                              suggest.best);
    return status_invalid(arena, NULL, NULL, "there is no collection \"%s\"; there are %s",
                          word, all_names(arena));
}

Provost__V1__Resource *collection_new_resource(const ProtobufCFieldDescriptor *member,
                                               const char *name, struct arena *arena)
{
    ProtobufCMessage *resource = message_new(resource_type, arena);
    ProtobufCMessage *body = message_new(field_message_type(member), arena);

    field_set_text(resource, fields_find(resource_type, "name"), name);
    field_set_message(resource, member, body);
    return (Provost__V1__Resource *)resource;
}

ProtobufCMessage *collection_body(const Provost__V1__Resource *resource)
{
    const ProtobufCFieldDescriptor *member = message_oneof_case(&resource->base, "body");

    return member == NULL ? NULL : field_get_message(&resource->base, member);
}
