/* Who calls, and whether they may: the one gate in front of every handler.
 *
 * What a connection proves (struct auth_peer) is established once, at accept; what the client
 * merely declares is carried beside it and never decides anything.
 */
#ifndef RPC_AUTH_H
#define RPC_AUTH_H

#include "common/status.h"
#include "service/handler.h"

struct method;
struct metadata;

/* Least role that a method asks for. Grants on organisations come later; until then everyone on
 * the unix socket or on loopback holds every role. */
enum role {
    ROLE_ANYONE, /* health: no identity needed */
    ROLE_VIEWER,
    ROLE_CONTRIBUTOR,
    ROLE_APPROVER,
    ROLE_AUDITOR,
    ROLE_ADMIN,
};

/* What the other end of a connection is; as old as the connection. */
struct auth_peer {
    char principal[64];
    const char *auth_method; /* static; "unix-peer", "loopback", or "" for unknown */
    char address[64];        /* for logs */
};

/* Establishes the peer of a connected socket `fd`. Never fails: who cannot be established has
 * auth_method "" and is refused by auth_check. */
void auth_peer_init(struct auth_peer *peer, int fd);

/* True on a unix socket: the peer is on this machine. */
bool auth_peer_is_unix(const struct auth_peer *peer);

/* The caller as handlers see it; points into `peer` and `metadata`. */
struct caller auth_caller(const struct auth_peer *peer, const struct metadata *metadata);

/* OK, or PERMISSION_DENIED: whoever is not known to have the method's role has not. */
struct status auth_check(const struct caller *caller, const struct method *method,
                         struct arena *arena) MUST_CHECK;

#endif
