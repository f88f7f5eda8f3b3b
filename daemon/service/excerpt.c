#include "service/excerpt.h"

#include "common/utf8.h"

#include <string.h>

const char *excerpt(struct arena *arena, const char *text)
{
    if (strlen(text) <= EXCERPT_MAX_BYTES) return text;
    return arena_printf(arena, "%.*s...", (int)utf8_fit(text, EXCERPT_MAX_BYTES), text);
}
