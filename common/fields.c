#include "common/fields.h"

#include "common/time_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* A message holds its texts as `char *` although nobody may write to them. */
static char *unconst(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- Where a field lies. --- */

static void *member(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return (char *)msg + fd->offset;
}

static const void *const_member(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return (const char *)msg + fd->offset;
}

/* The case of the oneof that `fd` is a member of. */
static uint32_t *oneof_case(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return (uint32_t *)(void *)((char *)msg + fd->quantifier_offset);
}

static uint32_t get_oneof_case(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return *(const uint32_t *)(const void *)((const char *)msg + fd->quantifier_offset);
}

/* The number of elements of a repeated field. */
static size_t *list_count(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return (size_t *)(void *)((char *)msg + fd->quantifier_offset);
}

bool field_is_oneof(const ProtobufCFieldDescriptor *fd)
{
    return (fd->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
}

/* True when the bytes of the member belong to another member of the oneof, or to none. */
static bool is_other_case(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    return field_is_oneof(fd) && get_oneof_case(msg, fd) != fd->id;
}

static void make_case(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    if (field_is_oneof(fd)) *oneof_case(msg, fd) = fd->id;
}

/* --- What a field holds. --- */

static bool is_list(const ProtobufCFieldDescriptor *fd)
{
    switch (fd->label) {
    case PROTOBUF_C_LABEL_REPEATED:
        return true;
    case PROTOBUF_C_LABEL_NONE:
        return false;
    case PROTOBUF_C_LABEL_OPTIONAL: /* protoc-c gives it to submessages outside a oneof */
        if (fd->type == PROTOBUF_C_TYPE_MESSAGE) return false;
        break;
    case PROTOBUF_C_LABEL_REQUIRED:
        break;
    }
    abort(); /* proto2 */
}

enum field_shape field_item_shape(const ProtobufCFieldDescriptor *fd)
{
    switch (fd->type) {
    case PROTOBUF_C_TYPE_STRING:
        return FIELD_TEXT;
    case PROTOBUF_C_TYPE_BYTES:
        return FIELD_BYTES;
    case PROTOBUF_C_TYPE_BOOL:
        return FIELD_BOOL;
    case PROTOBUF_C_TYPE_ENUM:
        return FIELD_ENUM;
    case PROTOBUF_C_TYPE_MESSAGE:
        return fd->descriptor == &google__protobuf__timestamp__descriptor ? FIELD_TIME
                                                                          : FIELD_MESSAGE;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return FIELD_INT;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    abort(); /* no figure of the register is a binary fraction */
}

enum field_shape field_shape(const ProtobufCFieldDescriptor *fd)
{
    return is_list(fd) ? FIELD_LIST : field_item_shape(fd);
}

/* How the elements of a shape are stored. */
enum storage {
    STORE_I32,
    STORE_U32,
    STORE_I64,
    STORE_U64,
    STORE_BOOL,
    STORE_POINTER,
    STORE_BYTES,
};

static enum storage storage_of(const ProtobufCFieldDescriptor *fd)
{
    switch (fd->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_ENUM: /* the hidden _IS_INT_SIZE member makes every enum an int */
        return STORE_I32;
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return STORE_U32;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return STORE_I64;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return STORE_U64;
    case PROTOBUF_C_TYPE_BOOL:
        return STORE_BOOL;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return STORE_POINTER;
    case PROTOBUF_C_TYPE_BYTES:
        return STORE_BYTES;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        break;
    }
    abort();
}

static size_t item_size(const ProtobufCFieldDescriptor *fd)
{
    switch (storage_of(fd)) {
    case STORE_I32:
    case STORE_U32:
        return sizeof(int32_t);
    case STORE_I64:
    case STORE_U64:
        return sizeof(int64_t);
    case STORE_BOOL:
        return sizeof(protobuf_c_boolean);
    case STORE_POINTER:
        return sizeof(void *);
    case STORE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    abort();
}

void field_int_range(const ProtobufCFieldDescriptor *fd, int64_t *out_min, int64_t *out_max)
{
    static const struct {
        int64_t min, max;
    } range_table[] = {
        [STORE_I32] = {INT32_MIN, INT32_MAX},
        [STORE_U32] = {0, UINT32_MAX},
        [STORE_I64] = {INT64_MIN, INT64_MAX},
        [STORE_U64] = {0, INT64_MAX},
        [STORE_BOOL] = {0, 1},
    };
    enum storage storage = storage_of(fd);

    if (storage > STORE_BOOL) abort();
    *out_min = range_table[storage].min;
    *out_max = range_table[storage].max;
}

static void expect_shape(const ProtobufCFieldDescriptor *fd, enum field_shape shape)
{
    if (field_shape(fd) != shape) abort();
}

static void expect_list_of(const ProtobufCFieldDescriptor *fd, enum field_shape shape)
{
    if (!is_list(fd) || field_item_shape(fd) != shape) abort();
}

const ProtobufCMessageDescriptor *field_message_type(const ProtobufCFieldDescriptor *fd)
{
    if (fd->type != PROTOBUF_C_TYPE_MESSAGE) abort();
    return fd->descriptor;
}

const ProtobufCEnumDescriptor *field_enum_type(const ProtobufCFieldDescriptor *fd)
{
    if (fd->type != PROTOBUF_C_TYPE_ENUM) abort();
    return fd->descriptor;
}

/* --- Finding fields. --- */

/* `name` is `snake`, or its lowerCamelCase form. */
static bool name_matches(const char *snake, const char *name)
{
    for (; *snake != '\0'; snake++, name++) {
        char wanted = *snake;

        if (wanted == '_' && *name != '_' && snake[1] != '\0') {
            snake++;
            wanted = (char)toupper((unsigned char)*snake);
        }
        if (*name != wanted) return false;
    }
    return *name == '\0';
}

const ProtobufCFieldDescriptor *fields_find(const ProtobufCMessageDescriptor *desc,
                                            const char *name)
{
    const ProtobufCFieldDescriptor *fd;

    fd = protobuf_c_message_descriptor_get_field_by_name(desc, name);
    for (unsigned i = 0; fd == NULL && i < desc->n_fields; i++)
        if (name_matches(desc->fields[i].name, name)) fd = &desc->fields[i];
    return fd;
}

size_t field_index(const ProtobufCMessageDescriptor *desc, const ProtobufCFieldDescriptor *fd)
{
    if (fd < desc->fields || fd >= desc->fields + desc->n_fields) abort();
    return (size_t)(fd - desc->fields);
}

/* --- One item: a singular field's storage, or one element of a list's. --- */

static int64_t item_get_int(const void *item, const ProtobufCFieldDescriptor *fd)
{
    switch (storage_of(fd)) {
    case STORE_I32:
        return *(const int32_t *)item;
    case STORE_U32:
        return *(const uint32_t *)item;
    case STORE_I64:
        return *(const int64_t *)item;
    case STORE_U64:
        return (int64_t)(*(const uint64_t *)item);
    case STORE_BOOL:
        return *(const protobuf_c_boolean *)item != 0;
    case STORE_POINTER:
        if (field_item_shape(fd) != FIELD_TIME) break;
        return timestamp_to_us(*(Google__Protobuf__Timestamp *const *)item);
    case STORE_BYTES:
        break;
    }
    abort();
}

/* Gives the item a Timestamp of its own: the old one may be shared with another message. */
static void item_set_time(void *item, int64_t us, struct arena *arena)
{
    *(Google__Protobuf__Timestamp **)item = timestamp_new(us, arena);
}

static void item_set_int(void *item, const ProtobufCFieldDescriptor *fd, int64_t value,
                         struct arena *arena)
{
    switch (storage_of(fd)) {
    case STORE_I32:
        *(int32_t *)item = (int32_t)value;
        return;
    case STORE_U32:
        *(uint32_t *)item = (uint32_t)value;
        return;
    case STORE_I64:
        *(int64_t *)item = value;
        return;
    case STORE_U64:
        *(uint64_t *)item = (uint64_t)value;
        return;
    case STORE_BOOL:
        *(protobuf_c_boolean *)item = value != 0;
        return;
    case STORE_POINTER:
        if (field_item_shape(fd) != FIELD_TIME) break;
        item_set_time(item, value, arena);
        return;
    case STORE_BYTES:
        break;
    }
    abort();
}

static const char *item_get_text(const void *item)
{
    const char *text = *(char *const *)item;

    return text == NULL ? "" : text;
}

/* Stores the default value. */
static void item_clear(void *item, const ProtobufCFieldDescriptor *fd)
{
    memset(item, 0, item_size(fd));
    if (fd->type == PROTOBUF_C_TYPE_STRING) *(char **)item = unconst(protobuf_c_empty_string);
}

static bool item_is_default(const void *item, const ProtobufCFieldDescriptor *fd)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        return *item_get_text(item) == '\0';
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
        return item_get_int(item, fd) == 0;
    case FIELD_BYTES:
        return ((const ProtobufCBinaryData *)item)->len == 0;
    case FIELD_TIME:
    case FIELD_MESSAGE:
        return *(ProtobufCMessage *const *)item == NULL;
    case FIELD_LIST:
        break;
    }
    abort();
}

/* Address of the i-th element. */
static const char *list_item(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                             size_t i)
{
    return *(char *const *)const_member(msg, fd) + i * item_size(fd);
}

/* --- Whole fields. --- */

bool field_is_set(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    if (is_list(fd)) return field_get_count(msg, fd) > 0;
    if (field_is_oneof(fd)) return !is_other_case(msg, fd);
    return !item_is_default(const_member(msg, fd), fd);
}

void field_clear(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    if (is_list(fd)) {
        *list_count(msg, fd) = 0;
        *(void **)member(msg, fd) = NULL;
        return;
    }
    if (is_other_case(msg, fd)) return;
    if (field_is_oneof(fd)) {
        /* An unset union is read by nobody, but zeros are easier on a reader of dumps. */
        memset(member(msg, fd), 0, item_size(fd));
        *oneof_case(msg, fd) = 0;
        return;
    }
    item_clear(member(msg, fd), fd);
}

void field_copy(ProtobufCMessage *to, const ProtobufCMessage *from,
                const ProtobufCFieldDescriptor *fd)
{
    if (is_other_case(from, fd)) {
        field_clear(to, fd);
        return;
    }
    if (is_list(fd)) {
        *list_count(to, fd) = field_get_count(from, fd);
        *(void **)member(to, fd) = *(void *const *)const_member(from, fd);
        return;
    }
    memmove(member(to, fd), const_member(from, fd), item_size(fd));
    make_case(to, fd);
}

const char *field_get_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    expect_shape(fd, FIELD_TEXT);
    return is_other_case(msg, fd) ? "" : item_get_text(const_member(msg, fd));
}

int64_t field_get_int(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    if (is_list(fd)) abort();
    return is_other_case(msg, fd) ? 0 : item_get_int(const_member(msg, fd), fd);
}

ProtobufCBinaryData field_get_bytes(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd)
{
    expect_shape(fd, FIELD_BYTES);
    if (is_other_case(msg, fd)) return (ProtobufCBinaryData){0, NULL};
    return *(const ProtobufCBinaryData *)const_member(msg, fd);
}

ProtobufCMessage *field_get_message(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd)
{
    if (is_list(fd) || fd->type != PROTOBUF_C_TYPE_MESSAGE) abort();
    return is_other_case(msg, fd) ? NULL : *(ProtobufCMessage *const *)const_member(msg, fd);
}

void field_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, const char *text)
{
    expect_shape(fd, FIELD_TEXT);
    *(char **)member(msg, fd) = unconst(text);
    make_case(msg, fd);
}

