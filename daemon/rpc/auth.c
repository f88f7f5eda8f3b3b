#include "rpc/auth.h"

#include "common/reasons.h"
#include "rpc/metadata.h"
#include "rpc/methods.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static const char unix_peer[] = "unix-peer";
static const char loopback[] = "loopback";

static void init_unix(struct auth_peer *peer, int fd)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    struct passwd entry;
    struct passwd *found = NULL;
    char names[4096];

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return;
    peer->auth_method = unix_peer;
    snprintf(peer->address, sizeof peer->address, "unix pid %d", (int)credentials.pid);
    if (getpwuid_r(credentials.uid, &entry, names, sizeof names, &found) == 0 &&
        found != NULL && strlen(entry.pw_name) < sizeof peer->principal)
        snprintf(peer->principal, sizeof peer->principal, "%s", entry.pw_name);
    else
        snprintf(peer->principal, sizeof peer->principal, "uid-%u", (unsigned)credentials.uid);
}

static bool is_loopback(const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

    if (address->ss_family == AF_INET) return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
    return address->ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static void init_tcp(struct auth_peer *peer, const struct sockaddr_storage *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;
    const void *ip =
        address->ss_family == AF_INET ? (const void *)&v4->sin_addr : &v6->sin6_addr;
    char text[INET6_ADDRSTRLEN] = "";

    inet_ntop(address->ss_family, ip, text, sizeof text);
    snprintf(peer->address, sizeof peer->address, "%s port %u", text,
             ntohs(address->ss_family == AF_INET ? v4->sin_port : v6->sin6_port));
    if (!is_loopback(address)) return;
    peer->auth_method = loopback;
    snprintf(peer->principal, sizeof peer->principal, "%s", loopback);
}

void auth_peer_init(struct auth_peer *peer, int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t size = sizeof address;

    *peer = (struct auth_peer){.auth_method = ""};
    if (getpeername(fd, (struct sockaddr *)&address, &size) != 0) return;
    if (address.ss_family == AF_UNIX) init_unix(peer, fd);
    if (address.ss_family == AF_INET || address.ss_family == AF_INET6) init_tcp(peer, &address);
}

bool auth_peer_is_unix(const struct auth_peer *peer)
{
    return strcmp(peer->auth_method, unix_peer) == 0;
}

struct caller auth_caller(const struct auth_peer *peer, const struct metadata *metadata)
{
    return (struct caller){
        .principal = peer->principal,
        .auth_method = peer->auth_method,
        .service = metadata->service,
        .on_behalf_of = metadata->on_behalf_of,
        .trace_id = metadata->trace_id,
        .address = peer->address,
    };
}

/* The place where grants will be looked up. */
static bool holds_role(const struct caller *caller, enum role role)
{
    if (role == ROLE_ANYONE) return true;
    return strcmp(caller->auth_method, unix_peer) == 0 ||
           strcmp(caller->auth_method, loopback) == 0;
}

struct status auth_check(const struct caller *caller, const struct method *method,
                         struct arena *arena)
{
    if (holds_role(caller, method->min_role)) return status_ok();
    return status_error(arena, GRPC_PERMISSION_DENIED, REASON_PERMISSION_DENIED, NULL,
                        "%s is not allowed to call %s",
                        *caller->principal ? caller->principal : "an unknown peer",
                        method->path);
}
