/* Where the daemon is: "unix:/path", "/path", "HOST:PORT", "[V6]:PORT", "tls:HOST:PORT" or "tcp:HOST:PORT". */
#ifndef CLIENT_ADDRESS_H
#define CLIENT_ADDRESS_H

#include <stdbool.h>

struct arena;

struct address {
    bool is_unix;
    bool is_tls;      /* TCP, by TLS: "tls:HOST:PORT" */
    bool is_plain;    /* TCP, and nothing else: "tcp:HOST:PORT" */
    const char *text; /* as given, for messages */
    const char *path; /* of a unix socket, else NULL */
    const char *host; /* of TCP, else NULL */
    const char *port; /* of TCP, else NULL */
};

/* Reads `text`; the parts live in `arena`. NULL, or what is wrong with it (static). */
const char *address_parse(const char *text, struct arena *arena, struct address *out_address);

/* What to use when nobody said: $PROVOST_SERVER, else /run/provost/provost.sock where it is,
 * else $XDG_RUNTIME_DIR/provost.sock, else the first again. Lives in `arena`. */
const char *address_default(struct arena *arena);

#endif
