#include "common/diff.h"

#include "common/fields.h"

#include <stdlib.h>

/* NULL stands for a message with nothing set. */
static bool field_differs(const ProtobufCMessage *before, const ProtobufCMessage *after,
                          const ProtobufCFieldDescriptor *fd)
{
    if (before == NULL) return field_is_set(after, fd);
    if (after == NULL) return field_is_set(before, fd);
    return !field_equal(before, after, fd);
}

size_t diff_fields(const ProtobufCMessage *before, const ProtobufCMessage *after,
                   bool *out_changed)
{
    const ProtobufCMessage *any = before != NULL ? before : after;
    size_t n_changed = 0;

    if (any == NULL) abort();
    if (before != NULL && after != NULL && before->descriptor != after->descriptor) abort();
    for (unsigned i = 0; i < any->descriptor->n_fields; i++) {
        out_changed[i] = field_differs(before, after, &any->descriptor->fields[i]);
        n_changed += out_changed[i];
    }
    return n_changed;
}
