#include "client/sheet_known.h"

#include "client/collection.h"
#include "client/sheet_text.h"
#include "common/fields.h"
#include "common/names.h"

#include <string.h>

/* Names under one key, each leading to the next. */
struct sheet_known_name {
    const char *name;
    size_t next; /* 0: none */
};

void sheet_known_init(struct sheet_known *known, struct arena *arena)
{
    *known = (struct sheet_known){.arena = arena, .n_chain = 1};
    known->chain = sheet_grow(arena, NULL, 0, &known->chain_capacity, sizeof known->chain[0]);
}

static const char *make_key(struct arena *arena, const char *collection, size_t length,
                            const struct sheet_wanted *wanted)
{
    const char *text = wanted->is_code
                           ? code_fold(arena, sheet_clean(arena, wanted->text, NULL))
                           : sheet_fold(arena, wanted->text);

    if (text[0] == '\0') return NULL;
    return arena_printf(arena, "%.*s|%s|%s|%s", (int)length, collection, wanted->scope,
                        wanted->is_code ? "code" : "title", text);
}

static size_t add_to_chain(struct sheet_known *known, const char *name)
{
    known->chain = sheet_grow(known->arena, known->chain, known->n_chain,
                              &known->chain_capacity, sizeof known->chain[0]);
    known->chain[known->n_chain] = (struct sheet_known_name){name, 0};
    return known->n_chain++;
}

void sheet_known_add_key(struct sheet_known *known, const char *name, const char *scope,
                         bool is_code, const char *text)
{
    struct sheet_wanted wanted = {name, scope, is_code, text};
    const char *key = make_key(known->arena, name, strcspn(name, "/"), &wanted);
    size_t at;

    if (key == NULL) return;
    if (!sheet_keys_find(&known->heads, key, &at)) {
        sheet_keys_put(&known->heads, key, add_to_chain(known, name), known->arena);
        return;
    }
    while (strcmp(known->chain[at].name, name) != 0 && known->chain[at].next != 0)
        at = known->chain[at].next;
    if (strcmp(known->chain[at].name, name) == 0) return;
    known->chain[at].next = known->n_chain;
    add_to_chain(known, name);
}

static const char *text_of(const ProtobufCMessage *body, const char *field)
{
    const ProtobufCFieldDescriptor *fd = fields_find(body->descriptor, field);

    return fd == NULL ? "" : field_get_text(body, fd);
}

void sheet_known_add(struct sheet_known *known, const Provost__V1__Resource *resource)
{
    const ProtobufCMessage *body = collection_body(resource);
    const ProtobufCFieldDescriptor *aliases;
    const char *scope = "";

    if (body == NULL) return;
    known->resources = sheet_grow(known->arena, known->resources, known->n_resources,
                                  &known->resource_capacity, sizeof known->resources[0]);
    sheet_keys_put(&known->names, resource->name, known->n_resources, known->arena);
    known->resources[known->n_resources++] = resource;
    if (strncmp(resource->name, "actions/", 8) == 0 ||
        strncmp(resource->name, "objectives/", 11) == 0)
        scope = text_of(body, "plan");
    sheet_known_add_key(known, resource->name, scope, false, text_of(body, "title"));
    sheet_known_add_key(known, resource->name, scope, true, text_of(body, "code"));
    aliases = fields_find(body->descriptor, "aliases");
    for (size_t i = 0; aliases != NULL && i < field_get_count(body, aliases); i++)
        sheet_known_add_key(known, resource->name, scope, false,
                            field_list_text(body, aliases, i));
}

size_t sheet_known_find(const struct sheet_known *known, const struct sheet_wanted *wanted,
                        const char **out_names, size_t max)
{
    const char *key =
        make_key(known->arena, wanted->collection, strlen(wanted->collection), wanted);
    size_t n = 0;
    size_t at;

    if (key == NULL || !sheet_keys_find(&known->heads, key, &at)) return 0;
    for (; at != 0 && n < max; at = known->chain[at].next)
        out_names[n++] = known->chain[at].name;
    return n;
}

const Provost__V1__Resource *sheet_known_get(const struct sheet_known *known, const char *name)
{
    size_t at;

    return sheet_keys_find(&known->names, name, &at) ? known->resources[at] : NULL;
}

bool sheet_code_is_telling(const char *code)
{
    bool has_letter = false;
    bool has_digit = false;

    if (strlen(code) > 40) return false;
    for (; *code != '\0'; code++) {
        has_letter |= (*code >= 'a' && *code <= 'z') || (*code >= 'A' && *code <= 'Z');
        has_digit |= *code >= '0' && *code <= '9';
    }
    return has_letter && has_digit;
}
