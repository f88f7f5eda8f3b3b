/* What a client sent, short enough to be shown in a refusal (which travels in a header). */
#ifndef SERVICE_EXCERPT_H
#define SERVICE_EXCERPT_H

#include "common/arena.h"

enum { EXCERPT_MAX_BYTES = 80 };

/* `text` itself, or its front with "..." behind it, in the arena; never cuts a character. */
const char *excerpt(struct arena *arena, const char *text);

#endif
