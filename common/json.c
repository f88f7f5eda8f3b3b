#include "common/json.h"

#include "common/base64.h"
#include "common/fields.h"
#include "common/time_text.h"
#include "common/utf8.h"

#include <google/protobuf/any.pb-c.h>
#include <google/protobuf/duration.pb-c.h>
#include <google/protobuf/field_mask.pb-c.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* More than any message that came through GRPC_MESSAGE_MAX_BYTES can become: a packed enum
 * grows from one byte to the length of its name. */
enum { OUTPUT_MAX_BYTES = 512 << 20 };

struct writer {
    struct buf out;
    unsigned flags;
    int level; /* of indentation */
    int depth; /* of messages */
    bool is_too_deep;
};

/* --- Strings. --- */

static void add_escaped(struct buf *buf, char c)
{
    static const char short_table[128] = {
        ['"'] = '"',  ['\\'] = '\\', ['\b'] = 'b', ['\f'] = 'f',
        ['\n'] = 'n', ['\r'] = 'r',  ['\t'] = 't',
    };
    char letter = short_table[(unsigned char)c & 127];

    if (letter != '\0')
        buf_printf(buf, "\\%c", letter);
    else
        buf_printf(buf, "\\u%04x", (unsigned)(unsigned char)c);
}

/* Bytes at the front that go out as they are. */
static size_t plain_size(const char *text, size_t size)
{
    size_t at = 0;

    while (at < size && (unsigned char)text[at] >= 0x20 && text[at] != '"' &&
           text[at] != '\\') {
        size_t length = utf8_char_size(text + at, size - at);

        if (length == 0) break;
        at += length;
    }
    return at;
}

void json_add_string(struct buf *buf, const char *text)
{
    const char *end = text + strlen(text);

    buf_add_u8(buf, '"');
    for (;;) {
        size_t plain = plain_size(text, (size_t)(end - text));

        buf_add(buf, text, plain);
        text += plain;
        if (text == end) break;
        if ((unsigned char)*text < 0x80)
            add_escaped(buf, *text);
        else
            buf_add_string(buf, "\xEF\xBF\xBD"); /* U+FFFD */
        text++;
    }
    buf_add_u8(buf, '"');
}

/* "tolerance_red" as "toleranceRed". */
static void add_camel(struct buf *buf, const char *name)
{
    for (; *name != '\0'; name++) {
        bool is_letter_next = name[0] == '_' && name[1] >= 'a' && name[1] <= 'z';

        if (is_letter_next) name++;
        buf_add_u8(buf, (uint8_t)(is_letter_next ? *name - 'a' + 'A' : *name));
    }
}

void json_add_bytes(struct buf *buf, const void *bytes, size_t bytes_size)
{
    size_t size = base64_encoded_size(bytes_size, true);
    char *end;

    buf_add_u8(buf, '"');
    end = (char *)buf_reserve(buf, size + 1);
    if (end == NULL) return;
    base64_encode(bytes, bytes_size, true, end);
    buf->size += size;
    buf_add_u8(buf, '"');
}

/* --- Layout. --- */

static void new_line(struct writer *w)
{
    if ((w->flags & JSON_INDENT) == 0) return;
    buf_printf(&w->out, "\n%*s", 2 * w->level, "");
}

static void open_bracket(struct writer *w, char bracket)
{
    buf_add_u8(&w->out, (uint8_t)bracket);
    w->level++;
}

static void next_element(struct writer *w, bool is_first)
{
    if (!is_first) buf_add_u8(&w->out, ',');
    new_line(w);
}

static void close_bracket(struct writer *w, char bracket, bool is_empty)
{
    w->level--;
    if (!is_empty) new_line(w);
    buf_add_u8(&w->out, (uint8_t)bracket);
}

static void add_colon(struct writer *w)
{
    buf_add_string(&w->out, (w->flags & JSON_INDENT) != 0 ? ": " : ":");
}

/* --- Messages with a form of their own. --- */

static void write_timestamp(struct writer *w, const ProtobufCMessage *msg)
{
    char text[TIME_TEXT_BYTES];

    time_format(timestamp_to_us((const Google__Protobuf__Timestamp *)msg), text);
    json_add_string(&w->out, text);
}

