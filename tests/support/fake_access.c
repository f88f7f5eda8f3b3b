#include "support/fake_access.h"

#include "store/access.h"

#include <stdlib.h>

static struct access nobody = {.number = 1};

const struct access *store_access(struct store *store)
{
    (void)store;
    return &nobody;
}

void access_release(const struct access *access)
{
    (void)access;
}

struct auth *fake_auth_new(struct store *store)
{
    struct auth_options options = {
        .store = store,
        .rules = {.operator_is_admin = true, .reader_group = ""},
        .jwks_path = "",
    };
    struct arena arena;
    struct auth *auth = NULL;

    arena_init(&arena, SIZE_MAX);
    if (!status_is_ok(auth_new(&options, &arena, &auth))) abort();
    arena_release(&arena);
    return auth;
}
