#include "rpc/auth_peer.h"

#include "common/arena.h"

#include <arpa/inet.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { GROUPS_MAX = 32, NAMES_BYTES = 4096, IDENTITY_MAX_BYTES = 255 };

static const char unix_peer[] = "unix-peer";
static const char loopback[] = "loopback";
static const char certificate[] = "certificate";

void auth_peer_add(struct auth_peer *peer, const char *kind, const char *value, size_t size)
{
    size_t kind_size = strlen(kind);
    if (peer->identity_count == AUTH_IDENTITIES_MAX || size == 0 ||
        kind_size + 1 + size > IDENTITY_MAX_BYTES || memchr(value, '\0', size) != NULL)
        return;
    char *text = xmalloc(kind_size + 1 + size + 1);
    memcpy(text, kind, kind_size);
    text[kind_size] = ':';
    memcpy(text + kind_size + 1, value, size);
    text[kind_size + 1 + size] = '\0';
    peer->identities[peer->identity_count++] = text;
}

static void add_text(struct auth_peer *peer, const char *kind, const char *value)
{
    auth_peer_add(peer, kind, value, strlen(value));
}

void auth_peer_set_certificate(struct auth_peer *peer, int64_t end_us)
{
    peer->end_us = end_us;
    peer->auth_method = certificate;
}

void auth_peer_distrust(struct auth_peer *peer)
{
    peer->is_distrusted = true;
}

bool auth_peer_is_unix(const struct auth_peer *peer)
{
    return strcmp(peer->auth_method, unix_peer) == 0;
}

/* ---- the unix socket ---- */

static void add_group(struct auth_peer *peer, gid_t gid)
{
    struct group entry, *found = NULL;
    char names[NAMES_BYTES];
    if (getgrgid_r(gid, &entry, names, sizeof names, &found) == 0 && found != NULL)
        add_text(peer, "unix-group", entry.gr_name);
}

static void add_groups(struct auth_peer *peer, int fd, gid_t primary)
{
    gid_t groups[GROUPS_MAX];
    socklen_t size = sizeof groups;
    add_group(peer, primary);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) != 0) return;
    for (size_t i = 0; i < size / sizeof *groups; i++)
        if (groups[i] != primary) add_group(peer, groups[i]);
}

static void init_unix(struct auth_peer *peer, int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    struct passwd entry, *found = NULL;
    char names[NAMES_BYTES], number[16];
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
    peer->auth_method = unix_peer;
    peer->is_operator = credentials.uid == 0 || credentials.uid == geteuid();
    snprintf(peer->address, sizeof peer->address, "unix pid %d", (int)credentials.pid);
    snprintf(peer->principal, sizeof peer->principal, "uid-%u", (unsigned)credentials.uid);
    snprintf(number, sizeof number, "%u", (unsigned)credentials.uid);
    add_text(peer, "unix-uid", number);
    if (getpwuid_r(credentials.uid, &entry, names, sizeof names, &found) == 0 &&
        found != NULL && strlen(entry.pw_name) < sizeof peer->principal) {
        snprintf(peer->principal, sizeof peer->principal, "%s", entry.pw_name);
        add_text(peer, "unix-user", entry.pw_name);
    }
    add_groups(peer, fd, credentials.gid);
}

/* ---- TCP ---- */

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    if (address->ss_family == AF_INET) return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static void init_tcp(struct auth_peer *peer, const struct sockaddr_storage *address,
                     enum auth_channel channel)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *ip =
        address->ss_family == AF_INET ? (const void *)&v4->sin_addr : &v6->sin6_addr;
    char text[INET6_ADDRSTRLEN] = "";
    inet_ntop(address->ss_family, ip, text, sizeof text);
    snprintf(peer->address, sizeof peer->address, "%s port %u", text,
             ntohs(address->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
    if (channel != AUTH_PLAIN || !is_loopback(address)) return;
    peer->auth_method = loopback;
    snprintf(peer->principal, sizeof peer->principal, "%s", loopback);
}

/* ---- the whole ---- */

void auth_peer_init(struct auth_peer *peer, int fd, enum auth_channel channel)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;
    *peer = (struct auth_peer){.auth_method = ""};
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0) return;
    if (address.ss_family == AF_UNIX && channel == AUTH_PLAIN) init_unix(peer, fd);
    if (address.ss_family == AF_INET || address.ss_family == AF_INET6)
        init_tcp(peer, &address, channel);
}

void auth_peer_release(struct auth_peer *peer)
{
    for (size_t i = 0; i < peer->identity_count; i++)
        free(peer->identities[i]);
    peer->identity_count = 0;
}