static void write_duration(struct writer *w, const ProtobufCMessage *msg)
{
    const Google__Protobuf__Duration *duration = (const Google__Protobuf__Duration *)msg;
    bool is_negative = duration->seconds < 0 || duration->nanos < 0;
    uint64_t seconds =
        duration->seconds < 0 ? 0 - (uint64_t)duration->seconds : (uint64_t)duration->seconds;
    unsigned nanos =
        duration->nanos < 0 ? 0 - (unsigned)duration->nanos : (unsigned)duration->nanos;

    nanos %= 1000000000;
    buf_printf(&w->out, "\"%s%" PRIu64, is_negative ? "-" : "", seconds);
    if (nanos % 1000 != 0)
        buf_printf(&w->out, ".%09u", nanos);
    else if (nanos % 1000000 != 0)
        buf_printf(&w->out, ".%06u", nanos / 1000);
    else if (nanos != 0)
        buf_printf(&w->out, ".%03u", nanos / 1000000);
    buf_add_string(&w->out, "s\"");
}

static void write_field_mask(struct writer *w, const ProtobufCMessage *msg)
{
    const Google__Protobuf__FieldMask *mask = (const Google__Protobuf__FieldMask *)msg;
    struct buf joined;

    buf_init(&joined, OUTPUT_MAX_BYTES);
    for (size_t i = 0; i < mask->n_paths; i++) {
        if (i > 0) buf_add_u8(&joined, ',');
        add_camel(&joined, mask->paths[i]);
    }
    buf_add_u8(&joined, '\0');
    if (joined.failed)
        w->out.failed = true;
    else
        json_add_string(&w->out, (const char *)joined.data);
    buf_release(&joined);
}

static void write_any(struct writer *w, const ProtobufCMessage *msg)
{
    const Google__Protobuf__Any *any = (const Google__Protobuf__Any *)msg;

    open_bracket(w, '{');
    next_element(w, true);
    buf_add_string(&w->out, "\"@type\"");
    add_colon(w);
    json_add_string(&w->out, any->type_url);
    next_element(w, false);
    buf_add_string(&w->out, "\"value\"");
    add_colon(w);
    json_add_bytes(&w->out, any->value.data, any->value.len);
    close_bracket(w, '}', false);
}

static const struct {
    const ProtobufCMessageDescriptor *desc;
    void (*write)(struct writer *w, const ProtobufCMessage *msg);
} well_known_table[] = {
    {&google__protobuf__timestamp__descriptor, write_timestamp},
    {&google__protobuf__duration__descriptor, write_duration},
    {&google__protobuf__field_mask__descriptor, write_field_mask},
    {&google__protobuf__any__descriptor, write_any},
};

static bool write_well_known(struct writer *w, const ProtobufCMessage *msg)
{
    for (size_t i = 0; i < sizeof well_known_table / sizeof well_known_table[0]; i++) {
        if (well_known_table[i].desc != msg->descriptor) continue;
        well_known_table[i].write(w, msg);
        return true;
    }
    return false;
}

/* --- Values. NOLINTBEGIN(misc-no-recursion): FIELDS_MAX_DEPTH bounds write_message. --- */

static void write_message(struct writer *w, const ProtobufCMessage *msg);

static void write_enum(struct writer *w, const ProtobufCEnumDescriptor *desc, int64_t value)
{
    const char *name = enum_full_name(desc, value);

    if (name != NULL)
        json_add_string(&w->out, name);
    else
        buf_printf(&w->out, "%" PRId64, value);
}

static void write_int(struct writer *w, const ProtobufCFieldDescriptor *fd, int64_t value)
{
    int64_t min;
    int64_t max;
    const char *quote;

    field_int_range(fd, &min, &max);
    quote = max > UINT32_MAX ? "\"" : ""; /* JavaScript's numbers cannot hold 64 bits */
    buf_printf(&w->out, "%s%" PRId64 "%s", quote, value, quote);
}

