#include "service/place.h"

#include <string.h>

static const char *dot(const char *text)
{
    return text[0] == '\0' ? "" : ".";
}

const char *place_envelope(struct arena *arena, const struct place *place, const char *field)
{
    return arena_printf(arena, "%s[%zu]%s%s%s%s", place->list, place->index,
                        dot(place->envelope), place->envelope, dot(field), field);
}

const char *place_field(struct arena *arena, const struct place *place, const char *field)
{
    if (place->verbatim != NULL && strcmp(field, "verbatim") == 0) field = place->verbatim;
    return arena_printf(arena, "%s%s%s%s%s", place_envelope(arena, place, ""),
                        dot(place->member), place->member, dot(field), field);
}
