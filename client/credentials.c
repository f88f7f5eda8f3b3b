#include "client/credentials.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 8400 };

/* ---- where ---- */

static const char *directory(struct arena *arena)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    if (config != NULL && *config == '/') return arena_printf(arena, "%s/provost", config);
    if (home != NULL && *home == '/') return arena_printf(arena, "%s/.config/provost", home);
    return NULL;
}

/* The server as a file's name: what is no letter, digit, "." or "-" becomes %XX. */
static const char *file_name(const char *server, struct arena *arena)
{
    char *name = arena_alloc(arena, 3 * strlen(server) + 1);
    char *at = name;
    for (; *server != '\0'; server++) {
        if (isalnum((unsigned char)*server) || strchr(".-", *server) != NULL)
            *at++ = *server;
        else
            at += snprintf(at, sizeof "%XX", "%%%02X", (unsigned char)*server);
    }
    *at = '\0';
    return name;
}

static const char *path_of(const char *server, struct arena *arena)
{
    const char *base = directory(arena);
    return base == NULL
               ? NULL
               : arena_printf(arena, "%s/credentials/%s", base, file_name(server, arena));
}

static const char no_home[] =
    "neither XDG_CONFIG_HOME nor HOME says where credentials are kept";

/* ---- reading ---- */

static const char *failure(struct arena *arena, const char *path)
{
    return arena_printf(arena, "%s: %s", path, strerror(errno));
}

static void take_line(char *line, struct arena *arena, struct credentials *credentials)
{
    const struct {
        const char *name;
        const char **value;
    } fields[] = {{"token=", &credentials->token},
                  {"tls_ca=", &credentials->tls_ca},
                  {"tls_cert=", &credentials->tls_cert},
                  {"tls_key=", &credentials->tls_key}};
    line[strcspn(line, "\r\n")] = '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (strncmp(line, fields[i].name, strlen(fields[i].name)) == 0)
            *fields[i].value = arena_strdup(arena, line + strlen(fields[i].name));
}

const char *credentials_load(const char *server, struct arena *arena,
                             struct credentials *out_credentials)
{
    const char *path = path_of(server, arena);
    char line[LINE_MAX_BYTES];
    struct stat info;
    *out_credentials = (struct credentials){NULL, NULL, NULL, NULL, false};
    FILE *file = path == NULL ? NULL : fopen(path, "re");
    if (file == NULL) return path == NULL || errno == ENOENT ? NULL : failure(arena, path);
    if (fstat(fileno(file), &info) != 0 || (info.st_mode & 077) != 0) {
        fclose(file);
        return arena_printf(arena,
                            "%s can be read by others: chmod 600 it, and think of its token "
                            "as known to them",
                            path);
    }
    while (fgets(line, sizeof line, file) != NULL)
        take_line(line, arena, out_credentials);
    fclose(file);
    OPENSSL_cleanse(line, sizeof line);
    out_credentials->is_stored = true;
    return NULL;
}

/* The first line of a file; false when it has none. */
static bool read_line_of(const char *path, char line[LINE_MAX_BYTES], bool *out_opened)
{
    FILE *file = fopen(path, "re");
    *out_opened = file != NULL;
    if (file == NULL) return false;
    bool read = fgets(line, LINE_MAX_BYTES, file) != NULL;
    fclose(file);
    return read;
}

const char *credentials_read_token(const char *path, struct arena *arena,
                                   const char **out_token)
{
    char line[LINE_MAX_BYTES];
    bool is_stdin = strcmp(path, "-") == 0;
    bool opened = true;
    bool read =
        is_stdin ? fgets(line, sizeof line, stdin) != NULL : read_line_of(path, line, &opened);
    if (!opened)
        return arena_printf(arena, "cannot read the token file %s: %s", path, strerror(errno));
    if (read) line[strcspn(line, " \t\r\n")] = '\0';
    const char *wrong = !read || *line == '\0' ? "there is no token in it" : NULL;
    if (wrong == NULL) *out_token = arena_strdup(arena, line);
    OPENSSL_cleanse(line, sizeof line);
    return wrong == NULL ? NULL
                         : arena_printf(arena, "%s: %s", is_stdin ? "stdin" : path, wrong);
}

/* ---- writing ---- */

/* Makes the directory, which has a path, private, with the one above it. */
static bool make_directories(struct arena *arena)
{
    const char *base = directory(arena);
    assert(base != NULL);
    char *parent = arena_strdup(arena, base);
    *strrchr(parent, '/') = '\0';
    if (mkdir(parent, 0700) != 0 && errno != EEXIST) return false;
    if (mkdir(base, 0700) != 0 && errno != EEXIST) return false;
    return mkdir(arena_printf(arena, "%s/credentials", base), 0700) == 0 || errno == EEXIST;
}

static void put_line(FILE *file, const char *name, const char *value)
{
    if (value != NULL) fprintf(file, "%s=%s\n", name, value);
}

const char *credentials_store(const char *server, const struct credentials *credentials,
                              struct arena *arena)
{
    const char *path = path_of(server, arena);
    if (path == NULL) return no_home;
    if (!make_directories(arena)) return failure(arena, path);
    const char *fresh = arena_printf(arena, "%s.%d", path, (int)getpid());
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) return failure(arena, fresh);
    put_line(file, "token", credentials->token);
    put_line(file, "tls_ca", credentials->tls_ca);
    put_line(file, "tls_cert", credentials->tls_cert);
    put_line(file, "tls_key", credentials->tls_key);
    bool fine = fflush(file) == 0 && fsync(fd) == 0;
    fine = fclose(file) == 0 && fine;
    if (fine && rename(fresh, path) == 0) return NULL;
    const char *wrong = failure(arena, path);
    unlink(fresh);
    return wrong;
}

const char *credentials_forget(const char *server, struct arena *arena, bool *out_found)
{
    const char *path = path_of(server, arena);
    *out_found = false;
    if (path == NULL) return no_home;
    *out_found = unlink(path) == 0;
    return *out_found || errno == ENOENT ? NULL : failure(arena, path);
}

void credentials_wipe(const char *secret)
{
    if (secret != NULL) OPENSSL_cleanse((char *)(uintptr_t)secret, strlen(secret));
}
