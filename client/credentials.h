/* What one signs in with at a server: a token and TLS files, from the command line's files, the
 * environment, or what "provost login" stored: one file per server, mode 0600, in
 * $XDG_CONFIG_HOME/provost/credentials. A token never comes from the command line itself, where
 * everybody on the machine could read it. */
#ifndef CLIENT_CREDENTIALS_H
#define CLIENT_CREDENTIALS_H

#include "common/arena.h"

#include <stdbool.h>

/* NULL where nothing is known; texts in the arena. */
struct credentials {
    const char *token; /* a secret */
    const char *tls_ca, *tls_cert, *tls_key;
    bool is_stored; /* there is a file for the server */
};

/* Reads what is stored for a server. NULL, or what is wrong in words for the user. */
const char *credentials_load(const char *server, struct arena *arena,
                             struct credentials *out_credentials);

/* Stores them. NULL, or what is wrong. */
const char *credentials_store(const char *server, const struct credentials *credentials,
                              struct arena *arena);

/* Forgets them; *out_found: there were any. NULL, or what is wrong. */
const char *credentials_forget(const char *server, struct arena *arena, bool *out_found);

/* Reads a token: one line of a file, "-" being stdin. NULL, or what is wrong. */
const char *credentials_read_token(const char *path, struct arena *arena,
                                   const char **out_token);

/* Wipes a secret. */
void credentials_wipe(const char *secret);

#endif