static void write_value(struct writer *w, const ProtobufCFieldDescriptor *fd,
                        struct field_value value)
{
    switch (field_item_shape(fd)) {
    case FIELD_TEXT:
        json_add_string(&w->out, value.text);
        return;
    case FIELD_INT:
        write_int(w, fd, value.number);
        return;
    case FIELD_BOOL:
        buf_add_string(&w->out, value.number != 0 ? "true" : "false");
        return;
    case FIELD_ENUM:
        write_enum(w, field_enum_type(fd), value.number);
        return;
    case FIELD_BYTES:
        json_add_bytes(&w->out, value.bytes.data, value.bytes.len);
        return;
    case FIELD_TIME:
    case FIELD_MESSAGE:
        write_message(w, value.message);
        return;
    case FIELD_LIST:
        break;
    }
    abort();
}

static void write_list(struct writer *w, const ProtobufCMessage *msg,
                       const ProtobufCFieldDescriptor *fd)
{
    size_t n = field_get_count(msg, fd);

    open_bracket(w, '[');
    for (size_t i = 0; i < n && !w->out.failed && !w->is_too_deep; i++) {
        next_element(w, i == 0);
        write_value(w, fd, field_list_value(msg, fd, i));
    }
    close_bracket(w, ']', n == 0);
}

static void write_field(struct writer *w, const ProtobufCMessage *msg,
                        const ProtobufCFieldDescriptor *fd)
{
    if (field_shape(fd) == FIELD_LIST)
        write_list(w, msg, fd);
    else
        write_value(w, fd, field_get_value(msg, fd));
}

static bool is_printed(const struct writer *w, const ProtobufCMessage *msg,
                       const ProtobufCFieldDescriptor *fd)
{
    enum field_shape shape = field_shape(fd);

    if (field_is_oneof(fd) && field_is_set(msg, fd))
        return (shape != FIELD_MESSAGE && shape != FIELD_TIME) ||
               field_get_message(msg, fd) != NULL;
    if (field_is_set(msg, fd)) return true;
    if ((w->flags & JSON_DEFAULTS) == 0) return false;
    return shape != FIELD_MESSAGE && shape != FIELD_TIME && !field_is_oneof(fd);
}

static void write_fields(struct writer *w, const ProtobufCMessage *msg)
{
    bool is_first = true;

    open_bracket(w, '{');
    for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &msg->descriptor->fields[i];

        if (!is_printed(w, msg, fd)) continue;
        next_element(w, is_first);
        is_first = false;
        buf_add_u8(&w->out, '"');
        add_camel(&w->out, fd->name);
        buf_add_u8(&w->out, '"');
        add_colon(w);
        write_field(w, msg, fd);
    }
    close_bracket(w, '}', is_first);
}

static void write_message(struct writer *w, const ProtobufCMessage *msg)
{
    if (msg == NULL) {
        buf_add_string(&w->out, "null");
        return;
    }
    if (w->depth == FIELDS_MAX_DEPTH) {
        w->is_too_deep = true;
        return;
    }
    w->depth++;
    if (!write_well_known(w, msg)) write_fields(w, msg);
    w->depth--;
}

/* NOLINTEND(misc-no-recursion) */

/* Takes the text out of the writer. */
static struct status finish(struct writer *w, struct arena *arena, char **out_text)
{
    struct status st = status_ok();

    if ((w->flags & JSON_INDENT) != 0) buf_add_u8(&w->out, '\n');
    buf_add_u8(&w->out, '\0');
    if (w->is_too_deep)
        st = status_error(arena, GRPC_INTERNAL, REASON_JSON_INVALID, NULL,
                          "the message nests deeper than %d", FIELDS_MAX_DEPTH);
    else if (w->out.failed)
        st = status_error(arena, GRPC_RESOURCE_EXHAUSTED, REASON_JSON_INVALID, NULL,
                          "the message is over %d bytes as JSON", OUTPUT_MAX_BYTES);
    else
        *out_text = arena_memdup(arena, w->out.data, w->out.size);
    buf_release(&w->out);
    return st;
}

struct status json_encode(const ProtobufCMessage *msg, unsigned flags, struct arena *arena,
                          char **out_text)
{
    struct writer w = {.flags = flags};

    buf_init(&w.out, OUTPUT_MAX_BYTES);
    write_message(&w, msg);
    return finish(&w, arena, out_text);
}

struct status json_encode_field(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                                unsigned flags, struct arena *arena, char **out_text)
{
    struct writer w = {.flags = flags};

    buf_init(&w.out, OUTPUT_MAX_BYTES);
    write_field(&w, msg, fd);
    return finish(&w, arena, out_text);
}
