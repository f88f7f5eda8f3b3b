#include "service/resource.h"

#include "common/fields.h"
#include "common/time_text.h"

#include <assert.h>
#include <string.h>

char *resource_name(struct arena *arena, const struct kind *kind, const char *id)
{
    return arena_join(arena, kind->collection, "/", id);
}

const char *resource_id(const char *name)
{
    const char *slash = strchr(name, '/');
    return slash == NULL ? "" : slash + 1;
}

void resource_set_body(Provost__V1__Resource *resource, const struct catalog_row *row,
                       ProtobufCMessage *body)
{
    assert(body->descriptor == row->kind.desc);
    field_set_message(&resource->base, row->member, body);
}

ProtobufCMessage *resource_body(const Provost__V1__Resource *resource,
                                const struct catalog_row **out_row)
{
    *out_row = NULL;
    const ProtobufCFieldDescriptor *member = message_oneof_case(&resource->base, "body");
    if (member == NULL) return NULL;
    *out_row = catalog_of_desc(field_message_type(member));
    return field_get_message(&resource->base, member);
}

Provost__V1__Resource *resource_from_version(struct arena *arena, const struct version *version)
{
    Provost__V1__Resource *resource = arena_alloc(arena, sizeof *resource);
    provost__v1__resource__init(resource);
    resource->name = resource_name(arena, version->kind, version->id);
    resource->revision = version->from_seq;
    resource->create_time = timestamp_new(version->create_us, arena);
    resource->update_time = timestamp_new(version->update_us, arena);
    resource_set_body(resource, catalog_of_kind(version->kind), version->body);
    return resource;
}
