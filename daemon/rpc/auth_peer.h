/* Who is at the other end of a connection, as far as the connection itself proves it: the
 * credentials of a unix socket's peer, or the client certificate of a TLS session. Established
 * once; as old as the connection. Loop thread only. */
#ifndef RPC_AUTH_PEER_H
#define RPC_AUTH_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { AUTH_PRINCIPAL_MAX_BYTES = 63, AUTH_IDENTITIES_MAX = 64 };

struct auth_peer {
    char principal[AUTH_PRINCIPAL_MAX_BYTES + 1]; /* of the unix user; else "" */
    const char *auth_method; /* static: "unix-peer", "loopback", "certificate", "" for none */
    char address[64];        /* for logs */
    char place[24];     /* the same for all connections of an IP address; "" on a unix socket */
    int64_t end_us;     /* of the certificate's chain; 0 without one */
    bool is_distrusted; /* the certificate is not taken any more */
    bool is_operator;   /* root, or the user the daemon runs as */
    /* What a principal may be known by, the surest first: "unix-uid:0", "cert-sha256:..." */
    char *identities[AUTH_IDENTITIES_MAX];
    size_t identity_count;
};

/* How the bytes of a connection come. */
enum auth_channel {
    AUTH_PLAIN, /* a unix socket, or TCP on loopback on trial */
    AUTH_TLS,
};

/* Establishes the peer of a connected socket `fd`. Never fails: who cannot be established has
 * auth_method "" and needs other credentials. auth_peer_release frees. */
void auth_peer_init(struct auth_peer *peer, int fd, enum auth_channel channel);
void auth_peer_release(struct auth_peer *peer);

/* True on a unix socket: the peer is on this machine. */
bool auth_peer_is_unix(const struct auth_peer *peer);

/* Adds an identity, copied; more than AUTH_IDENTITIES_MAX, and those longer than 255 bytes, are
 * dropped. */
void auth_peer_add(struct auth_peer *peer, const char *kind, const char *value, size_t size);

/* The peer has shown a certificate whose chain is good until `end_us`; its identities follow. */
void auth_peer_set_certificate(struct auth_peer *peer, int64_t end_us);

/* That certificate would be refused by now: revoked, or its authority is not taken any more. */
void auth_peer_distrust(struct auth_peer *peer);

#endif