void field_set_int(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, int64_t value,
                   struct arena *arena)
{
    if (is_list(fd)) abort();
    item_set_int(member(msg, fd), fd, value, arena);
    make_case(msg, fd);
}

void field_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                     ProtobufCBinaryData bytes)
{
    expect_shape(fd, FIELD_BYTES);
    *(ProtobufCBinaryData *)member(msg, fd) = bytes;
    make_case(msg, fd);
}

static void expect_message(const ProtobufCFieldDescriptor *fd, const ProtobufCMessage *sub)
{
    if (fd->type != PROTOBUF_C_TYPE_MESSAGE) abort();
    if (sub != NULL && sub->descriptor != fd->descriptor) abort();
}

void field_set_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                       ProtobufCMessage *sub)
{
    expect_message(fd, sub);
    if (is_list(fd)) abort();
    if (sub == NULL) {
        field_clear(msg, fd);
        return;
    }
    *(ProtobufCMessage **)member(msg, fd) = sub;
    make_case(msg, fd);
}

/* --- Lists. --- */

size_t field_get_count(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd)
{
    if (!is_list(fd)) abort();
    return *(const size_t *)(const void *)((const char *)msg + fd->quantifier_offset);
}

const char *field_list_text(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                            size_t i)
{
    expect_list_of(fd, FIELD_TEXT);
    return item_get_text(list_item(msg, fd, i));
}

