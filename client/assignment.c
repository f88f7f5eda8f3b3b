#include "client/assignment.h"

#include "client/read_file.h"
#include "common/field_text.h"
#include "common/fields.h"
#include "common/mask.h"

#include <string.h>

enum { VALUE_MAX_BYTES = 1 << 20 };

static struct status read_value(const char *path, struct arena *arena, const char **out_value)
{
    char *bytes;
    size_t size;
    int error = read_file(path, VALUE_MAX_BYTES, arena, &bytes, &size);

    if (error != 0)
        return status_invalid(arena, NULL, NULL, "cannot read %s: %s", path, strerror(-error));
    if (strlen(bytes) != size)
        return status_invalid(arena, NULL, NULL, "%s is no text: it holds a NUL", path);
    if (size > 0 && bytes[size - 1] == '\n') bytes[--size] = '\0';
    if (size > 0 && bytes[size - 1] == '\r') bytes[--size] = '\0';
    *out_value = bytes;
    return status_ok();
}

struct status assignment_parse(const char *word, const ProtobufCMessageDescriptor *desc,
                               struct arena *arena, struct assignment *out_assignment)
{
    const char *equals = strchr(word, '=');
    size_t length = equals != NULL ? (size_t)(equals - word) : 0;
    struct assignment made = {.kind = ASSIGN_SET};
    const char *name;

    if (length == 0)
        return status_invalid(arena, NULL, NULL, "\"%s\" is not FIELD=VALUE", word);
    if (word[length - 1] == '+') made.kind = ASSIGN_ADD;
    if (word[length - 1] == '-') made.kind = ASSIGN_REMOVE;
    name = arena_strndup(arena, word, made.kind == ASSIGN_SET ? length : length - 1);
    made.fd = fields_find(desc, name);
    made.value = equals + 1;
    if (made.fd == NULL) return mask_unknown_field(desc, name, name, arena);
    if (made.kind != ASSIGN_SET && field_shape(made.fd) != FIELD_LIST)
        return status_invalid(arena, NULL, made.fd->name, "%s is no list; write %s=VALUE", name,
                              name);
    if (made.value[0] == '@') {
        struct status st = read_value(made.value + 1, arena, &made.value);

        if (!status_is_ok(st)) return st;
    }
    *out_assignment = made;
    return status_ok();
}

/* Element `i` of a list alone, as text. */
static const char *item_text(const ProtobufCMessage *body, const ProtobufCFieldDescriptor *fd,
                             size_t i, struct arena *arena)
{
    ProtobufCMessage *one = message_new(body->descriptor, arena);

    field_list_reserve(one, fd, 1, arena);
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        field_list_set_text(one, fd, 0, field_list_text(body, fd, i));
        break;
    case FIELD_MESSAGE:
        field_list_set_message(one, fd, 0, field_list_message(body, fd, i));
        break;
    case FIELD_BYTES:
        field_list_set_bytes(one, fd, 0, field_list_bytes(body, fd, i));
        break;
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
    case FIELD_TIME:
    case FIELD_LIST:
        field_list_set_int(one, fd, 0, field_list_int(body, fd, i), arena);
        break;
    }
    return field_to_text(one, fd, arena);
}

/* The list's canonical JSON with the elements that stay, and `added` (one-element list text).
 */
static struct status rebuild(ProtobufCMessage *body, const ProtobufCFieldDescriptor *fd,
                             const char *changed, bool is_added, struct arena *arena)
{
    const char *text = "";

    for (size_t i = 0; i < field_get_count(body, fd); i++) {
        const char *item = item_text(body, fd, i, arena);

        if (strcmp(item, changed) == 0) continue;
        text = arena_printf(arena, "%s%s%.*s", text, text[0] != '\0' ? "," : "",
                            (int)strlen(item) - 2, item + 1);
    }
    if (is_added)
        text = arena_printf(arena, "%s%s%.*s", text, text[0] != '\0' ? "," : "",
                            (int)strlen(changed) - 2, changed + 1);
    if (text[0] != '\0') text = arena_printf(arena, "[%s]", text);
    return field_from_text(body, fd, text, arena);
}

/* True when the list already has the element. */
static bool has_item(const ProtobufCMessage *body, const ProtobufCFieldDescriptor *fd,
                     const char *item, struct arena *arena)
{
    for (size_t i = 0; i < field_get_count(body, fd); i++)
        if (strcmp(item_text(body, fd, i, arena), item) == 0) return true;
    return false;
}

struct status assignment_apply(const struct assignment *assignment, ProtobufCMessage *body,
                               struct arena *arena)
{
    const ProtobufCFieldDescriptor *fd = assignment->fd;
    ProtobufCMessage *scratch = message_new(body->descriptor, arena);
    struct status st;
    const char *item;

    if (assignment->kind == ASSIGN_SET)
        return field_from_text(body, fd, assignment->value, arena);
    st = field_from_text(scratch, fd, assignment->value, arena);
    if (!status_is_ok(st)) return st;
    if (field_get_count(scratch, fd) != 1)
        return status_invalid(arena, NULL, fd->name, "%s+= and %s-= take one element", fd->name,
                              fd->name);
    item = field_to_text(scratch, fd, arena);
    if (assignment->kind == ASSIGN_ADD && has_item(body, fd, item, arena)) return status_ok();
    return rebuild(body, fd, item, assignment->kind == ASSIGN_ADD, arena);
}
