#include "common/crypto_memory.h"

#include "common/arena.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static void *allocate(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return xmalloc(size);
}

static void release(void *memory, const char *file, int line)
{
    (void)file, (void)line;
    free(memory);
}

static void *reallocate(void *memory, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    if (size > 0) return xrealloc(memory, size);
    free(memory);
    return NULL;
}

void crypto_memory_init(void)
{
    (void)CRYPTO_set_mem_functions(allocate, reallocate, release);
}
