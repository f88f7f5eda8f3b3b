/* Finds a method's row by its path. */
#ifndef RPC_METHOD_INDEX_H
#define RPC_METHOD_INDEX_H

#include <stddef.h>

struct method;

/* Open addressing by path, at most half full. */
struct method_index {
    const struct method **slots;
    size_t mask;
};

/* Over `count` rows, which outlive it. */
void method_index_init(struct method_index *index, const struct method *methods, size_t count);
void method_index_release(struct method_index *index);

/* The row of `path`, or NULL. */
const struct method *method_index_find(const struct method_index *index, const char *path,
                                       size_t path_size);

#endif
