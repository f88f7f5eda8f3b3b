#include "client/address.h"

#include "common/arena.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEM_SOCKET "/run/provost/provost.sock"

static const char *parse_unix(const char *path, struct arena *arena,
                              struct address *out_address)
{
    if (path[0] == '\0') return "the path of the unix socket is missing";
    if (strlen(path) >= sizeof((struct sockaddr_un *)NULL)->sun_path)
        return "the path is too long for a unix socket (107 bytes)";
    out_address->is_unix = true;
    out_address->path = arena_strdup(arena, path);
    return NULL;
}

static bool is_port(const char *text)
{
    long port = 0;

    if (*text == '\0' || strlen(text) > 5) return false;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') return false;
        port = port * 10 + (*text - '0');
    }
    return port > 0 && port <= 65535;
}

static const char *parse_tcp(const char *text, struct arena *arena, struct address *out_address)
{
    const char *colon = strrchr(text, ':');
    size_t host_bytes = colon == NULL ? 0 : (size_t)(colon - text);

    if (host_bytes == 0) return "write unix:/path/to/socket or HOST:PORT";
    if (!is_port(colon + 1)) return "the port is not a number from 1 to 65535";
    if (text[0] == '[' && text[host_bytes - 1] == ']') {
        text++;
        host_bytes -= 2;
    }
    if (host_bytes == 0) return "the host is missing";
    out_address->host = arena_strndup(arena, text, host_bytes);
    out_address->port = arena_strdup(arena, colon + 1);
    return NULL;
}

static const char *parse_tcp_or_tls(const char *text, struct arena *arena,
                                    struct address *out_address)
{
    out_address->is_tls = strncmp(text, "tls:", 4) == 0;
    out_address->is_plain = strncmp(text, "tcp:", 4) == 0;
    if (out_address->is_tls || out_address->is_plain) text += 4;
    return parse_tcp(text, arena, out_address);
}

const char *address_parse(const char *text, struct arena *arena, struct address *out_address)
{
    struct address address = {.text = arena_strdup(arena, text)};
    const char *wrong;

    if (strncmp(text, "unix:", 5) == 0)
        wrong = parse_unix(text + 5, arena, &address);
    else if (text[0] == '/')
        wrong = parse_unix(text, arena, &address);
    else
        wrong = parse_tcp_or_tls(text, arena, &address);
    if (wrong == NULL) *out_address = address;
    return wrong;
}

const char *address_default(struct arena *arena)
{
    const char *given = getenv("PROVOST_SERVER");
    const char *runtime = getenv("XDG_RUNTIME_DIR");

    if (given != NULL && *given != '\0') return given;
    if (access(SYSTEM_SOCKET, F_OK) == 0 || runtime == NULL || *runtime == '\0')
        return "unix:" SYSTEM_SOCKET;
    return arena_printf(arena, "unix:%s/provost.sock", runtime);
}
