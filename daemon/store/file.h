/* Small files that must be whole after a power cut. Functions give 0 or -errno; any thread. */
#ifndef STORE_FILE_H
#define STORE_FILE_H

#include "common/arena.h"

#include <sys/types.h>

/* Writes `text` beside `path`, syncs it, renames it over `path` and syncs the folder. */
int file_replace(const char *path, const char *text, mode_t mode);

/* Renames within a folder and syncs it. */
int file_rename(const char *from, const char *to);

/* Reads a text of at most `limit_bytes`, else -EFBIG; NUL bytes end it. */
int file_read(const char *path, size_t limit_bytes, struct arena *arena, char **out_text);

/* Makes a folder (0755) unless it is there. */
int file_make_folder(const char *path);

/* Syncs the folder that holds `path`. */
int file_sync_folder(const char *path);

#endif
