#include "rpc/descriptor_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* --- the wire --- */

struct wire {
    const uint8_t *at;
    const uint8_t *end;
};

struct wire_field {
    uint32_t number;
    uint32_t type;
    const uint8_t *bytes; /* of a length-delimited field; else NULL */
    size_t size;
};

enum { WIRE_VARINT = 0, WIRE_FIXED64 = 1, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

static bool read_varint(struct wire *wire, uint64_t *out_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64 && wire->at < wire->end; shift += 7) {
        uint8_t byte = *wire->at++;

        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte & 0x80) continue;
        *out_value = value;
        return true;
    }
    return false;
}

static bool skip_bytes(struct wire *wire, uint64_t size)
{
    if (size > (uint64_t)(wire->end - wire->at)) return false;
    wire->at += size;
    return true;
}

/* Reads one field; false when the bytes are not protobuf (groups included). */
static bool read_field(struct wire *wire, struct wire_field *out_field)
{
    uint64_t tag;
    uint64_t value;

    if (!read_varint(wire, &tag) || tag >> 3 == 0 || tag >> 3 > UINT32_MAX) return false;
    *out_field = (struct wire_field){.number = (uint32_t)(tag >> 3), .type = tag & 7};
    if (out_field->type == WIRE_VARINT) return read_varint(wire, &value);
    if (out_field->type == WIRE_FIXED64) return skip_bytes(wire, 8);
    if (out_field->type == WIRE_FIXED32) return skip_bytes(wire, 4);
    if (out_field->type != WIRE_BYTES || !read_varint(wire, &value)) return false;
    out_field->bytes = wire->at;
    out_field->size = (size_t)value;
    return skip_bytes(wire, value);
}

/* --- what descriptor.proto numbers its fields --- */

enum { SET_FILE = 1, FILE_NAME = 1, FILE_PACKAGE = 2, FILE_DEPENDENCY = 3, ANY_NAME = 1 };

enum scope { SCOPE_FILE, SCOPE_MESSAGE, SCOPE_ENUM, SCOPE_SERVICE, SCOPE_METHOD };

static const struct {
    enum scope parent;
    uint32_t number;
    enum scope child;
} child_table[] = {
    {SCOPE_FILE, 4, SCOPE_MESSAGE}, {SCOPE_FILE, 5, SCOPE_ENUM},
    {SCOPE_FILE, 6, SCOPE_SERVICE}, {SCOPE_MESSAGE, 3, SCOPE_MESSAGE},
    {SCOPE_MESSAGE, 4, SCOPE_ENUM}, {SCOPE_SERVICE, 2, SCOPE_METHOD},
};

/* --- the index --- */

struct symbol {
    const char *name;
    size_t file;
};

struct descriptor_set {
    struct arena arena;
    struct descriptor_file *files;
    size_t file_count;
    struct symbol *symbols; /* sorted by name */
    size_t symbol_count;
    size_t symbol_capacity;
    const char **services;
    size_t service_count;
};

/* Something that may define symbols, still to be looked at. */
struct pending {
    struct pending *next;
    struct wire wire;
    enum scope scope;
    const char *prefix; /* "package.Outer." */
    size_t file;
};

static void add_symbol(struct descriptor_set *set, const char *name, const struct pending *item)
{
    if (set->symbol_count == set->symbol_capacity) {
        set->symbol_capacity = set->symbol_capacity ? 2 * set->symbol_capacity : 64;
        set->symbols = xrealloc(set->symbols, set->symbol_capacity * sizeof *set->symbols);
    }
    set->symbols[set->symbol_count++] = (struct symbol){name, item->file};
    if (item->scope != SCOPE_SERVICE) return;
    set->services = xrealloc(set->services, (set->service_count + 1) * sizeof *set->services);
    set->services[set->service_count++] = name;
}

static void push(struct descriptor_set *set, struct pending **list, struct pending item)
{
    struct pending *copy = arena_memdup(&set->arena, &item, sizeof item);

    copy->next = *list;
    *list = copy;
}

static char *field_text(struct descriptor_set *set, const struct wire_field *field)
{
    return arena_strndup(&set->arena, (const char *)field->bytes, field->size);
}

/* First text field `number` of a message, "" without one, NULL when the bytes are broken. */
static const char *find_text(struct descriptor_set *set, struct wire wire, uint32_t number)
{
    struct wire_field field;

    while (wire.at < wire.end) {
        if (!read_field(&wire, &field)) return NULL;
        if (field.number == number && field.bytes != NULL) return field_text(set, &field);
    }
    return "";
}

static void push_children(struct descriptor_set *set, struct pending **list,
                          const struct pending *parent, const struct wire_field *field)
{
    if (field->bytes == NULL) return; /* a number */
    for (size_t i = 0; i < sizeof child_table / sizeof child_table[0]; i++) {
        struct pending child = {
            .wire = {field->bytes, field->bytes + field->size},
            .scope = child_table[i].child,
            .prefix = parent->prefix,
            .file = parent->file,
        };

        if (child_table[i].parent == parent->scope && child_table[i].number == field->number)
            push(set, list, child);
    }
}

