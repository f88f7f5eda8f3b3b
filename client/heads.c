#include "client/heads.h"

#include "client/read_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEAD_MAX_BYTES = 64 << 10 };

static const char *heads_folder(struct arena *arena)
{
    const char *own = getenv("PROVOST_HEADS"), *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");

    if (own != NULL && *own != '\0') return strcmp(own, "off") == 0 ? NULL : own;
    if (state != NULL && *state == '/') return arena_printf(arena, "%s/provost/heads", state);
    if (home == NULL || *home != '/') return NULL;
    return arena_printf(arena, "%s/.local/state/provost/heads", home);
}

const char *heads_path(const char *server, struct arena *arena)
{
    const char *folder = heads_folder(arena);
    char *name = arena_strdup(arena, server);

    if (folder == NULL) return NULL;
    for (char *at = name; *at != '\0'; at++)
        if (*at == '/') *at = '%';
    return arena_printf(arena, "%s/%.200s", folder, name);
}

bool heads_load(const char *path, struct arena *arena, struct seen_head *out_head)
{
    char *text;
    size_t size;

    if (read_file(path, HEAD_MAX_BYTES, arena, &text, &size) != 0) return false;
    char *end = strchr(text, '\n');
    if (end == NULL) return false;
    *end = '\0';
    *out_head = (struct seen_head){.verifier_key = text, .note = end + 1};
    return true;
}

/* Makes every folder on the way to a file. */
static void make_folders(const char *path, struct arena *arena)
{
    char *copy = arena_strdup(arena, path);

    for (char *at = strchr(copy + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(copy, 0700); /* what cannot be made shows when the file is written */
        *at = '/';
    }
}

int heads_save(const char *path, const struct seen_head *head, struct arena *arena)
{
    const char *beside = arena_printf(arena, "%s.%ld", path, (long)getpid());

    make_folders(path, arena);
    FILE *file = fopen(beside, "w");
    if (file == NULL) return -errno;
    int wrote = fprintf(file, "%s\n%s", head->verifier_key, head->note);
    int closed = fclose(file);
    if (wrote > 0 && closed == 0 && rename(beside, path) == 0) return 0;
    int error = errno != 0 ? -errno : -EIO;
    (void)unlink(beside);
    return error;
}
