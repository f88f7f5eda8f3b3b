/* Where in a request something stands, for refusals that name the field as the .proto does:
 * "mutations[3].patch.resource.indicator.tolerance_red", "submissions[2].value". Costs nothing
 * until a refusal needs the text. */
#ifndef SERVICE_PLACE_H
#define SERVICE_PLACE_H

#include "common/arena.h"

#include <stddef.h>

struct place {
    const char *list; /* "mutations" */
    size_t index;
    const char *envelope; /* "create", "patch.resource"; "" for none */
    const char *member;   /* of Resource's oneof, "indicator"; "" for none */
    const char *verbatim; /* what the list's items call the field `verbatim`; NULL: the same */
};

/* Path of a field of the body; of the item itself for field "". In the arena. */
const char *place_field(struct arena *arena, const struct place *place, const char *field);

/* Path of a field of the envelope ("name", "base_seq"). */
const char *place_envelope(struct arena *arena, const struct place *place, const char *field);

#endif
