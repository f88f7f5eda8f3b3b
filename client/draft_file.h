/* A file that is there as a whole or not at all: written under a name of its own beside its place,
 * synced, then renamed. */
#ifndef CLIENT_DRAFT_FILE_H
#define CLIENT_DRAFT_FILE_H

#include "common/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Fields are the module's own. */
struct draft_file {
    const char *path;  /* where it goes */
    const char *draft; /* where it is; NULL: there */
    int fd;
    int error; /* the first, an errno; what comes after it does nothing */
};

/* Begins one; names live in the arena. `mode` as for open. What is there and is no plain file (a pipe,
 * a terminal) is written to as it is. */
void draft_file_open(struct draft_file *file, const char *path, mode_t mode,
                     struct arena *arena);

void draft_file_add(struct draft_file *file, const void *bytes, size_t size);

/* Begins again with nothing in it. */
void draft_file_restart(struct draft_file *file);

/* Syncs it and puts it in its place; 0, or the errno of what failed, and then nothing is left of
 * it. Once, and also after a failure. */
int draft_file_place(struct draft_file *file);

/* Instead of placing it: nothing is left of it. */
void draft_file_drop(struct draft_file *file);

/* All of it for a text. 0, or an errno. */
int draft_file_put(const char *path, const char *text, struct arena *arena);

#endif
