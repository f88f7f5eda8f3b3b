#include "net/listen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BACKLOG = 1024, SOCKET_MODE = 0660 };

/* --- addresses --- */

#define REASON_LISTEN_ADDRESS_INVALID "LISTEN_ADDRESS_INVALID"
#define REASON_LISTEN_FAILED "LISTEN_FAILED"

static struct status parse_unix(const char *path, struct arena *arena,
                                struct listen_address *out_address)
{
    size_t size = strlen(path);

    if (path[0] != '/')
        return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                              "unix:%s: the path must begin with /", path);
    if (size >= sizeof out_address->path)
        return status_invalid(
            arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
            "unix:%s: the path has %zu bytes; a socket's may have %zu: choose a "
            "shorter one",
            path, size, sizeof out_address->path - 1);
    out_address->kind = LISTEN_UNIX;
    memcpy(out_address->path, path, size + 1);
    return status_ok();
}

static bool parse_port(const char *text, int *out_port)
{
    char *end;
    unsigned long port;

    if (*text < '0' || *text > '9') return false;
    port = strtoul(text, &end, 10);
    if (*end != '\0' || port > 65535) return false;
    *out_port = (int)port;
    return true;
}

static bool parse_host(const char *host, int port, struct listen_address *out_address)
{
    size_t size = strlen(host);
    char inside[64];

    if (strcmp(host, "localhost") == 0) host = "127.0.0.1";
    if (host[0] != '[') return uv_ip4_addr(host, port, &out_address->tcp.v4) == 0;
    if (size < 3 || size - 2 >= sizeof inside || host[size - 1] != ']') return false;
    memcpy(inside, host + 1, size - 2);
    inside[size - 2] = '\0';
    return uv_ip6_addr(inside, port, &out_address->tcp.v6) == 0;
}

static bool is_loopback(const struct listen_address *address)
{
    if (address->tcp.any.sa_family == AF_INET)
        return ntohl(address->tcp.v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->tcp.v6.sin6_addr);
}

static struct status parse_tls(const char *text, struct arena *arena,
                               struct listen_address *out_address)
{
    const char *colon = strrchr(text, ':');
    int port;

    out_address->kind = LISTEN_TCP;
    out_address->secure = true;
    if (colon != NULL && parse_port(colon + 1, &port) &&
        parse_host(arena_strndup(arena, text, (size_t)(colon - text)), port, out_address))
        return status_ok();
    return status_invalid(
        arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
        "tls:%s: write tls:HOST:PORT, as in tls:0.0.0.0:7443; the host must be "
        "an IPv4 address, an IPv6 address in brackets, or localhost",
        text);
}

static struct status parse_tcp(const char *text, bool insecure_tcp, struct arena *arena,
                               struct listen_address *out_address)
{
    const char *colon = strrchr(text, ':');
    int port;

    if (colon == NULL || !parse_port(colon + 1, &port))
        return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                              "tcp:%s: write tcp:HOST:PORT, as in tcp:127.0.0.1:7420", text);
    out_address->kind = LISTEN_TCP;
    if (!parse_host(arena_strndup(arena, text, (size_t)(colon - text)), port, out_address))
        return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                              "tcp:%s: the host must be an IPv4 address, an IPv6 address in "
                              "brackets, or localhost",
                              text);
    if (!insecure_tcp)
        return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                              "tcp:%s: plain TCP is not protected; use tls:HOST:PORT, or add "
                              "--insecure-tcp to allow it on loopback",
                              text);
    if (!is_loopback(out_address))
        return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                              "tcp:%s: plain TCP is allowed on loopback only (127.0.0.1 or "
                              "[::1])",
                              text);
    return status_ok();
}

struct status listen_parse(const char *text, bool insecure_tcp, struct arena *arena,
                           struct listen_address *out_address)
{
    *out_address = (struct listen_address){.kind = LISTEN_UNIX};
    if (strncmp(text, "unix:", 5) == 0) return parse_unix(text + 5, arena, out_address);
    if (strncmp(text, "tcp:", 4) == 0)
        return parse_tcp(text + 4, insecure_tcp, arena, out_address);
    if (strncmp(text, "tls:", 4) == 0) return parse_tls(text + 4, arena, out_address);
    return status_invalid(arena, REASON_LISTEN_ADDRESS_INVALID, NULL,
                          "%s: an address begins with unix:, tls: or tcp:, as in "
                          "unix:/run/provost/provost.sock",
                          text);
}

/* --- sockets --- */

static struct status failure(struct arena *arena, const char *address, int error)
{
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_LISTEN_FAILED, NULL,
                        "cannot listen on %s: %s%s", address, uv_strerror(error),
                        error == UV_EADDRINUSE ? "; another program answers there: stop it or "
                                                 "choose another address"
                                               : "");
}

/* True when a program accepts on the socket file; false also when there is no such file. */
static bool is_answered(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;

    if (fd < 0) return true;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) error = errno;
    close(fd);
    return error != ECONNREFUSED && error != ENOENT;
}

