#include "client/message_rows.h"

#include "common/field_text.h"
#include "common/fields.h"

/* Nested once: deeper ones are one JSON cell. */
static bool is_flattened(const ProtobufCFieldDescriptor *fd)
{
    return field_shape(fd) == FIELD_MESSAGE;
}

static size_t count_columns(const ProtobufCMessageDescriptor *desc)
{
    size_t n = 0;

    for (unsigned i = 0; i < desc->n_fields; i++)
        n +=
            is_flattened(&desc->fields[i]) ? field_message_type(&desc->fields[i])->n_fields : 1;
    return n;
}

void message_rows_columns(const ProtobufCMessageDescriptor *desc, struct grid *grid)
{
    size_t n = 0;
    struct grid_column *columns =
        arena_zalloc(grid->arena, (count_columns(desc) + 1) * sizeof *columns);

    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];

        if (!is_flattened(fd)) {
            columns[n++].name = fd->name;
            continue;
        }
        for (unsigned at = 0; at < field_message_type(fd)->n_fields; at++)
            columns[n++].name = arena_printf(grid->arena, "%s_%s", fd->name,
                                             field_message_type(fd)->fields[at].name);
    }
    grid_set_columns(grid, columns, n);
}

/* A list of values that have names is read as names; what else there are lists of, as JSON. */
static const char *cell_text(const ProtobufCMessage *message,
                             const ProtobufCFieldDescriptor *fd, struct arena *arena)
{
    const char *text = "";

    if (field_shape(fd) != FIELD_LIST || fd->type != PROTOBUF_C_TYPE_ENUM)
        return field_to_text(message, fd, arena);
    for (size_t i = 0; i < field_get_count(message, fd); i++)
        text = arena_printf(arena, "%s%s%s", text, i > 0 ? ", " : "",
                            enum_short_name(fd->descriptor, field_list_int(message, fd, i)));
    return text;
}

void message_rows_add(const ProtobufCMessage *message, struct grid *grid)
{
    const ProtobufCMessageDescriptor *desc = message->descriptor;
    struct grid_cell *cell = grid_add_row(grid);

    for (unsigned i = 0; i < desc->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &desc->fields[i];
        const ProtobufCMessage *sub;

        if (!is_flattened(fd)) {
            (cell++)->text = cell_text(message, fd, grid->arena);
            continue;
        }
        sub = field_get_message(message, fd);
        for (unsigned at = 0; at < field_message_type(fd)->n_fields; at++, cell++)
            if (sub != NULL)
                cell->text = field_to_text(sub, &sub->descriptor->fields[at], grid->arena);
    }
}
