/* Sends a bundle and counts what became of it. */
#ifndef CLIENT_IMPORT_H
#define CLIENT_IMPORT_H

#include "client/bundle.h"

#include <stddef.h>

enum {
    IMPORT_MUTATIONS_MAX = 10000,
    /* Of a request; the answer and the change in the log hold the same texts again, and each of
     * the three must stay below 4 MiB. */
    IMPORT_BYTES_MAX = 3 << 20,
    IMPORT_ANSWER_EXTRA_BYTES = 96, /* an answer's share per resource beside its fields */
};

/* How many rows from `first` on fit into one request; at least 1 while there are rows. */
size_t import_part_size(const struct bundle *bundle, size_t first);

#endif
