/* A whole file in memory. */
#ifndef CLIENT_READ_FILE_H
#define CLIENT_READ_FILE_H

#include "common/arena.h"

#include <stddef.h>

/* The bytes with a NUL behind them, in `arena`. 0 or -errno; -EFBIG over `limit_bytes`. */
int read_file(const char *path, size_t limit_bytes, struct arena *arena, char **out_bytes,
              size_t *out_size);

#endif
