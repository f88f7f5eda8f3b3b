/* What the register holds already, found by code and by wording, so that a document in other
 * words does not make everything anew. What an import makes itself is added as it goes. */
#ifndef CLIENT_SHEET_KNOWN_H
#define CLIENT_SHEET_KNOWN_H

#include "client/sheet_keys.h"

#include <provost/v1/resources.pb-c.h>
#include <stdbool.h>
#include <stddef.h>

struct sheet_known {
    struct arena *arena;
    struct sheet_keys heads; /* "actions|plans/p|title|key" to the first name */
    struct sheet_keys names; /* of the register, to `resources` */
    struct sheet_known_name *chain;
    size_t n_chain;
    size_t chain_capacity;
    const Provost__V1__Resource **resources;
    size_t n_resources;
    size_t resource_capacity;
};

void sheet_known_init(struct sheet_known *known, struct arena *arena);

/* A resource of the register, under its title, aliases and code. */
void sheet_known_add(struct sheet_known *known, const Provost__V1__Resource *resource);

/* A name under a wording or, with `is_code`, a code. `scope` is the plan of actions and
 * objectives, else "". */
void sheet_known_add_key(struct sheet_known *known, const char *name, const char *scope,
                         bool is_code, const char *text);

/* What to look for. */
struct sheet_wanted {
    const char *collection;
    const char *scope;
    bool is_code;
    const char *text;
};

/* The names under a wording or code, oldest first, at most `max`; how many there are. */
size_t sheet_known_find(const struct sheet_known *known, const struct sheet_wanted *wanted,
                        const char **out_names, size_t max);

/* The resource in the register; NULL when there is none of that name. */
const Provost__V1__Resource *sheet_known_get(const struct sheet_known *known, const char *name);

/* A code that tells things apart: with a letter and a digit, not a running number. */
bool sheet_code_is_telling(const char *code);

#endif