/* Names one definition and queues what is defined inside it. */
static bool walk_item(struct descriptor_set *set, struct pending **list, struct pending *item)
{
    struct wire wire = item->wire;
    struct wire_field field;

    if (item->scope != SCOPE_FILE) {
        const char *name = find_text(set, item->wire, ANY_NAME);

        if (name == NULL || *name == '\0') return false;
        name = arena_printf(&set->arena, "%s%s", item->prefix, name);
        add_symbol(set, name, item);
        item->prefix = arena_printf(&set->arena, "%s.", name);
    }
    while (wire.at < wire.end) {
        if (!read_field(&wire, &field)) return false;
        push_children(set, list, item, &field);
    }
    return true;
}

static bool walk_file(struct descriptor_set *set, const struct descriptor_file *file)
{
    struct wire wire = {file->bytes, file->bytes + file->size};
    const char *package = find_text(set, wire, FILE_PACKAGE);
    struct pending *list = NULL;

    if (package == NULL) return false;
    push(set, &list,
         (struct pending){
             .wire = wire,
             .scope = SCOPE_FILE,
             .prefix = *package ? arena_printf(&set->arena, "%s.", package) : "",
             .file = file->index,
         });
    while (list != NULL) {
        struct pending *item = list;

        list = item->next;
        if (!walk_item(set, &list, item)) return false;
    }
    return true;
}

static void add_dependency(struct descriptor_set *set, struct descriptor_file *file,
                           const char *name)
{
    const char **longer =
        arena_alloc(&set->arena, (file->dependency_count + 1) * sizeof *longer);

    if (file->dependency_count > 0)
        memcpy(longer, file->dependencies, file->dependency_count * sizeof *longer);
    longer[file->dependency_count++] = name;
    file->dependencies = longer;
}

static bool add_file(struct descriptor_set *set, const struct wire_field *source)
{
    struct wire wire = {source->bytes, source->bytes + source->size};
    struct wire_field field;
    struct descriptor_file *file;

    if (source->number != SET_FILE || source->bytes == NULL) return false;
    set->files = xrealloc(set->files, (set->file_count + 1) * sizeof *set->files);
    file = &set->files[set->file_count];
    *file = (struct descriptor_file){
        .bytes = source->bytes, .size = source->size, .index = set->file_count++};
    file->name = find_text(set, wire, FILE_NAME);
    if (file->name == NULL || *file->name == '\0') return false;
    while (wire.at < wire.end) {
        if (!read_field(&wire, &field)) return false;
        if (field.number == FILE_DEPENDENCY && field.bytes != NULL)
            add_dependency(set, file, field_text(set, &field));
    }
    return walk_file(set, file);
}

static int compare_symbols(const void *left, const void *right)
{
    return strcmp(((const struct symbol *)left)->name, ((const struct symbol *)right)->name);
}

static bool dependencies_exist(const struct descriptor_set *set)
{
    for (size_t i = 0; i < set->file_count; i++)
        for (size_t j = 0; j < set->files[i].dependency_count; j++)
            if (descriptor_set_file(set, set->files[i].dependencies[j]) == NULL) return false;
    return true;
}

static bool build(struct descriptor_set *set, struct wire wire)
{
    struct wire_field field;

    while (wire.at < wire.end)
        if (!read_field(&wire, &field) || !add_file(set, &field)) return false;
    if (set->symbol_count > 0)
        qsort(set->symbols, set->symbol_count, sizeof *set->symbols, compare_symbols);
    return dependencies_exist(set);
}

struct status descriptor_set_new(const uint8_t *bytes, size_t size, struct arena *arena,
                                 struct descriptor_set **out_set)
{
    struct descriptor_set *set = xcalloc(1, sizeof *set);

    arena_init(&set->arena, 0);
    if (build(set, (struct wire){bytes, bytes + size})) {
        *out_set = set;
        return status_ok();
    }
    descriptor_set_free(set);
    return status_error(arena, GRPC_INTERNAL, "DESCRIPTORS_BROKEN", NULL,
                        "the embedded .proto descriptors cannot be read");
}

void descriptor_set_free(struct descriptor_set *set)
{
    if (set == NULL) return;
    free(set->files);
    free(set->symbols);
    free(set->services);
    arena_release(&set->arena);
    free(set);
}

const struct descriptor_file *descriptor_set_file(const struct descriptor_set *set,
                                                  const char *name)
{
    for (size_t i = 0; i < set->file_count; i++)
        if (strcmp(set->files[i].name, name) == 0) return &set->files[i];
    return NULL;
}

const struct descriptor_file *descriptor_set_symbol(const struct descriptor_set *set,
                                                    const char *symbol)
{
    struct symbol key = {.name = symbol};
    const struct symbol *found =
        set->symbol_count == 0
            ? NULL
            : bsearch(&key, set->symbols, set->symbol_count, sizeof key, compare_symbols);

    return found ? &set->files[found->file] : NULL;
}

size_t descriptor_set_file_count(const struct descriptor_set *set)
{
    return set->file_count;
}

const char *const *descriptor_set_services(const struct descriptor_set *set, size_t *out_count)
{
    *out_count = set->service_count;
    return set->services;
}