/* A socket file that a crashed daemon has left behind; anything else is not ours to remove. */
static bool is_stale(const char *path)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISSOCK(info.st_mode) && !is_answered(path);
}

static void on_uv_connection(uv_stream_t *stream, int error)
{
    struct listener *listener = stream->data;

    if (error == 0) listener->on_connection(listener);
}

static int start(struct listener *listener)
{
    listener->uv.handle.data = listener;
    return uv_listen(&listener->uv.stream, BACKLOG, on_uv_connection);
}

/* The group may connect whatever the umask says: who may do what is decided behind it. bind makes the
 * file with these rights already, so nobody can slip in before. */
static int open_unix(struct listener *listener, const char *path)
{
    mode_t umask_now = umask(0777 & ~SOCKET_MODE);
    int error;

    if (is_stale(path)) unlink(path);
    error = uv_pipe_bind(&listener->uv.pipe, path);
    umask(umask_now);
    if (error != 0) return error;
    memcpy(listener->path, path, strlen(path) + 1);
    if (chmod(path, SOCKET_MODE) != 0) return -errno;
    return start(listener);
}

static void describe_tcp(struct listener *listener, const struct sockaddr *address)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;
    bool is_v6 = address->sa_family == AF_INET6;
    char host[INET6_ADDRSTRLEN] = "";

    if (is_v6)
        uv_ip6_name(v6, host, sizeof host);
    else
        uv_ip4_name(v4, host, sizeof host);
    snprintf(listener->text, sizeof listener->text, is_v6 ? "%s:[%s]:%u" : "%s:%s:%u",
             listener->secure ? "tls" : "tcp", host,
             ntohs(is_v6 ? v6->sin6_port : v4->sin_port));
}

/* With the port that was really taken. */
static void describe_taken(struct listener *listener)
{
    union {
        struct sockaddr_storage storage;
        struct sockaddr any;
    } name = {.storage = {0}};
    int size = sizeof name;

    if (uv_tcp_getsockname(&listener->uv.tcp, &name.any, &size) == 0)
        describe_tcp(listener, &name.any);
}

static int open_tcp(struct listener *listener, const struct listen_address *address)
{
    int error = uv_tcp_bind(&listener->uv.tcp, &address->tcp.any, 0);

    if (error == 0) error = start(listener);
    if (error == 0) describe_taken(listener);
    return error;
}

struct status listener_open(struct listener *listener, uv_loop_t *loop,
                            const struct listen_address *address, struct arena *arena)
{
    int error;

    listener->path[0] = '\0';
    listener->secure = address->secure;
    if (address->kind == LISTEN_UNIX) {
        uv_pipe_init(loop, &listener->uv.pipe, 0);
        snprintf(listener->text, sizeof listener->text, "unix:%s", address->path);
        error = open_unix(listener, address->path);
    } else {
        uv_tcp_init(loop, &listener->uv.tcp);
        describe_tcp(listener, &address->tcp.any);
        error = open_tcp(listener, address);
    }
    if (error == 0) return status_ok();
    listener_close(listener);
    return failure(arena, listener->text, error);
}

/* A socket of systemd is held to the rules of an address that is written. */
static struct status check_fd(const struct listener *listener,
                              const struct sockaddr_storage *name, bool insecure_tcp,
                              struct arena *arena)
{
    struct listen_address address = {.kind = LISTEN_TCP};

    memcpy(&address.tcp, name, sizeof address.tcp);
    if (name->ss_family == AF_UNIX || listener->secure ||
        (insecure_tcp && is_loopback(&address)))
        return status_ok();
    return status_error(arena, GRPC_FAILED_PRECONDITION, REASON_LISTEN_FAILED, NULL,
                        "%s of systemd is plain TCP: set a certificate in section [tls]",
                        listener->text);
}

struct status listener_open_fd(struct listener *listener, uv_loop_t *loop, int fd,
                               bool insecure_tcp, struct arena *arena)
{
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof name;
    struct status st;
    int error;

    listener->path[0] = '\0';
    snprintf(listener->text, sizeof listener->text, "fd:%d", fd);
    if (getsockname(fd, (struct sockaddr *)&name, &size) != 0)
        return failure(arena, listener->text, -errno);
    st = check_fd(listener, &name, insecure_tcp, arena);
    if (!status_is_ok(st)) return st;
    if (name.ss_family == AF_UNIX) {
        listener->secure = false;
        uv_pipe_init(loop, &listener->uv.pipe, 0);
        error = uv_pipe_open(&listener->uv.pipe, fd);
    } else {
        uv_tcp_init(loop, &listener->uv.tcp);
        error = uv_tcp_open(&listener->uv.tcp, fd);
    }
    if (error == 0) error = start(listener);
    if (error == 0) return status_ok();
    listener_close(listener);
    return failure(arena, listener->text, error);
}

void listener_close(struct listener *listener)
{
    if (listener->uv.handle.type == UV_UNKNOWN_HANDLE) return;
    if (uv_is_closing(&listener->uv.handle)) return;
    if (listener->path[0] != '\0') unlink(listener->path);
    uv_close(&listener->uv.handle, NULL);
}