int64_t field_list_int(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                       size_t i)
{
    if (!is_list(fd)) abort();
    return item_get_int(list_item(msg, fd, i), fd);
}

ProtobufCBinaryData field_list_bytes(const ProtobufCMessage *msg,
                                     const ProtobufCFieldDescriptor *fd, size_t i)
{
    expect_list_of(fd, FIELD_BYTES);
    return *(const ProtobufCBinaryData *)(const void *)list_item(msg, fd, i);
}

ProtobufCMessage *field_list_message(const ProtobufCMessage *msg,
                                     const ProtobufCFieldDescriptor *fd, size_t i)
{
    if (!is_list(fd) || fd->type != PROTOBUF_C_TYPE_MESSAGE) abort();
    return *(ProtobufCMessage *const *)(const void *)list_item(msg, fd, i);
}

void field_list_reserve(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t n,
                        struct arena *arena)
{
    size_t size = item_size(fd);
    char *items;

    field_clear(msg, fd);
    if (n == 0) return;
    if (n > SIZE_MAX / size) abort();
    items = arena_zalloc(arena, n * size);
    for (size_t i = 0; i < n; i++)
        item_clear(items + i * size, fd);
    *(char **)member(msg, fd) = items;
    *list_count(msg, fd) = n;
}

/* Address of the i-th element, to write to. */
static void *list_slot(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i)
{
    if (i >= field_get_count(msg, fd)) abort();
    return *(char **)member(msg, fd) + i * item_size(fd);
}

