#include "client/channel_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

uint64_t socket_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static uint64_t left_ms(uint64_t deadline_ms)
{
    uint64_t now_ms = socket_now_ms();

    return deadline_ms > now_ms ? deadline_ms - now_ms : 0;
}

int socket_wait(int fd, short events, uint64_t deadline_ms)
{
    struct pollfd waiting = {.fd = fd, .events = events};

    for (;;) {
        uint64_t left = left_ms(deadline_ms);
        int timeout = deadline_ms == SOCKET_FOREVER ? -1 : left > INT_MAX ? INT_MAX : (int)left;
        int ready = poll(&waiting, 1, timeout);

        if (ready > 0) return 1;
        if (ready < 0 && errno != EINTR) return -errno;
        if (deadline_ms != SOCKET_FOREVER && left == 0) return 0;
    }
}

/* Linux applies the send timeout to connect as well; a non-blocking connect would be refused
 * with EAGAIN while the backlog of a unix socket is full. */
static int connect_by(int fd, const struct sockaddr *peer, socklen_t size, uint64_t deadline_ms)
{
    uint64_t left = left_ms(deadline_ms);
    struct timeval limit = {.tv_sec = (time_t)(left / 1000),
                            .tv_usec = (suseconds_t)(left % 1000 * 1000)};

    if (left == 0) return -ETIMEDOUT;
    if (deadline_ms != SOCKET_FOREVER)
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    while (connect(fd, peer, size) != 0) {
        if (errno == EINPROGRESS || errno == EAGAIN) return -ETIMEDOUT;
        if (errno != EINTR) return -errno;
    }
    int flags = fcntl(fd, F_GETFL);

    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ? -errno : 0;
}

/* The socket, or -errno. */
static int open_socket(const struct sockaddr *peer, socklen_t size, uint64_t deadline_ms)
{
    int fd = socket(peer->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    int error;

    if (fd < 0) return -errno;
    if (peer->sa_family != AF_UNIX) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    error = connect_by(fd, peer, size, deadline_ms);
    if (error == 0) return fd;
    close(fd);
    return error;
}

static int open_unix(const char *path, uint64_t deadline_ms)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    size_t path_bytes = strlen(path);

    if (path_bytes >= sizeof peer.sun_path) return -ENAMETOOLONG;
    memcpy(peer.sun_path, path, path_bytes + 1);
    return open_socket((const struct sockaddr *)&peer, sizeof peer, deadline_ms);
}

static int open_tcp(const struct address *address, uint64_t deadline_ms, const char **out_text)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int failed = getaddrinfo(address->host, address->port, &hints, &found);
    int fd = -EHOSTUNREACH;

    if (failed != 0) {
        *out_text = gai_strerror(failed);
        return -EHOSTUNREACH;
    }
    for (struct addrinfo *at = found; at != NULL && fd < 0; at = at->ai_next)
        fd = open_socket(at->ai_addr, at->ai_addrlen, deadline_ms);
    freeaddrinfo(found);
    return fd;
}

struct status socket_connect(const struct address *address, uint64_t deadline_ms,
                             struct arena *arena, int *out_fd)
{
    const char *text = NULL;
    int fd = address->is_unix ? open_unix(address->path, deadline_ms)
                              : open_tcp(address, deadline_ms, &text);

    if (fd >= 0) {
        *out_fd = fd;
        return status_ok();
    }
    if (fd == -ETIMEDOUT)
        return status_error(arena, GRPC_DEADLINE_EXCEEDED, NULL, NULL,
                            "no connection to %s in the time allowed", address->text);
    return status_error(arena, GRPC_UNAVAILABLE, NULL, NULL,
                        "no connection to %s: %s; is provostd running there? Start it, or say "
                        "where it is with --server or PROVOST_SERVER",
                        address->text, text != NULL ? text : strerror(-fd));
}
