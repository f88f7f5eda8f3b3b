/* The newest checkpoint this person's client has seen of each server, kept between runs: what makes
 * a log that was rewritten or rolled back show. Under $PROVOST_HEADS ("off" keeps none), else
 * $XDG_STATE_HOME/provost/heads, else ~/.local/state/provost/heads. */
#ifndef CLIENT_HEADS_H
#define CLIENT_HEADS_H

#include "common/arena.h"

#include <stdbool.h>

/* What is remembered of one server. */
struct seen_head {
    const char *verifier_key;
    const char *note; /* signed checkpoint */
};

/* File for a server address; NULL when nothing is to be remembered. In `arena`. */
const char *heads_path(const char *server, struct arena *arena);

/* False when there is nothing, or nothing readable. */
bool heads_load(const char *path, struct arena *arena, struct seen_head *out_head);

/* Replaces what is remembered. 0 or -errno. */
int heads_save(const char *path, const struct seen_head *head, struct arena *arena);

#endif
