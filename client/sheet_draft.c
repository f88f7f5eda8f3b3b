#include "client/sheet_draft.h"

#include "client/collection.h"
#include "common/fields.h"

#include <assert.h>
#include <string.h>

struct sheet_item *sheet_draft_find(const struct sheet_draft *draft, const char *key)
{
    size_t at;

    return sheet_keys_find(&draft->keys, key, &at) ? draft->items[at] : NULL;
}

struct sheet_item *sheet_draft_take(struct sheet_draft *draft, const char *collection,
                                    const char *key, struct sheet_place place, bool *out_is_new)
{
    struct sheet_item *item = sheet_draft_find(draft, key);

    *out_is_new = item == NULL;
    if (item != NULL) return item;
    item = arena_zalloc(draft->arena, sizeof *item);
    item->key = key;
    item->name = strchr(key, '|') == NULL ? key : "";
    item->line = place.line;
    item->column = place.column;
    item->member = collection_find(collection);
    assert(item->member != NULL);
    item->resource = collection_new_resource(item->member, item->name, draft->arena);
    item->body = collection_body(item->resource);
    item->mask = (Google__Protobuf__FieldMask *)message_new(
        &google__protobuf__field_mask__descriptor, draft->arena);
    draft->items = sheet_grow(draft->arena, draft->items, draft->n, &draft->capacity,
                              sizeof draft->items[0]);
    sheet_keys_put(&draft->keys, key, draft->n, draft->arena);
    draft->items[draft->n++] = item;
    return item;
}

/* The field, noted in the mask. */
static const ProtobufCFieldDescriptor *touch(struct sheet_draft *draft, struct sheet_item *item,
                                             const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, field);

    assert(fd != NULL);
    for (size_t i = 0; i < item->mask->n_paths; i++)
        if (strcmp(item->mask->paths[i], fd->name) == 0) return fd;
    item->mask->paths = sheet_grow(draft->arena, item->mask->paths, item->mask->n_paths,
                                   &item->mask_capacity, sizeof item->mask->paths[0]);
    item->mask->paths[item->mask->n_paths++] = arena_strdup(draft->arena, fd->name);
    return fd;
}

void sheet_item_touch(struct sheet_draft *draft, struct sheet_item *item, const char *field)
{
    touch(draft, item, field);
}

void sheet_item_text(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                     const char *text)
{
    field_set_text(item->body, touch(draft, item, field), text);
}

void sheet_item_int(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                    int value)
{
    field_set_int(item->body, touch(draft, item, field), value, draft->arena);
}

void sheet_item_enum(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                     const char *value)
{
    const ProtobufCFieldDescriptor *fd = touch(draft, item, field);
    int number;
    bool known = enum_from_name(field_enum_type(fd), value, &number);

    assert(known);
    (void)known;
    field_set_int(item->body, fd, number, draft->arena);
}

void sheet_item_add(struct sheet_draft *draft, struct sheet_item *item, const char *field,
                    const char *text)
{
    const ProtobufCFieldDescriptor *fd = touch(draft, item, field);
    size_t n = field_get_count(item->body, fd);
    const char **old = arena_alloc(draft->arena, (n + 1) * sizeof *old);

    for (size_t i = 0; i < n; i++) {
        old[i] = field_list_text(item->body, fd, i);
        if (strcmp(old[i], text) == 0) return;
    }
    old[n] = text;
    field_list_reserve(item->body, fd, n + 1, draft->arena);
    for (size_t i = 0; i <= n; i++)
        field_list_set_text(item->body, fd, i, old[i]);
}

void sheet_item_drop(struct sheet_item *item, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, field);
    size_t kept = 0;

    if (fd == NULL) return;
    field_clear(item->body, fd);
    for (size_t i = 0; i < item->mask->n_paths; i++)
        if (strcmp(item->mask->paths[i], fd->name) != 0)
            item->mask->paths[kept++] = item->mask->paths[i];
    item->mask->n_paths = kept;
}

const char *sheet_item_get(const struct sheet_item *item, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(item->body->descriptor, field);

    if (fd == NULL || field_shape(fd) != FIELD_TEXT) return "";
    return field_get_text(item->body, fd);
}

Provost__V1__Mutation *sheet_item_mutation(const struct sheet_item *item, int64_t base_seq,
                                           struct arena *arena)
{
    Provost__V1__Mutation *mutation =
        (Provost__V1__Mutation *)message_new(&provost__v1__mutation__descriptor, arena);
    Provost__V1__Patch *patch =
        (Provost__V1__Patch *)message_new(&provost__v1__patch__descriptor, arena);

    assert(item->mask->n_paths > 0); /* none would mean all fields */
    patch->resource = item->resource;
    patch->update_mask = item->mask;
    patch->allow_missing = true;
    patch->base_seq = base_seq;
    mutation->operation_case = PROVOST__V1__MUTATION__OPERATION_PATCH;
    mutation->patch = patch;
    return mutation;
}
