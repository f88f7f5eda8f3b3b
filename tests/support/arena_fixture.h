/* An arena as cmocka's state, for tests that need no more. */
#ifndef SUPPORT_ARENA_FIXTURE_H
#define SUPPORT_ARENA_FIXTURE_H

#include "common/arena.h"

#include <stdint.h>
#include <stdlib.h>

static inline int arena_setup(void **state)
{
    struct arena *arena = xmalloc(sizeof *arena);
    arena_init(arena, SIZE_MAX);
    *state = arena;
    return 0;
}

static inline int arena_teardown(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

/* Gives back what a part of a test took. */
static inline void arena_forget(struct arena *arena)
{
    arena_release(arena);
    arena_init(arena, SIZE_MAX);
}

#endif
