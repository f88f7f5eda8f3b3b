#include "client/message_words.h"

#include "client/figure_text.h"
#include "common/field_text.h"
#include "common/fields.h"

#include <string.h>

/* "review_date" as "review date". */
static const char *name_words(const char *name, struct arena *arena)
{
    char *words = arena_strdup(arena, name);

    for (char *at = words; *at != '\0'; at++)
        if (*at == '_') *at = ' ';
    return words;
}

static const char *value_words(const ProtobufCMessage *msg, const ProtobufCFieldDescriptor *fd,
                               struct arena *arena)
{
    const char *text = field_to_text(msg, fd, arena);

    return field_shape(fd) == FIELD_ENUM ? figure_words(text, arena) : text;
}

const char *message_words(const ProtobufCMessage *msg, struct arena *arena)
{
    const char *words = "";

    for (unsigned i = 0; i < msg->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *fd = &msg->descriptor->fields[i];

        if (!field_is_set(msg, fd)) continue;
        words = arena_printf(arena, "%s%s%s %s", words, *words != '\0' ? ", " : "",
                             name_words(fd->name, arena), value_words(msg, fd, arena));
    }
    return words;
}