void field_list_set_text(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                         const char *text)
{
    expect_list_of(fd, FIELD_TEXT);
    *(char **)list_slot(msg, fd, i) = unconst(text);
}

void field_list_set_int(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                        int64_t value, struct arena *arena)
{
    item_set_int(list_slot(msg, fd, i), fd, value, arena);
}

void field_list_set_bytes(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                          ProtobufCBinaryData bytes)
{
    expect_list_of(fd, FIELD_BYTES);
    *(ProtobufCBinaryData *)list_slot(msg, fd, i) = bytes;
}

void field_list_set_message(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                            ProtobufCMessage *sub)
{
    expect_message(fd, sub);
    *(ProtobufCMessage **)list_slot(msg, fd, i) = sub;
}

/* --- Any shape. --- */

static struct field_value item_get_value(const void *item, const ProtobufCFieldDescriptor *fd)
{
    struct field_value value = {0};

    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        value.text = item_get_text(item);
        return value;
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
        value.number = item_get_int(item, fd);
        return value;
    case FIELD_TIME:
        value.number = item_get_int(item, fd);
        value.message = *(ProtobufCMessage *const *)item;
        return value;
    case FIELD_BYTES:
        value.bytes = *(const ProtobufCBinaryData *)item;
        return value;
    case FIELD_MESSAGE:
        value.message = *(ProtobufCMessage *const *)item;
        return value;
    case FIELD_LIST:
        break;
    }
    abort();
}

static void item_set_value(void *item, const ProtobufCFieldDescriptor *fd,
                           const struct field_value *value, struct arena *arena)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        *(char **)item = unconst(value->text);
        return;
    case FIELD_INT:
    case FIELD_BOOL:
    case FIELD_ENUM:
    case FIELD_TIME:
        item_set_int(item, fd, value->number, arena);
        return;
    case FIELD_BYTES:
        *(ProtobufCBinaryData *)item = value->bytes;
        return;
    case FIELD_MESSAGE:
        expect_message(fd, value->message);
        *(ProtobufCMessage **)item = value->message;
        return;
    case FIELD_LIST:
        break;
    }
    abort();
}

struct field_value field_get_value(const ProtobufCMessage *msg,
                                   const ProtobufCFieldDescriptor *fd)
{
    if (is_list(fd)) abort();
    if (is_other_case(msg, fd)) return (struct field_value){.text = ""};
    return item_get_value(const_member(msg, fd), fd);
}

void field_set_value(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                     const struct field_value *value, struct arena *arena)
{
    if (is_list(fd)) abort();
    item_set_value(member(msg, fd), fd, value, arena);
    make_case(msg, fd);
}

struct field_value field_list_value(const ProtobufCMessage *msg,
                                    const ProtobufCFieldDescriptor *fd, size_t i)
{
    if (!is_list(fd)) abort();
    return item_get_value(list_item(msg, fd, i), fd);
}

void field_list_set_value(ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd, size_t i,
                          const struct field_value *value, struct arena *arena)
{
    item_set_value(list_slot(msg, fd, i), fd, value, arena);
}

/* --- Whole messages. --- */

ProtobufCMessage *message_new(const ProtobufCMessageDescriptor *desc, struct arena *arena)
{
    ProtobufCMessage *msg = arena_alloc(arena, desc->sizeof_message);

    protobuf_c_message_init(desc, msg);
    return msg;
}

ProtobufCMessage *message_copy(const ProtobufCMessage *msg, struct arena *arena)
{
    return arena_memdup(arena, msg, msg->descriptor->sizeof_message);
}

ProtobufCMessage *message_copy_deep(const ProtobufCMessage *msg, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(msg);
    uint8_t *bytes = arena_alloc(arena, size + 1);

    protobuf_c_message_pack(msg, bytes);
    return protobuf_c_message_unpack(msg->descriptor, arena_allocator(arena), size, bytes);
}

const ProtobufCFieldDescriptor *message_oneof_case(const ProtobufCMessage *msg,
                                                   const char *oneof_name)
{
    const ProtobufCFieldDescriptor *first = NULL;
    const ProtobufCFieldDescriptor *found = NULL;

    (void)oneof_name;
    for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &msg->descriptor->fields[i];

        if (!field_is_oneof(fd)) continue;
        if (first == NULL) first = fd;
        if (fd->quantifier_offset != first->quantifier_offset) abort();
        if (!is_other_case(msg, fd)) found = fd;
    }
    if (first == NULL) abort();
    return found;
}
